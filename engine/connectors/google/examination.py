"""Looking at a Google account before anything moves: what Gmail's IMAP shows, and what its interface counts."""

from __future__ import annotations

import json
from dataclasses import dataclass

from engine.connectors.google.api import PROFILE
from engine.connectors.google.credentials import BEARER
from engine.connectors.google.reaching import Google
from engine.connectors.google.source import GoogleSource
from engine.errors import OmmError
from engine.store.vault import Secret

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
