# mypy: disable-error-code="no-untyped-call"
"""Calendars from one Exchange to another: our rate beside what bounds it, and beside exchangelib's own way of writing.

`prebuilt`: requests that are ready, sent by the writers of a migration. `stock`: such appointments by exchangelib's
bulk_create, 50 at once, which reads nothing; a tenth of them, for its rate does not depend on their number. Each end is
an emulator of its own; every tenth appointment is a series.

As for mail (bench/from_exchange.py), what is promised is that a migration keeps its writers nearly as busy as requests
that are ready do, and that shows where a server makes them wait. Both emulators together need more of the processors
for an appointment than the migration does: where the new one does not wait long enough, a small machine is the bound.
Those tables are printed, with how busy the processors were, and promise less.
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
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from exchangelib import Account, Attendee, CalendarItem, Configuration, Credentials, EWSDateTime, Mailbox

from bench import appointments
from bench.from_exchange import Took, machine_at_work
from bench.omm import Omm, Told, somebody_new
from bench.prebuilt import TASK, Done, Request, send
from bench.prebuilt import measured as alone
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
MOST_RUNS = 3       # as a part of make bench: each takes five minutes
MOST_TIME = 1.25    # times as much processor time an appointment, for four times as many
TENTH = 10          # of the appointments are written by exchangelib
OURS, PREBUILT, STOCK = "omm migrate", "prebuilt requests, sent by our writers", "exchangelib's bulk_create"
ALONE = {PREBUILT: "prebuilt", STOCK: "stock"}
HOUSE = Path(__file__).parent.parent
INVITED = (         # PidLidFInvited: a meeting whose invitations have been sent, as those of a real calendar have
    b'<t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId="Appointment" PropertyId="33321"'
    b' PropertyType="Boolean"/><t:Value>true</t:Value></t:ExtendedProperty>'
)
PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the new server takes over a request and over each of its items, in milliseconds.

    `least` and `times` are promised beside prebuilt requests and beside bulk_create; 0: nothing is.
    """

    title: str
    request_ms: float
    item_ms: float
    least: float = LEAST
    times: float = TIMES


PACES = (
    Pace("no service time", 0, 0, least=0, times=0),
    Pace("the new server takes 30 ms a request, 5 ms an item", 30, 5, least=0),
    Pace("the new server takes 100 ms a request, 30 ms an item", 100, 30),
)


@dataclass(frozen=True, slots=True)
class Moved:
    """A migration, and the seconds of its servers' processor time."""

    told: Told
    old: float
    new: float


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

    def run(self, side: str, address: str) -> Took:
        """One run into that mailbox. Raises RuntimeError when it does not bring every appointment."""
        began, at_work = time.monotonic(), machine_at_work()
        old, new = self.old.cpu(), self.new.cpu()
        seconds, whole, cpu, peak = self._ours(address) if side == OURS else self._alone(ALONE[side], address)
        took, in_all = time.monotonic() - began, machine_at_work() - at_work
        old, new = self.old.cpu() - old, self.new.cpu() - new
        cores = os.cpu_count() or 1
        of_it = cpu + new + (old if side == OURS else 0)        # beside the others' work, the old one is read from
        return Took(seconds, of_it / (whole * cores), max(0.0, in_all - old - new - cpu) / (took * cores), peak)

    def _ours(self, address: str) -> tuple[float, float, float, int]:
        """The seconds of work; with the start, those of all and of our processor; the most memory in bytes."""
        [moved] = self.migrate(address)
        told = moved.told
        return float(told.json["seconds"]), told.finished.seconds, told.finished.cpu, told.finished.peak

    def migrate(self, address: str, *, times: int = 1) -> list[Moved]:
        """`omm migrate` by somebody new, so many times; the first time it brings every appointment."""
        with somebody_new(self.ca_file, self.product) as omm:
            moved = [self._moved(omm, address) for _ in range(times)]
        self._whole(moved[0].told.json["contents"]["calendars"]["copied"], self.appointments)
        return moved

    def _moved(self, omm: Omm, address: str) -> Moved:
        old, new = self.old.cpu(), self.new.cpu()
        told = omm.migrate(self.old.account(LOGIN), self.new.account(address))
        return Moved(told, self.old.cpu() - old, self.new.cpu() - new)

    def _alone(self, what: str, address: str) -> tuple[float, float, float, int]:
        """Writing alone; the seconds of its work, twice, and those of its processor."""
        environment = {
            "PATH": os.environ["PATH"], "PYTHONPATH": str(HOUSE), "OMM_CA_FILE": str(self.ca_file),
            "REQUESTS_CA_BUNDLE": str(self.ca_file), "OMM_DESTINATION_PASSWORD": PASSWORD,
        }
        ends = [self.old.account(LOGIN), self.new.account(address), self.new.url, address]
        wanted = self.appointments if what == ALONE[PREBUILT] else -(-self.appointments // TENTH)
        finished = run([sys.executable, "-m", "bench.calendars", "--side", what, *ends, str(wanted)], environment)
        if finished.status:
            raise RuntimeError(f"{what} ended with {finished.status}: {finished.said}")
        told = json.loads(finished.output)
        self._whole(told["appointments"], wanted)
        return float(told["seconds"]), float(told["seconds"]), float(told["cpu"]), finished.peak

    @staticmethod
    def _whole(found: int, wanted: int) -> None:
        if found != wanted:
            raise RuntimeError(f"there were {found} appointments instead of {wanted}")


@dataclass(frozen=True, slots=True)
class Rates:
    """All runs at one pace, by who did the work."""

    pace: Pace
    appointments: int
    runs: dict[str, list[Took]]

    def written(self, side: str) -> int:
        """How many appointments each run of a side brings."""
        return -(-self.appointments // TENTH) if side == STOCK else self.appointments

    def seconds(self, side: str) -> list[float]:
        """The seconds of work of each run."""
        return [took.seconds for took in self.runs[side]]

    def rate(self, side: str) -> float:
        """Appointments a second, by the median."""
        return self.written(side) / statistics.median(self.seconds(side))

    @property
    def peak(self) -> int:
        """Our most memory, in bytes."""
        return max(took.peak for took in self.runs[OURS])

    @property
    def missed(self) -> bool:
        """True: a promise is not kept."""
        ours = self.rate(OURS)
        slow = ours < self.pace.least * self.rate(PREBUILT) or ours < self.pace.times * self.rate(STOCK)
        return slow or self.peak >= MOST_MEMORY * 2**20


def measured(*, runs: int, count: int, product: Path | None = None) -> Iterator[Rates]:
    """Runs all sides in turn at each pace. Raises RuntimeError when one does not bring every appointment."""
    boxes = [[f"calendar{number}-{pace}@example.org" for number in range(3 * runs)] for pace in range(len(PACES))]
    with opened(count, [address for some in boxes for address in some], product) as ends:
        for pace, addresses in zip(PACES, boxes, strict=True):
            yield _in_turn(ends, pace, addresses)


def _in_turn(ends: Ends, pace: Pace, addresses: Sequence[str]) -> Rates:
    """One side after the other, each time into the next of the empty mailboxes."""
    ends.new.control.configure(request_ms=pace.request_ms, item_ms=pace.item_ms)
    took: dict[str, list[Took]] = {OURS: [], PREBUILT: [], STOCK: []}
    for side, address in zip(cycle(took), addresses, strict=False):
        took[side].append(ends.run(side, address))
    return Rates(pace, ends.appointments, took)


@contextmanager
def opened(count: int, addresses: Sequence[str], product: Path | None = None) -> Iterator[Ends]:
    """Both servers, the old calendar filled, until the context ends."""
    with ExitStack() as stack:
        old, new = stack.enter_context(exchange([LOGIN])), stack.enter_context(exchange(addresses))
        ca_file = Path(stack.enter_context(TemporaryDirectory(prefix="omm-bench-"))) / "ca.pem"
        ca_file.write_text("".join(each.ca_file.read_text() for each in (old, new)))
        old.control.configure(auth=["basic"])
        sent = [body.replace(b"<t:UID>", INVITED + b"<t:UID>") for body in appointments.requests(count)]
        appointments.create(old, LOGIN, sent)
        yield Ends(old, new, ca_file, count, product)


def prebuilt(source_url: str, destination_url: str) -> Done:
    """Sends everything in the calendar by requests that are ready."""
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
    with closing(Sessions(new, PASSWORD, network)) as sessions:
        return alone(lambda: send(sessions, ready))


def _request(folder_id: str, items: list[TypedItem]) -> Request:
    elements = b"".join(tagged(one.element, f"{TASK}:00000000:{one.uid:032x}") for one in items)
    body = (
        b'<m:CreateItem MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone"><m:SavedItemFolderId>'
        b"<t:FolderId Id=%s/></m:SavedItemFolderId><m:Items>%s</m:Items></m:CreateItem>"
        % (attribute(folder_id).encode(), elements)
    )
    return Request(envelope(body), len(items), sum(one.size for one in items))


def stock(url: str, address: str, count: int) -> Done:
    """Creates so many of the same appointments by exchangelib."""
    config = Configuration(service_endpoint=url, credentials=Credentials(address, PASSWORD))
    account = Account(address, config=config, autodiscover=False, access_type="delegate", default_timezone=PARIS)
    items = [_item(account, number) for number in range(count)]
    return alone(lambda: len(account.bulk_create(account.calendar, items, chunk_size=50)))


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
    runs = len(rates.runs[OURS])
    others = statistics.median(took.others for taken in rates.runs.values() for took in taken)
    return "\n".join((
        f"### Calendars from Exchange to Exchange: {rates.pace.title}\n",
        f"Median of {runs} run{'s' if runs > 1 else ''} in turn, {rates.appointments} appointments each, of which "
        f"bulk_create writes {rates.written(STOCK)}. Other programs kept the processors {others:.0%} busy.\n",
        "| | work, s | appointments a second | ours beside it | processors busy | peak memory |",
        "|---|---|---|---|---|---|",
        *(_row(rates, side) for side in rates.runs),
        f"\n{_promise(rates.pace)}.\n",
    ))


def _row(rates: Rates, side: str) -> str:
    seconds = rates.seconds(side)
    spread = f"{statistics.median(seconds):.2f} ({min(seconds):.2f}–{max(seconds):.2f})"
    busy, peak = statistics.median(took.busy for took in rates.runs[side]), f"{rates.peak / 1e6:.0f} MB"
    return (
        f"| {side} | {spread} | {rates.rate(side):.0f} | {rates.rate(OURS) / rates.rate(side):.2f} | {busy:.0%} "
        f"| {peak if side == OURS else ''} |"
    )


def _promise(pace: Pace) -> str:
    beside = [
        *([f"at least {pace.least} beside prebuilt requests"] if pace.least else []),
        *([f"{pace.times} times bulk_create"] if pace.times else []),
    ]
    return f"Promised: {', '.join((*beside, f'less than {MOST_MEMORY} MiB'))}"


@dataclass(frozen=True, slots=True)
class Grown:
    """So many appointments moved: the seconds of work, those of our processor, and our most memory in bytes.

    `old` and `new` are the seconds that both servers were at work.
    """

    title: str
    appointments: int
    seconds: float
    cpu: float
    peak: int
    old: float
    new: float


def grown(appointments: int) -> list[Grown]:
    """A quarter of them moves, then all of them; these are looked at once more, with nothing to copy."""
    few = max(1, appointments // 4)
    with opened(few, [LOGIN]) as ends:
        moved = ends.migrate(LOGIN)
    with opened(appointments, [LOGIN]) as ends:
        moved += ends.migrate(LOGIN, times=2)
    titles = (f"{few} appointments", f"{appointments} appointments", "the same once more, with nothing to copy")
    return [
        _grown(title, count, one)
        for title, count, one in zip(titles, (few, appointments, appointments), moved, strict=True)
    ]


def _grown(title: str, count: int, moved: Moved) -> Grown:
    finished = moved.told.finished
    seconds = float(moved.told.json["seconds"])
    return Grown(title, count, seconds, finished.cpu, finished.peak, moved.old, moved.new)


def too_large(found: Sequence[Grown]) -> bool:
    """True: a promise on many appointments is not kept."""
    quarter, whole, _ = found
    slower = whole.cpu / whole.appointments > MOST_TIME * quarter.cpu / quarter.appointments
    return slower or any(one.peak >= MOST_MEMORY * 2**20 for one in found)


def grown_table(found: Sequence[Grown]) -> str:
    """The same as Markdown."""
    return "\n".join((
        "### Many appointments, from Exchange to Exchange\n",
        "| | work, s | our CPU, s | CPU a thousand, s | old server's CPU, s | new server's CPU, s | peak memory |",
        "|---|---|---|---|---|---|---|",
        *(f"| {one.title} | {one.seconds:.1f} | {one.cpu:.1f} | {one.cpu / one.appointments * 1000:.2f} "
          f"| {one.old:.1f} | {one.new:.1f} | {one.peak / 1e6:.0f} MB |" for one in found),
        f"\nPromised: less than {MOST_MEMORY} MiB, and time in proportion: at most {MOST_TIME} times as much of our "
        "processor time an appointment for four times as many.\n",
    ))


def main() -> int:
    """Prints these tables alone; 1 when a promise is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.calendars")
    parser.add_argument("--runs", type=int, default=MOST_RUNS, help="of each side, in turn (3)")
    parser.add_argument("--appointments", type=int, default=20_000, help="in one calendar (20000)")
    parser.add_argument("--memory", action="store_true", help="memory and processor time, for a quarter and for all")
    parser.add_argument("--product", type=Path, help="a folder with another commit's omm")
    parser.add_argument("--side", nargs=6, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        print(json.dumps(_side(*given.side)))
        return 0
    if given.memory:
        found = grown(given.appointments)
        print(grown_table(found))
        return int(too_large(found))
    missed = 0
    for rates in measured(runs=given.runs, count=given.appointments, product=given.product):
        print(table(rates), flush=True)
        missed += rates.missed
    return 1 if missed else 0


def _side(what: str, source: str, destination: str, url: str, address: str, count: str) -> dict[str, float]:
    """What one of the others wrote, in how many seconds, and those of its processor."""
    done = prebuilt(source, destination) if what == ALONE[PREBUILT] else stock(url, address, int(count))
    return {"appointments": done.messages, "seconds": done.seconds, "cpu": done.cpu}


if __name__ == "__main__":
    sys.exit(main())
