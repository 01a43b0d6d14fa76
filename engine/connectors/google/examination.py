"""Looking at a Google account before anything moves: what Gmail's IMAP shows, and what its interface counts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from engine.connectors.google.api import PROFILE
from engine.connectors.google.credentials import BEARER
from engine.connectors.google.interfaces import Interface
from engine.connectors.google.reaching import Google
from engine.connectors.google.source import GoogleSource
from engine.errors import OmmError
from engine.store.vault import Secret

SMALL: Mapping[Interface, tuple[str, Mapping[str, Any], str]] = MappingProxyType({
    Interface.CALENDAR: ("/users/me/calendarList", {"maxResults": 250, "showHidden": True}, "calendar"),
    Interface.PEOPLE: ("/people/me/connections", {"personFields": "metadata", "pageSize": 1}, "contact"),
    Interface.TASKS: ("/users/@me/lists", {"maxResults": 1000}, "list"),
    Interface.GMAIL: ("/users/me/settings/filters", {}, "filter"),
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


def held(source: GoogleSource) -> Iterator[Held]:
    """Asks each interface for something small, changing nothing."""
    asking = source.interfaces()
    for interface, (path, query, noun) in SMALL.items():
        try:
            told = asking.one(interface, path, **query)
        except OmmError as error:
            yield Held(interface.about.called, error=error)
        else:
            yield Held(interface.about.called, _count(told), noun)


def _count(told: Mapping[str, Any]) -> int:
    """People tells how many there are, the others give all of them on one page."""
    total = told.get("totalItems")
    listed = told.get("items") or told.get("filter") or ()
    return total if isinstance(total, int) else len(listed)


def seen(source: GoogleSource) -> Seen:
    """Signs in and looks around, changing nothing. Raises what `connect` raises."""
    found = source.check()
    counted = source.sight.counted
    return Seen(
        len(found.folders.folders), counted.everything, counted.beside, "X-GM-EXT-1" in found.capabilities,
        source.sight.hides_all,
    )


def counted(google: Google, secret: Secret) -> Count:
    """How many messages there are by Gmail's interface; IMAP may show fewer. Raises nothing that Google did."""
    if not secret.startswith(BEARER):
        return Count(None, "an app password opens IMAP alone")
    try:
        with google.session() as session:
            answer = session.get(google.api_url + PROFILE, headers={"Authorization": str(secret)})
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
