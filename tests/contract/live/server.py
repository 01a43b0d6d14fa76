"""An Exchange under test, through the engine's own connector and through raw requests beside it."""

from __future__ import annotations

import itertools
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lxml import etree

from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.session import WARM_UP, Sessions
from engine.connectors.exchange.soap import (
    MESSAGES,
    TYPES,
    attribute,
    envelope,
    messages,
    parse,
    server_version,
)
from engine.connectors.exchange.tags import TAG_FIELD
from engine.connectors.exchange.versions import release
from engine.connectors.network.pinning import Network
from engine.items.tags import folder_tag, item_tag
from engine.migration.account import Account
from engine.migration.task_id import new_task_id
from engine.ports.destination import DestinationFolder
from engine.ports.items import Marks, SourceMessage, Tagged, TaggedItem
from engine.ports.source import Role

BUILD = ("MajorVersion", "MinorVersion", "MajorBuildNumber", "MinorBuildNumber")
FLAG, VERB, ICON = "0x1090", "0x1081", "0x1080"
FIELDS = (
    "item:Subject", "item:DateTimeReceived", "item:DateTimeSent", "item:DateTimeCreated", "item:LastModifiedTime",
    "item:IsDraft", "item:Importance", "item:Categories", "item:ParentFolderId", "message:IsRead",
    "message:IsReadReceiptRequested", "message:IsDeliveryReceiptRequested",
)
SHAPE = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"
    "<t:AdditionalProperties>"
    + "".join(f'<t:FieldURI FieldURI="{name}"/>' for name in FIELDS)
    + "".join(f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="Integer"/>' for tag in (FLAG, VERB, ICON))
    + f"{TAG_FIELD}</t:AdditionalProperties></m:ItemShape>"
)
CODE = "_checks_"       # where tags have the code of a source folder, which is hexadecimal
_numbers = itertools.count(1)


class Item:
    """An item, as GetItem shows it. What it does not show is None."""

    def __init__(self, element: etree._Element) -> None:
        self._element = element

    def said(self, name: str) -> str | None:
        """The text of a property."""
        return self._element.findtext(f"{TYPES}{name}")

    def moment(self, name: str) -> datetime | None:
        """A property that is a time, UTC."""
        value = self.said(name)
        return None if value is None else datetime.fromisoformat(value).astimezone(UTC)

    @property
    def categories(self) -> list[str | None]:
        return [one.text for one in self._element.iterfind(f"{TYPES}Categories/{TYPES}String")]

    @property
    def mime(self) -> bytes:
        return b64decode(self.said("MimeContent") or "")

    @property
    def place(self) -> str:
        """The id of its folder."""
        found = self._element.find(f"{TYPES}ParentFolderId")
        return "" if found is None else found.get("Id") or ""

    def extended(self, tag: str) -> str | None:
        """A MAPI property by its tag; '' is the item's own tag."""
        for one in self._element.iterfind(f"{TYPES}ExtendedProperty"):
            uri = one.find(f"{TYPES}ExtendedFieldURI")
            if uri is not None and (uri.get("PropertyTag") or "").lower() == tag:
                return one.findtext(f"{TYPES}Value")
        return None


@dataclass
class Server:
    """A mailbox on the server. Everything that tests do in it happens in `room`, a folder that is removed at the end.

    `says` makes the sentence that a failing test prints: it names the release, so that it can be pasted as it is.
    """

    account: Account
    password: str = field(repr=False)
    network: Network
    task_id: str = field(default_factory=new_task_id)
    name: str = "The server"
    room: str = ""

    def __post_init__(self) -> None:
        self.destination = self.open(self.password)
        self.sessions = Sessions(self.account, self.password, self.network)

    def open(self, password: str) -> ExchangeDestination:
        """The mailbox, as the engine opens it."""
        return ExchangeDestination(self.account, password, self.network)

    def enter(self) -> None:
        """Signs in, learns what answers, and makes the room."""
        self.destination.check()
        version = server_version(self.sessions.post(WARM_UP, len(WARM_UP)))
        if version is not None:
            self.name = f"{release(version)} ({'.'.join(version.get(part) or '?' for part in BUILD)})"
        made = self.destination.create_folder(
            self.destination.top, f"OMM live check {self.task_id}", self.folder_tag
        )
        self.room = made.id

    def leave(self) -> None:
        """Removes the room with everything in it, and what a test has moved to Deleted Items."""
        if self.room:
            self.ask(
                '<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>'
                f"<t:FolderId Id={attribute(self.room)}/></m:FolderIds></m:DeleteFolder>"
            )
            strays = [
                item.id for folder in self.within_reach() for item in self.tagged(folder.id)
                if item.tag.startswith(self.folder_tag)
            ]
            if strays:
                self.destination.delete(strays)
        self.destination.close()
        self.sessions.close()

    def within_reach(self) -> list[DestinationFolder]:
        """The folders where something of a test's may lie: a live mailbox holds others that nobody should read."""
        found = self.destination.folders()
        return [folder for folder in found if folder.parent_id == self.room or folder.role is Role.DELETED]

    def says(self, words: str) -> str:
        """A sentence about the server."""
        return f"{self.name}: {words}"

    @property
    def folder_tag(self) -> str:
        return folder_tag(self.task_id, CODE)

    # -- what tests do ----------------------------------------------------------------------------

    def folder(self, name: str = "") -> str:
        """A new folder in the room. Its id."""
        name = name or f"Folder {next(_numbers)}"
        return self.destination.create_folder(self.room, name, self.folder_tag).id

    def new(self, mime: bytes, *, received: datetime | None = None, marks: Marks = Marks()) -> Tagged:  # noqa: B008 - it is frozen
        """A message to create, under a tag of its own."""
        tag = item_tag(self.task_id, CODE, next(_numbers).to_bytes(16, "big"))
        return Tagged(tag, SourceMessage(1, mime, len(mime), received, marks))

    def created(self, folder: str, new: Sequence[Tagged]) -> list[str]:
        """The ids of messages that were created; fails unless all of them were."""
        outcomes = self.destination.create(folder, new)
        assert [outcome.verdict for outcome in outcomes] == ["done"] * len(new), self.says(
            f"refuses messages that it should take: {[str(outcome.error) for outcome in outcomes if outcome.error]}"
        )
        return [str(outcome.id) for outcome in outcomes]

    def one(self, folder: str, mime: bytes = b"Subject: x\r\n\r\nx\r\n") -> tuple[str, str]:
        """A message in a folder: its id and its tag."""
        new = self.new(mime)
        (made,) = self.created(folder, [new])
        return made, new.tag

    def tagged(self, folder: str) -> list[TaggedItem]:
        """Everything with a tag in a folder, by SyncFolderItems."""
        found: dict[str, TaggedItem] = {}
        state, last = "", False
        while not last:
            page = self.destination.tags(folder, state, detail=True)
            found |= {item.id: item for item in page.items}
            state, last = page.state, page.last
        return list(found.values())

    def look(self, item_id: str) -> Item:
        """An item with all that tests look at."""
        (answer,) = self.ask(
            f"<m:GetItem>{SHAPE}<m:ItemIds><t:ItemId Id={attribute(item_id)}/></m:ItemIds></m:GetItem>"
        )
        assert not isinstance(answer, CodeError), self.says(f"does not show an item that is there: {answer}")
        found = answer.find(f"{MESSAGES}Items/*")
        assert found is not None
        return Item(found)

    def ask(self, body: str, count: int = 1) -> list[etree._Element | CodeError]:
        """The response messages to a raw request."""
        data = envelope(body)
        return list(messages(parse(self.sessions.post(data, len(data))), count))

    def carried(self, operation: str, item_id: str, folder: str) -> str:
        """MoveItem or CopyItem. The new id."""
        (answer,) = self.ask(
            f"<m:{operation}><m:ToFolderId><t:FolderId Id={attribute(folder)}/></m:ToFolderId>"
            f"<m:ItemIds><t:ItemId Id={attribute(item_id)}/></m:ItemIds></m:{operation}>"
        )
        assert not isinstance(answer, CodeError), self.says(f"refuses {operation}: {answer}")
        found = answer.find(f"{MESSAGES}Items/*/{TYPES}ItemId")
        assert found is not None, self.says(f"answers {operation} without the item's new id")
        return found.get("Id") or ""

    def deleted(self, item_id: str, kind: str) -> None:
        """DeleteItem of a kind, without a word to anybody."""
        (answer,) = self.ask(
            f'<m:DeleteItem DeleteType="{kind}" SendMeetingCancellations="SendToNone"'
            ' AffectedTaskOccurrences="AllOccurrences" SuppressReadReceipts="true">'
            f"<m:ItemIds><t:ItemId Id={attribute(item_id)}/></m:ItemIds></m:DeleteItem>"
        )
        assert not isinstance(answer, CodeError), self.says(f"refuses DeleteItem with {kind}: {answer}")

    def updated(self, item_id: str, field_uri: str, element: str) -> None:
        """UpdateItem of one property."""
        (answer,) = self.ask(
            '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"'
            ' SuppressReadReceipts="true"><m:ItemChanges><t:ItemChange>'
            f"<t:ItemId Id={attribute(item_id)}/><t:Updates><t:SetItemField>"
            f"<t:FieldURI FieldURI={attribute(field_uri)}/><t:Message>{element}</t:Message>"
            "</t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
        )
        assert not isinstance(answer, CodeError), self.says(f"refuses UpdateItem of {field_uri}: {answer}")
