"""An event as the appointment that an Exchange would have given of it, but for how it recurs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from lxml import etree

from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import CALENDAR_ITEM
from engine.connectors.google.calendars import body
from engine.connectors.google.calendars.identity import name_it
from engine.connectors.google.calendars.people import invite, own_answer
from engine.connectors.google.calendars.reminders import remind
from engine.connectors.google.calendars.times import When, when
from engine.connectors.google.calendars.zones import put_zones
from engine.connectors.google.rest.asking import Json
from engine.messages.envelope import plain

UNKNOWN_ZONE = "its time zone, {}, is none that is known here; its times are in UTC"
NO_END = "it has no end; it lasts as long as Google shows it"
DECLINES = "that it declines invitations by itself is not carried"
PARTLY = "writerWithoutPrivateAccess"     # accessRole (calendar.v3, CalendarListEntry)
HIDDEN_DETAILS = "its owner keeps it private: Google does not tell this account what it is"
COLOUR = "the colour that it has of its own is not carried"
LABEL = "the label that it has in Google Calendar is not carried"
OUT_OF_OFFICE = "outOfOffice"       # eventType (calendar.v3)
DECLINES_NONE = "declineNone"       # its autoDeclineMode
LONG_AGO = datetime(1601, 1, 1, tzinfo=UTC)
_SENSITIVITY = {"private": "Private", "confidential": "Private"}        # means the same (calendar.v3)


@dataclass(frozen=True, slots=True)
class Calendar:
    """What an event has of the calendar that it is in. Of what is over by `now` no reminder is spoken of.

    `of_days` is the zone of whole days, "": that of the calendar. `is_others`: it is another person's.
    `is_partly_told`: of private events Google tells only when they are.
    """

    zone: str
    reminders: Sequence[Json] = ()
    now: datetime = LONG_AGO
    of_days: str = ""
    is_others: bool = False
    is_partly_told: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """An event with its times read."""

    told: Json
    start: When
    end: When

    @property
    def uid(self) -> str:
        """Its iCalUID; "" where it has none."""
        return str(self.told.get("iCalUID") or "")


def event_of(told: Json, calendar: Calendar) -> Event:
    """The event. Raises RefusedError."""
    start, end = (when(told.get(name) or {}, calendar.zone, calendar.of_days) for name in ("start", "end"))
    return Event(told, start, end)


def appointment(
    event: Event, calendar: Calendar, untold: list[str], *, span: tuple[int, datetime] | None = None,
    on: date | None = None, named: bool = True, at: tuple[When, When] | None = None,
) -> etree._Element:
    """A CalendarItem. `untold` is told what of it is not carried.

    `span` is from which year on, and until when, its zone must hold; None: as long as it lasts. `on` is the day of the
    occurrence of a series that it is, standing alone; `at` when it is, else than the event says. Not `named`: it has
    no UID.
    """
    item = xml.new(CALENDAR_ITEM.element)
    told = event.told
    xml.add(item, "Subject", body.clean(told.get("summary")))
    xml.add(item, "Sensitivity", _SENSITIVITY.get(told.get("visibility", ""), "Normal"))
    body.write(item, told)
    start, end = at or (event.start, event.end)
    reminding = remind(item, told, calendar.reminders)
    since, until = span or (start.wall.year, end.utc)
    untold += reminding if until > calendar.now else []
    _put_times(item, start, end)
    put_zones(item, start, end, (since, until.year))
    untold += _left(event, calendar)
    xml.add(item, "LegacyFreeBusyStatus", _busy(told, calendar))
    if location := " ".join(body.clean(told.get("location")).split()):
        xml.add(item, "Location", location)
    untold += invite(item, told, is_others=calendar.is_others)
    if named:
        name_it(item, event.uid, on)
    return item


def _put_times(item: etree._Element, start: When, end: When) -> None:
    xml.add(item, "Start", xml.utc(start.utc))
    xml.add(item, "End", xml.utc(end.utc))
    xml.add(item, "IsAllDayEvent", "true" if start.all_day else "false")


def _left(event: Event, calendar: Calendar) -> Iterator[str]:
    if not event.start.known:
        yield UNKNOWN_ZONE.format(plain(str((event.told.get("start") or {}).get("timeZone")))[:100])
    if calendar.is_partly_told and event.told.get("visibility") in _SENSITIVITY and not event.told.get("summary"):
        yield HIDDEN_DETAILS
    if event.told.get("colorId"):
        yield COLOUR
    if event.told.get("eventLabelId"):
        yield LABEL
    if event.told.get("endTimeUnspecified"):
        yield NO_END
    if (event.told.get("outOfOfficeProperties") or {}).get("autoDeclineMode", DECLINES_NONE) != DECLINES_NONE:
        yield DECLINES


def _busy(told: Json, calendar: Calendar) -> str:
    answer = own_answer(told, is_others=calendar.is_others)
    if told.get("transparency") == "transparent" or answer == "Decline":
        return "Free"
    if told.get("eventType") == OUT_OF_OFFICE:
        return "OOF"
    unsure = told.get("status") == "tentative" or answer in ("Tentative", "NoResponseReceived")
    return "Tentative" if unsure else "Busy"
