"""The real process, killed at every request: run again, it ends as if nothing had happened."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.servers.processes.killing import KINDS, Bench, moments

SHARES = 8           # the requests are dealt out to that many tests


@pytest.fixture(scope="session")
def undisturbed(bench: Bench) -> tuple[list[str], Counter[Any]]:
    """The requests of a migration that nobody disturbs, and the mailbox it leaves."""
    address = bench.new_mailbox()
    operations = bench.requests_of(lambda: bench.migrate(address))
    return operations, bench.content(address)


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_migration_ends_as_an_undisturbed_one(
    bench: Bench, undisturbed: tuple[list[str], Counter[Any]], kind: str, share: int
) -> None:
    """Killed at any request and run again, everything is there once; one more run changes nothing."""
    operations, expected = undisturbed
    assert len(expected) == 15
    for operation, nth in moments(kind, operations)[share::SHARES]:
        address = bench.new_mailbox()
        bench.killed_migration(address, *KINDS[kind](operation, nth))

        bench.migrate(address)
        whole = bench.content(address)
        again = bench.migrate(address)

        assert whole == expected, (kind, operation, nth)
        assert again["contents"]["mail"] == {
            "found": 15, "copied": 0, "already_there": 15, "failed": 0, "left_out": 0
        }
        assert bench.content(address) == expected


def test_the_kills_really_kill(bench: Bench, undisturbed: tuple[list[str], Counter[Any]]) -> None:
    """A migration held at its first write is ended by the kill, and leaves less than the whole mailbox."""
    address = bench.new_mailbox()

    killed = bench.killed_migration(address, *KINDS["before it arrives"]("CreateItem", 1))

    assert killed
    assert sum(bench.content(address).values()) < 15
