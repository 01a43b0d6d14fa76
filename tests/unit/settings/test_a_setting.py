"""A setting is merged into the mailbox's own, and a rollback puts back what was there before."""

from __future__ import annotations

from engine.migration.record import Counts, State
from engine.ports.settings import Entry
from engine.settings.image import Image, There
from tests.examples.toy_setting import TOY
from tests.examples.toy_world import MERGED, OWNERS, ToyWorld, when
from tests.histories.lives import meets
from tests.servers.memory.destination import Fate

STAYS = "the mailbox has one of its own by this name, which stays as it is"
CHANGED = "changed since the migration, so it stays"
LEFT_OUT = ("language", "left out", STAYS)


def test_what_is_missing_is_added_and_what_the_mailbox_has_stays(at: ToyWorld) -> None:
    """Every entry of the source is counted once, and one that was not copied is named with its reason."""
    at.migrate()

    assert at.there == MERGED
    assert at.record.state is State.COMPLETED
    assert at.counts == Counts(found=4, copied=2, already_there=1, left_out=1)
    assert at.told() == [LEFT_OUT]


def test_a_second_task_finds_everything_there(at: ToyWorld) -> None:
    """It writes nothing into the mailbox, so it keeps nothing there either."""
    at.migrate()
    kept = dict(at.stashes)
    at.again()

    at.migrate()

    assert at.there == MERGED
    assert at.counts == Counts(found=4, already_there=3, left_out=1)
    assert at.stashes == kept


def test_a_retry_brings_what_is_new_and_not_what_its_owner_removed(at: ToyWorld) -> None:
    """What was removed counts as copied, and as removed since. The rollback knows what each was at first."""
    at.migrate()
    del at.there["greeting"]
    at.source["size"] = "1,2"
    at.there["size"] = "2,3"
    at.retry()

    at.migrate()
    merged = dict(at.there)
    at.roll_back()

    assert merged == {key: value for key, value in MERGED.items() if key != "greeting"} | {"size": "2,3,1"}
    assert at.counts == Counts(found=5, copied=3, already_there=1, left_out=1, removed=1)
    assert at.there == {**OWNERS, "size": "2,3"}


def test_a_rollback_says_what_it_will_do_and_then_does_it(at: ToyWorld) -> None:
    """What was added is gone, what was changed is as before, and nothing of ours stays in the mailbox or the store."""
    at.migrate()
    assert len(at.stashes) == 1

    seen = at.preview()
    at.roll_back()

    assert (seen.items, seen.settings, seen.kept) == (2, 2, 0)
    assert at.there == OWNERS
    assert at.record.state is State.ROLLED_BACK
    assert at.record.rollback is not None
    assert (at.record.rollback.found, at.record.rollback.removed) == (2, 2)
    assert (at.stashes, at.images()) == ({}, [])


def test_what_its_owner_changed_since_stays_and_is_named(at: ToyWorld) -> None:
    """The rest is put back."""
    at.migrate()
    at.there["greeting"] = "good evening"

    seen = at.preview()
    at.roll_back()

    assert (seen.items, seen.kept) == (1, 1)
    assert at.there == {**OWNERS, "greeting": "good evening"}
    assert ("greeting", "kept", CHANGED) in at.told()


def test_changes_are_discarded_where_their_owner_says_so(at: ToyWorld) -> None:
    """The setting is as before the migration."""
    at.migrate()
    at.there["colours"] = "none"

    at.roll_back(discard=True)

    assert at.there == OWNERS


def test_what_its_owner_put_back_already_is_left_alone(at: ToyWorld) -> None:
    """The rollback has nothing to do, and no wrong is seen in that."""
    at.migrate()
    at.there.clear()
    at.there.update(OWNERS)

    seen = at.preview()
    at.roll_back()

    assert (seen.items, seen.kept) == (0, 0)
    assert at.there == OWNERS
    assert at.record.state is State.ROLLED_BACK


def test_a_lost_store_is_made_up_for_by_the_mailbox(at: ToyWorld) -> None:
    """The rollback puts back what the mailbox's own copy says."""
    at.migrate()
    at.store_lost()

    at.roll_back()

    assert at.there == OWNERS
    assert at.stashes == {}


def test_where_both_copies_are_lost_nothing_is_guessed(at: ToyWorld) -> None:
    """The settings stay as they are, and the report says why."""
    at.migrate()
    at.store_lost()
    at.stashes.clear()

    at.roll_back()

    assert at.there == MERGED
    assert at.told()[-1] == (
        "(everything that was copied)", "kept", "what it was before is not known any more, so it stays as it is"
    )


def test_a_copy_under_a_lost_key_is_said_and_not_written_over(at: ToyWorld) -> None:
    """Nothing is changed as long as nobody can know what was there before."""
    at.migrate()
    at.store_lost()
    (name,) = at.stashes
    at.stashes[name] = b"gAAAAA of another key"
    at.retry()

    at.migrate()

    assert at.record.attention is not None
    assert "Add that key to OMM_SECRET_KEYS" in at.record.attention.words
    assert at.stashes[name] == b"gAAAAA of another key"
    assert at.there == MERGED


def test_a_rollback_goes_on_without_what_cannot_be_read(at: ToyWorld) -> None:
    """The settings stay as they are; the report says which key would tell what they were."""
    at.migrate()
    at.store_lost()
    (name,) = at.stashes
    at.stashes[name] = b"gAAAAA of another key"

    seen = at.preview()
    at.roll_back()

    assert (seen.items, seen.lost) == (0, 1)
    assert at.there == MERGED
    assert at.record.state is State.ROLLED_BACK
    assert "Add that key to OMM_SECRET_KEYS" in at.told()[-1][2]


def test_an_entry_that_the_mailbox_writes_in_its_own_way_is_still_ours(at: ToyWorld) -> None:
    """What is ours is what the mailbox shows after it was written: nobody has changed it."""
    at.at.box.settings[TOY.content.value] = at.there = Trimmed(at.there)
    at.source["greeting"] = "  hello  "

    at.migrate()
    merged = dict(at.there)
    at.roll_back()

    assert merged == MERGED
    assert dict(at.there) == OWNERS


def test_what_was_there_first_is_not_taken_from_a_later_look() -> None:
    """An entry that is sent once more keeps what it was before it was sent for the first time."""
    first, ours, later = Entry("a", "A", "1"), Entry("a", "A", "2"), Entry("a", "A", "3")
    image = Image("7K2F-9QXD", TOY.content).planned([ours], There.of([first])).planned([later], There.of([ours]))

    assert [(change.before, change.ours) for change in image.changes] == [(first, later)]


class Trimmed(dict[str, str]):
    """A setting whose values lose their blanks when they are written."""

    def __setitem__(self, key: str, value: str) -> None:
        super().__setitem__(key, value.strip())


def test_nothing_is_changed_where_the_mailbox_keeps_no_copy(at: ToyWorld) -> None:
    """Each entry is named as failed, with the reason."""
    at.migrate(events=[when("stash", meets(Fate.ODD, of_items=False))])

    assert at.there == OWNERS
    assert at.counts == Counts(found=4, already_there=1, failed=2, left_out=1)
    assert at.told()[0][:2] == ("greeting", "failed")
    assert "does not keep what it was before" in at.told()[0][2]


def test_an_entry_that_is_refused_is_named_and_the_others_come(at: ToyWorld) -> None:
    """A request that is refused as a whole is sent in parts."""
    both_the_look_and_one = (Fate.ODD, Fate.GOOD, Fate.ODD)

    at.migrate(events=[when("apply", meets(*both_the_look_and_one, of_items=False))])

    assert at.there == {**OWNERS, "colours": MERGED["colours"]}
    assert at.counts == Counts(found=4, copied=1, already_there=1, failed=1, left_out=1)
    assert at.told()[0] == ("greeting", "failed", "the destination refused it (ErrorOdd)")


def test_nobody_waits_for_what_was_refused(at: ToyWorld) -> None:
    """It was answered, so nothing of it can still arrive."""
    del at.source["colours"]

    at.migrate(events=[when("apply", meets(Fate.ODD, of_items=False))])

    assert at.counts == Counts(found=3, already_there=1, failed=1, left_out=1)
    assert at.at.engine().store.opened(at.task) == {}


def test_what_is_kept_can_be_read_by_nobody_else(at: ToyWorld) -> None:
    """Neither the mailbox's copy nor the store shows a name or a value."""
    at.migrate()
    hashes = [at.at.redis.hgetall(key) for key in at.images() if b":image:" in key]
    kept = b" ".join([*at.stashes.values(), *(part for one in hashes for pair in one.items() for part in pair)])

    assert len(hashes) == 1
    assert all(word not in kept for word in (b"colours", b"blue", b"hello", b"greeting"))
