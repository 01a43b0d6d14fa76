"""Appointments: created under their tags, and finished occurrence by occurrence. Nobody is told of any of it.

[MS-OXWSMTGS]: every request that writes an appointment says to whom the server sends something; here, to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.connectors.exchange import elements
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.typed.fields import CALENDAR_ITEM
from engine.connectors.exchange.typed.tagged import tagged
from engine.connectors.exchange.writing.apart import Apart, Part, retags
from engine.connectors.exchange.writing.fields import holding
from engine.connectors.exchange.writing.further import Further, NotDoneError, put_off
from engine.connectors.exchange.writing.meetings import Kept, meeting
from engine.connectors.exchange.writing.series import UPDATE, settle
from engine.connectors.exchange.writing.whole import WholeWriter
from engine.errors import OmmError, RetryableError
from engine.items.tags import UNFINISHED
from engine.ports.destination import Before
from engine.ports.items import Outcome, Tagged, Verdict
from engine.ports.typed import TypedItem


class CalendarWriter(WholeWriter):
    """Writes appointments."""

    def __init__(self, sessions: Sessions) -> None:
        super().__init__(sessions, CALENDAR_ITEM.element)
        self._kept = Kept(sessions)
        self._undigested: set[str] = set()      # tags of series whose digest was asked for in vain

    def create(self, folder_id: str, items: Sequence[Tagged[TypedItem]]) -> list[Outcome]:
        """CreateItem, once. The first meetings are looked at, to learn what the server keeps of any."""
        meetings = [meeting(new.item.element) for new in items]
        wanted = (piece for one, new in zip(meetings, items, strict=True) for piece in _element(one.element, new))
        return self._kept.told(meetings, elements.create_of(self._sessions, folder_id, wanted, len(items)))

    def finish(self, item_id: str, item: Tagged[TypedItem], before: Before) -> Outcome:
        """Deletes and changes occurrences, and takes the mark from the tag."""
        further = Further(self._sessions, before)
        apart = Apart(further, item_id, item)
        try:
            apart.make(settle(further, item_id, item.item, apart.told))
            ended = self._unmark(further, [*apart.parts, Part(item_id, item.tag)], digested=not apart.told)
        except NotDoneError as error:
            ended = error.outcome if error.outcome.verdict is Verdict.UNKNOWN else _given_up(apart, error.outcome)
        return replace(ended, untold=tuple(apart.told))

    def _unmark(self, further: Further, whole: Sequence[Part], *, digested: bool) -> Outcome:
        """Takes the mark from the tags, from that of the series last: where it has none, all of its parts are there.

        `digested`: their digests are those that the source told. Raises NotDoneError.
        """
        *parts, own = whole if digested else self._digested(whole)
        _unmark_parts(further, parts)
        ended = further.send(UPDATE[0], retags([own]), UPDATE[1])[-1]
        if ended.verdict is not Verdict.DONE:
            raise NotDoneError(ended)
        return ended

    def _digested(self, whole: Sequence[Part]) -> list[Part]:
        """The same with digests of what is otherwise than the source has told. Raises NotDoneError, once for an item.

        If they are not told the second time either, the tags keep those of the source. By such a tag a rollback takes
        an item for changed by its owner, keeps it and names it.
        """
        now: dict[str, str] = {}
        try:
            now = self.digests([part.id for part in whole])
        except RetryableError as error:
            if whole[-1].tag not in self._undigested:
                self._undigested.add(whole[-1].tag)
                raise put_off(error) from error
        except OmmError:
            pass
        return [part.digested(now.get(part.id, "")) for part in whole]


def _element(element: bytes, new: Tagged[TypedItem]) -> Sequence[bytes]:
    tag = new.tag if new.item.is_whole else new.tag + UNFINISHED
    return holding(tagged(element, tag), new.item.attachments)


def _unmark_parts(further: Further, parts: Sequence[Part]) -> None:
    """Raises NotDoneError; BUSY where nobody knows: the series has its mark still, so all of it can be taken back."""
    try:
        outcomes = further.write(UPDATE[0], retags(parts), UPDATE[1])
    except NotDoneError as error:
        unsure = error.outcome.verdict is Verdict.UNKNOWN
        raise NotDoneError(replace(error.outcome, verdict=Verdict.BUSY) if unsure else error.outcome) from error
    for outcome in outcomes:
        if outcome.verdict is not Verdict.DONE:
            raise NotDoneError(outcome)


def _given_up(apart: Apart, outcome: Outcome) -> Outcome:
    """What became of an item that could not be finished. UNKNOWN: parts of it may be there."""
    if apart.take_back():
        return outcome
    return replace(outcome, verdict=Verdict.UNKNOWN)
