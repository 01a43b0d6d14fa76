"""What a server makes of appointments, tried with a meeting and a series of our own.

The meeting's people have addresses of a domain that can never exist (RFC 2606, section 2), and no request lets anything
be sent.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from lxml import etree

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import MESSAGES, TYPES, attribute, envelope, messages, parse
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import (
    ADDRESSES_OF_SENDER,
    ANSWER,
    APPOINTMENT,
    CALENDAR_ITEM,
    INVITED,
    MEETING,
    NAMES_OF_SENDER,
    OBJECT_ID,
    STATE,
    TYPES_OF_SENDER,
    Property,
)
from engine.connectors.exchange.typed.properties import put_property, value_of
from engine.connectors.exchange.writing.meetings import ANSWERS, ORGANIZER
from engine.doctor.trial import CalendarSeen
from engine.errors import OmmError, RefusedError
from engine.ports.destination import ItemWriter
from engine.ports.items import Outcome, Tagged, Verdict
from engine.ports.typed import Changed, TypedItem

HOST, GUEST = "host@omm.invalid", "guest@omm.invalid"
FIRST = datetime(2001, 1, 1, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LENGTH, FAR = 1005, 1001        # occurrences of the series, and the one that is asked for by its number
LACKING, BESIDE = 2, 3          # the one without the file, and one that has it
OWN_ID = Property(OBJECT_ID, "Binary", MEETING)
_BEGINNING = bytes.fromhex("040000008200e00074c5b7101a82e008") + bytes(20) + (16).to_bytes(4, "little")
_FILE = b'<t:FileAttachment xmlns:t="%s"><t:Name>check.txt</t:Name><t:Content>AAAA</t:Content></t:FileAttachment>'
_PATTERN = (
    f"<t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NumberedRecurrence><t:StartDate>"
    f"{FIRST:%Y-%m-%d}</t:StartDate><t:NumberOfOccurrences>{LENGTH}</t:NumberOfOccurrences></t:NumberedRecurrence>"
)
_SHAPE = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    f'<t:FieldURI FieldURI="item:Attachments"/><t:FieldURI FieldURI="calendar:Start"/>{OWN_ID.uri}{INVITED.uri}'
    "</t:AdditionalProperties></m:ItemShape>"
)


def try_appointments(sessions: Sessions, writer: ItemWriter, folder_id: str, tags: Sequence[str]) -> CalendarSeen:
    """Writes both as a migration does, under those tags, and looks at them. Raises what the server says against it."""
    wanted = [Tagged(tags[0], meeting(tags[0])), Tagged(tags[1], series())]
    made, long = (_done(one) for one in writer.create(folder_id, wanted))
    _done(writer.finish(long.id or "", wanted[1], _nothing_before))
    own = f"<t:ItemId Id={attribute(made.id or '')}/>"
    numbered = [_numbered(long.id or "", index) for index in (LACKING, BESIDE, FAR)]
    shown, without, beside, far = _asked(sessions, [own, *numbered])
    return CalendarSeen(
        organizer=ORGANIZER not in made.untold, answers=ANSWERS not in made.untold,
        same_meeting=shown is not None and b64decode(value_of(shown, OBJECT_ID)) == _object_id(tags[0]),
        invited=shown is not None and value_of(shown, INVITED.number) == "true",
        numbered=far is not None, files=_files(without) == 0 and _files(beside) == 1,
    )


def meeting(tag: str) -> TypedItem:
    """A meeting that somebody else has sent to the owner, with a guest who has accepted it."""
    item = _element("OMM check: a meeting", FIRST)
    told = {
        OWN_ID: b64encode(_object_id(tag)).decode(), Property(STATE, "Integer", APPOINTMENT): "3", ANSWER: "3",
        INVITED: "true", **dict.fromkeys(NAMES_OF_SENDER, HOST), **dict.fromkeys(TYPES_OF_SENDER, "SMTP"),
        **dict.fromkeys(ADDRESSES_OF_SENDER, HOST),
    }
    for what, value in told.items():
        put_property(item, what, value)
    xml.add(item, "UID", _object_id(tag).hex())
    guest = xml.add(xml.add(item, "RequiredAttendees"), "Attendee")
    mailbox = xml.add(guest, "Mailbox")
    for name, value in (("Name", GUEST), ("EmailAddress", GUEST), ("RoutingType", "SMTP")):
        xml.add(mailbox, name, value)
    xml.add(guest, "ResponseType", "Accept")
    return _typed(item)


def series() -> TypedItem:
    """A long series with a file, which one of its occurrences has not."""
    item = _element("OMM check: a series", FIRST)
    item.append(etree.fromstring(f'<t:Recurrence xmlns:t="{TYPES[1:-1]}">{_PATTERN}</t:Recurrence>'))
    xml.add(item, "StartTimeZone", Id="UTC")
    when, nothing = FIRST + (LACKING - 1) * DAY, xml.written(xml.new(CALENDAR_ITEM.element))
    return _typed(
        item, (_FILE % TYPES[1:-1].encode(),), (Changed(when, when, when + HOUR, nothing, without=(0,)),)
    )


def _element(subject: str, start: datetime) -> etree._Element:
    item = xml.new(CALENDAR_ITEM.element)
    for name, value in (
        ("Subject", subject), ("ReminderIsSet", "false"), ("Start", xml.utc(start)), ("End", xml.utc(start + HOUR)),
        ("LegacyFreeBusyStatus", "Free"),
    ):
        xml.add(item, name, value)
    return item


def _typed(
    item: etree._Element, attachments: tuple[bytes, ...] = (), changed: tuple[Changed, ...] = ()
) -> TypedItem:
    item[:] = sorted(item, key=lambda one: CALENDAR_ITEM.order[str(one.tag)])
    written = xml.written(item)
    return TypedItem(0, written, b"", "", "", len(written), attachments, changed)


def _object_id(tag: str) -> bytes:
    """A global object id that no other meeting has ([MS-OXOCAL] 2.2.1.27)."""
    return _BEGINNING + hashlib.sha256(tag.encode()).digest()[:16]


def _nothing_before(_size: int, _untold: Sequence[str] = ()) -> None:
    """Nobody else is to know of what is tried."""


def _done(outcome: Outcome) -> Outcome:
    if outcome.verdict is Verdict.DONE:
        return outcome
    raise outcome.error if isinstance(outcome.error, OmmError) else RefusedError("The destination did not say why not.")


def _numbered(series_id: str, index: int) -> str:
    return f'<t:OccurrenceItemId RecurringMasterId={attribute(series_id)} InstanceIndex="{index}"/>'


def _asked(sessions: Sessions, names: Sequence[str]) -> list[etree._Element | None]:
    """Those items; None for one that the server does not give."""
    body = envelope(f"<m:GetItem>{_SHAPE}<m:ItemIds>{''.join(names)}</m:ItemIds></m:GetItem>")
    answer = messages(parse(sessions.ask(body), sessions.side), len(names), sessions.side)
    return [None if isinstance(one, CodeError) else one.find(f"{MESSAGES}Items/*") for one in answer]


def _files(item: etree._Element | None) -> int:
    return -1 if item is None else len(item.findall(f"{TYPES}Attachments/*"))
