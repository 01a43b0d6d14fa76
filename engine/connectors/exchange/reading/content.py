"""A message of an answer: its MIME as the server renders it, and what its owner and their programs noted on it.

MAPI properties are those of [MS-OXPROPS]. They are asked for beside the MIME, in one GetItem; that changes nothing, and
neither marks a message as read nor answers a receipt that it asks for ([MS-OXWSCORE] 3.1.4.4).
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error, a2b_base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import BinaryIO

from lxml import etree

from engine.connectors.exchange.beside import (
    COMMON,
    COMPLETE,
    DUE,
    FLAGGED,
    REMINDER,
    REMINDS,
    REQUEST,
    RINGS,
    START,
    TASK,
    VERBS,
)
from engine.connectors.exchange.errors import AnswerLostError
from engine.connectors.exchange.read import moment
from engine.connectors.exchange.soap import TYPES
from engine.messages.source_key import key_by_id, key_by_search_key
from engine.ports.beside import Beside, FollowUp, Reminder, Verb
from engine.ports.items import Marks, SourceMessage

_VERBS = MappingProxyType({str(number): verb for verb, number in VERBS.items()})
LONGEST_HEADER = 256 * 1024     # bytes
LONGEST_CLASS = 255
FOREIGN_PROPERTY = "ErrorInvalidPropertyRequest"    # this kind of item has not what was asked for
UNREADABLE = "The source's answer cannot be read."
NO_ADDRESS = "the source does not tell the mail address of a hidden recipient (Bcc)"
_BOUNDARY = re.compile(rb"^content-type[ \t]*:(?:[^\n]|\n[ \t])*?\bboundary\s*=\s*\"?([^\"\s;]+)", re.MULTILINE)
_RIGHTS = re.compile(
    rb"^(?:content-class[ \t]*:\s*rpmsg\.message\s*$|content-type[ \t]*:\s*application/x-microsoft-rpmsg-message\b)",
    re.MULTILINE,
)
PROTECTED = "protected by rights management: it opens here only for whom the rights server of the source lets open it"

_FIELDS = (
    "item:ItemClass", "item:Sensitivity", "item:DateTimeReceived", "item:Categories", "item:Importance",
    "item:DateTimeSent", "item:IsDraft",
)
_OF_MESSAGES = ("message:IsRead", "message:BccRecipients")      # what a server may refuse to be asked of other items
_SINCE_2013 = "item:Flag"
_READ = 1                           # of PidTagMessageFlags [MS-OXCMSG] 2.2.1.6
_PROPERTIES = (
    ("0x0E07", "Integer"),          # PidTagMessageFlags
    ("0x1081", "Integer"),          # PidTagLastVerbExecuted [MS-OXOMSG] 2.2.1.38
    ("0x1082", "SystemTime"),       # PidTagLastVerbExecutionTime
    ("0x1090", "Integer"),          # PidTagFlagStatus [MS-OXOFLAG] 2.2.1.1
    ("0x1091", "SystemTime"),       # PidTagFlagCompleteTime
    ("0x300B", "Binary"),           # PidTagSearchKey [MS-OXCPRPT] 2.2.1.9
)
_NAMED = (
    (TASK, START, "SystemTime"), (TASK, DUE, "SystemTime"), (COMMON, REQUEST, "String"),
    (COMMON, REMINDS, "Boolean"), (COMMON, REMINDER, "SystemTime"), (COMMON, RINGS, "SystemTime"),
)
_EXTENDED = "".join((
    *(f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/>' for tag, kind in _PROPERTIES),
    *(
        f'<t:ExtendedFieldURI DistinguishedPropertySetId="{where}" PropertyId="{int(number, 16)}"'
        f' PropertyType="{kind}"/>' for where, number, kind in _NAMED
    ),
))


def shape(*, mime: bool = True, of_messages: bool = True, since_2013: bool = True, more: Sequence[str] = ()) -> str:
    """An ItemShape: `mime` with the MIME, `of_messages` with what only messages have, `more` with further fields."""
    fields = (*_FIELDS, *(_OF_MESSAGES if of_messages else ()), *((_SINCE_2013,) if since_2013 else ()), *more)
    return (
        "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>"
        f"{'<t:IncludeMimeContent>true</t:IncludeMimeContent>' if mime else ''}<t:AdditionalProperties>"
        + "".join(f'<t:FieldURI FieldURI="{name}"/>' for name in fields)
        + f"{_EXTENDED}</t:AdditionalProperties></m:ItemShape>"
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


def message(number: int, item: etree._Element, mime: bytes | BinaryIO, size: int, untold: str = "") -> SourceMessage:
    """The message of an answer with its MIME; a file is left at its start."""
    properties = extended(item)
    start = _start(mime)
    people, lacking = _hidden_recipients(item)
    flagged, follow_up = _flag(item, properties)
    verb = _VERBS.get(properties.get("0x1081", ""))
    beside = Beside(
        item_class=(item.findtext(f"{TYPES}ItemClass") or "")[:LONGEST_CLASS],
        importance=item.findtext(f"{TYPES}Importance") or "",
        sensitivity=item.findtext(f"{TYPES}Sensitivity") or "",
        sent=moment(item, "DateTimeSent"), bcc=people, follow_up=follow_up, reminder=_reminder(properties), verb=verb,
        acted=None if verb is None else _time(properties.get("0x1082")),
    )
    return SourceMessage(
        number, mime, size, moment(item, "DateTimeReceived"), _marks(item, properties, verb, flagged=flagged),
        untold=" and ".join(words for words in (untold, lacking, PROTECTED if _is_protected(start) else "") if words),
        key=_key(start, properties), beside=beside,
    )


def _start(mime: bytes | BinaryIO) -> bytes:
    if isinstance(mime, bytes):
        return mime
    start = mime.read(LONGEST_HEADER)
    mime.seek(0)
    return start


def _is_protected(start: bytes) -> bool:
    """True: the message is a wrapper around one that a rights server protects ([MS-OXORMMS] 2.2.1).

    Its header says so, or a part of its own does: not what it speaks of, nor what is attached to it.
    """
    lower = start[:LONGEST_HEADER].lower()
    if b"rpmsg" not in lower:
        return False
    header = re.split(rb"\r?\n\r?\n", lower, maxsplit=1)[0] + b"\n"
    boundary = _BOUNDARY.search(header)
    parts = re.finditer(rb"^--%s[ \t]*\r?\n((?:[^\r\n]+\r?\n)*)" % re.escape(boundary[1]), lower, re.MULTILINE) \
        if boundary is not None else ()
    return any(_RIGHTS.search(each) for each in (header, *(part[1] for part in parts)))


def extended(item: etree._Element) -> Mapping[str, str]:
    """The values of an item's extended properties that have one value, by tag or number in small letters."""
    found = {}
    for one in item.iterfind(f"{TYPES}ExtendedProperty"):
        uri, value = one.find(f"{TYPES}ExtendedFieldURI"), one.findtext(f"{TYPES}Value")
        if uri is not None and value is not None:
            found[_number(uri)] = value
    return found


def _number(uri: etree._Element) -> str:
    """The tag or number of a property in four digits, "0x0e07": servers answer with 0xe07 to who asks for 0x0E07."""
    number, tag = uri.get("PropertyId") or "", (uri.get("PropertyTag") or "").lower()
    if number.isdecimal():
        return f"{int(number):#06x}"
    return f"0x{tag.removeprefix('0x').zfill(4)}" if tag else number


def _marks(item: etree._Element, properties: Mapping[str, str], verb: Verb | None, *, flagged: bool) -> Marks:
    said, bits = item.findtext(f"{TYPES}IsRead"), properties.get("0x0e07", "")
    return Marks(
        read=said == "true" if said is not None else bits.isdecimal() and bool(int(bits) & _READ),
        flagged=flagged,
        answered=verb in (Verb.REPLIED, Verb.REPLIED_TO_ALL),
        forwarded=verb is Verb.FORWARDED,
        draft=item.findtext(f"{TYPES}IsDraft") == "true",
        categories=tuple(word.text or "" for word in item.iterfind(f"{TYPES}Categories/{TYPES}String")),
    )


def _hidden_recipients(item: etree._Element) -> tuple[tuple[tuple[str, str], ...], str]:
    """The hidden recipients whose addresses are addresses of mail, and words for the report where others are not."""
    found = [
        (one.findtext(f"{TYPES}Name") or "", one.findtext(f"{TYPES}EmailAddress") or "")
        for one in item.iterfind(f"{TYPES}BccRecipients/{TYPES}Mailbox")
    ]
    known = tuple(one for one in found if "@" in one[1])
    return known, NO_ADDRESS if len(known) < len(found) else ""


def _flag(item: etree._Element, properties: Mapping[str, str]) -> tuple[bool, FollowUp | None]:
    """Whether it is flagged, and what for: by the element, which 2010 has not, else by the properties behind it."""
    element = item.find(f"{TYPES}Flag")
    status = (element.findtext(f"{TYPES}FlagStatus") or "") if element is not None else ""
    number = properties.get("0x1090", "")
    complete = status == "Complete" or (not status and number == str(COMPLETE))
    if not complete and not (status == "Flagged" or (not status and number == str(FLAGGED))):
        return False, None

    def date(name: str, number: str) -> datetime | None:
        told = None if element is None else moment(element, name)
        return told or _time(properties.get(number))

    return not complete, FollowUp(
        complete, date("StartDate", START), date("DueDate", DUE), date("CompleteDate", "0x1091"),
        properties.get(REQUEST, ""),
    )


def _reminder(properties: Mapping[str, str]) -> Reminder | None:
    """The reminder; None where none is set, or it was dismissed."""
    is_set = properties.get(REMINDS, "").lower() in ("true", "1")
    return Reminder(_time(properties.get(REMINDER)), _time(properties.get(RINGS))) if is_set else None


def _time(value: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _key(start: bytes, properties: Mapping[str, str]) -> bytes:
    """The key of a message without Message-ID, which a server may render another way each time; else b""."""
    search_key = properties.get("0x300b", "")
    if key_by_id(start) is not None or not search_key:
        return b""
    try:
        return key_by_search_key(b64decode(search_key, validate=True))
    except ValueError:
        return b""
