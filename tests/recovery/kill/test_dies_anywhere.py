"""A process that dies at any request: run again, a migration ends whole, and a rollback leaves no trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.migration.record import State
from engine.ports.source import Role, SourceFolder
from tests.servers.memory_source import MemorySource, mail
from tests.servers.mortal import HELD, dies_at
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
KINDS: dict[str, Callable[[str, int], tuple[Fault, ...]]] = {
    "before it arrives": lambda operation, nth: (
        Fault(operation=operation, nth=nth, when="before", action="hold", name=HELD),
        Fault(operation=operation, nth=nth, when="before", action="drop"),
    ),
    "before the commit, which follows": lambda operation, nth: (
        Fault(operation=operation, nth=nth, when="before", action="hold", name=HELD),
    ),
    "after the commit": lambda operation, nth: (
        Fault(operation=operation, nth=nth, when="after", action="hold", name=HELD),
    ),
}


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


def moments(kind: str, operations: Sequence[str]) -> list[tuple[str, int]]:
    """The requests at which to die: every one, or every one that writes where only a commit matters."""
    if "commit" not in kind:
        return [("*", number + 1) for number in range(len(operations))]
    writes = Counter(o for o in operations if o.startswith(("Create", "Delete")))
    return [(operation, number + 1) for operation, found in writes.items() for number in range(found)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_migration_ends_as_an_undisturbed_one(small: World, kind: str) -> None:
    """Dead at any request and run again, everything is there once; one more run changes nothing."""
    operations = requests_of(with_new_mailbox(small), small.migrate)
    deaths = 0
    for operation, nth in moments(kind, operations):
        task = with_new_mailbox(small).begin().task_id
        if not dies_at(small, KINDS[kind](operation, nth), lambda doomed, task=task: doomed.run(task)):
            continue        # this time it took fewer requests
        deaths += 1

        done = small.run(task)
        found = small.subjects()
        again = small.migrate()

        assert (done.state, found) == (State.COMPLETED, WHOLE), (operation, nth)
        assert (small.counts(again).copied, small.counts(again).already_there) == (0, MESSAGES), (operation, nth)
        assert small.subjects() == WHOLE
    assert deaths > 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_rollback_leaves_no_trace(small: World, kind: str) -> None:
    """Dead at any request and run again, a rollback leaves the mailbox as it was before the migration."""
    task = with_new_mailbox(small).migrate().task_id
    operations = requests_of(small, lambda: small.roll_back(task))
    deaths = 0
    for operation, nth in moments(kind, operations):
        before = with_new_mailbox(small).emulator.dump(small.address)
        task = small.migrate().task_id
        if not dies_at(small, KINDS[kind](operation, nth), lambda doomed, task=task: doomed.roll_back(task)):
            continue
        deaths += 1

        done = small.roll_back(task)

        assert done.state is State.ROLLED_BACK, (operation, nth)
        assert small.emulator.dump(small.address) == before, (operation, nth)
    assert deaths > 1
