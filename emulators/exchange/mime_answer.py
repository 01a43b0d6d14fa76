"""The MimeContent of an answer: what the item says now, not what was received."""

import binascii
import email.encoders
import email.policy
from email.message import EmailMessage, Message
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart

from emulators.exchange import attached, attachment, body
from emulators.exchange.attached import Attached
from emulators.exchange.calendar import icalendar_out
from emulators.exchange.call import Call
from emulators.exchange.item import Item
from emulators.exchange.mime import Content, headers, regenerate, rfc_date
from emulators.exchange.people import vcard_out


def mime_content(call: Call, stored: Item, content: Content, above: tuple[int, ...] = ()) -> str:
    """The MimeContent element; `above` says where the item is attached, when it is.

    MS-OXWSCORE_R23091: contacts, tasks and lists have one too, from 2010 SP3 on; Assumption: here it is a
    message with their subject and body.
    """
    if stored.kind == "CalendarItem":
        encoded = binascii.b2a_base64(icalendar_out.written(call, stored), newline=False).decode()
        return f'<t:MimeContent CharacterSet="UTF-8">{encoded}</t:MimeContent>'
    if stored.mime is None:
        raw = _made(stored, content)
    elif call.settings.mime_roundtrip == "verbatim":
        raw = content.raw
    else:
        raw = regenerate(content.raw, _changes(stored, content))
    if call.settings.mime_roundtrip == "regenerate":
        raw = _with_attachments(call, stored, raw, above)
    encoded = binascii.b2a_base64(raw, newline=False).decode()
    return f'<t:MimeContent CharacterSet="UTF-8">{encoded}</t:MimeContent>'


def _with_attachments(call: Call, stored: Item, raw: bytes, above: tuple[int, ...]) -> bytes:
    """The MIME with what was attached by element, and without what was detached."""
    kept = [one for one in attached.of(call.db, stored.row) if one.path[:-1] == above]
    if not kept:
        return raw
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    parts = list(attachment.parts(call, message)) if stored.mime is not None else []
    gone = {id(parts[one.path[-1]]) for one in kept if one.gone and one.path[-1] < len(parts)}
    _drop(message, gone)
    for one in kept:
        if not one.gone:
            message = _attach(message, _part(call, stored, one))
    return message.as_bytes(policy=email.policy.compat32.clone(linesep="\r\n", max_line_length=76))


def _drop(message: Message, gone: set[int]) -> None:
    """Take parts out; a message that is nothing but one says nothing more."""
    if id(message) in gone:
        for name in ("Content-Type", "Content-Transfer-Encoding", "Content-Disposition"):
            del message[name]
        message["Content-Type"] = "text/plain"
        message.set_payload("")
    held = message.get_payload()
    if isinstance(held, list) and message.is_multipart():
        held[:] = [part for part in held if id(part) not in gone]
        for part in held:
            if isinstance(part, Message):
                _drop(part, gone)


def _attach(message: Message, part: Message) -> Message:
    """The message with one more part; what is no multipart/mixed becomes the first part of one."""
    if message.get_content_type() != "multipart/mixed":
        whole = MIMEMultipart("mixed")
        whole.attach(inner := Message())
        for name, value in message.items():
            (inner if name.lower().startswith("content-") else whole)[name] = value
        del whole["MIME-Version"]
        whole["MIME-Version"] = "1.0"
        inner.set_payload(message.get_payload())
        message = whole
    message.attach(part)
    return message


def _part(call: Call, stored: Item, one: Attached) -> Message:
    """An attachment as a part."""
    part: Message
    if one.form == "file":
        part = MIMEBase(*(one.content_type.split("/", 1) if one.content_type.count("/") == 1
                          else ("application", "octet-stream")))
        part.set_payload(one.content)
        email.encoders.encode_base64(part)
    else:
        made, raw = attachment.embedded(call, stored, one)
        inner = _made(made, Content(b"")) if raw is None else raw
        part = _card(made) if made.kind == "Contact" else \
            MIMEMessage(email.message_from_bytes(_with_attachments(call, made, inner, one.path)))
    part.add_header("Content-Disposition", "inline" if one.inline else "attachment", filename=one.name)
    if one.content_id:
        part["Content-ID"] = f"<{one.content_id}>"
    return part


def _card(made: Item) -> Message:
    """A contact as [MS-OXCMAIL] 2.1.3.4.6 writes one: text/directory in UTF-8, quoted-printable."""
    part = MIMEBase("text", "directory", charset="utf-8", profile="vCard")
    part.set_payload(vcard_out.written(made))
    email.encoders.encode_quopri(part)
    return part


def _changes(stored: Item, content: Content) -> dict[str, str | None]:
    """Headers that explicit properties have overridden."""
    head = headers(content.raw)
    changes: dict[str, str | None] = {"X-MS-Has-Attach": "yes" if stored.attachments else ""}
    if stored.subject != head.get("subject")[:255]:
        changes["Subject"] = stored.subject or None
    if stored.importance != head.get("importance", "Normal").capitalize():
        changes["Importance"] = None if stored.importance == "Normal" else stored.importance.lower()
    if "disposition-notification-to" in head and not stored.read_receipt:
        changes["Disposition-Notification-To"] = None
    return changes


def _made(stored: Item, content: Content) -> bytes:
    """A message for an item that was created without MIME."""
    made = EmailMessage()
    made["Subject"] = " ".join(stored.subject.split())
    made["Date"] = rfc_date(stored.sent)
    if stored.message_id:
        made["Message-ID"] = stored.message_id
    kind, words = body.read(stored, content)
    made.set_content(words, subtype="html" if kind == "HTML" else "plain", cte="base64")
    return made.as_bytes()
