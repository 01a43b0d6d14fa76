"""Dates at the ends of the calendar; one event of them costs no other."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from engine.errors import RefusedError
from engine.migration.content import Content
from engine.ports.typed import TypedItem
from tests.contract.google_calendars.diary import at, insert, shows
from tests.servers.google.events import calendar, days
from tests.servers.google.moving import google_moving
from tests.servers.google.told import Account, Told

MOVED = (Content.CALENDARS,)


def test_a_further_date_at_the_end_of_time_ends_no_migration(tmp_path: Path) -> None:
    """9999-12-31 stands for “never” in many programs."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        insert(moving, summary="Odd", start=at("2026-06-01"), end=at("2026-06-02"),
               recurrence=["RDATE;VALUE=DATE:99991231"])
        insert(moving, summary="Good", start=at("2026-06-03"), end=at("2026-06-04"))
        moving.migrate(MOVED)

        assert "Good" in [title for title, _, _ in shows(moving)]


def test_an_event_of_the_first_year_is_refused_like_any_other_that_cannot_be_written() -> None:
    """Nothing else is raised of what Google tells: it would end the migration."""
    series = days("0001-01-01", "0001-01-02", "RRULE:FREQ=YEARLY")
    entry = calendar()
    told = Told({"/users/me/calendarList": [entry], f"/calendars/{quote(entry['id'], safe='')}/events": [
        series, days("2026-06-01", "2026-06-02") | {"id": "e2", "iCalUID": "e2@google.com"}]},
        {f"/users/me/calendarList/{quote(entry['id'], safe='')}": entry})
    account = Account(told)
    reader = account.reader(Content.CALENDARS)
    [folder] = reader.folders().folders
    read: list[TypedItem] = []
    with suppress(RefusedError):
        for one in reader.read(folder, [one.uid for one in reader.listing(folder)]):
            read.append(one)

    assert any(b"2026-05-31T22:00:00Z" in one.element for one in read)
