"""Sticky notes, whatever a server calls the element of one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.circumstances import Circumstances
from engine.connectors.exchange.typed.notes.made import made
from engine.connectors.exchange.typed.whole import Whole
from engine.ports.typed import TypedItem

NOBODY: Any = type("Nobody", (), {"becomes": ""})


def note(element: str) -> TypedItem:
    """A note that was read as that element."""
    item = etree.fromstring(
        f'<t:{element} xmlns:t="{TYPES[1:-1]}"><t:ItemId Id="AAA"/><t:ItemClass>IPM.StickyNote</t:ItemClass>'
        f'<t:Subject>Milk</t:Subject><t:Body BodyType="Text">Milk</t:Body></t:{element}>'
    )
    return made(1, Whole(item), Circumstances(NOBODY, datetime(2026, 3, 1, tzinfo=UTC), NOBODY))


@pytest.mark.parametrize("element", ["Message", "Item"])
def test_a_note_is_written_as_a_message_of_its_class(element: str) -> None:
    """The schema has no name for notes, and Item is what has none of its own."""
    found, usual = note(element), note("Message")

    assert b"<t:Message " in found.element
    assert (found.element, found.key, found.ours, found.theirs) == (
        usual.element, usual.key, usual.ours, usual.theirs,
    )
