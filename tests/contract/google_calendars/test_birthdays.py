"""Birthdays in a calendar that belong to nobody of the contacts."""

from __future__ import annotations

from pathlib import Path

from engine.migration.content import Content
from tests.contract.google_calendars.diary import at, insert, shows
from tests.servers.google.moving import google_moving

MOVED = (Content.CALENDARS,)


def test_a_birthday_that_the_owner_wrote_into_the_calendar_is_not_said_to_be_among_the_contacts(
    tmp_path: Path
) -> None:
    """“Users can manually create birthday events on Google Calendar” (Calendar API, guide “Event types”): no contact
    has those (`birthdayProperties.contact` is missing). They come, or the report does not say that contacts have them.
    """
    with google_moving(tmp_path, wanted=MOVED) as moving:
        insert(moving, summary="Grandma", eventType="birthday", start=at("2026-05-06"), end=at("2026-05-07"),
               visibility="private", transparency="transparent", recurrence=["RRULE:FREQ=YEARLY"])
        done = moving.migrate(MOVED)

        there = [title for title, _, _ in shows(moving)]
        assert there == ["Grandma"] or "contacts" not in " ".join(moving.said(done)), moving.said(done)
