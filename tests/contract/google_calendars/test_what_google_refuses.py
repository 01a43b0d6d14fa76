"""What Google does not have, and too much at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulators.google.faults import Fault
from engine.connectors.google import answers
from engine.migration.content import Content
from tests.contract.google_calendars.diary import at, insert, shows
from tests.servers.google_moving import google_moving


def test_what_google_does_not_have_is_no_fault_of_the_destination(tmp_path: Path) -> None:
    """The default list of tasks is not there: that is told of the source."""
    wanted = (Content.TASKS,)
    with google_moving(tmp_path, wanted=wanted) as moving:
        moving.google.add_fault(Fault(endpoint="tasks.tasklists.get", times=None, action="status", status=404))
        done = moving.at.run(moving.begin(wanted))

        assert done.attention is None or done.attention.side == "source", done.attention


def test_a_page_that_is_too_large_is_asked_for_in_smaller_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2,500 events of 8 kB of text and 200 guests are more than 64 MB."""
    wanted = (Content.CALENDARS,)
    with google_moving(tmp_path, wanted=wanted) as moving:
        for number in range(40):
            insert(moving, summary=f"{number:02}", description="x" * 8000, start=at("2026-07-08T12:00:00+02:00"),
                   end=at("2026-07-08T13:00:00+02:00"))
        monkeypatch.setattr(answers, "LARGEST", 200_000)
        done = moving.at.run(moving.begin(wanted))

        assert len(shows(moving)) == 40, moving.said(done)


def test_what_only_counts_what_stays_costs_no_calendar(tmp_path: Path) -> None:
    """Birthdays and the like are counted by a question of its own; where Google refuses that one, all else moves."""
    wanted = (Content.CALENDARS,)
    with google_moving(tmp_path, wanted=wanted) as moving:
        insert(moving, summary="Lunch", start=at("2026-07-08T12:00:00+02:00"), end=at("2026-07-08T13:00:00+02:00"))
        moving.google.add_fault(Fault(
            endpoint="calendar.events.list", times=1, action="error", status=400, error="badRequest"))
        done = moving.at.run(moving.begin(wanted))

        assert [title for title, _, _ in shows(moving)] == ["Lunch"], moving.said(done)
