"""The MimeContent of an answer: what the item says now, not what was received."""

import binascii
from email.message import EmailMessage

from emulators.exchange import body
from emulators.exchange.call import Call
from emulators.exchange.item import Item
from emulators.exchange.mime import Content, headers, regenerate, rfc_date


def mime_content(call: Call, stored: Item, content: Content) -> str:
    """The MimeContent element.

    MS-OXWSCORE_R23091: contacts, tasks and lists have one too, from 2010 SP3 on; Assumption: here it is a
    message with their subject and body.
    """
    if stored.mime is None:
        raw = _made(stored, content)
    elif call.settings.mime_roundtrip == "verbatim" or stored.kind == "CalendarItem":
        raw = content.raw
    else:
        raw = regenerate(content.raw, _changes(stored, content))
    encoded = binascii.b2a_base64(raw, newline=False).decode()
    return f'<t:MimeContent CharacterSet="UTF-8">{encoded}</t:MimeContent>'


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
