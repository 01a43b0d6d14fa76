"""What a server makes of meetings that it is given: who it says the organizer is, and what it keeps of answers.

Nobody has documented either (CreateItem makes the owner of a calendar the organizer of all that is created there), so
the server is asked once, about the first such meeting, and the report says what it does not keep.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import MESSAGES, TYPES, attribute, envelope, messages, parse
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import CALENDAR_ITEM, INVITED, PEOPLE, RESPONSE, STATE
from engine.connectors.exchange.typed.properties import put_property, value_of
from engine.connectors.exchange.writing.fields import parsed
from engine.errors import OmmError
from engine.ports.items import Foretold, Outcome, Verdict
from engine.ports.typed import Changed

RECEIVED = 2                        # asfReceived of PidLidAppointmentStateFlags [MS-OXOCAL]
OF_GUESTS = ("2", "3", "4", "5")    # PidLidResponseStatus of whoever was invited [MS-OXOCAL]
MOST_LOOKS = 3
NO_ANSWERS = ("", "Unknown", "Organizer")
ORGANIZER = "the destination shows the mailbox's owner as the organizer, and not who invited them"
ANSWERS = "the destination does not keep what its people have answered"
UNSEEN = (
    "the destination did not say what it made of it: it may show the mailbox's owner as the organizer, and not who "
    "invited them, and may not keep what its people have answered"
)
NOT_SENT = "its invitations were never sent; it stands as if they had been, so that nothing sends them by itself"
NOT_SENT_ALONE = (
    "those who are at its occurrence of {:%Y-%m-%d %H:%M} UTC alone were never invited; it stands as if they had been"
)
_INVITED, _STATE, _RESPONSE = (str(int(one, 16)).encode() for one in (INVITED.number, STATE, RESPONSE))
_TOLD = re.compile(b'PropertyId="(%s)"[^>]*/><t:Value>([^<]*)<' % b"|".join((_INVITED, _STATE, _RESPONSE)))
_ANSWERED = re.compile(b"<t:ResponseType>([^<]*)<")
SHAPE = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="calendar:MyResponseType"/>'
    + "".join(f'<t:FieldURI FieldURI="calendar:{name}"/>' for name in PEOPLE)
    + "</t:AdditionalProperties></m:ItemShape>"
)


@dataclass(frozen=True, slots=True)
class Meeting:
    """What an element says of an appointment as a meeting, and the element as it is to be created.

    `is_guests`: the owner is a guest. `is_answered`: it tells an answer of somebody. `untold` is as in an Outcome.
    """

    element: bytes
    is_guests: bool = False
    is_answered: bool = False
    untold: tuple[str, ...] = ()


def of_one_day(one: Changed, series: bytes) -> tuple[bytes, str]:
    """The element of a changed occurrence, and what to report of it, or "".

    One with people, of a series without any, says that they were invited, as `meeting` has it for all others.
    """
    if b"Attendee>" not in one.element or _says_invited(parsed(series)):
        return one.element, ""
    looked_at = meeting(one.element)
    return looked_at.element, NOT_SENT_ALONE.format(one.original) if NOT_SENT in looked_at.untold else ""


def _says_invited(item: etree._Element) -> bool:
    """True: it is created as one of whose people all were invited."""
    return _has_people(item) or value_of(item, INVITED.number) == "true"


def _has_people(item: etree._Element) -> bool:
    return any(item.find(f"{TYPES}{name}") is not None for name in PEOPLE)


def meeting(element: bytes) -> Meeting:
    """Looks at an element. One with people says, from now on, that they were invited: else a server might do it."""
    if b"Attendee>" not in element and b"0x5d02" not in element:
        return Meeting(element)
    if _is_the_owners(element):
        return Meeting(element)
    item = parsed(element)
    state, response = value_of(item, STATE), value_of(item, RESPONSE)
    is_guests = response in OF_GUESTS or (state.isdecimal() and bool(int(state) & RECEIVED))
    answered = any(answer not in NO_ANSWERS for answer in _answers(item))
    if not _has_people(item) or value_of(item, INVITED.number) == "true":
        return Meeting(element, is_guests, answered)
    put_property(item, INVITED, "true")
    item[:] = sorted(item, key=lambda one: CALENDAR_ITEM.order[str(one.tag)])
    return Meeting(xml.written(item), is_guests, answered, () if is_guests else (NOT_SENT,))


def _is_the_owners(element: bytes) -> bool:
    """True: its bytes show that it is the owner's meeting, all are invited, and nobody has answered.

    That is so of most, and costs a tenth of parsing it. False: it may be so, too.
    """
    told = dict(reversed(_TOLD.findall(element)))
    if told.get(_INVITED) != b"true" or any(number in element and number not in told for number in (_STATE, _RESPONSE)):
        return False
    state = told.get(_STATE, b"")
    received = not state or not state.isdigit() or bool(int(state) & RECEIVED)
    mine = told.get(_RESPONSE, b"").decode() not in OF_GUESTS and (not state or not received)
    return mine and set(_ANSWERED.findall(element)) <= {answer.encode() for answer in NO_ANSWERS}


def _answers(item: etree._Element) -> Iterator[str]:
    for name in PEOPLE:
        yield from (xml.words(one, "ResponseType") for one in item.iterfind(f"{TYPES}{name}/{TYPES}Attendee"))


class Kept:
    """What one server keeps of meetings. Any thread may ask."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._lock = threading.Lock()
        self._organizer: bool | None = None
        self._answers: bool | None = None

    def told(self, meetings: Sequence[Meeting], outcomes: Sequence[Outcome]) -> list[Outcome]:
        """The outcomes, each with what the server did not keep of its meeting, or will not have if it arrives."""
        there = [(one, outcome) for one, outcome in zip(meetings, outcomes, strict=True) if _is_done(outcome)]
        self._learn(
            next((outcome.id or "" for one, outcome in there if one.is_guests), ""),
            next((outcome.id or "" for one, outcome in there if one.is_answered), ""),
        )
        return [
            replace(outcome, untold=(*one.untold, *self._lost(one))) if _may_be_there(outcome) else outcome
            for one, outcome in zip(meetings, outcomes, strict=True)
        ]

    def foretold(self, one: Meeting) -> Foretold:
        """What is to be said of a meeting before it is created, and what may be: that is not known yet."""
        lost = tuple(words for words in self._lost(one) if words != UNSEEN)
        unknown = [
            *([ORGANIZER] if one.is_guests and self._organizer is None else []),
            *([ANSWERS] if one.is_answered and self._answers is None else []),
        ]
        return Foretold((*one.untold, *lost), tuple(unknown))

    def proved(self, perhaps: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        """What the server did not keep of meetings that are there, of which that was foretold by their ids."""
        self._learn(
            next((item_id for item_id, words in perhaps.items() if ORGANIZER in words), ""),
            next((item_id for item_id, words in perhaps.items() if ANSWERS in words), ""),
        )
        return {
            item_id: tuple(self._lost(Meeting(b"", is_guests=ORGANIZER in words, is_answered=ANSWERS in words)))
            for item_id, words in perhaps.items()
        }

    def _lost(self, one: Meeting) -> Iterator[str]:
        if one.is_guests and self._organizer is False:
            yield ORGANIZER
        if one.is_answered and self._answers is False:
            yield ANSWERS
        if (one.is_guests and self._organizer is None) or (one.is_answered and self._answers is None):
            yield UNSEEN

    def _learn(self, guests: str, answered: str) -> None:
        """Looks at a meeting of a guest's and at one with answers, each once; "" where there is none."""
        with self._lock:
            guests, answered = guests if self._organizer is None else "", answered if self._answers is None else ""
            wanted = list(dict.fromkeys(one for one in (guests, answered) if one))
            if not wanted:
                return
            found = dict(zip(wanted, self._shown(wanted), strict=True))
            if (item := found.get(guests)) is not None:
                self._organizer = xml.words(item, "MyResponseType") != "Organizer"
            if (item := found.get(answered)) is not None:
                self._answers = any(answer not in NO_ANSWERS for answer in _answers(item))

    def _shown(self, ids: Sequence[str]) -> list[etree._Element | None]:
        """Those items; None for one that is not to be had, however often it is asked for."""
        found = self._read(ids)
        for _ in range(MOST_LOOKS - 1):
            if None in found:
                found = self._read(ids)
        return found

    def _read(self, ids: Sequence[str]) -> list[etree._Element | None]:
        """Those items; None for one that is not to be had now."""
        names = "".join(f"<t:ItemId Id={attribute(item_id)}/>" for item_id in ids)
        body = envelope(f"<m:GetItem>{SHAPE}<m:ItemIds>{names}</m:ItemIds></m:GetItem>")
        try:
            answer = parse(self._sessions.ask(body), self._sessions.side)
            answers = list(messages(answer, len(ids), self._sessions.side))
        except OmmError:
            return [None] * len(ids)
        return [None if isinstance(one, CodeError) else one.find(f"{MESSAGES}Items/*") for one in answers]


def _may_be_there(outcome: Outcome) -> bool:
    return outcome.verdict is Verdict.UNKNOWN or _is_done(outcome)


def _is_done(outcome: Outcome) -> bool:
    return outcome.verdict is Verdict.DONE and bool(outcome.id)
