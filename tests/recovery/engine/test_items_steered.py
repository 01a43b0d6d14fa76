"""What people do while contacts, groups or tasks move: that content finishes, none after it begins; failures again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from emulators.exchange import Fault
from emulators.exchange.item import SPOILED
from engine.migration.content import Content
from engine.migration.record import State
from engine.migration.steering import cancel, retry
from tests.recovery.engine.test_items_killed import another_process, small
from tests.recovery.engine.test_items_seeded import excused
from tests.servers.exchange_pair import OLD
from tests.servers.item_judge import Found
from tests.servers.items_moving import ITEMS, KINDS, Moving, moving
from tests.servers.mortal import HELD, WAIT

ALL = (Content.CONTACTS, Content.CONTACT_GROUPS, Content.CALENDARS, Content.TASKS)


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Moving]:
    with moving(tmp_path, small(), wanted=ALL) as made:
        yield made


def of(found: Found, contents: set[Content]) -> Found:
    """What is of those contents."""
    return {name: each for name, each in found.items() if KINDS[name.partition(": ")[0]] in contents}


def cancelled_during(at: Moving, content: Content) -> str:
    """Asks a task to be cancelled while the new mailbox is asked to create an item of that content."""
    task, engine = at.at.begin("old").task_id, at.at.engine
    at.new.emulator.add_fault(Fault(operation="CreateItem", action="hold", name=HELD))
    with ThreadPoolExecutor(1) as process:
        working = process.submit(at.at.run, task)
        while not working.done():
            if at.new.emulator.wait_held(HELD, WAIT):
                if engine.store.load(task).step(content).started is not None:
                    cancel(engine, task)
                    at.new.emulator.clear_faults()
                at.new.emulator.release(HELD)
        working.result()
    return task


@pytest.mark.parametrize("content", ITEMS)
def test_a_content_that_is_under_way_finishes_and_none_after_it_begins(at: Moving, content: Content) -> None:
    """What ran goes with the rollback."""
    there = at.original()
    task = cancelled_during(at, content)
    record = at.at.engine.store.load(task)
    done = {one for one in ALL if record.step(one).ended is not None}
    arrived = at.arrived()

    last = ALL[max(ALL.index(one) for one in done)] if done else None
    assert record.state is State.CANCELLED
    assert last is content
    assert done == set(ALL[: ALL.index(content) + 1])
    assert set(arrived) == set(of(there, done))
    back = at.at.roll_back(task)
    assert (back.state, back.rollback.kept) == (State.ROLLED_BACK, 0)
    assert at.new.emulator.dump(at.new.address) == at.before


@pytest.mark.parametrize("kind", KINDS)
def test_what_failed_is_tried_again_and_nothing_else(at: Moving, kind: str) -> None:
    """It is named first, and there after the retry; nothing is there twice, and a rollback takes all of it."""
    there, content = at.original(), KINDS[kind]
    name = next(seed.name for seed in at.seeds if seed.kind == kind)
    [item] = at.there.named(kind)[name]
    at.old.emulator.spoil(OLD, item, code="ErrorItemCorrupt")
    first = at.migrate()
    said = [line.item for line in at.lines(first) if line.content is content]
    assert first.step(content).counts.failed == 1, said
    assert any(name in one for one in said)
    mended(at)
    another_process(at)
    retry(at.at.engine, first.task_id)
    done = at.at.run(first.task_id)

    assert (done.state, done.step(content).counts.failed) == (State.COMPLETED, 0), at.said(done)
    assert [each for each in at.otherwise(there) if not excused(there, *each)[0]] == []
    assert at.at.roll_back(done.task_id).rollback.kept == 0
    assert at.new.emulator.dump(at.new.address) == at.before


def mended(at: Moving) -> None:
    """Whatever could not be read can be."""
    with sqlite3.connect(at.old.database, timeout=30) as db:
        db.execute("UPDATE item SET extra=json_remove(extra, ?)", (f"$.{SPOILED}",))
    db.close()
