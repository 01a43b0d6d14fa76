"""Fields that an owner has defined: all of them arrive, or the report says that some are lacking."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from tests.servers.item_seeds import DEFINITIONS, Seed, base64_of, told, users_field
from tests.servers.items_moving import moving

TEXT = 0x0008       # VARENUM


def defined(names: Sequence[str], *, cut: int | None = None) -> Seed:
    """A contact with fields of a user, a text each; its definitions end after `cut` bytes."""
    stream = struct.pack("<HI", 0x0103, len(names))
    for name in names:
        wide, ansi = name.encode("utf-16-le"), name.encode()
        block = bytes([len(name)]) + wide
        stream += struct.pack("<IHIH", 0x45, TEXT, 0, len(name)) + wide + bytes([len(ansi)]) + ansi + bytes(4)
        stream += struct.pack("<II", 0, len(block)) + block + bytes(4)
    return Seed(
        "Ann", "Contact", told(DisplayName="Ann"),
        {users_field(name): ("String", "value") for name in names} | {DEFINITIONS: ("Binary", base64_of(stream[:cut]))},
    )


def test_more_than_a_hundred_fields_that_an_owner_has_defined(tmp_path: Path) -> None:
    """Those after the hundredth arrive, or are named."""
    with moving(tmp_path, [defined([f"Field {number}" for number in range(103)])]) as at:
        there = at.original()
        done = at.migrate()

        assert at.otherwise(there) == [] or at.said(done), [field for _, field, _, _ in at.otherwise(there)]


def test_definitions_that_cannot_be_read_to_their_end(tmp_path: Path) -> None:
    """The report says that fields of the contact are lacking."""
    with moving(tmp_path, [defined(["One", "Two"], cut=60)]) as at:
        there = at.original()
        done = at.migrate()

        assert at.otherwise(there) == [] or at.said(done), [field for _, field, _, _ in at.otherwise(there)]
