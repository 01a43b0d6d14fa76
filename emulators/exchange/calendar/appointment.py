"""An appointment as a client describes it: what it may set, and what follows from that.

What the server computes is kept in `Item.appointment`:
    start, end      UTC; of a series those of its first occurrence
    finish          UTC end of the last occurrence; None without end
    zone, end_zone  as `zones.read` keeps them; end_zone None: the same
    named           whether a zone was given at all
    all_day, busy, requested (a response), uid, object_id (hex), sequence, state, response, organizer, stamp
    recurrence      the element, of a series; deleted (dates), modified (date: [row, start, end])
    of, original    of an occurrence: the row of its series, its date there; `own`: what an exception has of its own
    instance        of one occurrence without its series: the date in its global object id, in hex; else ""
    original_start  UTC; the start that an occurrence has by its series, be that stored or not
"""

import base64
from copy import deepcopy
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice, pairwise

from lxml import etree

from emulators.exchange import recurrence
from emulators.exchange.calendar import attendees, identity, zones
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.extended import PropertyPath, checked
from emulators.exchange.fragments import fragment, parsed
from emulators.exchange.item import READ, Item
from emulators.exchange.soap import is_true, local, t, text

# The server alone sets these. MS-OXWSMTGS_R2000 says so of IsMeeting. Assumption: of the others, which tell what
# follows from the rest, too.
READ_ONLY = frozenset({
    "RecurrenceId", "DateTimeStamp", "OriginalStart", "IsMeeting", "IsCancelled", "IsRecurring",
    "MeetingRequestWasSent", "CalendarItemType", "MyResponseType", "Organizer", "ConflictingMeetingCount",
    "AdjacentMeetingCount", "ConflictingMeetings", "AdjacentMeetings", "Duration", "TimeZone", "AppointmentReplyTime",
    "AppointmentSequenceNumber", "AppointmentState", "FirstOccurrence", "LastOccurrence", "ModifiedOccurrences",
    "DeletedOccurrences", "StartWallClock", "EndWallClock", "StartTimeZoneId", "EndTimeZoneId", "IsOrganizer",
    "JoinOnlineMeetingUrl", "OnlineMeetingSettings", "CalendarActivityData", "InboxReminders",
})
_TIMES = frozenset({"Start", "End", "IsAllDayEvent", "StartTimeZone", "EndTimeZone", "MeetingTimeZone", "Recurrence"})
_OLD_ZONES, _NEW_ZONES = frozenset({t("MeetingTimeZone")}), frozenset({t("StartTimeZone"), t("EndTimeZone")})
_FIVE_YEARS = timedelta(days=5 * 366)
_BEYOND = 9999
_HALF_HOUR = timedelta(minutes=30)
_OBJECT_IDS = ("{6ed8da90-450b-101b-98da-00aa003f1305}/id:3", "{6ed8da90-450b-101b-98da-00aa003f1305}/id:35")
_APPOINTMENT = "{00062002-0000-0000-c000-000000000046}/id:"
_COMMON = "{00062008-0000-0000-c000-000000000046}/id:"
# The same property by another name; what follows from the times; PidLidOwnerCriticalChange.
_ALIASES = {f"{_APPOINTMENT}{0x8208}": ("Location", "String"),
            f"{_COMMON}{0x8501}": ("ReminderMinutesBeforeStart", "Integer"),
            f"{_COMMON}{0x8503}": ("ReminderIsSet", "Boolean")}
_FOLLOWING = frozenset({f"{_APPOINTMENT}{number}" for number in (
    0x820D, 0x820E, 0x8213, 0x8215, 0x8223, 0x8235, 0x8236)} | {f"{_COMMON}{number}" for number in (
        0x8502, 0x8516, 0x8517)} | {"{6ed8da90-450b-101b-98da-00aa003f1305}/id:5"})
# What the schema lets ReminderMinutesBeforeStart be: minutes, or the value that stands for the usual number.
# Assumption: another value is refused, by whatever path it comes.
_LONGEST_REMINDER, _USUAL_REMINDER = 2_629_800, 0x5AE980E1
_STAMP = "{6ed8da90-450b-101b-98da-00aa003f1305}/id:26"
_SENT = f"{_APPOINTMENT}{0x8229}"       # PidLidFInvited
_BUSY = ("Free", "Tentative", "Busy", "OOF", "WorkingElsewhere")
_RESPONSES = ("Unknown", "Organizer", "Tentative", "Accept", "Decline", "NoResponseReceived")


def begin(call: Call, new: Item) -> None:
    """Give a new appointment what it has before anything is set."""
    object_id = identity.new_object_id(call.now)
    new.flags, new.message_id = READ, None
    new.appointment = {
        "all_day": False, "busy": "Busy", "requested": True, "uid": identity.uid_of(object_id),
        "object_id": object_id.hex(), "sequence": 0, "state": 0, "response": "Organizer",
        "organizer": None, "stamp": call.now, "sent": False}


def check_organizer(item: Item, name: str, code: str) -> None:
    """Refuse a change of what the organizer alone says.

    AllowNewTimeProposal "is read-only for meeting requests and for attendees' calendar items" (page of the element).
    Raises ItemError with the `code`.
    """
    if name == "AllowNewTimeProposal" and item.appointment["response"] != "Organizer":
        raise ItemError(code)


def zones_of_others(call: Call) -> frozenset[str]:
    """The zones that no client may give, for their names are those of another version; iCalendar has its own.

    Exchange 2007 alone has MeetingTimeZone, and no other (MS-OXWSMTGS_R713 to R715).
    """
    return _OLD_ZONES if call.targets("Exchange2010") else _NEW_ZONES


def take(call: Call, item: Item, element: etree._Element) -> bool:
    """Set a property that appointments compute with; False: it is one like those of other items. Raises ItemError."""
    name, kept = local(element), item.appointment
    if name in READ_ONLY or (name == "IsOnlineMeeting" and call.settings.version == "2019"):     # R2301
        raise ItemError("ErrorInvalidPropertySet")
    if name in _TIMES:
        if name == "Recurrence" and "original" in kept:     # an occurrence has none of its own
            raise ItemError("ErrorInvalidPropertySet")
        kept.setdefault("given", {})[name] = element
    elif name in attendees.NAMES:
        item.extra[name] = attendees.read(call, element)
    elif name == "UID":
        if "original" in kept:      # Assumption: refused; an occurrence has that of its series (MS-OXOCAL 2.2.1.27)
            raise ItemError("ErrorInvalidPropertySet")
        kept["uid"] = element.text or ""
        if call.settings.uid_sets_global_object_id:
            kept["object_id"] = identity.object_id_of(kept["uid"]).hex()
    elif name == "LegacyFreeBusyStatus":
        kept["busy"] = element.text
    elif name == "IsResponseRequested":
        kept["requested"] = is_true(element.text)
    elif name != "ReminderDueBy":       # it is when the event begins (MS-OXWSCORE_R92)
        return False
    return True


def take_property(call: Call, item: Item, path: PropertyPath, value: str | list[str]) -> bool:
    """Set an extended property that appointments compute with; False: it is one like others. Raises ItemError."""
    kept = item.appointment
    if path.path in _OBJECT_IDS and path.kind == "Binary":
        raw = base64.b64decode(str(value))
        if not identity.is_object_id(raw):
            raise ItemError("ErrorInvalidExtendedPropertyValue")
        kept["object_id"], kept["uid"] = identity.clean(raw).hex(), identity.uid_of(raw)
        if path.path == _OBJECT_IDS[0] and "original" not in kept:
            kept["instance"] = identity.day_in(raw)
        return True
    if path.path in _FOLLOWING:
        raise ItemError("ErrorInvalidPropertySet")
    if path.path in _ALIASES:
        name, kind = _ALIASES[path.path]
        if path.kind != kind:
            raise ItemError("ErrorInvalidExtendedProperty")
        if kind == "Integer" and not 0 <= int(str(value)) <= _LONGEST_REMINDER and int(str(value)) != _USUAL_REMINDER:
            raise ItemError("ErrorInvalidExtendedPropertyValue")
        item.extra[name] = f"<t:{name}>{text(str(value))}</t:{name}>"
        return True
    if path.path == _SENT and path.kind == "Boolean":
        kept["sent"] = value == "true"
    if path.path == _STAMP and path.kind == "SystemTime":
        kept["stamp"] = value
        return True
    return path.path.startswith(_APPOINTMENT) and path.kind == "Integer" and _take_number(call, item, path, str(value))


def _take_number(call: Call, item: Item, path: PropertyPath, value: str) -> bool:
    kept = item.appointment
    match int(path.path.removeprefix(_APPOINTMENT)):
        case 0x8201:
            kept["sequence"] = int(value)
        case 0x8205:
            kept["busy"] = _chosen(_BUSY, value)
        case 0x8217 if call.settings.organizer_by_property:
            kept["state"] = int(value)
        case 0x8218 if call.settings.organizer_by_property:
            kept["response"] = _chosen(_RESPONSES, value)
        case 0x8217 | 0x8218:
            pass        # the server knows better whose calendar this is
        case _:
            return False
    return True


def _chosen(choices: tuple[str, ...], value: str) -> str:
    number = int(value)
    if not 0 <= number < len(choices):
        raise ItemError("ErrorInvalidExtendedPropertyValue")
    return choices[number]


def complete(call: Call, item: Item) -> bool:
    """Work out what follows from what has been set; True: the times or the recurrence changed. Raises ItemError."""
    kept = item.appointment
    given: dict[str, etree._Element] = kept.pop("given", {})
    if call.settings.organizer_by_property:
        attendees.organize(item)
    if not kept.get("organizer"):
        kept["state"] = kept["state"] & ~1 | attendees.any_in(item)
    ended = bool(kept.pop("ended", False))
    if not given and "start" in kept:
        return ended
    before = (kept.get("start"), kept.get("end"), kept.get("recurrence"), kept.get("zone"))
    try:
        _place(call, item, given)
        if (element := given.get("Recurrence")) is not None:
            kept["recurrence"] = fragment(recurrence.with_plain_numbers(deepcopy(element)))
        if "recurrence" in kept:
            _repeat(item)
    except OverflowError as error:      # a time that no calendar has
        raise ItemError("ErrorCalendarOutOfRange") from error
    return ended or before != (kept["start"], kept["end"], kept.get("recurrence"), kept["zone"])


def _place(call: Call, item: Item, given: dict[str, etree._Element]) -> None:
    """Zones and times."""
    kept = item.appointment
    was = {"Start": local_time(item, "start"), "End": local_time(item, "end")} if "start" in kept else {}
    _choose_zones(call, item, given)
    zone = zones.of(kept["zone"])
    ends = zones.of(kept["end_zone"] or kept["zone"])
    moved = "StartTimeZone" in given or "MeetingTimeZone" in given
    start = _moment(call, given.get("Start"), zone, kept.get("start"), was.get("Start") if moved else None)
    if start is None:
        start = datetime.fromisoformat(call.now[:-1])
    end = _moment(call, given.get("End"), ends, kept.get("end"),
                  was.get("End") if moved or "EndTimeZone" in given else None)
    if end is None:     # as a server that was given nothing: the next half hour, and half an hour
        past = timedelta(minutes=start.minute % 30, seconds=start.second)
        end = start + ((_HALF_HOUR - past) if past else timedelta()) + _HALF_HOUR
    if end <= start:
        raise ItemError("ErrorCalendarEndDateIsEarlierThanStartDate")      # MS-OXWSMTGS_R1204
    if "IsAllDayEvent" in given:
        kept["all_day"] = is_true(given["IsAllDayEvent"].text)
    if kept["all_day"]:
        start, end = _midnights(zone, ends, start, end)
    if end.year >= _BEYOND:     # some clock of the world has no such year any more
        raise ItemError("ErrorCalendarOutOfRange")
    if end - start > _FIVE_YEARS:
        raise ItemError("ErrorCalendarDurationIsTooLong")       # MS-OXWSMTGS_R1203
    kept["start"], kept["end"], kept["finish"] = utc(start), utc(end), utc(end)


def _choose_zones(call: Call, item: Item, given: dict[str, etree._Element]) -> None:
    """The creation time zone, by the table of "Time zones and EWS in Exchange"."""
    kept = item.appointment
    if "zone" not in kept:
        context = call.zone_context if call.targets("Exchange2010") else None
        kept["zone"] = "UTC" if context is None else zones.read(context)[1]
        kept["end_zone"], kept["named"] = None, context is not None
    if "StartTimeZone" in given:
        kept["zone"], kept["named"] = zones.read(given["StartTimeZone"])[1], True
    if "MeetingTimeZone" in given:
        kept["zone"], kept["named"] = zones.read_meeting_zone(given["MeetingTimeZone"])[1], True
    if "EndTimeZone" in given:
        kept["end_zone"] = zones.read(given["EndTimeZone"])[1]


def _moment(call: Call, element: etree._Element | None, zone: zones.Zone, was: str | None,
            wall: datetime | None) -> datetime | None:
    """A time that was given, else that of before, which keeps its `wall` time in a new zone."""
    if element is not None:
        return read_time(element.text or "", zone)
    if wall is not None:
        return zone.to_utc(wall)
    return None if was is None else moment(was)


def read_time(value: str, zone: zones.Zone) -> datetime:
    """An xs:dateTime in UTC; without an offset it is in `zone`. Raises ItemError."""
    value = value.strip()
    if value.endswith("Z") or value[-6:-5] in ("+", "-"):
        return moment(checked("SystemTime", value))
    return zone.to_utc(moment(checked("SystemTime", value)))


def _midnights(zone: zones.Zone, ends: zones.Zone, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Whole days: the midnight before the start and the one after the end (page on all-day events)."""
    first, last = zone.to_local(start), ends.to_local(end)
    up = timedelta(days=1) if last.time() != time() else timedelta()
    return (zone.to_utc(datetime.combine(first.date(), time())),
            ends.to_utc(datetime.combine(last.date(), time()) + up))


def moment(value: str) -> datetime:
    """A kept UTC time as a datetime without tzinfo."""
    return datetime.fromisoformat(value[:19])


def utc(value: datetime) -> str:
    """The way a UTC time is kept."""
    return value.isoformat(timespec="seconds") + "Z"


def local_time(item: Item, name: str) -> datetime:
    """Start or end as clocks show it in the zone of the appointment."""
    kept = item.appointment
    zone = kept["zone"] if name == "start" else kept["end_zone"] or kept["zone"]
    return zones.of(zone).to_local(moment(kept[name]))


def series(item: Item) -> recurrence.Series:
    """The recurrence of a series."""
    return _series(item.appointment["recurrence"])


@lru_cache(maxsize=1024)
def _series(kept: str) -> recurrence.Series:
    return recurrence.read(parsed(kept))


def _repeat(item: Item) -> None:
    """Put start and end to the first occurrence, and the finish to the end of the last. Raises ItemError."""
    kept = item.appointment
    found = series(item)
    first = found.at(1)
    if first is None:
        raise ItemError("ErrorRecurrenceHasNoOccurrence")
    span = local_time(item, "end") - local_time(item, "start")
    shift = datetime.combine(first, time()) - datetime.combine(local_time(item, "start").date(), time())
    start, end = local_time(item, "start") + shift, local_time(item, "end") + shift
    kept["start"] = utc(zones.of(kept["zone"]).to_utc(start))
    kept["end"] = utc(zones.of(kept["end_zone"] or kept["zone"]).to_utc(end))
    if any(after - before < span for before, after in pairwise(islice(found.dates(), 60))):
        raise ItemError("ErrorOccurrenceTimeSpanTooBig")
    last = found.last()
    kept["finish"] = None if last is None else slot(item, last)[1]


def slot(item: Item, day: date) -> tuple[str, str]:
    """Start and end in UTC of the occurrence that a series has on a date."""
    kept = item.appointment
    start, end = local_time(item, "start"), local_time(item, "end")
    shift = datetime.combine(day, time()) - datetime.combine(start.date(), time())
    return (utc(zones.of(kept["zone"]).to_utc(start + shift)),
            utc(zones.of(kept["end_zone"] or kept["zone"]).to_utc(end + shift)))


def leave_out(item: Item, values: list[str]) -> None:
    """Delete the occurrences that begin at these times, in UTC with a Z, else in the zone of the series."""
    if "recurrence" not in item.appointment or not values:
        return
    zone = zones.of(item.appointment["zone"])
    days = {zone.to_local(read_time(one, zone)).date() for one in values}
    item.appointment["deleted"] = sorted(day.isoformat() for day in days if series(item).index(day) is not None)


def place_in_series(item: Item, original: str | None) -> None:
    """Note which occurrence of a series an appointment is that stands by itself: the start that it had there."""
    if original is not None:
        item.appointment["original_start"] = utc(read_time(original, zones.of(item.appointment["zone"])))


def remove(item: Item, name: str) -> bool:
    """Delete a property by name; False: it is one like those of other items. Raises ItemError.

    What is no series any more has changed its times: its exceptions go with it, as with a new recurrence. Assumption:
    what every appointment has cannot be deleted.
    """
    if name == "Recurrence" and "original" not in item.appointment:
        item.appointment["ended"] = item.appointment.pop("recurrence", None) is not None
        item.appointment["finish"] = item.appointment["end"]
        return True
    check_organizer(item, name, "ErrorInvalidPropertyDelete")
    if name in READ_ONLY or name in _TIMES or \
            name in ("UID", "LegacyFreeBusyStatus", "IsResponseRequested"):
        raise ItemError("ErrorInvalidPropertyDelete")
    return False
