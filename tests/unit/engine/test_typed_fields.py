"""The allow-list of typed items, beside Microsoft's schema."""

from __future__ import annotations

from emulators.exchange.schema import find_schema, load_schema
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.fields import CALENDAR_ITEM
from engine.connectors.exchange.typed.group import left_behind as of_groups
from engine.connectors.exchange.typed.group.fields import GROUP
from engine.connectors.exchange.typed.left_behind import LEFT
from tests.servers.outcomes import table

DOCUMENT = table("fidelity", "appointments")
GROUPS = table("fidelity", "contact groups")
CARRIED = "they arrive as they were"


def test_each_field_of_the_schema_is_written_or_it_is_said_why_not() -> None:
    """Once; and what is written stands in the schema's order."""
    order = list(load_schema(find_schema(None)).order("CalendarItemType"))
    written = [name.removeprefix(TYPES) for name in CALENDAR_ITEM.order]
    left = [name for names in LEFT.values() for name in names]

    assert [name for name in order if name in written] == written
    assert not set(written) & set(left)
    assert len(left) == len(set(left))
    assert set(order) <= {*written, *left}


def test_the_document_says_what_becomes_of_each_field() -> None:
    """A table of docs/fidelity.md has each of them, with the reason where it is not carried."""
    written = [name.removeprefix(TYPES) for name in CALENDAR_ITEM.order if not name.endswith("ExtendedProperty")]
    left = {", ".join(names): f"not written as a field: {why}" for why, names in LEFT.items()}
    rows = {", ".join(written): CARRIED} | left

    for fields, outcome in rows.items():
        DOCUMENT.saw(fields, outcome)
    DOCUMENT.holds_only(rows)


def test_each_field_of_a_contact_group_is_written_or_it_is_said_why_not() -> None:
    """As of an appointment, in the code and in the document."""
    order = list(load_schema(find_schema(None)).order("DistributionListType"))
    written = [name.removeprefix(TYPES) for name in GROUP.order]
    left = [name for names in of_groups.LEFT.values() for name in names]

    assert [name for name in order if name in written] == written
    assert not set(written) & set(left)
    assert len(left) == len(set(left))
    assert set(order) <= {*written, *left}
    rows = {", ".join(name for name in written if name != "ExtendedProperty"): CARRIED}
    rows |= {", ".join(names): f"not written as a field: {why}" for why, names in of_groups.LEFT.items()}
    for fields, outcome in rows.items():
        GROUPS.saw(fields, outcome)
    GROUPS.holds_only(rows)
