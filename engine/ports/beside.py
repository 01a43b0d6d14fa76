"""What a message has beside its bytes and its marks, where a source knows it: IMAP and POP3 do not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verb(StrEnum):
    """What was last done with a message."""

    REPLIED = "replied"
    REPLIED_TO_ALL = "replied to all"
    FORWARDED = "forwarded"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A flag to follow up, and what for. Times are UTC, None where its owner set none. `complete`: it was done."""

    complete: bool = False
    start: datetime | None = None
    due: datetime | None = None
    completed: datetime | None = None
    request: str = ""


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder that is set. `due` is what it was first set for, `rings` when it rings next; UTC, None if untold."""

    due: datetime | None = None
    rings: datetime | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """Each is empty where nothing is known but what the bytes say.

    `item_class` is Exchange's (IPM.Note, …), `importance` and `sensitivity` are words of [MS-OXWSCORE] 2.2.5. `sent` is
    UTC. `bcc` are the names and addresses of hidden recipients. `acted` is when `verb` was done, UTC.
    """

    item_class: str = ""
    importance: str = ""
    sensitivity: str = ""
    sent: datetime | None = None
    bcc: tuple[tuple[str, str], ...] = ()
    follow_up: FollowUp | None = None
    reminder: Reminder | None = None
    verb: Verb | None = None
    acted: datetime | None = None


NOTHING = Beside()
