"""Messages keep our numbers, whatever numbers a session gives them."""

from __future__ import annotations

from engine.connectors.pop3.maildrop import MOST_WRONG, Maildrop, Snapshot


def snapshot(*keys: int) -> Snapshot:
    """A session that shows messages with those keys, numbered from 1."""
    seen = Snapshot()
    for number, key in enumerate(keys, start=1):
        seen.add(number, 100, key)
    return seen


def test_numbers_hold_over_sessions() -> None:
    """A message is found again after others have gone and come, and one that is gone is not found."""
    maildrop = Maildrop()
    first, second = snapshot(11, 22, 33), snapshot(33, 11, 44)

    assert list(maildrop.uids(first.keys)) == [1, 2, 3]
    assert [maildrop.place(first, uid) for uid in (1, 2, 3)] == [0, 1, 2]
    assert [maildrop.place(second, uid) for uid in (1, 2, 3)] == [1, None, 0]


def test_a_second_listing_knows_the_messages_of_the_first() -> None:
    """What is new gets the next number, what was there keeps its own."""
    maildrop = Maildrop()
    list(maildrop.uids(snapshot(11, 22).keys))

    assert list(maildrop.uids(snapshot(22, 33).keys)) == [2, 3]


def test_a_number_that_was_never_given() -> None:
    """It stands for no message."""
    maildrop = Maildrop()
    seen = snapshot(11)
    list(maildrop.uids(seen.keys))

    assert [maildrop.place(seen, uid) for uid in (0, 2, -1)] == [None, None, None]


def test_sizes_are_exact_until_shown_otherwise() -> None:
    """A few wrong sizes prove nothing; many, and few right ones, do."""
    maildrop = Maildrop()
    for _ in range(MOST_WRONG - 1):
        maildrop.size_was(right=False)
    assert maildrop.sizes_are_exact

    maildrop.size_was(right=False)

    assert not maildrop.sizes_are_exact


def test_a_few_wrong_sizes_among_many() -> None:
    """A maildrop with some broken messages is not distrusted as a whole."""
    maildrop = Maildrop()
    for number in range(3 * MOST_WRONG):
        maildrop.size_was(right=number % 3 > 0)

    assert maildrop.sizes_are_exact
