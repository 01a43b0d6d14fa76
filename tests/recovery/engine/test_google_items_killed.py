"""A process dies at each of its requests while a Google account moves: what passes for whole is, and all comes once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.migration.content import Content
from engine.migration.record import State
from tests.servers.google.account import Account, put, small, wrong
from tests.servers.google.calendars_moved import KEPT
from tests.servers.google.half import half
from tests.servers.google.moving import Moving, google_moving
from tests.servers.google.truth.draw_events import FAMILY
from tests.servers.processes.mortal import Moment, as_of, moments_of

WANTED = ((Content.CALENDARS,), (Content.CONTACTS, Content.CONTACT_GROUPS), (Content.TASKS,))
MOST = 60       # requests of one content
# Of the events, one of each sequence of requests: one, an item and its exceptions, an occurrence that becomes an item
# of its own, several items of one event. The others that `small` has: tests/load.
WRITTEN = ("own meeting", "invited to one occurrence", "exceptions", "moved across neighbours", "only dates")
TAKEN_BACK = 19  # of so many moments one is followed by a second run and a rollback


def few() -> Account:
    """An account as small as one with every kind of request can be."""
    every = small()
    return replace(every, events=[one for one in every.events if one.name in WRITTEN or one.calendar == FAMILY])


def moments(at: Moving, task: str) -> list[Moment]:
    """What there was at each request that left a trace."""
    before = len(at.at.emulator.requests)
    found = moments_of(
        at.at, lambda process: at.knowing(process).run(task),
        lambda number: Fault(operation="*", nth=number, when="after", action="hold", name=f"death {number}"),
        at.at.emulator)
    assert len(at.at.emulator.requests) - before <= MOST
    return found


@pytest.mark.parametrize("wanted", WANTED, ids=["calendars", "people", "tasks"])
def test_a_death_at_any_request_leaves_nothing_twice_and_nothing_half(
    tmp_path: Path, wanted: tuple[Content, ...]
) -> None:
    """Read as the owner at once; whoever resumes it makes it whole; a second run copies nothing, and all goes again."""
    with google_moving(tmp_path, wanted=wanted, **KEPT) as at:
        account = few()
        put(at, account, wanted)
        task = at.begin(wanted)
        found = moments(at, task)
        assert len(found) > len(wanted)
        seen = b""
        for number, moment in enumerate(found):
            after, before, seen = replace(at, at=at.knowing(as_of(at.at, moment))), seen, moment.mailboxes.serialize()

            assert seen == before or half(after, account) == [], number     # the owner sees what was seen before
            done = after.at.run(task)

            assert done.state is State.COMPLETED, (number, done.attention)
            assert wrong(after, account, wanted) == [], number
            if number % TAKEN_BACK == 0:
                again = after.migrate(wanted)
                assert [after.counts(again, one).copied for one in wanted] == [0] * len(wanted), number
                back = after.at.roll_back(task)
                assert (back.state, back.rollback.kept) == (State.ROLLED_BACK, 0), (number, after.said(back))
                assert after.dump() == at.before, number
