"""A setting is merged into the mailbox's own, and put back, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.migration.record import Counts, State
from tests.examples.toy_world import MERGED, OWNERS, ToyWorld, toy_world


@pytest.fixture
def at() -> Iterator[ToyWorld]:
    with toy_world() as made:
        yield made


def test_what_is_missing_is_added_and_what_the_mailbox_has_stays(at: ToyWorld) -> None:
    """Every entry of the source is counted once, and one that was not copied is named with its reason."""
    at.migrate()

    assert at.there == MERGED
    assert at.record.state is State.COMPLETED
    assert at.counts == Counts(found=4, copied=2, already_there=1, left_out=1)
    assert at.told() == [
        ("language", "left out", "the mailbox has one of its own by this name, which stays as it is")
    ]
