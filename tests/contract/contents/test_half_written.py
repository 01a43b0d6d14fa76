"""What an owner writes into an item that is only half there is kept, whatever the task does next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from engine.items.report.lines import HALF_WRITTEN
from engine.migration.record import Failure, Reason, State
from tests.contract.contents.bench import Bench
from tests.contract.contents.test_content import BY_SEVERAL_REQUESTS

by_several_requests = pytest.mark.parametrize("bench", BY_SEVERAL_REQUESTS, ids=" in ".join, indirect=True)


def edited_halves(bench: Bench) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """For each death that leaves a half-written item, which its owner then edits: the task, the item's folder and name.

    A mailbox at Exchange is put back before each death. In the one in memory what is edited stays.
    """
    for task in bench.deaths():
        halves = sorted(set(bench.there()) - set(bench.example.places))
        path, name = next(((path, name.strip("()")) for path, name in halves if "edited" not in name), ((), ""))
        if name:
            bench.edits(name)
            yield task, path, f"{name}, edited"


def has_arrived(bench: Bench, path: tuple[str, ...], name: str) -> bool:
    """True: the last request was under way at the death, and has finished what was edited."""
    return (path, name) in bench.there()


def kept(bench: Bench, task: str) -> list[Failure]:
    """What a rollback has named, folders apart."""
    named = [line for line in bench.report(task) if line.outcome is Reason.KEPT]
    return [line for line in named if line.item != "(the folder itself)"]


@by_several_requests
def test_an_edited_half_stays_beside_the_whole_item_and_is_named(bench: Bench) -> None:
    """At whatever request the process died. Another run copies nothing, and a rollback leaves what was edited.

    Where what is there is as at the death before, the two would meet the same again.
    """
    asked, content, edited = 0, bench.example.content, Counter[tuple[tuple[str, ...], str]]()
    before = edited
    for task, path, name in edited_halves(bench):
        earlier, before = before, bench.there()
        edited = Counter({place: count for place, count in before.items() if "edited" in place[1]})
        done = bench.run(task)
        if has_arrived(bench, path, name):
            break
        asked += 1

        assert (done.state, bench.there()) == (State.COMPLETED, bench.example.places + edited), asked
        told = [line for line in bench.report(task) if line.item == name]
        like_it = sum(count for (at, called), count in edited.items() if (at, called.strip("()")) == (path, name))
        assert told == [Failure(content, "/".join(path), name, HALF_WRITTEN, Reason.NOTED)] * like_it, asked
        if before == earlier:
            continue
        again = bench.run(bench.begin())
        assert again.step(content).counts.already_there == bench.example.count, asked
        bench.forgets(again.task_id)
        back = bench.roll_back(task)
        assert (back.state, bench.there()) == (State.ROLLED_BACK, edited), asked
        assert [(line.content, line.item) for line in kept(bench, task)] == [(content, name)], asked
    assert asked


@by_several_requests
def test_a_rollback_in_the_place_of_the_next_visit_keeps_an_edited_half_and_names_it(bench: Bench) -> None:
    """All else of the task goes, the other half-written items, too."""
    asked, content = 0, bench.example.content
    for task, path, name in edited_halves(bench):
        edited = Counter({place: count for place, count in bench.there().items() if "edited" in place[1]})
        counted = bench.preview(task)
        done = bench.roll_back(task)
        if has_arrived(bench, path, name):
            break
        asked += 1

        assert (counted.kept, done.state, bench.there()) == (1, State.ROLLED_BACK, edited), asked
        assert [(line.content, line.item) for line in kept(bench, task)] == [(content, name)], asked
    assert asked


@by_several_requests
def test_what_a_dead_task_has_left_half_written_goes_when_another_task_moves_the_same(bench: Bench) -> None:
    """At whatever request the process died. Nothing stands twice, and the dead task has nothing left to do.

    Where what is there is as at the death before, another task would meet the same again.
    """
    deaths, left = 0, None
    for task in bench.deaths():
        deaths += 1
        left, before = bench.there(), left
        if left == before:
            continue
        other = bench.begin()
        bench.run(other)
        assert bench.there() == bench.example.places, deaths

        bench.run(task)
        assert bench.there() == bench.example.places, deaths
        bench.roll_back(other)
        bench.roll_back(task)
        assert not bench.there(), deaths
    assert deaths >= bench.example.count


@by_several_requests
def test_an_edited_half_stays_when_another_task_moves_the_same(bench: Bench) -> None:
    """It is named by that task, too, beside which the whole item stands."""
    asked = 0
    for _, path, name in edited_halves(bench):
        edited = Counter({place: count for place, count in bench.there().items() if "edited" in place[1]})
        other = bench.begin()
        bench.run(other)
        if has_arrived(bench, path, name):
            break
        asked += 1

        assert bench.there() == bench.example.places + edited, asked
        assert [line.outcome for line in bench.report(other) if line.item == name] == [Reason.NOTED], asked
        bench.roll_back(other)
        break
    assert asked
