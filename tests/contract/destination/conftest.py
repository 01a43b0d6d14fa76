"""Two destinations that must keep the same promises: the Exchange connector with the emulator, and the one in memory.

Tests of histories trust the one in memory because it passes here.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Protocol

import pytest

from emulators.exchange import ExchangeEmulator, Fault
from engine.connectors.network.pinning import Network
from engine.items.tags import folder_tag, item_tag
from engine.migration.account import parse_account
from engine.ports.destination import Destination, Limits
from engine.ports.items import Marks, SourceMessage, Tagged, TaggedItem
from tests.contract.live.server import Server
from tests.servers.memory.destination import Fate, MemoryDestination, Plain
from tests.servers.memory.mailbox import Mailbox
from tests.servers.unheard import unheard

LOGIN, PASSWORD = "claire@example.org", "correct horse"
TASK, CODE = "7K2F-9QXD", "0a1b2c3d"
PAGE = 7                # of the one in memory: more than one page without 512 messages
OWNER = "owner"
_numbers = itertools.count(1)


class Side(Protocol):
    """A destination, and what its owner and the network do to it."""

    destination: Destination

    def another(self) -> Destination: ...
    def moves(self, item_id: str, folder_id: str) -> str: ...
    def copies(self, item_id: str, folder_id: str) -> str: ...
    def edits(self, item_id: str, subject: str) -> None: ...
    def removes(self, item_id: str) -> None: ...
    def next_meets(self, fate: Fate, operation: str) -> None: ...


class InMemory:
    """The mailbox in memory."""

    def __init__(self) -> None:
        self.box = Mailbox(lambda: datetime.now(UTC), page=PAGE)
        self.wire = Fated()
        self.destination: Destination = self.another()

    def another(self) -> Destination:
        return MemoryDestination(self.box, self.wire, limits=LIMITS)

    def moves(self, item_id: str, folder_id: str) -> str:
        return self.box.move(item_id, folder_id, by=OWNER).id

    def copies(self, item_id: str, folder_id: str) -> str:
        return self.box.copy(item_id, folder_id, by=OWNER).id

    def edits(self, item_id: str, subject: str) -> None:
        self.box.edit(item_id, subject, by=OWNER)

    def removes(self, item_id: str) -> None:
        self.box.remove(item_id, by=OWNER)

    def next_meets(self, fate: Fate, operation: str) -> None:
        self.wire.fates.append(fate)


class Fated(Plain):
    """A wire on which the next requests meet what was said."""

    def __init__(self) -> None:
        self.fates: deque[Fate] = deque()

    def send(self, operation: str) -> Fate:
        return self.fates.popleft() if self.fates else Fate.GOOD


class OverEws:
    """The connector, with the emulator behind it."""

    def __init__(self, emulator: ExchangeEmulator) -> None:
        self.emulator = emulator
        url = emulator.url.replace("http://", f"ews+http://{LOGIN.replace('@', '%40')}@")
        self._server = Server(parse_account(url, allow_plaintext=True), PASSWORD, Network(trusts_person=True))
        self.destination: Destination = self._server.destination
        self._server.destination.limits = LIMITS

    def another(self) -> Destination:
        return self._server.open(PASSWORD)

    def moves(self, item_id: str, folder_id: str) -> str:
        return self._server.carried("MoveItem", item_id, folder_id)

    def copies(self, item_id: str, folder_id: str) -> str:
        return self._server.carried("CopyItem", item_id, folder_id)

    def edits(self, item_id: str, subject: str) -> None:
        self._server.updated(item_id, "item:Subject", f"<t:Subject>{subject}</t:Subject>")

    def removes(self, item_id: str) -> None:
        self._server.deleted(item_id, "HardDelete")

    def next_meets(self, fate: Fate, operation: str) -> None:
        self.emulator.add_fault(FAULTS[fate](operation))


LIMITS = Limits(request=200_000)
FAULTS: dict[Fate, Callable[[str], Fault]] = {
    Fate.BEFORE: lambda operation: Fault(operation=operation, nth=1, when="before", action="drop"),
    Fate.AFTER: lambda operation: Fault(operation=operation, nth=1, when="after", action="drop"),
    Fate.BUSY: lambda operation: Fault(operation=operation, nth=1, action="fault", code="ErrorServerBusy"),
    Fate.SOME_BUSY: lambda operation: Fault(
        operation=operation, nth=1, action="items", positions=(1, 3), code="ErrorServerBusy"
    ),
    Fate.FULL: lambda operation: Fault(
        operation=operation, nth=1, action="items", positions=tuple(range(50)), code="ErrorQuotaExceeded"
    ),
}


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExchangeEmulator]:
    with ExchangeEmulator(tmp_path_factory.mktemp("destination") / "exchange.sqlite") as running:
        running.configure(auth=("basic",), max_request_bytes=LIMITS.request)
        running.add_mailbox(LOGIN, password=PASSWORD)
        yield running
        unheard(running)


@pytest.fixture(params=["memory", "exchange"])
def side(request: pytest.FixtureRequest) -> Iterator[Side]:
    """Each of the two, signed in."""
    if request.param == "memory":
        yield InMemory()
        return
    running: ExchangeEmulator = request.getfixturevalue("emulator")
    made = OverEws(running)
    made.destination.probe()
    yield made
    running.clear_faults()
    made.destination.close()


def new(subject: str, *, size: int = 0, tag: str = "", **marks: bool) -> Tagged:
    """A message to create, under a tag of its own."""
    head = f"From: Ann <ann@example.net>\r\nSubject: {subject}\r\nDate: Sun, 17 May 2020 10:29:00 +0200\r\n\r\n"
    mime = head.encode() + b"x" * max(0, size - len(head))
    tag = tag or item_tag(TASK, CODE, next(_numbers).to_bytes(16, "big"))
    return Tagged(tag, SourceMessage(1, mime, len(mime), None, Marks(**marks)))


def a_folder(destination: Destination) -> str:
    """A new folder. Its id."""
    made = destination.create_folder(destination.top, f"Folder {next(_numbers)}", folder_tag(TASK, CODE))
    return made.id


def tagged(destination: Destination, folder_id: str) -> dict[str, TaggedItem]:
    """Everything with a tag in a folder, by id."""
    found, state, last = {}, "", False
    while not last:
        page = destination.tags(folder_id, state, detail=True)
        found |= {item.id: item for item in page.items}
        for item_id in page.removed:
            found.pop(item_id, None)
        state, last = page.state, page.last
    return found


def state_of(destination: Destination, folder_id: str) -> str:
    """The state after everything in a folder."""
    state, last = "", False
    while not last:
        page = destination.tags(folder_id, state)
        state, last = page.state, page.last
    return state


