"""An Exchange mailbox that is left, and the one that it moves to: what is put into them, and what they say of it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from emulators.exchange import ExchangeEmulator, Settings
from emulators.exchange.settings import VersionName
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import MESSAGES, TYPES, envelope, parse
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.exchange.tags import TAG_FIELD
from engine.connectors.network.pinning import Network
from engine.contents import Contents
from engine.errors import Side
from tests.contract.exchange.conftest import account
from tests.servers.unheard import unheard
from tests.servers.world import ONLY_MAIL, PASSWORD, World, world

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
OUR_TAG = f"<t:ExtendedProperty>{TAG_FIELD}<t:Value>7K2F9QXD:0a1b2c3d:{0:032x}</t:Value></t:ExtendedProperty>"
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
                                    ("Common", 0x8530, "String"), ("Common", 0x8503, "Boolean"),
                                    ("Common", 0x8502, "SystemTime"), ("Common", 0x8560, "SystemTime")))
    + f'{TAG_FIELD}<t:ExtendedFieldURI PropertySetId="a719e259-2a9a-4fb8-bab3-3a9f02970e4b" PropertyName="Theirs"'
    ' PropertyType="String"/></t:AdditionalProperties></m:ItemShape>'
)
# What is another one's, or counted and dated by the mailbox itself.
OWN = {"ItemId", "ParentFolderId", "MimeContent", "Size", "DateTimeCreated", "LastModifiedTime", "LastModifiedName",
       "ConversationId", "WebClientReadFormQueryString", "InstanceKey", "SearchKey"}


KNOWN = ("RoutingType", "MailboxType", "AttachmentId")     # what a directory knows of an address; a mailbox's own
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

    def attach(self, item_id: str, name: str) -> None:
        """Gives a message an attachment of that name, in raw XML."""
        made = self.asked(
            f'<m:CreateAttachment><m:ParentItemId Id="{item_id}"/><m:Attachments><t:FileAttachment><t:Name>{name}'
            "</t:Name><t:Content>AAECAw==</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>"
        )
        assert made.find(f".//{MESSAGES}ResponseCode").text == "NoError"

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
        return dict(self.told(list(self.ids())))

    def told(self, ids: Sequence[str]) -> Iterator[tuple[str, dict[str, list[str]]]]:
        """The subject of each item, and all that it says of itself."""
        for start in range(0, len(ids), 100):
            part = "".join(f'<t:ItemId Id="{one}"/>' for one in ids[start : start + 100])
            answer = self.asked(f"<m:GetItem>{SHAPE}<m:ItemIds>{part}</m:ItemIds></m:GetItem>")
            for item in answer.iterfind(f".//{MESSAGES}Items/*"):
                yield item.findtext(f"{TYPES}Subject"), facts(item)


def facts(item: Any) -> dict[str, list[str]]:
    """The raw XML of each property, ours and the mailbox's own left out."""
    found: dict[str, list[str]] = {"element": [item.tag]}
    for one in item:
        if one.tag == f"{TYPES}InternetMessageHeaders":
            for header in [h for h in one if h.get("HeaderName").startswith(RENDERED)]:
                one.remove(header)
        for known in [each for name in KNOWN for each in one.iter(f"{TYPES}{name}")]:
            known.getparent().remove(known)
        name, raw = one.tag.removeprefix(TYPES), etree.tostring(one, method="c14n").decode()
        if name not in OWN and "OmmItemTag" not in raw:
            found.setdefault(name, []).append(raw)
    return found


@dataclass
class Pair:
    """The mailbox that is left, on a server of its own, and the one that it moves to."""

    at: World
    directory: Path         # where the servers keep their databases
    left: ExchangeEmulator
    old: Mailbox
    new: Mailbox


@contextmanager
def pair_of(directory: Path, version: VersionName, *, contents: Contents = ONLY_MAIL) -> Iterator[Pair]:
    network = Network(trusts_person=True)
    settings = Settings(auth=("basic",), version=version)
    with (
        world(directory, {}, grace=0.02, contents=contents) as at,
        ExchangeEmulator(directory / "old.sqlite", settings=settings) as left,
    ):
        left.add_mailbox(OLD, password=PASSWORD)
        there, here = account(left.url, OLD), account(at.emulator.url, at.address)
        at.connectors.sources["old"] = ExchangeSource(there, PASSWORD, network, waits=(0.0,))  # type: ignore[assignment]  # a source
        with (
            closing(Sessions(there, PASSWORD, network, side=Side.SOURCE)) as old,
            closing(Sessions(here, PASSWORD, network)) as new,
        ):
            yield Pair(at, directory, left, Mailbox(old), Mailbox(new))
        unheard(left)


def new_folder(pair: Pair, name: str, kind: str, parent: str = "msgfolderroot") -> str:
    """Makes a folder of that class at the source; its id. `parent` is a distinguished id, or stands for itself."""
    where = parent if parent.startswith("<") else f'<t:DistinguishedFolderId Id="{parent}"/>'
    made = pair.old.asked(
        f'<m:CreateFolder><m:ParentFolderId>{where}</m:ParentFolderId><m:Folders>'
        f"<t:Folder><t:FolderClass>{kind}</t:FolderClass><t:DisplayName>{name}</t:DisplayName></t:Folder>"
        "</m:Folders></m:CreateFolder>"
    )
    return str(made.find(f".//{TYPES}FolderId").get("Id"))


def put(pair: Pair, subject: str, folder: str) -> None:
    """A message, moved into a folder by its id."""
    pair.old.create(subject, "Message", "", SENT, "")
    [one] = [one for one in pair.left.messages(OLD) if one.subject == subject]
    moved = pair.old.asked(
        f'<m:MoveItem><m:ToFolderId><t:FolderId Id="{folder}"/></m:ToFolderId>'
        f'<m:ItemIds><t:ItemId Id="{one.item_id}"/></m:ItemIds></m:MoveItem>'
    )
    assert moved.find(f".//{MESSAGES}ResponseCode").text == "NoError"


def said(pair: Pair, task: str) -> list[str]:
    """What the report says, a line each."""
    return [f"{line.folder}: {line.item}: {line.reason}" for line in pair.at.engine.store.reported(task).failures]
