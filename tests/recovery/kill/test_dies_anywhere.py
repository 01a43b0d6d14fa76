"""A process that dies at any request: run again, a migration ends whole, and a rollback leaves no trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Literal

import pytest

from emulators.exchange import Fault
from engine.migration.record import State
from engine.ports.source import Role, SourceFolder
from tests.servers.memory.source import MemorySource, mail
from tests.servers.processes.mortal import HELD, as_of, dies_at, moments_of
from tests.servers.world import PASSWORD, World, world

NUMBERS = count(1)
MESSAGES = 15
SOURCE = {
    SourceFolder(("INBOX",), "INBOX", Role.INBOX): [mail(f"in {n}") for n in range(7)],
    SourceFolder(("Clients",), "Clients"): [mail(f"client {n}") for n in range(5)],
    SourceFolder(("Clients", "Atlas"), "Clients/Atlas"): [mail(f"atlas {n}") for n in range(3)],
}
WHOLE = sorted(
    [(("Inbox",), f"in {n}") for n in range(7)] + [(("Clients",), f"client {n}") for n in range(5)]
    + [(("Clients", "Atlas"), f"atlas {n}") for n in range(3)]
)
ARRIVING, COMMITTING, COMMITTED = "before it arrives", "before the commit, which follows", "after the commit"
KINDS = (ARRIVING, COMMITTING, COMMITTED)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, {"old": MemorySource(SOURCE)}, grace=0.02) as built:
        yield built


def with_new_mailbox(at: World) -> World:
    at.address = f"claire{next(NUMBERS)}@example.org"
    at.emulator.add_mailbox(at.address, password=PASSWORD)
    return at


def requests_of(at: World, work: Callable[[], object]) -> list[str]:
    """The operations of the requests that the destination gets meanwhile."""
    before = len(at.emulator.requests)
    work()
    return [request.operation for request in at.emulator.requests[before:]]


def writes(operations: Sequence[str]) -> list[tuple[str, int]]:
    """The requests that write, by their operation and their number among those of the same."""
    found = Counter(o for o in operations if o.startswith(("Create", "Delete")))
    return [(operation, number + 1) for operation, many in found.items() for number in range(many)]


def deaths(
    at: World, kind: str, begin: Callable[[World], str], work: Callable[[World, str], object],
) -> Iterator[tuple[World, str]]:
    """Worlds in which a process has died over work on a task: at each request, or where only a commit matters, at each
    that writes. `begin` makes the task, in a mailbox in which nothing is.
    """
    task = begin(with_new_mailbox(at))
    if kind == COMMITTING:
        yield from _deaths_before_commits(at, begin, work, writes(requests_of(at, partial(work, at, task))))
        return
    when: Literal["before", "after"] = "before" if kind == ARRIVING else "after"
    kept = b""
    for moment in moments_of(at, lambda process: work(process, task), lambda number: Fault(
            operation="*", nth=number, when=when, action="hold", name=f"request {number}"), at.emulator):
        before, kept = kept, moment.mailboxes.serialize()
        if kind == ARRIVING or before not in (b"", kept):
            yield as_of(at, moment), task


def _deaths_before_commits(
    at: World, begin: Callable[[World], str], work: Callable[[World, str], object], moments: Sequence[tuple[str, int]],
) -> Iterator[tuple[World, str]]:
    for operation, nth in moments:
        task = begin(with_new_mailbox(at))
        fault = Fault(operation=operation, nth=nth, when="before", action="hold", name=HELD)
        if dies_at(at, (fault,), lambda doomed, task=task: work(doomed, task)):     # else it took fewer requests
            yield at, task


@pytest.mark.parametrize("kind", KINDS)
def test_a_migration_ends_as_an_undisturbed_one(small: World, kind: str) -> None:
    """Dead at any request and run again, everything is there once; one more run changes nothing."""
    died = 0
    for at, task in deaths(small, kind, lambda at: at.begin().task_id, lambda at, task: at.run(task)):
        died += 1
        done = at.run(task)
        found = at.subjects()
        again = at.migrate()

        assert (done.state, found) == (State.COMPLETED, WHOLE), died
        assert (at.counts(again).copied, at.counts(again).already_there) == (0, MESSAGES), died
        assert at.subjects() == WHOLE
    assert died > 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_rollback_leaves_no_trace(small: World, kind: str) -> None:
    """Dead at any request and run again, a rollback leaves the mailbox as it was before the migration."""
    died, before = 0, ""

    def migrated(at: World) -> str:
        nonlocal before
        before = at.emulator.dump(at.address)
        return at.migrate().task_id

    for at, task in deaths(small, kind, migrated, lambda at, task: at.roll_back(task)):
        died += 1
        done = at.roll_back(task)

        assert done.state is State.ROLLED_BACK, died
        assert at.emulator.dump(at.address) == before, died
    assert died > 1
