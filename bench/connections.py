"""What it costs when a server keeps no connection alive: one that says so, and one that breaks what it should keep.

Basic is spoken, since NTLM signs in a connection and cannot do with one request on each.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench import sides
from bench.servers import Exchange, exchange
from bench.sides import authorities
from emulators.exchange import Fault
from tests.servers.mail_servers.dovecot import Dovecot

LEAST = 0.5         # of the rate over fresh connections that breaking ones must leave
KEPT, FRESH, BREAKING = "kept alive", "a fresh one for each request", "every second request breaks it"
KINDS: dict[str, Callable[[Exchange], object]] = {
    KEPT: lambda _server: None,
    FRESH: lambda server: server.control.configure(keep_alive=False),
    BREAKING: lambda server: server.control.add_fault(Fault(action="reset", reused=True)),
}


@dataclass(frozen=True, slots=True)
class Rates:
    """The seconds of work of each run, by kind of connection, and how often a request was broken off in a run."""

    seconds: dict[str, list[float]]
    broken: int

    def rate(self, kind: str, messages: int) -> float:
        """Messages a second, by the median."""
        return messages / statistics.median(self.seconds[kind])

    @property
    def ratio(self) -> float:
        """The rate over connections that break as a part of that over fresh ones."""
        return statistics.median(self.seconds[FRESH]) / statistics.median(self.seconds[BREAKING])


def measured(mail: Dovecot, *, runs: int, messages: int, request_ms: float, item_ms: float) -> Rates:
    """Moves the mailbox over each kind in turn. Raises RuntimeError when a run is not whole."""
    addresses = {(kind, n): f"box{number}-{n}@example.org" for n in range(runs) for number, kind in enumerate(KINDS)}
    seconds: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with exchange(list(addresses.values())) as server, authorities(mail, server) as ca_file:
        server.control.configure(auth=["basic"], request_ms=request_ms, item_ms=item_ms)
        for (kind, _), address in addresses.items():
            with _kind(kind, server):
                seconds[kind].append(sides.ours(mail, server, address, ca_file).inner)
            there = len(server.control.messages(address))
            if there != messages:
                raise RuntimeError(f"{address} has {there} messages instead of {messages} ({kind})")
        broken = sum(not request.status for request in server.control.requests)
    return Rates(seconds, broken // runs)


@contextmanager
def _kind(kind: str, server: Exchange) -> Iterator[None]:
    KINDS[kind](server)
    yield
    server.control.clear_faults()
    server.control.configure(keep_alive=True)


def table(rates: Rates, title: str, messages: int) -> str:
    """The medians as Markdown, and the ratio that counts."""
    fresh = rates.rate(FRESH, messages)
    return "\n".join((
        f"### Connections to Exchange, Basic: {title}\n",
        "| a connection | work, s | messages a second | beside fresh ones |",
        "|---|---|---|---|",
        *(f"| {kind} | {_spread(rates.seconds[kind])} | {rates.rate(kind, messages):.0f} | "
          f"{rates.rate(kind, messages) / fresh:.2f} |" for kind in KINDS),
        f"\nRequests broken off in a run: {rates.broken}. At least {LEAST} beside fresh connections is promised.\n",
    ))


def _spread(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f} ({min(seconds):.2f}–{max(seconds):.2f})"
