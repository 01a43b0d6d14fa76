"""The compact set of 64-bit keys, against Python's own."""

import random

from hypothesis import given
from hypothesis import strategies as st

from engine.items.known.keyset import KeySet

keys = st.integers(1, 2**64 - 1)
crowded = st.one_of(keys, st.integers(0, 60).map(lambda n: n * 1024 + 1), st.sampled_from([1, 1023, 1024, 2**64 - 1]))


@given(st.lists(crowded, max_size=300), st.lists(crowded, max_size=50))
def test_it_holds_what_a_set_holds(added: list[int], asked: list[int]) -> None:
    """add says whether the key is new; membership, length and iteration agree with a set, collisions or not."""
    ours, theirs = KeySet(), set[int]()
    for key in added:
        assert ours.add(key) is (key not in theirs)
        theirs.add(key)

    assert len(ours) == len(theirs)
    assert set(ours) == theirs
    assert all((key in ours) is (key in theirs) for key in [*added, *asked])


def test_it_grows_and_loses_nothing() -> None:
    """Twenty thousand keys, past several growths, are all found; others are not."""
    numbers = random.Random(7)
    added = {numbers.getrandbits(64) | 1 for _ in range(20_000)}
    ours = KeySet(added)

    assert len(ours) == len(added)
    assert all(key in ours for key in added)
    assert not any(key + 1 in ours for key in list(added)[:1000])


def test_a_key_costs_less_than_32_bytes() -> None:
    """200,000 keys stay within 32 bytes each."""
    numbers = random.Random(7)
    ours = KeySet(numbers.getrandbits(64) | 1 for _ in range(200_000))

    assert len(ours._slots) * ours._slots.itemsize / len(ours) < 32
