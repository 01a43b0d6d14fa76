"""An item as CreateItem or an ItemAttachment describes it: its MIME first, then explicit properties."""

import binascii
from collections.abc import Callable
from uuid import uuid4

from lxml import etree

from emulators.exchange import explicit, kinds, mail_class, mime
from emulators.exchange.calendar import appointment, icalendar_in
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.extended import DRAFT, IMPORTANCE
from emulators.exchange.item import CLASSES, Item
from emulators.exchange.soap import local, t

ATTACHMENTS = t("Attachments")
_MIME_CONTENT = t("MimeContent")
_SENSITIVITY = {"personal": "Personal", "private": "Private", "company-confidential": "Confidential"}
# The header that says the same as a property; there is a body wherever there is a subject.
_IN_MIME = {"Subject": "subject", "Body": "subject", "Sensitivity": "sensitivity", "Importance": "importance",
            "From": "from", "Sender": "sender", "ToRecipients": "to", "CcRecipients": "cc", "BccRecipients": "bcc",
            "ReplyTo": "reply-to", "InReplyTo": "in-reply-to", "References": "references",
            "IsReadReceiptRequested": "disposition-notification-to"}
_PRIORITY = {"1": "High", "2": "High", "4": "Low", "5": "Low"}


def draft(
    call: Call, kind: str, element: etree._Element, *, classify: Callable[[Call, Item, bytes], object] | None = None
) -> tuple[Item, bytes | None]:
    """The item as it will be stored, and its MIME; MIME first, then explicit properties.

    `classify` may make the item another kind for what is in its MIME, before explicit properties are set.
    """
    given = list(element)
    mime_ = read_mime(call, kind, next((child for child in given if child.tag == _MIME_CONTENT), None))
    # An appointment is what its iCalendar says; nothing else of that is kept.
    raw = None if kind == "CalendarItem" else mime_
    head = mime.headers(raw or b"")
    new = from_headers(call, kind, head, raw or b"")
    if raw is None:
        new.message_id = f"<{uuid4().hex}@{call.mailbox.address.partition('@')[2]}>"
    new.attachments = bool(raw) and mime.has_attachments(raw or b"", head)
    if classify is not None and raw is not None and not mime.is_plain(head):
        classify(call, new, raw)
    if kind == "CalendarItem":
        appointment.begin(call, new)
        for child in [] if mime_ is None else icalendar_in.elements(mime_):
            explicit.apply(call, new, child, creating=True)
    refused = appointment.zones_of_others(call) if kind == "CalendarItem" else frozenset()
    for child in given:
        if child.tag not in (_MIME_CONTENT, ATTACHMENTS) and not _overruled(call, child, head):
            if child.tag in refused:
                raise ItemError("ErrorInvalidPropertySet")
            explicit.apply(call, new, child, creating=True)
    if new.kind in kinds.KINDS:
        kinds.KINDS[new.kind].finish(call, new)
    if kind == "CalendarItem":
        appointment.complete(call, new)
        if mime_ is not None:
            _place_in_series(new, mime_)
    new.size = explicit.sized(new, len(raw or b""))
    return new, raw


def _place_in_series(new: Item, raw: bytes) -> None:
    """What iCalendar says of the series: which occurrences it lacks, or which one of it this is. Raises ItemError."""
    calendar = icalendar_in.parsed(raw)
    appointment.leave_out(new, icalendar_in.exception_dates(raw))
    if icalendar_in.main(calendar) is None:
        appointment.place_in_series(new, icalendar_in.recurrence_id(calendar, icalendar_in.first(calendar)))


def exceptions(call: Call, element: etree._Element) -> icalendar_in.Component | None:
    """The calendar in the MIME of a series when it has exceptions. Raises ItemError."""
    mime_ = read_mime(call, "CalendarItem", element.find(_MIME_CONTENT))
    if mime_ is None or b"RECURRENCE-ID" not in mime_.upper():
        return None
    calendar = icalendar_in.parsed(mime_)
    return calendar if icalendar_in.main(calendar) is not None and icalendar_in.exceptions(calendar) else None


def _overruled(call: Call, child: etree._Element, head: mime.Headers) -> bool:
    """Whether MIME says the same, and the settings let it win."""
    return call.settings.mime_wins and _IN_MIME.get(local(child), "-") in head


def read_mime(call: Call, kind: str, element: etree._Element | None) -> bytes | None:
    """The MIME in a MimeContent element; raises ItemError.

    Rule R7: MIME is for messages, posts and appointments; it must be base64, and may be anything else.
    """
    if element is None:
        return None
    if kind not in ("Message", "Item", "PostItem", "CalendarItem"):     # MS-OXWSCORE_R2012
        raise ItemError("ErrorUnsupportedMimeConversion")
    raw = decoded(element.text or "")
    if len(raw) > call.settings.max_message_bytes:
        raise ItemError("ErrorMessageSizeExceeded")
    if kind == "CalendarItem" and b"BEGIN:VCALENDAR" not in raw.upper():
        raise ItemError("ErrorMimeContentConversionFailed")
    return raw


def decoded(encoded: str) -> bytes:
    """Strict base64, white space allowed as in XML; raises ItemError."""
    try:
        return binascii.a2b_base64(encoded, strict_mode=True)
    except (ValueError, binascii.Error):
        pass
    try:
        return binascii.a2b_base64("".join(encoded.split()), strict_mode=True)
    except (ValueError, binascii.Error) as error:
        raise ItemError("ErrorMimeContentInvalidBase64String") from error


def from_headers(call: Call, kind: str, head: mime.Headers, raw: bytes) -> Item:
    """What the headers of the MIME `raw` say. Received is now: only PidTagMessageDeliveryTime sets it (rule R2)."""
    priority = _PRIORITY.get(head.get("x-priority")[:1], "Normal")
    born = mail_class.item_class(raw, head) if kind in ("Message", "Item") else CLASSES[kind]
    importance = head.get("importance", priority).capitalize()
    return Item(
        mailbox=call.mailbox.id, folder=0, entry=0, kind=kind, item_class=born,
        subject=head.get("subject")[:255],
        sensitivity=_SENSITIVITY.get(head.get("sensitivity").lower(), "Normal"),
        importance=importance if importance in IMPORTANCE else "Normal",
        received=call.now, sent=mime.moment(head.get("date")) or call.now, created=call.now,
        modified=call.now, flags=DRAFT, flag={}, icon=None, verb=None, verb_time=None, categories=[],
        read_receipt="disposition-notification-to" in head,
        delivery_receipt="return-receipt-to" in head,
        message_id=head.get("message-id") or None, attachments=False, size=0, search_key=b"", extra={}, mime=None,
        born=0, change=0, content=0, appointment={},
    )
