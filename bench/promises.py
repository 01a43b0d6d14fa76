"""How long people wait: what we promise in seconds beside what is measured here. `python -m bench.promises`.

Tests ask whether something happens, never how soon: that depends on the machine. So it is measured here, on a machine
that does nothing else. Names of measurements as arguments measure only those.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import revision
from bench.process import run
from emulators.exchange import Fault
from engine.ports.source import Role, SourceFolder
from tests.recovery.workers.workshop import Workshop, until, workshop
from tests.servers.large_folder import Large, Pace, large_folder
from tests.servers.mailbox import generated, write_folder
from tests.servers.memory.source import MemorySource, mail
from tests.servers.processes.installation import PASSWORD, SOURCE_LOGIN, environment_for, installation
from tests.servers.slack.said import oldest
from tests.servers.slack.thirty import Moved, thirty_at_once
from tests.servers.world import world

OMM, HERE = revision.omm(revision.HOUSE)
ADDRESS = "claire@example.org"
INBOX = SourceFolder(("INBOX",), "INBOX", Role.INBOX)


@dataclass(frozen=True, slots=True)
class Measured:
    """A row: what is promised, as a bound that is not to be exceeded (`most`) or to be reached."""

    what: str
    found: float
    promised: float
    unit: str = "s"
    most: bool = True

    @property
    def is_kept(self) -> bool:
        return self.found <= self.promised if self.most else self.found >= self.promised

    def row(self) -> str:
        """A line of the table."""
        bound = f"at {'most' if self.most else 'least'} {self.promised:g} {self.unit}"
        return f"| {self.what} | {self.found:.2f} {self.unit} | {bound} | {'kept' if self.is_kept else 'MISSED'} |"


Rows = Iterator[Measured]


def help_is_shown(directory: Path) -> Rows:
    """`omm --help`."""
    yield Measured("`omm --help`", run([*OMM, "--help"], _environment(directory) | HERE).seconds, 2)


def silence_is_given_up(directory: Path) -> Rows:
    """Servers on both sides that take a connection and say nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        at = f"claire@127.0.0.1:{silent.getsockname()[1]}"
        for scheme in ("imap", "pop3"):
            words = ["check", f"{scheme}://{at}", f"ews+http://{at}", "--allow-plaintext"]
            ended = run([*OMM, *words], _environment(directory) | HERE)
            assert "answer" in ended.said, ended.said
            yield Measured(f"servers that never answer are given up on ({scheme} to Exchange)", ended.seconds, 10)


def _environment(directory: Path) -> dict[str, str]:
    found = environment_for(directory, directory)
    del found["OMM_CA_FILE"]
    return found


def thirty(directory: Path) -> Rows:
    """Thirty people at the same moment."""
    with thirty_at_once(directory) as moved:
        acks = [ack.seconds for ack in moved.house.slack.control.acks if ack.kind in ("command", "view_submission")]
        yield Measured("thirty commands and forms at once: the slowest answer", max(acks), 1)
        yield Measured("until the last of thirty has a card", max(_waits(moved)), 15)
        yield Measured("the oldest thing that a live card says", max(_ages(moved)), 60)


def _waits(moved: Moved) -> list[float]:
    return [float(each.cards[0]["ts"]) - moved.records[each.task_id][0].at for each in moved.moves]


def _ages(moved: Moved) -> list[float]:
    said = moved.house.said()
    return [oldest(said[each.task_id], moved.records[each.task_id], moved.ended) for each in moved.moves]


def doors(directory: Path) -> Rows:
    """Workers that are told to stop, or killed."""
    with installation(directory / "at") as at:
        at.emulator.configure(auth=("basic",))
        home = at.imap.home(SOURCE_LOGIN)
        write_folder(home / "Maildir", (), generated(300, seed=1, size=500))
        at.imap.give_away(home)
        at.emulator.add_mailbox("a@example.org", password=PASSWORD)
        at.emulator.add_mailbox("b@example.org", password=PASSWORD)
        with workshop(at, directory / "shop") as shop:
            yield from _stopped(shop)
            yield from _killed(shop)


def _stopped(shop: Workshop) -> Rows:
    checks, door = shop.open("checks"), shop.open("migrations")
    shop.at.emulator.add_fault(Fault(operation="CreateItem", nth=3, action="hold", name="hang"))
    shop.start("a@example.org")
    assert shop.at.emulator.wait_held("hang", 60)
    yield Measured("a worker is told to stop while a server hangs: gone after", _took(door.end), 10)
    yield Measured("idle workers are told to stop: gone after", _took(checks.end), 2)
    shop.at.emulator.clear_faults()


def _killed(shop: Workshop) -> Rows:
    shop.open("checks")
    door = shop.open("migrations")
    shop.at.emulator.add_fault(Fault(operation="CreateItem", nth=3, action="hold", name="kill"))
    task_id = shop.start("b@example.org")
    assert shop.at.emulator.wait_held("kill", 60)
    owner = shop.fencing(task_id)
    for each in door.family():
        each.kill()
    shop.at.emulator.clear_faults()
    door.process.wait(60)
    began = time.monotonic()
    shop.open("migrations")
    until(lambda: shop.fencing(task_id) > owner)
    yield Measured("every worker is killed: the migration goes on after", time.monotonic() - began, 60)


def _took(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def width(directory: Path) -> Rows:
    """A server that takes its time for each item is given more requests at once, though all mail is read by then."""
    source = MemorySource({INBOX: [mail(f"in {number}") for number in range(1000)]})
    with world(directory, {"old": source}) as built:
        built.emulator.configure(item_ms=6)
        built.migrate()
        creates = [request for request in built.emulator.requests if request.operation == "CreateItem"]
    moments = sorted([(each.started, 1) for each in creates] + [(each.ended, -1) for each in creates])
    under_way = [sum(change for _, change in moments[:number + 1]) for number in range(len(moments))]
    yield Measured("requests at once that a slow server is given", max(under_way), 6, unit="requests", most=False)


def large(directory: Path) -> Rows:
    """A folder of 100,000 messages."""
    with large_folder(directory) as found:
        yield Measured("100,000 messages, killed at nine tenths: the second run takes", found.seconds, 120)
        yield Measured("its last tenth's rate, as a part of the first one's", _kept(found), 0.9, unit="", most=False)


def _kept(found: Large) -> float:
    """By the clock or by the processors' work: others may use the machine, too."""
    first, last = found.tenth(1), found.tenth(10)
    return max(_rate(first, last))


def _rate(first: Pace, last: Pace) -> tuple[float, float]:
    return first.clock / last.clock, first.work / last.work


MEASUREMENTS: dict[str, Callable[[Path], Rows]] = {
    "help": help_is_shown, "silence": silence_is_given_up, "width": width, "doors": doors, "thirty": thirty,
    "large": large,
}


def main(names: Sequence[str]) -> int:
    """Prints the table. 0: every promise was kept."""
    print("| | measured | promised | |\n|---|---|---|---|")
    found = []
    for name in names or MEASUREMENTS:
        with tempfile.TemporaryDirectory(prefix="omm-promise-") as directory:
            for measured in MEASUREMENTS[name](Path(directory)):
                print(measured.row(), flush=True)
                found.append(measured)
    return 0 if all(each.is_kept for each in found) else 1


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main(sys.argv[1:]))
