"""What changed at the source since it was copied: counted and named, and its copy stays as it was."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.views.cards import card
from engine.migration.content import NOUNS
from engine.migration.record import Counts, Migration, Reason, State
from engine.words import outcome, sums
from terminal import records
from tests.contract.contents.bench import ONE, PLACES, Bench
from tests.servers.slack.notices import all_text
from tests.unit.bot.records import shown

FOUR = sum(PLACES.values())


def counts(bench: Bench, done: Migration) -> Counts:
    return done.step(bench.example.content).counts


def noted(bench: Bench, task: str) -> list[tuple[str, str, str]]:
    return [(line.folder, line.item, line.reason) for line in bench.report(task) if line.outcome is Reason.NOTED]


def test_what_changed_at_the_source_is_counted_and_named_and_its_copy_stays(typed: Bench) -> None:
    """It is already there, neither doubled nor brought up to date; card, report and JSON say how many there are.

    Nothing is said of what did not change, nor of what an owner has changed at the destination.
    """
    typed.run(typed.begin())
    typed.edits("c")
    before = typed.there()
    typed.changes_at_the_source("b")
    task = typed.begin()
    again = typed.run(task)

    content, noun = typed.example.content, NOUNS[typed.example.content]
    assert again.state is State.COMPLETED
    assert counts(typed, again) == Counts(found=FOUR, already_there=FOUR, changed=1)
    assert typed.there() == before == PLACES - Counter([(ONE.path, "c")]) + Counter([(ONE.path, "c, edited")])
    ((folder, item, reason),) = noted(typed, task)
    assert (folder, item.split(" ")[0]) == ("Box", "b")
    assert reason == "changed at the source since it was copied; the copy stays as it was"
    told = f"0 of 4 {noun}s copied, 4 were already there, 1 changed at the source since it was copied"
    assert outcome(again, content) == told
    assert told in all_text(card(shown(again)).blocks)
    assert sums(counts(typed, again), again.state) == (
        "4 found = 4 already there; 1 changed at the source since it was copied"
    )
    assert records.brief(again, held=False)["contents"][content.value]["changed"] == 1


def test_a_retry_counts_what_changed_since_it_was_copied_by_the_same_task(typed: Bench) -> None:
    """One that dies half-way, and goes on after its owner has changed what was copied."""
    for task in typed.deaths():     # noqa: B007  # the last one is used
        whole = [name for _, name in typed.there() if not name.startswith("(")]
        if whole:
            break
    typed.changes_at_the_source(whole[0])
    done = typed.run(task)

    assert counts(typed, done).copied == FOUR
    assert counts(typed, done).changed == len({whole[0]})
    assert typed.there() == PLACES


def test_what_was_removed_at_the_source_is_counted_by_folder_and_stays(typed: Bench) -> None:
    """Nothing is removed at the destination for that."""
    typed.run(typed.begin())
    typed.loses_at_the_source("a")
    typed.loses_at_the_source("c")
    task = typed.begin()
    again = typed.run(task)

    noun = typed.example.noun
    assert counts(typed, again) == Counts(found=FOUR - 2, already_there=FOUR - 2, removed_at_source=2)
    assert "2 removed at the source since they were copied" in outcome(again, typed.example.content)
    assert records.brief(again, held=False)["contents"][typed.example.content.value]["removed_at_source"] == 2
    assert noted(typed, task) == [
        ("Box", f"2 {noun}s", "removed at the source since; they were copied before, and the copies stay"),
    ]
    assert typed.there() == PLACES


def test_only_what_was_changed_since_the_copying_task_began_is_read_again(calendar: Bench) -> None:
    """Each item of a large calendar would cost as much to be read as to be copied."""
    source = calendar.left
    calendar.run(calendar.begin())
    calendar.changes_at_the_source("b")
    source.reads.clear()
    calendar.run(calendar.begin())

    assert source.reads == ["b"]


def dated(bench: Bench, **ago: timedelta) -> None:
    """When each series of the source was changed last, by how long ago that is."""
    for name, span in ago.items():
        bench.left.changes(name, partial(replace, modified=datetime.now(UTC) - span))      # type: ignore[attr-defined]  # of a calendar


def test_soon_after_the_copy_only_what_was_changed_since_is_read_again(calendar: Bench) -> None:
    """What was changed on the same day, before, was copied as it is now; but for what the newest leaves in doubt."""
    dated(calendar, a=timedelta(hours=2), b=timedelta(hours=1), c=timedelta(minutes=30), d=timedelta(minutes=1))
    source = calendar.left
    calendar.run(calendar.begin())
    source.reads.clear()
    calendar.run(calendar.begin())
    unchanged = list(source.reads)
    calendar.changes_at_the_source("b")
    source.reads.clear()
    again = calendar.run(calendar.begin())

    assert (unchanged, sorted(source.reads)) == (["d"], ["b", "d"])
    assert counts(calendar, again).changed == 1


def test_one_that_is_dated_to_come_hides_no_change_of_another(calendar: Bench) -> None:
    """Somebody's clock was wrong once."""
    dated(calendar, a=timedelta(hours=2), b=timedelta(hours=1), c=timedelta(days=-400), d=timedelta(minutes=30))
    calendar.run(calendar.begin())
    calendar.changes_at_the_source("b")
    again = calendar.run(calendar.begin())

    assert counts(calendar, again).changed == 1


def test_where_a_listing_tells_no_times_everything_is_read_again(calendar: Bench) -> None:
    """Whoever does not know must look."""
    source = calendar.left
    source.tells = False
    calendar.run(calendar.begin())
    calendar.changes_at_the_source("b")
    source.reads.clear()
    again = calendar.run(calendar.begin())

    assert sorted(source.reads) == ["a", "b", "c", "d"]
    assert counts(calendar, again).changed == 1


def test_what_was_copied_by_a_task_that_is_forgotten_is_read_again(calendar: Bench) -> None:
    """Nobody knows any more when that task began."""
    source = calendar.left
    first = calendar.begin()
    calendar.run(first)
    calendar.forgets(first)
    source.reads.clear()
    again = calendar.run(calendar.begin())

    assert sorted(source.reads) == ["a", "b", "c", "d"]
    assert counts(calendar, again) == Counts(found=FOUR, already_there=FOUR)


def test_an_item_that_cannot_be_read_again_is_named_and_is_no_failure(calendar: Bench) -> None:
    """It was copied; that nobody knows whether it changed since is good to know."""
    source = calendar.left
    calendar.run(calendar.begin())
    calendar.changes_at_the_source("b")
    source.refused.add("b")
    task = calendar.begin()
    again = calendar.run(task)

    assert again.state is State.COMPLETED
    assert counts(calendar, again) == Counts(found=FOUR, already_there=FOUR)
    ((folder, item, reason),) = noted(calendar, task)
    assert (folder, item.split(" ")[0]) == ("Box", "b")
    assert reason == (
        "copied before; it could not be read again, so nobody knows whether it changed at the source since: "
        "the source does not let this be read"
    )
