"""The contents: what of a mailbox can move."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


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


# What the owner of a mailbox calls one of them.
NOUNS: Mapping[Content, str] = MappingProxyType({
    Content.MAIL: "message",
    Content.CONTACTS: "contact",
    Content.CONTACT_GROUPS: "contact group",
    Content.CALENDARS: "event",
    Content.TASKS: "task",
    Content.NOTES: "note",
    Content.COLOURS: "category",
    Content.INBOX_RULES: "rule",
    Content.OUT_OF_OFFICE: "setting",
})
