"""A source and a mailbox in memory that have the toy setting, on one clock, and processes that can be killed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.contents import contents
from engine.contents.mail import MAIL
from engine.migration.back import Preview, preview, roll_back
from engine.migration.forwards import migrate
from engine.migration.record import Counts, Migration
from engine.migration.steering import retry
from engine.migration.taking_up import take_up
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from engine.ports.source import SourceFolder
from engine.store.reports import Report
from tests.examples.toy_setting import TOY, WAYS
from tests.histories.lives import Event, Life
from tests.histories.world import Work, World, world
from tests.servers.memory.source import MemorySource, mail

GRACE = 30.0
SOURCE = {"greeting": "hello", "colours": "red,green", "language": "fr", "zone": "Paris"}
OWNERS = {"colours": "blue,red", "language": "de", "zone": "Paris", "theirs": "stays"}
MERGED = {"colours": "blue,red,green", "language": "de", "zone": "Paris", "theirs": "stays", "greeting": "hello"}


@dataclass
class ToyWorld:
    """What a test does and sees. `there` is the setting as the mailbox has it."""

    at: World
    task: str
    there: dict[str, str]
    source: dict[str, str]

    def work(self, what: str, do: Callable[[Engine, Halt], Any], **how: Any) -> Work:
        """Does something in a process of its own, until it is done or killed."""
        return self.at.now_done(what, self.task, do, **how)

    def migrate(self, *, seed: int = 0, events: Iterable[Event] = ()) -> Work:
        return self.work(
            "works", lambda engine, halt: migrate(engine, self.task, halt=halt), seed=seed, events=events
        )

    def roll_back(self, *, discard: bool = False, seed: int = 0, events: Iterable[Event] = ()) -> Work:
        return self.work(
            "rolls back", lambda engine, halt: roll_back(engine, self.task, discard_changes=discard, halt=halt),
            seed=seed, events=events,
        )

    def preview(self) -> Preview:
        work = self.work("looks", lambda engine, halt: preview(engine, self.task, halt=halt))
        assert isinstance(work.value, Preview)
        return work.value

    def retry(self) -> None:
        """Its owner has it run once more."""
        self.work("retries", lambda engine, _halt: retry(engine, self.task))
        self.at.give_passwords(self.task)

    def again(self) -> None:
        """Another task of the same accounts."""
        self.task = self.at.begin(0)

    @property
    def record(self) -> Migration:
        return self.at.record(self.task)

    @property
    def counts(self) -> Counts:
        return self.record.step(TOY.content).counts

    @property
    def report(self) -> Report:
        return self.at.engine().store.reported(self.task)

    def told(self) -> list[tuple[str, str, str]]:
        """The report's lines."""
        return [(line.item, line.outcome.value, line.reason) for line in self.report.failures]

    @property
    def stashes(self) -> dict[str, bytes]:
        return self.at.box.stashes

    def store_lost(self) -> None:
        """The store loses what it knew of before-images."""
        self.at.redis.delete(*self.at.redis.keys("omm:task:*:image:*"), "omm:images")

    def images(self) -> list[Any]:
        return list(self.at.redis.keys("omm:*image*"))

    def all_lost(self) -> None:
        """The store loses everything."""
        self.at.redis.flushall()

    def take_up(self, *, events: Iterable[Event] = (), task: str = "") -> Work:
        """Somebody names the mailbox of a task that the store knows nothing of."""
        return self.work("takes up", lambda engine, halt: take_up(
            engine, task or self.task, self.at.mailbox, password="-", halt=halt
        ), events=events)

    def expire_leases(self) -> None:
        for lease in self.at.redis.keys("omm:lease:*"):
            self.at.redis.delete(lease)


@contextmanager
def toy_world(*, messages: Sequence[str] = ()) -> Iterator[ToyWorld]:
    """A task that moves the toy, in line; where there are messages, with those subjects, it moves them first."""
    source = MemorySource({SourceFolder(("INBOX",), "INBOX"): list(map(mail, messages))})
    source.settings_of[TOY.content] = dict(SOURCE)
    with world([source], grace=GRACE) as at:
        at.contents = contents(MAIL, TOY) if messages else WAYS
        there = at.box.settings.setdefault(TOY.content.value, dict(OWNERS))
        yield ToyWorld(at, at.begin(0), there, source.settings_of[TOY.content])


@cache
def calls() -> tuple[list[str], list[str]]:
    """What a process asks when nothing goes wrong, forwards and back: of the source, the mailbox and the store."""
    with toy_world() as at:
        return at.migrate().life.asked, at.roll_back().life.asked


def when(operation: str, what: Callable[[Life], None], *, after: int = 0) -> Event:
    """What happens to a process when it first asks for that, or so many calls later."""

    def happens(life: Life) -> None:
        if after:
            life.events.append(Event(life.calls + after, what))
        else:
            what(life)

    return Event(1, lambda life: life.at_asked.update({operation: happens}))


def late(what: Callable[[Life], None]) -> Callable[[Life], None]:
    """The same, and what this process has sent by then without an answer is carried out just before its grace is over.

    By itself it may be carried out at any time, or never.
    """

    def happens(life: Life) -> None:
        life.later = lambda do: life.at.at(life.at.now + 0.9 * GRACE, lambda: (do(), None)[1])  # type: ignore[method-assign]  # for this life
        what(life)

    return happens
