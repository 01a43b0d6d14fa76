"""What an owner writes into a series of which only half is there is kept, whatever it is and whoever dies then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emulators.exchange import Fault
from engine.connectors.exchange.tags import BEGUN_NAME
from engine.contents import CONTENTS, contents
from engine.items.report.lines import HALF_WRITTEN
from engine.items.tags import UNFINISHED
from engine.migration.content import Content
from engine.migration.record import Failure, Migration, Reason, State
from engine.pace.halt import Halt
from tests.servers.exchange.diary import Diary, item, occurrence
from tests.servers.exchange.pair import Pair, pair_of
from tests.servers.processes.mortal import HELD, Moment, as_of, moments_of
from tests.servers.world import World

NAME, OTHER = "weekly", "fortnightly"
REQUESTS = ("CreateItem", "DeleteItem", "UpdateItem", "CreateAttachment", "UpdateItem")     # that write one series
Edit = Callable[[Diary, str], object]


def _sets(path: str, inside: str, index: int = 0) -> Edit:
    """Sets a field of the series, or of the occurrence of that index."""
    return lambda diary, series: diary.set(occurrence(series, index) if index else item(series), ((path, inside),))


# The second occurrence is changed at the source, the third deleted, and the fourth has a file of its own.
EDITS: Mapping[str, Edit] = {
    "the text": _sets("item:Body", '<t:Body BodyType="Text">bring the plan</t:Body>'),
    "the place": _sets("calendar:Location", "<t:Location>Room 2</t:Location>"),
    "a category": _sets("item:Categories", "<t:Categories><t:String>mine</t:String></t:Categories>"),
    "the end": _sets("calendar:End", "<t:End>2026-03-02T10:30:00Z</t:End>"),
    "an occurrence": _sets("item:Body", '<t:Body BodyType="Text">call first</t:Body>', 5),
    "an occurrence that the source has changed": _sets("item:Body", '<t:Body BodyType="Text">call first</t:Body>', 2),
    "an occurrence with a file": _sets("calendar:Location", "<t:Location>Nice</t:Location>", 4),
    "a file": lambda diary, series: diary.attach(series),
    "a file of an occurrence": lambda diary, series: diary.attach_to(occurrence(series, 6)),
    "an occurrence that is deleted": lambda diary, series: diary.delete(occurrence(series, 7)),
}


@contextmanager
def opened(directory: Path) -> Iterator[Pair]:
    """A calendar with one series, and the one that it moves to."""
    with pair_of(directory, "2019", contents=contents(CONTENTS[Content.CALENDARS])) as made:
        Diary(made.old).series(NAME)
        yield made


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with opened(tmp_path) as made:
        yield made


def held(number: int) -> Fault:
    return Fault(operation="*", nth=number, when="after", action="hold", name=f"request {number}")


def moments(at: World, work: Callable[[World], object]) -> list[Moment]:
    """One for each request of that work."""
    return moments_of(at, work, held, at.emulator)


def half_of(at: World) -> str:
    """The id of what is half-written; "" where nothing is."""
    halves = [
        one.item_id for one in at.messages()
        if any(str(value).endswith(UNFINISHED) for value in one.extended.values())
    ]
    return next(iter(halves), "")


def shows(pair: Pair) -> list[tuple[str, ...]]:
    return Diary(pair.new).shows()


def told(at: World, task: str, outcome: Reason) -> list[Failure]:
    return [line for line in at.engine.store.reported(task).failures if line.outcome is outcome]


def copied_again(at: World) -> tuple[int, int]:
    """What another run copies, and finds there already."""
    counts = at.migrate().step(Content.CALENDARS).counts
    return counts.copied, counts.already_there


@dataclass(frozen=True)
class Halves:
    """The moments of one task's death that left half of the series, and what is shown when all of it is there."""

    pair: Pair
    task: str
    moments: list[Moment]
    whole: list[tuple[str, ...]]


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Halves]:
    """Each use puts back a moment of its own."""
    with opened(tmp_path_factory.mktemp("halves")) as pair:
        task = pair.at.begin().task_id
        died = moments(pair.at, lambda doomed: doomed.run(task))
        whole = shows(pair)
        yield Halves(pair, task, [one for one in died if half_of(as_of(pair.at, one))], whole)


@pytest.mark.parametrize("number", range(len(EDITS)), ids=EDITS)
def test_whatever_an_owner_changes_stays_beside_the_whole_series(halves: Halves, number: int) -> None:
    """A rollback leaves what was changed, at each request that left half of it.

    After one of these requests, each time another, the task goes on before that, and another run copies nothing.
    After all of them: tests/load.
    """
    assert len(halves.moments) >= len(REQUESTS) - 1
    stays(halves, list(EDITS.values())[number], {number % len(halves.moments)})


def stays(halves: Halves, edit: Edit, finished_at: Collection[int]) -> None:
    """The owner makes that edit after each death. After those numbered in `finished_at` the task goes on, too."""
    pair, task = halves.pair, halves.task
    for nth, moment in enumerate(halves.moments):
        at = as_of(pair.at, moment)
        half = half_of(at)
        edit(Diary(pair.new), half)
        edited = shows(pair)
        assert _taken_back(at, task) == [NAME], nth
        assert shows(pair) == edited, nth
        if nth not in finished_at:
            continue

        at = as_of(pair.at, moment)
        edit(Diary(pair.new), half)
        done = at.run(task)
        assert (done.state, half_of(at)) == (State.COMPLETED, half), nth
        assert shows(pair) == sorted(edited + halves.whole), nth
        assert told(at, task, Reason.NOTED) == [
            Failure(Content.CALENDARS, "Calendar", NAME, HALF_WRITTEN, Reason.NOTED)], nth
        assert copied_again(at) == (0, 1), nth
        assert _taken_back(at, task) == [NAME], nth
        assert shows(pair) == edited, nth


def _taken_back(at: World, task: str) -> list[str]:
    """What a rollback keeps, by the names in its report."""
    back: Migration = at.roll_back(task)
    assert back.state is State.ROLLED_BACK
    kept: Any = back.rollback
    named = [line.item for line in told(at, task, Reason.KEPT)]
    assert kept.kept == len(named)
    return named


def _half_edited(pair: Pair, task: str) -> World:
    """A process has died at the last request but one, and the owner has written into what is there."""
    died = moments(pair.at, lambda doomed: doomed.run(task))
    for moment in reversed(died):
        at = as_of(pair.at, moment)
        if half := half_of(at):
            EDITS["an occurrence"](Diary(pair.new), half)
            return at
    raise AssertionError("nothing was half-written")


@pytest.mark.parametrize("back", [False, True], ids=["forwards", "back"])
def test_a_death_of_whoever_comes_after_makes_no_second_one(pair: Pair, *, back: bool) -> None:
    """At each of its requests: what was changed is there once, and so is the whole series, or nothing of it.

    Where the mailbox is as at the death before, another run and a rollback would meet the same again.
    """
    task = pair.at.begin().task_id
    at = _half_edited(pair, task)
    edited = shows(pair)

    def work(doomed: World) -> Migration:
        return doomed.roll_back(task) if back else doomed.run(task)

    died = moments(at, work)
    after = shows(pair)
    assert len(after) == len(edited) + (0 if back else 7)
    before = b""
    for nth, moment in enumerate(died):
        again = as_of(at, moment)
        work(again)

        assert shows(pair) == after, nth
        if not back and (there := moment.mailboxes.serialize()) != before:
            before = there
            assert copied_again(again) == (0, 1), nth
            assert _taken_back(again, task) == [NAME], nth
            assert shows(pair) == edited, nth
    assert died


def test_the_usual_way_asks_for_nothing_more_and_leaves_nothing_of_it(pair: Pair) -> None:
    """Only where something was left half-written is it looked at whether its owner has changed it."""
    at = pair.at
    at.migrate()

    asked = Counter(one.operation for one in at.emulator.requests)
    assert Counter(REQUESTS) <= asked
    assert (asked["GetItem"], asked["UpdateItem"], asked["GetAttachment"]) == (2, 2, 0)
    [series] = at.messages()
    assert not [name for name in series.extended if BEGUN_NAME in str(name)]


def half_edited_while(pair: Pair, task: str, name: str, halt: Halt, *faults: Fault) -> None:
    """A process is at work; while its DeleteItem is under way, the owner writes into what is there of that name.

    Then the process is asked to stop, unless something of it is refused.
    """
    emulator = pair.at.emulator
    for fault in (Fault(operation="DeleteItem", nth=1, when="after", action="hold", name=HELD), *faults):
        emulator.add_fault(fault)
    with ThreadPoolExecutor(1) as process:
        working = process.submit(pair.at.run, task, halt)
        assert emulator.wait_held(HELD, 60)
        EDITS["the place"](Diary(pair.new), Diary(pair.new).id_of(name))
        if not faults:
            halt.set()
        emulator.release(HELD)
        working.result()
    emulator.clear_faults()


def test_what_is_refused_is_made_anew_beside_what_its_owner_has_changed_meanwhile(pair: Pair) -> None:
    """The same process finds it half-written, and names it."""
    task = pair.at.begin().task_id
    refusal = Fault(operation="CreateAttachment", nth=1, action="items", positions=(0,), code="ErrorItemSave")

    half_edited_while(pair, task, NAME, Halt(), refusal)

    assert half_of(pair.at)
    assert "Room 2" in {one[3] for one in shows(pair)}
    assert [one.subject for one in pair.at.messages()] == [NAME, NAME]
    assert [line.reason for line in told(pair.at, task, Reason.NOTED)] == [HALF_WRITTEN]
    assert copied_again(pair.at) == (0, 1)


def test_a_stop_takes_back_nothing_that_its_owner_has_changed_meanwhile(pair: Pair) -> None:
    """What was created with others, and not begun to be finished when somebody asked to stop."""
    Diary(pair.old).series(OTHER)
    task = pair.at.begin().task_id

    half_edited_while(pair, task, OTHER, Halt())

    assert {one[3] for one in shows(pair) if one[0] == OTHER} == {"Room 2"}
    assert pair.at.run(task).state is State.COMPLETED
    assert sorted(one.subject for one in pair.at.messages()) == [OTHER, OTHER, NAME]
    assert [line.item for line in told(pair.at, task, Reason.NOTED)] == [OTHER]
