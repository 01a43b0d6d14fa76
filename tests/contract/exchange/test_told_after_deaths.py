"""The engine dies at each request while appointments are written: the report says in the end what it says without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from emulators.exchange import Fault
from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.record import State
from engine.migration.steering import resume
from tests.contract.exchange.diary import Diary, tell_digests
from tests.contract.exchange.test_calendars_unproven import HARSHEST, ITEMS, KINDEST
from tests.servers.processes.mortal import as_of, moments_of
from tests.servers.world import World, world

LEFT_OUT = "no address of mail is known of Ann, who is left out of the people of it"
Lines = Counter[tuple[str, str, str]]


@contextmanager
def moving(directory: Path, server: Mapping[str, Any]) -> Iterator[World]:
    """A mailbox that the diary moves to; of one of its appointments the source has something to say."""
    diary = Diary([replace(one, untold=LEFT_OUT) if one.uid == 1 else one for one in ITEMS])
    with world(directory, {"old": diary}, grace=0.02, contents=contents(CONTENTS[Content.CALENDARS])) as opened:
        opened.emulator.configure(**server)
        tell_digests(opened)
        yield opened


def said(opened: World, task: str) -> Lines:
    """The lines of the report."""
    failures = opened.engine.store.reported(task).failures
    return Counter((line.folder, line.item, line.reason) for line in failures)


def test_the_report_is_the_same_at_whatever_request_the_process_died(tmp_path: Path) -> None:
    """What was not kept is told of each appointment, once, by its name. Of a server that keeps all: tests/load."""
    told_once(tmp_path, HARSHEST, "before", "after")


def told_once(directory: Path, server: Mapping[str, Any], *when: Literal["before", "after"]) -> None:
    """Moves the diary to such a server, and looks after a death at each request at what the report says in the end."""
    with moving(directory, server) as owner:
        task = owner.begin().task_id
        moments = moments_of(owner, lambda doomed: doomed.run(task), lambda number: Fault(
            operation="*", nth=1 + (number - 1) // len(when), when=when[(number - 1) % len(when)], action="hold",
            name=f"request {number}"
        ), owner.emulator)
        undisturbed = said(owner, task)
        assert {words for _, _, words in undisturbed} >= {LEFT_OUT}
        assert any("an appointment of its own" in words for _, _, words in undisturbed)

        for number, moment in enumerate(moments, 1):
            there = as_of(owner, moment)
            done = there.run(task)
            assert done.state is State.COMPLETED, number
            assert said(there, task) == undisturbed, number


def test_what_is_known_is_told_when_the_work_stops(tmp_path: Path) -> None:
    """Nobody need come back for it; whoever does has it told once, by the names that the source tells."""
    items = [replace(ITEMS[1], uid=number, key=bytes([number] * 16), untold=LEFT_OUT) for number in range(1, 61)]
    calendars = contents(CONTENTS[Content.CALENDARS])
    with world(tmp_path, {"old": Diary(items)}, grace=0.02, contents=calendars) as opened:
        opened.emulator.configure(**KINDEST)
        opened.emulator.add_fault(Fault(operation="CreateItem", nth=2, action="fault", code="ErrorQuotaExceeded"))
        task = opened.begin().task_id
        stopped = opened.run(task)
        opened.emulator.clear_faults()
        told = [item for _, item, words in said(opened, task).elements() if words == LEFT_OUT]
        copied = stopped.step(Content.CALENDARS).counts.copied

        assert stopped.state is State.NEEDS_ATTENTION
        assert (0 < copied < len(items), len(told)) == (True, copied)
        resume(opened.engine, task)
        opened.run(task)
        assert sum(words == LEFT_OUT for _, _, words in said(opened, task).elements()) == len(items)
        assert any(item.startswith("appointment 7 (") for _, item, _ in said(opened, task))
