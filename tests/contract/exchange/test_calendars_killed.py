"""The engine dies at each request while appointments are written: nothing half-written passes for whole, or stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from emulators.exchange import Fault
from engine.connectors.exchange.session import Sessions
from engine.connectors.network.pinning import Network
from engine.contents import CONTENTS, contents
from engine.items.tags import UNFINISHED
from engine.migration.content import Content
from engine.migration.record import Reason, State
from engine.migration.steering import forget
from engine.ports.typed import TypedItem
from tests.contract.exchange.appointments import SUBJECT, at, changed, element, file, series, weekly
from tests.contract.exchange.conftest import account
from tests.contract.exchange.diary import Diary, seen, tell_digests
from tests.servers.exchange.diary import Diary as OwnDiary
from tests.servers.exchange.diary import item
from tests.servers.exchange.pair import Mailbox
from tests.servers.processes.mortal import HELD, Moment, as_of, dies_at, moments_of
from tests.servers.world import ADDRESS, PASSWORD, World, world


def _named(number: int, item: TypedItem, name: str) -> TypedItem:
    whole = item.element.replace(SUBJECT.encode(), f"<t:Subject>{name}</t:Subject>".encode())
    return replace(item, uid=number, key=bytes([number] * 16), element=whole)


OPERATIONS = ["CreateItem", "DeleteItem", "UpdateItem", "CreateAttachment", "DeleteAttachment"]
APART = 2                           # the number of the item that becomes several
OF_THE_SOURCE = "0123456789ab"      # its digest as the source tells it, which knows nothing of that
ITEMS = (
    _named(1, series(
        deleted=[at(2), at(3), at(7)], attachments=[file("plan.txt")],
        changed=[
            replace(changed(at(1), at(1, hours=2)), without=(0,)),
            changed(at(5), at(5, days=8), item="<t:Subject>moved</t:Subject>"),
            changed(at(6), at(6, days=8), attachments=[file("map.txt")]),
        ],
    ), "series"),
    # An occurrence that its series does not take at its time.
    _named(APART, series(changed=[changed(at(2), at(5, days=1), item="<t:Subject>apart</t:Subject>")]), "crossing"),
    _named(3, series(recurrence=weekly(2)), "plain"),
    _named(4, replace(series(recurrence=weekly(1)), element=element(at(3))), "single"),
)


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[World]:
    """A mailbox that the diary moves to."""
    with world(tmp_path, {"old": Diary(ITEMS)}, grace=0.02, contents=contents(CONTENTS[Content.CALENDARS])) as opened:
        tell_digests(opened)
        diary = opened.connectors.sources["old"]
        diary.items = [      # type: ignore[attr-defined]  # a Diary
            replace(one, ours=OF_THE_SOURCE) if one.uid == APART else one
            for one in diary.items                               # type: ignore[attr-defined]  # as above
        ]
        yield opened


def key(number: int) -> str:
    """The part of a tag that says which item of the source it is."""
    return f":{bytes([number] * 16).hex()}"


@contextmanager
def calendar_at(at: World) -> Iterator[OwnDiary]:
    """The calendar of the mailbox, as its owner writes into it."""
    with closing(Sessions(account(at.emulator.url, ADDRESS), PASSWORD, Network(trusts_person=True))) as sessions:
        yield OwnDiary(Mailbox(sessions))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_death_at_any_request_leaves_nothing_half_written_that_passes_for_whole(
    owner: World, operation: str
) -> None:
    """What has no mark is as the source has it; after the next visit all is there once; a rollback leaves nothing.

    Nor does one that comes instead of the visit: its owner has changed nothing of it, so there is nothing to be kept.
    After visits that leave the same tags it is tried once.
    """
    task = owner.begin().task_id
    moments = moments_of(owner, lambda doomed: doomed.run(task), lambda number: Fault(
        operation=operation, nth=number, when="after", action="hold", name=f"request {number}"), owner.emulator)
    whole = seen(owner)

    for nth, moment in enumerate(moments):
        there = as_of(owner, moment)
        now = seen(there)
        for number, name in ((1, "series"), (3, "plain"), (4, "single")):
            if any(key(number) in tag and not tag.endswith(UNFINISHED) for tag in now.tags):
                assert now.of(name) == whole.of(name), (nth, name)
        done = there.run(task)

        assert done.state is State.COMPLETED, nth
        after = seen(there)
        assert after.shown == whole.shown, nth
        unfinished = any(tag.endswith(UNFINISHED) for tag in after.tags)
        assert (sorted(after.tags), unfinished) == (sorted(whole.tags), False), nth
        if nth == 0:
            back = there.roll_back(task)
            assert (back.state, seen(there).shown) == (State.ROLLED_BACK, Counter()), nth
        instead = as_of(owner, moment)
        back = instead.roll_back(task)
        assert back.state is State.ROLLED_BACK
        assert (back.rollback.kept if back.rollback else None, seen(instead).tags) == (0, ()), nth
    assert moments


def test_what_its_owner_changes_before_it_is_finished_is_theirs_at_a_rollback(owner: World) -> None:
    """What becomes several is told its digest at the end, by what is there then: all but what they have written."""
    task, emulator = owner.begin().task_id, owner.emulator
    emulator.add_fault(Fault(operation="CreateItem", nth=2, when="after", action="hold", name=HELD))
    with ThreadPoolExecutor(1) as process, calendar_at(owner) as calendar:
        working = process.submit(owner.run, task)
        assert emulator.wait_held(HELD, 60)
        calendar.place(item(calendar.id_of("crossing")), "Room 2")
        emulator.release(HELD)
        assert working.result().state is State.COMPLETED
    emulator.clear_faults()

    back = owner.roll_back(task)

    kept = [line.item for line in owner.engine.store.reported(task).failures if line.outcome is Reason.KEPT]
    assert (back.state, sorted(kept)) == (State.ROLLED_BACK, ["apart", "crossing"])
    assert set(seen(owner).of("plain")) == set()


def test_a_part_of_what_its_source_has_no_more_goes_with_its_series(owner: World) -> None:
    """The process died when the part was finished, and its series was not; then the source's series changed."""
    task = owner.begin()
    before = len(owner.emulator.requests)
    owner.run(task.task_id)
    sent = sum(one.operation == "UpdateItem" for one in owner.emulator.requests[before:])
    owner.roll_back(task.task_id)
    forget(owner.engine, task.task_id)
    task = owner.begin()
    fault = Fault(operation="UpdateItem", nth=sent - 1, when="after", action="hold", name=HELD)
    assert dies_at(owner, (fault,), lambda doomed: doomed.run(task.task_id))
    assert [tag.endswith(UNFINISHED) for tag in seen(owner).tags if "/" in tag] == [False]

    diary = owner.connectors.sources["old"]
    diary.items = [replace(one, changed=()) for one in diary.items]    # type: ignore[attr-defined]  # a Diary
    done = owner.run(task.task_id)

    assert done.state is State.COMPLETED
    assert [tag for tag in seen(owner).tags if "/" in tag] == []
    assert seen(owner).of("apart") == Counter()


@pytest.mark.parametrize("remains", [False, True], ids=["taken back", "not taken back"])
def test_a_part_is_there_once_when_nobody_knows_whether_it_lost_its_mark(owner: World, *, remains: bool) -> None:
    """The answer is lost to the request that finishes the parts; perhaps they cannot be taken back at once."""
    before = len(owner.emulator.requests)
    task = owner.begin()
    owner.run(task.task_id)
    sent = Counter(one.operation for one in owner.emulator.requests[before:])
    whole = seen(owner)
    owner.roll_back(task.task_id)
    forget(owner.engine, task.task_id)

    task = owner.begin()        # the last request but one is that of the parts, the last one that of the series
    owner.emulator.add_fault(Fault(operation="UpdateItem", nth=sent["UpdateItem"] - 1, when="after", action="drop"))
    if remains:
        owner.emulator.add_fault(Fault(operation="DeleteItem", nth=sent["DeleteItem"] + 1, action="drop"))
    done = owner.run(task.task_id)
    owner.emulator.clear_faults()

    assert (done.state, seen(owner).shown) == (State.COMPLETED, whole.shown)
    assert sorted(tag.endswith(UNFINISHED) for tag in seen(owner).tags) == [False] * len(whole.tags)
    back = owner.roll_back(task.task_id)
    assert (back.rollback.kept if back.rollback else None, seen(owner).tags) == (0, ())


def test_an_answer_that_is_lost_changes_nothing_in_the_end(owner: World) -> None:
    """Whatever was carried out is looked for; what was half-written goes, with all that came of it.

    The answers to the first and the last request of each kind. All of them, with a rollback after the first, too:
    tests/load.
    """
    lost(owner, "after", lambda many: sorted({1, many}), lambda many: (many,))


def test_a_request_that_is_lost_is_sent_again(owner: World) -> None:
    """The last of each kind, of which nothing came. All of them: tests/load."""
    lost(owner, "before", lambda many: [many])


def lost(
    owner: World, when: Literal["before", "after"], which: Callable[[int], Iterable[int]],
    taken_back: Callable[[int], Collection[int]] = lambda many: (1, many),
) -> None:
    """Moves the diary once for each of these requests of an operation, by how many there are, and breaks it off there.

    All moves begin in the same empty mailbox. What comes of them is taken back after those of `taken_back`: for the
    others it is the same, tag by tag.
    """
    task = owner.begin().task_id
    empty = Moment.of(owner)
    before = len(owner.emulator.requests)
    owner.run(task)
    sent = Counter(one.operation for one in owner.emulator.requests[before:])
    whole = seen(owner)
    assert set(OPERATIONS) <= set(sent)

    for operation, nth in ((each, nth) for each in OPERATIONS for nth in which(sent[each])):
        there = as_of(owner, empty)
        owner.emulator.add_fault(Fault(operation=operation, nth=nth, when=when, action="drop"))
        asked = len(owner.emulator.requests)
        done = there.run(task)
        owner.emulator.clear_faults()

        assert sum(one.operation == operation for one in owner.emulator.requests[asked:]) >= nth, (operation, nth)
        after = seen(there)
        assert (done.state, after.shown) == (State.COMPLETED, whole.shown), (operation, nth)
        assert sorted(after.tags) == sorted(whole.tags), (operation, nth)
        assert not any(tag.endswith(UNFINISHED) for tag in after.tags), (operation, nth)
        if nth in taken_back(sent[operation]):
            there.roll_back(task)
            assert not seen(there).shown, (operation, nth)
