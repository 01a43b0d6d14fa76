"""What every content promises: copied once, whole, through any death; and taken back but for what its owner changed."""

from __future__ import annotations

import pytest

from bot.views.cards import card
from engine.migration.content import NOUNS
from engine.migration.record import Reason, State
from engine.words import outcome
from tests.contract.contents.bench import EXAMPLES, Bench
from tests.contract.contents.conftest import ROWS
from tests.servers.memory.destination import Fate
from tests.servers.slack.notices import all_text
from tests.unit.bot.records import shown

BY_SEVERAL_REQUESTS = [row for row in ROWS if row[0] in EXAMPLES and not EXAMPLES[row[0]].is_written_at_once]


def half_written(bench: Bench) -> set[str]:
    """How items of that content are called while they are half-written."""
    names = {name for _, name in bench.example.places}
    return set() if bench.example.is_written_at_once else {f"({name})" for name in names}


def test_everything_is_copied_and_a_second_run_changes_nothing(bench: Bench) -> None:
    """Each item is there once, whole, in a folder of its own folder's name; card and terminal say what was copied.

    By what people call the items of that content, and by nothing else.
    """
    content, count = bench.example.content, bench.example.count
    done = bench.run(bench.begin())
    again = bench.run(bench.begin())

    assert (done.state, again.state) == (State.COMPLETED, State.COMPLETED)
    assert done.step(content).counts.copied == count
    assert again.step(content).counts.already_there == count
    assert bench.there() == bench.example.places
    drawn = all_text(card(shown(done)).blocks)
    assert outcome(done, content) == f"{count} of {count} {NOUNS[content]}s copied"
    assert outcome(done, content) in drawn
    assert content.value in drawn.casefold()


def test_a_death_at_any_request_changes_nothing_in_the_end(bench: Bench) -> None:
    """Whoever comes after removes what was left half-written, and makes it anew."""
    deaths, left = 0, None
    for task in bench.deaths():
        deaths += 1
        left, before = bench.there(), left
        assert {name for _, name in left - bench.example.places} <= half_written(bench), deaths
        bench.run(task)

        assert bench.there() == bench.example.places, deaths
        if left != before:      # where nothing came since the death before, a rollback would meet the same again
            bench.roll_back(task)
            assert not bench.there(), deaths
    assert deaths >= bench.example.count


def test_a_death_at_any_request_of_a_rollback_changes_nothing_in_the_end(bench: Bench) -> None:
    """It is finished by whoever comes after."""
    deaths = 0
    for task in bench.deaths(back=True):
        deaths += 1
        done = bench.roll_back(task)

        assert done.state is State.ROLLED_BACK, deaths
        assert not bench.there(), deaths
    assert deaths > 2


def test_answers_that_are_lost_make_no_second_item(bench: Bench) -> None:
    """Whatever was sent is looked for before it is sent again. Three losses of one item would be too many."""
    by_one_request = bench.example.is_written_at_once
    for lost in (("create", "create attachment"), *(() if by_one_request else [("update",)])):
        for operation in lost:
            bench.meets(operation, Fate.AFTER)
        done = bench.run(bench.begin())

        assert done.state is State.COMPLETED
        assert bench.there() == bench.example.places
        bench.roll_back(done.task_id)


def test_a_busy_destination_is_asked_again(bench: Bench) -> None:
    """What was put off in the middle of an item is made anew."""
    for operation in ("create", "create attachment", "update"):
        bench.meets(operation, Fate.BUSY)
    done = bench.run(bench.begin())

    assert done.state is State.COMPLETED
    assert bench.there() == bench.example.places


@pytest.mark.parametrize("operation", ["create attachment", "update"])
@pytest.mark.parametrize("bench", BY_SEVERAL_REQUESTS, ids=" in ".join, indirect=True)
def test_an_item_that_cannot_be_finished_is_named_and_nothing_of_it_stays(bench: Bench, operation: str) -> None:
    """The others arrive."""
    bench.meets(operation, Fate.ODD)
    task = bench.begin()
    done = bench.run(task)

    failed = 0 if operation in bench.mends else 1
    assert done.step(bench.example.content).counts.failed == failed
    assert sum(bench.there().values()) == bench.example.count - failed
    assert bench.there() <= bench.example.places
    assert len([line for line in bench.report(task) if line.outcome is Reason.FAILED]) == failed


@pytest.mark.parametrize("bench", BY_SEVERAL_REQUESTS, ids=" in ".join, indirect=True)
def test_what_was_half_written_goes_although_the_source_has_it_no_more(bench: Bench) -> None:
    """It is removed before anything is compared; what was written whole stays."""
    for task in bench.deaths():     # noqa: B007  # the last one is used
        half = [name.strip("()") for _, name in bench.there() if name.startswith("(")]
        if half:
            break
    for name in half:
        bench.loses_at_the_source(name)
    bench.run(task)

    assert half
    assert not any(name.startswith("(") for _, name in bench.there())


def test_what_its_owner_changed_stays_at_a_rollback_and_is_named(bench: Bench) -> None:
    """All else goes; what was changed is counted before, and stands in the report.

    So does a folder that stays, under its content: its owner has filed something into it since.
    """
    content, changed = bench.example.content, f"{bench.example.amended}, edited"
    filed = max((path for path, _ in bench.example.places if path[0] == "Box"), key=len)
    task = bench.begin()
    bench.run(task)
    bench.edits(bench.example.amended)
    bench.files_a_message(*filed)
    counted = bench.preview(task)
    done = bench.roll_back(task)

    assert (counted.items, counted.kept) == (bench.example.count - 1, 1)
    assert done.state is State.ROLLED_BACK
    assert sorted(name.strip("()") for _, name in bench.there()) == [changed, "mine"]
    kept = [(line.content, line.folder, line.item) for line in bench.report(task) if line.outcome is Reason.KEPT]
    assert sorted(kept) == sorted([
        (content, "Box", changed), *((content, folder, "(the folder itself)") for folder in filed),
    ])
