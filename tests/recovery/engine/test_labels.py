"""Messages with labels: folders show them, another folder holds them, and labels change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.items.report.lines import RELABELLED
from engine.items.tags import parse_tag
from engine.migration.record import Migration, Reason, State
from engine.migration.request import Choice
from engine.ports.source import SourceFolder
from tests.servers.gmail.labelled_source import LabelledSource
from tests.servers.memory.source import MemorySource, mail
from tests.servers.processes.mortal import as_of, moments_of
from tests.servers.world import World, world

CLIENTS = {f"client {n}": ("Clients", "Paid") for n in range(60)}
ATLAS = {f"atlas {n}": ("Clients/Atlas",) for n in range(40)}
SOME = {f"in {n}": ("Inbox",) for n in range(20)}


@pytest.fixture
def labelled() -> LabelledSource:
    return LabelledSource({**CLIENTS, **ATLAS, **SOME}, empty=["Some day"])


@pytest.fixture
def at(tmp_path: Path, labelled: LabelledSource) -> Iterator[World]:
    sources = {"old": labelled, "other": LabelledSource({"another's": ("Clients",)}),
               "plain": MemorySource({SourceFolder(("Box",), "Box"): [mail("plain")]})}
    with world(tmp_path, sources) as built:
        yield built


def relabelled(source: LabelledSource) -> None:
    """50 messages get other labels, 20 of which have them be in other folders; 20 are new."""
    source.label({f"client {n}": ("Clients", "Unpaid") for n in range(30)})
    source.label({f"client {n}": ("Clients/Atlas", "Paid") for n in range(30, 40)})
    source.label({f"atlas {n}": ("Done",) for n in range(10)})
    source.label({f"new {n}": ("Clients",) for n in range(20)})


def named(at: World, task: Migration, reason: str = RELABELLED) -> set[str]:
    """The subjects of messages that the report names for that reason."""
    report = at.engine.store.reported(task.task_id)
    return {f.item.partition(" (")[0] for f in report.failures if f.outcome is Reason.NOTED and reason in f.reason}


def choosing(at: World, *choices: Choice, login: str = "old") -> Migration:
    """Runs a migration with those choices."""
    request = replace(at.request(login), choices=choices)
    return at.run(at.begin_with(request).task_id)


def test_what_was_relabelled_is_named_and_stays_what_is_new_is_copied(at: World, labelled: LabelledSource) -> None:
    """Nothing is read to find that out, and a rollback of both leaves the mailbox as it was."""
    empty = at.emulator.dump()
    first = at.migrate()
    before, read = at.subjects(), labelled.reads
    relabelled(labelled)

    again = at.migrate()

    counts = at.counts(again)
    assert (counts.found, counts.copied, counts.already_there, counts.changed, counts.moved) == (140, 20, 120, 50, 0)
    assert at.subjects() == sorted([*before, *((("Clients",), f"new {n}") for n in range(20))])
    assert labelled.reads - read == 20
    assert named(at, again) == {f"client {n}" for n in range(40)} | {f"atlas {n}" for n in range(10)}
    assert named(at, again, "moved here") == set()
    for task in (again, first):
        assert at.roll_back(task.task_id).state is State.ROLLED_BACK
    assert at.emulator.dump() == empty


def test_what_the_labels_were_is_in_the_tag_and_folders_have_their_own(at: World) -> None:
    """All items name the one folder that holds them; a folder's tag names its label, so that it is found when moved."""
    at.migrate()

    tags = [parse_tag(tag) for message in at.messages() for tag in message.extended.values() if isinstance(tag, str)]
    found = [tag for tag in tags if tag is not None and tag.key]
    assert len(found) == 120
    assert len({tag.folder for tag in found}) == 1
    assert {(len(tag.theirs), tag.ours) for tag in found} == {(12, "")}


def test_a_message_thrown_away_at_the_source_has_moved(at: World, labelled: LabelledSource) -> None:
    """It is in the folder that holds what was thrown away; its line does not say a word twice."""
    at.migrate()
    labelled.label({"in 3": ("Trash",)})

    again = at.migrate()

    assert (at.counts(again).copied, at.counts(again).already_there) == (0, 120)
    assert named(at, again) == set()
    assert named(at, again, "moved here from another folder") == {"1 message"}


def test_what_is_thrown_away_while_a_label_cannot_be_listed_does_not_come_twice(
    at: World, labelled: LabelledSource
) -> None:
    """A message with labels is in one folder alone: what is in the bin is not in the label that cannot be listed."""
    at.migrate()
    labelled.label({"in 3": ("Trash",)})
    labelled.refuse("Clients/Atlas")

    again = at.migrate()

    assert (at.counts(again).copied, at.counts(again).already_there) == (0, 80)
    assert at.counts(again).failed == 1


def test_killed_at_each_request_nothing_comes_twice(tmp_path: Path) -> None:
    """And what was relabelled is named by the visit that comes to the end."""
    source = LabelledSource({f"m {n}": ("Work", "A") if n % 2 else ("Home",) for n in range(6)})
    with world(tmp_path, {"old": source}) as at:
        at.migrate()
        source.label({"m 1": ("Home",), "m 3": ("Work",), "new 1": ("Work",), "new 2": ("Later",)})
        task = at.begin().task_id
        moments = moments_of(at, lambda process: process.run(task), lambda number: Fault(
            operation="*", nth=number, when="after", action="hold", name=f"request {number}"), at.emulator)
        assert len(moments) > 1
        for moment in moments:
            left = as_of(at, moment)
            done = left.run(task)

            assert done.state is State.COMPLETED
            assert sorted(m.subject for m in left.messages()) == [*(f"m {n}" for n in range(6)), "new 1", "new 2"]
            assert named(left, done) == {"m 1", "m 3"}


def test_a_tag_without_labels_is_compared_with_nothing(at: World, labelled: LabelledSource) -> None:
    """As mail has them that was copied by another way, or before labels were noted."""
    labelled.label({"in 3": ("Inbox", "Work")})
    for folder, kept in labelled.folders.items():
        labelled.folders[folder] = [replace(each, theirs="") for each in kept]
    at.migrate()
    relabelled(labelled)

    again = at.migrate()

    assert (at.counts(again).copied, at.counts(again).changed) == (20, 0)


@pytest.mark.parametrize("before", [(), (Choice.COPIES,)])
def test_the_other_choice_about_labels_is_refused_before_anything_is_written(
    at: World, labelled: LabelledSource, before: tuple[Choice, ...]
) -> None:
    """It would copy everything once more. After a rollback, or from another account, it is nobody's business."""
    other = () if before else (Choice.COPIES,)
    first = choosing(at, *before)
    there = at.emulator.dump()

    refused = choosing(at, *other)

    assert refused.state is State.FAILED
    assert refused.attention is not None
    assert "one copy for each of its labels" in refused.attention.words
    assert f"roll back migration {first.task_id} first" in refused.attention.words
    assert at.emulator.dump() == there
    assert choosing(at, *other, login="other").state is State.COMPLETED
    assert at.roll_back(first.task_id).state is State.ROLLED_BACK
    labelled.label({})      # as it is opened anew, in a process of its own
    assert at.counts(choosing(at, *other)).copied == (180 if other else 120)


@pytest.mark.parametrize("before", [(), (Choice.COPIES,)])
def test_the_other_choice_about_labels_after_the_first_migration_is_forgotten(
    at: World, before: tuple[Choice, ...]
) -> None:
    """What lies in the mailbox tells that each message was copied once. One of several copies is known again."""
    first = choosing(at, *before)
    there = at.subjects()
    at.engine.store.forget(first.task_id)

    again = choosing(at, *(() if before else (Choice.COPIES,)))

    assert at.subjects() == there
    assert again.state is (State.COMPLETED if before else State.FAILED)
    assert before or (again.attention is not None and "Choose as before" in again.attention.words)


def test_a_source_without_labels_does_not_mind(at: World) -> None:
    """The choice is about something that it does not have."""
    assert choosing(at, Choice.COPIES, login="plain").state is State.COMPLETED
    assert at.counts(choosing(at, login="plain")).already_there == 1


def test_copies_are_made_a_label_and_known_again(at: World) -> None:
    """Each in the folder of its label, once."""
    choosing(at, Choice.COPIES)
    again = choosing(at, Choice.COPIES)

    assert at.counts(again).copied == 0
    folders = [message.folder for message in at.messages() if message.subject == "client 7"]
    assert sorted(folders) == [("Clients",), ("Paid",)]
