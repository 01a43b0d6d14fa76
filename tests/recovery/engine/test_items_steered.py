"""What people do while contacts, groups or tasks move: that content finishes, none after it begins; failures again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.contents import CONTENTS
from engine.errors import Side
from engine.migration.content import Content
from engine.migration.record import State
from engine.migration.steering import cancel, retry
from tests.recovery.engine.test_items_killed import another_process, small
from tests.recovery.engine.test_items_seeded import excused
from tests.servers.altering import altering
from tests.servers.items.judge import Found
from tests.servers.items.moving import ITEMS, KINDS, Moving, moving
from tests.servers.processes.mortal import HELD, WAIT
from tests.servers.world import PASSWORD

ITEM = re.compile(r"<t:(Contact|DistributionList|Task|Message)\b.*?</t:\1>", re.DOTALL)
COMPUTED = (        # PidTagMessageSize
    '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x0E08" PropertyType="Integer"/><t:Value>1</t:Value>'
    "</t:ExtendedProperty>"
)
ALL = tuple(one for one in CONTENTS if one in (*ITEMS, Content.CALENDARS))


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


@contextmanager
def refused(at: Moving, *names: str) -> Iterator[None]:
    """The new mailbox refuses to create items of those names: what is sent says what only a server says of them."""
    real = at.at.connectors.destination

    def spoilt(found: re.Match[str]) -> str:
        called = any(f">{name}</t:{field}>" in found[0] for name in names for field in ("DisplayName", "Subject"))
        return found[0].replace("<t:ExtendedProperty>", f"{COMPUTED}<t:ExtendedProperty>", 1) if called else found[0]

    def altered(body: bytes) -> bytes:
        return ITEM.sub(spoilt, body.decode()).encode() if b"<m:CreateItem" in body else body

    with altering(int(at.new.emulator.url.rsplit(":", 1)[1].split("/")[0]), altered) as port:
        at.at.connectors.destination = lambda account, password: real(replace(account, port=port), password)  # type: ignore[method-assign]  # another way to the same
        yield
    at.at.connectors.destination = real  # type: ignore[method-assign]  # as it was


def test_what_failed_is_tried_again_and_nothing_else(at: Moving) -> None:
    """One of each kind is named first, and there after the retry; nothing is there twice, and a rollback takes all."""
    there = at.original()
    names = {kind: next(seed.name for seed in at.seeds if seed.kind == kind) for kind in KINDS}
    with refused(at, *names.values()):
        first = at.migrate()
    for kind, content in KINDS.items():
        assert first.step(content).counts.failed == 1, at.said(first)
        assert any(line.content is content and names[kind] in line.item for line in at.lines(first))
    another_process(at)
    retry(at.at.engine, first.task_id, {Side.SOURCE: PASSWORD, Side.DESTINATION: PASSWORD})
    done = at.at.run(first.task_id)

    failed = [done.step(content).counts.failed for content in KINDS.values()]
    assert (done.state, failed) == (State.COMPLETED, [0] * len(KINDS)), at.said(done)
    assert [each for each in at.otherwise(there) if not excused(there, *each)[0]] == []
    assert at.at.roll_back(done.task_id).rollback.kept == 0
    assert at.new.emulator.dump(at.new.address) == at.before
