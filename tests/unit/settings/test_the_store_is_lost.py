"""The store is lost: what a migration left in the mailbox itself says what it was, and it is rolled back by that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.errors import Cause, FatalError, InputError, OmmError, UnreadableError
from engine.migration.forwards import migrate
from engine.migration.record import Migration, Reason, State
from engine.migration.renamed import OtherMailboxError
from engine.migration.steering import resume
from engine.migration.taking_up import is_unbounded, take_up
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from engine.ports.source import Role, SourceFolder
from engine.settings.ending import end_windows
from engine.settings.keeping import stash_name
from engine.settings.stash import Stash
from engine.store.key_file import ADD_TO
from engine.store.keys import secret_keys
from engine.store.store import Store
from tests.examples.toy_setting import TOY
from tests.examples.toy_world import GRACE, OWNERS, ToyWorld, toy_world, when
from tests.histories import world as worlds
from tests.histories.lives import Event, killed
from tests.servers.memory.source import mail

OTHERS = secret_keys({"OMM_SECRET_KEYS": "OTg3NjU0MzIxMGFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}, Path("/nonexistent"))
LETTERS = ["one", "two", "three"]


@pytest.fixture
def at() -> Iterator[ToyWorld]:
    """A folder of the owner's own moves too, so that there is one to be removed."""
    with toy_world(messages=LETTERS) as made:
        made.at.sources[0].folders[SourceFolder(("Box",), "Box")] = [mail("boxed")]
        yield made


def subjects(at: ToyWorld) -> list[str]:
    return sorted(item.subject for item in at.at.box.items.values())


def seen(at: ToyWorld) -> Any:
    """All that the mailbox holds."""
    return subjects(at), dict(at.there), dict(at.stashes)


def resealed(at: ToyWorld, change: Callable[[Stash], Stash]) -> None:
    """What lies in the mailbox is another than it was."""
    images, name = at.at.engine().store.images, stash_name(at.task, TOY.content)
    at.stashes[name] = images.seal(change(images.unseal(at.stashes[name], at.task, TOY.content)))


def test_a_migration_is_rolled_back_of_which_the_store_knows_nothing(at: ToyWorld) -> None:
    """Items, folders and settings go as with a record; a record is there afterwards, and a second rollback is idle."""
    at.at.box.make(at.at.box.top, "the owner's own", by="owner")
    at.migrate()
    before = at.record
    at.all_lost()

    at.take_up()
    taken, images, known = at.record, at.images(), at.at.engine().store.of_mailbox("mailbox")
    preview, worked, second = at.preview(), at.roll_back(), at.roll_back()

    assert (taken.state, taken.request, taken.steps) == (State.COMPLETED, before.request, before.steps)
    assert [task.task_id for task in known] == [at.task]
    assert len(images) == 2
    assert (preview.items, preview.settings, preview.kept, preview.apart, preview.folders) == (6, 2, 0, 0, 1)
    assert isinstance(worked.value, Migration), worked.error
    assert worked.value.rollback is not None
    assert (worked.value.rollback.found, worked.value.rollback.removed) == (6, 6)
    assert seen(at) == (["the owner's own"], OWNERS, {})
    assert not any(room.tag for room in at.at.box.rooms.values())
    assert "probe" not in second.life.asked
    assert at.images() == []
    assert [(line.outcome, line.item) for line in at.report.failures] == [(Reason.NOTED, "(the migration itself)")]
    assert not is_unbounded(at.at.engine(), at.task)


def test_what_its_owner_changed_stays_and_is_named(at: ToyWorld) -> None:
    """Copies that the owner made after the migration had ended, too."""
    at.migrate()
    at.there["greeting"] = "good evening"
    at.at.at.pass_time(600)
    item = next(iter(at.at.box.items.values()))
    at.at.box.copy(item.id, at.at.box.standard(Role.SENT), by="owner")
    at.all_lost()

    at.take_up()
    at.roll_back()

    assert subjects(at) == [item.subject]
    assert dict(at.there) == {**OWNERS, "greeting": "good evening"}
    kept = {line.item: line.reason for line in at.report.failures if line.outcome is Reason.KEPT}
    assert any(item.subject in name and "copy of a migrated message" in why for name, why in kept.items())
    assert kept["greeting"] == "changed since the migration, so it stays"


@pytest.mark.parametrize("again", [False, True])
def test_one_that_was_killed_has_no_end(at: ToyWorld, again: bool) -> None:
    """All with its mark counts that was created since it began, once nothing can arrive any more; this is said.

    A migration that had ended, and was begun `again`, has no end either.
    """
    if again:
        at.migrate()
        source = at.at.sources[0]
        next(iter(source.folders.values())).append(mail("four"))
        at.retry()
    at.migrate(events=[when("create" if again else "apply", killed, after=3)])
    at.all_lost()

    at.take_up()
    taken, unbounded, before = at.record, is_unbounded(at.at.engine(), at.task), at.at.at.now
    report = at.report.failures
    at.roll_back()

    assert (taken.state, unbounded) == (State.NEEDS_ATTENTION, True)
    assert taken.attention is not None
    assert taken.attention.cause == Cause.STORE
    assert "nobody knows when it stopped" in report[0].reason
    assert at.record.state is State.ROLLED_BACK
    assert at.at.at.now >= before + GRACE
    assert seen(at) == ([], OWNERS, {})


def test_the_rollback_window_ends_as_with_a_record(at: ToyWorld) -> None:
    """Two days after the migration has ended, by what the mailbox says of its end."""
    at.migrate()
    pass_hours(at, 50)
    before = seen(at)
    at.all_lost()

    at.take_up()
    late = at.roll_back()

    assert isinstance(late.error, InputError)
    assert "ended more than 48 hours ago" in str(late.error)
    assert seen(at) == before


def test_one_without_an_end_waits_for_its_owner_for_days(at: ToyWorld) -> None:
    """Its password is kept meanwhile, as with any task that stands still."""
    at.migrate(events=[when("apply", killed, after=3)])
    at.all_lost()
    at.take_up()
    pass_hours(at, 72)

    at.roll_back()

    assert seen(at) == ([], OWNERS, {})


def test_one_that_was_taken_up_can_go_on(at: ToyWorld) -> None:
    """It comes to its end, which the mailbox knows then, if the store is lost once more."""
    at.migrate(events=[when("apply", killed, after=3)])
    at.all_lost()
    at.take_up()
    at.at.give_passwords(at.task)
    at.work("resumes", lambda engine, _halt: resume(engine, at.task))

    at.migrate()
    ended, unbounded = at.record, is_unbounded(at.at.engine(), at.task)
    at.all_lost()
    at.take_up()
    again = at.record
    at.roll_back()

    assert (ended.state, again.state, unbounded) == (State.COMPLETED, State.COMPLETED, False)
    assert ended.step(TOY.content).counts == again.step(TOY.content).counts
    assert seen(at) == ([], OWNERS, {})


def test_what_the_mailbox_keeps_goes_before_the_password_does(at: ToyWorld) -> None:
    """Of a task that was taken up and not rolled back, too."""
    at.migrate()
    at.all_lost()
    at.take_up()
    pass_hours(at, 46.5)

    at.work("sweeps", lambda engine, _halt: end_windows(engine))

    assert at.stashes == {}


def pass_hours(at: ToyWorld, hours: float) -> None:
    """Whatever was waited for in the meantime is over."""
    for _ in range(10):     # at most a day at once
        at.at.at.pass_time(hours * 360)


# Stashes that are of no use


def other_key(engine: Engine) -> Engine:
    """The engine of somebody who has lost the keys."""
    return replace(engine, store=Store(engine.store._redis.redis, keys=OTHERS, clock=engine.clock))


def newer(stash: Stash) -> Stash:
    return replace(stash, record=stash.record.replace('"v":4', '"v":99'))


def another_mailbox(stash: Stash) -> Stash:
    return replace(stash, record=stash.record.replace('"mailbox":"mailbox"', '"mailbox":"another"'))


@pytest.mark.parametrize(("happens", "kind", "said"), [
    (lambda at: at.stashes.clear(), InputError, "nothing about migration 0000-0001, and neither has the mailbox"),
    (lambda at: resealed(at, lambda stash: replace(stash, task_id="0000-0009")), FatalError, "another migration"),
    (lambda at: resealed(at, another_mailbox), OtherMailboxError, "another mailbox"),
    (lambda at: resealed(at, newer), UnreadableError, "newer release"),
    (lambda at: resealed(at, lambda stash: replace(stash, record="")), InputError, "older release"),
], ids=["nothing there", "another task's", "another mailbox", "a newer release", "an older release"])
def test_what_is_of_no_use_is_said_and_nothing_changes(
    at: ToyWorld, happens: Callable[[ToyWorld], None], kind: type[OmmError], said: str,
) -> None:
    """Neither in the mailbox nor in the store, and no password stays."""
    at.migrate()
    happens(at)
    before = seen(at)
    at.all_lost()

    work = at.take_up()

    assert isinstance(work.error, kind)
    assert said in str(work.error)
    assert seen(at) == before
    assert [key for key in at.at.redis.scan_iter() if at.task.encode() in key] == []


def test_keys_that_are_lost_are_said_and_nothing_changes(at: ToyWorld) -> None:
    """With the keys back, it goes."""
    at.migrate()
    before = seen(at)
    at.all_lost()

    lost = at.work("takes up", lambda engine, halt: taken_up(other_key(engine), at, halt))
    unchanged = seen(at)
    at.take_up()
    at.roll_back()

    assert isinstance(lost.error, FatalError)
    assert f"Add that key to {ADD_TO}. Nothing was changed." in str(lost.error)
    assert unchanged == before
    assert seen(at) == ([], OWNERS, {})


def taken_up(engine: Engine, at: ToyWorld, halt: Halt) -> Migration:
    return take_up(engine, at.task, at.at.mailbox, password="-", halt=halt)


# Deaths, and what goes on


def test_a_rollback_that_was_begun_without_a_record_can_be_killed_and_begun_again() -> None:
    """At whatever it asks of the mailbox or the store: the end is the same, and all is counted once."""
    for part, numbers in {"take_up": range(8, 32), "roll_back": [*range(7, 81, 9), 46, 47, 48, 90]}.items():
        for number in numbers:
            with toy_world(messages=LETTERS) as at:
                at.migrate()
                at.all_lost()
                events = [Event(number, killed)]
                first = at.take_up(events=events if part == "take_up" else ())
                if part == "roll_back":
                    first = at.roll_back(events=events)
                dead = first.killed
                at.expire_leases()

                at.take_up()
                at.roll_back()

                assert seen(at) == ([], OWNERS, {}), (part, number)
                assert at.record.state is State.ROLLED_BACK
                assert at.record.rollback is not None
                assert (at.record.rollback.found, at.record.rollback.removed) == (5, 5), (part, number)
                assert len(at.report.failures) == 1
        assert not dead, "it dies at each of its calls"


def test_a_task_without_a_setting_asks_for_nothing_more() -> None:
    """It leaves nothing in the mailbox, so nobody but the store knows of it."""
    with toy_world(messages=LETTERS) as at:
        at.at.contents = worlds.contents(worlds.MAIL)
        at.again()

        asked = at.migrate().life.asked

        assert at.record.state is State.COMPLETED
        assert not {"stash", "stashed"} & set(asked)


@pytest.mark.parametrize("keys_too", [False, True])
def test_a_second_run_after_the_store_was_lost_doubles_nothing(at: ToyWorld, keys_too: bool) -> None:
    """Neither a message nor an entry of a setting, and what the owner removed does not hinder it."""
    at.migrate()
    before = seen(at)
    at.all_lost()
    at.again()

    def works(engine: Engine, halt: Halt) -> Migration:
        made = other_key(engine) if keys_too else engine
        return migrate(made, at.task, halt=halt)

    at.work("works", works)

    assert seen(at) == before
    assert at.record.state is State.COMPLETED
    assert (at.counts.copied, at.counts.already_there) == (0, 3)


def test_one_that_goes_on_without_its_keys_changes_nothing(at: ToyWorld) -> None:
    """What the mailbox was before cannot be read, so the task stops and says so."""
    at.migrate(events=[when("apply", killed, after=3)])
    at.expire_leases()
    before = seen(at)

    at.work("works", lambda engine, halt: migrate(other_key(engine), at.task, halt=halt))

    assert seen(at) == before
    assert at.record.state is State.NEEDS_ATTENTION
    assert at.record.attention is not None
    assert "OMM_SECRET_KEYS" in at.record.attention.words
