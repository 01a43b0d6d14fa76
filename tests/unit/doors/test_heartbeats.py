"""Heartbeats: who is absent, and that the log tells of it once."""

from __future__ import annotations

import logging
import threading

import pytest
from redis import Redis

from app import _watch
from bot.work.heartbeats import BEAT_EVERY, EXPIRES, WITHOUT, Heartbeats, Role, Watch
from engine.errors import Cause, FatalError


def ended(redis: Redis) -> None:
    """All programs have ended, and the time of their heartbeats is over."""
    redis.delete(*redis.keys("omm:heartbeat:*"))


def test_whoever_has_no_heartbeat_is_absent(redis: Redis) -> None:
    """A program is there from its first heartbeat, for somewhat longer than until the next one is due."""
    heartbeats = Heartbeats(redis)
    before = heartbeats.absent()

    heartbeats.beat(Role.NOTICES)

    assert before == list(Role)
    assert heartbeats.absent() == [Role.MIGRATIONS, Role.CHECKS]
    assert [redis.ttl(key) for key in redis.scan_iter()] == [EXPIRES]
    assert EXPIRES > 2 * BEAT_EVERY


def test_the_log_tells_once(redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    """Who is absent is written down when it is found out, who is back when they are, and nothing in between."""
    heartbeats = Heartbeats(redis)
    watch = Watch(heartbeats)

    with caplog.at_level(logging.INFO, "bot"):
        for role in (Role.MIGRATIONS, Role.CHECKS):
            heartbeats.beat(role)
        for _ in range(3):
            watch.look()
        heartbeats.beat(Role.NOTICES)
        watch.look()
        ended(redis)
        watch.look()

    assert [record.getMessage() for record in caplog.records] == [
        WITHOUT[Role.NOTICES], "worker.py notices is running again.", *(WITHOUT[role] for role in sorted(Role)),
    ]


class Unwell(Watch):
    """The store is away at the first look."""

    def __init__(self, told_to_stop: threading.Event) -> None:
        self.looks, self._told_to_stop = 0, told_to_stop

    def look(self) -> None:
        self.looks += 1
        if self.looks == 1:
            raise FatalError("The store (Redis) does not answer.", cause=Cause.STORE)
        self._told_to_stop.set()


def test_a_store_that_is_away_ends_no_watch() -> None:
    """The web door goes on looking, until it is told to stop."""
    told_to_stop = threading.Event()
    watch = Unwell(told_to_stop)

    _watch(watch, told_to_stop, every=0)

    assert watch.looks == 2
