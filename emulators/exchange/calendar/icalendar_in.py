"""iCalendar in MimeContent, read into the elements that say the same (MS-OXCICAL 2.1.3.1.1.20).

Attendees are not read: imported by MIME they are lost ("Importing items by using EWS in Exchange").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from lxml import etree

from emulators.exchange.calendar import icalendar_rule, zones
from emulators.exchange.calendar.zone_table import ZONES
from emulators.exchange.errors import ItemError
from emulators.exchange.recurrence import DAYS
from emulators.exchange.soap import TYPES, text

_PRIORITIES = frozenset("123456789")
_LONGEST_REMINDER = 2_629_800       # minutes, by the schema
_CLASSES = {"PRIVATE": "Private", "CONFIDENTIAL": "Confidential", "X-PERSONAL": "Personal"}
_BUSY = {"FREE": "Free", "TENTATIVE": "Tentative", "BUSY": "Busy", "OOF": "OOF"}
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_ROLES = {"OPT-PARTICIPANT": "OptionalAttendees", "NON-PARTICIPANT": ""}
_SPAN = re.compile(r"[-+]?P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:\d+S)?)?")
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(?:\d\d)?")
_BY_KEY = {key: zone_id for zone_id, (_, key) in reversed(ZONES.items())}


@dataclass(slots=True)
class Component:
    """One component: its properties by name (parameters, value), and what is in it."""

    name: str
    properties: dict[str, list[tuple[dict[str, str], str]]] = field(default_factory=dict)
    inside: list["Component"] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        """The first value of a property as it stands."""
        return self.properties.get(name, [({}, default)])[0][1]

    def all(self, name: str) -> list["Component"]:
        """The components of a name inside."""
        return [one for one in self.inside if one.name == name]


def parsed(raw: bytes) -> Component:
    """The VCALENDAR; raises ItemError ErrorMimeContentConversionFailed."""
    root = Component("")
    open_: list[Component] = [root]
    for line in re.sub(r"\r?\n[ \t]", "", raw.decode("utf-8", "replace")).splitlines():
        head, colon, value = _split(line)
        name, *parameters = head.split(";")
        match name.upper():
            case "BEGIN":
                open_.append(Component(value.strip().upper()))
                open_[-2].inside.append(open_[-1])
            case "END":
                if len(open_) == 1 or open_.pop().name != value.strip().upper():
                    raise ItemError("ErrorMimeContentConversionFailed")
            case "":
                pass
            case _ if not colon:
                continue
            case upper:
                known = dict(one.partition("=")[::2] for one in parameters)
                open_[-1].properties.setdefault(upper, []).append(
                    ({key.upper(): given.strip('"') for key, given in known.items()}, value))
    found = root.all("VCALENDAR")
    if len(open_) != 1 or not found:
        raise ItemError("ErrorMimeContentConversionFailed")
    return found[0]


def _split(line: str) -> tuple[str, str, str]:
    """Name with parameters, colon, value; a colon in quotes is part of a parameter."""
    match = re.match(r'((?:[^":]|"[^"]*")*)(:?)(.*)', line, re.DOTALL)
    assert match is not None
    return match[1], match[2], match[3]


def plain(value: str) -> str:
    """Text without its escapes (RFC 5545 3.3.11)."""
    return re.sub(r"\\([\\;,nN])", lambda match: "\n" if match[1] in "nN" else match[1], value)


def elements(raw: bytes) -> list[etree._Element]:
    """The elements of the appointment in MIME; raises ItemError ErrorMimeContentConversionFailed."""
    calendar = parsed(raw)
    return elements_of(calendar, main(calendar) or alone(calendar))


def main(calendar: Component) -> Component | None:
    """The event that is no exception of another."""
    return next((one for one in calendar.all("VEVENT") if "RECURRENCE-ID" not in one.properties), None)


def first(calendar: Component) -> Component:
    """The main event, else the first exception; raises ItemError ErrorMimeContentConversionFailed."""
    found = [one for one in (main(calendar), *calendar.all("VEVENT")) if one is not None]
    if not found:
        raise ItemError("ErrorMimeContentConversionFailed")
    return found[0]


def alone(calendar: Component) -> Component:
    """The only event, which may be one of a series that is not there.

    Raises ItemError ErrorMimeContentConversionFailed for none or several, and for an RRULE, which an exception MUST NOT
    have (MS-OXCICAL 2.1.3.2.2).
    """
    found = calendar.all("VEVENT")
    if len(found) != 1 or ("RECURRENCE-ID" in found[0].properties and "RRULE" in found[0].properties):
        raise ItemError("ErrorMimeContentConversionFailed")
    return found[0]


def exceptions(calendar: Component) -> list[Component]:
    """The events that each change one occurrence of the main one (MS-OXCICAL 2.1.3.1.1.20.20)."""
    return [one for one in calendar.all("VEVENT") if "RECURRENCE-ID" in one.properties]


def recurrence_id(calendar: Component, event: Component) -> str | None:
    """RECURRENCE-ID: in UTC with a Z, else on the clocks of the series; None without one.

    It is imported "in UTC" (MS-OXCICAL 2.1.3.1.1.20.20), from the zone that it names. Raises ItemError.
    """
    if "RECURRENCE-ID" not in event.properties:
        return None
    try:
        return _of_series(calendar, *event.properties["RECURRENCE-ID"][0])
    except (ValueError, OverflowError) as error:
        raise ItemError("ErrorMimeContentConversionFailed") from error


def stamp(event: Component) -> str:
    """DTSTAMP, which is in UTC (RFC 5545 3.8.7.2). Raises ItemError."""
    try:
        return _moment(event.text("DTSTAMP")).removesuffix("Z") + "Z"
    except ValueError as error:
        raise ItemError("ErrorMimeContentConversionFailed") from error


def sequence(event: Component) -> int:
    """SEQUENCE; 0 without one that is a number."""
    value = event.text("SEQUENCE", "0").strip()
    return int(value) if value.isdecimal() else 0


def address(value: str) -> str:
    """The address in a CAL-ADDRESS, in lower case."""
    return value.strip().lower().removeprefix("mailto:")


def people(event: Component) -> list[etree._Element]:
    """The attendees of a meeting request as elements.

    Resources are "not populated to attendee's mailbox" (MS-OXWSMTGS_R319).
    """
    found: dict[str, str] = {}
    for parameters, value in event.properties.get("ATTENDEE", []):
        role = _ROLES.get(parameters.get("ROLE", "").upper(), "RequiredAttendees")
        if role and "@" in value and parameters.get("CUTYPE", "").upper() not in ("RESOURCE", "ROOM"):
            found[role] = found.get(role, "") + (
                f"<t:Attendee><t:Mailbox><t:Name>{text(parameters.get('CN', address(value)))}</t:Name>"
                f"<t:EmailAddress>{text(address(value))}</t:EmailAddress></t:Mailbox></t:Attendee>")
    written = "".join(f"<t:{role}>{inner}</t:{role}>" for role, inner in found.items())
    return list(etree.fromstring(f'<x xmlns:t="{TYPES}">{written}</x>'))


def elements_of(calendar: Component, event: Component) -> list[etree._Element]:
    """The elements of one event; raises ItemError ErrorMimeContentConversionFailed."""
    try:
        written = "".join(_written(calendar, event))
    except (KeyError, ValueError, IndexError, OverflowError) as error:
        raise ItemError("ErrorMimeContentConversionFailed") from error
    return list(etree.fromstring(f'<x xmlns:t="{TYPES}">{written}</x>'))


def _written(calendar: Component, event: Component) -> Iterator[str]:
    for name, element in (("SUMMARY", "Subject"), ("LOCATION", "Location"), ("UID", "UID")):
        if name in event.properties:
            yield f"<t:{element}>{text(plain(event.text(name)))}</t:{element}>"
    if "DESCRIPTION" in event.properties:
        yield f'<t:Body BodyType="Text">{text(plain(event.text("DESCRIPTION")))}</t:Body>'
    if (importance := _importance(event)) is not None:
        yield f"<t:Importance>{importance}</t:Importance>"
    yield f"<t:Sensitivity>{_CLASSES.get(event.text('CLASS').upper(), 'Normal')}</t:Sensitivity>"
    busy = "Free" if event.text("TRANSP").upper() == "TRANSPARENT" else "Busy"
    yield (f"<t:LegacyFreeBusyStatus>{_BUSY.get(event.text('X-MICROSOFT-CDO-BUSYSTATUS').upper(), busy)}"
           "</t:LegacyFreeBusyStatus>")
    strings = [one for _, value in event.properties.get("CATEGORIES", []) for one in re.split(r"(?<!\\),", value)]
    if strings:
        yield f"<t:Categories>{''.join(f'<t:String>{text(plain(one))}</t:String>' for one in strings)}</t:Categories>"
    yield from _reminder(calendar, event)
    yield from _times(calendar, event)
    if "RRULE" in event.properties:
        start = _moment(event.text("DTSTART"))[:10]
        yield icalendar_rule.recurrence(event.text("RRULE"), start, partial(_last_day, calendar, event))


def _importance(event: Component) -> str | None:
    """PRIORITY as Importance; 0 says nothing (MS-OXCICAL 2.1.3.1.1.20.17)."""
    said = event.text("PRIORITY").strip()
    if said not in _PRIORITIES:
        return None
    return "Normal" if said == "5" else "High" if said < "5" else "Low"


def _reminder(calendar: Component, event: Component) -> Iterator[str]:
    """Whether there is a reminder, and when (MS-OXCICAL 2.1.3.1.1.20.62).

    It is set "if and only if" its TRIGGER could be read; else it would be 15 minutes before, of whole days 18 hours.
    """
    triggers = [one.properties["TRIGGER"][0] for one in event.all("VALARM")[:1] if "TRIGGER" in one.properties]
    before = _minutes(calendar, event, triggers[0][1].strip()) if triggers else None
    yield f"<t:ReminderIsSet>{'false' if before is None else 'true'}</t:ReminderIsSet>"
    usual = 1080 if _is_whole(event) else None
    if (minutes := usual if before is None else before) is not None:
        yield f"<t:ReminderMinutesBeforeStart>{minutes}</t:ReminderMinutesBeforeStart>"


def _minutes(calendar: Component, event: Component, trigger: str) -> int | None:
    """The minutes of a TRIGGER, those of a moment up to the start; None of what is neither. Raises ValueError."""
    if _TIME.fullmatch(trigger):
        parameters, start = event.properties["DTSTART"][0]
        minutes = abs(_in_utc(calendar, parameters, start) - _in_utc(calendar, {}, trigger)) // timedelta(minutes=1)
    elif (match := _SPAN.fullmatch(trigger)) is not None:
        weeks, days, hours, minutes = (int(part or 0) for part in match.groups())
        minutes += ((weeks * 7 + days) * 24 + hours) * 60
    else:
        return None
    if minutes > _LONGEST_REMINDER:
        raise ValueError(trigger)
    return minutes


def _in_utc(calendar: Component, parameters: dict[str, str], value: str) -> datetime:
    """A time in UTC. Assumption: without a zone it is that, too. Raises ValueError, ItemError."""
    moment = _moment(value)
    read, place = datetime.fromisoformat(moment[:19]), _zone_of(calendar, parameters)
    return read if place is None or moment.endswith("Z") else place.to_utc(read)


def _zone_of(calendar: Component, parameters: dict[str, str]) -> zones.Zone | None:
    if "TZID" not in parameters:
        return None
    element = zone(calendar, parameters["TZID"], "StartTimeZone")
    return zones.read(etree.fromstring(f'<x xmlns:t="{TYPES}">{element}</x>')[0])[0]


def _moment(value: str) -> str:
    match = _TIME.fullmatch(value.strip())
    if match is None:
        raise ValueError(value)
    year, month, day, hour, minute, second, utc = match.groups(default="00")
    written = f"{year}-{month}-{day}T{hour}:{minute}:{second}"
    datetime.fromisoformat(written)     # a day or an hour that there is not
    return f"{written}{'Z' if utc == 'Z' else ''}"


def _after(start: str, span: str) -> str:
    """The local time, or the one in UTC, that a DURATION after the start is."""
    weeks = re.fullmatch(r"\+?P(\d+)W", span.strip())
    length = timedelta(weeks=int(weeks[1])) if weeks else zones.duration(span.strip().lstrip("+"))
    return (datetime.fromisoformat(start[:19]) + length).isoformat() + start[19:]


def _times(calendar: Component, event: Component) -> Iterator[str]:
    (parameters, start), (_, end) = event.properties["DTSTART"][0], event.properties.get(
        "DTEND", event.properties["DTSTART"])[0]
    yield f"<t:Start>{_moment(start)}</t:Start>"
    if "DTEND" in event.properties:
        yield f"<t:End>{_moment(end)}</t:End>"
    elif "DURATION" in event.properties:
        yield f"<t:End>{_after(_moment(start), event.text('DURATION'))}</t:End>"
    if _is_whole(event):
        yield "<t:IsAllDayEvent>true</t:IsAllDayEvent>"
    if "TZID" in parameters:
        yield zone(calendar, parameters["TZID"], "StartTimeZone")
    ends = event.properties.get("DTEND", event.properties["DTSTART"])[0][0]
    if "TZID" in parameters or "TZID" in ends:
        yield zone(calendar, ends.get("TZID") or parameters["TZID"], "EndTimeZone")


def _is_whole(event: Component) -> bool:
    """Whether it is about whole days."""
    parameters, start = event.properties["DTSTART"][0]
    dated = parameters.get("VALUE", "").upper() == "DATE" or len(start.strip()) == 8
    return dated or event.text("X-MICROSOFT-CDO-ALLDAYEVENT").upper() == "TRUE"


def zone(calendar: Component, name: str, element: str) -> str:
    """The zone with a TZID: one the server knows, or what its VTIMEZONE says."""
    known = name if name in ZONES else _BY_KEY.get(name)
    if known is not None:
        return f'<t:{element} Id="{text(known)}"/>'
    found = next((one for one in calendar.all("VTIMEZONE") if one.text("TZID") == name), None)
    if found is None:
        raise ItemError("ErrorMimeContentConversionFailed")
    periods, rules = "", ""
    observances = found.all("STANDARD")[-1:] + found.all("DAYLIGHT")[-1:]
    for one in observances:
        periods += f'<t:Period Bias="{_bias(one.text("TZOFFSETTO"))}" Name="{one.name.title()}" Id="{one.name}"/>'
        rules += _rule(one) if len(observances) > 1 else \
            f'<t:Transition><t:To Kind="Period">{one.name}</t:To></t:Transition>'
    return (f'<t:{element} Id="{text(name)}" Name="{text(name)}"><t:Periods>{periods}</t:Periods><t:TransitionsGroups>'
            f'<t:TransitionsGroup Id="0">{rules}</t:TransitionsGroup></t:TransitionsGroups><t:Transitions>'
            f'<t:Transition><t:To Kind="Group">0</t:To></t:Transition></t:Transitions></t:{element}>')


def _bias(offset: str) -> str:
    match = _OFFSET.fullmatch(offset.strip())
    if match is None:
        raise ValueError(offset)
    return f"{'-' if match[1] == '+' else ''}PT{int(match[2])}H{int(match[3])}M"


def _rule(one: Component) -> str:
    given = dict(part.partition("=")[::2] for part in one.text("RRULE").upper().split(";"))
    day, clock = given["BYDAY"], one.text("DTSTART")[9:15]
    return (f'<t:RecurringDayTransition><t:To Kind="Period">{one.name}</t:To>'
            f"<t:TimeOffset>PT{int(clock[:2])}H{int(clock[2:4])}M</t:TimeOffset><t:Month>{int(given['BYMONTH'])}</t:Month>"
            f"<t:DayOfWeek>{DAYS[icalendar_rule.CODES[day[-2:]]]}</t:DayOfWeek><t:Occurrence>{int(day[:-2])}</t:Occurrence>"
            "</t:RecurringDayTransition>")


def _last_day(calendar: Component, event: Component, until: str) -> str:
    """The date of an UNTIL on the clocks of the event; the day before, when it comes before the event's hour.

    With a Z it is a moment (RFC 5545 3.3.10; MS-OXCICAL, "Legacy UNTIL Concerns", has those who meant a day by it).
    """
    parameters, start = event.properties["DTSTART"][0]
    moment, begins, place = _moment(until), _moment(start), _zone_of(calendar, parameters)
    last = datetime.fromisoformat(moment[:19])
    if moment.endswith("Z") and place is not None:
        last = place.to_local(last)
    comparable = place is not None or moment.endswith("Z") == begins.endswith("Z")
    if "T" in until and comparable and last.time() < datetime.fromisoformat(begins[:19]).time():
        last -= timedelta(days=1)
    return last.date().isoformat()


def exception_dates(raw: bytes) -> list[str]:
    """The dates that EXDATE takes out of the series, as they stand."""
    calendar = parsed(raw)
    event = main(calendar)
    return [] if event is None else left_out(calendar, event)


def left_out(calendar: Component, event: Component) -> list[str]:
    """The dates that EXDATE takes out of an event: in UTC with a Z, else on the clocks of the series.

    Their own zone need not be that of the series (MS-OXCICAL 2.1.3.1.1.20.13). Raises ItemError.
    """
    try:
        return [_of_series(calendar, parameters, one) for parameters, value in event.properties.get("EXDATE", [])
                for one in value.split(",")]
    except (ValueError, OverflowError) as error:
        raise ItemError("ErrorMimeContentConversionFailed") from error


def _of_series(calendar: Component, parameters: dict[str, str], value: str) -> str:
    if "TZID" not in parameters or "T" not in value:
        return _moment(value)
    return _in_utc(calendar, parameters, value).isoformat() + "Z"
