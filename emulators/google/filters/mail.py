"""A message as a search sees it."""

import email
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import getaddresses
from functools import cached_property
from html import unescape
from typing import Any

from emulators.google.filters.words import Words, words

_MARKUP = re.compile(r"(?is)<(script|style)\b.*?</\1>|<!--.*?-->|<[^>]+>")


@dataclass
class Mail:
    """One message, with the address to which it was delivered."""

    raw: bytes
    delivered_to: str

    @cached_property
    def message(self) -> EmailMessage:
        """Its parts and headers."""
        found = email.message_from_bytes(self.raw, policy=default)
        assert isinstance(found, EmailMessage)
        return found

    def people(self, field: str) -> list[tuple[str, str]]:
        """Names and addresses in the headers of a field; recipients are those in To, Cc and Bcc."""
        names = ("to", "cc", "bcc") if field == "recipients" else (field,)
        return [one for one in getaddresses(self._header(*names)) if any(one)]

    def texts(self, field: str) -> list[Words]:
        """The words of each text of a field, "" for all that a search without a field looks into."""
        if field not in self._texts:
            self._texts[field] = self._read(field)
        return self._texts[field]

    @cached_property
    def _texts(self) -> dict[str, list[Words]]:
        return {}

    def _read(self, field: str) -> list[Words]:
        if field in ("from", "recipients", "cc", "bcc"):
            return [words(f"{name} {address}") for name, address in self.people(field)]
        if field == "subject":
            return [words(one) for one in self._header("subject")]
        if field == "list":
            return [words(one) for one in self._header("list-id", "list-post")]
        assert field == ""
        return [*self.texts("from"), *self.texts("recipients"), *self.texts("subject"), *self._body,
                *(words(one) for one in self.attachments)]

    @cached_property
    def attachments(self) -> list[str]:
        """The names of all attachments, pictures in the text among them (has:attachment); "" for one without."""
        parts = [one for one in self.message.walk() if one.get_content_maintype() != "multipart"]
        return [one.get_filename() or "" for one in parts if one.get_content_disposition() == "attachment"
                or one.get_filename() or one.get_content_maintype() == "image"]

    @property
    def message_id(self) -> str:
        """Without its angle brackets."""
        return "".join(self._header("message-id")).strip().strip("<>").lower()

    @property
    def delivered(self) -> set[str]:
        """The addresses of its Delivered-To headers, and the one to which it was delivered now."""
        return {self.delivered_to.lower(), *(one.strip().lower() for one in self._header("delivered-to"))}

    @cached_property
    def _body(self) -> list[Words]:
        return [words(_text(one)) for one in self.message.walk() if isinstance(one, EmailMessage)
                and one.get_content_maintype() == "text" and one.get_content_disposition() != "attachment"]

    def _header(self, *names: str) -> list[str]:
        return [str(one) for name in names for one in self.message.get_all(name, [])]


def _text(part: EmailMessage) -> str:
    """The text of a part as people read it."""
    try:
        text = str(part.get_content())
    except (LookupError, UnicodeError):      # a character set that nobody knows
        data = part.get_payload(decode=True)
        text = data.decode("utf-8", "replace") if isinstance(data, bytes) else ""
    return unescape(_MARKUP.sub(" ", text)) if part.get_content_subtype() == "html" else text


def composed(fields: Mapping[str, Any]) -> bytes:
    """A message with these fields: `text`, `attachments` (names), and headers, in which people may be a list."""
    message = EmailMessage(policy=SMTP)
    for name, value in fields.items():
        if name not in ("text", "attachments"):
            message[name.title()] = value if isinstance(value, str) else ", ".join(_spelled(value))
    message.set_content(str(fields.get("text", "")))
    for name in fields.get("attachments", ()):
        message.add_attachment(b"attached", maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def _spelled(people: Iterable[Any]) -> list[str]:
    return [one if isinstance(one, str) else str(Address(one[0], addr_spec=one[1])) for one in people]
