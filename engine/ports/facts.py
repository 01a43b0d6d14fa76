"""What one quick look at an account shows, a mailbox's own rules among it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.migration.content import Content
from engine.ports.settings import Live
from engine.ports.source import Role


@dataclass(frozen=True, slots=True)
class Retention:
    """What a mailbox does by itself to mail that was received more than `days` days ago.

    `role` is that of the folder in which it does so, with the folders below it; None: in all that have no rule of
    their own. `archives`: it moves the mail to the archive mailbox; else it deletes it.
    """

    days: int
    role: Role | None = None
    archives: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What one quick look at an account shows; `messages` is None where counting would have taken long.

    `folders` is None where nobody has looked at its mail, as of a source of which other contents alone move.
    `mailbox` is its key, "" where the system has none: two accounts on one system with the same key are one mailbox.
    `retention` is what it takes away by itself, as far as it was asked and says so. `events` are its appointments, a
    series as one; None where the system has none. `live` is None where the system or the account's right does not tell.
    `opens` are the contents that can be read by what the account was opened with, None: all; `opened_by` is what that
    is, in words.
    """

    folders: int | None
    messages: int | None
    mailbox: str = ""
    retention: tuple[Retention, ...] = ()
    events: int | None = None
    live: Live | None = None
    opens: frozenset[Content] | None = None
    opened_by: str = ""
