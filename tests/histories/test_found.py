"""Histories that once ended badly, each as short as it can be."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from engine.migration.content import Content
from engine.migration.forwards import migrate
from engine.migration.record import State
from engine.ports.source import SourceFolder
from tests.histories.lives import Event, meets
from tests.histories.test_histories import Histories
from tests.histories.world import LARGE, world
from tests.servers.memory.destination import Fate
from tests.servers.memory.source import MemorySource, mail


@pytest.mark.parametrize("at", [25, 26, 27, 28])
def test_a_message_thrown_away_while_a_rollback_looks_is_found_where_it_went(at: int) -> None:
    """The folder that it leaves may be read after the one that it goes to: the look then begins once more."""
    history = Histories()
    history.starts(
        draw=5, accounts=1, grace=5.0, mailbox=0, front=0, page=512, refuses=False, back=False,
    )
    history.works(0, 5)

    history.rolls_back_somehow(0, 5, [(at, "throws_away", 3)])

    (task,) = history.tasks
    rollback = history.world.record(task).rollback
    assert history.world.record(task).state is State.ROLLED_BACK
    assert rollback is not None
    assert rollback.removed + rollback.kept == rollback.found == 12     # a draft that was thrown away was changed
    history.teardown()


@pytest.mark.parametrize("folders", [1, 2])
def test_what_was_sent_and_looked_for_stands_for_no_other_copy_of_the_same_message(folders: int) -> None:
    """After lost answers tags are read in the middle of a run; the second copy of a message is still sent."""
    inbox, other = SourceFolder(("INBOX",), "INBOX"), SourceFolder(("Other",), "Other")
    letters = [replace(mail(f"letter {n}."), size=LARGE) for n in range(30)]
    second = list(map(replace, letters))
    kept = {inbox: [*letters, *second]} if folders == 1 else {inbox: letters, other: second}
    with world([MemorySource(kept)], seed=3) as at:
        task = at.begin(0)
        at.now_done(
            "works", task, lambda engine, halt: migrate(engine, task, halt=halt), seed=3,
            events=[Event(10, meets(*[Fate.AFTER] * 10, of_items=True))],
        )
        counts = at.record(task).step(Content.MAIL).counts
        there = Counter(item.subject for item in at.box.items.values())

    assert at.record(task).state is State.COMPLETED
    assert counts.copied == 60
    assert set(there.values()) == {2}
    assert len(there) == 30


def test_what_comes_into_a_folder_while_its_numbers_change_may_have_been_copied_before() -> None:
    """One account's mail is taken in by another, in the middle of the second one's migration."""
    inbox = SourceFolder(("INBOX",), "INBOX")
    first, second = MemorySource({inbox: [mail("one."), mail("two.")]}), MemorySource({inbox: [mail("three.")]})
    with world([first, second], seed=3) as at:
        before, task = at.begin(0), at.begin(1)

        def taken_in(_uids: object) -> None:
            second.before_read = lambda _uids: None
            second.renumber(inbox)
            second.folders[inbox] += first.folders[inbox]

        second.before_read = taken_in
        for each in (before, task):
            at.now_done("works", each, lambda engine, halt, each=each: migrate(engine, each, halt=halt), seed=3)
        there = Counter(item.subject for item in at.box.items.values())
        counts = at.record(task).step(Content.MAIL).counts

    assert there == Counter({"one.": 1, "two.": 1, "three.": 1})
    assert (counts.found, counts.copied, counts.already_there) == (3, 1, 2)


def test_a_request_that_was_long_under_way_may_arrive_a_whole_grace_after_it_was_given_up() -> None:
    """Its answer is lost, its task is paused, and another task from the same source works in the next moment."""
    history = Histories()
    history.starts(
        draw=5812, accounts=1, grace=5.0, mailbox=0, front=0, page=512, refuses=False, back=False,
    )
    history.goes_unanswered_and_another_works(which=0, draw=0, at=1, fate="LATE", goes="pause")
    history.teardown()


def test_a_rollback_that_died_before_its_first_removal_goes_on_whatever_its_owner_did_meanwhile() -> None:
    """What it had recognised, they moved by IMAP, which makes it anew: nobody can say whose that is, and it stays."""
    history = Histories()
    history.starts(draw=4225, accounts=1, grace=5.0, mailbox=0, front=0, page=512, refuses=False, back=False)
    history.works_and_is_asked(ask="cancel", at=19, draw=0, happens=[(59, "told to go", 0)], which=0)
    history.rolls_back_and_dies(at=28, draw=0, happens=[], which=0)
    (task,) = history.tasks
    assert history.world.record(task).state is State.ROLLING_BACK
    history.later_the_owner(draw=0, name="moves_by_imap")
    history.teardown()

    assert history.world.record(task).state is State.ROLLED_BACK
