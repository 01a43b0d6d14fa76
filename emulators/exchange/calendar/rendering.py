"""How an appointment looks in an answer: what it has beside other items, each as recorded."""

from collections import deque
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from lxml import etree

from emulators.exchange import ids
from emulators.exchange.calendar import (
    appointment,
    attendees,
    identity,
    neighbours,
    occurrence,
    server_zones,
    zones,
)
from emulators.exchange.call import Call
from emulators.exchange.fragments import fragment, parsed, plain, written
from emulators.exchange.item import Item, id_element
from emulators.exchange.soap import flag, is_true, text

# What recorded AllProperties answers of appointments hold; what was set explicitly comes on top.
ALL = frozenset({
    "ItemId", "ParentFolderId", "ItemClass", "Subject", "Sensitivity", "Body", "Attachments", "DateTimeReceived",
    "Size", "Categories", "Importance", "IsSubmitted", "IsDraft", "IsFromMe", "IsResend", "IsUnmodified",
    "DateTimeSent", "DateTimeCreated", "ResponseObjects", "ReminderDueBy", "ReminderIsSet",
    "ReminderMinutesBeforeStart", "DisplayCc", "DisplayTo", "HasAttachments", "Culture", "EffectiveRights",
    "LastModifiedName", "LastModifiedTime", "IsAssociated", "WebClientReadFormQueryString", "ConversationId", "UID",
    "RecurrenceId", "DateTimeStamp", "Start", "End", "IsAllDayEvent", "LegacyFreeBusyStatus", "Location",
    "IsMeeting", "IsCancelled", "IsRecurring", "MeetingRequestWasSent", "IsResponseRequested", "CalendarItemType",
    "MyResponseType", "Organizer", "RequiredAttendees", "OptionalAttendees", "Resources", "Duration", "TimeZone",
    "AppointmentSequenceNumber", "AppointmentState", "Recurrence", "FirstOccurrence", "LastOccurrence",
    "ModifiedOccurrences", "DeletedOccurrences", "IsOnlineMeeting",
})
# "Property sets and response shapes in EWS in Exchange", for calendar items.
DEFAULT = frozenset({
    "ItemId", "Subject", "ResponseObjects", "HasAttachments", "IsAssociated", "Start", "End", "LegacyFreeBusyStatus",
    "Location", "IsMeeting", "CalendarItemType", "MyResponseType", "Organizer", "RequiredAttendees",
    "OptionalAttendees", "Resources"})
# Of these a search gives nothing (rule R11).
NOT_IN_SEARCH = frozenset({
    "RequiredAttendees", "OptionalAttendees", "Resources", "Recurrence", "FirstOccurrence", "LastOccurrence",
    "ModifiedOccurrences", "DeletedOccurrences", "ConflictingMeetings", "AdjacentMeetings", "MeetingTimeZone"})


def element(call: Call, item: Item, name: str, *, search: bool) -> str | None:
    """One element, empty where the appointment has none; None: it is one like those of other items."""
    if name == "Organizer":
        return attendees.organizer(call, item, search=search)
    render = _ELEMENTS.get(name)
    return None if render is None else render(call, item)


def searched(call: Call, item: Item, name: str) -> str | bool | None:
    """What a search compares of an appointment: what GetItem tells, the reminder and the people too.

    None: it is a property like those of other items.
    """
    if name == "ReminderDueBy":
        return _due(call, item)
    if name == "ReminderIsSet":
        return is_true(plain(item.extra.get(name)) or _DEFAULTS[name])
    return (attendees.display(item, name) or None) if name in attendees.DISPLAYED else value(item, name)


def value(item: Item, name: str) -> str | bool | None:
    """What a search compares, or None where it is a property like those of other items."""
    found = _VALUES[name](item) if name in _VALUES else None
    return {"true": True, "false": False}.get(found, found) if found is not None else None


def _kind(item: Item) -> str:
    kept = item.appointment
    if "original" in kept:
        return "Exception" if "own" in kept else "Occurrence"
    return "RecurringMaster" if "recurrence" in kept else "Single"


def _duration(item: Item) -> str:
    kept = item.appointment
    return zones.written(appointment.moment(kept["end"]) - appointment.moment(kept["start"]))


def zone_name(item: Item) -> str:
    """What TimeZone shows: UTC where no zone was given, else the zone's name (as recorded)."""
    kept = item.appointment
    return zones.of(kept["zone"]).name if kept["named"] else "UTC"


def _due(call: Call, item: Item) -> str:
    """When the event begins; of a series the next time, as recorded."""
    kept = item.appointment
    if "recurrence" in kept:
        return next((start for start, _ in occurrence.times(item) if start >= call.now), kept["start"])
    return str(kept["start"])


def _recurrence(_call: Call, item: Item) -> str:
    """The recurrence, its dates with Z, as recorded."""
    if "recurrence" not in item.appointment:
        return ""
    found = parsed(item.appointment["recurrence"])
    for one in found[1]:
        if str(one.tag).endswith("Date"):
            one.text = (one.text or "").strip()[:10] + "Z"
    span = appointment.series(item)
    start = next(one for one in found[1] if str(one.tag).endswith("StartDate"))
    start.text = f"{span.at(1) or span.start}Z"
    return fragment(found)


def _info(call: Call, item: Item, name: str, day: date) -> str:
    """An OccurrenceInfoType."""
    start, end = occurrence.when(item, day)
    original = appointment.slot(item, day)[0]
    identifier = identity.occurrence_id(call.mailbox.guid, item.folder, item.entry, day)
    key = ids.change_key(b"\x0f", call.mailbox.guid, item.change)
    return (f'<t:{name}><t:ItemId Id="{identifier}" ChangeKey="{key}"/><t:Start>{start}</t:Start><t:End>{end}</t:End>'
            f"<t:OriginalStart>{original}</t:OriginalStart></t:{name}>")


def _first(call: Call, item: Item) -> str:
    day = next(occurrence.days(item), None) if "recurrence" in item.appointment else None
    return "" if day is None else _info(call, item, "FirstOccurrence", day)


def _last(call: Call, item: Item) -> str:
    if "recurrence" not in item.appointment or appointment.series(item).last() is None:
        return ""
    last = deque(occurrence.days(item), maxlen=1)
    return _info(call, item, "LastOccurrence", last[0]) if last else ""


def _modified(call: Call, item: Item) -> str:
    days = sorted(item.appointment.get("modified", {}))
    inner = "".join(_info(call, item, "Occurrence", date.fromisoformat(day)) for day in days)
    return f"<t:ModifiedOccurrences>{inner}</t:ModifiedOccurrences>" if inner else ""


def _deleted(_call: Call, item: Item) -> str:
    starts = (appointment.slot(item, date.fromisoformat(day))[0] for day in sorted(item.appointment.get("deleted", ())))
    inner = "".join(f"<t:DeletedOccurrence><t:Start>{start}</t:Start></t:DeletedOccurrence>" for start in starts)
    return f"<t:DeletedOccurrences>{inner}</t:DeletedOccurrences>" if inner else ""


def _zone(name: str, which: str) -> Callable[[Call, Item], str]:
    def render(call: Call, item: Item) -> str:
        if not call.targets("Exchange2010"):        # MS-OXWSMTGS_R713, R714
            return ""
        kept = item.appointment[which] or item.appointment["zone"]
        if not kept.startswith("<"):
            return server_zones.definition(zones.known(kept), name)
        whole = fragment(etree.fromstring(kept))
        return f"<t:{name}{whole[whole.index(' '):whole.rindex('</')]}</t:{name}>"
    return render


def _wall(item: Item, name: str) -> str:
    """Local time with its offset."""
    shown = appointment.local_time(item, name)
    minutes = (shown - appointment.moment(item.appointment[name])) // timedelta(minutes=1)
    sign = "-" if minutes < 0 else "+"
    return f"{shown.isoformat(timespec='seconds')}{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


_DEFAULTS = {"ReminderIsSet": "true", "ReminderMinutesBeforeStart": "15", "AllowNewTimeProposal": "true",
             "IsOnlineMeeting": "false"}


def _kept_or_default(name: str) -> Callable[[Call, Item], str]:
    return lambda _call, item: item.extra.get(name) or f"<t:{name}>{_DEFAULTS[name]}</t:{name}>"


_RENDERERS: dict[str, Callable[[Call, Item], str]] = {
    "ItemId": id_element,
    "ReminderDueBy": lambda call, item: f"<t:ReminderDueBy>{_due(call, item)}</t:ReminderDueBy>",
    "ResponseObjects": lambda _call, item: _responses(item),
    "Recurrence": _recurrence,
    "FirstOccurrence": _first,
    "LastOccurrence": _last,
    "ModifiedOccurrences": _modified,
    "DeletedOccurrences": _deleted,
    "StartTimeZone": _zone("StartTimeZone", "zone"),
    "EndTimeZone": _zone("EndTimeZone", "end_zone"),
    **{name: _kept_or_default(name) for name in _DEFAULTS},
    **{name: partial(neighbours.element, name=name) for name in neighbours.NAMES},
    **{name: partial(attendees.shown, name=name) for name in attendees.NAMES},
}
_VALUES: dict[str, Callable[[Item], str | None]] = {
    "UID": lambda i: i.appointment["uid"],
    "RecurrenceId": lambda i: i.appointment.get("original_start"),
    "OriginalStart": lambda i: i.appointment.get("original_start"),
    "DateTimeStamp": lambda i: i.appointment["stamp"],
    "Start": lambda i: i.appointment["start"],
    "End": lambda i: i.appointment["end"],
    "IsAllDayEvent": lambda i: flag(i.appointment["all_day"]),
    "LegacyFreeBusyStatus": lambda i: i.appointment["busy"],
    "IsMeeting": lambda i: flag(i.appointment["state"] & 1),
    "IsCancelled": lambda i: flag(i.appointment["state"] & 4),
    "IsRecurring": lambda i: flag("original" in i.appointment),     # false of the series itself, as recorded
    "MeetingRequestWasSent": lambda i: flag(i.appointment["sent"]),
    "IsResponseRequested": lambda i: flag(i.appointment["requested"]),
    "CalendarItemType": _kind,
    "MyResponseType": lambda i: i.appointment["response"],
    "Duration": _duration,
    "TimeZone": zone_name,
    "AppointmentReplyTime": lambda i: i.appointment.get("replied"),
    "AppointmentSequenceNumber": lambda i: str(i.appointment["sequence"]),
    "AppointmentState": lambda i: str(i.appointment["state"]),
    "StartWallClock": lambda i: _wall(i, "start"),
    "EndWallClock": lambda i: _wall(i, "end"),
    "StartTimeZoneId": lambda i: zones.of(i.appointment["zone"]).id,
    "EndTimeZoneId": lambda i: zones.of(i.appointment["end_zone"] or i.appointment["zone"]).id,
    "IsOrganizer": lambda i: flag(i.appointment["response"] == "Organizer"),
}



def _valued(name: str, read: Callable[[Item], str | None]) -> Callable[[Call, Item], str]:
    def render(_call: Call, item: Item) -> str:
        value = read(item)
        return "" if value is None else f"<t:{name}>{text(value)}</t:{name}>"
    return render


def _displayed(name: str) -> Callable[[Call, Item], str]:
    return lambda _call, item: written(name, attendees.display(item, name))


_ELEMENTS: dict[str, Callable[[Call, Item], str]] = {
    **{name: _displayed(name) for name in attendees.DISPLAYED},
    **{name: _valued(name, read) for name, read in _VALUES.items()},
    **_RENDERERS,
}


def _responses(item: Item) -> str:
    """What the owner can do: forward, cancel an own meeting, answer another's."""
    kept = item.appointment
    if not kept["state"] & 1 or kept["response"] == "Organizer":
        cancel = "<t:CancelCalendarItem/>" if kept["state"] & 1 else ""
        return f"<t:ResponseObjects>{cancel}<t:ForwardItem/></t:ResponseObjects>"
    return ("<t:ResponseObjects><t:AcceptItem/><t:TentativelyAcceptItem/><t:DeclineItem/><t:ReplyToItem/>"
            "<t:ReplyAllToItem/><t:ForwardItem/></t:ResponseObjects>")
