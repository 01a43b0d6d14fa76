"""What MIME does not hold moves from one Exchange mailbox to another."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from emulators.exchange import ExchangeEmulator, Settings
from emulators.exchange.settings import VersionName
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import MESSAGES, TYPES, envelope, parse
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.exchange.tags import TAG_FIELD
from engine.connectors.network.pinning import Network
from engine.errors import Side
from engine.migration.record import State
from tests.contract.exchange.conftest import account
from tests.servers.world import PASSWORD, World, world

OLD = "old@example.org"
HEAD = "From: Ann <ann@example.net>\r\nTo: bob@example.org\r\nDate: Sun, 17 May 2020 08:29:00 +0000\r\n"
CALENDAR = (
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nPRODID:x\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:u1\r\nDTSTAMP:20200517T080000Z\r\n"
    "DTSTART:20200601T080000Z\r\nDTEND:20200601T090000Z\r\nSUMMARY:Plan\r\nORGANIZER:mailto:ann@example.net\r\n"
    "ATTENDEE:mailto:old@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
MEETING = f"{HEAD}MIME-Version: 1.0\r\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\r\nSubject: {{}}\r\n"


def tagged(tag: str, kind: str, value: str) -> str:
    uri = f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/>'
    return f"<t:ExtendedProperty>{uri}<t:Value>{value}</t:Value></t:ExtendedProperty>"


def named(where: str, number: int, kind: str, value: str) -> str:
    uri = f'<t:ExtendedFieldURI DistinguishedPropertySetId="{where}" PropertyId="{number}" PropertyType="{kind}"/>'
    return f"<t:ExtendedProperty>{uri}<t:Value>{value}</t:Value></t:ExtendedProperty>"


SENT = tagged("0x0E07", "Integer", "1") + tagged("0x0E06", "SystemTime", "2020-05-17T08:30:07Z")
OUR_TAG = f"<t:ExtendedProperty>{TAG_FIELD}<t:Value>7K2F9QXD:0a1b2c3d:0</t:Value></t:ExtendedProperty>"
SOMEONES = (
    '<t:ExtendedProperty><t:ExtendedFieldURI PropertySetId="a719e259-2a9a-4fb8-bab3-3a9f02970e4b"'
    ' PropertyName="Theirs" PropertyType="String"/><t:Value>x</t:Value></t:ExtendedProperty>'
)
# What is in the old mailbox: name, element, what stands before the properties, behind them, and more of its header.
CASES = (
    ("plain", "Message", "", SENT, ""),
    ("ours", "Message", "", SENT + OUR_TAG + SOMEONES, ""),
    ("red", "Message", "<t:Categories><t:String>A&amp;b</t:String><t:String>Ü</t:String></t:Categories>", SENT, ""),
    ("important", "Message", "<t:Importance>High</t:Importance>", SENT, ""),
    ("private", "Message", "<t:Sensitivity>Private</t:Sensitivity><t:Importance>Low</t:Importance>", SENT, ""),
    ("flagged", "Message", "", SENT + tagged("0x1090", "Integer", "2"), ""),
    ("flagged for", "Message", "", SENT + named("Common", 0x8530, "String", "Call &lt;her&gt;")
     + "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus><t:StartDate>2020-06-01T00:00:00Z</t:StartDate>"
     "<t:DueDate>2020-06-02T00:00:00Z</t:DueDate></t:Flag>", ""),
    ("due only", "Message", "", SENT + tagged("0x1090", "Integer", "2")
     + named("Task", 0x8105, "SystemTime", "2020-06-02T00:00:00Z"), ""),
    ("done", "Message", "", SENT + "<t:Flag><t:FlagStatus>Complete</t:FlagStatus>"
     "<t:CompleteDate>2020-06-03T00:00:00Z</t:CompleteDate></t:Flag>", ""),
    ("replied", "Message", "", SENT + tagged("0x1080", "Integer", "261") + tagged("0x1081", "Integer", "103")
     + tagged("0x1082", "SystemTime", "2020-05-18T07:00:01Z"), ""),
    ("forwarded", "Message", "", SENT + tagged("0x1080", "Integer", "262") + tagged("0x1081", "Integer", "104"), ""),
    ("unread", "Message", "", tagged("0x0E07", "Integer", "0"), ""),
    ("draft", "Message", "", tagged("0x0E07", "Integer", "9"), ""),
    ("form", "Message", "<t:ItemClass>IPM.Note.Invoice</t:ItemClass>", SENT, ""),
    ("post", "PostItem", "<t:Categories><t:String>Red</t:String></t:Categories>", SENT, ""),
    ("sent otherwise", "Message", "", SENT + tagged("0x0039", "SystemTime", "2019-01-02T03:04:05Z"), ""),
    ("hidden", "Message", "", SENT, "Bcc: Carol <carol@example.net>, dave@example.net\r\n"),
    ("conversation", "Message", "", SENT, "Thread-Topic: topic\r\nThread-Index: AdYsMVmEFCvKxq6kT2aZ1LBj6Z5gNg==\r\n"),
)
SHAPE = (
    "<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="item:Flag"/>'
    + "".join(f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/>' for tag, kind in (
        ("0x0039", "SystemTime"), ("0x0E06", "SystemTime"), ("0x1080", "Integer"), ("0x1081", "Integer"),
        ("0x1082", "SystemTime"), ("0x1090", "Integer")))
    + "".join(
        f'<t:ExtendedFieldURI DistinguishedPropertySetId="{where}" PropertyId="{number}" PropertyType="{kind}"/>'
        for where, number, kind in (("Task", 0x8104, "SystemTime"), ("Task", 0x8105, "SystemTime"),
                                    ("Common", 0x8530, "String")))
    + f'{TAG_FIELD}<t:ExtendedFieldURI PropertySetId="a719e259-2a9a-4fb8-bab3-3a9f02970e4b" PropertyName="Theirs"'
    ' PropertyType="String"/></t:AdditionalProperties></m:ItemShape>'
)
# What is another one's, or counted and dated by the mailbox itself.
OWN = {"ItemId", "ParentFolderId", "MimeContent", "Size", "DateTimeCreated", "LastModifiedTime", "LastModifiedName",
       "ConversationId", "WebClientReadFormQueryString", "InstanceKey", "SearchKey"}


RENDERED = ("X-MS-", "Importance", "Bcc")       # headers that a rendering adds, and the one that it leaves out


@dataclass
class Mailbox:
    """A mailbox by raw requests."""

    sessions: Sessions

    def asked(self, body: str) -> Any:
        version = b"Exchange2013" if "item:Flag" in body or "<t:Flag>" in body else b"Exchange2010_SP1"
        return parse(self.sessions.ask(envelope(body, version=version)), self.sessions.side)

    def create(self, name: str, element: str, before: str, behind: str, header: str) -> None:
        mime = f"{HEAD}Subject: {name}\r\nMessage-ID: <{name.replace(' ', '-')}@x>\r\n{header}\r\nBody of {name}\r\n"
        self.create_mime(mime, element, before, behind)

    def create_mime(self, mime: str, element: str, before: str, behind: str) -> None:
        made = self.asked(
            '<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId><t:DistinguishedFolderId Id="inbox"/>'
            f"</m:SavedItemFolderId><m:Items><t:{element}><t:MimeContent>{b64encode(mime.encode()).decode()}"
            f"</t:MimeContent>{before}{behind}</t:{element}></m:Items></m:CreateItem>"
        )
        assert made.find(f".//{MESSAGES}ResponseCode").text == "NoError", etree.tostring(made)

    def ids(self) -> Iterator[str]:
        """The ids of what is in the inbox, page by page."""
        for offset in range(0, 100_000, 500):
            found = self.asked(
                '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
                f'<m:IndexedPageItemView MaxEntriesReturned="500" Offset="{offset}" BasePoint="Beginning"/>'
                '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>'
            )
            yield from (one.get("Id") for one in found.iter(f"{TYPES}ItemId"))
            if found.find(f".//{MESSAGES}RootFolder").get("IncludesLastItemInRange") == "true":
                return

    def items(self) -> dict[str, dict[str, list[str]]]:
        """Of each message in the inbox all that it says of itself, by its subject."""
        ids, told = list(self.ids()), {}
        for start in range(0, len(ids), 100):
            part = "".join(f'<t:ItemId Id="{one}"/>' for one in ids[start : start + 100])
            answer = self.asked(f"<m:GetItem>{SHAPE}<m:ItemIds>{part}</m:ItemIds></m:GetItem>")
            for item in answer.iterfind(f".//{MESSAGES}Items/*"):
                told[item.findtext(f"{TYPES}Subject")] = facts(item)
        return told


def facts(item: Any) -> dict[str, list[str]]:
    """The raw XML of each property, ours and the mailbox's own left out."""
    found: dict[str, list[str]] = {"element": [item.tag]}
    for one in item:
        if one.tag == f"{TYPES}InternetMessageHeaders":
            for header in [h for h in one if h.get("HeaderName").startswith(RENDERED)]:
                one.remove(header)
        for known in [*one.iter(f"{TYPES}RoutingType"), *one.iter(f"{TYPES}MailboxType")]:
            known.getparent().remove(known)     # what a directory knows of an address
        name, raw = one.tag.removeprefix(TYPES), etree.tostring(one, method="c14n").decode()
        if name not in OWN and "OmmItemTag" not in raw:
            found.setdefault(name, []).append(raw)
    return found


@dataclass
class Pair:
    """The mailbox that is left, on a server of its own, and the one that it moves to."""

    at: World
    left: ExchangeEmulator
    old: Mailbox
    new: Mailbox


@contextmanager
def pair_of(directory: Path, version: VersionName) -> Iterator[Pair]:
    network = Network(trusts_person=True)
    settings = Settings(auth=("basic",), version=version)
    with world(directory, {}, grace=0.02) as at, ExchangeEmulator(directory / "old.sqlite", settings=settings) as left:
        left.add_mailbox(OLD, password=PASSWORD)
        there, here = account(left.url, OLD), account(at.emulator.url, at.address)
        at.connectors.sources["old"] = ExchangeSource(there, PASSWORD, network, waits=(0.0,))  # type: ignore[assignment]  # a source
        with (
            closing(Sessions(there, PASSWORD, network, side=Side.SOURCE)) as old,
            closing(Sessions(here, PASSWORD, network)) as new,
        ):
            yield Pair(at, left, Mailbox(old), Mailbox(new))
        assert left.schema_faults == []
        assert left.outgoing() == []


@pytest.fixture(params=["2019", "2013"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    """From a server of each version."""
    with pair_of(tmp_path, request.param) as made:
        yield made


@pytest.mark.parametrize("version", ["2010 SP1", "2010"])
def test_from_2010_flags_move_with_their_dates_by_the_properties_behind_them(
    tmp_path: Path, version: VersionName
) -> None:
    """It has no Flag element, and is asked for nothing that it does not know."""
    dates = named("Task", 0x8104, "SystemTime", "2020-06-01T00:00:00Z") \
        + named("Task", 0x8105, "SystemTime", "2020-06-02T00:00:00Z")
    cases = [case for case in CASES if "<t:Flag>" not in case[3]]
    with pair_of(tmp_path, version) as pair:
        for case in cases:
            pair.old.create(*case)
        pair.old.create("until", "Message", "", SENT + tagged("0x1090", "Integer", "2") + dates, "")
        done_at = tagged("0x1091", "SystemTime", "2020-06-03T00:00:00Z")
        pair.old.create("done", "Message", "", SENT + tagged("0x1090", "Integer", "1") + done_at, "")
        before = pair.left.dump()
        done = pair.at.migrate("old")
        again = pair.at.migrate("old")
        new = pair.new.items()

        assert (pair.at.counts(done).copied, pair.at.counts(again).copied) == (len(cases) + 2, 0)
        assert [re.findall(r">([^<>]+)<", new[name]["Flag"][0]) for name in ("until", "done", "flagged", "plain")] == [
            ["Flagged", "2020-06-01T00:00:00Z", "2020-06-02T00:00:00Z"], ["Complete", "2020-06-03T00:00:00Z"],
            ["Flagged"], ["NotFlagged"],
        ]
        assert "2020-05-18T07:00:01Z" in "".join(new["replied"]["ExtendedProperty"])
        assert pair.left.dump() == before
        assert all(request.status == 200 for request in pair.left.requests)


def test_every_mark_is_the_same_by_raw_xml(pair: Pair) -> None:
    """All that Exchange says of a message but ids, sizes and its own dates; our tags, and other programs', stay."""
    for case in CASES:
        pair.old.create(*case)
    before = pair.left.dump()
    done = pair.at.migrate("old")
    old, new = pair.old.items(), pair.new.items()

    assert (done.state, pair.at.counts(done).copied) == (State.COMPLETED, len(CASES))
    assert sum("Theirs" in one for one in old["ours"].pop("ExtendedProperty")) == 1
    assert sum("Theirs" in one for one in new["ours"].pop("ExtendedProperty")) == 0
    for name in old:
        if name != "conversation":      # elsewhere the index is the mailbox's own: no Thread-Index was rendered
            assert old[name].pop("ConversationIndex") != new[name].pop("ConversationIndex")
        assert new[name] == old[name], name
    assert pair.left.dump() == before
    tags = [tag for one in pair.at.messages() for tag in one.extended.values() if ":" in str(tag)]
    assert not [tag for tag in tags if str(tag).startswith("7K2F9QXD")]
    pair.at.roll_back(done.task_id)
    assert pair.at.messages() == []


def test_what_is_asked_for_is_the_same_of_a_server_that_refuses_foreign_properties(pair: Pair) -> None:
    """A post has no hidden recipients, and a server may refuse to be asked for them."""
    for case in CASES:
        pair.old.create(*case)
    pair.old.create("unread post", "PostItem", "", tagged("0x0E07", "Integer", "0"), "")
    pair.old.create("spoiled post", "PostItem", "", SENT, "")
    spoiled = next(one for one in pair.left.messages(OLD) if one.subject == "spoiled post")
    pair.left.spoil(OLD, spoiled.item_id)
    pair.left.configure(refuses_foreign_properties=True)
    done = pair.at.migrate("old")

    assert pair.at.counts(done).copied == len(CASES) + 2
    assert pair.at.counts(pair.at.migrate("old")).copied == 0
    read = {one.subject: one.is_read for one in pair.at.messages() if "post" in one.subject}
    assert read == {"post": True, "unread post": False, "spoiled post": True}
    assert all("PostItem" in pair.new.items()[name]["element"][0] for name in read)


def test_a_meeting_request_arrives_as_one_and_is_not_acted_upon(pair: Pair) -> None:
    """The class comes of the MIME; nothing is booked, and nobody is answered."""
    pair.old.create_mime(f"{MEETING.format('Plan')}Message-ID: <plan@x>\r\n\r\n{CALENDAR}", "Message", "", SENT)
    appointments = pair.at.emulator.dump(pair.at.address).count('"kind": "CalendarItem"')
    done = pair.at.migrate("old")

    assert pair.at.counts(done).copied == 1
    assert pair.new.items()["Plan"]["element"] == [f"{TYPES}MeetingRequest"]
    assert pair.new.items()["Plan"]["ItemClass"] == pair.old.items()["Plan"]["ItemClass"]
    assert pair.at.emulator.dump(pair.at.address).count('"kind": "CalendarItem"') == appointments


@pytest.mark.parametrize("kind", [
    'multipart/signed; protocol="application/pkcs7-signature"; boundary=b', "application/pkcs7-mime",
    "multipart/report; report-type=delivery-status; boundary=b",
])
def test_signed_mail_and_reports_keep_their_class_and_their_bytes(pair: Pair, kind: str) -> None:
    """Where the source gives the bytes as they are, they arrive as they are."""
    pair.left.configure(mime_roundtrip="verbatim")
    body = "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\n\r\nAAAA\r\n--b--\r\n"
    pair.old.create_mime(
        f"{HEAD}Subject: Secret\r\nMessage-ID: <s@x>\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n{body}",
        "Message", "", SENT,
    )
    pair.at.migrate("old")

    [old], [new] = pair.left.messages(OLD), pair.at.messages()
    assert new.mime == old.mime
    assert pair.new.items()["Secret"]["ItemClass"] == pair.old.items()["Secret"]["ItemClass"]
    assert "IPM.Note<" not in pair.new.items()["Secret"]["ItemClass"][0]


def test_mail_that_rights_protect_is_copied_and_named(pair: Pair) -> None:
    """The report says that it opens only where the source's rights server lets it."""
    pair.old.create("protected", "Message", "", SENT, "Content-Class: rpmsg.message\r\n")
    pair.old.create("open", "Message", "", SENT, "")
    done = pair.at.migrate("old")
    lines = pair.at.engine.store.reported(done.task_id).failures

    assert pair.at.counts(done).copied == 2
    named = [(line.item, line.folder) for line in lines if "rights management" in line.reason]
    assert named == [("1 message", "INBOX")]
