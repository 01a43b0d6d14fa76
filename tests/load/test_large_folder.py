"""A folder of 100,000 messages: little memory, no slowing down, and a kill shortly before its end costs little."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

import psutil
import pytest

from bench.mailbox import letter
from bench.process import peak_of
from bench.process import run as run_to_its_end
from bench.servers import PASSWORD, Exchange, exchange
from tests.servers.hard_imap import HardImap, Many, hard_imap
from tests.servers.installation import OMM, environment_for
from tests.servers.outcomes import table

pytestmark = pytest.mark.timeout(420)

DOCUMENT = table("reliability", "large folders")
KILLED = "killed (SIGKILL) at nine tenths, and run again"
MEMORY = "memory of the process"
RATE = "rate in the last tenth before the kill"
ADDRESS = "claire@exchange.example"
MANY = 100_000
SIZE = 2_000            # bytes a message
GIVEN = 0.98            # what the source has given out when the process is killed: some of it is on its way
KILLED_AT = 0.89
MOST = 150 * 1024 * 1024        # bytes of memory, of one `omm` process
SLOWEST = 0.9           # the last tenth's rate, as a part of the first tenth's
RESUMED_IN = 120.0      # seconds
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

    def is_kept_by(self, other: Pace, part: float) -> bool:
        """Whether the other is as fast, or nearly so: `part` of it.

        Where others use the machine too, its processors know better than its clock.
        """
        return max(self.clock / other.clock, self.work / other.work) >= part


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


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ends]:
    directory = tmp_path_factory.mktemp("large")
    with hard_imap({b"INBOX": Many(MANY, lambda number: letter(number, SIZE))}) as server, exchange([ADDRESS]) as there:
        environment = environment_for(
            directory, there.ca_file, OMM_SOURCE_PASSWORD=PASSWORD, OMM_DESTINATION_PASSWORD=PASSWORD
        )
        yield Ends(server, there, environment)


@pytest.fixture(scope="module")
def large(ends: Ends) -> Large:
    """Kills a migration when nine tenths are copied, and lets the same command go on to the end."""
    killed = ends.watched(until=lambda: ends.server.given >= MANY * GIVEN)
    before = ends.created()
    began = time.monotonic()
    resumed = ends.watched()
    seconds = time.monotonic() - began
    checked = json.loads(run_to_its_end(ends.command("check"), ends.environment).output)
    return Large(killed, resumed, seconds, checked["destination"]["messages"], before)


def test_all_of_them_arrive_once_although_it_was_killed(large: Large) -> None:
    """Killed at nine tenths and run again, it ends with each message once, and within two minutes."""
    counts = json.loads(large.resumed.output)["contents"]["mail"]

    assert large.killed.status == -signal.SIGKILL
    assert MANY * KILLED_AT < sum(items for _, _, items in large.before) < MANY
    assert counts == {"found": MANY, "copied": MANY, "already_there": 0, "failed": 0, "left_out": 0}
    assert large.messages == MANY
    assert large.seconds < RESUMED_IN
    DOCUMENT.saw(KILLED, "Each is there once, after less than two minutes.")


def test_memory_stays_small(large: Large) -> None:
    """Neither the run from the start nor the one that goes on takes 150 MB."""
    assert 0 < large.killed.peak < MOST
    assert 0 < large.resumed.peak < MOST
    DOCUMENT.saw(MEMORY, "Less than 150 MB at any time.")


def test_the_end_is_as_fast_as_the_beginning(large: Large) -> None:
    """The last tenth before the kill is copied at nine tenths of the first one's rate, or faster."""
    assert large.tenth(1).is_kept_by(large.tenth(10), SLOWEST)
    DOCUMENT.saw(RATE, "At least nine tenths of what it was in the first tenth.")


def test_the_document_is_about_these() -> None:
    """No row of the document is without a test."""
    DOCUMENT.holds_only([KILLED, MEMORY, RATE])
