"""Fields that an owner has defined: all of them arrive, or the report says that some are lacking."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.migration.content import Content
from tests.contract.exchange.conftest import account
from tests.servers.altering import altering
from tests.servers.exchange.pair import OLD
from tests.servers.items.moving import moving
from tests.servers.items.seeds import DEFINITIONS, File, Seed, base64_of, told, users_field
from tests.servers.world import PASSWORD

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
    with moving(tmp_path, [defined([f"Field {number}" for number in range(103)])], wanted=(Content.CONTACTS,)) as at:
        there = at.original()
        done = at.migrate()

        assert at.otherwise(there) == [] or at.said(done), [field for _, field, _, _ in at.otherwise(there)]


def test_definitions_that_cannot_be_read_to_their_end(tmp_path: Path) -> None:
    """The report says that fields of the contact are lacking."""
    with moving(tmp_path, [defined(["One", "Two"], cut=60)], wanted=(Content.CONTACTS,)) as at:
        there = at.original()
        done = at.migrate()

        assert at.otherwise(there) == [] or at.said(done), [field for _, field, _, _ in at.otherwise(there)]


def test_an_answer_that_gives_one_attachment_in_the_place_of_another(tmp_path: Path) -> None:
    """It says whose content it is (its AttachmentId): it is asked again, as an answer about other items is."""
    seen: list[bytes] = []

    def twice(body: bytes) -> bytes:
        """The first of two attachments twice, in the first request for two."""
        ids = re.findall(rb'<t:AttachmentId Id="([^"]+)"/>', body)
        if seen or b"GetAttachment" not in body or len(ids) < 2:
            return body
        seen.append(body)
        return body.replace(ids[1], ids[0])

    task = Seed("plan", "Task", files=(File("one.txt", b"one"), File("two.txt", b"two")))
    with (
        moving(tmp_path, [task], wanted=(Content.TASKS,)) as at,
        altering(urlsplit(at.old.emulator.url).port or 0, twice) as port,
    ):
        there = at.original()
        url = f"http://127.0.0.1:{port}{urlsplit(at.old.emulator.url).path}"
        source = ExchangeSource(account(url, OLD), PASSWORD, Network(trusts_person=True), waits=(0.0,))
        at.at.connectors.sources["old"] = source  # type: ignore[assignment]  # a source
        done = at.migrate()

        assert seen
        assert at.otherwise(there) == [] or at.said(done), [field for _, field, _, _ in at.otherwise(there)]
