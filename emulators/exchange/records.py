"""What a test may look at afterwards: requests, sign-ins, messages, and what would have been sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One authenticated request.

    Times are seconds since the epoch. `status` is the HTTP status, 0 when no answer was sent; `items` the
    number of items or folders it carried; `committed` whether its changes are in the store. `tells` is who it lets the
    server tell of meetings, by SendMeetingInvitations and its like; empty where it does not say.
    """

    operation: str
    started: float
    ended: float
    user: str
    status: int
    items: int
    committed: bool
    tells: str = ""


@dataclass(frozen=True, slots=True)
class SignIn:
    """One attempt to prove who one is.

    An accepted one is recorded once a connection and user, as a directory caches it; a refused one every
    time, as that is what locks an account.
    """

    time: float
    user: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something that a real server would have sent to somebody.

    kind: "read receipt", "not-read receipt" or "mail"; of a meeting "meeting request", "meeting update", "meeting
    cancellation", "meeting response", or "meeting request, later" of what was saved unsent; of a rule "rule forward",
    "rule forward as attachment", "rule redirect", "rule alert" or "rule reply"; "internal out of office reply" or
    "external out of office reply". `cause` is the operation that would have sent it, or "Delivery" when a message
    arrived.
    """

    time: str
    mailbox: str
    kind: str
    recipients: Sequence[str]
    subject: str
    cause: str


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One item as the store holds it; `mime` is what was received, byte for byte.

    `folder` is the path below Top of Information Store, ("Inbox", "Sub"); in an archive, below its own:
    ("In-Place Archive", "Inbox"). Times are UTC,
    "2026-01-02T03:04:05Z". `extended` maps a property path ("tag:0x0e06", "{guid}/name:Foo",
    "{guid}/id:33303") to its value or list of values.
    """

    folder: tuple[str, ...]
    mime: bytes
    item_id: str
    subject: str
    received: str
    sent: str
    is_read: bool
    is_draft: bool
    flag_status: str
    categories: Sequence[str]
    importance: str
    extended: Mapping[str, str | Sequence[str]]
    created: str
    modified: str

    def as_json(self) -> dict[str, Any]:
        """Plain values, the MIME left out."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "mime"}
