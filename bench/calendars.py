"""Calendars from one Exchange to another: our rate beside that of requests that are ready.

Both ends are emulators of their own, over TLS on this machine. The old calendar is filled beforehand with appointments
of four guests each, every tenth a series. Prebuilt requests are sent by our writers, as many at once as the same gate
lets through. The new server takes its time, as real ones do: without that, what is measured is how fast two emulators
and we share the cores of one machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import appointments, prebuilt
from bench.omm import somebody_new
from bench.process import run
from bench.servers import LOGIN, PASSWORD, Exchange, exchange
from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import HEAD, TAIL, attribute
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.exchange.typed.tagged import tagged
from engine.connectors.exchange.write import CREATE_END
from engine.connectors.network.pinning import Network
from engine.items.batches import BATCH_ITEMS
from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.ports.source import Role
from engine.ports.typed import TypedItem

LEAST = 0.8         # of the rate of prebuilt requests
MOST_MEMORY = 150   # MiB
REQUEST_MS, ITEM_MS = 30, 5     # that the new server takes over a request, and over each of its items
OURS, PREBUILT = "omm migrate", "prebuilt requests, sent by our writers"
HOUSE = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Rates:
    """The seconds of work of each run, by who did it, and our most memory in bytes."""

    appointments: int
    seconds: dict[str, list[float]]
    peak: int

    def rate(self, side: str) -> float:
        """Appointments a second, by the median."""
        return self.appointments / statistics.median(self.seconds[side])

    @property
    def missed(self) -> bool:
        """True: a promise is not kept."""
        return self.rate(OURS) < LEAST * self.rate(PREBUILT) or self.peak >= MOST_MEMORY * 2**20


@dataclass(frozen=True, slots=True)
class Ends:
    """A full calendar on one Exchange, and empty ones on another; `ca_file` vouches for both."""

    old: Exchange
    new: Exchange
    ca_file: Path
    appointments: int

    def run(self, side: str, address: str) -> tuple[float, int]:
        """The seconds of work, and the most memory in bytes. RuntimeError when it does not bring every appointment."""
        if side == PREBUILT:
            return self._prebuilt(address)
        with somebody_new(self.ca_file) as omm:
            told = omm.migrate(self.old.account(LOGIN), self.new.account(address))
        self._whole(told.json["contents"]["calendars"]["copied"])
        return float(told.json["seconds"]), told.finished.peak

    def _prebuilt(self, address: str) -> tuple[float, int]:
        environment = {
            "PATH": os.environ["PATH"], "PYTHONPATH": str(HOUSE), "OMM_CA_FILE": str(self.ca_file),
            "OMM_DESTINATION_PASSWORD": PASSWORD,
        }
        command = [sys.executable, "-m", "bench.calendars", "--prebuilt", self.old.account(LOGIN),
                   self.new.account(address)]
        finished = run(command, environment)
        if finished.status:
            raise RuntimeError(f"prebuilt requests ended with {finished.status}: {finished.said}")
        told = json.loads(finished.output)
        self._whole(told["appointments"])
        return float(told["seconds"]), finished.peak

    def _whole(self, count: int) -> None:
        if count != self.appointments:
            raise RuntimeError(f"there were {count} appointments instead of {self.appointments}")


@contextmanager
def opened(count: int, addresses: Sequence[str]) -> Iterator[Ends]:
    """Both servers, the old calendar filled, until the context ends."""
    with ExitStack() as stack:
        old = stack.enter_context(exchange([LOGIN]))
        new = stack.enter_context(exchange(addresses))
        ca_file = Path(stack.enter_context(TemporaryDirectory(prefix="omm-bench-"))) / "ca.pem"
        ca_file.write_text("".join(each.read_text() for each in (old.ca_file, new.ca_file)))
        appointments.create(old, LOGIN, list(appointments.requests(count)))
        new.control.configure(request_ms=REQUEST_MS, item_ms=ITEM_MS)
        yield Ends(old, new, ca_file, count)


def measured(*, runs: int, count: int) -> Rates:
    """Runs both sides in turn. Raises RuntimeError when one does not bring every appointment."""
    addresses = [f"box{number}@example.org" for number in range(2 * runs)]
    seconds: dict[str, list[float]] = {OURS: [], PREBUILT: []}
    peak = 0
    with opened(count, addresses) as ends:
        for side, address in zip(cycle(seconds), addresses, strict=False):
            took, held = ends.run(side, address)
            seconds[side].append(took)
            peak = max(peak, held) if side == OURS else peak
    return Rates(count, seconds, peak)


def table(rates: Rates) -> str:
    """The medians as Markdown, and the promises."""
    runs = len(rates.seconds[OURS])
    return "\n".join((
        "### Calendars from Exchange to Exchange\n",
        f"Median of {runs} run{'s' if runs > 1 else ''} in turn, {rates.appointments} appointments with four guests, "
        f"every tenth a series. The new one takes {REQUEST_MS} ms a request, {ITEM_MS} ms an item.\n",
        "| | work, s | appointments a second | beside prebuilt | peak memory |",
        "|---|---|---|---|---|",
        _row(rates, OURS, f"{rates.peak / 1e6:.0f} MB"),
        _row(rates, PREBUILT, ""),
        f"\nPromised: at least {LEAST} beside prebuilt requests, and less than {MOST_MEMORY} MiB.\n",
    ))


def _row(rates: Rates, side: str, peak: str) -> str:
    seconds = rates.seconds[side]
    spread = f"{statistics.median(seconds):.2f} ({min(seconds):.2f}–{max(seconds):.2f})"
    return f"| {side} | {spread} | {rates.rate(side):.0f} | {rates.rate(side) / rates.rate(PREBUILT):.2f} | {peak} |"


def send_prebuilt(source_url: str, destination_url: str) -> None:
    """Reads a calendar, and sends it as requests that are ready; prints how many appointments, in how many seconds."""
    network = Network(trusts_person=True, ca_file=Path(os.environ["OMM_CA_FILE"]))
    password, new = os.environ["OMM_DESTINATION_PASSWORD"], parse_account(destination_url)
    source = ExchangeSource(parse_account(source_url), password, network)
    prepared = list(_requests(source, ExchangeDestination(new, password, network)))
    began = time.monotonic()
    with closing(Sessions(new, password, network)) as sessions:
        count = prebuilt.send(sessions, prepared)
    print(json.dumps({"appointments": count, "seconds": time.monotonic() - began}))


def _requests(source: ExchangeSource, mailbox: ExchangeDestination) -> Iterator[prebuilt.Request]:
    with closing(source.reader(Content.CALENDARS)) as reader, closing(mailbox):
        place = next(folder.id for folder in mailbox.folders() if folder.role is Role.CALENDAR)
        head = (
            '<m:CreateItem MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone"><m:SavedItemFolderId>'
            f"<t:FolderId Id={attribute(place)}/></m:SavedItemFolderId><m:Items>"
        ).encode()
        for folder in reader.folders().folders:
            uids = [one.uid for one in reader.listing(folder, keys=False)]
            for start in range(0, len(uids), BATCH_ITEMS):
                items: list[Any] = list(reader.read(folder, uids[start : start + BATCH_ITEMS]))
                yield _request(head, items)


def _request(head: bytes, items: Sequence[TypedItem]) -> prebuilt.Request:
    elements = [tagged(one.element, f"{prebuilt.TASK}:{0:08x}:{one.key.hex()}") for one in items]
    body = b"".join((HEAD, head, *elements, CREATE_END, TAIL))
    return prebuilt.Request(body, len(items), sum(one.size for one in items))


def main() -> int:
    """Prints the table alone, of --appointments; 1 when a promise is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.calendars")
    parser.add_argument("--runs", type=int, default=5, help="of each side, in turn (5)")
    parser.add_argument("--appointments", type=int, default=20_000, help="in one calendar (20000)")
    parser.add_argument("--prebuilt", nargs=2, metavar=("SOURCE", "DESTINATION"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.prebuilt:
        send_prebuilt(*given.prebuilt)
        return 0
    rates = measured(runs=given.runs, count=given.appointments)
    print(table(rates))
    return 1 if rates.missed else 0


if __name__ == "__main__":
    sys.exit(main())
