"""Everybody's migrations paused by an admin, and let go on: what stops, what does not, and what goes on again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from bot.ids import Action
from bot.stored.orders import Queue
from bot.work.keeper import TURN, Keeper
from engine.migration.content import Content
from engine.migration.record import Migration, State, Step
from engine.migration.states import Ask
from engine.pace.halt import Halt
from jobs import Queues, WorkerContext, carry_out
from terminal.pausing_all import run_go_on, run_pause_all
from tests.servers.memory.source import MemorySource, mail
from tests.servers.slack.world import ADMIN, LOGIN, SlackWorld, words
from tests.servers.terminal_session import session
from tests.servers.world import ADDRESS

MANY = 130      # messages: three batches
LONG = 60.0     # seconds for what comes about at once


class Watched:
    """The source of a migration that somebody watches: who does something as soon as it is read, and its halt."""

    def __init__(self, world: SlackWorld, do: Callable[[], object], *, halts: bool = True) -> None:
        """`halts`: what is done stops the work, which is waited for."""
        self.source: MemorySource = world.sides.sources[LOGIN]  # type: ignore[assignment]  # which is in memory
        (folder,) = self.source.folders
        self.source.folders[folder][:] = [mail(f"Letter {n}") for n in range(MANY)]
        self.source.before_read = self._read
        self._do, self._once, self._halts = do, threading.Lock(), halts
        self._halt = Halt()
        opened = world.sides.source

        def opening(account: Any, password: Any, halt: Halt) -> Any:
            self._halt = halt
            return opened(account, password, halt)

        world.sides.source = opening  # type: ignore[method-assign]  # as the real one

    def _read(self, _uids: Sequence[int]) -> None:
        """The first that is read: does it, and waits until the work has heard of it."""
        if self._once.acquire(blocking=False):
            self._do()
            assert not self._halts or self._halt.event.wait(LONG)


def work_on(world: SlackWorld, task_id: str) -> None:
    """A worker takes up the order to migrate."""
    carry_out(WorkerContext(world.services, world.orders, Queues(world.redis)), f"migrate:{task_id}", Halt())


def brought_up(world: SlackWorld) -> int:
    """How many orders are brought up, once they have been missed for a while."""
    clock = [world.clock()]
    queues = Queues(world.redis)
    for queue in Queue:
        world.redis.delete(f"rq:queue:{queue.value}")       # whatever word there was of them has been taken
    keeper, found = Keeper(world.redis, world.services.engine.store, queues, clock=lambda: clock[0]), 0
    for _ in range(2):
        world.redis.delete(TURN)
        found = keeper.look()
        clock[0] += timedelta(minutes=10)
    return found


def card_of(world: SlackWorld, task_id: str, user: str = "owner") -> str:
    """What the card of a migration says."""
    world.notify()
    found = [words(one["blocks"]) for one in world.slack.messages("migrations", user) if "blocks" in one]
    return " ".join(next(text for text in reversed(found) if f"· {task_id}" in text).split())


def another(world: SlackWorld, **changes: Any) -> Migration:
    """Another migration of the owner's that is ordered, in line unless the `changes` say something else."""
    request = world.tasks()[0].request
    task = world.begin(replace(request, source=replace(request.source, login="second@example.net")))
    world.services.jobs.migrate(task.task_id)
    return world.save(task, **changes) if changes else task


def audited(world: SlackWorld) -> list[tuple[str, str, str, str]]:
    """Who paused or let go on, from where, with what result."""
    found = [placed.entry for placed in world.services.trail.audit.entries(world.team)]
    return [
        (e.who, e.surface, e.what, e.result) for e in reversed(found)
        if e is not None and e.what in ("pause all", "go on")
    ]


def test_what_runs_stops_at_its_next_batch_and_goes_on_by_itself(world: SlackWorld) -> None:
    """Its card says who has paused everybody; what a person had paused stays so; nothing comes twice."""
    task_id = world.start().task_id
    Watched(world, lambda: world.slash("admin pause", "admin"))
    other, theirs = another(world), another(world, state=State.PAUSED)
    work_on(world, theirs.task_id)

    work_on(world, task_id)
    held, arrived = world.record(task_id), len(world.exchange.messages(ADDRESS))
    work_on(world, other.task_id)
    said = card_of(world, task_id)
    waiting = brought_up(world)

    assert (held.state, world.record(other.task_id).state) == (State.WAITING, State.WAITING)
    assert 0 < arrived < MANY
    assert f"Paused for everybody · {task_id}" in said
    assert f"Paused for everybody by <@{ADMIN}>" in said
    assert "in the queue" not in said
    assert ("Resume" in said, "Cancel" in said) == (False, True)
    assert waiting == 0

    world.slash(f"pause {other.task_id}")
    world.slash("admin go-on", "admin")
    assert brought_up(world) >= 1
    work_on(world, task_id)
    world.notify()

    assert world.record(task_id).state is State.COMPLETED
    assert sorted(m.subject for m in world.exchange.messages(ADDRESS)) == sorted(f"Letter {n}" for n in range(MANY))
    assert {world.record(one.task_id).state for one in (other, theirs)} == {State.PAUSED}
    world.slash(f"status {task_id}")
    assert "aused for everybody" not in words(world.slack.ephemerals("owner")[-1]["blocks"])
    assert audited(world) == [(ADMIN, "command", "pause all", "done"), (ADMIN, "command", "go on", "done")]




def test_what_is_new_stays_in_line_and_says_so(world: SlackWorld) -> None:
    """The form takes it, and its card says why it waits. Nobody but an admin can change that."""
    world.slack.open_home("admin")
    world.listeners.settle()
    world.press(Action.PAUSE_ALL, "admin", where=world.slack.home("admin")["id"])

    task_id = world.start().task_id
    work_on(world, task_id)

    assert world.record(task_id).state is State.WAITING
    assert f"Paused for everybody by <@{ADMIN}>" in card_of(world, task_id)
    world.slash(f"status {task_id}")
    assert "Paused for everybody" in words(world.slack.ephemerals("owner")[-1]["blocks"])
    home = words(world.slack.home("admin")["blocks"])
    assert f"Everybody's migrations were paused by <@{ADMIN}>" in " ".join(home.split())
    assert Action.GO_ON in str(world.slack.home("admin"))
    world.press(Action.GO_ON, "admin", where=world.slack.home("admin")["id"])
    world.work()
    assert world.record(task_id).state is State.COMPLETED


def test_rollbacks_and_cancels_go_on(world: SlackWorld) -> None:
    """Nobody's way out is held up; a cancel that waits for the end of a step is not stopped by the pause."""
    done = world.migrated()
    waiting = another(world)
    world.notify()
    world.slash("admin pause", "admin")

    world.slash(f"cancel {waiting.task_id}")
    world.submit()
    world.slash(f"rollback {done.task_id}")
    world.work("count")
    world.submit()
    world.work("roll_back")

    assert world.record(waiting.task_id).state is State.CANCELLED
    assert world.record(done.task_id).state is State.ROLLED_BACK
    assert world.exchange.messages(ADDRESS) == []


def test_a_cancel_wins_over_the_pause(world: SlackWorld) -> None:
    """The step under way is finished, as the person was told, although everybody is paused meanwhile."""
    task_id = world.start().task_id

    def both() -> None:
        world.services.engine.store.ask(task_id, Ask.CANCEL)
        world.slash("admin pause", "admin")

    Watched(world, both, halts=False)
    work_on(world, task_id)

    assert world.record(task_id).state is State.CANCELLED
    assert len(world.exchange.messages(ADDRESS)) == MANY


def test_a_cancel_that_waits_for_a_killed_worker_is_not_held_up(world: SlackWorld) -> None:
    """The next worker finishes the step under way, as the person was told."""
    task = world.start()
    begun = {Content.MAIL: Step(started=world.clock())}
    world.save(task, state=State.RUNNING, started=world.clock(), steps=begun)
    world.services.engine.store.ask(task.task_id, Ask.CANCEL)
    world.slash("admin pause", "admin")

    work_on(world, task.task_id)

    assert world.record(task.task_id).state is State.CANCELLED
    assert len(world.exchange.messages(ADDRESS)) == 3


def test_a_worker_that_was_killed_and_ends_that_come_meanwhile(world: SlackWorld) -> None:
    """What runs by its record alone is put back in line; what has ended stays as it is."""
    killed = world.start()
    world.save(killed, state=State.RUNNING, started=world.clock())
    ended = another(world, state=State.COMPLETED, ended=world.clock())
    world.slash("admin pause", "admin")

    assert "Pausing" in card_of(world, killed.task_id)
    assert brought_up(world) == 2
    work_on(world, killed.task_id)
    work_on(world, ended.task_id)

    assert world.record(killed.task_id).state is State.WAITING
    assert world.record(ended.task_id).state is State.COMPLETED
    assert [order.about[0] for order in world.orders.all()] == [killed.task_id]
    assert brought_up(world) == 0


def test_two_presses_at_once_are_one(world: SlackWorld) -> None:
    """The second is told that it was done already; so is the second who lets all go on."""
    for word, already in (("pause", "are paused already"), ("go-on", "are not paused")):
        world.slash(f"admin {word}", "admin")
        first = world.services.policies.load(world.team)
        world.slash(f"admin {word}", "admin")
        assert already in world.told("admin")[-1]
        assert world.services.policies.load(world.team) == first

    assert [what[2:] for what in audited(world)] == [
        ("pause all", "done"), ("pause all", "refused"), ("go on", "done"), ("go on", "refused"),
    ]


@pytest.mark.parametrize("team", ["", "T0EXAMPLE1"])
def test_the_operator_pauses_everybody_at_the_terminal(world: SlackWorld, team: str) -> None:
    """In all workspaces or in one; cards say so, and the audit of the workspace has it."""
    task_id, said = world.start().task_id, StringIO()
    at = session(world.services.engine, said, redis=world.redis)
    team = team and world.team

    run_pause_all(at, team)
    paused = card_of(world, task_id)
    run_go_on(at, team)
    world.work()

    assert "Paused for everybody by the operator at the terminal" in paused
    assert f"{world.team}: everybody's migrations are paused." in said.getvalue()
    assert world.record(task_id).state is State.COMPLETED
    assert [what[1:] for what in audited(world)] == [("terminal", "pause all", "done"), ("terminal", "go on", "done")]
