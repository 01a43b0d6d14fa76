"""An appointment as iCalendar, as GetItem renders it in MimeContent (MS-OXCICAL 2.1.3.1)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache

from emulators.exchange import body, recurrence
from emulators.exchange.calendar import appointment, attendees, occurrence, zones
from emulators.exchange.call import Call
from emulators.exchange.fragments import parsed
from emulators.exchange.item import Item
from emulators.exchange.mime import Content
from emulators.exchange.soap import t

_LAST_DAY = 31
_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_CLASSES = {"Private": "PRIVATE", "Confidential": "CONFIDENTIAL", "Personal": "PRIVATE"}
_BUSY = {"Free": "FREE", "Tentative": "TENTATIVE", "OOF": "OOF"}
_ROLES = {"RequiredAttendees": "REQ-PARTICIPANT", "OptionalAttendees": "OPT-PARTICIPANT",
          "Resources": "NON-PARTICIPANT"}
Change = tuple[datetime, timedelta, timedelta]      # local time before it, offset before, offset after


def written(call: Call, item: Item, *, method: str = "PUBLISH", partstat: str = "") -> bytes:
    """The VCALENDAR of one appointment, in UTF-8 with folded lines; `partstat` is the owner's answer in a REPLY.

    A series is followed by its exceptions, each with a RECURRENCE-ID (MS-OXCICAL 2.1.3.1.1.20.20).
    """
    zone = item.appointment["zone"]
    lines = ["BEGIN:VCALENDAR", f"METHOD:{method}", "PRODID:Microsoft Exchange Server 2010", "VERSION:2.0",
             *(_zone(item) if zone != "UTC" else ()), *_event(call, item, partstat),
             *_exceptions(call, item), "END:VCALENDAR"]
    return b"".join(folded(line) for line in lines)


def folded(line: str) -> bytes:
    """A line of at most 75 octets, continued by lines that begin with a space (RFC 5545 3.1)."""
    parts, left = [], line
    while len(left.encode()) > 74:
        cut = min(len(left), 74)
        while len(left[:cut].encode()) > 74:
            cut -= 1
        parts.append(left[:cut])
        left = left[cut:]
    return "\r\n ".join([*parts, left]).encode() + b"\r\n"


def escaped(value: str) -> str:
    """Text with its escapes (RFC 5545 3.3.11)."""
    escapes = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": ""}
    return "".join(escapes.get(one, one) for one in value)


def _time(item: Item, name: str) -> str:
    if item.appointment["all_day"]:
        return f";VALUE=DATE:{appointment.local_time(item, name):%Y%m%d}"
    if item.appointment["zone"] == "UTC":
        return f":{appointment.moment(item.appointment[name]):%Y%m%dT%H%M%SZ}"
    zone = zones.of(item.appointment["zone"])
    return f';TZID="{zone.id}":{zone.to_local(appointment.moment(item.appointment[name])):%Y%m%dT%H%M%S}'


def _exceptions(call: Call, item: Item) -> Iterator[str]:
    for day in sorted(item.appointment.get("modified", ())):
        yield from _event(call, occurrence.made(call, item, date.fromisoformat(day)), "")


def _event(call: Call, item: Item, partstat: str) -> Iterator[str]:
    kept = item.appointment
    yield from ("BEGIN:VEVENT", f"UID:{escaped(kept['uid'])}", f"SUMMARY:{escaped(item.subject)}")
    _, words = body.read(item, Content(b""))
    if words:
        yield f"DESCRIPTION:{escaped(body.as_text(item, Content(b'')))}"
    if "original_start" in kept:
        yield f"RECURRENCE-ID{_time_at(item, kept['original_start'])}"
    yield f"DTSTART{_time(item, 'start')}"
    yield f"DTEND{_time(item, 'end')}"
    for which, moment in zip(("START", "END"), kept.get("planned", ()), strict=False):
        yield f"X-MS-OLK-ORIGINAL{which}{_time_at(item, moment)}"
    yield f"DTSTAMP:{appointment.moment(kept['stamp']):%Y%m%dT%H%M%SZ}"
    yield f"CLASS:{_CLASSES.get(item.sensitivity, 'PUBLIC')}"
    yield f"PRIORITY:{ {'High': 1, 'Low': 9}.get(item.importance, 5) }"
    yield f"TRANSP:{'TRANSPARENT' if kept['busy'] == 'Free' else 'OPAQUE'}"
    yield f"SEQUENCE:{kept['sequence']}"
    yield f"X-MICROSOFT-CDO-BUSYSTATUS:{_BUSY.get(kept['busy'], 'BUSY')}"
    yield f"X-MICROSOFT-CDO-ALLDAYEVENT:{str(kept['all_day']).upper()}"
    if "Location" in item.extra:
        yield f"LOCATION:{escaped(parsed(item.extra['Location']).text or '')}"
    if item.categories:
        yield f"CATEGORIES:{','.join(escaped(one) for one in item.categories)}"
    if partstat:
        yield from _answer(call, item, partstat)
    else:
        yield from _people(call, item)
    if "recurrence" in kept:
        yield f"RRULE:{rule(item)}"
        for day in kept.get("deleted", ()):
            yield f"EXDATE{_time_at(item, appointment.slot(item, date.fromisoformat(day))[0])}"
    yield from _alarm(item)
    yield "END:VEVENT"


def _time_at(item: Item, start: str) -> str:
    shown = Item.__new__(type(item))
    shown.appointment = {**item.appointment, "start": start}
    return _time(shown, "start")


def _answer(call: Call, item: Item, partstat: str) -> Iterator[str]:
    name, address = item.appointment["organizer"]
    yield f"ORGANIZER;{_person(name, address)}"
    yield f"ATTENDEE;PARTSTAT={partstat};{_person(call.mailbox.name, call.mailbox.address)}"


def _people(call: Call, item: Item) -> Iterator[str]:
    if not item.appointment["state"] & 1:
        return
    name, address = item.appointment["organizer"] or [call.mailbox.name, call.mailbox.address]
    yield f"ORGANIZER;{_person(name, address)}"
    for role in attendees.NAMES:
        for one in parsed(item.extra[role]) if role in item.extra else ():
            shown = _person(one[0].findtext(t("Name"), ""), one[0].findtext(t("EmailAddress"), ""))
            yield f"ATTENDEE;ROLE={_ROLES[role]};PARTSTAT=NEEDS-ACTION;RSVP=TRUE;{shown}"


def _person(name: str, address: str) -> str:
    """CN and the address, on one line; a name in quotes has none itself (RFC 5545 3.2)."""
    quoted = " ".join(name.replace('"', "").split())
    return f'CN="{quoted}":mailto:{" ".join(address.split())}'


def _alarm(item: Item) -> Iterator[str]:
    if "false" in item.extra.get("ReminderIsSet", ""):
        return
    kept = item.extra.get("ReminderMinutesBeforeStart")
    before = (parsed(kept).text or "15") if kept else "15"
    yield from ("BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:REMINDER", f"TRIGGER;RELATED=START:-PT{before}M",
                "END:VALARM")


def rule(item: Item) -> str:
    """The recurrence as an RRULE that fits a template (MS-OXCICAL 2.1.3.2.2): day 31, the last of a month, is -1.

    The templates know one day and no BYSETPOS beside it, so 29 and 30 are told as they are. Other readers leave out the
    months that have no such day (RFC 5545 3.3.10), where the series has the last.
    """
    found = appointment.series(item)
    parts = [*_pattern(found)]
    if found.number is not None:
        parts.append(f"COUNT={found.number}")
    elif found.until is not None:
        last = appointment.moment(appointment.slot(item, found.until)[0])
        parts.append(f"UNTIL={found.until:%Y%m%d}" if item.appointment["all_day"] else f"UNTIL={last:%Y%m%dT%H%M%SZ}")
    return ";".join(parts)


def _pattern(found: recurrence.Series) -> Iterator[str]:
    frequency = "YEARLY" if found.month else {"Daily": "DAILY", "Weekly": "WEEKLY"}.get(
        found.pattern.removesuffix("Recurrence"), "MONTHLY")
    yield f"FREQ={frequency}"
    yield f"INTERVAL={found.interval}"
    if found.month:
        yield f"BYMONTH={found.month}"
    if found.day:
        yield f"BYMONTHDAY={-1 if found.day == _LAST_DAY else found.day}"
    elif found.days:
        yield f"BYDAY={','.join(_CODES[day] for day in found.days)}"
    if frequency == "WEEKLY":
        yield f"WKST={_CODES[found.first_day]}"
    elif found.days:
        yield f"BYSETPOS={found.place + 1 if found.place >= 0 else -1}"


def _zone(item: Item) -> Iterator[str]:
    """A VTIMEZONE with the changes of the year in which the appointment begins, as those of every year since 1601.

    One STANDARD and at most one DAYLIGHT (MS-OXCICAL 2.1.3.1.1.19.2), dated as Exchange 2010 dates them: its calendars
    are among the tests of icalendar (issue_836_do_not_quote_tzid.ics, timezone_same_start.ics).
    """
    kept = item.appointment["zone"]
    found = _observances(kept, appointment.moment(item.appointment["start"]).year)
    yield from ("BEGIN:VTIMEZONE", f"TZID:{zones.of(kept).id}")
    for name, (wall, before, after) in zip(("STANDARD", "DAYLIGHT"), found, strict=False):
        yield from (f"BEGIN:{name}", f"DTSTART:16010101T{wall:%H%M%S}", f"TZOFFSETFROM:{_offset(before)}",
                    f"TZOFFSETTO:{_offset(after)}")
        if len(found) > 1:
            place = -1 if (wall + timedelta(days=7)).month != wall.month else (wall.day - 1) // 7 + 1
            yield f"RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY={place}{_CODES[wall.weekday()]};BYMONTH={wall.month}"
        yield f"END:{name}"
    yield "END:VTIMEZONE"


@lru_cache(maxsize=256)
def _observances(kept: str, year: int) -> tuple[Change, ...]:
    """When a year changes to its least offset, and when to its greatest; one of them where nothing changes.

    Assumption: of a year with one change, the offset before it begins with the year; of more than two, the last to
    either offset counts, for Exchange keeps no more of a year (MS-OXOCAL 2.2.1.41.1, TZRule).
    """
    zone, begin = zones.of(kept), datetime.combine(date(year, 1, 1), datetime.min.time())
    first = zone.to_local(begin) - begin
    changes = list(_changes(zone, year))
    if not changes:
        return ((begin, first, first),)
    last = {after: (wall, before, after) for wall, before, after in [(begin, changes[0][2], first), *changes]}
    return last[min(last)], last[max(last)]


def _changes(zone: zones.Zone, year: int) -> Iterator[Change]:
    """Each change of a year."""
    at = datetime.combine(date(year, 1, 1), datetime.min.time())
    for _ in range(366 * 24):
        following = at + timedelta(hours=1)
        before, after = zone.to_local(at) - at, zone.to_local(following) - following
        if before != after:
            yield following + before, before, after
        at = following


def _offset(offset: timedelta) -> str:
    minutes = offset // timedelta(minutes=1)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
