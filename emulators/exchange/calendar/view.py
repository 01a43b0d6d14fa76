"""CalendarView: what a calendar shows between two times, series expanded (page of the element CalendarView)."""

from collections.abc import Iterator
from datetime import datetime

from emulators.exchange import item
from emulators.exchange.calendar import appointment, occurrence, zones
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.folder import Folder
from emulators.exchange.item import Item

_NEVER = ("0001-01-01T00:00:00", "9999-12-31T23:59:59")


def found(call: Call, place: Folder, *, with_properties: bool) -> list[Item] | None:
    """All items of a folder that fit a CalendarView, by start; None when the request has none.

    `with_properties` reads extended properties too: an occurrence has those of its series.

    Raises ItemError: ErrorCalendarEndDateIsEarlierThanStartDate, ErrorCalendarViewRangeTooBig ("more than the maximum
    allowed, currently 2 years", page of ResponseCode; Assumption: two of the calendar),
    ErrorCalendarFolderIsInvalidForCalendarView, ErrorUnsupportedPathForQuery or ErrorUnsupportedPathForSortGroup, as a
    view goes with neither. Assumption: these codes; ErrorInvalidRestriction "is not used" (page of ResponseCode).
    """
    view = call.request.find("{*}CalendarView")
    if view is None:
        return None
    if place.element != "CalendarFolder":
        raise ItemError("ErrorCalendarFolderIsInvalidForCalendarView")
    if any(view.get(name, "").strip()[:19] in _NEVER for name in ("StartDate", "EndDate")):
        raise ItemError("ErrorValueOutOfRange")     # page of ResponseCode
    zone: zones.Zone = zones.known("UTC") if call.zone_context is None else zones.read(call.zone_context)[0]
    first, last = (appointment.read_time(view.get(name, ""), zone) for name in ("StartDate", "EndDate"))
    if last < first:
        raise ItemError("ErrorCalendarEndDateIsEarlierThanStartDate")
    if last > _two_years_after(first):
        raise ItemError("ErrorCalendarViewRangeTooBig")
    if call.request.find("{*}Restriction") is not None:
        raise ItemError("ErrorUnsupportedPathForQuery")
    if call.request.find("{*}SortOrder") is not None:
        raise ItemError("ErrorUnsupportedPathForSortGroup")
    kept = item.in_folder(
        call.db, place.id, "kind='CalendarItem' AND (json_extract(appointment, '$.start') < ?"
        " OR json_extract(appointment, '$.modified') IS NOT NULL)"
        " AND coalesce(json_extract(appointment, '$.finish'), '9') > ?", appointment.utc(last), appointment.utc(first))
    if with_properties:
        item.read_properties(call.db, kept)
    shown = [one for stored in kept for one in _between(call, stored, appointment.utc(first), appointment.utc(last))]
    return sorted(shown, key=lambda one: one.appointment["start"])


def _two_years_after(first: datetime) -> datetime:
    """The same day and time; of 29 February the day before."""
    leap = first.month == 2 and first.day == 29
    return first.replace(year=min(first.year + 2, 9999), day=28 if leap else first.day)


def _between(call: Call, stored: Item, first: str, last: str) -> Iterator[Item]:
    if "recurrence" not in stored.appointment:
        if stored.appointment["start"] < last and stored.appointment["end"] > first:
            yield stored
        return
    moved = max((start for _, start, _ in stored.appointment.get("modified", {}).values()), default="")
    for day in occurrence.days(stored):
        start, end = occurrence.when(stored, day)
        if start < last and end > first:
            yield occurrence.made(call, stored, day)
        elif start >= last and start > moved:
            return
