"""Owners use their mailbox while it is being filled, and what they do is theirs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from emulators.exchange import Fault
from engine.errors import FatalError
from engine.migration.record import State
from engine.pace.halt import Halt
from engine.ports.destination import Destination, DestinationFolder
from tests.recovery.engine.conftest import EXPECTED
from tests.servers.memory.source import MemorySource, mail
from tests.servers.owner import Owner, owner
from tests.servers.world import ADDRESS, PASSWORD, World, interpose


@pytest.fixture
def user(small_world: World) -> Iterator[Owner]:
    with owner(small_world.emulator.url, ADDRESS, PASSWORD) as found:
        yield found


class Interruption:
    """Does something once, when the first `count` messages have arrived: reading goes on only afterwards."""

    def __init__(self, world: World, source: MemorySource, count: int, act: Callable[[], object]) -> None:
        self.done = False
        source.max_connections = 1
        self._world, self._count, self._act = world, count, act
        source.before_read = self._look

    def _look(self, _uids: Sequence[int]) -> None:
        if self.done or not self._started:
            self._started = True
            return
        pause = threading.Event()
        over = time.monotonic() + 90
        while len(self._world.messages()) < self._count:
            assert time.monotonic() < over
            pause.wait(0.02)
        self.done = True
        self._act()

    _started = False


def test_a_moved_message_does_not_come_back(small_world: World, source: MemorySource, user: Owner) -> None:
    """A message that its owner moves while the migration runs is where they put it, and nowhere else."""
    def move() -> None:
        user.one(user.folder("Inbox"), "in 3").move(user.account.sent)

    interruption = Interruption(small_world, source, 20, move)

    done = small_world.migrate()
    again = small_world.migrate()

    assert interruption.done
    assert (small_world.counts(done).copied, small_world.counts(done).moved) == (100, 1)
    assert small_world.counts(again).already_there == 100
    assert small_world.subjects() == sorted(
        [e for e in EXPECTED if e[1] != "in 3"] + [(("Sent Items",), "in 3")]
    )


def test_a_deleted_message_does_not_come_back(small_world: World, source: MemorySource, user: Owner) -> None:
    """A message that its owner removes for good while the migration runs stays removed, and the sums say so."""
    def remove() -> None:
        user.one(user.folder("Inbox"), "in 4").delete()

    interruption = Interruption(small_world, source, 20, remove)

    done = small_world.migrate()

    assert interruption.done
    counts = small_world.counts(done)
    assert (counts.found, counts.copied, counts.removed, counts.moved) == (100, 100, 1, 0)
    assert small_world.subjects() == [e for e in EXPECTED if e[1] != "in 4"]


@pytest.mark.parametrize(("act", "expected"), [("delete", (1, 0)), ("move", (0, 1))])
def test_what_was_looked_for_and_then_left_is_counted(
    small_world: World, user: Owner, act: str, expected: tuple[int, int]
) -> None:
    """A message that was found after a lost answer, and that its owner then removed or moved, is counted as such."""
    small_world.emulator.add_fault(Fault(operation="CreateItem", nth=1, when="after", action="drop"))
    done_by_owner: list[str] = []

    def folders(inner: Destination) -> tuple[DestinationFolder, ...]:
        if not done_by_owner and len(small_world.messages()) == len(EXPECTED):      # the proof begins
            found = user.one(user.folder("Inbox"), "in 1")
            done_by_owner.append(act)
            if act == "delete":
                found.delete()
            else:
                found.move(user.account.sent)
        return inner.folders()

    interpose(small_world, folders=folders)

    counts = small_world.counts(small_world.migrate())

    assert done_by_owner == [act]
    assert (counts.copied, counts.removed, counts.moved) == (100, *expected)


def test_a_message_in_deleted_items_is_still_known(small_world: World, source: MemorySource, user: Owner) -> None:
    """What its owner threw into Deleted Items is not copied again by a second run."""
    def throw_away() -> None:
        user.one(user.folder("Inbox"), "in 5").move_to_trash()

    Interruption(small_world, source, 20, throw_away)

    small_world.migrate()
    again = small_world.migrate()

    assert (small_world.counts(again).copied, small_world.counts(again).already_there) == (0, 100)
    assert (("Deleted Items",), "in 5") in small_world.subjects()


def test_a_copy_of_the_owner_stays(small_world: World, source: MemorySource, user: Owner) -> None:
    """A copy that its owner makes while the migration runs is theirs: neither the proof nor a rollback takes it."""
    def copy() -> None:
        inbox = user.folder("Inbox")
        user.one(inbox, "in 6").copy(inbox)
        user.one(inbox, "in 7").copy(user.account.sent)

    interruption = Interruption(small_world, source, 20, copy)

    done = small_world.migrate()
    with_copies = small_world.subjects()
    small_world.roll_back(done.task_id)

    assert interruption.done
    assert small_world.counts(done).copied == 100
    assert with_copies == sorted([*EXPECTED, (("Inbox",), "in 6"), (("Sent Items",), "in 7")])
    assert small_world.subjects() == [(("Inbox",), "in 6"), (("Sent Items",), "in 7")]


def test_an_interrupted_rollback_takes_no_copy_for_the_original(
    small_world: World, source: MemorySource, user: Owner
) -> None:
    """A copy made while the migration ran stays even if the rollback was stopped after it removed the originals."""
    def copy() -> None:
        user.one(user.folder("Inbox"), "in 6").copy(user.account.sent)

    Interruption(small_world, source, 20, copy)
    done = small_world.migrate()
    small_world.emulator.add_fault(Fault(operation="DeleteFolder", nth=1, action="fault", code="ErrorAccountDisabled"))
    with pytest.raises(FatalError):
        small_world.roll_back(done.task_id)

    small_world.roll_back(done.task_id)

    assert small_world.subjects() == [(("Sent Items",), "in 6")]


def test_a_folder_renamed_between_two_runs_is_found_again(
    small_world: World, source: MemorySource, user: Owner
) -> None:
    """Mail of a second run follows a folder that its owner has renamed."""
    small_world.migrate()
    folder = user.folder("Clients")
    folder.name = "Customers"
    folder.save()
    clients = next(f for f in source.folders if f.path == ("Clients",))
    source.folders[clients].append(mail("new client"))

    again = small_world.migrate()

    assert (small_world.counts(again).copied, small_world.counts(again).already_there) == (1, 100)
    assert (("Customers",), "new client") in small_world.subjects()
    assert not [s for s in small_world.subjects() if s[0] == ("Clients",)]


def test_a_pause_stops_at_the_next_batch_and_resumes(small_world: World, source: MemorySource) -> None:
    """A migration that is halted half-way goes on where it was."""
    halt = Halt()
    Interruption(small_world, source, 20, halt.set)
    task = small_world.begin()

    stopped = small_world.run(task.task_id, halt)
    there = len(small_world.messages())
    done = small_world.run(task.task_id)

    assert stopped.state is State.RUNNING
    assert 20 <= there < 100
    assert small_world.counts(done).copied == 100
    assert small_world.subjects() == EXPECTED
