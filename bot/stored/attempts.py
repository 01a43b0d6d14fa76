"""Attempts: which posts were begun, so that one whose answer was lost is known to whoever would send it again."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from redis import Redis

from engine.store import stored
from engine.store.patience import Patient
from engine.store.stored import Stored

EVENT = "omm_message"       # letters, digits, - and _ alone: docs.slack.dev/messaging/message-metadata
KEPT = 3 * 86_400           # seconds
LATE = 5.0                  # seconds after a lost answer in which the message may still turn up
REST, LONGEST_REST = 120.0, 300.0       # seconds to wait from a second lost answer on


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells a message of ours from all others: the task that it is about, '' for none, and what of it it is.

    It stands in the message's metadata, which other apps of the workspace can read: nothing secret is in it.
    """

    task_id: str
    key: str


@dataclass(frozen=True, slots=True)
class Attempt(Stored):
    """A post that was begun: `id` is in the metadata of each message that came of it.

    `first` is when it was begun and `until` how long it is not sent again, in seconds since 1970. `rested`: it has
    waited since its last answer was lost.
    """

    id: str
    first: float
    until: float
    sends: int = 0
    rested: bool = False

    def again(self, now: float) -> Attempt:
        """It is sent (once more) now."""
        return replace(self, sends=self.sends + 1, until=now + LATE, rested=False)

    def lost(self, now: float) -> Attempt:
        """Nobody knows whether it arrived."""
        return replace(self, until=now + LATE)

    def rest(self) -> Attempt:
        """It was sent more than once, and is not to be seen: it waits for minutes, longer each time."""
        return replace(self, until=self.until + min(REST * 2 ** (self.sends - 2), LONGEST_REST), rested=True)

    @property
    def is_to_rest(self) -> bool:
        """True: minutes must pass before it is sent again."""
        return self.sends > 1 and not self.rested

    def metadata(self, mark: Mark) -> dict[str, Any]:
        """What goes into its messages (docs.slack.dev/messaging/message-metadata)."""
        payload = {"task_id": mark.task_id, "key": mark.key, "id": self.id}
        return {"event_type": EVENT, "event_payload": {name: value for name, value in payload.items() if value}}

    def is_of(self, message: Mapping[str, Any]) -> bool:
        """True: a message of a conversation's history came of it."""
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        return metadata.get("event_type") == EVENT and payload.get("id") == self.id


def begin(now: float) -> Attempt:
    """A post that was not sent before."""
    return Attempt(secrets.token_hex(8), first=now, until=now)


def key_of(channel: str, thread: str, mark: Mark) -> str:
    """Under which a post into that conversation or thread is kept."""
    whole = json.dumps([channel, thread, mark.task_id, mark.key])
    return f"omm:slack:attempt:{sha256(whole.encode()).hexdigest()[:32]}"


class Attempts:
    """Keeps them in Redis, for three days."""

    def __init__(self, redis: Patient) -> None:
        self._redis = redis

    def load(self, attempt: str) -> Attempt | None:
        """The post under that key, if it was begun and is not known to have come to nothing. Raises UnreadableError."""
        found = self._redis.call(lambda redis: redis.get(attempt))
        return None if found is None else stored.read(Attempt, found, name="A message that was begun")

    def keep(self, attempt: str, now: Attempt | None) -> None:
        """Notes how far it is; None: it has come to nothing."""

        def write(redis: Redis) -> None:
            if now is None:
                redis.delete(attempt)
            else:
                redis.set(attempt, stored.write(now), ex=KEPT)

        self._redis.call(write)
