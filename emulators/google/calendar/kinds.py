"""Which events of which type may be made, where and how.

developers.google.com/workspace/calendar/api/guides/event-types, …/guides/calendar-status, and the reference of Event.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from emulators.google.calendar.bodies import PROPERTIES
from emulators.google.calendar.books import Calendar
from emulators.google.calendar.moments import Moment
from emulators.google.calendar.refusals import CalendarError, wrong
from emulators.google.people import Person

STATUS = ("focusTime", "outOfOffice", "workingLocation")
_DECLINE = ("declineNone", "declineAllConflictingInvitations", "declineOnlyNewConflictingInvitations")
_PLACES = ("homeOffice", "officeLocation", "customLocation")
_YEARLY = ["RRULE:FREQ=YEARLY"]
_LEAP = ["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1"]


def restricted(message: str) -> CalendarError:
    """400: the type does not allow it."""
    return wrong(message, reason="eventTypeRestriction")


def check_new(raw: dict[str, Any], start: Moment, end: Moment, calendar: Calendar, person: Person) -> None:
    """Raises CalendarError for an event of a type that cannot be made so; gives a birthday what it always has."""
    kind = raw.get("eventType", "default")
    if kind == "default":
        return
    if kind not in PROPERTIES:
        raise restricted(f"Events of type {kind} cannot be created.")
    if not calendar.primary:
        raise restricted(f"Events of type {kind} are on primary calendars only.")
    if raw.get("attendees"):
        raise restricted(f"Events of type {kind} have no attendees.")
    if kind == "birthday":
        _check_birthday(raw, start, end)
    elif not person.domain:
        raise restricted(f"Events of type {kind} are not available to this account.")
    else:
        _check_status(kind, raw, start, end)


def _check_birthday(raw: dict[str, Any], start: Moment, end: Moment) -> None:
    if start.day is None or end.day != start.day + timedelta(days=1):
        raise restricted("A birthday is an all-day event of one day.")
    leap = (start.day.month, start.day.day) == (2, 29)
    if raw.get("recurrence") != (_LEAP if leap else _YEARLY):
        raise restricted("A birthday recurs every year.")
    if raw.get("visibility") != "private" or raw.get("transparency") != "transparent" or not raw.get("summary"):
        raise restricted("A birthday is private and transparent, and has a summary.")
    if raw.setdefault("birthdayProperties", {"type": "birthday"}) != {"type": "birthday"}:
        raise restricted("The Calendar API only supports creating events with the type birthday.")


def _check_status(kind: str, raw: Mapping[str, Any], start: Moment, end: Moment) -> None:
    told = raw.get(PROPERTIES[kind])
    if kind == "workingLocation":
        if raw.get("visibility") != "public" or raw.get("transparency") != "transparent":
            raise restricted("A working location is public and transparent.")
        if not told or told.get("type") not in _PLACES:
            raise restricted("A working location has workingLocationProperties with a type.")
        if start.day is not None and end.day != start.day + timedelta(days=1):
            raise restricted("An all-day working location is of one day.")
        return
    if start.day is not None:
        raise restricted(f"An event of type {kind} is not all-day.")
    if raw.get("transparency", "opaque") != "opaque":
        raise restricted(f"An event of type {kind} is opaque.")
    if told and told.get("autoDeclineMode", "declineNone") not in _DECLINE:
        raise restricted("Invalid autoDeclineMode.")
