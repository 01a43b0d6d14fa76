"""A crowd of tasks in Slack, as they stand when everything has run for hours: records, threads, cards, what was told.

Nothing of it is played: what the engine and the notifier would have left behind is written by their own code. From
there on, cards are drawn by the real notifier.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from redis import Redis
from slack_sdk import WebClient

from bot.notices.milestones import milestones
from bot.notices.showing import Look, drawing
from bot.stored.conversations import conversations_of
from bot.stored.orders import Kind as OrderKind
from bot.stored.orders import Orders
from bot.stored.threads import Card, Thread, Threads
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.record import Attention, Counts, Migration, State, Step
from engine.migration.request import MigrationRequest
from engine.store.store import Store
from engine.systems import System, Transport

TEAM = "T0EXAMPLE1"
REFUSES = "C0GENERAL1"                      # the channel that refuses, when it does
SHARED = ("C0MIGRATE1", REFUSES)            # channels that many cards are in
IN_SHARED = 5               # every so many-th card is in one of them, the others in their owner's own conversation
FOUND, ITEMS = 1_000_000, 41                # messages of each task, and those that an engine settles at a time


class Part(StrEnum):
    """What a task does while it is measured."""

    CHANGES = "changes all the time"
    RUNS = "runs, and waits for its server"
    WAITS = "waits in line"
    PAUSED = "paused"
    STOPPED = "needs attention"
    ENDED = "has ended"


# Of 1,000 live tasks.
SHARES = {Part.CHANGES: 50, Part.RUNS: 450, Part.WAITS: 300, Part.PAUSED: 100, Part.STOPPED: 100}
STATES = {
    Part.CHANGES: State.RUNNING, Part.RUNS: State.RUNNING, Part.WAITS: State.WAITING, Part.PAUSED: State.PAUSED,
    Part.STOPPED: State.NEEDS_ATTENTION,
}
STOPPED = Attention("The mailbox is full.", "mailbox full", "destination", 1)


@dataclass(slots=True)
class Task:
    """One of them. `written` is when each progress was written down: seconds since 1970, and messages settled."""

    migration: Migration
    part: Part
    user: str
    channel: str
    ts: str = ""
    place: str = ""         # the conversation that its card is in
    written: list[tuple[float, int]] = field(default_factory=list)

    @property
    def task_id(self) -> str:
        """The task ID."""
        return self.migration.task_id


@dataclass(slots=True)
class Crowd:
    """All tasks, and what their engines do. Each method may be called from any thread."""

    store: Store
    threads: Threads
    tasks: list[Task]
    lock: threading.Lock = field(default_factory=threading.Lock)

    def go_on(self) -> None:
        """Every engine whose task changes has settled some messages more."""
        with self.lock:
            for task in self._of(Part.CHANGES):
                step = task.migration.step(Content.MAIL)
                self._progress(task, replace(step, counts=replace(step.counts, copied=step.counts.copied + ITEMS)))

    def to_be_paused(self) -> Task:
        """A task for somebody to pause on which nobody works at the moment."""
        with self.lock:
            return self._next(Part.RUNS, Part.PAUSED)

    def stop(self) -> Task:
        """An engine stops: a person is needed."""
        with self.lock:
            task = self._next(Part.RUNS, Part.STOPPED)
            self._becomes(task, state=State.NEEDS_ATTENTION, stage="", attention=STOPPED)
            return task

    def end(self) -> Task:
        """A task that changes ends, and the next in line takes its place."""
        with self.lock:
            task, now = self._next(Part.CHANGES, Part.ENDED), datetime.now(UTC)
            step = task.migration.step(Content.MAIL)
            counts = replace(step.counts, found=step.counts.settled)
            steps = MappingProxyType({Content.MAIL: replace(step, counts=counts, ended=now)})
            self._becomes(task, state=State.COMPLETED, stage="", ended=now, steps=steps)
            following = self._next(Part.WAITS, Part.CHANGES)
            self._becomes(following, state=State.RUNNING, stage="moving mail", started=now, fencing=1)
            self._progress(following, replace(step, counts=Counts(found=FOUND), started=now))
            return task

    def _of(self, part: Part) -> list[Task]:
        return [task for task in self.tasks if task.part is part]

    def _next(self, part: Part, then: Part) -> Task:
        """The one that has done that for longest, and does something else from now on."""
        task = min((t for t in self._of(part) if t.channel != REFUSES), key=lambda t: t.migration.created)
        task.part = then
        return task

    def _progress(self, task: Task, step: Step) -> None:
        self._save(task, steps=MappingProxyType({Content.MAIL: step}))
        task.written.append((time.time(), step.counts.settled))

    def _becomes(self, task: Task, **changes: Any) -> None:
        """A new state, of which a worker has the cards looked at."""
        self._save(task, **changes)
        self.threads.look_again(task.task_id, 0)

    def _save(self, task: Task, **changes: Any) -> None:
        task.migration = replace(task.migration, **changes)
        self.store.save(task.migration)


def shares(tasks: int, changing: int) -> dict[Part, int]:
    """How many of so many tasks do what."""
    rest = sum(SHARES.values()) - SHARES[Part.CHANGES]
    found = {part: share * (tasks - changing) // rest for part, share in SHARES.items()} | {Part.CHANGES: changing}
    found[Part.RUNS] += tasks - sum(found.values())
    return found


Clock = Callable[[], datetime]


def crowd(
    redis: Redis, store_at: Callable[[Clock], Store], slack: WebClient, add_user: Callable[[str], None],
    counts: dict[Part, int],
) -> Crowd:
    """Makes them, each with a person of its own. `store_at` gives a store that writes by that clock."""
    began = datetime.now(UTC) - timedelta(hours=8)
    clock = itertools.count()
    store, threads = store_at(lambda: began + timedelta(seconds=next(clock))), Threads(redis)
    parts = [part for part, count in counts.items() for _ in range(count)]
    random.Random(7).shuffle(parts)
    tasks = [_made(store, threads, number, part, add_user) for number, part in enumerate(parts)]
    line = sorted((task for task in tasks if task.part is Part.WAITS), key=lambda task: task.migration.created)
    places = {task.task_id: number for number, task in enumerate(line, 1)}
    for task in tasks:
        _shown(redis, threads, slack, task, places.get(task.task_id))
    _order(redis, tasks)
    return Crowd(store_at(lambda: datetime.now(UTC)), threads, tasks)


def _made(store: Store, threads: Threads, number: int, part: Part, add_user: Callable[[str], None]) -> Task:
    key = f"p{number:04}"
    add_user(key)
    user = f"U0{key.upper():0>8}"
    channel = SHARED[number // IN_SHARED % len(SHARED)] if number % IN_SHARED == 0 else ""
    made = store.create(_request(key))
    task = Task(_standing(made, part, number), part, user, channel)
    if part is not Part.WAITS:
        store.save(task.migration)
        task.migration = store.load(made.task_id)
    notify = f"{key}@partner.example.net" if part in (Part.CHANGES, Part.WAITS) else ""     # starts and ends are told
    threads.open(Thread(made.task_id, TEAM, user, channel, notify))
    return task


def _request(login: str) -> MigrationRequest:
    return MigrationRequest(
        Account(System.IMAP, f"{login}@example.net", "imap.example.net", 993, Transport.TLS),
        Account(System.EXCHANGE, f"{login}@example.org", "mail.example.org", 443, Transport.TLS, "/EWS/Exchange.asmx"),
        (Content.MAIL,),
    )


def _standing(made: Migration, part: Part, number: int) -> Migration:
    """The record as its engine has left it."""
    if part is Part.WAITS:
        return made
    counts = Counts(found=FOUND, copied=1000 + number)
    rates = {"items_per_second": 40.0, "bytes_per_second": 900_000.0} if STATES[part] is State.RUNNING else {}
    step = Step(counts, made.created, None, 70_000 * FOUND, 70_000 * counts.copied, **rates)
    return replace(
        made, state=STATES[part], stage="moving mail" if STATES[part] is State.RUNNING else "", fencing=1,
        steps=MappingProxyType({Content.MAIL: step}), started=made.created,
        attention=STOPPED if part is Part.STOPPED else None, mailbox=f"AAMkAGUx{number:06}",
    )


def _shown(redis: Redis, threads: Threads, slack: WebClient, task: Task, place: int | None) -> None:
    """Its card stands, and its milestones were told: written down as the notifier writes it."""
    thread = threads.load(task.task_id)
    assert thread is not None
    card = Card("", "", buttons=True, masked=bool(task.channel))
    message, drawn = drawing(Look(thread, task.migration, (), [], set(), 0, place), card, datetime.now(UTC))
    answer = slack.chat_postMessage(
        channel=task.channel or task.user, text=message.text, blocks=[dict(block) for block in message.blocks]
    )
    task.place, task.ts = str(answer["channel"]), str(answer["ts"])
    redis.hset(conversations_of(TEAM), task.user, "D" + task.user[1:])
    threads.put_card(task.task_id, replace(
        card, channel=task.place, ts=task.ts, drawn=drawn, drawn_at=time.time() - random.Random(task.ts).uniform(0, 60)
    ))
    for key in _told(task.migration):
        threads.tell(task.task_id, key)


def _told(migration: Migration) -> Iterator[str]:
    for notice in milestones(migration, ()):
        yield from (notice.key, f"{notice.key}, to its owner", f"{notice.key}, by e-mail")


def _order(redis: Redis, tasks: Sequence[Task]) -> None:
    """What waits or runs was ordered, and is not done."""
    orders = Orders(redis)
    for task in tasks:
        if STATES[task.part] in (State.RUNNING, State.WAITING):
            orders.place(OrderKind.MIGRATE, (task.task_id,), {"task_id": task.task_id})
