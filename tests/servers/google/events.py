"""Events as Google's Calendar API gives them, and what the appointments made of them show, by the Exchange emulator.

An item's dates are worked out by what the emulator knows of patterns and zones; the engine has no part in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from emulators.exchange import recurrence
from emulators.exchange.calendar import zones
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.google.calendars.made import made
from engine.connectors.google.reading.items import At, Found
from engine.ports.source import SourceFolder
from engine.ports.typed import TypedItem

OWNER, NEW = "ann@gmail.com", "ann@new.example"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LAST = datetime(2031, 12, 30, tzinfo=UTC)       # up to where what recurs without an end is compared
PARIS = "Europe/Paris"
HOUR = timedelta(hours=1)
Event = dict[str, Any]


def wall(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """What clocks show, wherever that is."""
    return datetime(year, month, day, hour, minute)     # noqa: DTZ001 - of no zone


def calendar(zone: str = PARIS, *reminders: tuple[str, int], **more: Any) -> Event:
    """A CalendarListEntry."""
    usual = [{"method": method, "minutes": minutes} for method, minutes in reminders]
    return {"kind": "calendar#calendarListEntry", "id": OWNER, "summary": OWNER, "timeZone": zone, "primary": True,
            "accessRole": "owner", "defaultReminders": usual, **more}


def point(shown_there: datetime, zone: str = PARIS) -> Event:
    """An EventDateTime."""
    return {"dateTime": shown_there.replace(tzinfo=ZoneInfo(zone)).isoformat(), "timeZone": zone}


def event(begins: datetime | None = None, *recurrence: str, zone: str = PARIS, length: timedelta = HOUR,
          **more: Any) -> Event:
    """An event that begins when clocks of the zone show that, and lasts so long by these."""
    begins = begins or wall(2024, 3, 4, 9)
    found = {
        "kind": "calendar#event", "id": "e1", "iCalUID": "e1@google.com", "status": "confirmed", "summary": "Review",
        "created": "2024-01-01T00:00:00.000Z", "updated": "2024-01-01T00:00:00.000Z", "eventType": "default",
        "start": point(begins, zone), "end": point(begins + length, zone), "reminders": {"useDefault": True},
        "organizer": {"email": OWNER, "self": True}, "creator": {"email": OWNER, "self": True}, "sequence": 0,
    }
    if recurrence:
        found["recurrence"] = list(recurrence)
    return found | more


def days(first: str, after: str, *recurrence: str, **more: Any) -> Event:
    """An event of whole days, the last of which is the one before `after`."""
    return event(None, *recurrence, start={"date": first}, end={"date": after}, **more)


def exception(of: Event, original: datetime, begins: datetime | None = None, *, zone: str = PARIS,
              length: timedelta = HOUR, **more: Any) -> Event:
    """A changed occurrence of a series."""
    begins = begins or original
    own = {name: value for name, value in of.items() if name != "recurrence"}
    return own | {
        "id": f"{of['id']}_{original:%Y%m%dT%H%M%SZ}", "recurringEventId": of["id"],
        "originalStartTime": point(original, zone), "start": point(begins, zone), "end": point(begins + length, zone),
    } | more


def cancelled(of: Event, original: datetime, zone: str = PARIS) -> Event:
    """A deleted occurrence of a series: Google tells no more of it than this."""
    return {"kind": "calendar#event", "id": f"{of['id']}_{original:%Y%m%dT%H%M%SZ}", "status": "cancelled",
            "recurringEventId": of["id"], "originalStartTime": point(original, zone)}


def item_of(found: Event, *exceptions: Event, entry: Event | None = None, now: datetime = NOW) -> TypedItem:
    """What becomes of an event and its exceptions."""
    directory = Directory(lambda _address: (), owner=OWNER, becomes=NEW)
    at = At(None, directory, now, SourceFolder((OWNER,), OWNER))  # type: ignore[arg-type]  # nothing is asked
    return made(1, Found(found["id"], (found, *exceptions, entry or calendar())), at)


def element(item: TypedItem) -> etree._Element:
    """What is written of an item."""
    return etree.fromstring(item.element)


def words(item: TypedItem, *names: str) -> list[str | None]:
    """The texts of fields; None where one is missing."""
    found = element(item)
    return [found.findtext(f"{TYPES}{name}") for name in names]


def shown(item: TypedItem, last: datetime = LAST) -> Counter[datetime]:
    """When all that an event became begins, UTC, up to `last`."""
    return Counter(one for each in (item, *item.further) for one in _starts(each, last))


def _starts(item: TypedItem, last: datetime) -> Sequence[datetime]:
    found = element(item)
    start = datetime.fromisoformat(found.findtext(f"{TYPES}Start") or "")
    pattern = found.find(f"{TYPES}Recurrence")
    if pattern is None:
        return [start] if start <= last else []
    zone, _ = zones.read(found.find(f"{TYPES}StartTimeZone"))  # type: ignore[arg-type]  # each has one
    first = zone.to_local(start.replace(tzinfo=None))
    series = recurrence.read(pattern)
    assert series.at(1) == first.date(), "a series begins when its pattern does"
    starts = []
    for day in series.dates():
        moment = zone.to_utc(datetime.combine(day, first.time())).replace(tzinfo=UTC)
        if moment > last:
            break
        starts.append(moment)
    own = {*item.deleted, *(one.original for one in item.changed)}
    assert {one for one in own if one <= last} <= set(starts), "what differs is in the pattern"
    return [*(one for one in starts if one not in own), *(one.start for one in item.changed)]
