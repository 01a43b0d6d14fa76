"""Scopes: what is asked for, and what moves by it (developers.google.com/identity/protocols/oauth2/scopes).

Which scope opens which method is in the discovery documents calendar.v3, people.v1, tasks.v1 and gmail.v1.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from engine.migration.content import Content

# Who consents. The full name: the short one, `email`, comes back as this one, and libraries take that for a change.
IDENTITY = ("openid", "https://www.googleapis.com/auth/userinfo.email")
MAIL = "https://mail.google.com/"
CALENDAR = "https://www.googleapis.com/auth/calendar.readonly"
CONTACTS = "https://www.googleapis.com/auth/contacts.readonly"
TASKS = "https://www.googleapis.com/auth/tasks.readonly"
GMAIL_SETTINGS = "https://www.googleapis.com/auth/gmail.settings.basic"
LABELS = "https://www.googleapis.com/auth/gmail.labels"
# Mail over IMAP whatever the owner's IMAP settings are, for service accounts with domain-wide delegation alone
# (developers.google.com/workspace/gmail/imap/xoauth2-protocol).
IMAP_ADMIN = "https://www.googleapis.com/auth/gmail.imap_admin"
# A filter names labels by their ids: users.settings.filters.list and users.labels.list have no narrow scope in common.
SCOPES: Mapping[Content, tuple[str, ...]] = MappingProxyType({
    Content.MAIL: (MAIL,),
    Content.CONTACTS: (CONTACTS,),
    Content.CONTACT_GROUPS: (CONTACTS,),
    Content.CALENDARS: (CALENDAR,),
    Content.TASKS: (TASKS,),
    Content.INBOX_RULES: (GMAIL_SETTINGS, LABELS),
    Content.OUT_OF_OFFICE: (GMAIL_SETTINGS,),
})
# What a service account asks for, an interface at a time: IMAP, and each of Interface.
DELEGATED: Mapping[Content, tuple[str, ...]] = MappingProxyType({
    **SCOPES, Content.MAIL: (IMAP_ADMIN,), Content.OUT_OF_OFFICE: (GMAIL_SETTINGS, LABELS),
})
OPENED_BY_MAIL = frozenset({GMAIL_SETTINGS, LABELS})        # whoever has MAIL need not be asked for these


def asked(contents: Collection[Content]) -> list[str]:
    """The scopes that those contents need, and no other."""
    needed = [scope for content in Content if content in contents for scope in SCOPES.get(content, ())]
    spared = OPENED_BY_MAIL if MAIL in needed else frozenset()
    return [*IDENTITY, *dict.fromkeys(scope for scope in needed if scope not in spared)]


def missing(contents: Collection[Content], granted: Collection[str]) -> frozenset[Content]:
    """Which of those contents cannot be read with what was granted."""
    opened = {*granted, *(OPENED_BY_MAIL if MAIL in granted else ())}
    return frozenset(content for content in contents if not opened.issuperset(SCOPES.get(content, ("",))))
