"""Looking at a Google account before anything moves: what Gmail's IMAP shows, and what its interface counts."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from engine.connectors.google.access.credentials import BEARER
from engine.connectors.google.access.reaching import Google
from engine.connectors.google.access.scopes import SCOPES
from engine.connectors.google.mail.total import PROFILE
from engine.connectors.google.rest.answers import UNREADABLE
from engine.connectors.google.rest.asking import Asking
from engine.connectors.google.rest.interfaces import Interface
from engine.connectors.google.source import GoogleSource
from engine.errors import Cause, OmmError, RetryableError
from engine.migration.content import Content
from engine.store.vault import Secret


@dataclass(frozen=True, slots=True)
class Small:
    """What is asked of an interface to count something: `items` is where it stands, "" where its number is told.

    `of` is the content that it is of.
    """

    of: Content
    noun: str
    path: str
    items: str = "items"
    query: Mapping[str, Any] = field(default_factory=dict)


SMALL: Mapping[Interface, Small] = MappingProxyType({
    Interface.CALENDAR: Small(
        Content.CALENDARS, "calendar", "/users/me/calendarList", query={"maxResults": 250, "showHidden": True}
    ),
    Interface.PEOPLE: Small(
        Content.CONTACTS, "contact", "/people/me/connections", "", {"personFields": "metadata", "pageSize": 1}
    ),
    Interface.TASKS: Small(Content.TASKS, "list", "/users/@me/lists", query={"maxResults": 1000}),
    Interface.GMAIL: Small(Content.INBOX_RULES, "filter", "/users/me/settings/filters", "filter"),
})
NOT_ENABLED = ("accessNotConfigured", "SERVICE_DISABLED")
ENABLE = "the Gmail API is not enabled in OMM's project at Google (APIs & Services, Library)"


@dataclass(frozen=True, slots=True)
class Seen:
    """What IMAP shows. `everything` is how many messages All Mail holds, `beside` the bin and spam; chats count there.

    `extended`: Gmail's own extension is there. `hidden`: All Mail is not shown.
    """

    folders: int
    everything: int
    beside: int
    extended: bool
    hidden: bool


@dataclass(frozen=True, slots=True)
class Count:
    """Gmail's own count of the messages; None, and why there is none."""

    total: int | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What one interface tells of an account: how many there are of something, or why it tells nothing."""

    called: str
    count: int = 0
    noun: str = ""
    error: OmmError | None = None


def held(source: GoogleSource, opens: Collection[Content] = tuple(SCOPES)) -> Iterator[Held]:
    """Asks each interface of those that hold what the access `opens` for something small, changing nothing."""
    asking = source.interfaces()
    for interface, small in SMALL.items():
        if small.of not in opens:
            continue
        try:
            count = _count(asking, interface, small)
        except OmmError as error:
            yield Held(interface.about.called, error=error)
        else:
            yield Held(interface.about.called, count, small.noun)


def _count(asking: Asking, interface: Interface, small: Small) -> int:
    """How many there are. Raises as `one` and `pages` of Asking."""
    if small.items:
        return sum(1 for _each in asking.pages(interface, small.path, small.items, **small.query))
    total = asking.one(interface, small.path, **small.query).get("totalItems", 0)
    if not isinstance(total, int):
        raise RetryableError(UNREADABLE, cause=Cause.UNREACHABLE)
    return total


def seen(source: GoogleSource) -> Seen:
    """Signs in and looks around, changing nothing. Raises what `connect` raises."""
    found = source.check()
    counted = source.sight.counted
    return Seen(
        len(found.folders.folders) if found.folders else 0, counted.everything, counted.beside,
        "X-GM-EXT-1" in found.capabilities, source.sight.hides_all,
    )


def counted(google: Google, secret: Secret) -> Count:
    """How many messages there are by Gmail's interface; IMAP may show fewer. Raises nothing that Google did."""
    if not secret.startswith(BEARER):
        return Count(None, "an app password opens IMAP alone")
    try:
        with google.session() as session:
            answer = session.get(Interface.GMAIL.url(google.api_url) + PROFILE, headers={"Authorization": str(secret)})
        told = json.loads(answer.text)
    except (OmmError, ValueError) as error:
        return Count(None, str(error) if isinstance(error, OmmError) else "the answer cannot be read")
    if answer.status_code == 200 and isinstance(told, dict) and isinstance(told.get("messagesTotal"), int):
        return Count(told["messagesTotal"])
    if any(word in answer.text for word in NOT_ENABLED):
        return Count(None, ENABLE)
    if answer.status_code == 403:
        return Count(None, "what was granted is for IMAP alone")
    return Count(None, f"Google answers with status {answer.status_code}")
