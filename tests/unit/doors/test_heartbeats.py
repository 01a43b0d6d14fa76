"""Heartbeats: who is absent, and that the log tells of it once."""

from __future__ import annotations

import logging
import os
import socket
import threading
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import pytest
from redis import Redis

from app import _beat, _watch
from bot.work.heartbeats import BEAT_EVERY, EXPIRES, WITHOUT, Heartbeats, Role, Watch
from bot.work.programs import Program, Programs
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


class Once(threading.Event):
    """Told to stop when somebody waits for it."""

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout == BEAT_EVERY
        return True


def test_the_web_program_says_that_it_runs(redis: Redis) -> None:
    """With its release and the names of its keys, for somewhat longer than until it says so again."""
    opened: Any = SimpleNamespace(redis=redis, engine=SimpleNamespace(store=SimpleNamespace(key_names=lambda: ("0a",))))

    _beat(opened, Once())

    here = Program("web", version("omm-for-slack"), socket.gethostname(), os.getpid(), ("0a",))
    assert Programs(redis).all() == [here]
    assert [redis.ttl(key) for key in redis.scan_iter()] == [EXPIRES]


def test_a_program_of_a_newer_release_is_passed_over(redis: Redis) -> None:
    """What it says of itself cannot be read."""
    redis.set("omm:heartbeat:program:x", '{"v":9}')

    assert Programs(redis).all() == []
