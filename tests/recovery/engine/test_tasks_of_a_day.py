"""Tasks whose days are those of their owner's clock, and reminders without a time."""

from __future__ import annotations

from pathlib import Path

from engine.connectors.exchange.soap import TYPES
from tests.servers.items.moving import moving
from tests.servers.items.seeds import Seed, told
from tests.servers.items.task_seeds import repeated

# The midnight with which 15 January begins two hours east of Greenwich. Clients of Exchange take a task's days to be in
# their owner's zone (GNOME/evolution-ews, src/EWS/calendar: the due date of a task is read in `user_timezone`).
MIDNIGHT = told(StartDate="2030-01-14T22:00:00Z", DueDate="2030-01-14T22:00:00Z")


def test_a_recurring_task_of_an_owner_east_of_greenwich_stays_on_its_day(tmp_path: Path) -> None:
    """It begins on the day on which its series begins, by its owner's clock and by UTC; nothing is said.

    A server that counts days in UTC would move midnight in its owner's zone to the day behind.
    """
    with moving(tmp_path, [Seed("water", "Task", repeated("daily", "ten times", "2030-01-15") | MIDNIGHT)]) as at:
        done = at.migrate()
        [item] = at.here.named("Task")["water"]
        shown = at.new.shown(item)

        assert [line for line in at.said(done) if "moves it there" in line] == []
        for field in ("StartDate", "DueDate"):
            assert shown.findtext(f"{TYPES}{field}") == "2030-01-15T00:00:00Z"      # two o'clock, by their clock


def test_a_reminder_without_a_time_does_not_ring_when_the_task_arrives(tmp_path: Path) -> None:
    """It rang nowhere before; and the task is as it was, so a rollback takes it.

    In the emulator a reminder without a time rings when the task is due, or begins, or now: an assumption of its own.
    """
    with moving(tmp_path, [Seed("call", "Task", told(ReminderIsSet="true"))]) as at:
        there = at.original()
        done = at.migrate()
        otherwise = at.otherwise(there)
        back = at.at.roll_back(done.task_id)

        assert [field for _, field, _, _ in otherwise if field == "ReminderDueBy"] == []
        assert back.rollback is not None
        assert back.rollback.kept == 0, at.said(back)
