"""Calendars of others that the owner may write into, and reminders of what is still to come."""

from __future__ import annotations

from pathlib import Path

from engine.migration.content import Content
from tests.contract.google_calendars.diary import at, insert, instance
from tests.servers.google.arrived import text, windows
from tests.servers.google.moving import google_moving
from tests.servers.google.planting_events import OTHER
from tests.servers.google.truth.events import OWNER

MOVED = (Content.CALENDARS,)


def test_a_calendar_that_may_be_written_but_for_private_events_moves(tmp_path: Path) -> None:
    """Role writerWithoutPrivateAccess “provides read and write access to the calendar” (calendar.v3,
    CalendarListEntry.accessRole); docs/fidelity.md: every one that the owner may write into becomes a folder.
    """
    with google_moving(tmp_path, wanted=MOVED) as moving:
        call = moving.google.call
        club = call("calendar.calendars.insert", OTHER, body={"summary": "Club"})["id"]
        call("calendar.acl.insert", OTHER, calendarId=club, body={
            "role": "writerWithoutPrivateAccess", "scope": {"type": "user", "value": OWNER}})
        call("calendar.calendarList.insert", OWNER, body={"id": club})
        done = moving.migrate(MOVED)

        assert "Club" in moving.here.of_class("IPF.Appointment"), moving.said(done)


def test_an_occurrence_that_was_moved_into_the_future_reminds(tmp_path: Path) -> None:
    """All others of its series are over."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        made = insert(moving, summary="Check", start=at("2020-06-01T09:00:00+02:00"),
                      end=at("2020-06-01T10:00:00+02:00"), recurrence=["RRULE:FREQ=YEARLY;COUNT=3"],
                      reminders={"useDefault": False, "overrides": [{"method": "popup", "minutes": 10}]})
        moving.google.call(
            "calendar.events.patch", OWNER, calendarId="primary", eventId=instance(moving, made, "20220601"),
            body={"start": at("2027-06-01T09:00:00+02:00"), "end": at("2027-06-01T10:00:00+02:00")})
        moving.migrate(MOVED)

        folder = moving.here.of_class("IPF.Appointment")["Calendar"]
        [one] = moving.here.view(folder, windows(2027))
        assert text(moving.here.whole([one.item])[one.item], "ReminderIsSet") == "true"
