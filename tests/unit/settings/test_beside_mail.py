"""A task that moves mail and a setting: each is judged by what is known of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.errors import Cause
from engine.migration.back_words import line
from engine.migration.record import State
from tests.examples.toy_world import MERGED, OWNERS, ToyWorld, toy_world


@pytest.fixture
def at() -> Iterator[ToyWorld]:
    with toy_world(messages=["one", "two", "three"]) as made:
        yield made


def test_a_rollback_takes_back_both(at: ToyWorld) -> None:
    """Its sums are of messages and entries together; the preview tells them apart."""
    at.migrate()

    seen = at.preview()
    at.roll_back()

    assert (seen.items, seen.settings) == (5, 2)
    assert [line(content) for content in seen.contents] == ["Mail: 3 messages", "Out-of-office: as it was before"]
    assert at.record.rollback is not None
    assert (at.record.rollback.found, at.record.rollback.removed) == (5, 5)
    assert at.there == OWNERS
    assert at.at.box.items == {}


def test_a_setting_is_put_back_though_its_owner_has_removed_all_that_was_copied(at: ToyWorld) -> None:
    """The before-image in the mailbox says that it is the right one."""
    at.migrate()
    at.at.box.items.clear()

    seen = at.preview()
    at.roll_back()

    assert (seen.items, seen.settings) == (2, 2)
    assert (at.record.state, at.there, at.stashes) == (State.ROLLED_BACK, OWNERS, {})


def test_a_setting_that_looks_the_same_stands_for_no_mail(at: ToyWorld) -> None:
    """Where no message is recognised, and the mailbox keeps no before-image, its server may be showing another one."""
    at.migrate()
    at.at.box.items.clear()
    at.stashes.clear()

    at.roll_back()

    assert at.record.attention is not None
    assert at.record.attention.cause == Cause.NOTHING_FOUND
    assert at.record.state is State.COMPLETED
    assert at.there == MERGED


def test_mail_is_rolled_back_where_nobody_knows_what_a_setting_was(at: ToyWorld) -> None:
    """The setting stays and is named; the preview says so, and calls it no item with a mark."""
    at.migrate()
    at.store_lost()
    at.stashes.clear()

    seen = at.preview()
    at.roll_back()

    assert (seen.items, seen.settings, seen.lost, seen.apart) == (3, 0, 1, 0)
    assert at.record.state is State.ROLLED_BACK
    assert at.at.box.items == {}
    assert at.there == MERGED
