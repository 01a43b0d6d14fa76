"""Passwords that come and go while others are removed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine.errors import Side
from engine.store.vault import REWRITE_DUE, Vault

TASK = "7K2F-9QXD"


class Between:
    """A Redis at which somebody else is at work behind one command, once."""

    def __init__(self, redis: Any, command: str, do: Callable[[], object]) -> None:
        self.redis, self.command, self.do, self.done = redis, command, do, False

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.redis, name)
        if name != self.command or self.done:
            return found

        def behind(*arguments: Any, **named: Any) -> Any:
            answer = found(*arguments, **named)
            self.done = True
            self.do()
            return answer

        return behind


class Rewriting(Between):
    """Its append-only file is on, and a rewrite of it ends as `status`; somebody is at work during each of them."""

    def __init__(self, redis: Any, do: Callable[[], object], status: str = "ok") -> None:
        super().__init__(redis, "", do)
        self.status, self.rewrites = status, 0

    def info(self, _section: str) -> dict[str, object]:
        return {"aof_enabled": 1, "aof_rewrite_in_progress": 0, "aof_last_bgrewrite_status": self.status}

    def bgrewriteaof(self) -> bool:
        self.rewrites += 1
        self.do()
        return True


def test_a_password_that_was_typed_anew_is_not_purged_with_the_one_before(redis, keys, vault, clock) -> None:
    """Its time is over, and while that is cleared away its owner types it once more. Others whose time is over go."""
    vault.put(TASK, Side.SOURCE, "one", expires=clock.now + timedelta(minutes=1))
    vault.put(TASK, Side.DESTINATION, "other", expires=clock.now + timedelta(minutes=1))
    between: Any = Between(redis, "zrangebyscore", lambda: vault.put(
        TASK, Side.SOURCE, "two", expires=clock.now + timedelta(days=1)
    ))

    purged = Vault(between, keys=keys, clock=clock).purge(clock.now + timedelta(minutes=2))

    assert purged == 1
    assert vault.get(TASK, Side.SOURCE) == "two"
    assert not vault.has(TASK, Side.DESTINATION)


@pytest.mark.parametrize("remove", [
    lambda vault, _now: vault.drop(TASK, Side.SOURCE), lambda vault, now: vault.purge(now + timedelta(days=1)),
])
def test_a_removal_during_a_rewrite_has_one_of_its_own(redis, keys, vault, clock, remove) -> None:
    """The append-only file is rewritten for one password while another one is removed: that one has to go, too.

    The rewrite of whoever removes it fails, so that it is made up for at the next occasion.
    """
    vault.put(TASK, Side.SOURCE, "one", expires=clock.now + timedelta(hours=1))
    redis.set(REWRITE_DUE, 1)
    failing: Any = Rewriting(redis, lambda: None, "err")
    other = Vault(failing, keys=keys, clock=clock)
    rewriting: Any = Rewriting(redis, lambda: remove(other, clock.now))

    assert not Vault(rewriting, keys=keys).rewrite_if_due()
    assert redis.exists(REWRITE_DUE)

    rewriting.do = lambda: None
    assert Vault(rewriting, keys=keys).rewrite_if_due()
    assert rewriting.rewrites == 2


def test_of_two_rewrites_at_once_the_later_one_counts(redis, keys) -> None:
    """It began after every removal that it is for. Where it fails, the mark stays, whatever became of the earlier."""
    redis.set(REWRITE_DUE, 1)
    later: Any = Rewriting(redis, lambda: None, "err")
    earlier: Any = Rewriting(redis, lambda: Vault(later, keys=keys).rewrite_if_due())

    assert not Vault(earlier, keys=keys).rewrite_if_due()
    assert (earlier.rewrites, later.rewrites) == (1, 1)
