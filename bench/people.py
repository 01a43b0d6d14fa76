"""Contacts, groups and tasks from one Exchange to another: the time grows with their number, the memory does not.

Two mailboxes are moved by `omm migrate`, one with four times as much in it as the other. Each end is an emulator of its
own. Every tenth contact has a photo, half the members of a group are contacts, every fifth task recurs.
"""

from __future__ import annotations

import argparse
import base64
import re
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import urllib3

from bench.omm import somebody_new
from bench.servers import PASSWORD, Exchange, exchange
from emulators.exchange.soap import MESSAGES, SOAP, TYPES

BATCH = 50
MOST_MEMORY = 150       # MiB
TIMES = 4               # as much in the larger mailbox as in the smaller one
SLACK = 1.5             # how much more than that many times the time may be
MEMBERS = 10
_ID = re.compile(rb'ItemId Id="([^"]*)"')
_PHOTO = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 16).decode()
_RECURS = (
    "<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Monday</t:DaysOfWeek>"
    "</t:WeeklyRecurrence><t:NoEndRecurrence><t:StartDate>2030-01-07</t:StartDate></t:NoEndRecurrence></t:Recurrence>"
)


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is in a mailbox."""

    contacts: int
    groups: int
    tasks: int

    def part(self, times: int) -> Size:
        """So many times less."""
        return Size(self.contacts // times, self.groups // times, self.tasks // times)

    @property
    def counts(self) -> dict[str, int]:
        """By content, as `omm` tells them."""
        return {"contacts": self.contacts, "contact groups": self.groups, "tasks": self.tasks}


FULL = Size(10_000, 1_000, 5_000)


@dataclass(frozen=True, slots=True)
class Moved:
    """The seconds of each run with a mailbox of that size, and of its processor time; a rollback's seconds.

    `peak` is the most memory, in bytes.
    """

    size: Size
    seconds: Sequence[float]
    cpu: Sequence[float]
    peak: int
    back: float

    @property
    def rate(self) -> float:
        """Items a second, by the median."""
        return sum(self.size.counts.values()) / statistics.median(self.seconds)


@dataclass(frozen=True, slots=True)
class Rates:
    """A smaller mailbox and a larger one."""

    small: Moved
    large: Moved

    @property
    def growth(self) -> float:
        """How many times the processor time of the smaller one the larger one took, whatever else the machine does."""
        return statistics.median(self.large.cpu) / statistics.median(self.small.cpu)

    @property
    def missed(self) -> bool:
        """True: a promise is not kept."""
        peak = max(self.small.peak, self.large.peak)
        return self.growth > TIMES * SLACK or peak >= MOST_MEMORY * 2**20


def measured(*, runs: int, size: Size = FULL) -> Rates:
    """Moves both mailboxes, in turn. Raises RuntimeError when something does not arrive."""
    sizes = (size.part(TIMES), size)
    olds = [f"old{number}@example.org" for number in range(2)]
    news = [f"new{number}@example.org" for number in range(2 * runs)]
    with ExitStack() as stack:
        old, new = stack.enter_context(exchange(olds)), stack.enter_context(exchange(news))
        ca_file = Path(stack.enter_context(TemporaryDirectory(prefix="omm-bench-"))) / "ca.pem"
        ca_file.write_text("".join(each.ca_file.read_text() for each in (old, new)))
        old.control.configure(auth=["basic"])
        for address, one in zip(olds, sizes, strict=True):
            fill(old, address, one)
        runs_of: list[list[_Run]] = [[], []]
        for number, address in enumerate(news):
            which = number % 2
            ends = (old.account(olds[which]), new.account(address))
            runs_of[which].append(_moved(ends, ca_file, sizes[which]))
    small, large = (
        Moved(
            one, [each.seconds for each in found], [each.cpu for each in found], max(each.peak for each in found),
            min(each.back for each in found),
        )
        for one, found in zip(sizes, runs_of, strict=True)
    )
    return Rates(small, large)


@dataclass(frozen=True, slots=True)
class _Run:
    """One migration and its rollback."""

    seconds: float
    cpu: float
    peak: int
    back: float


def _moved(ends: tuple[str, str], ca_file: Path, size: Size) -> _Run:
    """Moves a mailbox, and takes all of it back. Raises RuntimeError when something does not arrive."""
    with somebody_new(ca_file) as omm:
        told = omm.migrate(*ends)
        for content, number in size.counts.items():
            copied = told.json["contents"][content]["copied"]
            if copied != number:
                raise RuntimeError(f"{copied} of {number} {content} were copied: {told.json['failures'][:3]}")
        back = omm.roll_back(told.json["task_id"])
    peak = max(told.finished.peak, back.finished.peak)
    return _Run(float(told.json["seconds"]), told.finished.cpu, peak, back.finished.seconds)


def fill(server: Exchange, address: str, size: Size) -> None:
    """Creates everything by requests."""
    people = create(server, address, "contacts", [_contact(number) for number in range(size.contacts)])
    create(server, address, "contacts", [_group(number, people) for number in range(size.groups)])
    create(server, address, "tasks", [_task(number) for number in range(size.tasks)])


def create(server: Exchange, address: str, folder: str, elements: list[str]) -> list[str]:
    """Creates items, a batch a request; their ids. Raises RuntimeError when one is refused."""
    token = base64.b64encode(f"{address}:{PASSWORD}".encode()).decode()
    headers = {"Content-Type": "text/xml; charset=utf-8", "Authorization": f"Basic {token}"}
    found: list[str] = []
    with urllib3.PoolManager(1, ca_certs=str(server.ca_file), retries=False, timeout=60) as pool:
        for first in range(0, len(elements), BATCH):
            body = _request(folder, elements[first : first + BATCH])
            answer = pool.request("POST", server.url, body=body, headers=headers)
            found += [one.decode() for one in _ID.findall(answer.data)]
            if len(found) != min(first + BATCH, len(elements)):
                raise RuntimeError(f"an item was refused: {answer.data[:400]!r}")
    return found


def _request(folder: str, elements: Sequence[str]) -> bytes:
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:m="{MESSAGES}" xmlns:t="{TYPES}"><s:Header>'
        '<t:RequestServerVersion Version="Exchange2013"/></s:Header><s:Body><m:CreateItem><m:SavedItemFolderId>'
        f'<t:DistinguishedFolderId Id="{folder}"/></m:SavedItemFolderId><m:Items>{"".join(elements)}</m:Items>'
        "</m:CreateItem></s:Body></s:Envelope>"
    ).encode()


def _contact(number: int) -> str:
    photo = (
        "<t:Attachments><t:FileAttachment><t:Name>ContactPicture.jpg</t:Name><t:IsContactPhoto>true</t:IsContactPhoto>"
        f"<t:Content>{_PHOTO}</t:Content></t:FileAttachment></t:Attachments>" if number % 10 == 0 else ""
    )
    return (
        f'<t:Contact><t:Body BodyType="Text">{"Met at the fair, and written to since. " * 8}</t:Body>{photo}'
        f"<t:Categories><t:String>Work</t:String></t:Categories><t:DisplayName>Person {number}</t:DisplayName>"
        f"<t:GivenName>Person</t:GivenName><t:CompanyName>Company {number % 90}</t:CompanyName><t:EmailAddresses>"
        f'<t:Entry Key="EmailAddress1" Name="Person {number}">person{number}@example.net</t:Entry></t:EmailAddresses>'
        f'<t:PhoneNumbers><t:Entry Key="MobilePhone">+48 {number}</t:Entry></t:PhoneNumbers>'
        f"<t:Surname>{number}</t:Surname></t:Contact>"
    )


def _group(number: int, people: Sequence[str]) -> str:
    return (
        f"<t:DistributionList><t:DisplayName>Group {number}</t:DisplayName><t:Members>"
        f"{''.join(_members(number, people))}</t:Members></t:DistributionList>"
    )


def _members(number: int, people: Sequence[str]) -> Iterator[str]:
    for place in range(MEMBERS):
        inside = (
            f'<t:ItemId Id="{people[(number * MEMBERS + place) % len(people)]}"/>' if place % 2 else
            f"<t:EmailAddress>member{number}-{place}@example.net</t:EmailAddress>"
        )
        yield f"<t:Member><t:Mailbox>{inside}</t:Mailbox></t:Member>"


def _task(number: int) -> str:
    return (
        f'<t:Task><t:Subject>Task {number}</t:Subject><t:Body BodyType="Text">{"What is left to do. " * 8}</t:Body>'
        f"<t:DueDate>2030-01-07T00:00:00Z</t:DueDate>{_RECURS if number % 5 == 0 else ''}"
        "<t:StartDate>2030-01-07T00:00:00Z</t:StartDate></t:Task>"
    )


def table(rates: Rates) -> str:
    """The medians as Markdown, and the promises."""
    rows = (
        f"| {moved.size.contacts} contacts, {moved.size.groups} groups, {moved.size.tasks} tasks "
        f"| {statistics.median(moved.seconds):.2f} | {statistics.median(moved.cpu):.2f} | {moved.rate:.0f} "
        f"| {moved.back:.2f} "
        f"| {moved.peak / 2**20:.0f} MiB |"
        for moved in (rates.small, rates.large)
    )
    return "\n".join((
        "### Contacts, contact groups and tasks from Exchange to Exchange\n",
        f"Median of {len(rates.large.seconds)} in turn; the larger mailbox took {rates.growth:.1f} times the CPU.\n",
        "| | work, s | CPU, s | items a second | rollback, s | peak memory |", "|---|---|---|---|---|---|", *rows,
        f"\nPromised: at most {TIMES * SLACK:.0f} times the CPU, and less than {MOST_MEMORY} MiB.\n",
    ))


def main() -> int:
    """Prints the table alone; 1 when a promise is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.people")
    parser.add_argument("--runs", type=int, default=1, help="of each mailbox, in turn (1)")
    parser.add_argument("--contacts", type=int, default=FULL.contacts, help=f"in the larger one ({FULL.contacts})")
    given = parser.parse_args()
    times = max(1, FULL.contacts // given.contacts)
    rates = measured(runs=given.runs, size=FULL.part(times))
    print(table(rates))
    return int(rates.missed)


if __name__ == "__main__":
    sys.exit(main())
