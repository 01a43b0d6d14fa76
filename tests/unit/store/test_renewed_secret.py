"""A secret that is put into the place of another one while a task runs."""

from __future__ import annotations

from datetime import timedelta

from engine.errors import Side
from engine.store.vault import Vault

TASK = "7K2F-9QXD"


def test_a_renewed_secret_takes_the_place_and_the_time_of_the_former_one(vault, redis, clock):
    """It is what is got from now on, and it ends when the former one would have ended."""
    vault.put(TASK, Side.SOURCE, "old", expires=clock.now + timedelta(hours=1))

    assert vault.renew(TASK, Side.SOURCE, "old", "new")
    assert vault.get(TASK, Side.SOURCE) == "new"
    assert 3000 < redis.ttl(f"omm:secrets:{TASK}:source") <= 3600
    clock.move(hours=1)
    assert not vault.has(TASK, Side.SOURCE)


def test_a_secret_without_an_end_is_renewed_without_one(vault, clock):
    """It stays for as long as the former one would have stayed."""
    vault.put(TASK, Side.SOURCE, "old")

    assert vault.renew(TASK, Side.SOURCE, "old", "new")
    clock.move(hours=24 * 9999)
    assert vault.get(TASK, Side.SOURCE) == "new"


def test_what_a_task_needs_no_more_does_not_come_back(vault, redis, clock):
    """A secret that was dropped, or whose time is over, is not renewed."""
    vault.put(TASK, Side.SOURCE, "old", expires=clock.now + timedelta(hours=1))
    clock.move(hours=2)
    assert not vault.renew(TASK, Side.SOURCE, "old", "new")
    vault.drop(TASK)

    assert not vault.renew(TASK, Side.SOURCE, "old", "new")
    assert not vault.has(TASK, Side.SOURCE)
    assert redis.exists(f"omm:secrets:{TASK}:source") == 0


def test_what_a_person_gave_meanwhile_stays(vault):
    """A credential that a process refreshes late does not take the place of a newer one."""
    vault.put(TASK, Side.SOURCE, "old")
    vault.put(TASK, Side.SOURCE, "given anew")

    assert not vault.renew(TASK, Side.SOURCE, "old", "refreshed")
    assert vault.get(TASK, Side.SOURCE) == "given anew"


def test_what_is_renewed_is_kept_out_of_the_logs(redis, keys):
    """The masks hear of it before it is stored."""
    seen = []
    vault = Vault(redis, keys=keys, seen=seen.append)
    vault.put(TASK, Side.SOURCE, "old")
    vault.renew(TASK, Side.SOURCE, "old", "new")

    assert "new" in seen
