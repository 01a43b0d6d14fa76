"""iCalendar in MimeContent, read into the elements that say the same (MS-OXCICAL 2.1.3.1.1.20).

Attendees are not read: imported by MIME they are lost ("Importing items by using EWS in Exchange").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from lxml import etree

from emulators.exchange.calendar.zone_table import ZONES
from emulators.exchange.calendar.zones import duration
from emulators.exchange.errors import ItemError
from emulators.exchange.recurrence import DAYS, MONTHS
from emulators.exchange.soap import TYPES, text

_CODES = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
_PLACES = {"1": "First", "2": "Second", "3": "Third", "4": "Fourth", "-1": "Last"}
_SETS = {frozenset(_CODES): "Day", frozenset(list(_CODES)[:5]): "Weekday", frozenset(("SA", "SU")): "WeekendDay"}
_CLASSES = {"PRIVATE": "Private", "CONFIDENTIAL": "Confidential", "X-PERSONAL": "Personal"}
_BUSY = {"FREE": "Free", "TENTATIVE": "Tentative", "BUSY": "Busy", "OOF": "OOF"}
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_ROLES = {"OPT-PARTICIPANT": "OptionalAttendees", "NON-PARTICIPANT": ""}
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
    event = main(calendar)
    if event is None:
        raise ItemError("ErrorMimeContentConversionFailed")
    return elements_of(calendar, event)


def main(calendar: Component) -> Component | None:
    """The event that is no exception of another."""
    return next((one for one in calendar.all("VEVENT") if "RECURRENCE-ID" not in one.properties), None)


def first(calendar: Component) -> Component:
    """The main event, else the first exception; raises ItemError ErrorMimeContentConversionFailed."""
    found = [one for one in (main(calendar), *calendar.all("VEVENT")) if one is not None]
    if not found:
        raise ItemError("ErrorMimeContentConversionFailed")
    return found[0]


def exceptions(calendar: Component) -> list[Component]:
    """The events that each change one occurrence of the main one (MS-OXCICAL 2.1.3.1.1.20.20)."""
    return [one for one in calendar.all("VEVENT") if "RECURRENCE-ID" in one.properties]


def recurrence_id(event: Component) -> str | None:
    """RECURRENCE-ID, with Z or in the zone of the series; None without. Raises ItemError."""
    return _given_time(event, "RECURRENCE-ID") if "RECURRENCE-ID" in event.properties else None


def stamp(event: Component) -> str:
    """DTSTAMP, which is in UTC (RFC 5545 3.8.7.2). Raises ItemError."""
    return _given_time(event, "DTSTAMP").removesuffix("Z") + "Z"


def _given_time(event: Component, name: str) -> str:
    try:
        return _moment(event.text(name))
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
    except (KeyError, ValueError, IndexError) as error:
        raise ItemError("ErrorMimeContentConversionFailed") from error
    return list(etree.fromstring(f'<x xmlns:t="{TYPES}">{written}</x>'))


def _written(calendar: Component, event: Component) -> Iterator[str]:
    for name, element in (("SUMMARY", "Subject"), ("LOCATION", "Location"), ("UID", "UID")):
        if name in event.properties:
            yield f"<t:{element}>{text(plain(event.text(name)))}</t:{element}>"
    if "DESCRIPTION" in event.properties:
        yield f'<t:Body BodyType="Text">{text(plain(event.text("DESCRIPTION")))}</t:Body>'
    yield f"<t:Sensitivity>{_CLASSES.get(event.text('CLASS').upper(), 'Normal')}</t:Sensitivity>"
    busy = "Free" if event.text("TRANSP").upper() == "TRANSPARENT" else "Busy"
    yield (f"<t:LegacyFreeBusyStatus>{_BUSY.get(event.text('X-MICROSOFT-CDO-BUSYSTATUS').upper(), busy)}"
           "</t:LegacyFreeBusyStatus>")
    strings = [one for _, value in event.properties.get("CATEGORIES", []) for one in re.split(r"(?<!\\),", value)]
    if strings:
        yield f"<t:Categories>{''.join(f'<t:String>{text(plain(one))}</t:String>' for one in strings)}</t:Categories>"
    alarm = next(iter(event.all("VALARM")), None)
    yield f"<t:ReminderIsSet>{'false' if alarm is None else 'true'}</t:ReminderIsSet>"
    if alarm is not None and (before := _minutes(alarm.text("TRIGGER"))) is not None:
        yield f"<t:ReminderMinutesBeforeStart>{before}</t:ReminderMinutesBeforeStart>"
    yield from _times(calendar, event)
    if "RRULE" in event.properties:
        yield _recurrence(event)


def _minutes(trigger: str) -> int | None:
    match = re.fullmatch(r"-P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:\d+S)?)?", trigger)
    if match is None:
        return 0 if trigger.strip("-+").startswith("PT0") else None
    weeks, days, hours, minutes = (int(part or 0) for part in match.groups())
    return ((weeks * 7 + days) * 24 + hours) * 60 + minutes


def _moment(value: str) -> str:
    match = _TIME.fullmatch(value.strip())
    if match is None:
        raise ValueError(value)
    year, month, day, hour, minute, second, utc = match.groups(default="00")
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}{'Z' if utc == 'Z' else ''}"


def _after(start: str, span: str) -> str:
    """The local time, or the one in UTC, that a DURATION after the start is."""
    weeks = re.fullmatch(r"\+?P(\d+)W", span.strip())
    length = timedelta(weeks=int(weeks[1])) if weeks else duration(span.strip().lstrip("+"))
    return (datetime.fromisoformat(start[:19]) + length).isoformat() + start[19:]


def _times(calendar: Component, event: Component) -> Iterator[str]:
    (parameters, start), (_, end) = event.properties["DTSTART"][0], event.properties.get(
        "DTEND", event.properties["DTSTART"])[0]
    whole = parameters.get("VALUE", "").upper() == "DATE" or len(start.strip()) == 8
    yield f"<t:Start>{_moment(start)}</t:Start>"
    if "DTEND" in event.properties:
        yield f"<t:End>{_moment(end)}</t:End>"
    elif "DURATION" in event.properties:
        yield f"<t:End>{_after(_moment(start), event.text('DURATION'))}</t:End>"
    if whole or event.text("X-MICROSOFT-CDO-ALLDAYEVENT").upper() == "TRUE":
        yield "<t:IsAllDayEvent>true</t:IsAllDayEvent>"
    if "TZID" in parameters:
        yield zone(calendar, parameters["TZID"], "StartTimeZone")
        ends = event.properties.get("DTEND", event.properties["DTSTART"])[0][0]
        yield zone(calendar, ends.get("TZID", parameters["TZID"]), "EndTimeZone")


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
            f"<t:DayOfWeek>{DAYS[_CODES[day[-2:]]]}</t:DayOfWeek><t:Occurrence>{int(day[:-2])}</t:Occurrence>"
            "</t:RecurringDayTransition>")


def _recurrence(event: Component) -> str:
    """An RRULE as a Recurrence; raises ItemError ErrorCalendarInvalidRecurrence for one that has no pattern here."""
    given = dict(part.partition("=")[::2] for part in event.text("RRULE").upper().split(";") if part)
    start = _moment(event.text("DTSTART"))[:10]
    days = [one for one in given.get("BYDAY", "").split(",") if one]
    name, inner = _pattern(given, days, start)
    span = f"<t:StartDate>{start}</t:StartDate>"
    if "COUNT" in given:
        end, more = "NumberedRecurrence", f"<t:NumberOfOccurrences>{int(given['COUNT'])}</t:NumberOfOccurrences>"
    elif "UNTIL" in given:
        end, more = "EndDateRecurrence", f"<t:EndDate>{_moment(given['UNTIL'])[:10]}</t:EndDate>"
    else:
        end, more = "NoEndRecurrence", ""
    return f"<t:Recurrence><t:{name}>{inner}</t:{name}><t:{end}>{span}{more}</t:{end}></t:Recurrence>"


def _pattern(given: dict[str, str], days: list[str], start: str) -> tuple[str, str]:
    interval = f"<t:Interval>{int(given.get('INTERVAL', '1'))}</t:Interval>"
    day = f"<t:DayOfMonth>{int(given.get('BYMONTHDAY', start[8:]))}</t:DayOfMonth>"
    month = f"<t:Month>{MONTHS[int(given.get('BYMONTH', start[5:7])) - 1]}</t:Month>"
    match given["FREQ"]:
        case "DAILY":
            return "DailyRecurrence", interval
        case "WEEKLY":
            names = " ".join(DAYS[_CODES[one]] for one in days) or DAYS[_weekday(start)]
            first = f"<t:FirstDayOfWeek>{DAYS[_CODES[given.get('WKST', 'MO')]]}</t:FirstDayOfWeek>"
            return "WeeklyRecurrence", f"{interval}<t:DaysOfWeek>{names}</t:DaysOfWeek>{first}"
        case "MONTHLY" if days:
            return "RelativeMonthlyRecurrence", interval + _place(given, days)
        case "MONTHLY":
            return "AbsoluteMonthlyRecurrence", interval + day
        case "YEARLY" if given.get("INTERVAL", "1") == "1" and days:
            return "RelativeYearlyRecurrence", _place(given, days) + month
        case "YEARLY" if given.get("INTERVAL", "1") == "1":
            return "AbsoluteYearlyRecurrence", day + month
    raise ItemError("ErrorCalendarInvalidRecurrence")


def _weekday(start: str) -> int:
    return date.fromisoformat(start).weekday()


def _place(given: dict[str, str], days: list[str]) -> str:
    place = given.get("BYSETPOS") or days[0][:-2]
    names = frozenset(one[-2:] for one in days)
    name = _SETS.get(names) or (DAYS[_CODES[days[0][-2:]]] if len(days) == 1 else None)
    if name is None or place.lstrip("+") not in _PLACES:
        raise ItemError("ErrorCalendarInvalidRecurrence")
    return (f"<t:DaysOfWeek>{name}</t:DaysOfWeek><t:DayOfWeekIndex>{_PLACES[place.lstrip('+')]}</t:DayOfWeekIndex>")


def exception_dates(raw: bytes) -> list[str]:
    """The dates that EXDATE takes out of the series, as they stand."""
    event = main(parsed(raw))
    return [] if event is None else left_out(event)


def left_out(event: Component) -> list[str]:
    """The dates that EXDATE takes out of an event, as they stand."""
    values = [value for _, value in event.properties.get("EXDATE", [])]
    return [_moment(one)[:19] + ("Z" if one.endswith("Z") else "") for value in values for one in value.split(",")]
