"""How many appointments a second the Exchange emulator stores: a benchmark of calendars must not measure the emulator.

The requests are written beforehand and sent over one connection, with TLS, so that the client costs next to nothing.
"""

from __future__ import annotations

import base64
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import urllib3

from bench.servers import PASSWORD, Exchange, exchange
from emulators.exchange.soap import MESSAGES, SOAP, TYPES

BATCH = 50
LEAST = 1000        # appointments a second
START = datetime(2024, 1, 1, 9, tzinfo=UTC)
_PEOPLE = "".join(
    f"<t:Attendee><t:Mailbox><t:Name>Guest {number}</t:Name><t:EmailAddress>guest{number}@example.net</t:EmailAddress>"
    "</t:Mailbox></t:Attendee>" for number in range(4))  # fmt: skip
_BODY = "What we agreed on, and what is left to do. " * 12
_WEEKLY = (
    "<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>{}</t:DaysOfWeek></t:WeeklyRecurrence>"
    "<t:NumberedRecurrence><t:StartDate>{}</t:StartDate><t:NumberOfOccurrences>10</t:NumberOfOccurrences>"
    "</t:NumberedRecurrence></t:Recurrence>"
)
_TAG = (
    '<t:ExtendedProperty><t:ExtendedFieldURI PropertySetId="6f2d1a52-7c3e-4b37-9d0a-3d6f3f0e7a12" '
    'PropertyName="BenchTag" PropertyType="String"/><t:Value>{}</t:Value></t:ExtendedProperty>'
)


@dataclass(frozen=True, slots=True)
class Rates:
    """The seconds of each run, by the clock and of the emulator's processor time."""

    appointments: int
    seconds: list[float]
    cpu: list[float]

    @property
    def rate(self) -> float:
        """Appointments a second, by the median."""
        return self.appointments / statistics.median(self.seconds)


def measured(*, runs: int, appointments: int) -> Rates:
    """Creates as many appointments in each of some empty calendars. Raises RuntimeError when one is refused."""
    seconds, cpu = [], []
    boxes = [f"calendar{number}@example.org" for number in range(runs)]
    bodies = list(requests(appointments))
    with exchange(boxes) as server:
        server.control.configure(auth=["basic"])
        for address in boxes:
            before, began = server.cpu(), time.perf_counter()
            create(server, address, bodies)
            seconds.append(time.perf_counter() - began)
            cpu.append(server.cpu() - before)
    return Rates(appointments, seconds, cpu)


def create(server: Exchange, address: str, bodies: list[bytes]) -> None:
    """Sends requests that create a batch each; raises RuntimeError when one does not succeed whole."""
    token = base64.b64encode(f"{address}:{PASSWORD}".encode()).decode()
    headers = {"Content-Type": "text/xml; charset=utf-8", "Authorization": f"Basic {token}"}
    with urllib3.PoolManager(1, ca_certs=str(server.ca_file), retries=False, timeout=60) as pool:
        for body in bodies:
            answer = pool.request("POST", server.url, body=body, headers=headers)
            made = answer.data.count(b"<m:ResponseCode>NoError</m:ResponseCode>")
            if made != body.count(b"<t:CalendarItem>"):
                raise RuntimeError(f"{made} appointments were created of a batch: {answer.data[:300]!r}")


def requests(appointments: int) -> Iterator[bytes]:
    """CreateItem requests of BATCH appointments each; every tenth is a series of ten."""
    for first in range(0, appointments, BATCH):
        items = "".join(_item(number) for number in range(first, min(first + BATCH, appointments)))
        yield (
            f'<s:Envelope xmlns:s="{SOAP}" xmlns:m="{MESSAGES}" xmlns:t="{TYPES}"><s:Header>'
            '<t:RequestServerVersion Version="Exchange2013"/></s:Header><s:Body>'
            '<m:CreateItem SendMeetingInvitations="SendToNone"><m:SavedItemFolderId>'
            '<t:DistinguishedFolderId Id="calendar"/></m:SavedItemFolderId>'
            f"<m:Items>{items}</m:Items></m:CreateItem></s:Body></s:Envelope>"
        ).encode()


def _item(number: int) -> str:
    start = START + timedelta(hours=number)
    series = _WEEKLY.format(f"{start:%A}", f"{start:%Y-%m-%d}") if number % 10 == 0 else ""
    return (
        f'<t:CalendarItem><t:Subject>Meeting {number}</t:Subject><t:Body BodyType="Text">{_BODY}</t:Body>'
        "<t:Categories><t:String>Work</t:String></t:Categories>"
        f"{_TAG.format(number)}<t:UID>{number}@bench.example</t:UID>"
        f"<t:Start>{start:%Y-%m-%dT%H:%M:%S}</t:Start><t:End>{start + timedelta(minutes=30):%Y-%m-%dT%H:%M:%S}</t:End>"
        f"<t:LegacyFreeBusyStatus>Busy</t:LegacyFreeBusyStatus><t:Location>Room {number % 7}</t:Location>"
        f"<t:RequiredAttendees>{_PEOPLE}</t:RequiredAttendees>{series}"
        '<t:StartTimeZone Id="Romance Standard Time"/></t:CalendarItem>'
    )


def table(rates: Rates) -> str:
    """The rate as Markdown, and the promise."""
    spread = f"{min(rates.seconds):.2f}–{max(rates.seconds):.2f}"
    runs = len(rates.seconds)
    return "\n".join((
        f"### Appointments in batches of {BATCH}, to the emulator alone\n",
        f"Median of {runs} run{'s' if runs > 1 else ''}, {rates.appointments} appointments with four attendees each, "
        "every tenth a series.\n",
        "| work, s | appointments a second | emulator's CPU, s |",
        "|---|---|---|",
        f"| {statistics.median(rates.seconds):.2f} ({spread}) | {rates.rate:.0f} | "
        f"{statistics.median(rates.cpu):.2f} |",
        f"\nAt least {LEAST} a second is promised.\n",
    ))
