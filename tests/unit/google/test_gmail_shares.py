"""What a scan keeps of a million messages fits in 100 MB."""

from __future__ import annotations

import tracemalloc
from array import array

from engine.connectors.google.mail.shares import UID_BITS, Earlier, Ids, Share
from engine.ports.items import Listed

MANY = 100_000
MOST = 100          # bytes a message, while it is put together


def test_a_message_costs_few_bytes() -> None:
    """Numbers, sizes, keys, MSGIDs and labels of a folder, and the MSGIDs once more to tell copies apart."""
    tracemalloc.start()
    share, ids, new = Share(), Ids(), array("Q")
    for number in range(1, MANY + 1):
        share.add(Listed(number, 5000, number.to_bytes(16, "big")), (1 << 60) + number, number % 40)
        new.append((1 << 60) + number)
        if number % 50_000 == 0:
            ids.add(new)
            new = array("Q")
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kept / MANY < 60
    assert peak / MANY < MOST
    assert len(share) == len(ids) == MANY


def test_columns_give_back_what_was_put_in() -> None:
    """Each message by its number, those above 32 bits too; what was thrown away is marked; digests go by label sets."""
    share = Share()
    above = 1 << UID_BITS
    share.add(Listed(3, 10, b"a" * 16), 77, 0)
    share.add(Listed(9, 2**40, b"b" * 16, deleted=True), 78, 1)
    share.add(Listed(above + 2, 30, b"c" * 16), 79, 0)

    assert list(share.listed({0: "none", 1: "one"})) == [
        Listed(3, 10, b"a" * 16, theirs="none"), Listed(9, 2**32 - 1, b"b" * 16, deleted=True, theirs="one"),
        Listed(above + 2, 30, b"c" * 16, theirs="none"),
    ]
    assert [share.at(number) for number in (3, 9, above + 2, 2, above + 3)] == [0, 1, 2, None, None]


def test_a_listing_without_keys() -> None:
    """Where no keys were asked for, none are there."""
    share = Share()
    share.add(Listed(3, 10, b""), 77, 0)

    assert [each.key for each in share.listed({})] == [b""]


def test_msgids_in_any_order() -> None:
    """What was put in is found again, over several parts."""
    ids = Ids()
    for start in range(5):
        ids.add(array("Q", (2**63 + number * 7919 % 50_000 * 5 + start for number in range(30_000))))

    assert len(ids) == 150_000
    assert all(2**63 + number * 7919 % 50_000 * 5 + 3 in ids for number in range(0, 30_000, 97))
    assert 2**63 - 1 not in ids


def test_what_was_filed_before() -> None:
    """The labels of an earlier scan are found by MSGID; a message without one is nobody's."""
    one, other = Share(), Share()
    one.add(Listed(1, 1, b""), 300, 5)
    one.add(Listed(2, 1, b""), 0, 6)
    other.add(Listed(3, 1, b""), 100, 7)
    earlier = Earlier({"one": one, "other": other})

    assert [earlier.get(msgid) for msgid in (300, 100, 0, 5)] == [5, 7, None, None]
