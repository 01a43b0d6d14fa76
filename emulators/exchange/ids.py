"""Identifiers as a real server makes them: opaque, long, base64, case-sensitive (rule R10).

An ItemId is the base64 of 113 bytes (152 characters): a header, the mailbox GUID as text, then a 70-byte
entry id of store GUID, folder number and message number; a FolderId is the base64 of 89 bytes with a
46-byte entry id (taken apart from recorded ids). Two ids may differ in the case of one letter only.
"""

import base64
import binascii
import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from emulators.exchange.errors import ItemError

_HEADER = b"\x00\x03\x24\x00"       # no compression, moniker type 3, 36 bytes of GUID text follow
_ITEM_LENGTH, _FOLDER_LENGTH = 70, 46
_ITEM_TYPE, _FOLDER_TYPE = b"\x07\x00", b"\x01\x00"


@dataclass(frozen=True, slots=True)
class EntryId:
    """What an identifier names: an item or a folder, by number, in one mailbox."""

    kind: Literal["item", "folder"]
    mailbox: uuid.UUID
    number: int


def _counter(number: int) -> bytes:
    return struct.pack(">Q", number)[2:]


def folder_id(mailbox: uuid.UUID, number: int) -> str:
    """The Id attribute of a FolderId."""
    entry = b"\x00\x00\x00\x00" + mailbox.bytes + _FOLDER_TYPE + mailbox.bytes + _counter(number) + b"\x00\x00"
    return _moniker(mailbox, entry)


def item_id(mailbox: uuid.UUID, folder: int, number: int) -> str:
    """The Id attribute of an ItemId: it holds the folder, so a move makes a new one."""
    guid = _bytes(mailbox)
    entry = (b"\x00\x00\x00\x00" + guid + _ITEM_TYPE
             + guid + _counter(folder) + b"\x00\x00"
             + guid + _counter(number) + b"\x00\x00")
    return _moniker(mailbox, entry)


@lru_cache(maxsize=256)
def _bytes(mailbox: uuid.UUID) -> bytes:
    return mailbox.bytes


@lru_cache(maxsize=256)
def _guid(mailbox: uuid.UUID) -> bytes:
    return str(mailbox).encode()


def _moniker(mailbox: uuid.UUID, entry: bytes) -> str:
    raw = _HEADER + _guid(mailbox) + b"\x00" + struct.pack("<H", len(entry)) + entry
    return binascii.b2a_base64(raw, newline=False).decode()


def conversation_id(mailbox: uuid.UUID, conversation: bytes) -> str:
    """The Id of a conversation, recorded as AAQk...: the same moniker around 16 bytes."""
    raw = b"\x00\x04\x24\x00" + str(mailbox).encode() + b"\x00\x10\x00" + conversation
    return binascii.b2a_base64(raw, newline=False).decode()


def attachment_id(root: str, path: Sequence[int]) -> str:
    """The Id of an attachment: that of its item or occurrence, the number of levels, and four bytes a level."""
    raw = base64.b64decode(root) + struct.pack(">B", len(path))
    raw += b"".join(struct.pack(">HI", 4, level) for level in path)
    return binascii.b2a_base64(raw, newline=False).decode()


def parse_attachment_id(value: str) -> tuple[str, tuple[int, ...]]:
    """The item's Id, and the attachment's number on each level; raises ItemError ErrorInvalidAttachmentId."""
    try:
        raw = base64.b64decode(value, validate=True)
        end = 43 + struct.unpack_from("<H", raw, 41)[0]
        levels = raw[end]
        path = tuple(level for _, level in struct.iter_unpack(">HI", raw[end + 1:]))
    except (ValueError, IndexError, struct.error, binascii.Error) as error:
        raise ItemError("ErrorInvalidAttachmentId") from error
    if levels != len(path) or not path:
        raise ItemError("ErrorInvalidAttachmentId")
    return binascii.b2a_base64(raw[:end], newline=False).decode(), path


def change_key(prefix: bytes, mailbox: uuid.UUID, change: int) -> str:
    """The ChangeKey: new with every change number."""
    raw = prefix + b"\x00\x00\x00\x16\x00\x00\x00" + change_xid(mailbox, change)
    return binascii.b2a_base64(raw, newline=False).decode()


def change_xid(mailbox: uuid.UUID, change: int) -> bytes:
    """A version as MAPI writes it: an XID of 22 bytes ([MS-OXCFXICS] 2.2.2.2)."""
    return _bytes(mailbox) + _counter(change)


@lru_cache(maxsize=4096)
def parse_id(value: str) -> EntryId:
    """Read an Id attribute; raises ItemError ErrorInvalidIdEmpty or ErrorInvalidIdMalformed (rule R10)."""
    mailbox, entry = _taken_apart(value)
    if len(entry) == _ITEM_LENGTH and entry[20:22] == _ITEM_TYPE:
        return EntryId("item", mailbox, int.from_bytes(entry[62:68], "big"))
    if len(entry) == _FOLDER_LENGTH and entry[20:22] == _FOLDER_TYPE:
        return EntryId("folder", mailbox, int.from_bytes(entry[38:44], "big"))
    raise ItemError("ErrorInvalidIdMalformed")


def _taken_apart(value: str) -> tuple[uuid.UUID, bytes]:
    """The mailbox and the entry id in an Id (MS-OXWSITEMID 2.1.3.2.2)."""
    if not value:
        raise ItemError("ErrorInvalidIdEmpty")
    try:
        raw = base64.b64decode(value, validate=True)
        mailbox = uuid.UUID(raw[4:40].decode("ascii"))
        (length,) = struct.unpack("<H", raw[41:43])
    except (ValueError, struct.error, binascii.Error) as error:
        raise ItemError("ErrorInvalidIdMalformed") from error
    if not raw.startswith(_HEADER) or raw[40] != 0 or len(raw) - 43 != length:
        raise ItemError("ErrorInvalidIdMalformed")
    return mailbox, raw[43:]


def mailbox_of(value: str) -> uuid.UUID:
    """The GUID of the mailbox that the Id of a folder, an item or an attachment belongs to; raises ItemError."""
    try:
        return uuid.UUID(base64.b64decode(value, validate=True)[4:40].decode("ascii"))
    except (ValueError, binascii.Error) as error:
        raise ItemError("ErrorInvalidIdMalformed") from error


def entry_id(value: str) -> bytes:
    """The MAPI entry id in an Id; raises ItemError."""
    return _taken_apart(value)[1]


def from_entry_id(entry: bytes) -> str:
    """The Id around a MAPI entry id; raises ItemError ErrorInvalidIdMalformed."""
    if len(entry) not in (_ITEM_LENGTH, _FOLDER_LENGTH):
        raise ItemError("ErrorInvalidIdMalformed")
    return _moniker(uuid.UUID(bytes=entry[4:20]), entry)


def parse_change_key(value: str) -> int | None:
    """The change number of a ChangeKey, or None for the short form that names none (`AQAAAA==`).

    Raises ItemError ErrorInvalidChangeKey.
    """
    try:
        raw = base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error) as error:
        raise ItemError("ErrorInvalidChangeKey") from error
    if len(raw) == 4:
        return None
    if len(raw) != 30:
        raise ItemError("ErrorInvalidChangeKey")
    return int.from_bytes(raw[24:], "big")
