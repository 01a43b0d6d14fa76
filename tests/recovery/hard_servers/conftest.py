"""A migration from a source that misbehaves, in this process: the real engine and connector, the Exchange emulator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.connectors.imap import ImapSource
from engine.connectors.network.pinning import Network
from engine.connectors.pop3 import Pop3Source
from engine.migration.account import Account
from engine.migration.record import Failure, Migration, Reason, State
from engine.pace.halt import Halt
from engine.ports.source import Source
from engine.systems import System, Transport
from tests.servers.mail_servers.hard_imap import HardImap
from tests.servers.mail_servers.scripted_pop3 import ScriptedPop3
from tests.servers.world import MemoryConnectors, World, world

WAITS = (0.01, 0.02, 0.03, 0.04)    # seconds between two attempts to reach the server
ANSWER_TIME = 0.7                   # seconds that the server may be silent
PATIENCE = 3.0                      # seconds until a source that stays unwell stops the migration


Server = HardImap | ScriptedPop3


@dataclass
class HardConnectors(MemoryConnectors):
    """Opens the misbehaving server anew for every visit, as the product does."""

    server: Server | None = None

    def source(self, account: Account, password: str, halt: Halt) -> Source:
        assert self.server is not None
        kind, opened = (System.IMAP, ImapSource) if isinstance(self.server, HardImap) else (System.POP3, Pop3Source)
        at = Account(kind, "claire", "localhost", self.server.port, Transport.PLAINTEXT)
        return opened(
            at, "secret", Network(trusts_person=True), stop=halt.event, waits=WAITS, answer_time=ANSWER_TIME
        )


@dataclass
class Moved:
    """How one migration went."""

    world: World
    migration: Migration

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Found, copied, failed and left out."""
        counts = self.world.counts(self.migration)
        assert counts.found == counts.settled or self.migration.attention is not None
        return counts.found, counts.copied, counts.failed, counts.left_out

    @property
    def report(self) -> Sequence[Failure]:
        return self.world.engine.store.reported(self.migration.task_id).failures

    @property
    def failed(self) -> list[tuple[str, str, str]]:
        """Folder, item and reason of each message that is named as failed."""
        return [(f.folder, f.item, f.reason) for f in self.report if f.outcome is Reason.FAILED]

    @property
    def words(self) -> str:
        """Why it stopped, as its owner reads it."""
        return self.migration.attention.words if self.migration.attention else ""

    def again(self) -> Moved:
        """The same task once more, as its owner resumes it."""
        done = self.world.run(self.migration.task_id)
        return Moved(self.world, done)

    def anew(self) -> Moved:
        """Another task for the same two mailboxes."""
        done = self.world.migrate()
        return Moved(self.world, done)


def said(moved: Moved) -> str:
    """What became of the mail, in words for the document."""
    found, copied, _, _ = moved.counts
    if moved.migration.state in (State.NEEDS_ATTENTION, State.FAILED):
        return f"It stops and says: “{plain(moved.words)}”"
    if copied == found and not moved.report:
        return "Everything arrives."
    if copied == found and all(f.outcome is Reason.NOTED for f in moved.report):
        notes = "; ".join(f"“{f.item}: {plain(f.reason)}”" for f in moved.report)
        return f"Everything arrives. The report notes: {notes}."
    named = Counter((f.outcome, plain(f.reason)) for f in moved.report)
    rows = (f"{count} named as {outcome}: “{reason.rstrip('.')}”" for (outcome, reason), count in named.items())
    return f"{copied} of {found} messages arrive; {'; '.join(rows)}."


def plain(words: str) -> str:
    """A report's words, with a server's name as people have it."""
    return words.replace("localhost", "mail.example.org")


def assert_as_received(moved: Moved, held: Counter[bytes]) -> None:
    """Nothing is there that the server did not hold, nothing twice, and nothing with a byte changed."""
    there = Counter(m.mime for m in moved.world.messages())
    assert not there - held
    assert sum(there.values()) == moved.world.counts(moved.migration).copied


@contextmanager
def moving(directory: Path, server: Server, *faults: Fault) -> Iterator[Moved]:
    """Moves the server's mailbox to the emulator, which has those faults and runs until the context ends."""
    with world(directory, {}) as built:
        for fault in faults:
            built.emulator.add_fault(fault)
        connectors = HardConnectors({}, server=server)
        connectors.destination = built.connectors.destination  # type: ignore[method-assign]  # the same emulator
        built.engine = replace(built.engine, connectors=connectors, patience=PATIENCE)
        done = built.migrate()
        yield Moved(built, done)


@pytest.fixture
def move(tmp_path: Path) -> Iterator[Callable[..., Moved]]:
    """As `moving`, until the test ends."""
    with ExitStack() as stack:
        yield lambda server, *faults: stack.enter_context(moving(tmp_path, server, *faults))
