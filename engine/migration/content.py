"""The contents: what of a mailbox can move."""

from __future__ import annotations

from enum import StrEnum


class Content(StrEnum):
    """The seven things that move, in the order of their steps."""

    MAIL = "mail"
    CALENDARS = "calendars"
    CONTACTS = "contacts"
    CONTACT_GROUPS = "contact groups"
    TASKS = "tasks"
    INBOX_RULES = "inbox rules"
    OUT_OF_OFFICE = "out-of-office"
