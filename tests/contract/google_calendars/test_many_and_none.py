"""Series of which hardly anything is left, and such as become very many appointments."""

from __future__ import annotations

import re
from pathlib import Path

from engine.migration.content import Content
from tests.contract.google_calendars.diary import at, insert, instance, said_of, shows
from tests.servers.google.moving import google_moving
from tests.servers.google.truth.events import OWNER

MOVED = (Content.CALENDARS,)


def test_a_series_that_recurs_only_behind_the_horizon_is_named_for_what_it_is(tmp_path: Path) -> None:
    """Every tenth year, the first one deleted: Google can be read very well."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        made = insert(moving, summary="Passport", start=at("2025-05-06"), end=at("2025-05-07"),
                      recurrence=["RRULE:FREQ=YEARLY;INTERVAL=10"])
        moving.google.call("calendar.events.delete", OWNER, calendarId="primary",
                           eventId=instance(moving, made, "20250506"))
        done = moving.migrate(MOVED)

        assert "cannot be read" not in " ".join(said_of(moving, done, "Passport"))


def test_what_is_said_of_very_many_appointments_is_true(tmp_path: Path) -> None:
    """“It is carried up to 2032” and “the 1000 nearest to today are carried” do not go together."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        insert(moving, summary="School", start=at("2026-09-01T08:00:00+02:00"), end=at("2026-09-01T09:00:00+02:00"),
               recurrence=["RRULE:FREQ=DAILY;BYMONTH=1,2,3,4,5,6,9,10,11,12"])
        done = moving.migrate(MOVED)

        last = max(start for _, start, _ in shows(moving, years=range(2026, 2033)))[:7]
        [words] = said_of(moving, done, "School")
        told = re.search(r"carried up to (\d{4})", words)
        assert told is None or last >= f"{int(told[1]) - 1}-12", (last, words)
