"""Conversations: which conversation a message goes to that is for a person or a channel, in one workspace."""

from __future__ import annotations

from redis import Redis

from engine.store.patience import Patient, text

EARLIER = "omm:slack:places"    # of releases that knew one workspace only; what was asked for: the conversation
PATIENCE = 2.0                  # seconds


class Conversations:
    """The conversations of one workspace, by the ID of the person or channel that was asked for."""

    def __init__(self, redis: Redis, *, team: str, first: bool = True, patience: float = PATIENCE) -> None:
        """`team` is the workspace's ID. `first`: it is the one whose conversations earlier releases kept without an ID.

        `patience` is how long Redis may be away, in seconds.
        """
        self._redis = Patient(redis, patience=patience)
        self._key, self._first = conversations_of(team), first

    def find(self, asked_for: str) -> str | None:
        """The ID of the conversation; None: Slack has not told it yet."""
        found = self._redis.call(lambda redis: redis.hget(self._key, asked_for))
        if found is None and self._first:
            found = self._redis.call(lambda redis: redis.hget(EARLIER, asked_for))
        return None if found is None else text(found)

    def note(self, asked_for: str, conversation: str) -> None:
        """Notes which conversation it is."""
        if self._first:     # for a notifier of an earlier release, which may take over while that is replaced
            self._redis.call(lambda redis: redis.hset(EARLIER, asked_for, conversation))
        self._redis.call(lambda redis: redis.hset(self._key, asked_for, conversation))


def conversations_of(team: str) -> str:
    """The key of a workspace's conversations."""
    return f"{EARLIER}:{team}"
