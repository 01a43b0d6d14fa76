"""The source key: what makes a message the same message on a second visit.

Nothing that a server may number, date or render anew is part of it, and nothing of the account. The first of each field
counts (RFC 5322 §3.6 allows one): Message-ID as it is, Date as a UTC second, From as its address alone, Subject as its
letters and digits. A message without Message-ID is known by Date, From, To, Subject and all Received lines, one without
any of these by how it begins. Only the header is looked at, so a header block alone gives the same key.
"""

from __future__ import annotations

import binascii
import calendar
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from email.utils import parsedate_tz
from typing import BinaryIO

from engine.messages.dates import usual

KEY_SIZE = 16                   # bytes
HEADER_READ = 256 * 1024        # bytes of a header that are looked at
START_READ = 64 * 1024          # bytes that tell a message without a header

BY_ID = ("MESSAGE-ID", "DATE", "FROM", "SUBJECT")               # the fields that a listing asks for
BY_TRACE = ("DATE", "FROM", "TO", "SUBJECT", "RECEIVED")        # and of a message without Message-ID

_USUAL = tuple((name.lower().encode(), f"\n{name.lower()}:".encode()) for name in BY_ID)

Fields = dict[bytes, list[bytes]]

_FIELD = re.compile(
    rb"^(message-id|date|from|subject|to|received)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE | re.MULTILINE
)
_NAMED_ADDRESS = re.compile(rb'[^<>]*<([^<>\s"(),:]+@[^<>\s"(),:]+)>\s*')
_ADDRESS = re.compile(r'[^\s<>()",;:]+@[^\s<>()",;:]+')
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMENT = re.compile(r"\([^()]*\)")
# RFC 2047 §2, with a language as in RFC 2231 §5
_ENCODED_WORD = re.compile(rb"=\?([^?*\s]{1,40})(?:\*[^?\s]*)?\?([bq])\?([^?]*)\?=", re.IGNORECASE)
_LOWER = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz")
_NO_WORD = bytes(i for i in range(128) if not chr(i).isalnum())


def message_key(mime: bytes | BinaryIO) -> bytes:
    """The key of a whole message, or of its header block. A file is left at its start."""
    start = _start(mime)
    fields = _fields(_header(start))
    return _by_id(fields) or _by_trace(fields) or key_by_content(start)


def has_id(mime: bytes | BinaryIO) -> bool:
    """True: the message has a Message-ID, so that its key is made of the fields BY_ID. A file is left at its start."""
    return bool(_first(_fields(_header(_start(mime))), b"message-id", _unfolded))


def _start(mime: bytes | BinaryIO) -> bytes:
    if isinstance(mime, bytes):
        return mime
    start = mime.read(HEADER_READ)
    mime.seek(0)
    return start


def header_key(header: bytes) -> bytes | None:
    """The key of a message by its header block. None: the block holds no field that counts."""
    fields = _fields(_header(header))
    return _by_id(fields) or _by_trace(fields)


def key_by_id(header: bytes) -> bytes | None:
    """The key that the fields BY_ID make, of a header with or without its body. None: it has no Message-ID."""
    return _by_id(_fields(_header(header)))


def key_by_trace(header: bytes) -> bytes | None:
    """The key that the fields BY_TRACE make. None: there is none of them."""
    return _by_trace(_fields(header))


def key_by_content(start: bytes) -> bytes:
    """The key of a message without a header, by its first 64 KB."""
    return _hashed(b"content", hashlib.sha256(start[:START_READ]).digest())


def _by_id(fields: Fields) -> bytes | None:
    message_id = _first(fields, b"message-id", _unfolded)
    if not message_id:
        return None
    return _hashed(b"id", message_id, *_common(fields))


def _by_trace(fields: Fields) -> bytes | None:
    if not any(fields.get(name.lower().encode()) for name in BY_TRACE):
        return None
    received = [_unfolded(line) for line in fields.get(b"received", ())]
    return _hashed(b"trace", *_common(fields), _first(fields, b"to", _addresses), *received)


def _common(fields: Fields) -> tuple[bytes, bytes, bytes]:
    return _first(fields, b"date", _moment), _first(fields, b"from", _address), _first(fields, b"subject", _words)


def _first(fields: Fields, name: bytes, made: Callable[[bytes], bytes]) -> bytes:
    found = fields.get(name)
    return made(found[0]) if found else b""


def _hashed(*parts: bytes) -> bytes:
    return hashlib.sha256(b"\0".join(parts)).digest()[:KEY_SIZE]


def key_by_search_key(value: bytes) -> bytes:
    """The key of a message without Message-ID at an Exchange: PidTagSearchKey stays when it is moved ([MS-OXCPRPT])."""
    return _hashed(b"search key", value)


def key_by_item_id(value: str) -> bytes:
    """The key of an item that has no other: the id that its mailbox has given it."""
    return _hashed(b"item id", value.encode("utf-8", "surrogatepass"))


def key_by_object_id(value: bytes) -> bytes:
    """The key of an appointment: its global object id is the same in the mailbox of everybody invited ([MS-OXOCAL])."""
    return _hashed(b"object id", value)


# The header


def _header(start: bytes) -> bytes:
    """The header block, whatever its line ends are."""
    end = start.find(b"\n\r\n", 0, HEADER_READ)
    other = start.find(b"\n\n", 0, HEADER_READ if end < 0 else end)
    end = end if other < 0 else other
    header = start[: end + 1 if end >= 0 else HEADER_READ]
    if header.startswith((b"\n", b"\r\n")):
        return b""
    if header.count(b"\r") != header.count(b"\r\n"):      # lone ones, as old Mac programs wrote them
        header = header.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return header.partition(b"\n\n")[0]
    return header


def _fields(header: bytes) -> Fields:
    return _usual_fields(header) or _all_fields(header)


def _usual_fields(header: bytes) -> Fields | None:
    """The fields BY_ID, quickly. None: not all of them are there in their usual form."""
    fields: Fields = {}
    lower = b"\n" + header.lower()
    for name, begin in _USUAL:
        at = lower.find(begin)
        if at < 0:
            return None
        start = at + len(name) + 1
        end = header.find(b"\n", start)
        while end >= 0 and header[end + 1 : end + 2] in (b" ", b"\t"):
            end = header.find(b"\n", end + 1)
        fields[name] = [header[start : end if end >= 0 else len(header)]]
    return fields


def _all_fields(header: bytes) -> Fields:
    fields: Fields = {}
    for name, value in _FIELD.findall(header):
        fields.setdefault(name.lower(), []).append(value)
    return fields


def _unfolded(value: bytes) -> bytes:
    return b" ".join(value.split())


# Date


def _moment(value: bytes) -> bytes:
    """The date as seconds since 1970, as its text where it cannot be read."""
    value = _unfolded(value)
    written = usual(value)
    try:
        seconds = _slow_seconds(value) if written is None else calendar.timegm(written[0]) - written[1]
    except ValueError:
        seconds = None
    return value if seconds is None else b"%d" % seconds


def _slow_seconds(value: bytes) -> int | None:
    """What Python's parser of the old forms makes of it (RFC 5322 §4.3); a zone that nobody knows is taken for UTC."""
    try:
        parsed = parsedate_tz(value.decode("ascii", "replace"))
        return None if parsed is None else calendar.timegm(parsed[:6]) - (parsed[9] or 0)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


# Addresses


def _address(value: bytes) -> bytes:
    """The first address alone, in lower case; where there is none, the letters and digits of what stands there."""
    plain = _NAMED_ADDRESS.fullmatch(value)
    if plain is not None and b'"' not in value:
        return plain[1].lower()
    return next(_found(value), b"") or _words(value)


def _addresses(value: bytes) -> bytes:
    """All addresses in lower case; where there is none, as `_address`."""
    return b",".join(_found(value)) or _words(value)


def _found(value: bytes) -> Iterator[bytes]:
    text = _COMMENT.sub(" ", _QUOTED.sub(_kept, _text(_unfolded(value))))
    return (address.lower().encode("utf-8", "surrogatepass") for address in _ADDRESS.findall(text))


def _kept(quoted: re.Match[str]) -> str:
    """A quoted string is a name, unless it is the part of an address before its @ (RFC 5322 §3.4.1)."""
    local = quoted.string[quoted.end() : quoted.end() + 1] == "@"
    return re.sub(r"[^\w.+-]", "_", quoted[0][1:-1]) if local else " "


# Words


def _words(value: bytes) -> bytes:
    """The letters and digits of a text, encoded words decoded, without regard to case."""
    if b"=?" not in value and value.isascii():
        return value.translate(_LOWER, _NO_WORD)
    text = unicodedata.normalize("NFC", _decoded(value))
    return "".join(letter for letter in text if letter.isalnum()).casefold().encode("utf-8", "surrogatepass")


def _decoded(value: bytes) -> str:
    parts: list[str] = []
    charset, pending, at = b"", b"", 0
    for word in _ENCODED_WORD.finditer(value):
        between = value[at : word.start()]
        if between.strip() or word[1].lower() != charset:       # a letter may be cut in two between two words
            parts.append(_text(pending, charset))
            parts.append(_text(between))
            pending = b""
        charset = word[1].lower()
        pending += _word(word[2], word[3])
        at = word.end()
    parts.append(_text(pending, charset))
    parts.append(_text(value[at:]))
    return "".join(parts)


def _word(encoding: bytes, text: bytes) -> bytes:
    """The bytes of an encoded word; of one that is broken, those that can be had."""
    if encoding in b"qQ":
        return binascii.a2b_qp(text, header=True)
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", text)
    return binascii.a2b_base64(letters[: len(letters) - (len(letters) % 4 == 1)] + b"==")


def _text(value: bytes, charset: bytes = b"") -> str:
    """The text of bytes in a charset; one that is unknown, or not told, is taken for UTF-8, else for Windows-1252."""
    if charset:
        try:
            return value.decode(charset.decode("ascii", "replace"), "replace")
        except (LookupError, ValueError):       # ValueError: a codec that is not one of texts
            pass
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")
