"""Requests as they are stored: changed once, together with what people are told, whatever becomes of an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import fakeredis
import pytest
from redis.exceptions import ConnectionError as LostError

from bot.stored.approvals import LASTS, Approval, Approvals, Decision, Subject
from bot.stored.outbox import Letter, Outbox
from engine.errors import UnreadableError

NOW = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)
TEAM, TASK, ANN, BOB = "T0EXAMPLE1", "7K2F-9QXD", "U0ANN", "U0BOB"
ASKED = Approval(Subject.ROLLBACK, TASK, TEAM, ANN, NOW, NOW + LASTS, {"items": 3, "kept": 0, "discard": False})


class Losing(fakeredis.FakeRedis):
    """Does what it is told, and loses the answers to the next scripts."""

    loses = 0

    def execute_command(self, *args: Any, **options: Any) -> Any:
        came = super().execute_command(*args, **options)
        if args[0] == "EVAL" and self.loses:
            self.loses -= 1
            raise LostError
        return came


@pytest.fixture
def redis() -> Losing:
    return Losing()


def asked(approvals: Approvals) -> Approval | None:
    return approvals.change(Subject.ROLLBACK, TASK, lambda _before: ASKED)


def denied(before: Approval | None) -> Approval | None:
    """As a decision: it is taken once."""
    assert before is not None
    assert before.is_waiting
    return replace(before, decision=Decision.DENIED, decider=BOB, decided=NOW)


def test_an_answer_that_is_lost_is_no_second_decision(redis: Losing) -> None:
    """Our own writing is known again: nobody hears that somebody was quicker, and each letter waits once."""
    approvals, outbox = Approvals(redis), Outbox(redis, team=TEAM)
    asked(approvals)
    redis.loses = 2

    after = approvals.change(Subject.ROLLBACK, TASK, denied, lambda now: [Letter("denied", now.asker, "No.")])

    assert after == approvals.find(Subject.ROLLBACK, TASK)
    assert after is not None
    assert after.decision is Decision.DENIED
    assert [letter.to for letter in outbox.waiting()] == [ANN]


def test_who_changes_it_in_between_is_seen(redis: Losing) -> None:
    """What somebody else has written meanwhile is read, and nothing of theirs is lost; nor is a letter of ours sent."""
    approvals, seen = Approvals(redis), []
    asked(approvals)

    def changes(before: Approval | None) -> Approval | None:
        seen.append(before.decision if before else None)
        if len(seen) == 1:
            approvals.change(Subject.ROLLBACK, TASK, denied)
        return before if before is None or not before.is_waiting else replace(before, why="ours")

    after = approvals.change(Subject.ROLLBACK, TASK, changes, lambda now: [Letter("ours", now.asker, "Ours.")])

    assert seen == [Decision.WAITING, Decision.DENIED]
    assert after is not None
    assert after.why == ""
    assert Outbox(redis, team=TEAM).waiting() == []


def test_what_is_drawn_is_due_again_when_it_changes_meanwhile(redis: Losing) -> None:
    """And no more once all of it is drawn; a forgotten one leaves the places of its messages, without its ID."""
    approvals = Approvals(redis)
    asked(approvals)
    seen = approvals.seen(ASKED.key)
    approvals.change(Subject.ROLLBACK, TASK, lambda now: now and now.with_message(BOB, "D0BOB", "1.5"))

    approvals.drawn(seen)
    still_due = approvals.due()
    approvals.drawn(approvals.seen(ASKED.key))
    drawn = approvals.due()
    approvals.forget(TASK)

    assert (still_due, drawn) == ([ASKED.key], [])
    assert approvals.all() == approvals.due() == []
    [left] = approvals.left()
    assert (left.team, left.channel, left.ts) == (TEAM, "D0BOB", "1.5")
    approvals.cleared(left)
    assert redis.keys("*") == []


def test_one_of_a_newer_release_is_left_alone(redis: Losing) -> None:
    """It is in no list, and whoever asks for it by its name hears why."""
    approvals = Approvals(redis)
    redis.hset("omm:approvals", ASKED.key, '{"v":2}')

    assert approvals.all() == []
    with pytest.raises(UnreadableError):
        approvals.find(Subject.ROLLBACK, TASK)
    with pytest.raises(UnreadableError):
        asked(approvals)
