"""What waits: tasks that are not over, orders that are not done, messages that Slack has not taken. For an operator.

No login, no server and no name of a folder is told. With `--json`:

    {"tasks": [{"task_id", "state", "since", "waits_for", "not_before"}], "orders": [{"order", "about", "since"}],
     "messages"}

`since` is ISO 8601 in UTC, `waits_for` the task that has the destination mailbox or null, `not_before` when the source
gives more (ISO 8601 in UTC) or null, `about` the ID of a task or a
form, or of a person in Slack. `messages` is how many wait for Slack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from redis import Redis

from bot.stored.orders import Kind, Order, Orders
from bot.stored.outbox import outboxes
from engine.migration.record import Migration, State
from engine.migration.states import ENDED
from engine.migration.visit import Engine
from engine.words import duration, number
from terminal import words
from terminal.session import Session, held

ORDERED = {
    Kind.CHECK: "check the form", Kind.LOOK: "look at both mailboxes of the form", Kind.MIGRATE: "migrate",
    Kind.COUNT: "count for a rollback of", Kind.ROLL_BACK: "roll back", Kind.SWITCH_ON: "switch the reply on of",
    Kind.DELETE: "delete the data of", Kind.FORGET: "forget", Kind.PAGE_USED: "use the private page's passwords for",
    Kind.CONSENT: "exchange what came back from Google, for", Kind.TELL_APPROVERS: "ask for the approval of",
}


@dataclass(frozen=True, slots=True)
class Task:
    """A task that is not over. `state` is as `omm status` shows it, `since` when it began to be so, in UTC.

    `source` gives more at `not_before`; None: the task does not wait for that.
    """

    task_id: str
    state: str
    since: datetime
    waits_for: str | None
    source: str = ""
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Everything that waits, what waits longest first. `messages` is how many wait for Slack."""

    tasks: Sequence[Task]
    orders: Sequence[Order]
    messages: int


def run_waiting(session: Session) -> int:
    """Lists what waits."""
    with session.doors() as opened:
        found, now = waiting(opened.engine, opened.redis), opened.engine.clock()
    session.out.say(*lines(found, now))
    session.out.result(record(found))
    return 0


def waiting(engine: Engine, redis: Redis) -> Waiting:
    """What waits now. Raises FatalError(cause STORE)."""
    open_ = [migration for migration in engine.store.all() if migration.state not in ENDED]
    now = engine.clock()
    tasks = [
        Task(
            one.task_id, words.stands(one, held=held(engine, one)), _since(one), one.waits_for,
            one.request.source.system.row.called, one.not_before if one.is_early(now) else None,
        ) for one in open_
    ]
    messages = sum(outbox.length() for outbox in outboxes(redis))
    return Waiting(sorted(tasks, key=lambda task: task.since), Orders(redis).all(), messages)


def _since(migration: Migration) -> datetime:
    """When it came to stand where it stands. The record of a task that is under way is written all the time."""
    if migration.state is State.RUNNING:
        return migration.started or migration.created
    if migration.state is State.ROLLING_BACK and migration.rollback is not None:
        return migration.rollback.started
    return migration.updated


def lines(found: Waiting, now: datetime) -> list[str]:
    """For a person."""
    told = [
        *_table(("TASK", "STATE", "FOR"), [_task(task, now) for task in found.tasks]),
        *_table(("ORDER", "ABOUT", "FOR"), [_order(order, now) for order in found.orders]),
        *([f"{number(found.messages, 'message')} for Slack."] if found.messages else []),
    ]
    return told or ["Nothing waits."]


def _task(task: Task, now: datetime) -> tuple[str, str, str]:
    behind = f", for migration {task.waits_for}" if task.waits_for else ""
    if task.not_before is not None:
        behind = f", {task.source} gives more from {words.moment(task.not_before)}"
    return task.task_id, f"{task.state}{behind}", _age(task.since, now)


def _order(order: Order, now: datetime) -> tuple[str, str, str]:
    since = datetime.fromtimestamp(order.since, UTC)
    return ORDERED.get(order.kind, order.kind.value), order.about[0], _age(since, now)


def _age(since: datetime, now: datetime) -> str:
    return duration(max(0.0, (now - since).total_seconds()))


def _table(heads: tuple[str, str, str], rows: list[tuple[str, str, str]]) -> Iterator[str]:
    if rows:
        widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
        for row in (heads, *rows):
            yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def record(found: Waiting) -> dict[str, Any]:
    """For a program."""
    return {
        "tasks": [
            {"task_id": task.task_id, "state": task.state, "since": task.since.isoformat(),
             "waits_for": task.waits_for, "not_before": task.not_before and task.not_before.isoformat()}
            for task in found.tasks
        ],
        "orders": [
            {"order": order.kind.value, "about": order.about[0],
             "since": datetime.fromtimestamp(order.since, UTC).isoformat()}
            for order in found.orders
        ],
        "messages": found.messages,
    }
