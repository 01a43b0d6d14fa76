"""A store that refuses: people hear that waiting does not help, and who runs the app reads by name what is wrong."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import fakeredis
import pytest
from redis.exceptions import AuthenticationError, NoPermissionError, OutOfMemoryError, ReadOnlyError, RedisError
from slack_bolt.request import BoltRequest

from bot.listeners.bolt import build
from bot.listeners.deliveries import Deliveries
from bot.services import Services

COMMAND = {"command": "/omm", "text": "help", "user_id": "U0OWNER001", "team_id": "T0EXAMPLE1", "trigger_id": "1.2"}


class Refusing(fakeredis.FakeRedis):
    """A server that answers every command with an error."""

    def __init__(self, error: RedisError) -> None:
        super().__init__(server=fakeredis.FakeServer())
        self.error = error

    def execute_command(self, *_args: Any, **_options: Any) -> Any:
        raise self.error


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.mark.parametrize(("error", "named"), [
    (AuthenticationError("NOAUTH Authentication required."), "Check OMM_REDIS_URL"),
    (AuthenticationError("WRONGPASS invalid username-password pair"), "Check OMM_REDIS_URL"),
    (NoPermissionError("NOPERM User omm has no permissions to run the 'set' command"), "NOPERM User omm"),
    (OutOfMemoryError("OOM command not allowed when used memory > 'maxmemory'."), "memory or disk is full"),
    (ReadOnlyError("READONLY You can't write against a read only replica."), "READONLY"),
])
def test_a_refusal_is_no_restart(
    services: Services, executor: Executor, caplog: pytest.LogCaptureFixture, error: RedisError, named: str
) -> None:
    """The person is sent to whoever runs the app, whose log names the refusal as an error."""
    bolt = build(services, Deliveries(Refusing(error)), executor, signing_secret="s")

    with caplog.at_level(logging.INFO, "bot"):
        answer = bolt.dispatch(BoltRequest(body=dict(COMMAND), mode="socket_mode"))

    assert answer.status == 200
    assert "Please tell OMM's administrator." in json.loads(answer.body)["text"]
    assert [named in record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [True]
