"""Items read whole: the element, the occurrences of a series that are not as its pattern has them, the attachments.

GetItem gives an item and says which occurrences were changed and when others were deleted ([MS-OXWSMTGS] 2.2.4.6); the
changed ones are asked for by the ids that it names. Nothing here is rewritten, and reading changes nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from lxml import etree

from engine.connectors.exchange.codes import Meaning, meaning_of
from engine.connectors.exchange.errors import AnswerLostError, CodeError
from engine.connectors.exchange.read import UNREADABLE, moment
from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.reading.listing import about_items
from engine.connectors.exchange.reading.rebuilt import WITHOUT_TEXT
from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.allow_lists import FIELDS
from engine.connectors.exchange.typed.attached import Attached, Listed, attached, listed
from engine.connectors.exchange.typed.fields import Fields
from engine.connectors.exchange.typed.not_given import why_not
from engine.connectors.exchange.typed.user_fields import LOST as LOST_FIELDS
from engine.connectors.exchange.typed.user_fields import add_user_fields
from engine.errors import RefusedError, RetryableError

AT_ONCE = 50        # occurrences in one request
LOST_OCCURRENCE = "its occurrence of {:%Y-%m-%d %H:%M} UTC could not be read, and stands as the series has it"
TEXT_OF_SERIES = "the text of its occurrence of {:%Y-%m-%d %H:%M} UTC could not be read, and is that of the series"
BODY = "item:Body"
WhyNot: TypeAlias = CodeError | RetryableError | RefusedError
LACKING = "The source's answer lacks what was asked for."


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A changed occurrence: when the pattern has it, when it is (UTC), and what it is.

    `timed`: it is as long as its series, and a server would have it otherwise, as clocks change during it.
    """

    original: datetime
    start: datetime
    end: datetime
    item: etree._Element
    attachments: tuple[Attached, ...] = ()
    timed: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """An item as the mailbox gives it. `deleted` is when the pattern has what was deleted; `lacking` are words.

    `files_unread`: something is attached that cannot be read, or not now.
    """

    item: etree._Element
    attachments: tuple[Attached, ...] = ()
    changed: tuple[Occurrence, ...] = ()
    deleted: tuple[datetime, ...] = ()
    lacking: tuple[str, ...] = field(default=())
    files_unread: bool = False


def read_whole(
    asking: Asking, element: str, ids: Sequence[str], size: int = 0, *, held: bool = True
) -> list[Whole | WhyNot]:
    """Those items, in order; in the place of each that cannot be read, or not now, why. `size` is of all, in bytes.

    Not `held`: of attachments only their facts are kept, for digests.
    Raises FatalError; RetryableError where nothing was answered.
    """
    fields = FIELDS[element]
    given = _readable(asking, fields, ids, size)
    lost = add_user_fields(asking, ids, [one.item for one in given])
    found = [_whole(asking, fields, one, held=held) for one in given]
    return [
        replace(one, lacking=(*one.lacking, LOST_FIELDS)) if place in lost and isinstance(one, Whole) else one
        for place, one in enumerate(found)
    ]


def _whole(asking: Asking, fields: Fields, given: _Given, *, held: bool) -> Whole | WhyNot:
    if isinstance(given.item, CodeError):
        return given.item
    try:
        return _completed(asking, fields, given.item, has_text=given.has_text, held=held)
    except (RetryableError, RefusedError) as why_not:
        return why_not


@dataclass(frozen=True, slots=True)
class _Given:
    """What the server says to the question for one item. `has_text` is false where it was asked for without."""

    item: etree._Element | CodeError
    has_text: bool = True


def _readable(asking: Asking, fields: Fields, ids: Sequence[str], size: int = 0) -> list[_Given]:
    """Those items; one whose text cannot be read comes without it.

    "Omit these elements and retry the operation" (Microsoft's page "ResponseCode", ErrorItemCorrupt).
    """
    found = [_Given(one) for one in _items(asking, fields, ids, size)]
    for place, one in enumerate(found):
        if isinstance(one.item, CodeError) and one.item.code in UNREADABLE:
            [again] = _items(asking, fields, ids[place : place + 1], without=BODY)
            found[place] = _Given(again, has_text=False)
    return found


def _items(
    asking: Asking, fields: Fields, ids: Sequence[str], size: int = 0, *, without: str = ""
) -> list[etree._Element | CodeError]:
    question = about_items(ids, fields.shape(since_2013=asking.since_2013, without=without), size=size * 2)
    return asking.read(question, lambda answer: [_item(one) for one in answer])


def _item(message: etree._Element | CodeError) -> etree._Element | CodeError:
    if isinstance(message, CodeError):
        return message
    item = message.find(f"{MESSAGES}Items/*")
    if item is None:
        raise AnswerLostError(LACKING)
    return item


def _completed(asking: Asking, fields: Fields, item: etree._Element, *, has_text: bool, held: bool) -> Whole:
    """The item with its occurrences and attachments."""
    whole = Whole(item, deleted=tuple(_deleted(item)), lacking=() if has_text else (WITHOUT_TEXT,))
    named = list(_named(item))
    for start in range(0, len(named), AT_ONCE):
        part = named[start : start + AT_ONCE]
        ids = [each.id for each in part]
        given = _readable(asking, fields, ids)
        if add_user_fields(asking, ids, [one.item for one in given]):
            whole = replace(whole, lacking=(*whole.lacking, LOST_FIELDS))
        for times, one in zip(part, given, strict=True):
            whole = _with(whole, times, one)
    return _with_attachments(asking, whole, held=held)


@dataclass(frozen=True, slots=True)
class _Named:
    id: str
    original: datetime
    start: datetime
    end: datetime


def _named(item: etree._Element) -> Iterator[_Named]:
    """The changed occurrences, as their series names them."""
    for one in xml.inner(item, "ModifiedOccurrences", "Occurrence"):
        known = one.find(f"{TYPES}ItemId")
        original, start, end = (moment(one, name) for name in ("OriginalStart", "Start", "End"))
        if known is None or original is None or start is None or end is None:
            raise AnswerLostError(LACKING)
        yield _Named(known.get("Id") or "", original, start, end)


def _deleted(item: etree._Element) -> Iterator[datetime]:
    for one in xml.inner(item, "DeletedOccurrences", "DeletedOccurrence"):
        start = moment(one, "Start")
        if start is None:
            raise AnswerLostError(LACKING)
        yield start


def _with(whole: Whole, times: _Named, given: _Given) -> Whole:
    found = given.item
    if isinstance(found, CodeError):
        if found.code not in UNREADABLE and meaning_of(found.code) is not Meaning.GONE:
            raise why_not(found)
        return replace(whole, lacking=(*whole.lacking, LOST_OCCURRENCE.format(times.original)))
    if not given.has_text:
        whole = replace(whole, lacking=(*whole.lacking, TEXT_OF_SERIES.format(times.original)))
        found.extend(copy.deepcopy(one) for one in whole.item.iterfind(f"{TYPES}Body"))
    occurrence = Occurrence(times.original, times.start, times.end, found)
    return replace(whole, changed=(*whole.changed, occurrence))


def _with_attachments(asking: Asking, whole: Whole, *, held: bool) -> Whole:
    """The same with what is attached to it and to its occurrences, asked for together.

    Each occurrence shows what is attached to its series once more; what is the same is held once.
    """
    places = [whole.item, *(each.item for each in whole.changed)]
    wanted = [listed(place) for place in places]
    if not any(wanted):
        return whole
    given = attached(asking, [one for some in wanted for one in some])
    given = given if held else (one if isinstance(one, str) else replace(one, element=b"") for one in given)
    lacking: list[str] = []
    once: dict[Attached, Attached] = {}
    found = [tuple(once.setdefault(each, each) for each in _given(some, given, lacking)) for some in wanted]
    changed = tuple(replace(each, attachments=own) for each, own in zip(whole.changed, found[1:], strict=True))
    return replace(
        whole, attachments=found[0], changed=changed, lacking=(*whole.lacking, *dict.fromkeys(lacking)),
        files_unread=sum(map(len, found)) < sum(map(len, wanted)),
    )


def _given(wanted: Sequence[Listed], given: Iterator[Attached | str], lacking: list[str]) -> Iterator[Attached]:
    """Of the attachments that one item lists those that were given; `lacking` is told of the others."""
    for _, found in zip(wanted, given, strict=False):
        if isinstance(found, str):
            lacking.append(found)
        else:
            lacking.extend(found.lacking)
            yield found
