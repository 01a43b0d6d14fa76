"""DavMail, ews-javascript-api and exchangelib read and write every kind of item that they know.

What each of them has to see of each kind in the Exchange emulator is the matrix here, what it writes that of
written.py. For DavMail a meeting message is mail with a calendar in it, and rules are nothing.
"""

from __future__ import annotations

import base64
import imaplib
import json
import tempfile
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from emulators.exchange import ExchangeEmulator
from tests.contract.exchange_emulator.attachments import get as get_attachment
from tests.contract.exchange_emulator.calendars import view
from tests.contract.exchange_emulator.conftest import schema, schema_folder
from tests.contract.exchange_emulator.meetings import event, mail
from tests.contract.exchange_emulator.soap import Mailbox, Schema
from tests.servers.certificates import certificate
from tests.servers.owner import owner

from . import davmail, davmail_writing, exchangelib_writing, npm
from .dav import CALENDAR, CONTACTS, resources
from .kinds import FIRST, LAST, fill
from .written import SEEN, differences, held, texts

__all__ = ["schema", "schema_folder"]       # fixtures
ADDRESS, PASSWORD = "claire@example.org", "correct horse"
SCRIPT, DAV, LIBRARY = "script@example.org", "dav@example.org", "library@example.org"
# Who writes: the mailbox, and the fixture that has it written.
WRITERS = {"ews-javascript-api": (SCRIPT, "seen"), "DavMail": (DAV, "put"), "exchangelib": (LIBRARY, "saved")}

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
WRITTEN: dict[str, tuple[set[str], ...]] = {
    "calendar": (
        {"UID:put-visit@example.org", "SUMMARY:Visit", "LOCATION:Roof", "CATEGORIES:Blue", "DESCRIPTION:Bring cake",
         "TRIGGER;RELATED=START:-PT30M"},
        {"UID:put-holiday@example.org", "SUMMARY:Holiday", "DTSTART;VALUE=DATE:20240401", "DTEND;VALUE=DATE:20240402"},
        {"UID:put-round@example.org", "SUMMARY:Round", "SUMMARY:Round, moved", "RECURRENCE-ID:20240401T070000Z"},
        {"BEGIN:VTODO", "SUMMARY:Write", "PERCENT-COMPLETE:40", "STATUS:IN-PROCESS", "DUE;VALUE=DATE:20240405"},
    ),
    "contacts": (
        {"FN:Ann Müller", "N:Müller;Ann;;;", "EMAIL;TYPE=work:ann@example.com", "TEL;TYPE=work:+49 30 1",
         "ADR;TYPE=home:;;;Łódź;;;", "BDAY:1970-02-03", "NOTE:A friend"},
        {"KIND:group", "FN:Team", "MEMBER:mailto:ann@example.com", "MEMBER:mailto:bob@example.com"},
    ),
}  # fmt: skip
# The element whose text is each thing that ews-javascript-api reads.
PATHS = {
    "subject": "Subject", "categories": "Categories/String", "sender": "From/Mailbox/EmailAddress", "read": "IsRead",
    "start": "Start", "end": "End", "all_day": "IsAllDayEvent", "location": "Location", "busy": "LegacyFreeBusyStatus",
    "reminder": "ReminderMinutesBeforeStart", "type": "CalendarItemType", "zone": "TimeZone",
    "organizer": "Organizer/Mailbox/EmailAddress", "attendees": "RequiredAttendees/Attendee/Mailbox/EmailAddress",
    "modified": "ModifiedOccurrences/Occurrence/OriginalStart", "deleted": "DeletedOccurrences/DeletedOccurrence/Start",
    "display_name": "DisplayName", "file_as": "FileAs", "company": "CompanyName", "address": "EmailAddresses/Entry",
    "phone": "PhoneNumbers/Entry", "city": "PhysicalAddresses/Entry/City", "birthday": "Birthday",
    "members": "Members/Member/Mailbox/EmailAddress", "status": "Status", "percent": "PercentComplete",
    "complete": "IsComplete", "due": "DueDate", "completed": "CompleteDate", "request": "MeetingRequestType",
    "answer": "ResponseType", "old": "IsOutOfDate", "processed": "HasBeenProcessed",
}  # fmt: skip
DAYS, DAY = ("birthday", "due", "completed"), "2024-04-05"
IMAP = {"Letter": "text/plain", "Review": "text/calendar", "Notice": "text/plain"}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory, schema: Schema) -> Iterator[ExchangeEmulator]:
    """A mailbox with one item of every kind, and one for each client to write into."""
    with ExchangeEmulator(tmp_path_factory.mktemp("kinds") / "exchange.sqlite") as running:
        for address in (ADDRESS, SCRIPT, DAV, LIBRARY):
            running.add_mailbox(address, password=PASSWORD)
        running.configure(auth=("basic",))
        mailbox = Mailbox(running.url, ADDRESS, PASSWORD, schema)
        fill(running, mailbox)
        mailbox.close()
        for address in (SCRIPT, LIBRARY):
            running.deliver(address, mail("REQUEST", event()))
        yield running
        assert running.schema_faults == []
        # DavMail asks for photographs, which the emulator does not have.
        refused = {one.operation for one in running.requests if one.status != 200}
        assert refused - {"GetUserPhoto"} == set()


@pytest.fixture(scope="module")
def raw(emulator: ExchangeEmulator, schema: Schema) -> Iterator[dict[str, Mailbox]]:
    """Each mailbox by raw SOAP."""
    found = {one: Mailbox(emulator.url, one, PASSWORD, schema) for one in (ADDRESS, SCRIPT, DAV, LIBRARY)}
    yield found
    for mailbox in found.values():
        mailbox.close()


@pytest.fixture(scope="module")
def seen(emulator: ExchangeEmulator) -> dict[str, Any]:
    """What ews-javascript-api sees, and what is refused to it when it writes."""
    if not npm.installed():
        pytest.skip(npm.MISSING)
    try:
        npm.modules()
    except npm.NotInstalledError as error:
        pytest.skip(f"npm could not install ews-javascript-api: {error}")
    printed = npm.node("kinds.cjs", emulator.url, ADDRESS, FIRST, LAST, SCRIPT, environment={"EWS_PASSWORD": PASSWORD})
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


@pytest.fixture(scope="module")
def put(gateway: davmail.DavMail) -> dict[str, int]:
    """How DavMail answers each resource that is written."""
    return davmail_writing.write(gateway, DAV, PASSWORD)


@pytest.fixture(scope="module")
def saved(emulator: ExchangeEmulator) -> None:
    """Has exchangelib write."""
    with owner(emulator.url, LIBRARY, PASSWORD) as person:
        exchangelib_writing.write(person.account)


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


@pytest.mark.parametrize("client", WRITERS)
def test_what_a_client_writes_is_what_raw_soap_shows(
    client: str, raw: dict[str, Mailbox], request: pytest.FixtureRequest
) -> None:
    """Every kind that a client knows is stored as it was written, and nothing else is."""
    address, fixture = WRITERS[client]
    request.getfixturevalue(fixture)

    items = held(raw[address])

    assert differences(items, client) == []
    seen = raw[address].call(view(FIRST, LAST)).ok().all(".//t:CalendarItem")
    occurrences = [[text for name in ("Subject", "Start", "CalendarItemType") for text in texts(one, name)]
                   for one in seen]  # fmt: skip
    assert sorted(one for one in occurrences if one[0].startswith("Round")) == SEEN
    assert content(raw[address], items["inbox", "Message", "Written"]).strip() == b"the plan"


def content(mailbox: Mailbox, item: etree._Element) -> bytes:
    """What is in the only file that is attached to an item."""
    (found,) = item.iterfind("{*}Attachments/*/{*}AttachmentId")
    return base64.b64decode(get_attachment(mailbox, str(found.get("Id"))).ok().text(".//t:Content"))


def test_ews_javascript_api_writes_what_is_no_item(seen: dict[str, Any], raw: dict[str, Mailbox]) -> None:
    """Nothing is refused to it; a rule that was created and changed, and out of office, are as they were written."""
    rules = raw[SCRIPT].call("<m:GetInboxRules/>").one(".//t:Rule")
    away = raw[SCRIPT].call(
        f"<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>{SCRIPT}</t:Address></t:Mailbox>"
        "</m:GetUserOofSettingsRequest>"
    ).one(".//t:OofSettings")

    assert seen["refused"] == {}
    assert [texts(rules, path) for path in (
        "DisplayName", "Conditions/ContainsSubjectStrings/String", "Exceptions/FromAddresses/Address/EmailAddress",
        "Actions/StopProcessingRules",
    )] == [["Bills and dues"], ["bill"], ["boss@example.org"], ["true"]]  # fmt: skip
    assert rules.find("{*}Actions/{*}MoveToFolder/{*}FolderId") is not None
    assert [texts(away, path) for path in ("OofState", "ExternalAudience", "InternalReply/Message")] == [
        ["Enabled"], ["Known"], ["Away till May"],
    ]  # fmt: skip


def test_ews_javascript_api_shows_what_raw_soap_shows(seen: dict[str, Any], raw: dict[str, Mailbox]) -> None:
    """Every property that it reads of every item, its own and others', is the one in the element."""
    different = []
    for address, folders in ((ADDRESS, seen), (SCRIPT, seen["written"])):
        for one in [one for folder in JAVASCRIPT for one in folders[folder]] + folders["Calendar"]:
            item = raw[address].item(f'<t:ItemId Id="{one["id"]}"/>')
            for name, path in PATHS.items():
                there = [text[: len(DAY)] if name in DAYS else text for text in texts(item, path)]
                if name in one and plain(one[name]) != there:
                    different.append((one["kind"], one["subject"], name, one[name], there))

    assert different == []


def plain(value: object) -> list[str]:
    """A value as XML writes it; a list of texts."""
    if isinstance(value, list):
        return [text for one in value for text in plain(one)]
    if isinstance(value, bool):
        return [str(value).lower()]
    return [] if value is None else [str(value).replace(".000Z", "Z")]


def test_davmail_shows_what_it_wrote(gateway: davmail.DavMail, put: dict[str, int]) -> None:
    """Each resource is created, and comes back with what it said."""
    found = {collection: [set(one.split("\n")) for one in resources(gateway.dav, DAV, PASSWORD, collection, report)]
             for collection, report in (("calendar", CALENDAR), ("contacts", CONTACTS))}  # fmt: skip

    assert set(put.values()) == {201}
    assert [(collection, lines) for collection, all_ in WRITTEN.items() for lines in all_
            if not any(one >= lines for one in found[collection])] == [], found  # fmt: skip


def test_exchangelib_shows_what_it_wrote(emulator: ExchangeEmulator, saved: None) -> None:
    """Items of every kind come back to it with what it said."""
    with owner(emulator.url, LIBRARY, PASSWORD) as person:
        account = person.account
        letter = account.inbox.get(subject="Written")
        visit, team = account.calendar.get(subject="Visit"), account.contacts.get(display_name="Team")
        ann, task = account.contacts.get(given_name="Ann"), account.tasks.get(subject="Write")

    assert (letter.author.email_address, letter.body, letter.importance) == ("ann@example.com", "Ein Stück", "High")
    assert (visit.start.isoformat(), visit.location) == ("2024-04-02T12:00:00+00:00", "Roof")
    assert [one.mailbox.email_address for one in visit.required_attendees] == ["guest@example.net"]
    assert [one.mailbox.email_address for one in team.members] == ["ann@example.com", "bob@example.com"]
    assert (ann.file_as, ann.birthday.isoformat()) == ("Müller, Ann", "1970-02-03")
    assert (task.due_date.isoformat(), task.percent_complete) == ("2024-04-05", 40)
