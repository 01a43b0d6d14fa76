"""A letter as its author would describe it, before it becomes a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

OWNER = "Claire Martin <claire@example.org>"

Folder = tuple[str, ...]        # names from the mailbox's top down; () is the inbox

INBOX: Folder = ()
SENT: Folder = ("Sent",)
DRAFTS: Folder = ("Drafts",)
TRASH: Folder = ("Trash",)
JUNK: Folder = ("Junk",)
ARCHIVE: Folder = ("Archive",)
PROJECTS: Folder = ("Projects",)
YEAR: Folder = ("Projects", "2025")
ATLAS: Folder = ("Projects", "2025", "Atlas")
HARBOUR: Folder = ("Projects", "2025", "Harbour guide")
LEXICON: Folder = ("Projects", "2023", "Lexique médical")
RECEIPTS: Folder = ("Reçus & factures",)
IDEAS: Folder = ("Ideas 💡",)
FAMILY: Folder = ("Famille",)
FRIENDS: Folder = ("Famille", "Amis d'ailleurs")

FOLDERS = (
    SENT, DRAFTS, TRASH, JUNK, ARCHIVE, PROJECTS, YEAR, ATLAS, HARBOUR, ("Projects", "2023"), LEXICON, RECEIPTS, IDEAS,
    FAMILY, FRIENDS, ("Empty for now",),
)


class Kind(Enum):
    """What an attachment is made as."""

    TEXT = "text/plain"
    TABLE = "text/csv"
    PICTURE = "image/png"
    DOCUMENT = "application/pdf"
    APPOINTMENT = "text/calendar"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that comes with a letter. `content` is its text, or the words on a page; a picture has a colour."""

    name: str
    kind: Kind
    content: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One message. `flags` are Maildir's letters (S seen, R answered, F flagged, D draft, T deleted, P forwarded).

    `charset` is what the text is written in; with `raw` the headers carry that charset's bytes as they are.
    """

    folder: Folder
    sender: str
    subject: str
    text: str
    date: datetime
    to: str = OWNER
    flags: str = "S"
    label: str = ""
    html: bool = False
    charset: str = "utf-8"
    raw: bool = False
    attachments: tuple[Attachment, ...] = ()


def on(year: int, month: int, day: int, hour: int = 9, minute: int = 12) -> datetime:
    """A moment, UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)
