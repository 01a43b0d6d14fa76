"""The allow-lists of typed items, beside Microsoft's schema."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from emulators.exchange.schema import find_schema, load_schema
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import left_behind
from engine.connectors.exchange.typed.allow_lists import FIELDS
from engine.connectors.exchange.typed.contact import left_behind as of_contacts
from engine.connectors.exchange.typed.contact.fields import CONTACT
from engine.connectors.exchange.typed.fields import CALENDAR_ITEM, Fields
from engine.connectors.exchange.typed.group import left_behind as of_groups
from engine.connectors.exchange.typed.group.fields import GROUP
from engine.connectors.exchange.typed.notes import left_behind as of_notes
from engine.connectors.exchange.typed.notes.fields import NOTE
from engine.connectors.exchange.typed.tasks import left_behind as of_tasks
from engine.connectors.exchange.typed.tasks.fields import TASK
from tests.servers.outcomes import table

CARRIED = "they arrive as they were"
# Of each element what is written of it, what is not, its type in the schema, and its table in docs/fidelity.md.
ELEMENTS: tuple[tuple[Fields, Mapping[str, tuple[str, ...]], str, str], ...] = (
    (CALENDAR_ITEM, left_behind.LEFT, "CalendarItemType", "appointments"),
    (CONTACT, of_contacts.LEFT, "ContactItemType", "contacts"),
    (GROUP, of_groups.LEFT, "DistributionListType", "contact groups"),
    (TASK, of_tasks.LEFT, "TaskType", "tasks"),
    (NOTE, of_notes.LEFT, "MessageType", "notes"),
)
EACH = pytest.mark.parametrize(("fields", "left_out", "kind", "document"), ELEMENTS, ids=[each[3] for each in ELEMENTS])


def test_every_element_that_is_written_stands_here() -> None:
    """None is left out of these tests."""
    assert {fields.element for fields, *_ in ELEMENTS} == set(FIELDS)


@EACH
def test_each_field_of_the_schema_is_written_or_it_is_said_why_not(
    fields: Fields, left_out: Mapping[str, tuple[str, ...]], kind: str, document: str
) -> None:
    """Once; and what is written stands in the schema's order."""
    order = list(load_schema(find_schema(None)).order(kind))
    written = [name.removeprefix(TYPES) for name in fields.order]
    left = [name for names in left_out.values() for name in names]

    assert [name for name in order if name in written] == written
    assert not set(written) & set(left)
    assert len(left) == len(set(left))
    assert set(order) <= {*written, *left}


@EACH
def test_the_document_says_what_becomes_of_each_field(
    fields: Fields, left_out: Mapping[str, tuple[str, ...]], kind: str, document: str
) -> None:
    """A table of docs/fidelity.md has each of them, with the reason where it is not carried."""
    shown = table("fidelity", document)
    written = [name.removeprefix(TYPES) for name in fields.order if not name.endswith("ExtendedProperty")]
    left = {", ".join(names): f"not written as a field: {why}" for why, names in left_out.items()}
    rows = {", ".join(written): CARRIED} | left

    for named, outcome in rows.items():
        shown.saw(named, outcome)
    shown.holds_only(rows)
