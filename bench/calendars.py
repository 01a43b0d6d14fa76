# mypy: disable-error-code="no-untyped-call"
"""Calendars from one Exchange to another: our rate beside what bounds it, and beside exchangelib's own way of writing.

`prebuilt`: requests that are ready, sent by the writers of a migration. `stock`: the same appointments by exchangelib's
bulk_create, 50 at once, which reads nothing. Each end is an emulator of its own; every tenth appointment is a series.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from exchangelib import Account, Attendee, CalendarItem, Configuration, Credentials, EWSDateTime, Mailbox

from bench import appointments
from bench.omm import somebody_new
from bench.prebuilt import TASK, Request, send
from bench.process import run
from bench.servers import LOGIN, PASSWORD, Exchange, exchange
from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import attribute, envelope
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.exchange.typed.tagged import tagged
from engine.connectors.network.pinning import Network
from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.ports.source import Role
from engine.ports.typed import TypedItem

LEAST = 0.8         # of the rate of prebuilt requests
TIMES = 5           # the rate of bulk_create
MOST_MEMORY = 150   # MiB
PACE = (30, 5)      # milliseconds that the new server takes over a request and over each of its items, as real ones do
OURS, PREBUILT, STOCK = "omm migrate", "prebuilt requests, sent by our writers", "exchangelib's bulk_create"
ALONE = {PREBUILT: "prebuilt", STOCK: "stock"}
HOUSE = Path(__file__).parent.parent
INVITED = (         # PidLidFInvited: a meeting whose invitations have been sent, as those of a real calendar have
    b'<t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId="Appointment" PropertyId="33321"'
    b' PropertyType="Boolean"/><t:Value>true</t:Value></t:ExtendedProperty>'
)
PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class Ends:
    """A calendar that is left, and the server it moves to; `ca_file` vouches for both.

    `product` is a folder with another commit's `omm`; None for the one that is installed.
    """

    old: Exchange
    new: Exchange
    ca_file: Path
    appointments: int
    product: Path | None = None

    def run(self, side: str, address: str) -> tuple[float, int]:
        """The seconds of work, and the most memory in bytes. RuntimeError when it does not bring every appointment."""
        if side != OURS:
            return self._alone(ALONE[side], address)
        with somebody_new(self.ca_file, self.product) as omm:
            told = omm.migrate(self.old.account(LOGIN), self.new.account(address))
        self._whole(told.json["contents"]["calendars"]["copied"])
        return float(told.json["seconds"]), told.finished.peak

    def _alone(self, what: str, address: str) -> tuple[float, int]:
        environment = {
            "PATH": os.environ["PATH"], "PYTHONPATH": str(HOUSE), "OMM_CA_FILE": str(self.ca_file),
            "REQUESTS_CA_BUNDLE": str(self.ca_file), "OMM_DESTINATION_PASSWORD": PASSWORD,
        }
        ends = [self.old.account(LOGIN), self.new.account(address), self.new.url, address]
        command = [sys.executable, "-m", "bench.calendars", "--side", what, *ends, str(self.appointments)]
        finished = run(command, environment)
        if finished.status:
            raise RuntimeError(f"{what} ended with {finished.status}: {finished.said}")
        told = json.loads(finished.output)
        self._whole(told["appointments"])
        return float(told["seconds"]), finished.peak

    def _whole(self, found: int) -> None:
        if found != self.appointments:
            raise RuntimeError(f"there were {found} appointments instead of {self.appointments}")


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
        ours = self.rate(OURS)
        slow = ours < LEAST * self.rate(PREBUILT) or ours < TIMES * self.rate(STOCK)
        return slow or self.peak >= MOST_MEMORY * 2**20


def measured(*, runs: int, count: int, product: Path | None = None) -> Rates:
    """Runs all sides in turn. Raises RuntimeError when one does not bring every appointment."""
    boxes = [f"calendar{number}@example.org" for number in range(3 * runs)]
    seconds: dict[str, list[float]] = {OURS: [], PREBUILT: [], STOCK: []}
    peak = 0
    with opened(count, boxes, product) as ends:
        for number, address in enumerate(boxes):
            side = list(seconds)[number % 3]
            took, held = ends.run(side, address)
            seconds[side].append(took)
            peak = max(peak, held) if side == OURS else peak
    return Rates(count, seconds, peak)


@contextmanager
def opened(count: int, addresses: list[str], product: Path | None) -> Iterator[Ends]:
    """Both servers, the old calendar filled, until the context ends."""
    with ExitStack() as stack:
        old, new = stack.enter_context(exchange([LOGIN])), stack.enter_context(exchange(addresses))
        ca_file = Path(stack.enter_context(TemporaryDirectory(prefix="omm-bench-"))) / "ca.pem"
        ca_file.write_text("".join(each.ca_file.read_text() for each in (old, new)))
        old.control.configure(auth=["basic"])
        sent = [body.replace(b"<t:UID>", INVITED + b"<t:UID>") for body in appointments.requests(count)]
        appointments.create(old, LOGIN, sent)
        new.control.configure(request_ms=PACE[0], item_ms=PACE[1])
        yield Ends(old, new, ca_file, count, product)


def prebuilt(source_url: str, destination_url: str) -> tuple[int, float]:
    """Sends everything in the calendar by requests that are ready: how many appointments, in how many seconds."""
    network = Network(trusts_person=True, ca_file=Path(os.environ["OMM_CA_FILE"]))
    new = parse_account(destination_url)
    with closing(ExchangeDestination(new, PASSWORD, network)) as mailbox:
        place = next(folder.id for folder in mailbox.folders() if folder.role is Role.CALENDAR)
    source = ExchangeSource(parse_account(source_url), PASSWORD, network)
    with closing(source.reader(Content.CALENDARS)) as reader:
        calendar = next(folder for folder in reader.folders().folders if folder.role is Role.CALENDAR)
        uids = [one.uid for one in reader.listing(calendar, keys=False)]
        items = [one for one in reader.read(calendar, uids) if isinstance(one, TypedItem)]
    ready = [_request(place, items[start : start + 50]) for start in range(0, len(items), 50)]
    began = time.monotonic()
    with closing(Sessions(new, PASSWORD, network)) as sessions:
        sent = send(sessions, ready)
    return sent, time.monotonic() - began


def _request(folder_id: str, items: list[TypedItem]) -> Request:
    elements = b"".join(tagged(one.element, f"{TASK}:00000000:{one.uid:032x}") for one in items)
    body = (
        b'<m:CreateItem MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone"><m:SavedItemFolderId>'
        b"<t:FolderId Id=%s/></m:SavedItemFolderId><m:Items>%s</m:Items></m:CreateItem>"
        % (attribute(folder_id).encode(), elements)
    )
    return Request(envelope(body), len(items), sum(one.size for one in items))


def stock(url: str, address: str, count: int) -> tuple[int, float]:
    """Creates the same appointments by exchangelib: how many, in how many seconds."""
    config = Configuration(service_endpoint=url, credentials=Credentials(address, PASSWORD))
    account = Account(address, config=config, autodiscover=False, access_type="delegate", default_timezone=PARIS)
    items = [_item(account, number) for number in range(count)]
    began = time.monotonic()
    made = account.bulk_create(account.calendar, items, chunk_size=50)
    return len(made), time.monotonic() - began


def _item(account: Account, number: int) -> CalendarItem:
    start = EWSDateTime.from_datetime(appointments.START.astimezone(PARIS) + timedelta(hours=number))
    guests = [
        Attendee(mailbox=Mailbox(name=f"Guest {guest}", email_address=f"guest{guest}@example.net"))
        for guest in range(4)
    ]
    return CalendarItem(
        account=account, folder=account.calendar, subject=f"Meeting {number}", categories=["Work"],
        body="What we agreed on, and what is left to do. " * 12, start=start, end=start + timedelta(minutes=30),
        location=f"Room {number % 7}", required_attendees=guests,
    )


def table(rates: Rates) -> str:
    """The medians as Markdown, and the promises."""
    rows = (
        f"| {side} | {statistics.median(seconds):.2f} ({min(seconds):.2f}–{max(seconds):.2f}) | {rates.rate(side):.0f} "
        f"| {rates.rate(OURS) / rates.rate(side):.2f} | {f'{rates.peak / 1e6:.0f} MB' if side == OURS else ''} |"
        for side, seconds in rates.seconds.items()
    )
    return "\n".join((
        "### Calendars from Exchange to Exchange\n",
        f"Median of {len(rates.seconds[OURS])} in turn, {rates.appointments} appointments each. The new server takes "
        f"{PACE[0]} ms a request, {PACE[1]} ms an item.\n",
        "| | work, s | appointments a second | ours beside it | peak memory |", "|---|---|---|---|---|", *rows,
        f"\nPromised: at least {LEAST} beside prebuilt requests, {TIMES} times bulk_create, and less than "
        f"{MOST_MEMORY} MiB.\n",
    ))


def main() -> int:
    """Prints the table alone; 1 when a promise is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.calendars")
    parser.add_argument("--runs", type=int, default=5, help="of each side, in turn (5)")
    parser.add_argument("--appointments", type=int, default=5000, help="in one calendar (5000)")
    parser.add_argument("--product", type=Path, help="a folder with another commit's omm")
    parser.add_argument("--side", nargs=6, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        what, *ends, url, address, count = given.side
        found, seconds = prebuilt(*ends) if what == "prebuilt" else stock(url, address, int(count))
        print(json.dumps({"appointments": found, "seconds": seconds}))
        return 0
    rates = measured(runs=given.runs, count=given.appointments, product=given.product)
    print(table(rates))
    return int(rates.missed)


if __name__ == "__main__":
    sys.exit(main())
