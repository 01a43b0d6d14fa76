"""What an operator reads about what waits, and what a person is asked before a task is forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import fakeredis
import pytest

import wiring
from bot.stored.orders import Kind, Orders
from bot.stored.outbox import Letter, Outbox
from engine.errors import InputError
from engine.migration.record import Rollback, State
from terminal.output import Output
from terminal.session import Session as AnySession
from terminal.steering import run_forget
from terminal.usage import UsageError
from terminal.waiting import run_waiting
from tests.unit.life.world import NOW, REQUEST, Life

OTHER = "7K2F-9QXD"


@dataclass
class Session:
    """A terminal's session on a store that is open already; `said` is what it shows."""

    at: Life
    said: StringIO
    out: Output

    @contextmanager
    def doors(self) -> Iterator[wiring.Doors]:
        yield wiring.Doors(self.at.engine, self.at.redis, "")

    tasks = AnySession.tasks


@pytest.fixture
def at(tmp_path: Path) -> Life:
    return Life(fakeredis.FakeServer(), tmp_path)


def session(at: Life, *, as_json: bool = False) -> Any:
    said = StringIO()
    return Session(at, said, Output(said, StringIO(), as_json=as_json))


def put(at: Life, state: State, *, hours_ago: float, **changes: Any) -> str:
    """A task that came to stand there so long ago."""
    at.clock.now = NOW - timedelta(hours=hours_ago)
    task_id = at.put(state, **changes)
    at.clock.now = NOW
    return task_id


def test_nothing_waits(at: Life) -> None:
    """What is over is not listed."""
    put(at, State.COMPLETED, hours_ago=1, ended=NOW)
    terminal = session(at)

    assert run_waiting(terminal) == 0

    assert terminal.said.getvalue() == "Nothing waits.\n"


def test_what_waits_is_listed_with_its_age(at: Life) -> None:
    """Tasks that are not over, orders that are not done and messages, what waits longest first; no login, no server."""
    in_line = put(at, State.WAITING, hours_ago=2, waits_for=OTHER)
    running = put(at, State.RUNNING, hours_ago=0, started=NOW - timedelta(hours=5))
    stopped = put(at, State.NEEDS_ATTENTION, hours_ago=48)
    back = put(at, State.ROLLING_BACK, hours_ago=0, rollback=Rollback(NOW - timedelta(hours=3)))
    Orders(at.redis, clock=lambda: NOW - timedelta(minutes=7)).place(Kind.MIGRATE, (in_line,), {})
    Outbox(at.redis).put(Letter("key", "U1", "secret words"))
    lease = at.opened().store.acquire(f"migration:{running}", holder=running)
    terminal = session(at)

    with lease:     # type: ignore[union-attr]  # nobody else has it
        run_waiting(terminal)

    said = terminal.said.getvalue()
    rows = [line.split("  ") for line in said.splitlines()]
    assert [[cell.strip() for cell in row if cell.strip()] for row in rows] == [
        ["TASK", "STATE", "FOR"],
        [stopped, "needs attention", "2 days"],
        [running, "running", "5 hours"],
        [back, "interrupted", "3 hours"],
        [in_line, f"waiting, for migration {OTHER}", "2 hours"],
        ["ORDER", "ABOUT", "FOR"],
        ["migrate", in_line, "7 minutes"],
        ["1 message for Slack."],
    ]
    accounts = (REQUEST.source, REQUEST.destination)
    assert [word for one in accounts for word in (one.host, f" {one.login} ", "secret") if word in said] == []


def test_a_program_reads_the_same(at: Life) -> None:
    """One JSON object, with times in UTC."""
    stopped = put(at, State.PAUSED, hours_ago=1)
    Orders(at.redis, clock=lambda: NOW).place(Kind.DELETE, ("U1", "T1"), {})
    terminal = session(at, as_json=True)

    run_waiting(terminal)

    since = (NOW - timedelta(hours=1)).isoformat()
    assert json.loads(terminal.said.getvalue()) == {
        "tasks": [{"task_id": stopped, "state": "paused", "since": since, "waits_for": None, "not_before": None}],
        "orders": [{"order": "delete", "about": "U1", "since": NOW.isoformat()}],
        "messages": 0,
    }


def test_each_thing_that_can_be_ordered_has_words(at: Life) -> None:
    """None is called by the name that programs read."""
    for kind in Kind:
        Orders(at.redis, clock=lambda: NOW).place(kind, ("7K2F-9QXD", "more"), {})
    terminal = session(at)

    run_waiting(terminal)

    rows = terminal.said.getvalue().splitlines()[1:]
    assert (len(rows), [row for row in rows if "_" in row]) == (len(Kind), [])


# Forgetting


@pytest.mark.parametrize(("state", "hours_ago", "says", "says_not"), [
    (State.COMPLETED, 1, "can still be rolled back until", "be resumed"),
    (State.COMPLETED, 49, "Messages about it", "rolled back"),
    (State.PAUSED, 1, "is paused. Once it is forgotten, it cannot be resumed", "until"),
])
def test_whoever_forgets_a_task_is_asked_first(
    at: Life, state: State, hours_ago: float, says: str, says_not: str
) -> None:
    """They read what goes with it and what stays; without a terminal and without --yes nothing is done."""
    then = NOW - timedelta(hours=hours_ago)
    task_id = put(at, state, hours_ago=hours_ago, started=then, ended=then if state is State.COMPLETED else None)
    terminal = session(at)

    with pytest.raises(UsageError, match="--yes"):
        run_forget(terminal, task_id, yes=False)

    said = terminal.said.getvalue().replace("messages about it", "Messages about it")
    assert says in said
    assert says_not not in said
    assert "and so do Messages about it in Slack" in said
    assert at.record(task_id).state is state


def test_one_that_is_under_way_is_not_even_asked_about(at: Life) -> None:
    """It is refused in words."""
    task_id = put(at, State.RUNNING, hours_ago=1)
    terminal = session(at)

    with pytest.raises(InputError, match=r"is running\. It can be forgotten when it has ended, or is paused"):
        run_forget(terminal, task_id, yes=False)

    assert terminal.said.getvalue() == ""
