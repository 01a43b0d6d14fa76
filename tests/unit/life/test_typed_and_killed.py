"""Passwords of tasks whose process is killed at any command: what the state does not need is not kept."""

from __future__ import annotations

import itertools
from contextlib import suppress
from pathlib import Path
from typing import Any

import fakeredis
import pytest

from engine.errors import FatalError, Side, SignInError
from engine.items.run import Run
from engine.migration.back import roll_back
from engine.migration.content import Content
from engine.migration.forwards import keep_on, keep_secrets
from engine.migration.keeping import TYPED_KEPT
from engine.migration.record import Counts, State
from engine.migration.steering import resume, retry
from engine.pace.halt import Halt
from tests.unit.life.world import NOW, Killed, Life


def test_what_was_typed_to_try_again_is_kept_no_longer_than_the_state_lets_it(tmp_path: Path) -> None:
    """Killed at any command: back in line, the task has its month; still failed, it has nothing a day later."""
    for moment in itertools.count(1):
        at = Life(fakeredis.FakeServer(), tmp_path)
        task_id = at.begin()
        at.refusal = SignInError("Not with this password.", side=Side.DESTINATION)
        assert at.run(task_id).state is State.FAILED
        at.kill_at(moment)
        with suppress(Killed):
            keep_secrets(at.engine, task_id, {Side.SOURCE: "anew", Side.DESTINATION: "anew"})
            resume(at.engine, task_id)
        killed, other = at.redis.dead, at.opened()
        state = other.store.load(task_id).state

        at.clock.move(days=1)

        if state is State.FAILED:
            assert not any(other.vault.has(task_id, side) for side in Side), f"killed before command {moment}"
        if not killed:
            at.clock.move(days=28)
            assert all(other.vault.has(task_id, side) for side in Side)
            break
    assert moment > 4


def test_what_was_typed_to_retry_is_kept_once_the_task_is_in_line(tmp_path: Path) -> None:
    """Killed at any command: whoever finds it in line keeps both passwords its month, not the hour of what is typed."""
    for moment in itertools.count(1):
        at = Life(fakeredis.FakeServer(), tmp_path)
        task_id = at.put(State.COMPLETED, started=NOW, ended=NOW)
        at.engine.vault.drop(task_id)
        at.clock.move(days=40)
        at.kill_at(moment)
        with suppress(Killed):
            retry(at.engine, task_id, dict.fromkeys(Side, "anew"))
        killed, at.redis.dead, at.redis.at = at.redis.dead, False, None
        at.expire_leases()

        if at.record(task_id).state is State.WAITING:
            keep_on(at.engine, at.record(task_id))
            at.clock.move(days=28)
            assert all(at.engine.vault.has(task_id, side) for side in Side), f"killed before command {moment}"
        else:
            at.clock.move(hours=2)
            assert not any(at.engine.vault.has(task_id, side) for side in Side), f"killed before command {moment}"
        if not killed:
            break
    assert moment > 4


def test_a_task_that_is_worked_on_keeps_its_passwords(tmp_path: Path) -> None:
    """Taken up in the last minute of the hour that typed passwords have, it still has both two hours later."""
    at = Life(fakeredis.FakeServer(), tmp_path)
    task_id, found = at.begin(), list[Side]()
    for side in Side:
        at.engine.vault.expire(task_id, side, at.clock() + TYPED_KEPT)

    def hours_later(_run: Run) -> Counts:
        at.clock.move(hours=2)
        found.extend(side for side in Side if at.engine.vault.has(task_id, side))
        return Counts(1, 1)

    at.steps[Content.MAIL] = hours_later
    at.run(task_id)

    assert found == list(Side)


def test_a_rollback_that_is_killed_leaves_no_password(tmp_path: Path) -> None:
    """Killed at any command, even after its last word on the record: whoever carries on drops both."""
    for moment in itertools.count(1):
        at = Life(fakeredis.FakeServer(), tmp_path)
        task_id = at.put(State.PAUSED, started=NOW)
        at.kill_at(moment)
        with suppress(Killed):
            roll_back(at.engine, task_id, halt=Halt())
        killed = at.redis.dead
        at.expire_leases()

        done = roll_back(at.opened(), task_id, halt=Halt())

        assert done.state is State.ROLLED_BACK
        assert not any(at.opened().vault.has(task_id, side) for side in Side), f"killed before command {moment}"
        if not killed:
            break
    assert moment > 10


def test_a_rollback_that_stops_keeps_the_destination_s_password_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can be finished at any time; the source is read no more."""
    at = Life(fakeredis.FakeServer(), tmp_path)
    task_id = at.put(State.PAUSED, started=NOW)

    def refuses(*_args: Any, **_options: Any) -> None:
        raise FatalError("The mailbox is gone.", side=Side.DESTINATION)

    monkeypatch.setattr("engine.migration.back.remove_items", refuses)
    with pytest.raises(FatalError):
        roll_back(at.engine, task_id, halt=Halt())

    assert at.record(task_id).state is State.ROLLBACK_STOPPED
    assert [side for side in Side if at.engine.vault.has(task_id, side)] == [Side.DESTINATION]
