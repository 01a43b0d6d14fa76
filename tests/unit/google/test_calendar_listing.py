"""Which calendars and which events move, and what of an event's pieces belongs together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from engine.migration.content import Content
from engine.ports.items import Envelope
from engine.ports.source import FolderList, Role
from tests.servers.google.events import OWNER, Event, calendar, cancelled, days, event, exception, item_of, shown, wall
from tests.servers.google.told import Account, Told

HOLIDAYS = "en.german#holiday@group.v.calendar.google.com"
SERIES = event(wall(2027, 3, 1, 9), "RRULE:FREQ=WEEKLY;COUNT=4")


def account(*events: Event, calendars: Sequence[Event] = (), entry: Event | None = None) -> Account:
    """An account with these events in its primary calendar, and further calendars."""
    primary = entry or calendar()
    listed = [primary, *calendars]
    return Account(Told(
        {"/users/me/calendarList": listed, f"/calendars/{quote(OWNER, safe='')}/events": events},
        {f"/users/me/calendarList/{quote(one['id'], safe='')}": one for one in listed},
    ))


def folders(found: Account) -> FolderList:
    """Its calendars."""
    return found.reader(Content.CALENDARS).folders()


def test_the_owners_calendars_are_folders() -> None:
    """The primary one is the mailbox's own; what was renamed in the list has that name; equal names are told apart."""
    team = {"id": "t@group.calendar.google.com", "summary": "Team", "accessRole": "owner"}
    found = folders(account(calendars=[
        team | {"accessRole": "writer"}, team | {"id": "u@group.calendar.google.com"},
        team | {"id": "v@group.calendar.google.com", "summaryOverride": "My name for it"},
    ]))

    assert [(one.path, one.role) for one in found.folders] == [
        ((OWNER,), Role.CALENDAR), (("Team",), None), (("Team (2)",), None), (("My name for it",), None),
    ]


def test_calendars_that_are_not_the_owners_stay_and_are_named() -> None:
    """Read-only ones, those that Google fills in, hidden ones; each with its reason."""
    found = folders(account(calendars=[
        {"id": "r@example.net", "summary": "Reader", "accessRole": "reader"},
        {"id": "b@example.net", "summary": "Busy", "accessRole": "freeBusyReader"},
        {"id": HOLIDAYS, "summary": "Holidays", "accessRole": "reader"},
        {"id": "h@group.calendar.google.com", "summary": "Hidden", "accessRole": "owner", "hidden": True},
    ]))

    assert [one.path for one in found.folders] == [(OWNER,)]
    assert {one.path[0]: one.reason.split(",")[0] for one in found.left} == {
        "Reader": "somebody else's calendar", "Busy": "somebody else's calendar",
        "Holidays": "a calendar of holidays", "Hidden": "a calendar that is hidden in Google Calendar; it is not moved",
    }
    assert all(one.counted for one in found.left)


def test_kinds_of_events_that_stay_are_counted_and_named() -> None:
    """Birthdays of contacts, working locations, times to focus; a series is one. What Gmail and out-of-office made
    moves.
    """
    yearly = days("2026-05-05", "2026-05-06", "RRULE:FREQ=YEARLY", eventType="birthday",
                  birthdayProperties={"contact": "people/c1"})
    found = account(
        yearly, yearly | {"id": "b2"}, event(id="f", eventType="focusTime"), event(id="w", eventType="workingLocation"),
        cancelled(yearly, wall(2027, 5, 5)), event(id="g", eventType="fromGmail"),
        event(id="o", eventType="outOfOffice"),
    )

    assert sorted((one.items, one.reason.split(":")[0].split(",")[0]) for one in folders(found).left) == [
        (1, "times to focus"), (1, "working locations"), (2, "birthdays"),
    ]
    assert found.told.query(f"/calendars/{quote(OWNER, safe='')}/events")["eventTypes"] == [
        "birthday", "workingLocation", "focusTime",
    ]
    assert len(found.items(Content.CALENDARS)) == 2


def test_a_calendar_whose_usual_reminders_are_several_says_so_once() -> None:
    """And not for each of its events."""
    [noted] = folders(account(entry=calendar("Europe/Paris", ("popup", 10), ("email", 1440)))).left

    assert (noted.path, noted.counted) == ((OWNER,), False)
    assert noted.reason.endswith("and not: 1 day before by e-mail")


@pytest.mark.parametrize("turned", [False, True], ids=["series first", "exceptions first"])
def test_exceptions_belong_to_their_series_wherever_they_stand(turned: bool) -> None:
    """Before it or behind it; what was cancelled of it is deleted."""
    some = [SERIES, event(wall(2027, 3, 2, 9), id="e2"), exception(SERIES, wall(2027, 3, 8, 9), wall(2027, 3, 9, 9)),
            cancelled(SERIES, wall(2027, 3, 15, 9))]
    single, series = sorted(account(*(reversed(some) if turned else some)).items(Content.CALENDARS),
                            key=lambda one: len(shown(one)))

    assert len(shown(single)) == 1
    assert [(len(shown(series)), len(series.changed), len(series.deleted))] == [(3, 1, 1)]


def test_every_event_is_asked_for_whole_in_large_pages() -> None:
    """Series are not taken apart, nothing is bounded in time, and no guest is left out."""
    found = account(SERIES)
    found.items(Content.CALENDARS)

    assert found.told.query(f"/calendars/{quote(OWNER, safe='')}/events") == {
        "maxResults": 2500, "singleEvents": "false",
    }
    assert found.told.query("/users/me/calendarList") == {"maxResults": 250, "showHidden": "true"}


def test_what_is_cancelled_is_none() -> None:
    """A series, an event, an occurrence without its series, and a series of which all was deleted."""
    gone = [cancelled(SERIES, wall(2027, 3, day, 9)) for day in (1, 8, 15, 22)]
    other = event(wall(2027, 5, 1, 9), "RRULE:FREQ=DAILY;COUNT=1", "EXDATE;TZID=Europe/Paris:20270501T090000", id="x")

    assert account(SERIES, *gone, other, event(id="c", status="cancelled")).items(Content.CALENDARS) == []
    assert account(*gone).items(Content.CALENDARS) == []


def test_an_occurrence_without_its_series_is_an_event() -> None:
    """Two of one series are two."""
    some = [exception(SERIES, wall(2027, 3, day, 9)) for day in (8, 15)]
    found = account(*some).items(Content.CALENDARS)

    assert len({one.key for one in found}) == 2
    assert [len(shown(one)) for one in found] == [1, 1]


def test_a_listing_says_when_a_series_or_an_exception_changed_last() -> None:
    """Of what Google does not date, nobody knows it: it is read again."""
    later = exception(SERIES, wall(2027, 3, 8, 9), updated="2026-02-01T10:00:00.000Z")
    rows = []
    for more in ([later], [cancelled(SERIES, wall(2027, 3, 15, 9))]):
        found = account(SERIES, *more)
        reader = found.reader(Content.CALENDARS)
        rows += list(reader.listing(reader.folders().folders[0]))

    assert [one.modified for one in rows] == [int(datetime(2026, 2, 1, 10, tzinfo=UTC).timestamp()), 0]


def test_one_odd_event_stops_no_other() -> None:
    """It is in the listing, and fails by itself when it is read."""
    found = account(event(id="odd", start=None, recurrence=["RRULE:FREQ=DAILY;COUNT=2"]), event(id="e2"))
    reader = found.reader(Content.CALENDARS)

    assert len(list(reader.listing(reader.folders().folders[0]))) == 2


def test_a_report_calls_an_event_by_title_date_and_organizer() -> None:
    """As its owner finds it in Google's calendar."""
    found = account(SERIES | {"organizer": {"displayName": "Beata Boss", "email": "b@example.net"}},
                    days("2026-05-05", "2026-05-06", id="d", summary="Fête"))
    reader = found.reader(Content.CALENDARS)
    folder = reader.folders().folders[0]
    named = reader.envelopes(folder, [one.uid for one in reader.listing(folder)])

    assert sorted(named.values(), key=lambda one: one.subject) == [
        Envelope("Fête", "2026-05-05", OWNER), Envelope("Review", "2027-03-01 09:00", "Beata Boss"),
    ]


def test_a_series_that_was_changed_from_some_day_on_is_two() -> None:
    """Google makes two of it, each with an end or a beginning of its own."""
    before = event(wall(2027, 3, 1, 9), "RRULE:FREQ=WEEKLY;UNTIL=20270314T225959Z")
    behind = event(wall(2027, 3, 15, 10), "RRULE:FREQ=WEEKLY;COUNT=2", id="e1_R20270315T080000",
                   iCalUID="e1_R20270315T080000@google.com")

    assert [sorted(shown(item_of(one))) for one in (before, behind)] == [
        [datetime(2027, 3, day, 8, tzinfo=UTC) for day in (1, 8)],
        [datetime(2027, 3, 15, 9, tzinfo=UTC), datetime(2027, 3, 22, 9, tzinfo=UTC)],
    ]
