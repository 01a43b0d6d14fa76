"""What the engine keeps in a mailbox beside its items: read back whole, replaced, removed, and seen by nobody."""

from __future__ import annotations

import itertools

import pytest

from engine.errors import RetryableError
from tests.contract.destination.conftest import Side
from tests.servers.memory.destination import Fate

DATA = bytes(range(256))
_numbers = itertools.count(1)


@pytest.fixture
def name() -> str:
    return f"OMM.7K2F9QXD.kept_{next(_numbers)}"


def test_what_is_kept_is_read_back_until_it_is_removed(side: Side, name: str) -> None:
    """Another sign-in finds it too; removing it twice harms nobody."""
    assert side.destination.stashed(name) is None

    side.destination.stash(name, DATA)
    found = side.another().stashed(name)
    side.destination.unstash(name)
    side.destination.unstash(name)

    assert found == DATA
    assert side.destination.stashed(name) is None


def test_a_later_one_takes_the_place_of_the_former(side: Side, name: str) -> None:
    """There is one at a time under a name, and others stay."""
    side.destination.stash(name, b"first")
    side.destination.stash(f"{name}.other", b"other")

    side.destination.stash(name, b"second")

    assert side.destination.stashed(name) == b"second"
    assert side.destination.stashed(f"{name}.other") == b"other"


@pytest.mark.parametrize("fate", [Fate.BEFORE, Fate.AFTER, Fate.BUSY])
def test_one_without_an_answer_may_be_kept_once_more(side: Side, name: str, fate: Fate) -> None:
    """It says that it may be tried again, and then the data is there, whether it had arrived or not."""
    side.destination.stashed(name)
    side.next_meets(fate, "CreateUserConfiguration")
    if type(side).__name__ == "InMemory":
        side.next_meets(Fate.GOOD, "")      # it looks first

    with pytest.raises(RetryableError):
        side.destination.stash(name, DATA)
    side.destination.stash(name, DATA)

    assert side.destination.stashed(name) == DATA


def test_it_is_no_item_and_no_folder(side: Side, name: str) -> None:
    """No list of the mailbox shows it."""
    before = side.destination.folders()

    side.destination.stash(name, DATA)

    assert side.destination.folders() == before
