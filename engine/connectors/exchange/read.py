"""Reading from Exchange: folders and tags, page by page, and what to call an item.

Nothing here is taken for gone, or for the end, unless the server says just that: see `errors.raise_for_read`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NoReturn

from lxml import etree

from engine.connectors.exchange.codes import Meaning, meaning_of
from engine.connectors.exchange.errors import AnswerLostError, CodeError, is_no_folder, raise_for, raise_for_read
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import MESSAGES, TYPES, attribute, envelope, messages, parse, single, text
from engine.connectors.exchange.tags import PROPERTY_NAME, TAG_FIELD
from engine.errors import Cause, RefusedError, RetryableError, Side
from engine.ports.destination import MAIL_CLASS, DestinationFolder
from engine.ports.items import TaggedItem, TagPage
from engine.ports.source import Role

LONGEST_NUMBER = 18      # digits
PAGE = 512               # SyncFolderItems gives no more in one answer [MS-OXWSSYNC] 3.1.4.2.3.10
FOLDER_PAGE = 1000       # EWSFindCountLimit
IMAP = "ipf.imap"       # a folder for mail, as Outlook makes it for an IMAP account
HIDDEN = "0x10f4"        # PidTagAttributeHidden [MS-OXCFOLD] 2.2.2.2.2.1: no program shows the folder to its owner
DISTINGUISHED = {
    "inbox": Role.INBOX,
    "sentitems": Role.SENT,
    "drafts": Role.DRAFTS,
    "deleteditems": Role.DELETED,
    "junkemail": Role.JUNK,
    "calendar": Role.CALENDAR,
    "contacts": Role.CONTACTS,
    "tasks": Role.TASKS,
    "notes": Role.NOTES,
}
FOLDER_SHAPE = (
    "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="folder:ParentFolderId"/><t:FieldURI FieldURI="folder:FolderClass"/>'
    '<t:FieldURI FieldURI="folder:DisplayName"/><t:FieldURI FieldURI="folder:TotalCount"/>'
    f'<t:FieldURI FieldURI="folder:ChildFolderCount"/>{TAG_FIELD}'
    f'<t:ExtendedFieldURI PropertyTag="{HIDDEN}" PropertyType="Boolean"/>'
    "</t:AdditionalProperties></m:FolderShape>"
)
NOTE_SET = "0006200e-0000-0000-c000-000000000046"       # PSETID_Note [MS-OXPROPS] 1.3.2
# PidLidNoteColor [MS-OXONOTE] 2.2.1.1: a message that has it is a sticky note, for which lists have no name of its own.
COLOUR = f'<t:ExtendedFieldURI PropertySetId="{NOTE_SET}" PropertyId="{0x8B00}" PropertyType="Integer"/>'
NOTE = "StickyNote"
TAG_ONLY = f"<t:AdditionalProperties>{TAG_FIELD}{COLOUR}</t:AdditionalProperties>"
TAG_AND_TIMES = (
    '<t:AdditionalProperties><t:FieldURI FieldURI="item:IsDraft"/><t:FieldURI FieldURI="item:DateTimeSent"/>'
    '<t:FieldURI FieldURI="item:DateTimeCreated"/><t:FieldURI FieldURI="item:LastModifiedTime"/>'
    f"{TAG_FIELD}{COLOUR}</t:AdditionalProperties>"
)
VALUE = f"{TYPES}Value"
# PidLidFileUnder, PidTagCompanyName, PidLidEmail1EmailAddress [MS-OXOCNTC]: of contacts that have no name.
KNOWN_BY = (
    f'<t:ExtendedFieldURI DistinguishedPropertySetId="Address" PropertyId="{0x8005}" PropertyType="String"/>'
    '<t:ExtendedFieldURI PropertyTag="0x3A16" PropertyType="String"/>'
    f'<t:ExtendedFieldURI DistinguishedPropertySetId="Address" PropertyId="{0x8083}" PropertyType="String"/>'
)
UNNAMED = "(a message that cannot be read)"
UNREADABLE = frozenset({      # said of one item, for ever
    "ErrorContentConversionFailed",
    "ErrorCorruptData",
    "ErrorItemCorrupt",
    "ErrorMimeContentConversionFailed",
})


@contextmanager
def _reading(side: Side) -> Iterator[None]:
    """Whatever is refused within it is sorted as the refusal of a read."""
    try:
        yield
    except RefusedError as refusal:
        raise_for_read(refusal, side)


def ask_one(sessions: Sessions, body: bytes) -> etree._Element:
    """The one response message to a request that reads one thing. GoneError, StateLostError, RetryableError."""
    with _reading(sessions.side):
        return single(parse(sessions.ask(body), sessions.side), sessions.side)


def _asked_for_several(sessions: Sessions, body: bytes, count: int) -> list[etree._Element | CodeError]:
    """The response messages to a request that reads `count` things, in order."""
    with _reading(sessions.side):
        return list(messages(parse(sessions.ask(body), sessions.side), count, sessions.side))


def _raise_for(error: CodeError) -> NoReturn:
    """Raises what a code means for a request that only reads."""
    with _reading(error.side):
        raise_for(error)
    raise AssertionError


@dataclass(frozen=True, slots=True)
class Standard:
    """The folders that every mailbox has: the whole mailbox's root, the top of what its owner sees, and the roles."""

    root: str
    top: str
    outbox: str | None
    roles: dict[str, Role]

    @property
    def mailbox(self) -> str:
        """The mailbox's key."""
        return mailbox_key(self.root)


def mailbox_key(root: str) -> str:
    """A mailbox's key, of its root's id: recorded ids of folders hold its GUID, and neither a login nor an address."""
    return hashlib.sha256(root.encode()).hexdigest()[:32]


def standard_folders(sessions: Sessions) -> Standard:
    """Asks for all of them by their distinguished ids, which no language changes."""
    names = ("root", "msgfolderroot", *DISTINGUISHED, "outbox")
    ids = "".join(f'<t:DistinguishedFolderId Id="{name}"/>' for name in names)
    body = envelope(f"<m:GetFolder>{FOLDER_SHAPE}<m:FolderIds>{ids}</m:FolderIds></m:GetFolder>")
    found: list[str | None] = []
    for name, message in zip(names, _asked_for_several(sessions, body, len(names)), strict=True):
        if isinstance(message, CodeError):
            if name in ("root", "msgfolderroot", "inbox") or not is_no_folder(message):
                _raise_for(message)
            found.append(None)
        else:
            found.append(_id(message.find(f"{MESSAGES}Folders/*"), "FolderId"))
    roles = {i: DISTINGUISHED[name] for name, i in zip(names[2:-1], found[2:-1], strict=True) if i}
    root, top, outbox = found[0], found[1], found[-1]
    if not root or not top:
        raise _unreadable(sessions.side)
    return Standard(root, top, outbox, roles)


def _unreadable(side: Side) -> AnswerLostError:
    return AnswerLostError(f"The {side}'s answer lacks what was asked for.")


def folders(sessions: Sessions, standard: Standard) -> Iterator[DestinationFolder]:
    """Every folder below the top, in pages. Search folders hold nothing of their own and are left out."""
    offset, told = 0, 0
    seen: set[str] = set()
    while True:
        root = _folder_page(sessions, standard.top, offset)
        for element in root.iterfind(f"{TYPES}Folders/*"):
            seen.add(_id(element, "FolderId"))
            if element.tag != f"{TYPES}SearchFolder":
                found = folder(element, standard.roles)
                # What lies in the outbox may be sent by the owner's own mail program: nothing of ours goes there.
                yield replace(found, kind="") if found.id == standard.outbox else found
        if _is_true(root.get("IncludesLastItemInRange"), sessions.side):
            return
        next_offset = root.get("IndexedPagingOffset") or ""
        if not next_offset.isdecimal() or int(next_offset) <= offset or len(seen) == told:
            raise _unreadable(sessions.side)
        offset, told = int(next_offset), len(seen)


def _folder_page(sessions: Sessions, top: str, offset: int) -> etree._Element:
    body = envelope(
        f'<m:FindFolder Traversal="Deep">{FOLDER_SHAPE}'
        f'<m:IndexedPageFolderView MaxEntriesReturned="{FOLDER_PAGE}" Offset="{offset}" BasePoint="Beginning"/>'
        f"<m:ParentFolderIds><t:FolderId Id={attribute(top)}/></m:ParentFolderIds></m:FindFolder>"
    )
    try:
        root = ask_one(sessions, body).find(f"{MESSAGES}RootFolder")
    except RefusedError as error:       # the top of a mailbox is never gone
        raise RetryableError(f"The {sessions.side} does not show its folders: {error}.", cause=Cause.OTHER) from error
    if root is None:
        raise _unreadable(sessions.side)
    return root


def _is_true(value: str | None, side: Side) -> bool:
    """An xs:boolean. One that is not there is no answer: to take it for the last page would lose what follows."""
    if value not in ("true", "1", "false", "0"):
        raise _unreadable(side)
    return value in ("true", "1")


def folder(element: etree._Element, roles: dict[str, Role]) -> DestinationFolder:
    """A folder of an answer."""
    folder_id = _id(element, "FolderId")
    properties = dict(_properties(element))
    kind = element.findtext(f"{TYPES}FolderClass") or MAIL_CLASS     # [MS-OXOSFLD] 2.2.8
    return DestinationFolder(
        id=folder_id,
        parent_id=_id(element, "ParentFolderId") or None,
        name=element.findtext(f"{TYPES}DisplayName") or "",
        role=roles.get(folder_id),
        tag=properties.get(PROPERTY_NAME),
        kind="" if properties.get(HIDDEN) in ("true", "1") else MAIL_CLASS if kind.lower().startswith(IMAP) else kind,
        items=_number(element, "TotalCount"),
        children=_number(element, "ChildFolderCount"),
    )


def _properties(element: etree._Element) -> Iterator[tuple[str, str | None]]:
    """The extended properties of an answer: name, or tag in lower case, and value."""
    for one in element.iterfind(f"{TYPES}ExtendedProperty"):
        uri = one.find(f"{TYPES}ExtendedFieldURI")
        if uri is not None:
            yield uri.get("PropertyName") or (uri.get("PropertyTag") or "").lower(), one.findtext(f"{TYPES}Value")


def one_folder(sessions: Sessions, folder_id: str) -> DestinationFolder:
    """The folder as it is now. GoneError when there is none."""
    body = envelope(
        f"<m:GetFolder>{FOLDER_SHAPE}<m:FolderIds><t:FolderId Id={attribute(folder_id)}/></m:FolderIds></m:GetFolder>"
    )
    found = ask_one(sessions, body).find(f"{MESSAGES}Folders/*")
    if found is None:
        raise _unreadable(sessions.side)
    return folder(found, {})


def tags(sessions: Sessions, folder_id: str, state: str, *, detail: bool) -> TagPage:
    """One page of SyncFolderItems, with the tag beside each id. GoneError: there is no such folder; StateLostError."""
    since = f"<m:SyncState>{text(state)}</m:SyncState>" if state else ""
    body = envelope(
        f"<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>{TAG_AND_TIMES if detail else TAG_ONLY}"
        f"</m:ItemShape><m:SyncFolderId><t:FolderId Id={attribute(folder_id)}/></m:SyncFolderId>{since}"
        f"<m:MaxChangesReturned>{PAGE}</m:MaxChangesReturned></m:SyncFolderItems>"
    )
    message = ask_one(sessions, body)
    changes = message.find(f"{MESSAGES}Changes")
    found: list[TaggedItem] = []
    removed: list[str] = []
    for change in changes if changes is not None else ():
        if change.tag == f"{TYPES}Delete":
            removed.append(_id(change, "ItemId"))
        elif change.tag != f"{TYPES}ReadFlagChange" and len(change):
            # Two extended properties are asked for, a tag and a number. Faster than paths, 100,000 times.
            values = [value.text or "" for value in change[0].iter(VALUE)]
            tag = next((value for value in values if ":" in value), "")
            if tag:
                kind = change[0].tag[len(TYPES):] if len(values) == 1 else NOTE
                plain = TaggedItem(_id(change[0], "ItemId"), tag, element=kind)
                found.append(_tagged(change[0], tag, kind) if detail else plain)
    reached = message.findtext(f"{MESSAGES}SyncState")
    if not reached:
        raise _unreadable(sessions.side)
    last = _is_true(message.findtext(f"{MESSAGES}IncludesLastItemInRange"), sessions.side)
    return TagPage(items=tuple(found), removed=tuple(removed), state=reached, last=last)


def _tagged(element: etree._Element, tag: str, kind: str) -> TaggedItem:
    return TaggedItem(
        id=_id(element, "ItemId"),
        tag=tag,
        created=moment(element, "DateTimeCreated"),
        modified=moment(element, "LastModifiedTime"),
        sent=moment(element, "DateTimeSent"),
        draft=element.findtext(f"{TYPES}IsDraft") == "true",
        element=kind,
    )


def names(sessions: Sessions, ids: Sequence[str]) -> dict[str, str]:
    """Subjects by item id; of a contact without a name, what else it is known by.

    Items that are gone are left out, one that the server cannot read is named as such.
    """
    listed = "".join(f"<t:ItemId Id={attribute(i)}/>" for i in ids)
    body = envelope(
        '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
        f'<t:FieldURI FieldURI="item:Subject"/>{KNOWN_BY}</t:AdditionalProperties></m:ItemShape>'
        f"<m:ItemIds>{listed}</m:ItemIds></m:GetItem>"
    )
    found = {}
    for asked, message in zip(ids, _asked_for_several(sessions, body, len(ids)), strict=True):
        if not isinstance(message, CodeError):
            values = (one.text for one in message.iterfind(f"{MESSAGES}Items/*/{TYPES}ExtendedProperty/{TYPES}Value"))
            named = message.findtext(f"{MESSAGES}Items/*/{TYPES}Subject") or next(filter(None, values), "")
            found[asked] = named or "(no subject)"
        elif message.code in UNREADABLE:
            found[asked] = UNNAMED
        elif meaning_of(message.code) is not Meaning.GONE:
            _raise_for(message)
    return found


def created(sessions: Sessions, item_id: str) -> datetime | None:
    """When the mailbox's own clock says that the item was created, UTC. GoneError when there is none."""
    body = envelope(
        '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
        '<t:FieldURI FieldURI="item:DateTimeCreated"/></t:AdditionalProperties></m:ItemShape>'
        f"<m:ItemIds><t:ItemId Id={attribute(item_id)}/></m:ItemIds></m:GetItem>"
    )
    item = ask_one(sessions, body).find(f"{MESSAGES}Items/*")
    return None if item is None else moment(item, "DateTimeCreated")


def _id(element: etree._Element | None, name: str) -> str:
    found = None if element is None else element.find(f"{TYPES}{name}")
    return "" if found is None else found.get("Id") or ""


def _number(element: etree._Element, name: str) -> int | None:
    value = element.findtext(f"{TYPES}{name}")
    return int(value) if value and len(value) <= LONGEST_NUMBER and value.isdecimal() else None


def moment(element: etree._Element, name: str) -> datetime | None:
    """A property of an item that is a time, UTC."""
    value = next(element.iterchildren(TYPES + name), None)
    return None if value is None else instant(value.text or "")


def instant(said: str) -> datetime | None:
    """A time as XML has it, UTC; None for anything else."""
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
