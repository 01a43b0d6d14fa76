"""Meeting messages that arrive, and what the calendar assistant makes of them (MS-OXOCAL 3.1.5.2, 3.1.5.5).

They meet the item with their global object id, or with RECURRENCE-ID one occurrence of it. A message with a lower
sequence than the item has is out of date.
"""

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from emulators.exchange import explicit, filing, folder, item
from emulators.exchange.calendar import (
    appointment,
    attendees,
    counter,
    exceptions,
    icalendar_in,
    identity,
    meeting_facts,
    meeting_message,
    occurrence,
    zones,
)
from emulators.exchange.calendar.icalendar_in import Component
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.fragments import fragment, parsed
from emulators.exchange.item import Item
from emulators.exchange.soap import local, t, text

_KEEPS = frozenset({"UID", "LegacyFreeBusyStatus", "ReminderIsSet"})      # an update leaves them to the attendee
_ANSWERS = ("REPLY", "COUNTER")
_METHODS = ("REQUEST", "CANCEL", *_ANSWERS)
_UPDATED = frozenset({"MyResponseType", "LegacyFreeBusyStatus", "AppointmentSequenceNumber", "AppointmentState"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message.

    `verdict` is "created", "updated", "out of date", "answered", "cancelled" or "ignored"; `met` the item of the
    calendar; `request_type` the MeetingRequestType.
    """

    verdict: str
    met: Item | None = None
    request_type: str = "None"


def learn(call: Call, message: Item, calendar: Component) -> None:
    """Process a meeting message that is not stored yet; one that the calendar cannot follow stays unprocessed."""
    used = call.mailbox.used
    try:
        with call.undone_on_error():
            outcome = process(call, calendar)
    except ItemError:
        call.mailbox.used = used
        return
    meeting_facts.processed(message, outcome.met, outcome.request_type)


def process(call: Call, calendar: Component) -> Outcome:
    """Let the calendar learn of a message. Raises ItemError."""
    event = icalendar_in.first(calendar)
    found = _find(call, calendar, event)
    method = meeting_message.method(calendar)
    if found is None:
        return _create(call, calendar, event) if method == "REQUEST" else Outcome("ignored")
    own = found.appointment["response"] == "Organizer"
    target = _target(call, found, calendar, event)
    if target is None or own != (method in _ANSWERS) or method not in _METHODS:
        return Outcome("ignored")
    if icalendar_in.sequence(event) < target.appointment["sequence"]:
        return Outcome("out of date", found, "Outdated")
    if method == "REQUEST":
        return Outcome("updated", found, _update(call, target, calendar, event))
    return Outcome(_cancel(call, target, event) if method == "CANCEL" else _take_answer(call, target, calendar), found)


def _find(call: Call, calendar: Component, event: Component) -> Item | None:
    """The item of the calendar that an event is about: by its global object id, else by the clean one.

    A single occurrence, whose series is not there, has a date in it (MS-OXOCAL 2.2.1.27).
    """
    place, object_id = folder.distinguished(call, "calendar"), meeting_message.object_id(event)
    found = item.in_folder(
        call.db, place.id, "kind='CalendarItem' AND json_extract(appointment, '$.object_id')=?", object_id.hex())
    item.read_properties(call.db, found)
    days = {one.row: one.appointment.get("instance") or _alone(one) for one in found}
    alone = [one for one in found if days[one.row] and days[one.row] == _day(one, calendar, event)]
    return next(iter(alone or [one for one in found if not days[one.row]]), None)


def _day(one: Item, calendar: Component, event: Component) -> str | None:
    """The date of the occurrence that an event is about, as a global object id has it."""
    named = icalendar_in.recurrence_id(calendar, event)
    return None if named is None else _dated(one, appointment.read_time(named, zones.of(one.appointment["zone"])))


def _alone(one: Item) -> str:
    """The date of an occurrence that came without its series; "" of anything else."""
    began = one.appointment.get("original_start")
    return _dated(one, appointment.moment(began)) if began else ""


def _dated(one: Item, began: datetime) -> str:
    day = zones.of(one.appointment["zone"]).to_local(began).date()
    return identity.day_in(identity.dated(bytes.fromhex(one.appointment["object_id"]), day))


def _target(call: Call, found: Item, calendar: Component, event: Component) -> Item | None:
    """The item, or the occurrence of it that the event is about; None when there is no such occurrence."""
    if "RECURRENCE-ID" not in event.properties or "recurrence" not in found.appointment:
        return found
    return exceptions.find(call, found, calendar, event)


def _create(call: Call, calendar: Component, event: Component) -> Outcome:
    """A request that nothing meets is in the calendar, tentatively and unanswered."""
    made = meeting_message.described(call, calendar, event)
    made.appointment |= {"response": "NoResponseReceived", "busy": "Tentative"}
    appointment.leave_out(made, icalendar_in.left_out(calendar, event))
    filing.keep(call, made, None, folder.distinguished(call, "calendar"))
    if "recurrence" in made.appointment:
        made = exceptions.apply(call, made, calendar)
    return Outcome("created", made, "NewMeetingRequest")


def _update(call: Call, target: Item, calendar: Component, event: Component) -> str:
    """Change an attendee's item as its organizer has; returns the MeetingRequestType.

    Whoever has answered, and need not answer again, is informed only (MS-OXWSMTGS_R485, R587).
    """
    item.read_properties(call.db, [target])
    names = set(_UPDATED)
    for element in (*icalendar_in.elements_of(calendar, event), *icalendar_in.people(event)):
        if local(element) not in _KEEPS and not (local(element) == "Recurrence" and "original" in target.appointment):
            explicit.apply(call, target, element, creating=False)
            names.add(local(element))
    if appointment.complete(call, target):
        if "original" not in target.appointment:
            occurrence.reset(call, target)
        target.appointment |= {"response": "NoResponseReceived", "busy": "Tentative"}
    meeting_message.invite(target, event)
    if event is icalendar_in.main(calendar):
        appointment.leave_out(target, icalendar_in.left_out(calendar, event))
    occurrence.store(call, target, names)
    if event is icalendar_in.main(calendar) and "recurrence" in target.appointment:
        exceptions.apply(call, target, calendar)
    return "FullUpdate" if target.appointment["response"] == "NoResponseReceived" else "InformationalUpdate"


def _take_answer(call: Call, target: Item, calendar: Component) -> str:
    """Let an attendee's answer stand beside the name (MS-OXWSMTGS_R139, R141); that of a stranger is ignored.

    So do the times that a counter proposal asks for (MS-OXOCAL 3.1.5.5), until another answer comes.
    """
    event = icalendar_in.first(calendar)
    countered = meeting_message.method(calendar) == "COUNTER"
    proposal = meeting_message.described(call, calendar, event) if countered else None
    _, attendee = event.properties.get("ATTENDEE", [({}, "")])[0]
    answer = meeting_message.answer_of(calendar)
    for name in attendees.NAMES if answer else ():
        if name not in target.extra:
            continue
        whole = parsed(target.extra[name])
        for one in whole:
            if one[0].findtext(t("EmailAddress"), "").lower() == icalendar_in.address(attendee):
                one[1].text = answer
                _set(one, "LastResponseTime", call.now)
                counter.note(one, proposal)
                target.extra[name] = fragment(whole)
                occurrence.store(call, target, {name})
                return "answered"
    return "ignored"


def _set(one: etree._Element, name: str, value: str) -> None:
    held = one.find(t(name))
    if held is None:
        held = etree.SubElement(one, t(name))
    held.text = text(value)


def _cancel(call: Call, target: Item, event: Component) -> str:
    """A cancelled meeting of an attendee has state 7 (MS-OXWSMTGS_R741) and blocks no time."""
    target.appointment |= {"state": 7, "sequence": icalendar_in.sequence(event), "busy": "Free"}
    occurrence.store(call, target, set(_UPDATED))
    return "cancelled"
