"""A colleague's calendar that the owner may write into."""

from __future__ import annotations

from pathlib import Path

from engine.migration.content import Content
from tests.contract.google_calendars.diary import at
from tests.servers.google.arrived import text
from tests.servers.google.moving import google_moving
from tests.servers.google.planting_events import OTHER
from tests.servers.google.truth.events import OWNER
from tests.servers.world import ADDRESS

MOVED = (Content.CALENDARS,)
KEEPS = {"organizer_by_property": True, "attendee_responses_kept": True}


def test_a_colleagues_meeting_does_not_become_the_owners_own(tmp_path: Path) -> None:
    """Whoever organizes a meeting sends its guests a cancellation by deleting it; `self` of an organizer is the
    calendar's, not the owner's (calendar.v3, Event, organizer.self).
    """
    with google_moving(tmp_path, wanted=MOVED, **KEEPS) as moving:
        call = moving.google.call
        call("calendar.acl.insert", OTHER, calendarId="primary", body={
            "role": "writer", "scope": {"type": "user", "value": OWNER}})
        call("calendar.calendarList.insert", OWNER, body={"id": OTHER})
        call("calendar.events.insert", OTHER, calendarId="primary", body={
            "summary": "Ben's meeting", "attendees": [{"email": "customer@example.net"}],
            "start": at("2026-07-08T12:00:00+02:00"), "end": at("2026-07-08T13:00:00+02:00")})
        done = moving.migrate(MOVED)

        [item] = moving.here.lying(moving.here.of_class("IPF.Appointment")[OTHER])
        organizer = text(item, "Organizer/Mailbox/EmailAddress")
        assert organizer == OTHER or OTHER in " ".join(one.reason for one in moving.lines(done)), (
            organizer, ADDRESS, text(item, "MyResponseType"))
