"""What a request says of an event, made into what is held; what Google would not take is refused.

Names of fields and their limits are those of developers.google.com/workspace/calendar/api/v3/reference/events.
"""

import copy
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from emulators.google.calendar import colours
from emulators.google.calendar.conference import checked_conference
from emulators.google.calendar.moments import Moment, taken
from emulators.google.calendar.recurrence import Recurrence, invalid
from emulators.google.calendar.refusals import empty_range, wrong

Given = Mapping[str, Any]

# What only the server writes, or what cannot be changed (`Read-only`, `Immutable`).
COMPUTED = ("kind", "etag", "htmlLink", "created", "updated", "creator", "hangoutLink", "locked", "id", "reminders",
            "organizer", "recurringEventId", "originalStartTime")
CHOICES = {"status": ("confirmed", "tentative", "cancelled"), "transparency": ("opaque", "transparent"),
           "visibility": ("default", "public", "private", "confidential")}
ANSWERS = ("needsAction", "declined", "tentative", "accepted")
PROPERTIES = {"focusTime": "focusTimeProperties", "outOfOffice": "outOfOfficeProperties",
              "workingLocation": "workingLocationProperties", "birthday": "birthdayProperties"}
_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
_MOST_ATTACHMENTS, _MOST_REMINDERS, _FARTHEST = 25, 5, 40320
_LONGEST_KEY, _LONGEST_VALUE = 44, 1024     # …/calendar/api/guides/extended-properties


def merged(held: Given, given: Given) -> dict[str, Any]:
    """A patch carried out: objects are merged, arrays replaced, what is null goes.

    developers.google.com/workspace/calendar/api/guides/performance, "Patch (partial update)".
    """
    made = copy.deepcopy(dict(held))
    for name, value in given.items():
        if value is None:
            made.pop(name, None)
        elif isinstance(value, Mapping):
            before = made.get(name)
            made[name] = merged(before if isinstance(before, Mapping) else {}, value)
        elif isinstance(value, list):
            made[name] = [merged({}, one) if isinstance(one, Mapping) else one for one in value]
        else:
            made[name] = value
    return made


def ignored(parameters: Given) -> set[str]:
    """The fields of a body that do nothing, unless a parameter says that the client knows of them."""
    labels = parameters.get("eventLabelVersion")
    known = {"attachments": parameters.get("supportsAttachments"), "eventLabelId": labels, "colorId": not labels,
             "conferenceData": parameters.get("conferenceDataVersion")}
    return {name for name, heard in known.items() if not heard}


def heeded(body: Given, parameters: Given) -> dict[str, Any]:
    """The body without what the server computes or ignores; raises CalendarError for attendeesOmitted."""
    if body.get("attendeesOmitted"):
        raise wrong("This emulator does not take attendeesOmitted: what becomes of the others, no page says.")
    made = {name: value for name, value in body.items() if name not in COMPUTED and name not in ignored(parameters)}
    if made.get("attendees"):
        made["attendees"] = [{name: value for name, value in one.items() if name not in ("self", "organizer", "id")}
                             for one in made["attendees"]]
    return made


def times(raw: Given) -> tuple[Moment, Moment]:
    """Start and end; raises CalendarError."""
    if "start" not in raw or "end" not in raw:
        raise wrong(f"Missing {'end' if 'start' in raw else 'start'} time.", reason="required")
    start, end = taken(raw["start"], "start"), taken(raw["end"], "end")
    if (start.day is None) != (end.day is None):
        raise wrong("Start and end times must either both be date or both be dateTime.")
    if end.at() < start.at() or (start.day is not None and end.day == start.day):
        raise empty_range()
    return start, end


def recurrence(raw: Mapping[str, Any], start: Moment, end: Moment) -> Recurrence | None:
    """How it recurs, None for a single event; raises CalendarError."""
    lines = raw.get("recurrence") or []
    if not lines:
        return None
    for moment, name in ((start, "start"), (end, "end")):
        if moment.day is None and not moment.zone:
            raise wrong(f"Missing time zone definition for {name} time.", reason="required")
    if len(set(lines)) != len(lines):
        raise invalid()
    return Recurrence(lines, start)


def checked_event(raw: dict[str, Any]) -> dict[str, Any]:
    """The event without empty values; raises CalendarError for what Google does not take."""
    for name, values in CHOICES.items():
        if raw.get(name) is not None and raw[name] not in values:
            raise wrong(f"Invalid {name} value.")
    if raw.get("colorId") and raw["colorId"] not in colours.of_events():
        raise wrong("Invalid color id.")
    _check_attendees(raw.get("attendees") or [])
    _check_links(raw)
    _check_properties(raw.get("extendedProperties") or {})
    if raw.get("conferenceData"):
        checked_conference(raw["conferenceData"])
    _check_kind(raw)
    return {name: value for name, value in raw.items() if value not in (None, "", [], {})}


def reminders(given: Given) -> dict[str, Any]:
    """Somebody's own reminders of an event; raises CalendarError."""
    overrides = given.get("overrides") or []
    if given.get("useDefault") and overrides:
        raise wrong("Cannot specify both default reminders and overrides at the same time.",
                    reason="cannotUseDefaultRemindersAndSpecifyOverride")
    check_reminders(overrides)
    return {"useDefault": bool(given.get("useDefault"))} | ({"overrides": list(overrides)} if overrides else {})


def check_reminders(overrides: list[Mapping[str, Any]]) -> None:
    """Raises CalendarError for too many reminders, or one that Google does not take."""
    if len(overrides) > _MOST_REMINDERS:
        raise wrong("There can be at most 5 override reminders.")
    for one in overrides:
        if one.get("method") not in ("email", "popup") or not 0 <= one.get("minutes", -1) <= _FARTHEST:
            raise wrong("Invalid reminder.")


def _check_attendees(attendees: Iterable[Mapping[str, Any]]) -> None:
    seen = set()
    for one in attendees:
        address = str(one.get("email") or "").lower()
        if not _ADDRESS.fullmatch(address):
            raise wrong("Invalid attendee email.")
        if one.get("responseStatus", "needsAction") not in ANSWERS or one.get("additionalGuests", 0) < 0:
            raise wrong("Invalid attendee.")
        if address in seen:
            raise wrong("Attendees must not be repeated.")
        seen.add(address)


def _check_links(raw: Given) -> None:
    files = raw.get("attachments") or []
    if len(files) > _MOST_ATTACHMENTS:
        raise wrong("There can be at most 25 attachments per event.")
    if any(urlsplit(one.get("fileUrl") or "").scheme not in ("http", "https") for one in files):
        raise wrong("Invalid attachment.")
    if raw.get("source") and urlsplit(raw["source"].get("url") or "").scheme not in ("http", "https"):
        raise wrong("Invalid source url.")


def _check_properties(given: Mapping[str, Mapping[str, str]]) -> None:
    for some in given.values():
        for name, value in some.items():
            if not name or len(name) > _LONGEST_KEY or len(value or "") > _LONGEST_VALUE:
                raise wrong("Invalid extended property.")


def _check_kind(raw: Given) -> None:
    kind = raw.get("eventType", "default")
    if any(raw.get(name) for one, name in PROPERTIES.items() if one != kind):
        raise wrong(f"Properties of another type than {kind}.", reason="eventTypeRestriction")
