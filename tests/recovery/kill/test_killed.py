"""The real process, killed at one request of each kind: run again, it ends as if nothing had happened.

Every request is tried by `tests/load`; here is one for each way to die.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers.mail_servers.dovecot import MISSING, installed
from tests.servers.processes.killing import KINDS, Bench, killing

MESSAGES = 15
MIGRATION = {       # how it dies: at which request
    "before it arrives": ("*", 7),
    "before the commit, which follows": ("CreateItem", 1),
    "after the commit": ("CreateItem", 2),
    "in the middle of the answer": ("CreateFolder", 1),
}
ROLLBACK = {
    "before the commit, which follows": ("DeleteItem", 1),
    "in the middle of the answer": ("DeleteItem", 1),
}
WHOLE = {"found": MESSAGES, "copied": 0, "already_there": MESSAGES, "failed": 0, "left_out": 0}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    if not installed():
        pytest.skip(MISSING)
    with killing(tmp_path_factory.mktemp("kill")) as opened:
        yield opened


@pytest.fixture(scope="module")
def undisturbed(bench: Bench) -> Counter[Any]:
    """What a migration leaves that nobody disturbs."""
    address = bench.new_mailbox()
    bench.migrate(address)
    return bench.content(address)


@pytest.mark.parametrize("kind", MIGRATION)
def test_a_killed_migration_ends_as_an_undisturbed_one(bench: Bench, undisturbed: Counter[Any], kind: str) -> None:
    """Killed and run again, everything is there once; one more run changes nothing."""
    address = bench.new_mailbox()
    killed = bench.killed_migration(address, *KINDS[kind](*MIGRATION[kind]))

    bench.migrate(address)
    whole = bench.content(address)
    again = bench.migrate(address)

    assert killed
    assert whole == undisturbed
    assert again["contents"]["mail"] == WHOLE
    assert bench.content(address) == whole


@pytest.mark.parametrize("kind", ROLLBACK)
def test_a_killed_rollback_leaves_no_trace(bench: Bench, kind: str) -> None:
    """A rollback that is killed and run again leaves the mailbox as it was; one more does nothing."""
    address = bench.new_mailbox()
    before = bench.at.emulator.dump(address)
    task = bench.migrate(address)["task_id"]
    killed = bench.killed_rollback(task, *KINDS[kind](*ROLLBACK[kind]))

    bench.roll_back(task)

    assert killed
    assert bench.at.emulator.dump(address) == before
    assert bench.requests_of(lambda: bench.roll_back(task)) == []
