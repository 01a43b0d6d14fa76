"""Folders that are not answered for, and owners who file messages, drawn at random: all is there, and once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest

from engine.errors import Cause, RetryableError
from engine.migration.forwards import migrate
from engine.migration.record import State
from engine.ports.source import SourceFolder
from tests.histories.lives import Event, meets
from tests.histories.world import LARGE, World, world
from tests.servers.memory.destination import Fate
from tests.servers.memory.mailbox import subject_of
from tests.servers.memory.source import MemorySource, mail

FOLDERS = [SourceFolder((name,), name) for name in ("INBOX", "A", "B", "C")]
EVERYTHING = SourceFolder(("All",), "All", everything=True)
UNWELL = 0.4                # of all folders
SECONDS = (5, 45, 60)       # that a folder is not answered for: it is set aside after 30, of a patience of 300
A_PART = 10                 # seeds of one test
STAYED = "while it answered for other folders"


class Draw:
    """One source, and what happens to it; `twins` are messages that are there several times."""

    def __init__(self, at: World, source: MemorySource, random: Random) -> None:
        self.at, self.source, self.random = at, source, random
        self.alone = [mail(f"archived {n}.") for n in range(2)]         # in no folder but the one that shows everything
        self.stayed_closed = False

    def fill(self, *, twins: bool) -> None:
        letters = [mail(f"letter {n}.") for n in range(12 if twins else 40)]
        self.random.shuffle(letters)
        for folder in FOLDERS:
            self.source.folders[folder] = [
                replace(self.random.choice(letters) if twins else letters.pop(), size=self.random.choice([None, LARGE]))
                for _ in range(self.random.randrange(8))
            ]
        if self.random.random() < 0.3:
            self.source.folders[EVERYTHING] = []
        self.show_everything()

    def show_everything(self) -> None:
        if EVERYTHING in self.source.folders:
            held = [replace(kept) for folder in FOLDERS for kept in self.source.folders[folder]]
            self.source.folders[EVERYTHING] = held + self.alone

    def visit(self, *, events: Sequence[Event] = ()) -> State:
        """A new task, to its end."""
        task = self.at.begin(0)
        self.at.now_done("works", task, lambda engine, halt: migrate(engine, task, halt=halt), events=events)
        self.stayed_closed |= any(STAYED in named.reason for named in self.at.engine().store.reported(task).failures)
        return self.at.record(task).state

    def eventful_visit(self) -> None:
        """Some folders are not answered for, and some answers of the destination are lost."""
        closed = {folder.ref for folder in self.source.folders if self.random.random() < UNWELL}
        until = self.at.at.now + self.random.choice(SECONDS)

        def before(folder: SourceFolder) -> None:
            if folder.ref in closed and self.at.at.now < until:
                raise RetryableError("It is busy.", cause=Cause.BUSY)

        self.source.before_listing = before
        lost = meets(*[Fate.AFTER] * self.random.randrange(1, 10), of_items=True)
        self.visit(events=[Event(self.random.randrange(5, 60), lost)] if self.random.random() < 0.5 else [])
        self.source.before_listing = lambda _folder: None

    def file(self) -> None:
        """The owner files some messages elsewhere."""
        for _ in range(self.random.randrange(5)):
            one, other = self.random.sample(FOLDERS, 2)
            if self.source.folders[one]:
                self.source.file(one, self.random.randrange(len(self.source.folders[one])), other)
        self.show_everything()

    def held(self) -> Counter[str]:
        """Every message of the source, as often as its folders hold it."""
        kept = [kept for folder in FOLDERS for kept in self.source.folders[folder]]
        return Counter(subject_of(one.mime) for one in kept + self.alone * (EVERYTHING in self.source.folders))


def plays(start: int, twins: bool) -> None:
    """Up to three eventful tasks and a quiet one, for each of A_PART seeds; asserts that all is there in the end."""
    for seed in range(start, start + A_PART):
        source = MemorySource({})
        with world([source], seed=seed) as at:
            draw = Draw(at, source, Random(seed))
            draw.fill(twins=twins)
            for _ in range(draw.random.randrange(1, 4)):
                draw.eventful_visit()
                draw.file()
            state = draw.visit()
            there = Counter(item.subject for item in at.box.items.values())

        assert state is State.COMPLETED, seed
        assert not draw.held() - there, seed
        assert twins or draw.stayed_closed or there == draw.held(), seed


@pytest.mark.parametrize("twins", [False, True])
@pytest.mark.parametrize("start", range(0, 50, A_PART))
def test_nothing_is_lost_and_nothing_doubled(start: int, twins: bool) -> None:
    """After up to three eventful tasks a quiet one: all is there. What nobody could know to be moved may be twice."""
    plays(start, twins)
