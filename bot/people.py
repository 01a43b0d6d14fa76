"""People: who somebody in the workspace is, by Slack's word, and what that lets them do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from redis import Redis
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from engine.errors import OmmError
from engine.patience import Patient, text

KNOWN_FOR = 300         # seconds that Slack's word is kept
PATIENCE = 2.0          # seconds


class UnknownPersonError(OmmError):
    """Slack did not say who somebody is, so nothing can be allowed."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in Slack. `team` is their own workspace."""

    id: str
    team: str
    is_admin: bool = False
    is_guest: bool = False
    is_stranger: bool = False       # of another workspace, met in a shared channel
    is_bot: bool = False
    deleted: bool = False


class People:
    """Looks people up, and remembers for five minutes what Slack said."""

    def __init__(self, redis: Redis, slack: WebClient, *, patience: float = PATIENCE) -> None:
        """`slack` has a time limit of its own; `patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._slack = slack

    def look(self, user: str) -> Person:
        """Who that is. Raises UnknownPersonError when Slack does not say."""
        known = self._redis.call(lambda redis: redis.get(_key(user)))
        if known is not None:
            return Person(**json.loads(text(known)))
        person = self._asked(user)
        self._redis.call(lambda redis: redis.set(_key(user), json.dumps(asdict(person)), ex=KNOWN_FOR))
        return person

    def _asked(self, user: str) -> Person:
        try:
            found: Mapping[str, Any] = self._slack.users_info(user=user)["user"]
        except (SlackClientError, OSError) as error:
            raise UnknownPersonError("Slack did not say who you are just now. Please try again.") from error
        return Person(
            id=user,
            team=str(found.get("team_id", "")),
            is_admin=any(bool(found.get(role)) for role in ("is_admin", "is_owner", "is_primary_owner")),
            is_guest=any(bool(found.get(kind)) for kind in ("is_restricted", "is_ultra_restricted")),
            is_stranger=bool(found.get("is_stranger")),
            is_bot=bool(found.get("is_bot")),
            deleted=bool(found.get("deleted")),
        )


def _key(user: str) -> str:
    return f"omm:person:{user}"
