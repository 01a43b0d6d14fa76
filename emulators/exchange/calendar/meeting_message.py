"""Meeting messages: mail that brings iCalendar with a method (MS-OXOCAL 2.2.5 to 2.2.9, MS-OXCICAL 2.1.3.1.1.1).

`Item.appointment` holds what the message says of the meeting, named as appointment.py names it, and:
    meeting         type (MeetingRequestType), answer (ResponseType), intended (IntendedFreeBusyStatus), processed
    entry           the number in the id of the appointment that it met; None when it met none
    original_start  UTC; of a message about one occurrence
"""

import dataclasses
import email
from email.message import Message

from lxml import etree

from emulators.exchange import draft, mime
from emulators.exchange.calendar import appointment, counter, icalendar_in, identity
from emulators.exchange.calendar.icalendar_in import Component
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.item import Item
from emulators.exchange.settings import RANK
from emulators.exchange.soap import TYPES

# RFC 5545 3.2.12
ANSWERS = {"ACCEPTED": "Accept", "TENTATIVE": "Tentative", "DECLINED": "Decline"}
# MS-OXCICAL 2.1.3.1.1.1. Assumption: what is published by mail stays mail.
_BY_METHOD = {"REQUEST": "MeetingRequest", "REPLY": "MeetingResponse", "COUNTER": "MeetingResponse",
              "CANCEL": "MeetingCancellation"}
_CLASSES = {"MeetingRequest": "IPM.Schedule.Meeting.Request", "MeetingCancellation": "IPM.Schedule.Meeting.Canceled"}
_ANSWER_CLASSES = {"Accept": "IPM.Schedule.Meeting.Resp.Pos", "Tentative": "IPM.Schedule.Meeting.Resp.Tent",
                   "Decline": "IPM.Schedule.Meeting.Resp.Neg"}
_INTENDED = {"FREE": "Free", "TENTATIVE": "Tentative", "BUSY": "Busy", "OOF": "OOF"}
_KEPT = ("Location", "RequiredAttendees", "OptionalAttendees")


def method(calendar: Component) -> str:
    """The METHOD of a calendar in upper case."""
    return calendar.text("METHOD").strip().upper()


def calendar_of(raw: bytes) -> Component | None:
    """The calendar that makes a message a meeting message; None for other mail."""
    part = _part_of(email.message_from_bytes(raw)) if b"text/calendar" in raw.lower() else None
    try:
        return None if part is None else _of_meeting(part)
    except ItemError:
        return None


def _part_of(whole: Message) -> Message | None:
    """The part that brings a calendar.

    That of an attached message makes nothing of the message that it is attached to. Assumption: nor does a calendar
    that is attached as a file.
    """
    return next((part for part in mime.leaves(whole) if part.get_content_type() == "text/calendar"
                 and part.get_content_disposition() != "attachment"), None)


def _of_meeting(part: Message) -> Component | None:
    """The calendar in a part; None where it is about no meeting. Raises ItemError where it cannot be read."""
    content = part.get_payload(decode=True)
    calendar = icalendar_in.parsed(content if isinstance(content, bytes) else b"")
    return calendar if method(calendar) in _BY_METHOD and calendar.all("VEVENT") else None


def unsupported(call: Call, whole: Message) -> Message | None:
    """The part of a message that is to be a meeting, and cannot be read as one; None where there is none.

    It "cannot be converted to an Outlook or Microsoft Exchange meeting type", and is attached as a file (support
    article 2643084). Assumption: one with a name keeps it.
    """
    part = _part_of(whole)
    if part is None or part.get_filename() or part.get_param("name"):
        return None
    try:
        calendar = _of_meeting(part)
        if calendar is not None:
            become(call, draft.from_headers(call, "Message", mime.headers(b""), b""), calendar)
    except ItemError:
        return part
    return None


def described(call: Call, calendar: Component, event: Component) -> Item:
    """The appointment that an event describes, for an attendee, stored nowhere. Raises ItemError."""
    element = etree.fromstring(f'<t:CalendarItem xmlns:t="{TYPES}"/>')
    element.extend(icalendar_in.elements_of(calendar, event))
    element.extend(icalendar_in.people(event))
    # The assistant has the id itself, whatever a client's UID would make.
    settings = dataclasses.replace(call.settings, uid_sets_global_object_id=True)
    newest = dataclasses.replace(call, settings=settings, rank=max(RANK.values()))
    new, _ = draft.draft(newest, "CalendarItem", element)
    invite(new, event)
    appointment.place_in_series(new, icalendar_in.recurrence_id(calendar, event))
    return new


def invite(invited: Item, event: Component) -> None:
    """Make an item one that another organizer has sent."""
    parameters, organizer = event.properties.get("ORGANIZER", [({}, "")])[0]
    address = icalendar_in.address(organizer)
    invited.appointment |= {"state": 3, "sequence": icalendar_in.sequence(event), "sent": True,
                            "organizer": [parameters.get("CN", address), address], "intended": _intended(event)}


def _intended(event: Component) -> str:
    """PidLidIntendedBusyStatus (MS-OXCICAL 2.1.3.1.1.20.32, .20.34)."""
    said = event.text("X-MICROSOFT-CDO-INTENDEDSTATUS") or event.text("X-MICROSOFT-CDO-BUSYSTATUS")
    return _INTENDED.get(said.upper(), "Free" if event.text("TRANSP").upper() == "TRANSPARENT" else "Busy")


def classify(call: Call, new: Item, raw: bytes) -> Component | None:
    """Make a message that is not stored yet what the calendar in its MIME says; returns that calendar.

    None: it is mail like other mail. With a calendar that cannot be read it has that attached.
    """
    calendar = calendar_of(raw)
    try:
        if calendar is not None:
            become(call, new, calendar)
            return calendar
    except ItemError:
        pass
    note_attached(call, new, raw)
    return None


def note_attached(call: Call, new: Item, raw: bytes) -> None:
    """Note that an item has an attachment where MIME has a calendar that cannot be read."""
    new.attachments = new.attachments or attaches_calendar(call, raw)


def attaches_calendar(call: Call, raw: bytes) -> bool:
    """Whether MIME has a calendar that cannot be read, which is attached."""
    return b"text/calendar" in raw.lower() and unsupported(call, email.message_from_bytes(raw)) is not None


def become(call: Call, new: Item, calendar: Component, *, said: str = "") -> None:
    """Make a message that is not stored yet the meeting message that its calendar says. Raises ItemError.

    `said` is the answer where it is known: a calendar that proposes another time tells none.
    """
    event, countered = icalendar_in.first(calendar), method(calendar) == "COUNTER"
    about = described(call, calendar, counter.as_planned(event) if countered else event)
    proposal = described(call, calendar, event) if countered else None
    if "DTSTAMP" in event.properties:
        about.appointment["stamp"] = icalendar_in.stamp(event)
    new.kind = _BY_METHOD[method(calendar)]
    answer = said or answer_of(calendar) if new.kind == "MeetingResponse" else None
    new.item_class = _ANSWER_CLASSES[answer or "Tentative"] if new.kind == "MeetingResponse" else _CLASSES[new.kind]
    new.extra |= {name: about.extra[name] for name in _KEPT if name in about.extra}
    new.appointment = about.appointment | {
        "response": "NoResponseReceived", "busy": "Tentative", "entry": None,
        "meeting": {"type": "NewMeetingRequest", "answer": answer or "Unknown", "processed": False,
                    "intended": about.appointment["intended"]}}
    if new.kind == "MeetingCancellation":
        new.appointment["state"] = 7        # MS-OXWSMTGS_R741
    if proposal is not None:
        counter.propose(new, proposal)


def answer_of(calendar: Component) -> str | None:
    """The answer that a REPLY or a COUNTER brings. Assumption: the latter is tentative whatever it says."""
    if method(calendar) == "COUNTER":
        return "Tentative"
    parameters, _ = icalendar_in.first(calendar).properties.get("ATTENDEE", [({}, "")])[0]
    return ANSWERS.get(parameters.get("PARTSTAT", "").upper())


def object_id(event: Component) -> bytes:
    """The clean global object id of an event."""
    return identity.object_id_of(event.text("UID"))
