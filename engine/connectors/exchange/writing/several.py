"""Appointments of which one of the source becomes several: the further ones are created beside the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.connectors.exchange.soap import attribute
from engine.connectors.exchange.typed.begun import begun_property, pieces_of
from engine.connectors.exchange.typed.tagged import tagged
from engine.connectors.exchange.writing.apart import Apart
from engine.connectors.exchange.writing.fields import holding
from engine.connectors.exchange.writing.further import Further, NotDoneError
from engine.connectors.exchange.writing.meetings import meeting
from engine.connectors.exchange.writing.parts import CREATE, FIRST, Part, folder_of
from engine.connectors.exchange.writing.series import settle
from engine.items.tags import UNFINISHED, part_of
from engine.ports.items import Tagged, Verdict
from engine.ports.typed import TypedItem


def create_further(further: Further, item_id: str, item: Tagged[TypedItem], made: list[Part]) -> None:
    """Creates the further items in the folder of the first, and puts them into `made`. Raises NotDoneError."""
    tags = [part_of(item.tag, number, ours=one.ours) for number, one in enumerate(item.item.further, FIRST)]
    wanted = [b"".join(_element(tag, one)) for tag, one in zip(tags, item.item.further, strict=True)]
    if not wanted:
        return

    def note(number: int, part_id: str) -> None:
        made.append(Part(part_id, tags[number], number + FIRST, pieces_of(item.item.further[number])))

    head = CREATE[0].format(attribute(folder_of(further, item_id)))
    for outcome in further.write(head, wanted, CREATE[1], made=note):
        if outcome.verdict is not Verdict.DONE:
            raise NotDoneError(outcome)


def settle_all(further: Further, item_id: str, item: Tagged[TypedItem], made: list[Part]) -> None:
    """Gives each of these series its own occurrences; `made` are the further items, and gets what stands apart.

    Raises NotDoneError.
    """
    for series_id, one in list(_each(item_id, item.item, [part.id for part in made])):
        Apart(further, series_id, Tagged(item.tag, one), made).make(settle(further, series_id, one))


def _each(item_id: str, item: TypedItem, ids: Sequence[str]) -> Iterator[tuple[str, TypedItem]]:
    yield item_id, item
    yield from ((part_id, one) for part_id, one in zip(ids, item.further, strict=True) if not one.is_whole)


def _element(tag: str, one: TypedItem) -> Sequence[bytes]:
    made = tagged(meeting(one.element).element, tag + UNFINISHED, beside=begun_property(one))
    return holding(made, one.attachments)
