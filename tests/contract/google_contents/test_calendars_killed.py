"""An event that becomes several appointments is there once, whole, wherever the process died that wrote it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.connectors.exchange.session import Sessions
from engine.connectors.network.pinning import Network
from engine.contents import CONTENTS, contents
from engine.items.report.lines import HALF_WRITTEN
from engine.items.tags import UNFINISHED, parse_tag
from engine.migration.content import Content
from engine.migration.record import Reason, State
from engine.migration.steering import forget
from tests.contract.exchange.conftest import account
from tests.contract.exchange.diary import Diary, seen
from tests.servers.exchange.diary import Diary as OwnDiary
from tests.servers.exchange.diary import item
from tests.servers.exchange.pair import Mailbox
from tests.servers.google.events import cancelled, event, exception, item_of, wall
from tests.servers.processes.mortal import as_of, moments_of
from tests.servers.world import ADDRESS, PASSWORD, World, world

OPERATIONS = ("CreateItem", "DeleteItem", "UpdateItem")
START = wall(2026, 3, 1, 9)
# Two series, of each of which something differs, one beyond its neighbour, and an appointment that stands alone.
SPLIT = event(START, "RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=8", "EXDATE;TZID=Europe/Paris:20260315T090000",
              "RDATE;TZID=Europe/Paris:20260320T110000")
ITEM = replace(item_of(
    SPLIT, cancelled(SPLIT, wall(2026, 5, 1, 9)), exception(SPLIT, wall(2026, 4, 1, 9), summary="Another"),
    exception(SPLIT, wall(2026, 4, 15, 9), wall(2026, 7, 20, 9), summary="Far away"),
), key=b"k" * 16)


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[World]:
    """A mailbox that it moves to."""
    source = {"old": Diary([ITEM])}
    with world(tmp_path, source, grace=0.02, contents=contents(CONTENTS[Content.CALENDARS])) as opened:  # type: ignore[arg-type]  # a source
        yield opened


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_death_at_any_request_leaves_nothing_that_passes_for_whole(owner: World, operation: str) -> None:
    """After the next visit all of it is there once; a rollback leaves nothing, and so does one instead of the visit.

    After visits that leave the same tags it is tried once.
    """
    task = owner.begin().task_id
    moments = moments_of(owner, lambda doomed: doomed.run(task), lambda number: Fault(
        operation=operation, nth=number, when="after", action="hold", name=f"request {number}"), owner.emulator)
    whole = seen(owner)

    assert (sum(whole.shown.values()), len(whole.tags)) == (7, 4)
    assert sorted(tag.part for one in whole.tags if (tag := parse_tag(one)) is not None) == [1, 2, 3, 4]
    assert moments
    for nth, moment in enumerate(moments):
        there = as_of(owner, moment)
        done = there.run(task)
        after = seen(there)
        assert (done.state, after.shown, sorted(after.tags)) == (State.COMPLETED, whole.shown, sorted(whole.tags)), nth
        assert not any(tag.endswith(UNFINISHED) for tag in after.tags), nth
        for one in (there, as_of(owner, moment))[nth > 0:]:
            back = one.roll_back(task)
            assert (back.state, back.rollback.kept if back.rollback else None) == (State.ROLLED_BACK, 0), nth
            assert seen(one).tags == (), nth


def test_what_an_owner_writes_into_one_of_them_stays(owner: World) -> None:
    """Into the first or the last that is there before all are whole: into a series, or one that stands alone.

    It is taken back where the mailbox is not as at the death before: else a rollback would meet the same again.
    """
    task, asked = owner.begin().task_id, Counter[str]()
    moments = moments_of(owner, lambda doomed: doomed.run(task), lambda number: Fault(
        operation="*", nth=number, when="after", action="hold", name=f"request {number}"), owner.emulator)
    whole = seen(owner)
    mailboxes = [moment.mailboxes.serialize() for moment in moments]
    for nth, last in product(range(len(moments)), (False, True)):
        there = as_of(owner, moments[nth])
        tags = seen(there).tags
        if not any(tag.endswith(UNFINISHED) for tag in tags) or (last and len(tags) == 1):
            continue
        mine = _edited(there, last=last)
        asked[mine[-2:]] += 1
        done = there.run(task)

        after = seen(there)
        assert (done.state, len(after.tags)) == (State.COMPLETED, 5), (nth, mine)
        assert not whole.shown - after.shown, nth
        told = there.engine.store.reported(task).failures
        assert [line.item for line in told if line.reason == HALF_WRITTEN] == ["mine"], nth
        if nth and mailboxes[nth] == mailboxes[nth - 1]:
            continue
        back = there.roll_back(task)
        assert (back.state, seen(there).tags) == (State.ROLLED_BACK, (mine,)), nth
        told = there.engine.store.reported(task).failures
        assert [line.item for line in told if line.outcome is Reason.KEPT] == ["mine"], nth
    assert len(asked) > 1


def _edited(at: World, *, last: bool) -> str:
    """The tag of what its owner has renamed, a minute later: the first or the last part of all that is there.

    What one request has made whole, and nobody has looked at since it was made, is known by its times.
    """
    tags = {one.item_id: next(str(tag) for tag in one.extended.values() if parse_tag(str(tag)))
            for one in at.messages()}
    item_id = sorted(tags, key=lambda one: tags[one].partition("/")[2][:1], reverse=last)[0]
    at.emulator.configure(mailbox_ahead_s=60)
    with closing(Sessions(account(at.emulator.url, ADDRESS), PASSWORD, Network(trusts_person=True))) as sessions:
        OwnDiary(Mailbox(sessions)).set(item(item_id), (("item:Subject", "<t:Subject>mine</t:Subject>"),))
    at.emulator.configure(mailbox_ahead_s=0)
    return tags[item_id]


def test_an_answer_that_is_lost_changes_nothing_in_the_end(owner: World) -> None:
    """To the first or the last request of a kind, which was carried out."""
    task = owner.begin()
    owner.run(task.task_id)
    sent, whole = Counter(one.operation for one in owner.emulator.requests), seen(owner)
    owner.roll_back(task.task_id)
    forget(owner.engine, task.task_id)
    for operation, nth in ((each, nth) for each in OPERATIONS for nth in {1, sent[each]}):
        task = owner.begin()
        owner.emulator.add_fault(Fault(operation=operation, nth=nth, when="after", action="drop"))
        done = owner.run(task.task_id)
        owner.emulator.clear_faults()
        assert (done.state, seen(owner).shown) == (State.COMPLETED, whole.shown), (operation, nth)
        assert not any(tag.endswith(UNFINISHED) for tag in seen(owner).tags), (operation, nth)
        owner.roll_back(task.task_id)
        assert not seen(owner).tags, (operation, nth)
        forget(owner.engine, task.task_id)
