"""A stop loses no count, names what was lost, and leaves no thread behind."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from threading import Event

from emulators.exchange import Fault
from engine.errors import Cause, FatalError
from engine.migration.record import Migration, State
from engine.pace.halt import Halt
from engine.store.store import Store
from tests.recovery.engine.conftest import CLIENTS, EXPECTED, INBOX
from tests.servers.memory.source import MemorySource
from tests.servers.slack.person import until
from tests.servers.world import World


def halted_half_way(world: World, source: MemorySource) -> Halt:
    """A halt that is set when some messages have arrived and others have not been read."""
    halt, asked = Halt(), []

    def stop(uids: Sequence[int]) -> None:
        asked.extend(uids)
        if len(asked) > 60:
            until(world.messages)
            halt.set()

    source.before_read, source.max_connections = stop, 1
    return halt


def test_a_stop_counts_to_the_last_item(small_world: World, source: MemorySource) -> None:
    """The record says as many as the mailbox holds, however soon after the last tick it stops."""
    halt = halted_half_way(small_world, source)
    task = small_world.begin()

    stopped = small_world.run(task.task_id, halt)

    assert stopped.state is State.RUNNING
    assert 0 < len(small_world.messages()) < 100
    assert small_world.counts(stopped).copied == len(small_world.messages())


class Leaving(Store):
    """A store that is there until it is told to leave."""

    def __init__(self, inner: Store) -> None:
        self.__dict__.update(inner.__dict__)
        self.leaves, self.has_left = False, Event()

    def save(self, migration: Migration, *, quietly: bool = False) -> None:
        if self.leaves:
            self.has_left.set()
            raise FatalError("The store is away.", cause=Cause.STORE)
        super().save(migration, quietly=quietly)


def test_no_writer_outlives_its_step(small_world: World) -> None:
    """While a request is under way, the store goes away: the step ends only after the request has ended."""
    store = Leaving(small_world.engine.store)
    small_world.engine = replace(small_world.engine, store=store)
    small_world.emulator.add_fault(Fault(operation="CreateItem", nth=1, action="hold", name="under way"))
    task = small_world.begin()

    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(small_world.run, task.task_id)
        assert small_world.emulator.wait_held("under way", 20)
        store.leaves = True
        assert store.has_left.wait(20)
        left_early = bool(wait([running], 2).done)
        small_world.emulator.release("under way")
        wait([running], 30)
        store.leaves = False

    assert not left_early
    assert isinstance(running.exception(), FatalError)
    assert small_world.run(task.task_id).state is State.COMPLETED
    assert small_world.subjects() == EXPECTED


def test_after_a_renumbering_nothing_wrong_is_named(small_world: World, source: MemorySource) -> None:
    """A message that went while all got other numbers is counted as removed; no other one's name is told for it."""
    source.max_connections = 1

    def renumber(_uids: Sequence[int]) -> None:
        if not source.renumbered:
            source.renumbered = 1
            source.folders[CLIENTS].pop(0)

    source.before_read = renumber

    done = small_world.migrate()

    assert done.state is State.COMPLETED
    assert (small_world.counts(done).copied, small_world.counts(done).left_out) == (99, 1)
    report = small_world.engine.store.reported(done.task_id)
    assert [(f.folder, f.item, f.reason) for f in report.failures] == [
        ("Clients", "1 message", "removed at the source meanwhile")
    ]


def test_a_folder_that_is_listed_anew_takes_what_has_arrived(small_world: World, source: MemorySource) -> None:
    """The sums still balance."""
    source.max_connections = 1

    def renumber(_uids: Sequence[int]) -> None:
        if not source.renumbered:
            source.renumbered = 1
            source.folders[CLIENTS].append(replace(source.folders[INBOX][0], mime=b"Subject: new\r\n\r\n"))

    source.before_read = renumber

    done = small_world.migrate()

    counts = small_world.counts(done)
    assert (counts.found, counts.copied) == (101, 101)


def test_a_stop_before_anything_is_compared_leaves_the_counts(small_world: World, source: MemorySource) -> None:
    """A resumed run that stops again while it lists has not forgotten what was copied before."""
    halt = halted_half_way(small_world, source)
    task = small_world.begin()
    first = small_world.run(task.task_id, halt)
    source.before_read = lambda _uids: None
    again = Halt()
    source.key_of = lambda _kept: again.set() or b""

    second = small_world.run(task.task_id, again)

    assert 0 < small_world.counts(first).copied < 100
    assert small_world.counts(second).copied == small_world.counts(first).copied


def test_no_tag_stays_open_when_a_task_has_ended(small_world: World) -> None:
    """What was sent without an answer is found and closed, so that nobody waits for it later."""
    small_world.emulator.add_fault(Fault(operation="CreateItem", nth=1, when="after", action="drop"))

    done = small_world.migrate()

    assert done.state is State.COMPLETED
    assert small_world.engine.store.opened(done.task_id) == {}
