"""The canary: one message that says by what becomes of it whether mail arrives as it was sent."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, Message
from hashlib import sha256
from typing import BinaryIO

from engine.messages.dates import TRIAL

SENDER = "OMM check <check@omm.invalid>"
SUBJECT = "OMM check: Grüße, привет, 会議 🎉"
TEXT = "Nothing is to be done about this message: it tries whether mail can be moved here.\n\nÀ bientôt — 再见\n"
NAME, ATTACHED = "bytes.bin", bytes(range(256)) * 8
MEETING = "\r\n".join((      # RFC 5546 3.2.2
    "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//OMM//check//EN", "METHOD:REQUEST", "BEGIN:VEVENT",
    "UID:{stamp}@omm.invalid", "DTSTAMP:{stamp}", "DTSTART:20190203T040506Z", "DTEND:20190203T041006Z",
    "SUMMARY:OMM check", "ORGANIZER:mailto:check@omm.invalid", "ATTENDEE:mailto:nobody@omm.invalid", "END:VEVENT",
    "END:VCALENDAR", "",
))
LINE = b"AAAA" * 19 + b"\r\n"      # of base64
LINES = 10_000                      # written at once


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as the destination shows it. Times are UTC; `mime` is as the server writes it anew.

    `processed`: what a server does about a meeting message is marked as done.
    """

    subject: str
    received: datetime | None
    created: datetime | None
    draft: bool
    read: bool
    flagged: bool
    tag: str
    mime: bytes
    processed: bool = False


def canary(now: datetime) -> bytes:
    """The message: words in several scripts, and an attachment of every byte."""
    message = _headed(now)
    message.set_content(TEXT)
    message.add_attachment(ATTACHED, "application", "octet-stream", filename=NAME)
    return message.as_bytes()


def meeting(now: datetime) -> bytes:
    """A meeting request among people who do not exist, for a day that is over: nobody could be booked or answered."""
    message = _headed(now)
    message.set_content(TEXT)
    message.add_alternative(MEETING.format(stamp=f"{now:%Y%m%dT%H%M%SZ}"), "calendar", params={"method": "REQUEST"})
    return message.as_bytes()


def write_large(file: BinaryIO, size: int, now: datetime) -> int:
    """Writes a message of about `size` bytes, most of them an attachment, and rewinds. Its true size."""
    message = _headed(now)
    message["MIME-Version"] = "1.0"
    message["Content-Type"] = f'application/octet-stream; name="{NAME}"'
    message["Content-Disposition"] = f'attachment; filename="{NAME}"'
    message["Content-Transfer-Encoding"] = "base64"
    file.write(message.as_bytes())
    while (lines := (size - file.tell()) // len(LINE)) > 0:
        file.write(LINE * min(lines, LINES))
    written = file.tell()
    file.seek(0)
    return written


def _headed(now: datetime) -> EmailMessage:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = message["To"] = SENDER
    message["Subject"], message["Date"] = SUBJECT, TRIAL
    message["Message-ID"] = f"<{now:%Y%m%d%H%M%S%f}@omm.invalid>"
    return message


def differences(seen: Seen, tag: str) -> Iterator[str]:
    """What is not as the canary was written (read, flagged, received in 2019, under that tag): one clause each."""
    wanted = {"subject": SUBJECT, "received": TRIAL, "draft": False, "read": True, "flagged": True, "tag": tag}
    for name, value in wanted.items():
        if getattr(seen, name) != value:
            yield f"{name} was written as {value} and is {getattr(seen, name)}"
    parts = list(email.message_from_bytes(seen.mime).walk())
    texts = [_words(part) for part in parts if part.get_content_type() == "text/plain" and not part.get_filename()]
    if texts != [TEXT.split()]:
        yield "its text is not as it was written"
    files = [sha256(_content(part)).digest() for part in parts if part.get_filename() == NAME]
    if files != [sha256(ATTACHED).digest()]:
        yield "its attachment is not as it was written"


def _words(part: Message) -> list[str]:
    """The words of a text: a server that writes it anew may break its lines elsewhere."""
    try:
        return _content(part).decode(part.get_content_charset() or "utf-8", "replace").split()
    except LookupError:
        return []


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
