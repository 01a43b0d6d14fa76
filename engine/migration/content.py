"""The contents: what of a mailbox can move."""

from __future__ import annotations

from enum import StrEnum


class Content(StrEnum):
    """What moves. The values are stored, and stand in codes of folders; the order of the steps is that of CONTENTS.

    Colours come with mail, notes with the tasks (COMES_WITH in engine/contents): nobody chooses them by themselves.
    """

    MAIL = "mail"
    CONTACTS = "contacts"
    CONTACT_GROUPS = "contact groups"
    CALENDARS = "calendars"
    TASKS = "tasks"
    NOTES = "notes"
    INBOX_RULES = "inbox rules"
    OUT_OF_OFFICE = "out-of-office"
    COLOURS = "category colours"
