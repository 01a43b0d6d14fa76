"""What Google does not have, or does not tell."""

from __future__ import annotations

from pathlib import Path

from emulators.google.faults import Fault
from engine.migration.content import Content
from tests.contract.google_calendars.diary import at, insert, shows
from tests.servers.google.moving import google_moving


def test_what_google_does_not_have_is_no_fault_of_the_destination(tmp_path: Path) -> None:
    """The default list of tasks is not there: that is told of the source."""
    wanted = (Content.TASKS,)
    with google_moving(tmp_path, wanted=wanted) as moving:
        moving.google.add_fault(Fault(endpoint="tasks.tasklists.get", times=None, action="status", status=404))
        done = moving.at.run(moving.begin(wanted))

        assert done.attention is None or done.attention.side == "source", done.attention


def test_what_only_counts_what_stays_costs_no_calendar(tmp_path: Path) -> None:
    """Birthdays and the like are counted by a question of its own; where Google refuses that one, all else moves."""
    wanted = (Content.CALENDARS,)
    with google_moving(tmp_path, wanted=wanted) as moving:
        insert(moving, summary="Lunch", start=at("2026-07-08T12:00:00+02:00"), end=at("2026-07-08T13:00:00+02:00"))
        moving.google.add_fault(Fault(
            endpoint="calendar.events.list", times=1, action="error", status=400, error="badRequest"))
        done = moving.at.run(moving.begin(wanted))

        assert [title for title, _, _ in shows(moving)] == ["Lunch"], moving.said(done)
