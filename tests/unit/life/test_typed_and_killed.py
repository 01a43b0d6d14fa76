"""A password that was typed to try a failed task again, by a process that does not live to try."""

from __future__ import annotations

import itertools
from contextlib import suppress
from pathlib import Path

import fakeredis

from engine.errors import Side, SignInError
from engine.migrate import keep_secrets
from engine.migration import State
from engine.steering import resume
from tests.unit.life.world import Killed, Life


def test_it_is_kept_no_longer_than_the_state_lets_it(tmp_path: Path) -> None:
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
