"""Every state and every act: the engine, the terminal and the card's buttons do what the table says, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from itertools import product
from typing import Any

import pytest

import wiring
from bot.ids import Action
from bot.views import cards
from engine.errors import InputError, Side
from engine.migration.back import roll_back
from engine.migration.content import Content
from engine.migration.forwards import migrate
from engine.migration.record import Counts, State, Step
from engine.migration.states import MOVES, Act, When, allows, offers
from engine.migration.steering import cancel, forget, pause, resume, retry, stop
from engine.migration.visit import Engine
from engine.migration.visiting import visit
from engine.pace.halt import Halt
from engine.store.vault import Secret
from terminal.going_back import run_rollback
from terminal.going_on import run_resume, run_retry
from terminal.output import Output
from terminal.session import Tasks, tasks_of
from terminal.steering import run_cancel, run_forget, run_pause
from tests.unit.life.world import NOW, Life

ENGINE: dict[Act, Callable[[Engine, str], object]] = {
    Act.TAKE_UP: lambda engine, task_id: migrate(engine, task_id, halt=Halt()),
    Act.PAUSE: pause,
    Act.CANCEL: cancel,
    Act.STOP: stop,
    Act.RESUME: resume,
    Act.RETRY: retry,
    Act.ROLL_BACK: lambda engine, task_id: roll_back(engine, task_id, halt=Halt()),
    Act.FORGET: forget,
}
TERMINAL: dict[Act, Callable[[Any, str], int]] = {
    Act.TAKE_UP: run_resume,        # one that was interrupted, and those that stopped
    Act.PAUSE: run_pause,
    Act.CANCEL: run_cancel,
    Act.STOP: lambda session, task_id: run_cancel(session, task_id, now=True),
    Act.RESUME: run_resume,
    Act.RETRY: run_retry,
    Act.ROLL_BACK: lambda session, task_id: run_rollback(session, task_id, yes=True, discard_changes=False),
    Act.FORGET: lambda session, task_id: run_forget(session, task_id, yes=True),
}
ENDS = (State.COMPLETED, State.CANCELLED, State.FAILED, State.ROLLED_BACK)
EVERYTHING = list(product(State, Act))


@dataclass
class Session:
    """A terminal's session on an engine that is open already, with passwords prepared."""

    opened: Life
    out: Output

    @contextmanager
    def tasks(self) -> Iterator[Tasks]:
        yield tasks_of(wiring.Doors(self.opened.engine, self.opened.redis, ""))

    def prepared(self, _side: Side) -> Secret | None:
        return Secret("typed anew")

    def hidden(self, secret: Secret) -> Secret:
        return secret


def session(at: Life) -> Any:
    return Session(at, Output(StringIO(), StringIO(), as_json=False))


def put(at: Life, state: State, *, wrote: bool = True, hours_ago: float = 1) -> str:
    """A migration in that state; an end was so many hours ago."""
    ended = at.clock() - timedelta(hours=hours_ago) if state in ENDS else None
    started = NOW - timedelta(hours=99) if wrote and state is not State.FAILED else None
    return at.put(state, started=started, ended=ended)


@pytest.mark.parametrize(("state", "act"), EVERYTHING)
@pytest.mark.parametrize(("wrote", "hours_ago"), [(True, 1), (True, 49), (False, 1)])
def test_the_engine_does_what_the_table_says(at: Life, state: State, act: Act, wrote: bool, hours_ago: float) -> None:
    """An act that the table allows leads where it says; any other is refused in words and changes nothing."""
    task_id = put(at, state, wrote=wrote, hours_ago=hours_ago)
    before = at.record(task_id)
    doors = (act, Act.RETRY) if act is Act.RESUME and state is State.FAILED else (act,)      # it resumes those, too
    does = next((each for each in doors if allows(before, each, at.clock())), None)

    if does is None and not (act is Act.ROLL_BACK and state is State.ROLLED_BACK):
        with pytest.raises(InputError, match=f"Migration {task_id} "):
            ENGINE[act](at.engine, task_id)
        assert at.record(task_id) == before
    else:
        ENGINE[act](at.engine, task_id)
        assert state_of(at, task_id) in led_to(state, does)
    assert at.engine.store.held(f"migration:{task_id}") is None


def led_to(state: State, act: Act | None) -> set[State | None]:
    """Where an act leads when nobody else is at work and nothing goes wrong; None is no record."""
    if act is None:     # a second rollback
        return {state}
    if act is Act.TAKE_UP:
        return {State.COMPLETED}
    return {State.ROLLED_BACK} if act is Act.ROLL_BACK else {MOVES[state][act].to}


def state_of(at: Life, task_id: str) -> State | None:
    return next((record.state for record in at.engine.store.all() if record.task_id == task_id), None)


@pytest.mark.parametrize(("state", "act"), EVERYTHING)
def test_the_terminal_does_what_the_table_says(at: Life, state: State, act: Act) -> None:
    """Each command does what the table allows, and says in words that the rest is not possible."""
    task_id = put(at, state)
    doors = {Act.TAKE_UP, Act.RESUME} if TERMINAL[act] is run_resume else {act}
    doors |= {Act.RETRY} if TERMINAL[act] is run_resume and state is State.FAILED else set()
    does = next((each for each in doors if each in MOVES[state]), None)

    if does is None and not (act is Act.ROLL_BACK and state is State.ROLLED_BACK):
        with pytest.raises(InputError, match=f"Migration {task_id} is "):
            TERMINAL[act](session(at), task_id)
        assert state_of(at, task_id) is state
    else:
        TERMINAL[act](session(at), task_id)
        goes_on = does in (Act.RESUME, Act.RETRY)       # omm resume works on it at once
        assert state_of(at, task_id) in ({State.COMPLETED} if goes_on else led_to(state, does))


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(("wrote", "hours_ago"), [(True, 1), (True, 49), (False, 1)])
def test_a_card_offers_what_the_table_allows(at: Life, state: State, wrote: bool, hours_ago: float) -> None:
    """A button stands on the card exactly when its act applies, whatever else the record holds."""
    record = at.record(put(at, state, wrote=wrote, hours_ago=hours_ago))
    record = record.with_step(Content.MAIL, Step(Counts(found=3), started=NOW))

    shown = set(cards.offered(record, at.clock()))

    can = {act for act in Act if offers(record, act, at.clock())}
    assert shown == {
        *([Action.PAUSE] if Act.PAUSE in can else []),
        *([Action.RESUME] if Act.RESUME in can or state is State.FAILED else []),
        *([Action.RETRY] if state is State.CANCELLED else []),      # of one that completed, only if something failed
        *([Action.CANCEL] if Act.CANCEL in can else []),
        *([Action.ROLLBACK] if Act.ROLL_BACK in can else []),
        Action.REPORT,
    }
    assert (Act.CANCEL in can) == (Act.STOP in can) == cards.applies(Action.STOP, record, at.clock())


@pytest.mark.parametrize(("state", "act"), [
    (state, act) for state in State for act, move in MOVES[state].items()
    if isinstance(act, Act) and move.when is When.INTERRUPTED
])
def test_what_needs_an_interruption_is_refused_while_a_process_is_at_work(at: Life, state: State, act: Act) -> None:
    """The lease stands in its way, and the record stays as it was."""
    task_id = put(at, state)
    before = at.record(task_id)

    with visit(at.opened(), task_id), pytest.raises(InputError, match="Another process is working on"):
        ENGINE[act](at.engine, task_id)

    assert at.record(task_id) == before
