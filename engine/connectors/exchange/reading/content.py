"""A message of an answer: its MIME as the server renders it, and what its owner and their programs noted on it.

MAPI properties are those of [MS-OXPROPS]. They are asked for beside the MIME, in one GetItem; that changes nothing, and
neither marks a message as read nor answers a receipt that it asks for ([MS-OXWSCORE] 3.1.4.4).
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error, a2b_base64
from collections.abc import Mapping
from typing import BinaryIO

from lxml import etree

from engine.connectors.exchange.errors import AnswerLostError
from engine.connectors.exchange.message import FLAGGED, FORWARDED, REPLIED
from engine.connectors.exchange.read import moment
from engine.connectors.exchange.soap import TYPES
from engine.messages.source_key import key_by_id, key_by_search_key
from engine.ports.items import Marks, SourceMessage

REPLIED_TO_ALL = 103            # PidTagLastVerbExecuted 0x1081 [MS-OXOMSG] 2.2.1.38
LONGEST_HEADER = 256 * 1024     # bytes
UNREADABLE = "The source's answer cannot be read."

_FIELDS = (
    "item:ItemClass", "item:DateTimeReceived", "item:DateTimeSent", "item:Categories", "item:IsDraft", "message:IsRead",
)
_PROPERTIES = (
    ("0x1081", "Integer"),      # PidTagLastVerbExecuted
    ("0x1090", "Integer"),      # PidTagFlagStatus [MS-OXOFLAG] 2.2.1.1
    ("0x300B", "Binary"),       # PidTagSearchKey [MS-OXCPRPT] 2.2.1.9
)
SHAPE = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"
    "<t:AdditionalProperties>"
    + "".join(f'<t:FieldURI FieldURI="{name}"/>' for name in _FIELDS)
    + "".join(f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/>' for tag, kind in _PROPERTIES)
    + "</t:AdditionalProperties></m:ItemShape>"
)


def held(number: int, item: etree._Element) -> SourceMessage:
    """A message in memory. Raises AnswerLostError when its MIME is not there, or is no base64."""
    encoded = item.findtext(f"{TYPES}MimeContent")
    if encoded is None:
        raise AnswerLostError(UNREADABLE)
    try:
        mime = a2b_base64("".join(encoded.split()).encode(), strict_mode=True) if encoded.strip() else b""
    except (Error, UnicodeEncodeError):
        raise AnswerLostError(UNREADABLE) from None
    return message(number, item, mime, len(mime))


def message(number: int, item: etree._Element, mime: bytes | BinaryIO, size: int) -> SourceMessage:
    """The message of an answer with its MIME; a file is left at its start."""
    properties = extended(item)
    return SourceMessage(
        number, mime, size, moment(item, "DateTimeReceived"), _marks(item, properties), key=_key(mime, properties),
    )


def extended(item: etree._Element) -> Mapping[str, str]:
    """The values of an item's extended properties that have one value, by tag, number or name, in small letters."""
    found = {}
    for one in item.iterfind(f"{TYPES}ExtendedProperty"):
        uri, value = one.find(f"{TYPES}ExtendedFieldURI"), one.findtext(f"{TYPES}Value")
        if uri is not None and value is not None:
            name = uri.get("PropertyTag") or uri.get("PropertyId") or uri.get("PropertyName") or ""
            found[name.lower()] = value
    return found


def _marks(item: etree._Element, properties: Mapping[str, str]) -> Marks:
    verb = properties.get("0x1081", "")
    return Marks(
        read=item.findtext(f"{TYPES}IsRead") == "true",
        flagged=properties.get("0x1090") == str(FLAGGED),
        answered=verb in (str(REPLIED), str(REPLIED_TO_ALL)),
        forwarded=verb == str(FORWARDED),
        draft=item.findtext(f"{TYPES}IsDraft") == "true",
        categories=tuple(word.text or "" for word in item.iterfind(f"{TYPES}Categories/{TYPES}String")),
    )


def _key(mime: bytes | BinaryIO, properties: Mapping[str, str]) -> bytes:
    """The key of a message without Message-ID, which a server may render another way each time; else b""."""
    if isinstance(mime, bytes):
        start = mime
    else:
        start = mime.read(LONGEST_HEADER)
        mime.seek(0)
    search_key = properties.get("0x300b", "")
    if key_by_id(start) is not None or not search_key:
        return b""
    try:
        return key_by_search_key(b64decode(search_key, validate=True))
    except ValueError:
        return b""
