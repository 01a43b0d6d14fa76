"""How the events of Google's calendars are read: what belongs together in one, and what a report calls it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from engine.connectors.google.calendars.events import CANCELLED, entry_of, every_event
from engine.connectors.google.calendars.folders import folders, stays
from engine.connectors.google.calendars.made import is_void, made
from engine.connectors.google.reading.items import SHAPES, Found, Reading
from engine.connectors.google.reading.shelf import Shelf
from engine.connectors.google.rest.asking import Asking, Json
from engine.errors import RefusedError
from engine.messages.envelope import plain
from engine.ports.items import Envelope
from engine.ports.source import Role, SourceFolder


def listed(asking: Asking, folder: SourceFolder) -> Iterator[Found]:
    """All events of a calendar, a series with its exceptions as one.

    Exceptions may come before their series, or on another page; one whose series is not in the calendar, as that of
    somebody who was invited to it alone, is an event by itself. What was cancelled is none.
    """
    calendar, shelf = entry_of(asking, folder.ref), Shelf()
    events, exceptions = list[tuple[str, int]](), dict[str, list[int]]()
    for event in every_event(asking, folder.ref):
        if series := event.get("recurringEventId"):
            exceptions.setdefault(series, []).append(shelf.put(event))
        elif _counts(event):
            events.append((_id(event), shelf.put(event)))
    for google_id, place in events:
        own = sorted(map(shelf.get, exceptions.pop(google_id, ())), key=_id)
        parts = (shelf.get(place), *own, calendar)
        if not _is_void(parts):
            yield Found(google_id, parts, _modified(parts[:-1]))
    for orphan in sorted((shelf.get(place) for some in exceptions.values() for place in some), key=_id):
        if _counts(orphan):
            yield Found(_id(orphan), (orphan, calendar), _modified((orphan,)))


def _counts(event: Json) -> bool:
    """True: it is there, and of a kind that is moved."""
    return event.get("status") != CANCELLED and not stays(event)


def _is_void(parts: Sequence[Json]) -> bool:
    """True: Google shows nothing of it. What cannot be read is something."""
    try:
        return is_void(parts, datetime.now(UTC))
    except (RefusedError, OverflowError, *SHAPES):
        return False


def _id(event: Json) -> str:
    return str(event.get("id") or "")


def _modified(events: Sequence[Json]) -> datetime | None:
    """When any of them was changed last; None where Google does not say it of all: of a cancelled one it need not."""
    found = [_moment(one.get("updated")) for one in events]
    return None if None in found else max((one for one in found if one is not None), default=None)


def _moment(said: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found is not None and found.tzinfo else None


def envelope(event: Json) -> Envelope:
    """What a report calls an event by."""
    start, organizer = event.get("start") or {}, event.get("organizer") or {}
    date = str(start.get("date") or start.get("dateTime") or "")[:16].replace("T", " ")
    who = organizer.get("displayName") or organizer.get("email") or ""
    return Envelope(plain(str(event.get("summary") or "")), plain(date), plain(str(who)))


READING = Reading("calendars", folders, listed, made, envelope, Role.CALENDAR)
