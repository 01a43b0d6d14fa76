"""From one Exchange to another: our rate beside what bounds it, for the same messages.

That is the rate at which our writers send requests that are ready, and the one at which our readers read and do nothing
else (`bench/prebuilt.py`). Each end is an emulator of its own. The old mailbox is filled from Dovecot beforehand, and
gives messages as it has them: what rendering them costs the emulator is no matter of ours.

The promise is about what a server makes us wait for: a migration keeps its writers nearly as busy as requests that are
ready do. So it holds where the new server takes its time, as any Exchange does. Without service time two emulators and
our own process ask for more than the processors of a small machine have, and the ratio is one of processor time:
reading a message costs as much as writing one, and prebuilt requests do not read. That table is printed, and promises
nothing. How busy the processors were stands in each row: near 100 % it is the machine that is the bound.

Two paces are promised for. 30 ms a request and 5 ms an item let 16 writers send 2,900 messages a second. 100 ms and
30 ms let them send 500 of 5 KB, five times the 150 MB in 5 minutes that Exchange Online takes for one mailbox (its own
words when it raises a tenant's limits, as https://kb.copaco.cloud/kb/how-to-disable-exchange-online-throttling-policy-f
has them).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain, cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bench.omm import somebody_new
from bench.process import Finished, run
from bench.servers import LOGIN, PASSWORD, Exchange, exchange, source, source_account
from tests.servers.mail_servers.dovecot import MISSING, installed

LEAST = 0.8         # of the rate of prebuilt requests
MOST_MEMORY = 150   # MiB
MOST_RUNS = 3       # as a part of make bench: each takes four minutes
OURS, PREBUILT, READING = "omm migrate", "prebuilt requests, sent by our writers", "reading alone, by our readers"
ALONE = {PREBUILT: "write", READING: "read"}
HOUSE = Path(__file__).parent.parent
TIMES = 10          # as many messages as in the other tables: signing in, making folders and the proof take a second


@dataclass(frozen=True, slots=True)
class Pace:
    """How long each end takes over a request and over each of its items, in milliseconds.

    `why_not` says why no rate is promised at this pace, "" where one is.
    """

    title: str
    old: tuple[float, float]
    new: tuple[float, float]
    why_not: str = ""

    @property
    def promised(self) -> bool:
        """True: at this pace our rate is promised."""
        return not self.why_not


PACES = (
    Pace("no service time", (0, 0), (0, 0), why_not="the processors are the bound"),
    Pace("the new one takes 30 ms a request, 5 ms an item", (0, 0), (30, 5)),
    Pace("the new one takes 100 ms a request, 30 ms an item", (0, 0), (100, 30)),
    Pace("both take 30 ms a request, 5 ms an item", (30, 5), (30, 5), why_not="four readers are the bound"),
)


@dataclass(frozen=True, slots=True)
class Took:
    """A run: the seconds of its work, how busy it kept the processors (1: all of them), and our most memory in bytes.

    `others` is how busy everything else on the machine kept them meanwhile.
    """

    seconds: float
    busy: float
    others: float
    peak: int


@dataclass(frozen=True, slots=True)
class Rates:
    """All runs at one pace, by who did the work."""

    pace: Pace
    messages: int
    runs: dict[str, list[Took]]

    def seconds(self, side: str) -> list[float]:
        """The seconds of work of each run."""
        return [took.seconds for took in self.runs[side]]

    def rate(self, side: str) -> float:
        """Messages a second, by the median."""
        return self.messages / statistics.median(self.seconds(side))

    @property
    def peak(self) -> int:
        """Our most memory, in bytes."""
        return max(took.peak for took in self.runs[OURS])

    @property
    def missed(self) -> bool:
        """True: a promise is not kept."""
        slow = self.pace.promised and self.rate(OURS) < LEAST * self.rate(PREBUILT)
        return slow or self.peak >= MOST_MEMORY * 2**20


@dataclass(frozen=True, slots=True)
class Ends:
    """A full mailbox on one Exchange, and empty ones on another; `ca_file` vouches for both."""

    old: Exchange
    new: Exchange
    ca_file: Path
    messages: int

    def run(self, side: str, address: str) -> Took:
        """One run into that mailbox. Raises RuntimeError when it does not bring every message."""
        began, at_work = time.monotonic(), machine_at_work()
        old, new = self.old.cpu(), self.new.cpu()
        done, seconds, whole, cpu = self._migrated(address) if side == OURS else self._alone(ALONE[side], address)
        took, in_all = time.monotonic() - began, machine_at_work() - at_work
        old, new = self.old.cpu() - old, self.new.cpu() - new
        of_it = {OURS: old + new, PREBUILT: new, READING: old}[side]        # beside the work, the old one is read from
        cores = os.cpu_count() or 1
        others = max(0.0, in_all - old - new - done.cpu) / (took * cores)
        return Took(seconds, (cpu + of_it) / (whole * cores), others, done.peak)

    def _migrated(self, address: str) -> tuple[Finished, float, float, float]:
        """`omm migrate`; the seconds of its work, and, with its start, those of all and of its processor."""
        with somebody_new(self.ca_file) as omm:
            told = omm.migrate(self.old.account(LOGIN), self.new.account(address))
        self._whole(told.json["contents"]["mail"]["copied"])
        return told.finished, float(told.json["seconds"]), told.finished.seconds, told.finished.cpu

    def _alone(self, what: str, address: str) -> tuple[Finished, float, float, float]:
        """Writing or reading alone; the seconds of its work, twice, and those of its processor."""
        environment = {
            "PATH": os.environ["PATH"], "PYTHONPATH": str(HOUSE), "OMM_CA_FILE": str(self.ca_file),
            "OMM_DESTINATION_PASSWORD": PASSWORD,
        }
        command = [sys.executable, "-m", "bench.prebuilt", what, self.old.account(LOGIN), self.new.account(address)]
        finished = run(command, environment)
        if finished.status:
            raise RuntimeError(f"{command[2:4]} ended with {finished.status}: {finished.said}")
        told = json.loads(finished.output)
        self._whole(told["messages"])
        return finished, float(told["seconds"]), float(told["seconds"]), float(told["cpu"])

    def _whole(self, messages: int) -> None:
        if messages != self.messages:
            raise RuntimeError(f"there were {messages} messages instead of {self.messages}")


def machine_at_work() -> float:
    """Seconds that all processors of this machine together have been at work so far."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


def measured(*, runs: int, messages: int, size: int) -> Iterator[Rates]:
    """Runs all sides in turn at each pace. Raises RuntimeError when one does not bring every message."""
    boxes = [[f"box{number}-{pace}@example.org" for number in range(3 * runs)] for pace in range(len(PACES))]
    with opened(messages, size, list(chain.from_iterable(boxes))) as ends:
        for pace, addresses in zip(PACES, boxes, strict=True):
            yield _in_turn(ends, pace, addresses)


def _in_turn(ends: Ends, pace: Pace, addresses: Sequence[str]) -> Rates:
    """One side after the other, each time into the next of the empty mailboxes."""
    runs: dict[str, list[Took]] = {OURS: [], PREBUILT: [], READING: []}
    _takes(ends.new, pace.new)
    for side, address in zip(cycle(runs), addresses, strict=False):
        _takes(ends.old, (0, 0) if side == PREBUILT else pace.old)      # what is prepared is not measured
        runs[side].append(ends.run(side, address))
    return Rates(pace, ends.messages, runs)


def _takes(server: Exchange, milliseconds: tuple[float, float]) -> None:
    """Sets how long a server takes over a request and over each of its items."""
    server.control.configure(request_ms=milliseconds[0], item_ms=milliseconds[1])


@contextmanager
def opened(messages: int, size: int, addresses: Sequence[str]) -> Iterator[Ends]:
    """Both servers, the old mailbox filled, until the context ends."""
    with ExitStack() as stack:
        mail = stack.enter_context(source(messages, size))
        old = stack.enter_context(exchange([LOGIN]))
        new = stack.enter_context(exchange(addresses))
        ca_file = Path(stack.enter_context(TemporaryDirectory(prefix="omm-bench-"))) / "ca.pem"
        ca_file.write_text("".join(each.read_text() for each in (mail.certificate.ca, old.ca_file, new.ca_file)))
        with somebody_new(ca_file) as omm:
            omm.migrate(source_account(mail), old.account(LOGIN))
        old.control.configure(mime_roundtrip="verbatim")
        yield Ends(old, new, ca_file, messages)


def table(rates: Rates) -> str:
    """The medians as Markdown, and the promises."""
    runs = len(rates.runs[OURS])
    others = statistics.median(took.others for taken in rates.runs.values() for took in taken)
    return "\n".join((
        f"### From Exchange to Exchange: {rates.pace.title}\n",
        f"Median of {runs} run{'s' if runs > 1 else ''} in turn, {rates.messages} messages each. "
        f"Other programs kept the processors {others:.0%} busy.\n",
        "| | work, s | messages a second | beside prebuilt | processors busy | peak memory |",
        "|---|---|---|---|---|---|",
        _row(rates, OURS, f"{rates.peak / 1e6:.0f} MB"),
        *(_row(rates, side, "") for side in ALONE),
        f"\n{_promise(rates.pace)}.\n",
    ))


def _promise(pace: Pace) -> str:
    memory = f"less than {MOST_MEMORY} MiB"
    if pace.promised:
        return f"Promised: at least {LEAST} beside prebuilt requests, and {memory}"
    return f"Promised: {memory}, and no rate: {pace.why_not}"


def _row(rates: Rates, side: str, peak: str) -> str:
    seconds = rates.seconds(side)
    spread = f"{statistics.median(seconds):.2f} ({min(seconds):.2f}–{max(seconds):.2f})"
    ratio, busy = rates.rate(side) / rates.rate(PREBUILT), statistics.median(took.busy for took in rates.runs[side])
    return f"| {side} | {spread} | {rates.rate(side):.0f} | {ratio:.2f} | {busy:.0%} | {peak} |"


def memory(messages: int, size: int) -> str:
    """Moves a mailbox, then looks at it once more with nothing to copy: our most memory each time, as Markdown."""
    with opened(messages, size, ["claire@exchange.example"]) as ends, somebody_new(ends.ca_file) as omm:
        runs = [omm.migrate(ends.old.account(LOGIN), ends.new.account("claire@exchange.example")) for _ in range(2)]
    copied, again = (f"{told.finished.peak / 1e6:.0f} MB" for told in runs)
    return "\n".join((
        "| from Exchange to Exchange | peak memory |", "|---|---|",
        f"| {messages} messages of {size} bytes | {copied} |",
        f"| the same once more, with nothing to copy | {again} |",
    ))


def main() -> int:
    """Prints these tables alone, of --messages each; 1 when a promise is missed, 2 without Dovecot."""
    parser = argparse.ArgumentParser(prog="python -m bench.from_exchange")
    parser.add_argument("--runs", type=int, default=5, help="of each side, in turn (5)")
    parser.add_argument("--messages", type=int, default=20_000, help="in 14 folders (20000)")
    parser.add_argument("--bytes", type=int, default=5000, help="a message (5000)")
    parser.add_argument("--memory", action="store_true", help="move them, then look once more: our memory alone")
    given = parser.parse_args()
    if not installed():
        print(f"{MISSING}.", file=sys.stderr)
        return 2
    if given.memory:
        print(memory(given.messages, given.bytes))
        return 0
    missed = 0
    for rates in measured(runs=given.runs, messages=given.messages, size=given.bytes):
        print(table(rates), flush=True)
        missed += rates.missed
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
