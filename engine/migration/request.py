"""What a person asked for: which account moves to which mailbox, and what of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.migration.account import Account


class Content(StrEnum):
    """The seven things that move, in the order of their steps."""

    MAIL = "mail"
    CALENDARS = "calendars"
    CONTACTS = "contacts"
    CONTACT_GROUPS = "contact groups"
    TASKS = "tasks"
    INBOX_RULES = "inbox rules"
    OUT_OF_OFFICE = "out-of-office"


@dataclass(frozen=True, slots=True)
class MigrationRequest:
    """What a person asked for, parsed and checked; secrets are elsewhere."""

    source: Account
    destination: Account
    contents: tuple[Content, ...]
