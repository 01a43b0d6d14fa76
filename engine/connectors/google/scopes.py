"""Scopes: what is asked for, and what moves by it (developers.google.com/identity/protocols/oauth2/scopes)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from engine.migration.content import Content

# Who consents. The full name: the short one, `email`, comes back as this one, and libraries take that for a change.
IDENTITY = ("openid", "https://www.googleapis.com/auth/userinfo.email")
MAIL = "https://mail.google.com/"
# Mail over IMAP whatever the owner's IMAP settings are, for service accounts with domain-wide delegation alone
# (developers.google.com/workspace/gmail/imap/xoauth2-protocol).
IMAP_ADMIN = "https://www.googleapis.com/auth/gmail.imap_admin"
SCOPES: Mapping[Content, str] = MappingProxyType({
    Content.MAIL: MAIL,
    Content.CONTACTS: "https://www.googleapis.com/auth/contacts.readonly",
    Content.CONTACT_GROUPS: "https://www.googleapis.com/auth/contacts.readonly",
    Content.CALENDARS: "https://www.googleapis.com/auth/calendar.readonly",
    Content.TASKS: "https://www.googleapis.com/auth/tasks.readonly",
    Content.INBOX_RULES: "https://www.googleapis.com/auth/gmail.settings.basic",
    Content.OUT_OF_OFFICE: "https://www.googleapis.com/auth/gmail.settings.basic",
})


def asked(contents: Collection[Content]) -> list[str]:
    """The scopes that those contents need, and no other."""
    return [*IDENTITY, *dict.fromkeys(SCOPES[content] for content in Content if content in {*contents} & {*SCOPES})]


def missing(contents: Collection[Content], granted: Collection[str]) -> frozenset[Content]:
    """Which of those contents cannot be read with what was granted."""
    return frozenset(content for content in contents if SCOPES.get(content) not in granted)
