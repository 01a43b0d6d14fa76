"""Once the day's bytes are used up, Gmail is not asked again and again: whoever keeps the budget is told."""

from __future__ import annotations

import pytest

from engine.connectors.imap.steady import SpentError
from tests.contract.gmail.owner import Owner, message, named, number_of
from tests.contract.gmail.placements import INBOX
from tests.servers.gmail.account import Ending, System

MOST_SIGN_INS = 3       # of one reader: the first, and those that show that it was no chance


def spent(owner: Owner, ending: Ending, *, left: int) -> None:
    """From now on Gmail gives so many bytes more."""
    owner.gmail.control.limit(owner.address, owner.gmail.control.spent(owner.address).today + left, ending)


@pytest.mark.parametrize("ending", [Ending.BYE, Ending.REFUSED])
def test_in_the_middle_of_the_scan(owner, ending) -> None:
    """The scan says why it ends; the next day it goes on."""
    owner.has([message(number, [System.INBOX]) for number in range(1, 61)])
    source = owner.source(window=10)

    with owner.reader(source) as reader:
        inbox = named(reader.folders(), INBOX)
        spent(owner, ending, left=6_000)
        with pytest.raises(SpentError, match=r"Session expired|bandwidth limits"):
            list(reader.listing(inbox))
        used = owner.gmail.control.spent(owner.address)
        owner.gmail.control.limit(owner.address, None)
        found = list(reader.listing(inbox))

    assert len(found) == 60
    assert used.sign_ins + used.refused <= MOST_SIGN_INS


@pytest.mark.parametrize("ending", [Ending.BYE, Ending.REFUSED])
def test_in_the_middle_of_messages(owner, ending) -> None:
    """What came before is given out, no message is blamed, and the rest comes when there is more."""
    owner.has([message(number, [System.INBOX], text="x" * 2000) for number in range(1, 41)])
    source = owner.source()
    read: list[int] = []

    with owner.reader(source) as reader:
        inbox = named(reader.folders(), INBOX)
        uids = [each.uid for each in reader.listing(inbox)]
        spent(owner, ending, left=30_000)
        with pytest.raises(SpentError):
            read.extend(number_of(each) for each in reader.read(inbox, uids))
        used = owner.gmail.control.spent(owner.address)
        owner.gmail.control.limit(owner.address, None)
        rest = [number_of(each) for each in reader.read(inbox, uids[len(read):])]

    assert 10 < len(read) < 20
    assert [*read, *rest] == list(range(1, 41))
    assert used.sign_ins + used.refused <= MOST_SIGN_INS
