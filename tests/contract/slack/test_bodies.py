"""Bodies that are signed and yet nothing that Slack sends: each is refused in one sentence, and nothing comes of it."""

from __future__ import annotations

import copy
import itertools
import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from app import create_app
from bot.ids import Action, View
from tests.servers.slack.signed import FORM, JSON, SECRET, signed
from tests.servers.slack.world import OWNER, TEAM, SlackWorld, slack_world

SAID, NOWHERE = "This is nothing that Slack sends.", "http://127.0.0.1:9/"
NUMBERS = itertools.count()
Post = Callable[..., TestResponse]

WHO = {
    "type": "", "user": {"id": OWNER, "team_id": TEAM}, "team": {"id": TEAM}, "enterprise": None, "trigger_id": "1.2",
}
VIEW = {
    "id": "V1", "type": "modal", "hash": "1.2", "callback_id": View.FORM, "private_metadata": "gone",
    "state": {"values": {"source_login": {"v": {"type": "plain_text_input", "value": "claire"}}}},
}
BUTTON = {"action_id": Action.PAUSE, "block_id": "b", "type": "button", "value": "7K2F-9QXD"}
EVENT = {
    "type": "event_callback", "event_id": "Ev1", "team_id": TEAM,
    "event": {"type": "app_home_opened", "user": OWNER, "channel": "D1", "tab": "home"},
    "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": "U1", "is_bot": True}],
}
COMMAND = {
    "command": "/omm", "text": "help", "user_id": OWNER, "team_id": TEAM, "channel_id": "C1", "trigger_id": "1.2",
    "response_url": NOWHERE,
}
SENT: list[dict[str, Any]] = [
    EVENT, COMMAND,
    {**WHO, "type": "shortcut", "callback_id": "of another app"},
    {**WHO, "type": "block_actions", "actions": [BUTTON], "response_url": NOWHERE, "channel": {"id": "C1"}},
    {**WHO, "type": "block_actions", "actions": [BUTTON], "view": VIEW},
    {**WHO, "type": "view_submission", "view": VIEW, "response_urls": []},
    {**WHO, "type": "view_closed", "view": VIEW},
    {"type": "url_verification", "challenge": "x"},
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackWorld]:
    """One for all: what is refused changes nothing in it."""
    with slack_world(tmp_path_factory.mktemp("bodies")) as world:
        yield world


@pytest.fixture(scope="module")
def post(world: SlackWorld) -> Post:
    """Sends a body as Slack signs it, without a socket."""
    client = create_app(world.door, signing_secret=SECRET).test_client()

    def post(body: bytes, kind: str = JSON) -> TestResponse:
        stamp = str(int(time.time()))
        return client.post("/slack/events", data=body, headers={
            "Content-Type": kind, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signed(body, stamp),
        })

    return post


def as_sent(body: Any) -> tuple[bytes, str]:
    """As Slack sends it: an event in JSON, anything else within a form."""
    if isinstance(body, dict) and "type" in body and body["type"] not in ("event_callback", "url_verification"):
        return urlencode({"payload": json.dumps(body)}).encode(), FORM
    return json.dumps(body).encode(), JSON


@pytest.mark.parametrize("body", SENT, ids=lambda body: str(body.get("type", "command")))
def test_what_slack_sends_is_taken(post: Post, body: dict[str, Any]) -> None:
    """The bodies that are broken below are not refused while they are whole."""
    sent, kind = (urlencode(body).encode(), FORM) if "command" in body else as_sent(body)

    assert post(sent, kind).status_code != 400


@pytest.mark.parametrize("body", [
    b"{", b"", b"null", b"[]", b"7", b'"text"', b"{}", b'{"a": }', b"[" * 100_000, b'{"type": "\\ud800"}',
    b'{"type": ' + b"9" * 5000 + b"}", b'{"type": "event_callback", "event": null}',
])
def test_what_cannot_be_read_is_refused(post: Post, body: bytes) -> None:
    """JSON that is broken, is no object, or lacks what it tells of is answered 400, as an event and within a form."""
    answers = [post(body), post(urlencode({"payload": body}).encode(), FORM)]

    assert [(answer.status_code, answer.text, answer.mimetype) for answer in answers] == [(400, SAID, "text/plain")] * 2


@pytest.mark.parametrize("body", [b"payload", b"payload=", b"a=b", b"=", b"command=", b"{}", b"payload=%5B%5D"])
def test_a_form_without_a_request_is_refused(post: Post, body: bytes) -> None:
    """A form that holds no command and no interaction is answered 400."""
    answer = post(body, FORM)

    assert (answer.status_code, answer.text) == (400, SAID)


@pytest.mark.parametrize(("number", "wrong"), [
    (0, {"event": "text"}), (0, {"event": []}), (0, {"event": {}}), (0, {"event": {"type": 7}}),
    (0, {"event": {"type": "message", "channel": 7}}), (0, {"event": {"type": "message", "message": "text"}}),
    (0, {"authorizations": {}}), (0, {"authorizations": [7]}), (0, {"event_id": []}),
    (3, {"actions": {}}), (3, {"actions": []}), (3, {"actions": ["text"]}), (3, {"actions": [{"action_id": 7}]}),
    (3, {"user": 7}), (3, {"user": ["id"]}), (3, {"team": 7}), (3, {"enterprise": ["id"]}), (3, {"channel": 7}),
    (3, {"type": ["block_actions"]}), (3, {"callback_id": 7}), (3, {"trigger_id": {}}),
    (4, {"view": {}}), (5, {"view": None}), (5, {"view": "text"}), (5, {"view": {}}), (5, {"view": {"id": 7}}),
    (5, {"view": {**VIEW, "state": []}}), (5, {"view": {**VIEW, "state": {"values": []}}}),
    (5, {"view": {**VIEW, "private_metadata": {}}}), (5, {"response_urls": {}}), (5, {"response_urls": [{}, {}]}),
    (6, {"view": None}), (6, {"view": {"callback_id": View.FORM}}),
])
def test_a_wrong_type_is_refused(post: Post, number: int, wrong: dict[str, Any]) -> None:
    """Something else than an object, a list or a text, where there must be one, is answered 400."""
    answer = post(*as_sent({**SENT[number], **wrong}))

    assert (answer.status_code, answer.text) == (400, SAID)


def test_objects_without_end_are_refused(post: Post) -> None:
    """An event in an event in an event, hundreds of times, is answered 400."""
    body: dict[str, Any] = {"type": "message"}
    for _ in range(300):
        body = {"type": "event_callback", "event": body}

    assert post(*as_sent(body)).status_code == 400


def test_a_refused_body_is_in_no_log(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """The operator reads that there was one; what it held may be a password."""
    with caplog.at_level(logging.DEBUG):
        post(*as_sent({**EVENT, "event": "hunter2"}))

    assert "was refused" in caplog.text
    assert "hunter2" not in caplog.text


def test_a_command_may_hold_any_word(world: SlackWorld) -> None:
    """`payload`, the name of a field in which Slack sends other things, is a word like every other after a command."""
    ack = world.slash("payload")

    assert ack.outcome == "ok"
    assert "/omm help" in world.told()[-1]


# Every place in every body, with anything there


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in it."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield (*at, name)
        yield from places(child, (*at, name))


EVERYWHERE = [(number, place) for number, body in enumerate(SENT) for place in places(body)]
UGLY = [None, True, 0, -1.5, "", "x", "\ud800", [], {}, [[]], [None], [{}], {"id": []}]
ANYTHING = st.sampled_from(UGLY) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "type", "event", "x"]), inner),
    max_leaves=4,
)


@settings(max_examples=150)
@given(where=st.sampled_from(EVERYWHERE), value=ANYTHING)
def test_nothing_in_a_body_is_a_fault_of_ours(post: Post, where: tuple[int, tuple[Any, ...]], value: Any) -> None:
    """Whatever stands in whichever place, it is taken, or refused in a sentence, and never answered 500."""
    number, place = where
    body = copy.deepcopy(SENT[number])
    for name in ("event_id", "trigger_id"):     # another delivery each time
        body |= {name: f"{next(NUMBERS)}"} if name in body else {}
    inner: Any = body
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value

    answer = post(*as_sent(body))

    assert answer.status_code in (200, 400, 404)
    assert answer.status_code != 400 or answer.text == SAID
