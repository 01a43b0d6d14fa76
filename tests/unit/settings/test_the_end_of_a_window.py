"""What is kept of a setting goes when no rollback can need it any more, and not before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.errors import Side
from engine.migration.record import Migration, State
from engine.migration.steering import forget
from engine.settings.ending import end_windows, purge_images
from engine.store.store import Store
from tests.examples.toy_world import OWNERS, ToyWorld, when
from tests.histories.lives import Event, meets
from tests.histories.world import Work
from tests.servers.memory.destination import Fate

SECONDS = 3600


def sweep(at: ToyWorld, **how: list[Event]) -> Work:
    return at.work("sweeps", lambda engine, _halt: end_windows(engine), **how)


def pass_hours(at: ToyWorld, hours: float) -> None:
    """Whatever was waited for in the meantime is over."""
    for _ in range(10):     # at most a day at once
        at.at.at.pass_time(hours * SECONDS / 10)


def test_both_copies_stay_as_long_as_it_can_be_rolled_back(at: ToyWorld) -> None:
    """A sweep in the middle of the window changes nothing."""
    at.migrate()
    kept, images = dict(at.stashes), at.images()
    pass_hours(at, 45)

    sweep(at)

    assert at.stashes == kept
    assert at.images() == images


def test_the_mailboxs_copy_goes_before_the_password_does(at: ToyWorld) -> None:
    """A rollback in the last two hours still knows what was there, from the store."""
    at.migrate()
    pass_hours(at, 46.5)

    sweep(at)
    gone, second = dict(at.stashes), sweep(at)
    at.roll_back()

    assert gone == {}
    assert "probe" not in second.life.asked     # nobody signs in once more for nothing
    assert at.there == OWNERS


def test_a_mailbox_that_is_away_is_asked_again(at: ToyWorld) -> None:
    """An hour later its copy is removed."""
    at.migrate()
    pass_hours(at, 46.2)
    sweep(at, events=[Event(1, meets(*[Fate.BEFORE] * 3, of_items=False))])
    kept = dict(at.stashes)
    pass_hours(at, 1)

    sweep(at)

    assert len(kept) == 1
    assert at.stashes == {}


def test_the_stores_copy_goes_with_the_window(at: ToyWorld) -> None:
    """Any program that starts removes it, as it does with passwords."""
    at.migrate()
    pass_hours(at, 48.1)

    at.work("starts", lambda engine, _halt: purge_images(engine))

    assert at.images() == []


def test_a_task_that_is_taken_up_at_this_very_moment_keeps_its_copy(at: ToyWorld) -> None:
    """What is removed is decided once more when nobody else can change the record."""
    at.migrate()
    pass_hours(at, 48.1)
    before, images = at.record, at.images()
    at.retry()

    at.work("starts", lambda engine, _halt: purge_images(replace(engine, store=Late(engine.store, before))))

    assert at.images() == images


class Late:
    """A store whose first record is told as it was a moment ago."""

    def __init__(self, store: Store, before: Migration) -> None:
        self._store, self._before = store, [before]

    def load(self, task_id: str) -> Migration:
        return self._before.pop() if self._before else self._store.load(task_id)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.mark.parametrize("state", ["retried", "rolling back"])
def test_a_task_that_is_taken_up_again_keeps_its_copies(at: ToyWorld, state: str) -> None:
    """However long it stands in line, its rollback needs to know what was there at first."""
    at.migrate()
    if state == "retried":
        at.retry()
    else:
        at.roll_back(events=[when("restore", meets(Fate.FULL, of_items=False))])
        assert at.record.state is State.ROLLBACK_STOPPED
    pass_hours(at, 99)
    sweep(at)

    at.at.give_passwords(at.task)
    if state == "retried":
        at.migrate()
    at.roll_back()

    assert at.record.state is State.ROLLED_BACK
    assert at.there == OWNERS


def test_a_task_that_is_forgotten_leaves_nothing_in_the_store(at: ToyWorld) -> None:
    """The mailbox's own copy stays, as docs/operate.md says."""
    at.migrate()

    at.work("forgets", lambda engine, _halt: forget(engine, at.task))

    assert at.images() == []
    assert at.at.engine().vault.has(at.task, Side.DESTINATION) is False
