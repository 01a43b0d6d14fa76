"""Whole days in a calendar of another zone than the owner's."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.migration.content import Content
from tests.contract.google_calendars.diary import BERLIN, at, calendar, insert, shows
from tests.servers.google.moving import google_moving
from tests.servers.google.truth.events import OWNER

MOVED = (Content.CALENDARS,)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_a_whole_day_is_one_day_to_its_owner(tmp_path: Path, zone: str) -> None:
    """Google shows a date as that date to everybody (EventDateTime.date, calendar.v3). Outlook keeps the zone of a
    whole day, and shows one of another zone on two days (itprotoday.com, “Outlook: Scheduling All-Day Events”).
    """
    with google_moving(tmp_path, wanted=MOVED) as moving:
        moving.google.act("calendar.setting", OWNER, name="timezone", value=BERLIN)
        family = calendar(moving, "Family", zone)
        insert(moving, family, summary="Holiday", start=at("2026-07-08"), end=at("2026-07-09"))
        moving.migrate(MOVED)

        assert shows(moving, "Family") == [("Holiday", "2026-07-07 22:00", "2026-07-08 22:00")]
