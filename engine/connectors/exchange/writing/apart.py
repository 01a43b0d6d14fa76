"""Occurrences that a series does not take as they are: each becomes an appointment of its own, beside the series.

It has the global object id of the occurrence that it was, as an occurrence has of which its owner has nothing else
([MS-OXOCAL] 2.2.1.27), so that what its organizer sends later meets it. Its tag is that of the series with the number
of a part, and unfinished for as long as that of the series is.
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from engine.connectors.exchange.errors import AnswerLostError, CodeError
from engine.connectors.exchange.soap import MESSAGES, TYPES, attribute
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import CALENDAR_ITEM, CLEAN_OBJECT_ID, MEETING, OBJECT_ID, Property
from engine.connectors.exchange.typed.properties import (
    EXTENDED,
    drop_property,
    put_property,
    replace_property,
    value_of,
)
from engine.connectors.exchange.typed.tagged import tagged
from engine.connectors.exchange.writing.fields import holding, parsed
from engine.connectors.exchange.writing.further import Further, put_off, refused
from engine.connectors.exchange.writing.meetings import meeting
from engine.connectors.exchange.writing.parts import CREATE, DELETE, FIRST, Part
from engine.connectors.exchange.writing.series import Refusal
from engine.items.tags import UNFINISHED, part_of
from engine.ports.items import Outcome, Tagged, Verdict
from engine.ports.typed import Changed, TypedItem

OWN_ID = Property(OBJECT_ID, "Binary", MEETING)
SHAPE = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    f'<t:FieldURI FieldURI="item:ParentFolderId"/>{OWN_ID.uri}</t:AdditionalProperties></m:ItemShape>'
)
NONE_THEN = "the series has none at that time"
APART = "its occurrence of {:%Y-%m-%d %H:%M} UTC is an appointment of its own now, beside the series: {}"
AS_SERIES = "its occurrence of {:%Y-%m-%d %H:%M} UTC stands as the series has it, and not as it was changed: {}"
TWICE = "its occurrence of {:%Y-%m-%d %H:%M} UTC stands twice, in the series as well: it could not be taken from it: {}"
LOST = "its occurrence of {:%Y-%m-%d %H:%M} UTC is missing: {}"


class Apart:
    """Makes appointments of what one series has not taken."""

    def __init__(
        self, further: Further, series_id: str, series: Tagged[TypedItem], parts: list[Part] | None = None
    ) -> None:
        """`parts` are those that the item has become before; what is made here is put behind them."""
        self._further = further
        self._series_id = series_id
        self._series = series
        self.parts: list[Part] = [] if parts is None else parts
        self._first = FIRST + len(self.parts)

    def make(self, refusals: Sequence[Refusal]) -> None:
        """Creates them and deletes their occurrences, and says so in the words for the report. Raises NotDoneError."""
        if not refusals:
            return
        folder, object_ids = self._around(refusals)
        wanted = [self._element(number, one, object_ids[number]) for number, one in enumerate(refusals)]
        made = self._further.write(
            CREATE[0].format(attribute(folder)), wanted, CREATE[1], made=self._note,
        )
        for one, outcome in zip(refusals, made, strict=True):
            self._tell(one, outcome)
        self._take_from_series([
            one for one, outcome in zip(refusals, made, strict=True)
            if one.there is not None and outcome.verdict is Verdict.DONE
        ])

    def _take_from_series(self, twice: Sequence[Refusal]) -> None:
        """Deletes the occurrences that stand beside the series now; one that the server keeps is told of."""
        names = [one.there.name.encode() for one in twice if one.there is not None]
        for one, outcome in zip(twice, self._further.write(DELETE[0], names, DELETE[1]), strict=True):
            if outcome.verdict is not Verdict.DONE:
                self._further.told.append(TWICE.format(one.changed.original, outcome.error))

    def _note(self, number: int, item_id: str) -> None:
        self.parts.append(Part(item_id, part_of(self._series.tag, number + self._first), number + self._first))

    def _around(self, refusals: Sequence[Refusal]) -> tuple[str, list[str]]:
        """The folder that the series lies in, and the global object ids of those occurrences; "" of one it has not."""
        there = [one.there.name for one in refusals if one.there is not None]
        names = "".join([f"<t:ItemId Id={attribute(self._series_id)}/>", *there])
        request = f"<m:GetItem>{SHAPE}<m:ItemIds>{names}</m:ItemIds></m:GetItem>"
        items = [_item(answer) for answer in self._further.read(request, len(there) + 1)]
        folder = items[0].find(f"{TYPES}ParentFolderId")
        ids = iter([value_of(item, OBJECT_ID) for item in items[1:]])
        if folder is None:
            raise put_off(AnswerLostError("The destination's answer lacks what was asked for."))
        return folder.get("Id") or "", [next(ids) if one.there is not None else "" for one in refusals]

    def _element(self, number: int, one: Refusal, object_id: str) -> bytes:
        made = alone(parsed(self._series.item.element), one.changed, object_id)
        tag = part_of(self._series.tag, number + self._first) + UNFINISHED
        of_series = (each for at, each in enumerate(self._series.item.attachments) if at not in one.changed.without)
        attached = (*of_series, *one.changed.attachments)
        return b"".join(holding(tagged(meeting(xml.written(made)).element, tag), attached))

    def _tell(self, one: Refusal, outcome: Outcome) -> None:
        why = NONE_THEN if one.error is None else str(one.error)
        if outcome.verdict is not Verdict.DONE:
            words, why = (AS_SERIES if one.there is not None else LOST), str(outcome.error)
        else:
            words = APART
        self._further.told.append(words.format(one.changed.original, why))


def alone(series: etree._Element, changed: Changed, object_id: str) -> etree._Element:
    """An occurrence as an appointment: what it has of its series, and over it what it has for itself."""
    own = parsed(changed.element)
    answers = list(own.iterchildren(EXTENDED))
    mine = {one.tag for one in own if one.tag != EXTENDED} | {f"{TYPES}{name}" for name in ("Recurrence", "UID")}
    made = xml.new(CALENDAR_ITEM.element)
    made.extend(one for one in series if one.tag not in mine)
    made.extend(one for one in own if one.tag != EXTENDED and (len(one) or one.text))
    for one in answers:
        replace_property(made, one)
    for number in (OBJECT_ID, CLEAN_OBJECT_ID):
        drop_property(made, number)
    for name, when in (("Start", changed.start), ("End", changed.end)):
        xml.put(made, name, xml.utc(when))
    if object_id:
        put_property(made, OWN_ID, object_id)
    made[:] = sorted(made, key=lambda one: CALENDAR_ITEM.order[str(one.tag)])
    return made


def _item(answer: etree._Element | CodeError) -> etree._Element:
    if isinstance(answer, CodeError):
        raise refused(answer)
    found = answer.find(f"{MESSAGES}Items/*")
    if found is None:
        raise put_off(AnswerLostError("The destination's answer lacks what was asked for."))
    return found
