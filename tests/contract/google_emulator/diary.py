"""Somebody's calendars, written and read by Google's own methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emulators.google import GoogleEmulator
from emulators.google.errors import ApiError
from tests.contract.google_emulator.app import BOB, CLAIRE, Clock

ZURICH, NEW_YORK = "Europe/Zurich", "America/New_York"
FAR = "2040-01-01T00:00:00Z"
GUEST = "guest@elsewhere.example"


@dataclass
class Diary:
    """What Claire has; Bob is another account of the same Google."""

    google: GoogleEmulator
    clock: Clock

    def call(self, method: str, /, *, by: str = CLAIRE, body: dict[str, Any] | None = None, **given: Any) -> Any:
        """A method of the Calendar API, without `calendar.` before it."""
        if method.startswith(("events", "acl")):
            given.setdefault("calendarId", "primary")
        return self.google.call(f"calendar.{method}", by, body=body, **given)

    def made(self, summary: str = "One", start: str = "2027-02-01T09:00:00", hours: int = 1, *, zone: str = ZURICH,
             lines: tuple[str, ...] = (), **more: Any) -> str:
        """The id of a new event of Claire's at a wall time in a zone; `more` are fields of it."""
        end = f"{start[:11]}{int(start[11:13]) + hours:02}{start[13:]}"
        body = {"summary": summary, "start": {"dateTime": start, "timeZone": zone},
                "end": {"dateTime": end, "timeZone": zone}, "recurrence": list(lines)} | more
        made: str = self.call("events.insert", body=body)["id"]
        return made

    def all_day(self, summary: str, first: str, after: str, **more: Any) -> str:
        """The id of a new all-day event."""
        body = {"summary": summary, "start": {"date": first}, "end": {"date": after}} | more
        made: str = self.call("events.insert", body=body)["id"]
        return made

    def patch(self, number: str, /, **body: Any) -> Any:
        """events.patch by Claire."""
        return self.call("events.patch", body=body, eventId=number)

    def pages(self, method: str = "events.list", **given: Any) -> list[dict[str, Any]]:
        """All pages of a list."""
        found = [self.call(method, **given)]
        while "nextPageToken" in found[-1]:
            found.append(self.call(method, **given, pageToken=found[-1]["nextPageToken"]))
        return found

    def events(self, **given: Any) -> list[dict[str, Any]]:
        """All that a list has."""
        return [one for page in self.pages(**given) for one in page["items"]]

    def titles(self, **given: Any) -> list[str]:
        """The titles of all that a list has, sorted."""
        return sorted(one.get("summary", one["status"]) for one in self.events(**given))

    def refused(self, method: str, /, **given: Any) -> tuple[int, str]:
        """The status and the reason of an answer that is no."""
        try:
            told = self.call(method, **given)
        except ApiError as error:
            [entry] = error.body["error"]["errors"]
            return error.code, entry["reason"]
        raise AssertionError(told)

    def walls(self, calendar: str = "primary") -> list[tuple[str, str]]:
        """What takes place: wall times, or days, with titles."""
        return [(one.wall or one.start, one.summary) for one in self.google.expanded(CLAIRE, calendar, FAR)]


def diary(google: GoogleEmulator, clock: Clock) -> Diary:
    """Claire's, in Zurich."""
    google.add_person(CLAIRE, "Claire Martin", aliases=["c.martin@example.org"])
    google.add_person(BOB, "Bob")
    google.act("calendar.setting", CLAIRE, name="timezone", value=ZURICH)
    return Diary(google, clock)
