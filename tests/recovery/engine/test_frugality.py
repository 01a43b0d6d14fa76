"""What is not asked of the destination, because it need not be."""

from __future__ import annotations

from pathlib import Path

from emulators.exchange.records import RequestRecord
from engine.ports.source import Role, SourceFolder
from tests.servers.memory.source import MemorySource, mail
from tests.servers.world import World, world

INBOX = SourceFolder(("INBOX",), "INBOX", Role.INBOX)


def requests(of: World, operation: str) -> list[RequestRecord]:
    """What was asked of the destination, in order."""
    return [request for request in of.emulator.requests if request.operation == operation]


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
