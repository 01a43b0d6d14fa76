"""Whatever happens to migrations, nothing is lost unnamed, nothing is there twice, and nothing of the owner's goes.

HISTORIES=2000 plays so many instead of 15; make load plays 100. A failure prints its seed and the history in as
few steps as were found; HISTORY_SEED=… plays the same histories again, in any process. What was mended is kept in
test_found.py.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from engine.errors import Cause, OmmError
from engine.migration.back import Expected, Preview, preview, roll_back
from engine.migration.forwards import migrate
from engine.migration.record import State
from engine.migration.states import ENDED, GOING_BACK, MOVES, STOPPED, UNDER_WAY, Act
from engine.migration.steering import cancel, copy_again, forget, pause, resume, retry, stop
from engine.migration.visit import Engine
from engine.ports.facts import Retention
from tests.histories import lives
from tests.histories.deeds import AT_THE_DESTINATION, AT_THE_SOURCE, an_account, expires, some_cards
from tests.histories.lives import Event, Life
from tests.histories.oracle import Oracle
from tests.histories.world import Clocks, Work, World, world
from tests.servers.memory.destination import Fate
from tests.servers.memory.source import MemorySource

USUALLY, FEW = 15, 7    # histories, and how many of mail and cards are played beside so many
HISTORIES = int(os.environ.get("HISTORIES", USUALLY))
SEED = int(os.environ.get("HISTORY_SEED", "0"))
A_PART = 25             # histories in one test
STEPS = 14              # rules in one history
CALLS = 90              # of one process; most have done much of their work by then
MOST_TASKS = 4
A_YEAR = 365            # days; the mail of an account is older
MOST_TRIES = 8          # until a task that is resumed each time must have ended
LEASE = 31.0            # seconds after which a killed process is known to be dead

FATES: dict[str, tuple[Fate, ...]] = {
    **{fate.name: (fate,) for fate in Fate if fate is not Fate.GOOD},
    "LOST IN A ROW": (Fate.AFTER,) * 9, "LATE IN A ROW": (Fate.LATE,) * 3, "BUSY IN A ROW": (Fate.BUSY,) * 4,
}
PRESSES = {"pause": pause, "cancel": cancel, "stop": stop}
ASKS = (*PRESSES, "told to go")
STORE = {"STORE AWAY": lives.without_store(1, 20), "STORE LONG AWAY": lives.without_store(25, 60)}
Happening = tuple[int, str, int]        # at which call of the process, what, and a number to draw by

# Of requests that write items, which have no answer when their process goes.
UNANSWERED = ("LATE", "LATE IN A ROW", "AFTER", "BEFORE", "PART")
GOES = ("pause", "stop", "told to go", "KILL")

calls, seeds, whichever = st.integers(1, CALLS), st.integers(0, 9999), st.integers(0, 3)
writes = st.integers(1, 3)      # there are few in a history


def some_of(*names: str, least: int = 1) -> st.SearchStrategy[list[Happening]]:
    """A few of these, each at some call."""
    return st.lists(st.tuples(calls, st.sampled_from(names), st.integers(0, 999)), min_size=least, max_size=4)


happenings = some_of("KILL", "STORE ANSWER LOST", *ASKS, *FATES, *STORE, *AT_THE_DESTINATION, *AT_THE_SOURCE, least=0)


class Histories(RuleBasedStateMachine):
    """One history."""

    with_cards = False      # beside the mail

    @initialize(
        draw=seeds, accounts=st.integers(1, 3), grace=st.sampled_from([5.0, 30.0, 120.0]),
        mailbox=st.sampled_from([0, 0, 0, -180, 180]), front=st.sampled_from([0, 0, 0, -20, 20]),
        page=st.sampled_from([512, 7]), refuses=st.booleans(), back=st.booleans(), from_exchange=st.booleans(),
        expires=st.booleans(),
    )
    def starts(
        self, draw: int, accounts: int, grace: float, mailbox: int, front: int, page: int, refuses: bool, back: bool,
        *, from_exchange: bool = False, expires: bool = False,
    ) -> None:
        sources: list[MemorySource] = []
        self.opened = world(sources, seed=draw, clocks=Clocks(mailbox, front), grace=grace, page=page)
        self.world: World = self.opened.__enter__()
        self.world.from_exchange = from_exchange
        self.world.rules = (Retention(A_YEAR),) if from_exchange and expires else ()
        sources += [an_account(self.world, Random(draw + number)) for number in range(accounts)]
        if self.with_cards:
            self.world.has_cards([some_cards(self.world, Random(draw - number)) for number in range(accounts)])
        if refuses:
            self.world.refuses.add("letter 2.")
        self.oracle = Oracle(self.world)
        self.tasks: list[str] = []
        self.back_at_last = back
        self.seen: dict[str, Preview] = {}
        self.begins(0)

    # What people do

    @precondition(lambda self: len(self.tasks) < MOST_TASKS)
    @rule(source=st.integers(0, 2))
    def begins(self, source: int) -> None:
        source %= len(self.world.sources)
        self.tasks.append(self.world.begin(source))
        self.oracle.begins(self.tasks[-1], source)

    @precondition(lambda self: self.tasks)
    @rule(which=whichever, how=st.sampled_from([pause, cancel, stop, resume, resume]))
    def asks(self, which: int, how: Callable[[Engine, str], object]) -> None:
        task = self._task(which)
        self._ended(self.world.now_done(how.__name__, task, lambda engine, _halt: how(engine, task)))

    @precondition(lambda self: self._retriable())
    @rule(which=whichever)
    def retries(self, which: int) -> None:
        tasks = self._retriable()
        task = tasks[which % len(tasks)]
        self.world.give_passwords(task)
        self._ended(self.world.now_done("retry", task, lambda engine, _halt: retry(engine, task)))

    @precondition(lambda self: self.tasks)
    @rule(which=whichever)
    def forgets(self, which: int) -> None:
        task = self._task(which)
        work = self.world.now_done("forget", task, lambda engine, _halt: forget(engine, task))
        if work.error is None:
            self.tasks.remove(task)
            self.oracle.forgets(task)
        self._ended(work)

    @precondition(lambda self: self._returnable())
    @rule(which=whichever)
    def looks(self, which: int) -> None:
        tasks = self._returnable()
        task = tasks[which % len(tasks)]
        self._free(task)
        work = self.world.now_done("preview", task, lambda engine, halt: preview(engine, task, halt=halt))
        self._ended(work)
        if work.value is not None:
            self.seen[task] = work.value

    # What processes do

    @precondition(lambda self: self._resumable())
    @rule(which=whichever, draw=seeds)
    def works(self, which: int, draw: int) -> None:
        self._work(which, draw, [])

    @precondition(lambda self: self._resumable())
    @rule(which=whichever, draw=seeds, at=calls, happens=happenings)
    def works_and_dies(self, which: int, draw: int, at: int, happens: list[Happening]) -> None:
        self._work(which, draw, [(at, "KILL", 0), *happens])

    @precondition(lambda self: self._resumable())
    @rule(which=whichever, draw=seeds, at=calls, ask=st.sampled_from(ASKS), happens=happenings)
    def works_and_is_asked(self, which: int, draw: int, at: int, ask: str, happens: list[Happening]) -> None:
        self._work(which, draw, [(at, ask, 0), *happens])

    @precondition(lambda self: self._resumable())
    @rule(which=whichever, draw=seeds, happens=some_of(*FATES, *STORE))
    def works_over_a_bad_wire(self, which: int, draw: int, happens: list[Happening]) -> None:
        self._work(which, draw, happens)

    @precondition(lambda self: self._resumable())
    @rule(which=whichever, draw=seeds, happens=some_of(*AT_THE_DESTINATION, *AT_THE_SOURCE))
    def works_among_owners(self, which: int, draw: int, happens: list[Happening]) -> None:
        self._work(which, draw, happens)

    @precondition(lambda self: len(self._resumable()) > 1)
    @rule(which=whichever, draw=seeds, happens=happenings, others=happenings)
    def work_side_by_side(self, which: int, draw: int, happens: list[Happening], others: list[Happening]) -> None:
        tasks = self._resumable()
        one, other = tasks[which % len(tasks)], tasks[(which + 1) % len(tasks)]
        self._finish(self._migrating(one, draw, happens), self._migrating(other, draw, others))

    @precondition(lambda self: self._resumable())
    @rule(which=whichever, draw=seeds, at=writes, fate=st.sampled_from(UNANSWERED), goes=st.sampled_from(GOES))
    def goes_unanswered_and_another_works(self, which: int, draw: int, at: int, fate: str, goes: str) -> None:
        tasks = self._resumable()
        task = tasks[which % len(tasks)]
        self._finish(self._migrating(task, draw, [], at_writes=[(at, fate, 1), (at, goes, 0)]))
        self._another_works(task, draw)

    @precondition(lambda self: self._returnable())
    @rule(which=whichever, draw=seeds, at=writes, fate=st.sampled_from(UNANSWERED), goes=st.sampled_from(GOES[2:]))
    def goes_back_half_way_and_another_works(self, which: int, draw: int, at: int, fate: str, goes: str) -> None:
        tasks = self._returnable()
        task = tasks[which % len(tasks)]
        self._finish(self._rolling_back(task, draw, [], at_writes=[(at, fate, 1), (at, goes, 0)]))
        self._another_works(task, draw)

    @precondition(lambda self: self._returnable())
    @rule(which=whichever, draw=seeds, as_seen=st.booleans())
    def rolls_back(self, which: int, draw: int, as_seen: bool) -> None:
        self._roll_back(which, draw, [], as_seen=as_seen)

    @precondition(lambda self: self._returnable())
    @rule(which=whichever, draw=seeds, at=calls, happens=happenings)
    def rolls_back_and_dies(self, which: int, draw: int, at: int, happens: list[Happening]) -> None:
        self._roll_back(which, draw, [(at, "KILL", 0), *happens])

    @precondition(lambda self: self._returnable())
    @rule(which=whichever, draw=seeds, happens=happenings)
    def rolls_back_somehow(self, which: int, draw: int, happens: list[Happening]) -> None:
        self._roll_back(which, draw, happens)

    # What happens meanwhile

    @rule(name=st.sampled_from(sorted(AT_THE_DESTINATION)), draw=seeds)
    def the_owner(self, name: str, draw: int) -> None:
        AT_THE_DESTINATION[name](self.world, Random(draw))

    @rule(name=st.sampled_from(sorted(AT_THE_DESTINATION)), draw=seeds)
    def later_the_owner(self, name: str, draw: int) -> None:
        self.world.at.pass_time(600)
        AT_THE_DESTINATION[name](self.world, Random(draw))

    @precondition(lambda self: self.world.rules)
    @rule(draw=seeds)
    def the_mailbox_takes_away(self, draw: int) -> None:
        self.world.at.pass_time(600)
        expires(self.world, Random(draw))

    @rule(name=st.sampled_from(sorted(AT_THE_SOURCE)), draw=seeds)
    def at_the_source_it(self, name: str, draw: int) -> None:
        AT_THE_SOURCE[name](self.world, Random(draw))

    @rule(seconds=st.sampled_from([1.0, 31.0, 61.0, 600.0, 20_000.0]))
    def time_passes(self, seconds: float) -> None:
        self.world.at.pass_time(seconds)

    @rule(ahead=st.sampled_from([-3.0, 3.0, -18_000.0]))
    def our_clock_is_set(self, ahead: float) -> None:
        """A few seconds forwards or backwards at most, or hours backwards."""
        if ahead < self.world.ahead + 10:
            self.world.ahead = ahead

    # How it ends

    def teardown(self) -> None:
        if not hasattr(self, "oracle"):
            return
        try:
            if self.back_at_last:
                for task in self._returnable():
                    self._finish(self._rolling_back(task, 0, []))
            for task in self.tasks:
                self._comes_to_an_end(task)
            self.world.at.pass_time(self.world.grace)
            self._once_more()
        finally:
            self.opened.__exit__(None, None, None)

    def _comes_to_an_end(self, task: str) -> None:
        for number in range(MOST_TRIES):
            if self._state(task) in ENDED:
                return
            if self._state(task) in GOING_BACK:
                self._finish(self._rolling_back(task, number, []))
            else:
                if self._state(task) in STOPPED:
                    self._give_what_it_needs(task)
                    self._ended(self.world.now_done("resume", task, lambda engine, _halt: resume(engine, task)))
                self._finish(self._migrating(task, number, []))
        record = self.world.record(task)
        raise AssertionError(f"{task} never ends: {record.state}, {record.attention}")

    def _give_what_it_needs(self, task: str) -> None:
        """Somebody does what the task says it needs: types a password again, or says that all is to be copied again."""
        self.world.give_passwords(task)
        attention = self.world.record(task).attention
        if attention is not None and attention.cause == Cause.NOTHING_FOUND:
            self._ended(self.world.now_done("copy again", task, lambda engine, _halt: copy_again(engine, task)))

    def _once_more(self) -> None:
        """Another task from every source brings nothing that is there already; the oracle sees to it."""
        for source in range(len(self.world.sources)):
            task = self.world.begin(source)
            self.oracle.begins(task, source)
            self._comes_to_an_end(task)

    # Their work

    def _work(self, which: int, draw: int, happens: list[Happening]) -> None:
        tasks = self._resumable()
        self._finish(self._migrating(tasks[which % len(tasks)], draw, happens))

    def _roll_back(self, which: int, draw: int, happens: list[Happening], *, as_seen: bool = False) -> None:
        tasks = self._returnable()
        self._finish(self._rolling_back(tasks[which % len(tasks)], draw, happens, as_seen=as_seen))

    def _another_works(self, task: str, draw: int) -> None:
        """Another task from the same source works, in the first moment in which it can."""
        source = self.oracle.tasks[task].source
        others = [other for other in self._resumable() if other != task and self.oracle.tasks[other].source == source]
        if not others:
            self.begins(source)
        self._finish(self._migrating(others[0] if others else self.tasks[-1], draw, []))

    def _migrating(
        self, task: str, draw: int, happens: list[Happening], *, at_writes: Sequence[Happening] = ()
    ) -> Work:
        self._free(task)
        work = self.world.work(
            "migrate", task, lambda engine, halt: migrate(engine, task, halt=halt), seed=draw,
            events=[self._event(task, *each) for each in happens],
            at_writes=[self._event(task, *each) for each in at_writes],
        )
        self.oracle.works(work)
        return work

    def _rolling_back(
        self, task: str, draw: int, happens: list[Happening], *, as_seen: bool = False,
        at_writes: Sequence[Happening] = (),
    ) -> Work:
        self._free(task)
        seen = self.seen.get(task) if as_seen else None
        expected = None if seen is None else Expected(**{f.name: getattr(seen, f.name) for f in fields(Expected)})
        return self.world.work(
            "roll back", task, lambda engine, halt: roll_back(engine, task, expected=expected, halt=halt), seed=draw,
            events=[self._event(task, *each) for each in happens],
            at_writes=[self._event(task, *each) for each in at_writes],
        )

    def _free(self, task: str) -> None:
        """Nobody else can take a task up before the lease of a process that was killed is over."""
        if self.world.engine().store.held(f"migration:{task}"):
            self.world.at.pass_time(LEASE)

    def _event(self, task: str, at: int, name: str, draw: int) -> Event:
        if name in FATES:
            return Event(at, lives.meets(*FATES[name], of_items=draw % 4 > 0))
        if name in STORE:
            return Event(at, STORE[name])
        if name in ASKS:
            return Event(at, partial(self._asked, task, name))
        deed = AT_THE_DESTINATION.get(name) or AT_THE_SOURCE.get(name)
        if deed is not None:
            return Event(at, lambda _life: deed(self.world, Random(draw)))
        return Event(at, lives.killed if name == "KILL" else lives.loses_store_answer)

    def _asked(self, task: str, name: str, life: Life) -> None:
        """Somebody asks it of the task, or the process is told to go."""
        if name == "told to go":
            for work in self.under_way:
                if work.life is life:
                    work.halt.set()
            return
        ask = PRESSES[name]
        self.world.aside.append(self.world.work(name, task, lambda engine, _halt: ask(engine, task)))

    def _finish(self, *works: Work) -> None:
        self.under_way = works
        self.world.finish(*works)
        self._ended(*works)

    def _ended(self, *works: Work) -> None:
        for work in works:
            assert work.error is None or isinstance(work.error, OmmError)
        self.oracle.ended(*works)

    def _task(self, which: int) -> str:
        return self.tasks[which % len(self.tasks)]

    def _state(self, task: str) -> State:
        return self.world.record(task).state

    def _resumable(self) -> list[str]:
        return [task for task in self.tasks if self._state(task) in UNDER_WAY]

    def _retriable(self) -> list[str]:
        return [task for task in self.tasks if Act.RETRY in MOVES[self._state(task)]]

    def _returnable(self) -> list[str]:
        records = [self.world.record(task) for task in self.tasks]
        return [r.task_id for r in records if r.started is not None and r.state is not State.ROLLED_BACK]


class HistoriesWithCards(Histories):
    """One history of mailboxes that hold mail and cards."""

    with_cards = True


PARTS = 1 if SEED else max(1, HISTORIES // A_PART)


@pytest.mark.parametrize("part", range(PARTS))
def test_histories(part: int) -> None:
    """Random histories of several tasks into one mailbox all end well."""
    play(Histories, part, min(A_PART, HISTORIES))


@pytest.mark.parametrize("part", range(PARTS if HISTORIES != USUALLY else 1))
def test_histories_of_mail_and_cards(part: int) -> None:
    """The same, of two contents, one of which is written by several requests."""
    play(HistoriesWithCards, part, min(A_PART, HISTORIES) if HISTORIES != USUALLY else FEW)


def play(histories: type[Histories], part: int, examples: int) -> None:
    """Plays so many, drawn by the seed of that part."""
    number = SEED or part + 1
    machine = seed(number)(type("History", (histories,), {}))
    try:
        run_state_machine_as_test(machine, settings=settings(
            max_examples=examples, stateful_step_count=STEPS, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink), print_blob=False,
            report_multiple_bugs=False,
        ))
    except BaseException:
        print(f"HISTORY_SEED={number} plays these histories again.")
        raise
