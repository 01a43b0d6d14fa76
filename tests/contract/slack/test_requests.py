"""Requests that are not Slack's, or not of now: each is sent away, and nothing comes of it."""

from __future__ import annotations

import http.client
import logging
from collections.abc import Iterator
from typing import get_args
from urllib.parse import urlencode, urlsplit

import pytest

from app import LARGEST, Door, create_app
from bot.ids import Block
from bot.work.heartbeats import WITHOUT, Role
from bot.workspace import Workspace
from emulators.slack import Fault
from emulators.slack.settings import Tamper
from tests.servers.slack.signed import FORM, SECRET, post, status
from tests.servers.slack.world import SlackWorld, serving

FORGED = [each for each in get_args(Tamper) if each != "none"]
COMMAND = urlencode({
    "command": "/omm", "text": "migrate", "user_id": "U0OWNER001", "team_id": "T0EXAMPLE1", "trigger_id": "1.2.3",
    "channel_id": "C0MIGRATE1",
}).encode()


@pytest.fixture
def untouched(world: SlackWorld) -> Iterator[SlackWorld]:
    """After the test, nothing is in the store that was not there before, and Slack was not called."""
    before, calls = set(world.redis.keys()), len(world.slack.requests)
    yield world
    world.listeners.settle()
    assert set(world.redis.keys()) == before
    assert len(world.slack.requests) == calls


@pytest.mark.parametrize("tamper", FORGED)
def test_forged_commands_do_nothing(untouched: SlackWorld, tamper: Tamper) -> None:
    """A command that is forged in any way is answered 401, and opens no form."""
    untouched.slack.configure(tamper=tamper)

    ack = untouched.slash("migrate")

    assert ack.status == 401
    assert untouched.slack.views("owner") == []


@pytest.mark.parametrize("tamper", FORGED)
def test_forged_forms_do_nothing(world: SlackWorld, tamper: Tamper) -> None:
    """A form that is forged in any way is answered 401, and nothing is checked."""
    world.open_form()
    world.slack.configure(tamper=tamper)

    ack = world.send()

    assert ack.status == 401
    assert world.orders.placed == []


@pytest.mark.parametrize("tamper", FORGED)
def test_forged_events_do_nothing(untouched: SlackWorld, tamper: Tamper) -> None:
    """An event that is forged in any way is answered 401, and draws no home tab."""
    untouched.slack.configure(tamper=tamper)

    ack = untouched.slack.open_home("owner")

    assert ack.status == 401
    assert untouched.slack.home("owner") is None


@pytest.mark.parametrize("stamp", ["\u00b2\u00b2\u00b2", "9" * 5000, "-5", "1e9", "0x10", " ", "99999999999999"])
def test_strange_timestamps_are_refused(untouched: SlackWorld, stamp: str) -> None:
    """A timestamp that is no plain number is answered 401, and no fault of ours."""
    assert post(untouched.url, COMMAND, stamp=stamp, signature="v0=" + "0" * 64) == 401


@pytest.mark.parametrize("signature", ["v0=\u00e9", "v1=" + "0" * 64, "v0=" + "0" * 63, "=", "v0=" + "0" * 4000])
def test_strange_signatures_are_refused(untouched: SlackWorld, signature: str) -> None:
    """A signature of another form is answered 401, and no fault of ours."""
    assert post(untouched.url, COMMAND, signature=signature) == 401


@pytest.mark.parametrize("body", [b"{", b"payload={", b"\xff\xfe\x00", b"", b"[" * 100_000])
@pytest.mark.parametrize("kind", [FORM, "application/json"])
def test_nothing_is_parsed_before_the_signature(untouched: SlackWorld, body: bytes, kind: str) -> None:
    """Whatever stands in a body that is not signed, it is answered 401 and no fault of ours."""
    assert post(untouched.url, body, kind=kind, signature="v0=" + "0" * 64) == 401


def test_large_bodies_are_refused(untouched: SlackWorld) -> None:
    """A body of more than a megabyte is refused, even if it is signed."""
    assert post(untouched.url, COMMAND + b"&x=" + b"x" * LARGEST) == 413


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/xml", ""])
def test_other_content_is_refused(untouched: SlackWorld, kind: str) -> None:
    """What Slack never sends is refused, even if it is signed."""
    assert post(untouched.url, COMMAND, kind=kind) == 415


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_only_posts_are_heard(untouched: SlackWorld, method: str) -> None:
    """Slack posts; everything else is refused."""
    assert status(untouched.url, method) == 405


def test_the_same_request_again_does_nothing(world: SlackWorld) -> None:
    """Whoever has recorded a request and sends it again within five minutes gets an answer, and no second form."""
    body = COMMAND.replace(b"migrate", b"list")

    answers = [post(world.url, body), post(world.url, body)]

    assert answers == [200, 200]
    assert len(world.redis.keys("omm:seen:*")) == 1


def test_the_handshake_is_answered(world: SlackWorld) -> None:
    """Slack can verify the request URL when the app is set up."""
    assert world.slack.verify_url()


def test_a_badly_signed_password_is_in_no_log(world: SlackWorld, caplog: pytest.LogCaptureFixture) -> None:
    """With the wrong signing secret every form is refused, and nothing of what was typed is logged at any level."""
    world.open_form()
    world.slack.configure(tamper="wrong_secret")

    with caplog.at_level(logging.DEBUG):
        world.send(**{Block.SOURCE_PASSWORD: "s3cret-in-the-form"})

    assert "s3cret-in-the-form" not in caplog.text


def test_without_a_signing_secret_nothing_is_heard_over_http(world: SlackWorld) -> None:
    """In Socket Mode alone there is no secret that a request could be signed with, so none is taken."""
    with serving(create_app(world.door, signing_secret="")) as url:
        assert post(url, COMMAND) == 404


# Whether all is well


def page(url: str, name: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.request("GET", f"/{name}")
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_it_says_that_it_is_ready(world: SlackWorld) -> None:
    """With Redis there, the workspace known, and every program running, both pages say that all is well."""
    for role in Role:
        world.door.heartbeats.beat(role)

    assert page(world.url, "healthz") == (200, "ok")
    assert page(world.url, "readyz") == (200, "ready")


def test_it_says_who_is_absent(world: SlackWorld) -> None:
    """Clicks are taken without workers, checkers and notifier, so it is ready; each that is absent has a line."""
    before = page(world.url, "readyz")
    world.door.heartbeats.beat(Role.CHECKS)
    code, said = page(world.url, "readyz")

    assert before == (200, "\n".join(["ready", *WITHOUT.values()]))
    assert (code, said.splitlines()) == (200, ["ready", WITHOUT[Role.MIGRATIONS], WITHOUT[Role.NOTICES]])
    assert ["worker.py" in line for line in said.splitlines()] == [False, True, True]


def test_it_says_that_redis_is_away(world: SlackWorld) -> None:
    """Without Redis it lives, is not ready, and says why."""
    world.store.connected = False

    assert page(world.url, "healthz")[0] == 200
    code, why = page(world.url, "readyz")
    assert code == 503
    assert "Redis" in why


def test_it_starts_while_slack_is_away(world: SlackWorld) -> None:
    """Without Slack it opens, sends requests away, and is ready as soon as Slack has said which workspace this is."""
    world.redis.delete(*world.redis.keys("omm:workspace:*"))
    world.slack.add_fault(Fault(method="auth.test", action="drop"))
    workspace = Workspace(world.redis, world.services.slack)
    door = Door(world.redis, workspace, lambda _team: (world.door.bolt, world.services))

    with serving(create_app(door, signing_secret=SECRET)) as url:
        assert door.open() is None
        assert page(url, "healthz")[0] == 200
        assert page(url, "readyz") == (503, "Slack has not said yet which workspace this is.")
        assert post(url, COMMAND) == 503
        world.slack.clear_faults()
        assert door.open() is not None
        assert page(url, "readyz")[0] == 200


def test_the_workspace_is_remembered(world: SlackWorld) -> None:
    """Once Slack has said which workspace a token is for, it is not asked again; for another token it is."""
    world.slack.add_fault(Fault(method="auth.test", action="error", error="internal_error"))

    assert Workspace(world.redis, world.services.slack).id() == "T0EXAMPLE1"
    world.services.slack.token = "xoxb-another"
    assert Workspace(world.redis, world.services.slack).id() == ""
