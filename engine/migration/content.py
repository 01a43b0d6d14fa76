"""The contents: what of a mailbox can move."""

from __future__ import annotations

from enum import StrEnum


class Content(StrEnum):
    """The seven things that move, in the order of their steps. The values are stored, and stand in codes of folders."""

    MAIL = "mail"
    CONTACTS = "contacts"
    CONTACT_GROUPS = "contact groups"
    CALENDARS = "calendars"
    TASKS = "tasks"
    INBOX_RULES = "inbox rules"
    OUT_OF_OFFICE = "out-of-office"
