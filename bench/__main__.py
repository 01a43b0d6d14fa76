"""Side by side: `python -m bench --runs 5 --messages 2000`.

The same mailbox goes from Dovecot into the Exchange emulator, both over TLS on this machine, by `omm migrate` and by a
script of stock libraries in turn, each time into an empty mailbox. What counts is the work, from the first connection
to the last answer, without interpreter start, imports, our store's start and our check of both accounts; it includes
our listing, the reading of tags, and the proof that everything arrived. The whole process is shown beside it.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from bench import appointments, calendars, connections, people, sides
from bench import from_exchange as exchanges
from bench.process import peak_of
from bench.servers import Exchange, exchange, source
from bench.sides import Measured, authorities
from tests.servers.mail_servers.dovecot import MISSING, Dovecot, installed

TARGET = 3.0        # times as fast as the stock script
OURS, STOCK, BARE = "omm migrate", "stock libraries, the same mailbox", "stock libraries, bare"


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the emulated server takes over a request and over each item, in milliseconds."""

    title: str
    request_ms: float
    item_ms: float


FEW = 500       # messages: below that somebody only looks whether it runs
PACES = (
    Pace("No service time", 0, 0),
    Pace("30 ms a request, 5 ms an item", 30, 5),
)


@dataclass(frozen=True, slots=True)
class Result:
    """All runs at one pace. `server_peak` is the emulator's memory, in bytes."""

    pace: Pace
    ours: tuple[Measured, ...]
    stock: tuple[Measured, ...]
    bare: tuple[Measured, ...]
    server_peak: int

    @property
    def ratio(self) -> float:
        """How many times as many messages a second we move as the stock script that leaves the same mailbox."""
        return _median(self.stock, "inner") / _median(self.ours, "inner")


def main() -> int:
    """Prints the tables. The exit status is 1 when --check is given and a target is missed, 2 without Dovecot."""
    given = _arguments()
    if not installed():
        print(f"{MISSING}.", file=sys.stderr)
        return 2
    print(facts())
    missed = []
    with source(given.messages, given.bytes) as mail:
        for pace in PACES:
            result = measured(mail, pace, runs=given.runs, messages=given.messages)
            print(table(result, given.messages))
            missed += [pace.title] if result.ratio < TARGET else []
        slowed = over_connections(mail, runs=given.runs, messages=given.messages)
    stored = appointments.measured(runs=given.runs, appointments=given.messages)
    print(appointments.table(stored))
    slow_from = from_exchange(runs=given.runs, messages=given.messages, size=given.bytes)
    slow_calendars = of_calendars(runs=given.runs, count=given.messages * exchanges.TIMES)
    moved = people.measured(runs=1, size=people.FULL if given.messages >= FEW else people.FULL.part(100))
    print(people.table(moved))
    too_slow = stored.rate < appointments.LEAST
    if missed:
        print(f"Below {TARGET:.0f} times the stock script: {', '.join(missed)}.")
    if slowed:
        print(f"Below {connections.LEAST} of the rate over fresh connections: {', '.join(slowed)}.")
    if too_slow:
        print(f"Below {appointments.LEAST} appointments a second: the emulator.")
    if slow_from:
        print(f"A promise of moving from Exchange is missed: {'; '.join(slow_from)}.")
    if slow_calendars:
        print(f"A promise of moving calendars from Exchange is missed: {'; '.join(slow_calendars)}.")
    if moved.missed:
        print("A promise of moving contacts, groups and tasks from Exchange is missed.")
    failed = missed or slowed or too_slow or slow_from or slow_calendars or moved.missed
    return 1 if failed and given.check else 0


def from_exchange(*, runs: int, messages: int, size: int) -> list[str]:
    """Prints how mail moves from one Exchange to another; the titles of the paces at which a promise is missed."""
    missed = []
    for rates in exchanges.measured(
        runs=min(runs, exchanges.MOST_RUNS), messages=messages * exchanges.TIMES, size=size
    ):
        print(exchanges.table(rates))
        missed += [rates.pace.title] if rates.missed else []
    return missed


def of_calendars(*, runs: int, count: int) -> list[str]:
    """Prints how calendars move from one Exchange to another; where a promise is missed."""
    missed = []
    for rates in calendars.measured(runs=min(runs, calendars.MOST_RUNS), count=count):
        print(calendars.table(rates))
        missed += [rates.pace.title] if rates.missed else []
    grown = calendars.grown(count)
    print(calendars.grown_table(grown))
    return [*missed, *(["many appointments"] if calendars.too_large(grown) else [])]


def over_connections(mail: Dovecot, *, runs: int, messages: int) -> list[str]:
    """Prints what connections that are not kept alive cost; the titles of the paces at which it is too much."""
    slowed = []
    for pace in PACES:
        rates = connections.measured(
            mail, runs=runs, messages=messages, request_ms=pace.request_ms, item_ms=pace.item_ms
        )
        print(connections.table(rates, pace.title, messages))
        slowed += [pace.title] if rates.ratio < connections.LEAST else []
    return slowed


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5, help="of each side, alternating (5)")
    parser.add_argument("--messages", type=int, default=2000, help="in 14 folders (2000)")
    parser.add_argument("--bytes", type=int, default=5000, help="a message (5000)")
    parser.add_argument(
        "--check", action="store_true", help=f"fail below {TARGET:.0f} times the stock script's speed, or below "
        f"{connections.LEAST} of that over fresh connections where connections break, or when the emulator stores less "
        f"than {appointments.LEAST} appointments a second, or below {exchanges.LEAST} of the rate of prebuilt requests "
        f"from Exchange to Exchange, or {calendars.TIMES} times bulk_create of appointments",
    )
    return parser.parse_args()


def measured(mail: Dovecot, pace: Pace, *, runs: int, messages: int) -> Result:
    """Runs both sides in turn. Raises RuntimeError when one does not bring every message."""
    ours, stock, bare = [], [], []
    boxes = [(f"ours{n}@example.org", f"stock{n}@example.org", f"bare{n}@example.org") for n in range(runs)]
    with exchange([address for each in boxes for address in each]) as server, authorities(mail, server) as ca_file:
        server.control.configure(request_ms=pace.request_ms, item_ms=pace.item_ms)
        for mine, theirs, simple in boxes:
            ours.append(sides.ours(mail, server, mine, ca_file))
            stock.append(sides.stock(mail, server, theirs, ca_file))
            bare.append(sides.stock(mail, server, simple, ca_file, bare=True))
        for address in (address for each in boxes for address in each):
            _whole(server, address, messages)
        return Result(pace, tuple(ours), tuple(stock), tuple(bare), peak_of(server.pid))


def _whole(server: Exchange, address: str, messages: int) -> None:
    there = len(server.control.messages(address))
    if there != messages:
        raise RuntimeError(f"{address} has {there} messages instead of {messages}")


# What is printed


def facts() -> str:
    """The machine and the versions that a figure belongs to."""
    names = ("imapclient", "exchangelib", "lxml", "requests")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    dovecot = subprocess.run(["dovecot", "--version"], capture_output=True, text=True, check=True).stdout.split()[0]
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()}, Python {platform.python_version()}, "
        f"{versions}, Dovecot {dovecot}; servers and clients share the cores.\n"
    )


def table(result: Result, messages: int) -> str:
    """The medians of one pace as Markdown. The ratio that counts is that of the work, without the start."""
    runs = len(result.ours)
    return "\n".join((
        f"### {result.pace.title}\n",
        f"Median of {runs} alternating run{'s' if runs > 1 else ''}, {messages} messages each.\n",
        "| | work, s | messages a second | times slower | whole process, s | CPU, s | server's CPU, s | peak memory |",
        "|---|---|---|---|---|---|---|---|",
        *(_row(name, rows, result.ours, messages)
          for name, rows in ((OURS, result.ours), (STOCK, result.stock), (BARE, result.bare))),
        f"\nThe emulator's own peak memory: {result.server_peak / 1e6:.0f} MB.\n",
    ))


def _row(name: str, runs: Sequence[Measured], ours: Sequence[Measured], messages: int) -> str:
    inner = _median(runs, "inner")
    peak = max(one.peak for one in runs) / 1e6
    spread = f"{min(one.inner for one in runs):.2f}–{max(one.inner for one in runs):.2f}"
    slower = inner / _median(ours, "inner")
    rest = " | ".join(f"{_median(runs, what):.2f}" for what in ("seconds", "cpu", "server_cpu"))
    return f"| {name} | {inner:.2f} ({spread}) | {messages / inner:.0f} | {slower:.1f} | {rest} | {peak:.0f} MB |"


def _median(runs: Sequence[Measured], what: str) -> float:
    return float(statistics.median(getattr(one, what) for one in runs))


if __name__ == "__main__":
    sys.exit(main())
