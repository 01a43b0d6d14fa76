"""Who is told that a rollback was not done."""

from __future__ import annotations

from bot.work import driving
from engine.pace.halt import Halt
from tests.servers.slack.notices import ADMIN
from tests.servers.slack.open_form import OWNER
from tests.unit.jobs.moving import Moving


def test_two_people_who_ask_for_one_rollback_are_each_told_why_it_is_not_done(at: Moving) -> None:
    """Both pressed, and both wait for an answer; whoever presses twice is told once."""
    for user in (OWNER, ADMIN, OWNER):
        assert driving.roll_back(at.services, Halt(), task_id=at.task_id, user=user, items=0, kept=0, discard=False)

    letters = at.services.outbox.waiting()
    assert [letter.to for letter in letters] == [OWNER, ADMIN]
    assert all("has written nothing" in letter.text for letter in letters)
