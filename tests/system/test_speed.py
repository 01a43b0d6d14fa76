"""What makes a migration fast, seen from the requests that reach the destination."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emulators.exchange.records import RequestRecord
from engine.migration import State
from engine.ports import Role, SourceFolder
from tests.servers.memory_source import MemorySource, mail
from tests.servers.world import World, world

INBOX = SourceFolder(("INBOX",), "INBOX", Role.INBOX)
MESSAGES = 1000


def requests(of: World, operation: str) -> list[RequestRecord]:
    """What was asked of the destination, in order."""
    return [request for request in of.emulator.requests if request.operation == operation]


def most_at_once(found: Sequence[RequestRecord]) -> int:
    """How many of them were under way at the same time."""
    moments = sorted([(r.started, 1) for r in found] + [(r.ended, -1) for r in found])
    width = widest = 0
    for _, change in moments:
        width += change
        widest = max(widest, width)
    return widest


def test_a_slow_server_is_given_more_requests_at_once_even_after_everything_was_read(tmp_path: Path) -> None:
    """Where each request takes its time, more are under way than at the start, though all mail is read by then."""
    source = MemorySource({INBOX: [mail(f"in {number}") for number in range(MESSAGES)]})
    with world(tmp_path, {"old": source}) as built:
        built.emulator.configure(item_ms=6)

        done = built.migrate()

        creates = requests(built, "CreateItem")
    assert done.state is State.COMPLETED
    assert len(creates) == MESSAGES // 50
    assert most_at_once(creates) >= 6


def test_an_empty_mailbox_is_not_searched_and_one_pass_proves_it(tmp_path: Path) -> None:
    """Into empty folders nothing is read before the copying, and each page of what was copied once after it."""
    source = MemorySource({INBOX: [mail(f"in {number}") for number in range(60)]})
    with world(tmp_path, {"old": source}) as built:
        done = built.migrate()

        copied = max(request.ended for request in requests(built, "CreateItem"))
        read = requests(built, "SyncFolderItems")
    assert built.counts(done).copied == 60
    assert len(read) == 1
    assert read[0].started >= copied
