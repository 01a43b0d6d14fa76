"""DavMail and ews-javascript-api read every kind of item that they know from the Exchange emulator.

What each of them has to see of each kind is the matrix here. For DavMail a meeting message is mail with a calendar in
it, and rules are nothing.
"""

from __future__ import annotations

import imaplib
import json
import tempfile
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from emulators.exchange import ExchangeEmulator
from tests.contract.exchange_emulator.conftest import schema, schema_folder
from tests.contract.exchange_emulator.soap import Mailbox, Schema
from tests.servers.certificates import certificate

from . import davmail, npm
from .dav import CALENDAR, CONTACTS, resources
from .kinds import FIRST, LAST, fill

__all__ = ["schema", "schema_folder"]       # fixtures
pytestmark = pytest.mark.timeout(300)       # the first time, the packages come from the registry
ADDRESS, PASSWORD = "claire@example.org", "correct horse"

# By kind and subject: what ews-javascript-api has to see. Times are UTC.
JAVASCRIPT: dict[str, list[dict[str, Any]]] = {
    "Inbox": [
        {"kind": "EmailMessage", "subject": "Letter", "sender": "ann@example.com", "read": True},
        {"kind": "MeetingCancellation", "subject": "Review", "old": False, "processed": True},
        {"kind": "MeetingRequest", "subject": "Review", "start": "2024-03-04T09:00:00.000Z",
         "request": "NewMeetingRequest", "organizer": "boss@example.org", "met": True, "processed": True,
         "conflicts": 1},
        {"kind": "MeetingRequest", "subject": "Review", "start": "2024-03-07T09:00:00.000Z", "request": "Outdated",
         "organizer": "boss@example.org", "met": True, "processed": True, "conflicts": 0},
        {"kind": "MeetingResponse", "subject": "Review", "answer": "Accept", "old": False},
        {"kind": "PostItem", "subject": "Notice", "sender": "ann@example.com"},
    ],
    "Contacts": [
        {"kind": "Contact", "subject": "Ann Müller", "display_name": "Ann Müller", "file_as": "Müller, Ann",
         "company": "Example", "address": "ann@example.com", "phone": "+49 30 1", "city": "Łódź",
         "birthday": "1970-02-03"},
        {"kind": "ContactGroup", "subject": "Team", "members": ["ann@example.com", "bob@example.com"]},
    ],
    "Tasks": [
        {"kind": "Task", "subject": "Read", "status": "Completed", "percent": 100, "complete": True, "due": None,
         "completed": "2024-03-02"},
        {"kind": "Task", "subject": "Write", "status": "InProgress", "percent": 40, "complete": False,
         "due": "2024-04-05", "completed": None},
    ],
}  # fmt: skip
APPOINTMENTS: dict[str, dict[str, Any]] = {
    "Visit": {"start": "2024-04-02T12:00:00.000Z", "end": "2024-04-02T13:30:00.000Z", "location": "Roof", "busy": "OOF",
              "reminder": 30, "type": "Single", "attendees": ["guest@example.net"], "categories": ["Blue"],
              "organizer": ADDRESS},
    "Holiday": {"start": "2024-03-31T22:00:00.000Z", "end": "2024-04-01T22:00:00.000Z", "all_day": True},
    "Round": {"type": "RecurringMaster", "pattern": "WeeklyPattern", "modified": ["2024-04-01T07:00:00.000Z"],
              "deleted": ["2024-04-08T07:00:00.000Z"]},
    "Review": {"organizer": "boss@example.org", "busy": "Tentative", "start": "2024-03-04T09:00:00.000Z"},
}  # fmt: skip
VIEW = [
    ["Dentist", "2024-03-04T09:30:00.000Z", "Single"], ["Holiday", "2024-03-31T22:00:00.000Z", "Single"],
    ["Plan", "2024-03-06T09:00:00.000Z", "Single"], ["Review", "2024-03-04T09:00:00.000Z", "Single"],
    ["Review", "2024-03-07T09:00:00.000Z", "Single"], ["Round", "2024-03-25T08:00:00.000Z", "Occurrence"],
    ["Round", "2024-04-15T07:00:00.000Z", "Occurrence"], ["Round, moved", "2024-04-02T09:00:00.000Z", "Exception"],
    ["Visit", "2024-04-02T12:00:00.000Z", "Single"],
]  # fmt: skip
# Lines that DavMail has to hand on, each set in one resource: appointments and open tasks by CalDAV, contacts and
# groups by CardDAV.
CALDAV: tuple[set[str], ...] = (
    {"BEGIN:VEVENT", "UID:visit@example.org", "SUMMARY:Visit", "LOCATION:Roof", "CATEGORIES:Blue",
     "TRIGGER;RELATED=START:-PT30M"},
    {"UID:holiday@example.org", "SUMMARY:Holiday", "DTSTART;VALUE=DATE:20240401", "DTEND;VALUE=DATE:20240402"},
    {"UID:round@example.org", "SUMMARY:Round", "RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;WKST=SU;COUNT=4",
     "SUMMARY:Round, moved", "RECURRENCE-ID:20240401T070000Z", 'EXDATE;TZID="Europe/Paris":20240408T090000'},
    {"UID:dentist@example.org", "DTSTART:20240304T093000Z"},
    {"UID:meeting-1@example.org", "SUMMARY:Review", "STATUS:TENTATIVE"},
    {"BEGIN:VTODO", "SUMMARY:Write", "PERCENT-COMPLETE:40", "STATUS:IN-PROCESS", "DUE;VALUE=DATE:20240405"},
)  # fmt: skip
CARDDAV: tuple[set[str], ...] = (
    {"FN:Ann Müller", "N:Müller;Ann;;;", "ORG:Example;", "EMAIL;TYPE=work:ann@example.com", "TEL;TYPE=work:+49 30 1",
     "ADR;TYPE=home:;;;Łódź;;;", "BDAY:1970-02-03"},
    {"KIND:group", "FN:Team", "MEMBER:mailto:ann@example.com", "MEMBER:mailto:bob@example.com"},
)  # fmt: skip
IMAP = {"Letter": "text/plain", "Review": "text/calendar", "Notice": "text/plain"}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory, schema: Schema) -> Iterator[ExchangeEmulator]:
    """A mailbox with one item of every kind."""
    with ExchangeEmulator(tmp_path_factory.mktemp("kinds") / "exchange.sqlite") as running:
        running.add_mailbox(ADDRESS, password=PASSWORD)
        running.configure(auth=("basic",))
        mailbox = Mailbox(running.url, ADDRESS, PASSWORD, schema)
        fill(running, mailbox)
        mailbox.close()
        yield running
        assert running.schema_faults == []


@pytest.fixture(scope="module")
def seen(emulator: ExchangeEmulator) -> dict[str, Any]:
    """What ews-javascript-api sees."""
    if not npm.installed():
        pytest.skip(npm.MISSING)
    try:
        npm.modules()
    except npm.NotInstalledError as error:
        pytest.skip(f"npm could not install ews-javascript-api: {error}")
    printed = npm.node("kinds.cjs", emulator.url, ADDRESS, FIRST, LAST, environment={"EWS_PASSWORD": PASSWORD})
    return dict(json.loads(printed))


@pytest.fixture(scope="module")
def gateway(emulator: ExchangeEmulator) -> Iterator[davmail.DavMail]:
    """DavMail in front of the mailbox."""
    if not davmail.installed():
        pytest.skip(davmail.MISSING)
    with tempfile.TemporaryDirectory(prefix="omm-kinds-") as name:
        ca = certificate(Path(name) / "tls").ca
        with davmail.davmail(Path(name) / "davmail", emulator.url, ca) as running:
            yield running


@pytest.mark.parametrize("folder", JAVASCRIPT)
def test_ews_javascript_api_sees_each_kind(seen: dict[str, Any], folder: str) -> None:
    """Each item under the class that the client has for it, with what is computed of it."""
    found = sorted(seen[folder], key=lambda one: (one["kind"], one["subject"], one.get("start", "")))

    wanted = JAVASCRIPT[folder]
    assert [{name: one.get(name) for name in want} for one, want in zip(found, wanted, strict=True)] == wanted


@pytest.mark.parametrize("subject", APPOINTMENTS)
def test_ews_javascript_api_sees_each_appointment(seen: dict[str, Any], subject: str) -> None:
    """Times with their zones, whole days, series with what is changed and deleted in them, and a meeting of others."""
    found = min((one for one in seen["Calendar"] if one["subject"] == subject), key=lambda one: str(one["start"]))

    assert {name: found[name] for name in APPOINTMENTS[subject]} == APPOINTMENTS[subject]


def test_ews_javascript_api_sees_what_is_no_item(seen: dict[str, Any]) -> None:
    """A calendar view with its series expanded, the rules, a group expanded, and a name resolved."""
    assert sorted(seen["view"]) == VIEW
    assert seen["rules"] == [["A rule", True, 1]]
    assert seen["expanded"] == ["ann@example.com", "bob@example.com"]
    assert seen["resolved"] == [ADDRESS]


@pytest.mark.parametrize(
    ("collection", "report", "wanted"),
    [("calendar", CALENDAR, CALDAV), ("contacts", CONTACTS, CARDDAV)],
    ids=["CalDAV", "CardDAV"],
)
def test_davmail_hands_on_each_kind(
    gateway: davmail.DavMail, collection: str, report: tuple[str, str], wanted: tuple[set[str], ...]
) -> None:
    """Appointments, series with their exceptions, tasks, contacts and groups are a resource each."""
    found = [set(one.split("\n")) for one in resources(gateway.dav, ADDRESS, PASSWORD, collection, report)]

    assert [lines for lines in wanted if not any(one >= lines for one in found)] == [], found


def test_davmail_hands_on_mail_and_meeting_messages(gateway: davmail.DavMail) -> None:
    """By IMAP messages, posts and meeting messages are mail, the latter with their calendars."""
    with imaplib.IMAP4("127.0.0.1", gateway.port, timeout=60) as connection:
        connection.login(ADDRESS, PASSWORD)
        connection.select("INBOX", readonly=True)
        _, answers = connection.fetch("1:*", "(BODY.PEEK[])")
    found: dict[str, set[str]] = {}
    for answer in answers:
        if isinstance(answer, tuple):
            message = message_from_bytes(answer[1])
            found.setdefault(str(message["Subject"]), set()).update(part.get_content_type() for part in message.walk())

    assert {subject for subject, kind in IMAP.items() if kind in found.get(subject, set())} == set(IMAP)
