"""A message that the server cannot render as MIME: put together from its fields, its text and its attachments.

ErrorMimeContentConversionFailed and ErrorContentConversionFailed are said of the MIME alone, ErrorItemCorrupt also of
the text: "Omit these elements and retry the operation" (Microsoft's page "ResponseCode").
"""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
import unicodedata
from base64 import encodebytes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.generator import BytesGenerator
from email.header import Header
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from io import SEEK_END, BytesIO
from typing import BinaryIO

from lxml import etree

from engine.connectors.exchange.beside import made_of_mime
from engine.connectors.exchange.errors import AnswerLostError, CodeError
from engine.connectors.exchange.read import UNREADABLE, moment
from engine.connectors.exchange.reading.asking import Asking, Question, raise_read
from engine.connectors.exchange.reading.content import FOREIGN_PROPERTY, message, shape
from engine.connectors.exchange.reading.listing import about_items
from engine.connectors.exchange.reading.streamed import FILE, MIME, IntoFile
from engine.connectors.exchange.soap import MESSAGES, TYPES, attribute
from engine.errors import RefusedError
from engine.ports.items import SourceMessage

REBUILT = "the source could not render it, so it was put together from its fields, its text and its attachments"
WITHOUT_TEXT = "its text is lacking, which the source could not give"
WITHOUT_FILES = "attachments are lacking, which the source could not give"
ORDINARY = "it arrives as an ordinary message, and not as the meeting message or the report that it was"
NO_TEXT = "(The text of this message could not be read at the place it was moved from.)"
FIELDS = ("item:Subject", "item:Attachments", "item:InternetMessageHeaders", "item:InReplyTo")
OF_MESSAGES = (
    "message:From", "message:Sender", "message:ToRecipients", "message:CcRecipients", "message:ReplyTo",
    "message:InternetMessageId", "message:References",
)
BODY = "item:Body"
OF_A_FILE = f"{TYPES}FileAttachment"
PIECE = 57 * 1024                      # bytes; whole lines of base64 (RFC 2045 6.8)
LOST = UNREADABLE | {"ErrorCannotOpenFileAttachment", "ErrorItemNotFound"}      # said of one attachment, for ever
# Headers that say how the parts of the original were written, or that ask for something again.
OF_THE_ORIGINAL = frozenset(("bcc", "mime-version", "disposition-notification-to", "return-receipt-to"))


def rebuilt(asking: Asking, number: int, item_id: str, file: BinaryIO) -> SourceMessage:
    """The message, written piece by piece into the file. RefusedError: its fields cannot be read either."""
    lacking: list[str] = []
    item = _fields(asking, item_id, with_text=True)
    if item is None:
        lacking.append(WITHOUT_TEXT)
        item = _fields(asking, item_id, with_text=False)
    if item is None:
        raise RefusedError("The source can give out nothing of this message: it says that it is damaged.")
    if made_of_mime(item.findtext(f"{TYPES}ItemClass") or ""):
        lacking.append(ORDINARY)
    file.seek(0)
    file.truncate()
    with tempfile.TemporaryFile() as parts:
        attached = _attachments(asking, item, parts)
        _write(item, attached, parts, file)
    size = file.tell()
    file.seek(0)
    lacking += [WITHOUT_FILES] if attached.lacking else []
    return message(number, item, file, size, "; ".join((REBUILT, *lacking)))


def _fields(asking: Asking, item_id: str, *, with_text: bool) -> etree._Element | None:
    """The item without its MIME; None where the server cannot give that either."""
    more = (*FIELDS, BODY) if with_text else FIELDS
    found = _asked(asking, item_id, (*more, *OF_MESSAGES), of_messages=True)
    if isinstance(found, CodeError) and found.code == FOREIGN_PROPERTY:     # it is a post, say
        found = _asked(asking, item_id, more, of_messages=False)
    if not isinstance(found, CodeError):
        item = found.find(f"{MESSAGES}Items/*")
        if item is None:
            raise AnswerLostError("The source's answer lacks what was asked for.")
        return item
    if found.code not in UNREADABLE:
        raise_read(found)
    return None


def _asked(
    asking: Asking, item_id: str, more: Sequence[str], *, of_messages: bool
) -> etree._Element | CodeError:
    asked = shape(mime=False, of_messages=of_messages, since_2013=asking.since_2013, more=more)
    return asking.all(about_items([item_id], asked))[0]


# The header


def _headers(item: etree._Element) -> Iterator[tuple[str, str]]:
    """The fields as a header, behind what was on the original's header beside them."""
    told = list(_told(item))
    known = {name.lower() for name, _ in told}
    for one in item.iterfind(f"{TYPES}InternetMessageHeaders/{TYPES}InternetMessageHeader"):
        name = (one.get("HeaderName") or "").strip()
        if _is_kept(name) and name.lower() not in known:
            yield name, _encoded(one.text or "")
    yield from told


def _told(item: etree._Element) -> Iterator[tuple[str, str]]:
    """The header that the fields make."""
    yield from _people(item)
    sent = moment(item, "DateTimeSent")
    if sent is not None:
        yield "Date", format_datetime(sent)
    texts = (("Subject", "Subject"), ("Message-ID", "InternetMessageId"), ("In-Reply-To", "InReplyTo"),
             ("References", "References"))
    for name, field in texts:
        value = item.findtext(f"{TYPES}{field}")
        if value:
            yield name, _encoded(value)


def _is_kept(name: str) -> bool:
    """True: a field name (RFC 5322 2.2), and not one that is about the original alone."""
    lower = name.lower()
    printable = bool(name) and all("!" <= letter <= "~" and letter != ":" for letter in name)
    return printable and lower not in OF_THE_ORIGINAL and not lower.startswith("content-")


def _people(item: etree._Element) -> Iterator[tuple[str, str]]:
    fields = (("From", "From"), ("Sender", "Sender"), ("To", "ToRecipients"), ("Cc", "CcRecipients"),
              ("Reply-To", "ReplyTo"))
    for name, field in fields:
        found = [_person(one) for one in item.iterfind(f"{TYPES}{field}/{TYPES}Mailbox")]
        if found:
            yield name, ", ".join(found)


def _person(mailbox: etree._Element) -> str:
    """A name and an address; of somebody without an address of mail the name alone, as a group without members."""
    name = " ".join((mailbox.findtext(f"{TYPES}Name") or "").split())
    address = "".join((mailbox.findtext(f"{TYPES}EmailAddress") or "").split())
    if "@" in address and address.isascii():
        return formataddr((name if name != address else "", address))
    called = name or address
    return f"{_quoted(called)}:;" if called.isascii() else f"{Header(called, 'utf-8').encode()}:;"


def _quoted(words: str) -> str:
    """A phrase in quotes (RFC 5322 3.2.4)."""
    return '"' + re.sub(r'(["\\])', r"\\\1", words) + '"'


def _encoded(value: str) -> str:
    """The value on one line, as encoded words where ASCII does not hold it (RFC 2047)."""
    plain = " ".join(value.split())
    return plain if plain.isascii() else Header(plain, "utf-8").encode()


# The parts


@dataclass(slots=True)
class _Attached:
    """What was written of the attachments: how many, whether the text shows any of them, and whether some are lacking.

    `boundary` stands before each.
    """

    boundary: bytes
    count: int = 0
    inline: bool = False
    lacking: bool = False


def _write(item: etree._Element, attached: _Attached, parts: BinaryIO, file: BinaryIO) -> None:
    """Writes the whole message: its header, its text, and the parts that are ready."""
    body = item.find(f"{TYPES}Body")
    words = NO_TEXT if body is None else body.text or ""
    text = MIMEText(words, "html" if body is not None and body.get("BodyType") == "HTML" else "plain", "utf-8")
    whole = Message() if attached.count else text
    for name, value in _headers(item):
        whole.add_header(name, value)
    if not attached.count:
        file.write(written(text))
        return
    whole["MIME-Version"] = "1.0"
    kind = b"related" if attached.inline and text.get_content_subtype() == "html" else b"mixed"
    file.write(written(whole).removesuffix(b"\r\n"))       # the empty line, which a field precedes yet
    file.write(b'Content-Type: multipart/%s;\r\n boundary="%s"\r\n\r\n' % (kind, attached.boundary))
    file.write(b"--%s\r\n%s" % (attached.boundary, written(text)))
    parts.seek(0)
    shutil.copyfileobj(parts, file, PIECE)
    file.write(b"\r\n--%s--\r\n" % attached.boundary)


def _attachments(asking: Asking, item: etree._Element, parts: BinaryIO) -> _Attached:
    """Writes each attachment that can be had into the file, as a part behind a boundary."""
    attached = _Attached(f"=_{secrets.token_hex(16)}".encode())
    for listed in item.iterfind(f"{TYPES}Attachments/*"):
        with tempfile.TemporaryFile() as content:
            found = _attachment(asking, listed, content)
            head = None if found is None else part(found, content)
            if head is None:
                attached.lacking = True
                continue
            parts.write(b"\r\n--%s\r\n%s" % (attached.boundary, written(head)))
            write_content(head, content, parts)
        attached.count += 1
        attached.inline = attached.inline or bool(head["Content-ID"])
    return attached


def _attachment(asking: Asking, listed: etree._Element, content: BinaryIO) -> etree._Element | None:
    """The attachment, its content in the file; None where the server cannot give it."""
    known = listed.find(f"{TYPES}AttachmentId")
    if known is None:
        return None
    size = listed.findtext(f"{TYPES}Size") or "0"
    body = (
        "<m:GetAttachment><m:AttachmentShape><t:IncludeMimeContent>true</t:IncludeMimeContent></m:AttachmentShape>"
        f"<m:AttachmentIds><t:AttachmentId Id={attribute(known.get('Id') or '')}/></m:AttachmentIds></m:GetAttachment>"
    )
    through = IntoFile(content, FILE if listed.tag == OF_A_FILE else MIME)
    [found] = asking.all(Question(body, size=int(size) * 2 if size.isdecimal() else 0, through=through))
    if isinstance(found, CodeError):
        if found.code in LOST:
            return None
        raise_read(found)
    return found.find(f"{MESSAGES}Attachments/*")


def part(found: etree._Element, content: BinaryIO) -> Message | None:
    """The header of an attachment as a part of a message; None where the content is not there.

    The content is in the file, which is left at its start.
    """
    is_empty = not content.seek(0, SEEK_END)
    content.seek(0)
    name = _shown(found.findtext(f"{TYPES}Name") or "") or "attachment"
    if found.tag == OF_A_FILE:
        return None if is_empty and found.find(f"{TYPES}Content") is None else _file(found, name)
    return None if is_empty else _attached_message(content, name)


def write_content(head: Message, content: BinaryIO, into: BinaryIO) -> None:
    """Writes the content of a part behind its header, as that says."""
    if head["Content-Transfer-Encoding"] != "base64":
        shutil.copyfileobj(content, into, PIECE)
        return
    while piece := content.read(PIECE):
        into.write(encodebytes(piece).replace(b"\n", b"\r\n"))


def _shown(name: str) -> str:
    """The name on one line, without control characters: a stranger chose it, and no header holds them."""
    return " ".join("".join(" " if unicodedata.category(each) == "Cc" else each for each in name).split())


def _attached_message(content: BinaryIO, name: str) -> Message:
    """Of a part with those very bytes: taken apart, a message nested deeply would exhaust the stack."""
    made = MIMEBase("message", "rfc822")
    made.add_header("Content-Disposition", "attachment", filename=name)
    if not all(piece.isascii() for piece in iter(lambda: content.read(PIECE), b"")):
        made["Content-Transfer-Encoding"] = "8bit"      # RFC 2046 5.2.1
    content.seek(0)
    made.set_payload("")
    return made


def _file(found: etree._Element, name: str) -> Message:
    main, _, sub = (found.findtext(f"{TYPES}ContentType") or "").partition("/")
    known = re.fullmatch(r"[A-Za-z0-9]+", main) and re.fullmatch(r"[A-Za-z0-9.+-]*[A-Za-z0-9][A-Za-z0-9.+-]*", sub)
    # A message or a multipart would be written as one, and not as the bytes that it is.
    made = MIMEBase(main, sub) if known and main.lower() not in ("multipart", "message") else \
        MIMEBase("application", "octet-stream")
    made.set_payload("")
    made["Content-Transfer-Encoding"] = "base64"
    inline = found.findtext(f"{TYPES}IsInline") == "true"
    made.add_header("Content-Disposition", "inline" if inline else "attachment", filename=name)
    content_id = "".join((found.findtext(f"{TYPES}ContentId") or "").split())
    if content_id.isascii() and content_id:
        made["Content-ID"] = f"<{content_id.strip('<>')}>"
    return made


def written(whole: Message) -> bytes:
    """The message as bytes, its lines ended with CRLF."""
    out = BytesIO()
    BytesGenerator(out, mangle_from_=False, maxheaderlen=998).flatten(whole, linesep="\r\n")
    return out.getvalue()
