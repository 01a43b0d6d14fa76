"""The processor time of `omm migrate` here beside that of another commit: `make bench-against REV=…`.

Both move the same mailbox, one after the other, in pairs, between the servers of this commit. What is counted is the
process of `omm` alone: no server, and not the store.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import revision
from bench.mailbox import FOLDERS
from bench.omm import somebody_new
from bench.servers import Exchange, exchange, source, source_account
from bench.sides import authorities
from tests.servers.mail_servers.dovecot import Dovecot

PAIRS = 9
MESSAGES = 2000
SIZE = 5000         # bytes a message
FOLDERS_OF: dict[str, tuple[tuple[str, ...], ...]] = {"imaps": FOLDERS, "pop3s": ((),)}


@dataclass(frozen=True, slots=True)
class Ends:
    """A source that every run reads, and a destination with a mailbox for each run."""

    source: Dovecot
    scheme: str
    exchange: Exchange
    ca_file: Path

    def cpu(self, product: Path, address: str, messages: int) -> float:
        """Seconds of processor time that a whole migration to that mailbox takes. RuntimeError when it is not whole."""
        with somebody_new(self.ca_file, product) as omm:
            told = omm.migrate(source_account(self.source, self.scheme), self.exchange.account(address))
        if told.json["contents"]["mail"]["copied"] != messages:
            raise RuntimeError(f"{product} copied {told.json['contents']['mail']}")
        return told.finished.cpu


@contextmanager
def ends(scheme: str, messages: int, addresses: Sequence[str]) -> Iterator[Ends]:
    """Both servers, until the context ends."""
    with ExitStack() as stack:
        mail = stack.enter_context(source(messages, SIZE, FOLDERS_OF[scheme], pop3=scheme == "pop3s"))
        there = stack.enter_context(exchange(addresses))
        yield Ends(mail, scheme, there, stack.enter_context(authorities(mail, there)))


def pairs(scheme: str, other: Path, count: int, messages: int) -> list[tuple[float, float]]:
    """The processor times here and there, pair by pair; who is first takes turns. One more pair comes before them."""
    addresses = [f"{side}{number}@example.org" for number in range(count + 1) for side in ("here", "there")]
    found = []
    with ends(scheme, messages, addresses) as between:
        for number in range(count + 1):
            sides = [(revision.HOUSE, f"here{number}@example.org"), (other, f"there{number}@example.org")]
            order = sides if number % 2 else sides[::-1]
            cpu = {product: between.cpu(product, address, messages) for product, address in order}
            found.append((cpu[revision.HOUSE], cpu[other]))
    return found[1:]


def row(scheme: str, found: Sequence[tuple[float, float]]) -> str:
    """A line of the table."""
    ratios = sorted(here / there for here, there in found)
    here, there = (statistics.median(side) for side in zip(*found, strict=True))
    return (
        f"| {scheme} to Exchange | {here:.2f} | {there:.2f} | {statistics.median(ratios):.3f} "
        f"({ratios[0]:.3f}–{ratios[-1]:.3f}) |"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.against", description=__doc__)
    parser.add_argument("revision", help="the other commit")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--messages", type=int, default=MESSAGES)
    chosen = parser.parse_args(arguments)
    print(f"{chosen.pairs} alternating pairs, {chosen.messages} messages of {SIZE} bytes each.\n")
    print(f"| | CPU here, s | CPU at {chosen.revision}, s | median of the pairs' ratios |\n|---|---|---|---|")
    with revision.checked_out(chosen.revision) as other:
        for scheme in FOLDERS_OF:
            print(row(scheme, pairs(scheme, other, chosen.pairs, chosen.messages)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
