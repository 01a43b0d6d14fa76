"""From one Exchange to another: our rate beside what bounds it, for the same messages.

That is the rate at which our writers send requests that are ready, and the one at which our readers read and do nothing
else (`bench/prebuilt.py`). Each end is an emulator of its own. The old mailbox is filled from Dovecot beforehand, and
gives messages as it has them: what rendering them costs the emulator is no matter of ours.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain, cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.omm import somebody_new
from bench.process import run
from bench.servers import LOGIN, PASSWORD, Exchange, exchange, source, source_account
from tests.servers.dovecot import MISSING, installed

LEAST = 0.8         # of the rate of prebuilt requests
MOST_MEMORY = 150   # MiB
OURS, PREBUILT, READING = "omm migrate", "prebuilt requests, sent by our writers", "reading alone, by our readers"
ALONE = {PREBUILT: "write", READING: "read"}
HOUSE = Path(__file__).parent.parent
TIMES = 5           # as many messages as in the other tables: at first a migration sends little at once


@dataclass(frozen=True, slots=True)
class Pace:
    """How long each end takes over a request and over each of its items, in milliseconds.

    `promised`: at this pace; where the old mailbox takes its time, four readers bound the rate.
    """

    title: str
    old: tuple[float, float]
    new: tuple[float, float]
    promised: bool = True


PACES = (
    Pace("no service time", (0, 0), (0, 0)),
    Pace("the new one takes 30 ms a request, 5 ms an item", (0, 0), (30, 5)),
    Pace("both take 30 ms a request, 5 ms an item", (30, 5), (30, 5), promised=False),
)


@dataclass(frozen=True, slots=True)
class Rates:
    """The seconds of work of each run, by who did it, and our most memory in bytes."""

    pace: Pace
    messages: int
    seconds: dict[str, list[float]]
    peak: int

    def rate(self, side: str) -> float:
        """Messages a second, by the median."""
        return self.messages / statistics.median(self.seconds[side])

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

    def run(self, side: str, address: str) -> tuple[float, int]:
        """The seconds of work, and the most memory in bytes. RuntimeError when it does not bring every message."""
        if side != OURS:
            return self._alone(ALONE[side], address)
        with somebody_new(self.ca_file) as omm:
            told = omm.migrate(self.old.account(LOGIN), self.new.account(address))
        self._whole(told.json["contents"]["mail"]["copied"])
        return float(told.json["seconds"]), told.finished.peak

    def _alone(self, what: str, address: str) -> tuple[float, int]:
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
        return float(told["seconds"]), finished.peak

    def _whole(self, messages: int) -> None:
        if messages != self.messages:
            raise RuntimeError(f"there were {messages} messages instead of {self.messages}")


def measured(*, runs: int, messages: int, size: int) -> Iterator[Rates]:
    """Runs all sides in turn at each pace. Raises RuntimeError when one does not bring every message."""
    boxes = [[f"box{number}-{pace}@example.org" for number in range(3 * runs)] for pace in range(len(PACES))]
    with opened(messages, size, list(chain.from_iterable(boxes))) as ends:
        for pace, addresses in zip(PACES, boxes, strict=True):
            yield _in_turn(ends, pace, addresses)


def _in_turn(ends: Ends, pace: Pace, addresses: Sequence[str]) -> Rates:
    """One side after the other, each time into the next of the empty mailboxes."""
    seconds: dict[str, list[float]] = {OURS: [], PREBUILT: [], READING: []}
    peak = 0
    _takes(ends.new, pace.new)
    for side, address in zip(cycle(seconds), addresses, strict=False):
        _takes(ends.old, (0, 0) if side == PREBUILT else pace.old)      # what is prepared is not measured
        took, held = ends.run(side, address)
        seconds[side].append(took)
        peak = max(peak, held) if side == OURS else peak
    return Rates(pace, ends.messages, seconds, peak)


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
    runs = len(rates.seconds[OURS])
    return "\n".join((
        f"### From Exchange to Exchange: {rates.pace.title}\n",
        f"Median of {runs} run{'s' if runs > 1 else ''} in turn, {rates.messages} messages each.\n",
        "| | work, s | messages a second | beside prebuilt | peak memory |",
        "|---|---|---|---|---|",
        _row(rates, OURS, f"{rates.peak / 1e6:.0f} MB"),
        *(_row(rates, side, "") for side in ALONE),
        f"\n{_promise(rates.pace)}.\n",
    ))


def _promise(pace: Pace) -> str:
    beside = f"at least {LEAST} beside prebuilt requests, and " if pace.promised else ""
    return f"Promised: {beside}less than {MOST_MEMORY} MiB"


def _row(rates: Rates, side: str, peak: str) -> str:
    seconds = rates.seconds[side]
    spread = f"{statistics.median(seconds):.2f} ({min(seconds):.2f}–{max(seconds):.2f})"
    return f"| {side} | {spread} | {rates.rate(side):.0f} | {rates.rate(side) / rates.rate(PREBUILT):.2f} | {peak} |"


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
    parser.add_argument("--messages", type=int, default=10_000, help="in 14 folders (10000)")
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
