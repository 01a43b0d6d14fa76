"""The real rollback, killed at every request: run again, it leaves no trace."""

from __future__ import annotations

import pytest

from tests.servers.processes.killing import KINDS, Bench, moments

SHARES = 4           # the requests are dealt out to that many tests


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_rollback_leaves_no_trace(bench: Bench, kind: str, share: int) -> None:
    """A rollback killed at any request and run again leaves the mailbox empty; one more does nothing."""
    address = bench.new_mailbox()
    before = _of(bench, address)
    task = bench.migrate(address)["task_id"]
    assert _of(bench, address) != before
    operations = bench.requests_of(lambda: bench.roll_back(task))
    assert _of(bench, address) == before
    for operation, nth in moments(kind, operations)[share::SHARES]:
        address = bench.new_mailbox()
        before = _of(bench, address)
        task = bench.migrate(address)["task_id"]
        bench.killed_rollback(task, *KINDS[kind](operation, nth))

        bench.roll_back(task)

        assert _of(bench, address) == before, (kind, operation, nth)
        assert bench.requests_of(lambda task=task: bench.roll_back(task)) == []


def _of(bench: Bench, address: str) -> str:
    """Everything in the mailbox."""
    found = bench.at.emulator.dump(address)
    assert found.startswith(f"mailbox {address} ")
    return found
