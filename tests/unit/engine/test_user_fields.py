"""The names of fields that an owner has defined, out of the definitions that Outlook keeps."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.connectors.exchange.typed.fields import DEFINITIONS
from engine.connectors.exchange.typed.properties import put_property
from engine.connectors.exchange.typed.user_fields import Defined, defined_in
from engine.connectors.exchange.typed.xml import new
from tests.servers.exchange.contacts import USER_FIELDS, definition, definitions

# The bytes that Microsoft's page "PropertyDefinition Stream Sample" shows.
SAMPLE = bytes.fromhex(
    "03010100000045000000080000000000" "0a005400650078007400460069006500" "6c00640031000a546578744669656c64"
    "31000000000000000015000000" "0a540065007800740046006900650" "06c006400310000000000"
)
ALL = definitions(*(definition(name, dialog, variant) for name, dialog, variant, *_ in USER_FIELDS))


def fields(stream: bytes) -> list[tuple[str, str]]:
    item = new("Contact")
    put_property(item, DEFINITIONS, b64encode(stream).decode())
    return list(defined_in(item).fields)


def test_the_sample_of_the_documentation_names_its_field() -> None:
    """One text."""
    assert fields(SAMPLE) == [("TextField1", "String")]


@pytest.mark.parametrize("version", [0x0102, 0x0103])
def test_each_type_is_told_by_either_version(version: int) -> None:
    """By the number of Outlook's dialog, or by the variant's."""
    given = [definition(name, dialog, variant, version=version) for name, dialog, variant, *_ in USER_FIELDS]

    assert fields(definitions(*given, version=version)) == [(name, kind) for name, _, _, kind, _ in USER_FIELDS]


def test_what_is_computed_or_is_no_field_of_an_owner_s_is_left_out() -> None:
    """Formulas and combinations have no value of their own; a long rule between is passed over."""
    given = definitions(
        definition("Sum", 8, 8), definition("Both", 12, 8), definition("Words", 13, 0x2008, rule=b"x" * 300),
        definition("Built in", 0, 8).replace(b"\x45", b"\x44", 1),
    )

    assert fields(given) == [("Words", "StringArray")]


@given(st.integers(0, len(ALL)), st.binary(max_size=40))
def test_a_stream_that_is_cut_or_damaged_gives_what_comes_before(cut: int, behind: bytes) -> None:
    """It raises nothing, and never ends in a loop."""
    found = fields(ALL[:cut] + behind)

    assert len(found) <= 100
    assert all(kind for _, kind in found)


def test_what_is_no_base64_names_nothing() -> None:
    """A server may tell anything."""
    item = new("Contact")
    put_property(item, DEFINITIONS, "*")

    assert defined_in(item) == Defined((), is_all=False)
