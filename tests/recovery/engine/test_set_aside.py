"""A folder or a message that a source keeps back while it gives others: set aside, tried again at the end, named."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from engine.errors import Cause, RetryableError
from engine.migration.content import Content
from engine.migration.forwards import migrate
from engine.migration.record import Failure, State
from engine.pace.repeat import PATIENCE
from engine.ports.source import SourceFolder
from tests.histories.world import World, world
from tests.servers.memory.source import Kept, MemorySource, mail

WITHIN = 120.0      # seconds until it is set aside
BUSY = RetryableError("mail.example.org is busy.", cause=Cause.BUSY)
MOMENTS = ("folder set aside", "messages set aside")


def folder(*path: str, everything: bool = False) -> SourceFolder:
    return SourceFolder(path, "/".join(path), everything=everything)


@dataclass
class Keeper(logging.Handler):
    """Notes when what was asked for, when it was set aside, and how many messages had arrived by then.

    The first `fails` times nothing is given out.
    """

    at: World
    fails: int | None = None
    asked: list[tuple[float, int]] = field(default_factory=list)
    set_aside: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def __hash__(self) -> int:
        return id(self)

    def emit(self, record: logging.LogRecord) -> None:
        if any(moment in record.getMessage() for moment in MOMENTS):
            self.set_aside.append(self.at.at.now)

    def ask(self) -> None:
        """Raises RetryableError while it is kept back."""
        self.asked.append((self.at.at.now, len(self.at.box.items)))
        if self.fails is None or len(self.asked) <= self.fails:
            raise BUSY

    @property
    def seconds(self) -> float:
        """How long it took to set it aside."""
        (when,) = self.set_aside
        return when - self.asked[0][0]


def moved(at: World) -> tuple[State, tuple[int, int, int], list[Failure]]:
    """One visit with the patience of the product: its end, found, copied and failed, and what is named."""
    task = at.begin(0)
    at.now_done("works", task, lambda engine, halt: migrate(replace(engine, patience=PATIENCE), task, halt=halt))
    counts = at.record(task).step(Content.MAIL).counts
    named = at.engine().store.reported(task).failures
    return at.record(task).state, (counts.found, counts.copied, counts.failed), list(named)


@pytest.fixture
def watched() -> Iterator[Callable[[Keeper], Keeper]]:
    """Has the log of decisions heard."""
    log = logging.getLogger("omm.decisions")
    level, heard = log.level, list[Keeper]()

    def hear(keeper: Keeper) -> Keeper:
        log.setLevel(logging.INFO)
        log.addHandler(keeper)
        heard.append(keeper)
        return keeper

    yield hear
    for keeper in heard:
        log.removeHandler(keeper)
    log.setLevel(level)


Watched = Callable[[Keeper], Keeper]


def twenty() -> dict[SourceFolder, list[Kept]]:
    """Twenty folders of five messages."""
    return {folder(f"Folder {n}"): [mail(f"letter {n}-{k}.") for k in range(5)] for n in range(20)}


def unwell_until_its_last_chance(at: World, source: MemorySource, keeper: Keeper, ref: str) -> None:
    """That folder is opened when everything else is done, and not before."""
    def before(asked: SourceFolder) -> None:
        if asked.ref == ref:
            keeper.fails = len(keeper.asked) if keeper.set_aside else None
            keeper.ask()

    source.before_listing = before


def test_a_folder_that_cannot_be_opened_is_set_aside_asked_for_once_more_and_named(watched: Watched) -> None:
    """One of twenty, for ever: everything else arrives before its last chance."""
    source = MemorySource(twenty())
    with world([source]) as at:
        keeper = watched(Keeper(at))
        source.before_listing = lambda asked: keeper.ask() if asked.ref == "Folder 7" else None
        state, counts, named = moved(at)

    assert keeper.seconds <= WITHIN
    after = [there for when, there in keeper.asked if when > keeper.set_aside[0]]
    assert after == [95]
    assert state is State.COMPLETED
    assert counts == (96, 95, 1)
    assert [(f.folder, f.reason) for f in named] == [
        ("Folder 7", "mail.example.org is busy. It did so each time, while it answered for other folders."),
    ]


def test_a_folder_that_is_put_off_is_listed_though_the_source_names_pauses(watched: Watched) -> None:
    """Its last chance is not lost by a source that asks everybody to wait: nothing is named, and all arrives."""
    source = MemorySource(twenty())
    with world([source]) as at:
        keeper = watched(Keeper(at))
        pauses = [RetryableError("mail.example.org is busy.", cause=Cause.BUSY, back_off=5.0) for _ in range(3)]

        def before(asked: SourceFolder) -> None:
            if asked.ref != "Folder 7":
                return
            if not keeper.set_aside:
                keeper.ask()
            if pauses:
                raise pauses.pop()

        source.before_listing = before
        state, counts, named = moved(at)

    assert (state, counts, named) == (State.COMPLETED, (100, 100, 0), [])
    assert not pauses


def test_a_folder_that_can_be_opened_at_its_last_chance_arrives(watched: Watched) -> None:
    """Nothing is named then, and what the folder holds is counted."""
    source = MemorySource(twenty())
    with world([source]) as at:
        keeper = watched(Keeper(at))

        unwell_until_its_last_chance(at, source, keeper, "Folder 7")
        state, counts, named = moved(at)
        there = [item.subject for item in at.box.items.values()]

    assert keeper.seconds <= WITHIN
    assert [there for when, there in keeper.asked if when > keeper.set_aside[0]] == [95]
    assert (state, counts, named) == (State.COMPLETED, (100, 100, 0), [])
    assert sorted(there) == sorted(f"letter {n}-{k}." for n in range(20) for k in range(5))


@pytest.mark.parametrize("into_it", [True, False])
def test_a_message_filed_meanwhile_where_a_folder_is_set_aside_is_known_again(watched: Watched, into_it: bool) -> None:
    """The next task finds all of it there: what stayed where it was, and what came into that folder or went from it."""
    odd, other = folder("Odd"), folder("Other")
    source = MemorySource({odd: [mail("one."), mail("two.")], other: [mail("three."), mail("four.")]})
    with world([source]) as at:
        moved(at)
        source.file(other if into_it else odd, 0, odd if into_it else other)
        unwell_until_its_last_chance(at, source, watched(Keeper(at)), "Odd")
        state, counts, named = moved(at)
        there = sorted(item.subject for item in at.box.items.values())

    assert (state, counts) == (State.COMPLETED, (4, 0, 0))
    assert [(f.folder, f.item) for f in named] == [("Odd" if into_it else "Other", "1 message")]
    assert there == ["four.", "one.", "three.", "two."]


def test_a_message_that_may_have_come_from_a_folder_that_stays_closed_is_copied(watched: Watched) -> None:
    """Nobody knows whether that folder still holds it, so that it arrives where it is seen."""
    odd, other = folder("Odd"), folder("Other")
    source = MemorySource({odd: [mail("one."), mail("two.")], other: [mail("three.")]})
    with world([source]) as at:
        moved(at)
        source.file(odd, 0, other)
        keeper = watched(Keeper(at))
        source.before_listing = lambda asked: keeper.ask() if asked.ref == "Odd" else None
        state, counts, _ = moved(at)
        there = sorted((at.box.path(item.folder)[-1], item.subject) for item in at.box.items.values())

    assert (state, counts) == (State.COMPLETED, (3, 1, 1))
    assert there == [("Odd", "one."), ("Odd", "two."), ("Other", "one."), ("Other", "three.")]


@pytest.mark.parametrize("mended", [False, True])
def test_what_a_folder_holds_that_is_set_aside_arrives_once_where_another_shows_everything(
    watched: Watched, mended: bool,
) -> None:
    """Its messages come as its own when it is opened at last, else as those of the folder that shows everything."""
    odd, other, every = folder("Odd"), folder("Other"), folder("All Mail", everything=True)
    letters = {odd: [mail("one.")], other: [mail("two."), mail("three.")]}
    source = MemorySource(letters | {every: [replace(kept) for mails in letters.values() for kept in mails]})
    with world([source]) as at:
        keeper = watched(Keeper(at))
        unwell_until_its_last_chance(at, source, keeper, "Odd")
        if not mended:
            source.before_listing = lambda asked: keeper.ask() if asked.ref == "Odd" else None
        state, counts, _ = moved(at)
        there = sorted((at.box.path(item.folder)[-1], item.subject) for item in at.box.items.values())

    assert (state, counts) == (State.COMPLETED, (6, 3, 0) if mended else (6, 3, 1))
    assert there == [("Odd" if mended else "All Mail", "one."), ("Other", "three."), ("Other", "two.")]


def test_a_source_that_opens_no_folder_for_a_while_is_waited_for(watched: Watched) -> None:
    """While no folder answers it is the source that is unwell: nothing is put off to the end, or named."""
    source = MemorySource(twenty())
    with world([source]) as at:
        def before(_asked: SourceFolder) -> None:
            if at.at.now < 300:
                raise BUSY

        source.before_listing = before
        state, counts, named = moved(at)

    assert (state, counts, named) == (State.COMPLETED, (100, 100, 0), [])


@pytest.mark.parametrize("mended", [False, True])
def test_a_message_that_is_never_given_is_set_aside_asked_for_once_more_and_named(
    watched: Watched, mended: bool,
) -> None:
    """One of 650: all others arrive before its last chance; if it is given then, nothing is named."""
    source = MemorySource({folder("INBOX"): [mail(f"letter {n}.") for n in range(1, 651)]})
    with world([source]) as at:
        keeper = watched(Keeper(at))

        def before(uids: Sequence[int]) -> None:
            if 333 in uids:
                keeper.fails = len(keeper.asked) if keeper.set_aside and mended else None
                keeper.ask()

        source.before_read = before
        state, counts, named = moved(at)
        there = sorted(item.subject for item in at.box.items.values())

    assert keeper.seconds <= WITHIN
    assert {there for when, there in keeper.asked if when > keeper.set_aside[0]} == {649}
    assert state is State.COMPLETED
    if mended:
        assert (counts, named) == ((650, 650, 0), [])
    else:
        (one,) = named
        assert counts == (650, 649, 1)
        assert one.item.startswith("letter 333.")
        assert one.reason == "mail.example.org is busy. It did so each time, while it gave other messages."
    assert there == sorted(f"letter {n}." for n in range(1, 651) if n != 333 or mended)
