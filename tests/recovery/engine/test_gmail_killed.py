"""A mailbox of Gmail with a message of each kind moves, and the process dies at each of its requests to Exchange."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.migration.content import Content
from engine.migration.record import State
from tests.servers.gmail.account import Person, UserSettings
from tests.servers.gmail.moving import gmail_moving
from tests.servers.gmail.seeds import small_seed
from tests.servers.mail_servers.dovecot import MISSING, installed
from tests.servers.processes.mortal import as_of, moments_of

pytestmark = pytest.mark.skipif(not installed(), reason=MISSING)

ANN = Person("ann@example.org", settings=UserSettings(chats=True))
MOST = 60       # requests


def test_killed_at_each_request_it_ends_whole(tmp_path: Path) -> None:
    """Whichever it was, the next process brings what is missing, nothing twice; the owner's mailbox is as it was."""
    with gmail_moving(tmp_path, [ANN]) as house:
        at = house.moving(ANN.address, small_seed())
        empty, truth = at.dump(), at.mailbox.truth()
        task = at.begin()
        moments = moments_of(at.at, lambda process: house.knowing(process).run(task), lambda number: Fault(
            operation="*", nth=number, when="after", action="hold", name=f"request {number}"), at.at.emulator)
        due = at.judge.expected(truth)

        halves = 0
        for moment in moments:
            left = house.knowing(as_of(at.at, moment))
            there = at.arrived().messages
            assert there <= due
            halves += there < due
            done = left.run(task) if left.engine.store.load(task).state is not State.COMPLETED else None
            assert at.wrong(due) == []
            assert done is None or done.state is State.COMPLETED
            counts = left.engine.store.load(task).step(Content.MAIL).counts
            assert (counts.found, counts.settled, counts.failed) == (due.total() + 1, due.total() + 1, 0)

        assert 5 < halves < len(moments) <= MOST
        assert left.roll_back(task).state is State.ROLLED_BACK
        assert at.dump() == empty
        assert at.mailbox.truth() == truth
