"""What the log and /readyz tell whoever runs this when Slack and we do not fit together."""

from __future__ import annotations

import http.client
import logging
import time
from urllib.parse import urlsplit

import pytest

from app import Door, create_app
from bot.workspace import Workspace
from emulators.slack import Fault
from tests.servers.slack.signed import SECRET, post
from tests.servers.slack.world import SlackWorld, serving

BODY = b"command=%2Fomm&text=list&user_id=U0OWNER001&team_id=T0EXAMPLE1&trigger_id=1.2.3"


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The warnings of the web door and of what it asks Slack."""
    return [record.getMessage() for record in caplog.records if record.name in {"app", "bot.workspace"}]


def ready(url: str) -> tuple[int, str]:
    """Status and words of /readyz."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_a_wrong_signing_secret_is_said_once(world: SlackWorld, caplog: pytest.LogCaptureFixture) -> None:
    """When requests are refused for their signature, the log names the setting, however many there are."""
    answers = [post(world.url, BODY, signature="v0=" + "a" * 64) for _ in range(3)]

    assert answers == [401, 401, 401]
    (words,) = said(caplog)
    assert "does not fit SLACK_SIGNING_SECRET" in words


def test_a_wrong_clock_is_said(world: SlackWorld, caplog: pytest.LogCaptureFixture) -> None:
    """A request that is well signed but not of now points to this machine's clock, not to the secret."""
    assert post(world.url, BODY, stamp=str(int(time.time()) - 400)) == 401

    (words,) = said(caplog)
    assert "set this machine's clock" in words


def test_what_nobody_signed_is_not_written_down(world: SlackWorld, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever scans the internet fills no log."""
    assert post(world.url, BODY, signature="x") == 401

    assert said(caplog) == []


@pytest.mark.parametrize("error", ["invalid_auth", "account_inactive", "token_revoked"])
def test_a_token_that_slack_refuses_is_named(
    world: SlackWorld, caplog: pytest.LogCaptureFixture, error: str
) -> None:
    """The log says once, and /readyz each time, that it is SLACK_BOT_TOKEN; with a good one it is ready."""
    world.redis.delete(*world.redis.keys("omm:workspace:*"))
    world.slack.add_fault(Fault(method="auth.test", action="error", error=error))
    workspace = Workspace(world.redis, world.services.slack)
    door = Door(world.redis, workspace, lambda _team: (world.door.bolt, world.services))

    with serving(create_app(door, signing_secret=SECRET)) as url:
        assert [door.open(), door.open()] == [None, None]
        code, words = ready(url)
        world.slack.clear_faults()
        assert door.open() is not None
        assert ready(url)[0] == 200

    assert (code, words) == (
        503, f"Slack does not accept SLACK_BOT_TOKEN ({error}). Copy the token again from Install App, then restart."
    )
    assert said(caplog) == [words]


def test_why_slack_cannot_be_reached_is_said(world: SlackWorld, caplog: pytest.LogCaptureFixture) -> None:
    """Where there is no connection, the system's reason is in the log, once, and the token is not blamed."""
    world.services.slack.base_url = "http://127.0.0.1:9/api/"
    workspace = Workspace(world.redis, world.services.slack)
    world.redis.delete(*world.redis.keys("omm:workspace:*"))

    with caplog.at_level(logging.WARNING):
        assert [workspace.id(), workspace.id()] == ["", ""]

    (words,) = said(caplog)
    assert "it cannot be reached (" in words
    assert "refused" in words
    assert "SLACK_BOT_TOKEN" not in words
