"""MIME: reading just enough of it at creation, and making it anew when it is asked for.

Creation reads headers only, with no parser that could choke: any bytes are stored. A real server makes
the MIME of a GetItem answer from its own properties: headers refolded, new boundaries, no Bcc. So does this
one, so that nobody compares bytes through EWS.
"""

import email.errors
import email.header
import email.policy
import email.utils
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from functools import cached_property
from uuid import uuid4

_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_NAME = bytes({*range(33, 127)} - {ord(":")})      # what a header's name is made of (RFC 5322 2.2)
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_USUAL = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4})"
    r" (\d\d:\d\d:\d\d) [+-]0000", re.ASCII)
# What the head of a part says that is an attachment for sure; that may be one; and that may be inline.
_ATTACHED = re.compile(
    rb"^content-(?:disposition:[ \t]*attachment"
    rb"|type:[ \t]*text/(?:x-vcard|directory(?:[^\r\n]|\r?\n[ \t])*?profile=\"?vcard))", re.IGNORECASE | re.MULTILINE)
_PERHAPS = re.compile(
    rb"^content-(?:disposition|type:[ \t]*(?:(?!text/|multipart/)[a-z]|text/(?:[^\r\n]|\r?\n[ \t])*?name))",
    re.IGNORECASE | re.MULTILINE)
_INLINE = re.compile(rb"^content-(?:id|disposition:[ \t]*inline)", re.IGNORECASE | re.MULTILINE)


class Headers:
    """The first header of each name; values are decoded when asked for."""

    __slots__ = ("_raw",)

    def __init__(self, raw: dict[bytes, bytes]) -> None:
        """Names are lower-case."""
        self._raw = raw

    def __contains__(self, name: str) -> bool:
        """Whether there is such a header."""
        return name.encode() in self._raw

    def get(self, name: str, default: str = "") -> str:
        """The decoded value."""
        value = self._raw.get(name.encode())
        return default if value is None else decode(value.strip())


def headers(raw: bytes) -> Headers:
    """The headers of a message, read by no parser that could choke."""
    if raw[:1] in (b"\r", b"\n", b""):
        return Headers({})
    end = _END.search(raw)
    block = raw[:end.start()] if end else raw
    found: dict[bytes, bytes] = {}
    for line in _FOLD.sub(b"", block).split(b"\n"):
        name, colon, value = line.partition(b":")
        name = name.rstrip(b" \t")
        if colon and name and not name.translate(None, _NAME):
            found.setdefault(name.lower(), value)
    return Headers(found)


def decode(value: bytes) -> str:
    """A header's text: encoded words decoded, 8-bit read as UTF-8 or else Windows-1252."""
    try:
        words = value.decode("utf-8")
    except UnicodeDecodeError:
        words = value.decode("cp1252", "replace")
    if "=?" not in words:
        return words
    try:
        return str(email.header.make_header(email.header.decode_header(words)))
    except (email.errors.MessageError, LookupError, ValueError):
        return words


def moment(value: str | None) -> str | None:
    """A Date header as UTC, "2026-01-02T03:04:05Z"; None when it cannot be one Exchange can hold."""
    if not value:
        return None
    if (usual := _usual(value)) is not None:
        return usual
    try:
        found = email.utils.parsedate_to_datetime(value)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return found.strftime("%Y-%m-%dT%H:%M:%SZ") if 1601 < found.year <= 9999 else None


def _usual(value: str) -> str | None:
    """A date in UTC as nearly all are written, without the lenient parser; None for any other."""
    match = _USUAL.fullmatch(value)
    if match is None or not 1601 < int(match[3]) <= 9999:
        return None
    month = _MONTHS.index(match[2]) // 3 + 1
    moment = f"{match[3]}-{month:02}-{match[1]}T{match[4]}"
    try:
        datetime.fromisoformat(moment)
    except ValueError:
        return None
    return moment + "Z"


def is_plain(head: Headers) -> bool:
    """Whether a message is plain text and holds nothing else, as most do."""
    return head.get("content-type", "text/plain").lower().startswith("text/plain")


def has_attachments(raw: bytes, head: Headers) -> bool:
    """Whether there is an attachment that is not inline; the MIME is parsed only where its heads leave that open."""
    kind = head.get("content-type").lower()
    if "multipart/" not in kind and not kind.startswith(("text/x-vcard", "text/directory")):
        return False
    sure = _ATTACHED.search(raw) is not None
    if sure and _INLINE.search(raw) is None:
        return True
    return (sure or _PERHAPS.search(raw) is not None) and \
        any(not is_inline(part) for part in parts(Content(raw).message))


def is_vcard(part: Message) -> bool:
    """Whether a part is a vCard by its type ([MS-OXCMAIL] 2.2.3.4.4.1). Assumption: text/vcard is too new to be."""
    kind = part.get_content_type()
    return kind == "text/x-vcard" or (
        kind == "text/directory" and str(part.get_param("profile", "")).lower() == "vcard")


def leaves(message: Message) -> Iterator[Message]:
    """The parts that hold no others; an attached message is one, whatever is in it."""
    if message.get_content_maintype() != "multipart":
        yield message
        return
    held = message.get_payload()
    for part in held if isinstance(held, list) else ():
        if isinstance(part, Message):
            yield from leaves(part)


def parts(whole: Message) -> Iterator[Message]:
    """The parts of MIME that are attachments; a vCard is one wherever it stands ([MS-OXCMAIL] 2.2.3.4.4)."""
    for part in leaves(whole):
        named = part.get_filename() or part.get_param("name")
        attached = part.get_content_disposition() == "attachment"
        if is_vcard(part) or (part is not whole and (attached or named or part.get_content_maintype() != "text")):
            yield part


def is_inline(part: Message) -> bool:
    """Whether an attachment is shown in the text."""
    return part["Content-ID"] is not None or part.get_content_disposition() == "inline"


def addresses(value: str | None) -> list[tuple[str, str]]:
    """(name, address) pairs of an address header."""
    if not value:
        return []
    return [(name, address) for name, address in email.utils.getaddresses([value]) if name or address]


@dataclass(frozen=True)
class Content:
    """The MIME of one item, parsed when something asks for more than its headers."""

    raw: bytes

    @cached_property
    def headers(self) -> Headers:
        """As `headers` reads them."""
        return headers(self.raw)

    @cached_property
    def message(self) -> Message:
        """The whole message, parsed by the lenient parser."""
        return email.message_from_bytes(self.raw, policy=email.policy.compat32)

    def body(self) -> tuple[str, str]:
        """("HTML" or "Text", the text), preferring HTML as BodyType Best does."""
        plain = ""
        for part in self.message.walk():
            if part.get_content_type() == "text/html":
                return "HTML", part_text(part)
            if part.get_content_type() == "text/plain" and not plain:
                plain = part_text(part)
        return "Text", plain

    def plain(self) -> str:
        """The plain part, or nothing."""
        parts = (part for part in self.message.walk() if part.get_content_type() == "text/plain")
        return next((part_text(part) for part in parts), "")

    def all_headers(self) -> list[tuple[str, str]]:
        """Every header, in order."""
        return [(name, decode(str(value).encode("utf-8", "surrogateescape")).replace("\r\n", ""))
                for name, value in self.message.items()]


def part_text(part: Message) -> str:
    """The text of a part, in whatever character set it claims or has."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return payload.decode("cp1252", "replace")


def regenerate(raw: bytes, changes: dict[str, str | None]) -> bytes:
    """The message made anew: headers refolded, boundaries new, Bcc gone, `changes` applied.

    A header mapped to None is left out; the X-MS headers are what a server adds. What Python's generator
    cannot write is given as received.
    """
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    for part in message.walk():
        if part.is_multipart() and part.get_boundary() is not None:
            part.set_boundary(f"_000_{uuid4().hex.upper()}_")
    for name, value in {"Bcc": None, "X-MS-Has-Attach": "", "X-MS-TNEF-Correlator": "", **changes}.items():
        del message[name]
        if value is not None:
            message[name] = email.header.Header(value).encode()
    try:
        return _refolded(message)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, email.errors.MessageError):
        return raw


def _refolded(message: Message) -> bytes:
    """Written with CRLF and lines folded at 76, as Exchange writes them."""
    return message.as_bytes(policy=email.policy.compat32.clone(linesep="\r\n", max_line_length=76))


def rfc_date(moment_text: str) -> str:
    """A stored moment as a Date header."""
    return email.utils.format_datetime(datetime.fromisoformat(moment_text))
