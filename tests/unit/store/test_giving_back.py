"""What was granted goes back to its system when nothing keeps it any more: once, tried again, and for a day at most."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import fakeredis
import pytest

from bot.work.given_back import GivingBack
from engine.connectors.google.access.grants import KeptAccess, Way, delegated, granting_account
from engine.errors import RetryableError, Side
from engine.migration.giving_back import give_back
from engine.store.keys import SecretKeys
from engine.store.vault import Secret, Vault

TASK, OTHER = "7K2F-9QXD", "3MNP-4RST"


def grant(address: str = "ann@gmail.com", token: str = "1//one") -> Secret:
    return KeptAccess(Way.GRANT, address, client="c", refresh=token, access="ya29.a").secret


@dataclass
class System:
    """Where grants go back to. `fails`: so often it cannot be reached."""

    back: list[str] = field(default_factory=list)
    fails: int = 0

    def account(self, secret: str) -> str:
        return granting_account(secret)

    def give_back(self, secret: Secret) -> None:
        if self.fails:
            self.fails -= 1
            raise RetryableError("Google is busy.")
        self.back.append(secret)


@pytest.fixture
def system() -> System:
    return System()


@pytest.fixture
def vault(redis: fakeredis.FakeRedis, keys: SecretKeys, clock: Any, system: System) -> Vault:
    return Vault(redis, keys=keys, clock=clock, patience=0.2, goes_back=system.account)


@pytest.fixture
def engine(vault: Vault, system: System) -> Any:
    return SimpleNamespace(vault=vault, returning=system)


def kept(redis: fakeredis.FakeRedis) -> list[str]:
    """The keys of everything in the vault."""
    names = [name.decode() if isinstance(name, bytes) else name for name in redis.keys("omm:secrets:*")]
    return sorted(name for name in names if "rewrite" not in name)


def test_a_grant_that_is_dropped_goes_back(vault: Vault, engine: Any, system: System, redis: Any) -> None:
    """Once; its task has it no longer at once, and nothing stays in the store."""
    vault.put(TASK, Side.SOURCE, grant())
    vault.put(TASK, Side.DESTINATION, "hunter2")
    assert give_back(engine) == 0
    vault.drop(TASK)

    assert not vault.has(TASK, Side.SOURCE)
    assert give_back(engine) == give_back(engine) == 0
    assert (system.back, kept(redis)) == ([grant()], [])


def test_what_was_not_granted_just_goes(vault: Vault, engine: Any, system: System, redis: Any) -> None:
    """Passwords, also such that look like JSON, app passwords, and the mark of a service account."""
    for secret in ("hunter2", "abcdefghijklmnop", '{"v":1,', '{"v":1,"way":"grant"', delegated("ann@gmail.com")):
        vault.put(TASK, Side.SOURCE, secret)
        vault.drop(TASK)

    assert kept(redis) == []
    assert (give_back(engine), system.back) == (0, [])


def test_a_grant_stays_while_another_task_has_one_of_that_account(vault: Vault, engine: Any, system: System) -> None:
    """All that an account has granted may end together: nothing of it goes back before the last of its tasks ends.

    Then each part does, for a system may as well end that part alone.
    """
    vault.put(TASK, Side.SOURCE, grant())
    vault.put(OTHER, Side.SOURCE, grant("Ann@gmail.com", "1//two"))
    vault.put("5ABC-DEFG", Side.SOURCE, grant("ben@gmail.com"))
    vault.drop(TASK)
    give_back(engine)
    assert system.back == []

    vault.drop(OTHER)
    give_back(engine)
    assert sorted(system.back) == sorted([grant(), grant("Ann@gmail.com", "1//two")])


def test_a_renewed_grant_is_the_same_and_another_accounts_is_not(vault: Vault, engine: Any, system: System) -> None:
    """A refreshed or repeated consent gives nothing back; a password in its place does."""
    vault.put(TASK, Side.SOURCE, grant())
    vault.renew(TASK, Side.SOURCE, grant(), grant(token="1//two"))
    vault.put(TASK, Side.SOURCE, grant(token="1//three"))
    give_back(engine)
    assert system.back == []

    vault.put(TASK, Side.SOURCE, "abcdefghijklmnop")
    give_back(engine)
    assert system.back == [grant(token="1//three")]


def test_a_grant_whose_time_is_over_goes_back(
    vault: Vault, engine: Any, system: System, redis: Any, clock: Any
) -> None:
    """Nobody is given it from then on, also when no program looks for hours."""
    vault.put(TASK, Side.SOURCE, grant(), expires=clock() + timedelta(hours=1))
    vault.put(OTHER, Side.SOURCE, grant("ben@gmail.com"))
    vault.expire(OTHER, Side.SOURCE, clock() + timedelta(hours=1))
    left = [redis.pttl(name) for name in kept(redis)]
    clock.move(hours=20)

    assert not vault.has(TASK, Side.SOURCE)
    assert min(left) > timedelta(hours=24) / timedelta(milliseconds=1)
    vault.purge(clock())
    give_back(engine)
    assert sorted(system.back) == sorted([grant(), grant("ben@gmail.com")])
    assert kept(redis) == []


def test_it_is_tried_again_for_a_day(
    vault: Vault, engine: Any, system: System, redis: Any, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Then it goes without; no token is in the log."""
    caplog.set_level(logging.DEBUG)
    system.fails = 2
    vault.put(TASK, Side.SOURCE, grant())
    vault.drop(TASK)
    assert (give_back(engine), give_back(engine), give_back(engine)) == (1, 1, 0)
    assert system.back == [grant()]

    system.fails = 1_000
    vault.put(TASK, Side.SOURCE, grant())
    vault.drop(TASK)
    clock.move(hours=23)
    vault.purge(clock())
    assert give_back(engine) == 1
    clock.move(hours=2)
    vault.purge(clock())
    assert (give_back(engine), kept(redis)) == (0, [])
    assert "1//one" not in caplog.text
    assert "tried again for a day" in caplog.text


def test_what_no_task_ever_had_goes_back_as_well(vault: Vault, engine: Any, system: System) -> None:
    """A grant of a check, or of a form that was refused."""
    vault.let_go(grant())
    vault.let_go("hunter2")
    give_back(engine)

    assert system.back == [grant()]


def test_a_system_that_does_not_answer_holds_up_nobody(
    vault: Vault, engine: Any, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looks come back at once; there is one at a time, and the next one gives back what came meanwhile."""
    let_go, asked = threading.Event(), threading.Event()

    def slowly(secret: Secret) -> None:
        asked.set()
        assert let_go.wait(60)
        system.back.append(secret)

    monkeypatch.setattr(system, "give_back", slowly)
    giving = GivingBack(engine, lambda _name: None)
    vault.let_go(grant())
    giving.look()
    assert asked.wait(60)
    vault.let_go(grant("ben@gmail.com"))
    giving.look()
    assert system.back == []
    let_go.set()
    giving.wait()
    giving.look()
    giving.wait()

    assert sorted(system.back) == sorted([grant(), grant("ben@gmail.com")])


def test_what_failed_is_tried_again_after_a_minute(vault: Vault, engine: Any, system: System) -> None:
    """Looks every few seconds do not ask a system that is busy; once it has answered, the next look gives back."""
    now, system.fails = [100.0], 1
    giving = GivingBack(engine, lambda _name: None, clock=lambda: now[0])
    vault.let_go(grant())

    for seconds in (0.0, 5.0, 50.0):
        now[0] += seconds
        giving.look()
        giving.wait()
    assert (system.fails, system.back) == (0, [])

    now[0] += 5.0
    giving.look()
    giving.wait()
    assert system.back == [grant()]
