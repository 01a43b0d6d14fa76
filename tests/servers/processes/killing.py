"""The real `omm`, killed at a request: one installation for all kills, each into a mailbox of its own."""

from __future__ import annotations

import itertools
import json
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from emulators.exchange import Fault
from engine.store.valkey import open_server
from tests.servers.mailbox import generated, write_folder
from tests.servers.processes.installation import PASSWORD, Installation, installation
from tests.servers.processes.zygote import Forked, start

NAMES = itertools.count(1)
# Each kind of death: what is done to the nth request of an operation.
KINDS: dict[str, Callable[[str, int], tuple[Fault, ...]]] = {
    "before it arrives": lambda operation, nth: (
        Fault(operation=operation, nth=nth, when="before", action="hold", name="kill"),
        Fault(operation=operation, nth=nth, when="before", action="drop"),
    ),
    "before the commit, which follows": lambda operation, nth: (
        Fault(operation=operation, nth=nth, when="before", action="hold", name="kill"),
    ),
    "after the commit": lambda operation, nth: (
        Fault(operation=operation, nth=nth, when="after", action="hold", name="kill"),
    ),
    "in the middle of the answer": lambda operation, nth: (
        Fault(operation=operation, nth=nth, when="after", action="hold", name="kill", middle=True),
    ),
}


def moments(kind: str, operations: Sequence[str]) -> list[tuple[str, int]]:
    """The requests at which to kill: every one, or every one that writes where only a commit matters."""
    if "commit" not in kind:
        return [("*", number + 1) for number in range(len(operations))]
    writes = Counter(o for o in operations if o.startswith(("Create", "Delete")))
    return [(operation, number + 1) for operation, count in writes.items() for number in range(count)]


class Bench:
    """Runs `omm` in processes that can be killed at any request."""

    def __init__(self, at: Installation) -> None:
        self.at = at

    def new_mailbox(self) -> str:
        address = f"kill{next(NAMES)}@example.org"
        self.at.emulator.add_mailbox(address, password=PASSWORD)
        return address

    def destination(self, address: str) -> str:
        return "ews+" + self.at.emulator.url.replace("//", f"//{quote(address, safe='')}@")

    def migrate(self, address: str, *, source: str | None = None) -> dict[str, Any]:
        """To the end; from another source than the installation's if one is named."""
        return self._json("migrate", source or self.at.source, self.destination(address), "--json")

    def roll_back(self, task_id: str) -> dict[str, Any]:
        """To the end."""
        return self._json("rollback", task_id, "--yes", "--json")

    def _json(self, *arguments: str) -> dict[str, Any]:
        running = self._start(*arguments)
        output, errors = running.communicate()
        assert running.returncode == 0, (output, errors)
        said: dict[str, Any] = json.loads(output)
        return said

    def killed_migration(self, address: str, *faults: Fault) -> bool:
        """Starts a migration and kills it where a fault holds it; False if it ended before."""
        return self._killed(faults, "migrate", self.at.source, self.destination(address), "--json")

    def killed_rollback(self, task_id: str, *faults: Fault) -> bool:
        """Starts a rollback and kills it where a fault holds it; False if it ended before."""
        return self._killed(faults, "rollback", task_id, "--yes", "--json")

    def _killed(self, faults: tuple[Fault, ...], *arguments: str) -> bool:
        for fault in faults:
            self.at.emulator.add_fault(fault)
        running = self._start(*arguments)
        held = self._held_or_ended(running)
        if held:
            running.kill()
        running.communicate()
        self.at.emulator.release("kill")
        self.at.emulator.clear_faults()
        assert running.returncode == (-signal.SIGKILL if held else 0)
        return held

    def _start(self, *arguments: str) -> Forked:
        return start("cli", arguments, self.at.environment)

    def _held_or_ended(self, running: Forked) -> bool:
        while not self.at.emulator.wait_held("kill", 0.1):
            if running.poll() is not None:
                return False
        return True

    def content(self, address: str) -> Counter[tuple[Any, ...]]:
        """What a mailbox holds, ids and times of creation aside."""
        return Counter(
            (m.folder, m.mime, m.received, m.sent, m.is_read, m.is_draft, m.flag_status, tuple(m.categories))
            for m in self.at.emulator.messages(address)
        )

    def requests_of(self, run: Any) -> list[str]:
        """The operations of the requests that the server got meanwhile."""
        before = len(self.at.emulator.requests)
        run()
        return [r.operation for r in self.at.emulator.requests[before:]]


@contextmanager
def killing(directory: Path) -> Iterator[Bench]:
    """An installation with a small mailbox."""
    with installation(directory / "at") as at:
        at.emulator.configure(auth=("basic",))
        home = at.imap.home("claire")
        write_folder(home / "Maildir", (), generated(7, seed=1))
        write_folder(home / "Maildir", ("Clients",), generated(5, seed=2))
        write_folder(home / "Maildir", ("Clients", "Atlas"), generated(3, seed=3))
        at.imap.give_away(home)
        with open_server(Path(at.environment["OMM_STATE_DIR"])):
            yield Bench(at)
