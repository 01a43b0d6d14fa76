"""The allow-lists of typed items, beside Microsoft's schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from emulators.exchange.schema import find_schema, load_schema
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.fields import CALENDAR_ITEM, Fields
from engine.connectors.exchange.typed.left_behind import LEFT
from engine.connectors.exchange.typed.notes.fields import NOTE
from engine.connectors.exchange.typed.notes.left_behind import LEFT as LEFT_OF_NOTES
from engine.connectors.exchange.typed.table import FIELDS
from engine.connectors.exchange.typed.tasks.fields import TASK
from engine.connectors.exchange.typed.tasks.left_behind import LEFT as LEFT_OF_TASKS
from tests.servers.outcomes import table

CARRIED = "they arrive as they were"


@dataclass(frozen=True)
class Element:
    """An element, what of it is left behind, and the table of docs/fidelity.md that says so."""

    fields: Fields
    left: Mapping[str, tuple[str, ...]]
    document: str


ELEMENTS = (
    Element(CALENDAR_ITEM, LEFT, "appointments"), Element(TASK, LEFT_OF_TASKS, "tasks"),
    Element(NOTE, LEFT_OF_NOTES, "notes"),
)


def test_each_element_that_is_read_has_its_table() -> None:
    """So that none is added without one."""
    assert {one.fields.element for one in ELEMENTS} == set(FIELDS)


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda one: one.document)
def test_each_field_of_the_schema_is_written_or_it_is_said_why_not(element: Element) -> None:
    """Once; and what is written stands in the schema's order."""
    order = list(load_schema(find_schema(None)).order(f"{element.fields.element}Type"))
    written = [name.removeprefix(TYPES) for name in element.fields.order]
    left = [name for names in element.left.values() for name in names]

    assert [name for name in order if name in written] == written
    assert not set(written) & set(left)
    assert len(left) == len(set(left))
    assert set(order) <= {*written, *left}


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda one: one.document)
def test_the_document_says_what_becomes_of_each_field(element: Element) -> None:
    """A table of docs/fidelity.md has each of them, with the reason where it is not carried."""
    document = table("fidelity", element.document)
    written = [name.removeprefix(TYPES) for name in element.fields.order if not name.endswith("ExtendedProperty")]
    left = {", ".join(names): f"not written as a field: {why}" for why, names in element.left.items()}
    rows = {", ".join(written): CARRIED} | left

    for fields, outcome in rows.items():
        document.saw(fields, outcome)
    document.holds_only(rows)
