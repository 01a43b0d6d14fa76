"""Appointments: created under their tags, and finished occurrence by occurrence. Nobody is told of any of it.

[MS-OXWSMTGS]: every request that writes an appointment says to whom the server sends something; here, to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.connectors.exchange import elements
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.typed.begun import begun_property, pieces_of
from engine.connectors.exchange.typed.fields import CALENDAR_ITEM
from engine.connectors.exchange.typed.tagged import tagged
from engine.connectors.exchange.writing.already import TWICE, Already
from engine.connectors.exchange.writing.fields import holding
from engine.connectors.exchange.writing.further import Further, NotDoneError
from engine.connectors.exchange.writing.meetings import Kept, Meeting, meeting
from engine.connectors.exchange.writing.parted import PartedWriter
from engine.connectors.exchange.writing.parts import Part
from engine.connectors.exchange.writing.several import create_further, settle_all
from engine.items.tags import UNFINISHED, part_of
from engine.ports.destination import Before
from engine.ports.items import Foretold, Outcome, Tagged
from engine.ports.typed import TypedItem


class CalendarWriter(PartedWriter):
    """Writes appointments."""

    def __init__(self, sessions: Sessions) -> None:
        super().__init__(sessions, CALENDAR_ITEM.element)
        self._kept = Kept(sessions)
        self._already = Already(sessions)
        self._looked_at: dict[str, Meeting] = {}        # by tags, of those that are about to be created

    def foretold(self, items: Sequence[Tagged[TypedItem]]) -> list[Foretold]:
        """What is to be said of those meetings, and what may be as long as nobody knows what the server keeps."""
        found = [self._seen(new.item) for new in items]
        self._looked_at.update((new.tag, one) for new, one in zip(items, found, strict=True))
        return [self._kept.foretold(one) for one in found]

    def proved(self, perhaps: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        """What the server has not kept of meetings that are there."""
        return self._kept.proved(perhaps)

    def create(self, folder_id: str, items: Sequence[Tagged[TypedItem]]) -> list[Outcome]:
        """CreateItem, once. The first meetings are looked at, to learn what the server keeps of any."""
        meetings = [self._taken(new) for new in items]
        wanted = (piece for one, new in zip(meetings, items, strict=True) for piece in _element(one.element, new))
        return self._kept.told(meetings, elements.create_of(self._sessions, folder_id, wanted, len(items)))

    def finish(self, item_id: str, item: Tagged[TypedItem], before: Before) -> Outcome:
        """Creates what else it becomes, deletes and changes occurrences, and takes the mark from the tags."""
        further, parts = Further(self._sessions, before), list[Part]()
        number = 1 if item.item.further else 0
        own = Part(item_id, part_of(item.tag, number), number, pieces_of(item.item))
        try:
            create_further(further, item_id, item, parts)
            settle_all(further, item_id, item, parts)
            ended = self._ended(further, parts, own, digested=not further.told)
        except NotDoneError as error:
            ended = self._not_ended(further, parts, error)
        return replace(ended, untold=tuple(further.told))

    def _taken(self, new: Tagged[TypedItem]) -> Meeting:
        known = self._looked_at.pop(new.tag, None)
        return known or meeting(new.item.element)

    def _seen(self, item: TypedItem) -> Meeting:
        found = meeting(item.element)
        return replace(found, untold=(*found.untold, TWICE)) if self._already.has(item.key) else found


def _element(element: bytes, new: Tagged[TypedItem]) -> Sequence[bytes]:
    tag, half = (new.tag, b"") if new.item.is_whole else (new.tag + UNFINISHED, begun_property(new.item))
    return holding(tagged(element, tag, beside=half), new.item.attachments)
