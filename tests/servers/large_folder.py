"""A folder of 100,000 messages, moved by a run that is killed shortly before its end and one that goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

import psutil

from bench.mailbox import letter
from bench.process import peak_of
from bench.process import run as run_to_its_end
from bench.servers import PASSWORD, Exchange, exchange
from tests.servers.mail_servers.hard_imap import HardImap, Many, hard_imap
from tests.servers.processes.installation import OMM, environment_for

ADDRESS = "claire@exchange.example"
MANY = 100_000
SIZE = 2_000            # bytes a message
GIVEN = 0.98            # what the source has given out when the process is killed: some of it is on its way
LOOK = 0.1              # seconds between two looks at the process


@dataclass
class Seen:
    """What was seen of a process: its peak memory in bytes, how it ended, and its and the server's work over time."""

    peak: int = 0
    status: int | None = None
    output: str = ""
    times: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)

    def work_until(self, moment: float) -> float:
        """Seconds of processor time until then."""
        return self.worked[min(bisect_left(self.times, moment), len(self.worked) - 1)]


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds that a message took at the destination, by the clock and by the processors."""

    clock: float
    work: float


Created = list[tuple[float, float, int]]       # start, end and items of each request, in the order of their ends


@dataclass
class Large:
    """The run that was killed, the run that went on, and what the destination noted of both."""

    killed: Seen
    resumed: Seen
    seconds: float
    messages: int
    before: Created

    def tenth(self, number: int) -> Pace:
        """The pace of one tenth of what was copied before the kill, from 1."""
        counts = list(accumulate(items for _, _, items in self.before))
        first, last = (bisect_left(counts, counts[-1] * each // 10) for each in (number - 1, number))
        return _pace(self.before[first:last], self.killed)


def _pace(created: Created, seen: Seen) -> Pace:
    begin, end, items = created[0][0], created[-1][1], sum(items for _, _, items in created)
    return Pace((end - begin) / items, (seen.work_until(end) - seen.work_until(begin)) / items)


@dataclass
class Ends:
    """A source of many messages, an empty Exchange mailbox, and `omm` between them."""

    server: HardImap
    destination: Exchange
    environment: dict[str, str]

    def command(self, *words: str) -> list[str]:
        source = f"imap://claire@localhost:{self.server.port}"
        return [str(OMM), *words, source, self.destination.account(ADDRESS), "--json", "--allow-plaintext"]

    def created(self) -> Created:
        requests = [r for r in self.destination.control.requests if r.operation == "CreateItem" and r.committed]
        return sorted(((r.started, r.ended, r.items) for r in requests), key=lambda one: one[1])

    def watched(self, *, until: Callable[[], bool] = lambda: False) -> Seen:
        """Runs a migration and looks on, to its end or until it is killed."""
        seen, pause = Seen(), threading.Event()
        output = Path(self.environment["HOME"]).with_name("output")
        with output.open("w") as stdout, subprocess.Popen(
            self.command("migrate"), env=self.environment, stdin=subprocess.DEVNULL, stdout=stdout,
            stderr=subprocess.DEVNULL,
        ) as process:
            watched = psutil.Process(process.pid)
            while process.poll() is None:
                with suppress(psutil.NoSuchProcess):
                    times = watched.cpu_times()
                    seen.times.append(time.time())
                    seen.worked.append(times.user + times.system + self.destination.cpu())
                seen.peak = max(seen.peak, peak_of(process.pid))
                if until():
                    os.kill(process.pid, signal.SIGKILL)
                pause.wait(LOOK)
        seen.status, seen.output = process.returncode, output.read_text()
        return seen


@contextmanager
def large_folder(directory: Path) -> Iterator[Large]:
    """Kills a migration when nine tenths are copied, and lets the same command go on to the end."""
    with hard_imap({b"INBOX": Many(MANY, lambda number: letter(number, SIZE))}) as server, exchange([ADDRESS]) as there:
        environment = environment_for(
            directory, there.ca_file, OMM_SOURCE_PASSWORD=PASSWORD, OMM_DESTINATION_PASSWORD=PASSWORD
        )
        ends = Ends(server, there, environment)
        killed = ends.watched(until=lambda: ends.server.given >= MANY * GIVEN)
        before = ends.created()
        began = time.monotonic()
        resumed = ends.watched()
        seconds = time.monotonic() - began
        checked = json.loads(run_to_its_end(ends.command("check"), ends.environment).output)
        yield Large(killed, resumed, seconds, checked["destination"]["messages"], before)
