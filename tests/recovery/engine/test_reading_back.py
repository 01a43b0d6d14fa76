"""What is read back of a folder while it is still being filled."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from emulators.exchange import Fault
from engine.contents import CONTENTS, contents
from engine.items.tags import UNFINISHED
from engine.migration.content import Content
from engine.migration.record import Migration, State
from engine.ports.source import Role, SourceFolder
from tests.contract.exchange.appointments import appointment, at, changed, series
from tests.contract.exchange.diary import Diary, seen
from tests.recovery.engine.test_frugality import requests
from tests.servers.memory.source import MemorySource, mail
from tests.servers.world import World, world

INBOX = SourceFolder(("INBOX",), "INBOX", Role.INBOX)
MANY = 600          # in 12 requests
PAGES = 2           # of tags, of what 11 of them bring and of all


def large() -> MemorySource:
    return MemorySource({INBOX: [mail(f"in {number}") for number in range(MANY)]})


def migrated_while_held(built: World, *, pages: int = PAGES) -> Migration:
    """A migration in which the request that is held goes on when what the others brought was read back: those pages."""
    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(built.migrate)
        over, pause = time.monotonic() + 90, threading.Event()
        try:
            assert built.emulator.wait_held("now", 90)
            while len(requests(built, "SyncFolderItems")) < pages:
                assert time.monotonic() < over, "nothing was read back"
                pause.wait(0.02)
        finally:
            built.emulator.release("now")
        return running.result(90)


def test_a_large_folder_is_read_back_while_it_is_filled(tmp_path: Path) -> None:
    """The proof then asks only for what came since, and every message arrives once."""
    with world(tmp_path, {"old": large()}) as built:
        built.emulator.add_fault(Fault(operation="CreateItem", nth=MANY // 50, action="hold", name="now"))

        done = migrated_while_held(built)

        written = max(request.ended for request in requests(built, "CreateItem"))
        proof = [request for request in requests(built, "SyncFolderItems") if request.started > written]
        subjects = built.subjects()
    assert done.state is State.COMPLETED
    assert len(proof) == 1
    assert subjects == sorted((("Inbox",), f"in {number}") for number in range(MANY))


def test_what_was_read_back_before_its_answer_was_lost_is_not_sent_again(tmp_path: Path) -> None:
    """The look for it is shown nothing, for nobody is shown a tag twice; it is known to be there all the same."""
    with world(tmp_path, {"old": large()}) as built:
        built.emulator.add_fault(Fault(operation="CreateItem", nth=1, when="after", action="hold", name="now"))
        built.emulator.add_fault(Fault(operation="CreateItem", nth=1, when="after", action="drop"))

        done = migrated_while_held(built)

        sent = sum(request.items for request in requests(built, "CreateItem"))
        subjects = built.subjects()
    assert done.state is State.COMPLETED
    assert built.counts(done).copied == MANY
    assert sent == MANY
    assert subjects == sorted((("Inbox",), f"in {number}") for number in range(MANY))


def test_a_calendar_is_read_back_while_series_in_it_are_unfinished(tmp_path: Path) -> None:
    """Those that were read unfinished are read once more when they are finished, and nothing of them is removed."""
    appointments = [
        replace(
            series(changed=[changed(at(5), at(5, days=1))]) if number % 100 == 0 else appointment(),
            uid=number, key=number.to_bytes(16, "big"),
        ) for number in range(1, MANY + 1)
    ]
    calendars = contents(CONTENTS[Content.CALENDARS])
    with world(tmp_path, {"old": Diary(appointments)}, contents=calendars) as built:
        built.emulator.add_fault(Fault(operation="UpdateItem", nth=1, action="hold", name="now"))

        done = migrated_while_held(built, pages=1 + PAGES)      # one looks for meetings that are there already

        written = max(request.ended for request in requests(built, "UpdateItem"))
        proof = [request for request in requests(built, "SyncFolderItems") if request.started > written]
        tags = seen(built).tags
    assert done.state is State.COMPLETED
    assert done.step(Content.CALENDARS).counts.copied == MANY
    assert done.step(Content.CALENDARS).counts.removed == 0
    assert len(tags) == len(set(tags)) == MANY
    assert not any(tag.endswith(UNFINISHED) for tag in tags)
    assert len(proof) == 1
