"""Bodies and addresses that nobody sends in good faith, everywhere at the web door: nothing comes of them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client, EnvironBuilder, TestResponse, run_wsgi_app

import app
from tests.servers.browser.browsers import slack_settings
from tests.servers.slack.hostile import Hostile
from tests.servers.slack.signed import FORM, JSON, SECRET
from tests.servers.slack.world import SlackWorld, slack_world
from web.pages import HEADERS

PUBLIC = "https://omm.example.org"
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "X" * 300)
LARGE = 10_000_000      # bytes


@dataclass(frozen=True)
class Sent:
    """A body with its content type."""

    body: bytes
    kind: str = FORM


BODIES: Mapping[str, Sent] = MappingProxyType({
    "10 MB of a field": Sent(b"password=" + b"x" * LARGE),
    "10 MB of JSON": Sent(b'{"type": "' + b"x" * LARGE + b'"}', JSON),
    "10 MB of nothing": Sent(b"\0" * LARGE, "application/octet-stream"),
    "10 MB of a file": Sent(b'--b\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n' + b"x" * LARGE +
                            b"\r\n--b--\r\n", "multipart/form-data; boundary=b"),
    "deep JSON": Sent(b"[" * 400_000, JSON),
    "deep objects": Sent(b'{"a":' * 100_000, JSON),
    "a long number": Sent(b'{"type": ' + b"9" * 900_000 + b"}", JSON),
    "many fields": Sent(b"&".join(b"a%d=1" % n for n in range(90_000))),
    "one field many times": Sent(b"&".join(b"token=1" for _ in range(100_000))),
    "many parts": Sent(b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" * 10_000 + b"--b--\r\n",
                       "multipart/form-data; boundary=b"),
    "no boundary": Sent(b"x" * 1000, "multipart/form-data"),
    "a long boundary": Sent(b"x", f"multipart/form-data; boundary={'b' * 5000}"),
    "no charset that there is": Sent(b"password=\xff\xfe", f"{FORM}; charset=none-such"),
    "UTF-7": Sent(b"password=+ADw-script+AD4-", f"{FORM}; charset=utf-7"),
    "UTF-16": Sent("payload={}".encode("utf-16"), f"{FORM}; charset=utf-16"),
    "half a character": Sent(b"password=%ED%A0%80&csrf=\xc3"),
    "no content type": Sent(b"password=one", ""),
    "plain text": Sent(b"password=one", "text/plain"),
    "XML": Sent(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "text/xml"),
    "gzip": Sent(b"\x1f\x8b" + b"\0" * 1000, FORM),
    "nothing": Sent(b""),
})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackWorld]:
    with slack_world(tmp_path_factory.mktemp("door")) as world:
        yield world


@pytest.fixture(scope="module")
def enemy(world: SlackWorld) -> Hostile:
    return Hostile(world)


@pytest.fixture(scope="module")
def web(world: SlackWorld) -> Flask:
    """The web application with all pages, as the program has it."""
    found = app.pages(world.door, slack_settings(world.slack, PUBLIC))
    return app.create_app(world.door, signing_secret=SECRET, pages=found)


@pytest.fixture(scope="module")
def client(web: Flask) -> Client:
    return web.test_client(use_cookies=False)


def addresses(web: Flask, value: str = "A" * 43) -> list[str]:
    """Every address there is, with that in the place of what varies in it."""
    found = []
    for rule in web.url_map.iter_rules():
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}>", value)
        found.append(path)
    return found


def is_ours(answer: TestResponse) -> list[str]:
    """What is amiss of an answer: a fault, something long, or something that a browser would keep or frame."""
    wrong = [f"status {answer.status_code}"] if answer.status_code >= 500 else []
    wrong += [f"{len(answer.data)} bytes"] if len(answer.data) > 5000 else []
    wrong += [f"without {name}" for name in HEADERS if name not in answer.headers]
    return wrong


def test_every_address_is_tried(web: Flask) -> None:
    """Those of Slack, of browsers, and of whoever looks whether all is well."""
    assert {"/slack/events", "/slack/sign-in/callback", "/healthz", "/readyz"} <= set(addresses(web))


@pytest.mark.parametrize("name", BODIES)
def test_no_body_is_a_fault_of_ours(enemy: Hostile, web: Flask, client: Client, name: str) -> None:
    """At every address, signed as Slack does it or not: refused or not looked at, and nothing is stored."""
    sent, before = BODIES[name], enemy.stored()
    headers = {"Content-Encoding": "gzip"} if name == "gzip" else {}
    for path in addresses(web):
        answers = {"": client.post(path, data=sent.body, content_type=sent.kind, headers=headers)}
        answers["GET"] = client.get(path, data=sent.body, content_type=sent.kind)
        if path == "/slack/events":
            enemy.client = client
            answers["signed"] = enemy.post(sent.body, sent.kind)

        assert {how: wrong for how, answer in answers.items() if (wrong := is_ours(answer))} == {}, path
        assert all(answers[how].status_code in (400, 401, 403, 405, 413, 415) for how in answers.keys() - {"GET"}), path
    assert enemy.stored() == before


def test_a_body_without_end_is_not_read(web: Flask) -> None:
    """Not more of it than what is taken at most, whatever its length claims to be."""
    for path in addresses(web):
        for length in ("", "-1", "5", str(LARGE * 100), "x"):
            stream = Endless()
            environ = EnvironBuilder(path, method="POST", content_type=FORM).get_environ()
            run_wsgi_app(web, {**environ, "wsgi.input": stream, "CONTENT_LENGTH": length})

            assert stream.given <= app.LARGEST + 1_000_000, (path, length)


class Endless(io.RawIOBase):
    """Gives as much as is read. `given` is how much that was."""

    def __init__(self) -> None:
        super().__init__()
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.given += len(buffer)
        assert self.given < 50_000_000
        return len(buffer)


@pytest.mark.parametrize("method", METHODS)
def test_no_method_is_a_fault_of_ours(enemy: Hostile, web: Flask, client: Client, method: str) -> None:
    """Whatever is asked in whatever way, it is answered, and nothing is stored."""
    before = enemy.stored()
    for path in addresses(web):
        answer = client.open(path, method=method)

        assert answer.status_code in (200, 303, 400, 401, 403, 404, 405, 415), (path, answer.status_code)
        assert "X-Forwarded" not in str(answer.headers)
    assert enemy.stored() == before


STRANGE = (
    "/slack/events/", "//slack/events", "/slack/../slack/events", "/slack/events%00", "/SLACK/EVENTS", "/static/app.py",
    "/..%2f..%2fetc/passwd", "/%2e%2e/app.py", "/.env", "/console", "/slack/sign-in/callback/", "/password/",
    "/?" + "a" * 7000,
    "/slack/sign-in/callback?" + "&".join(f"state={n}" for n in range(2000)),
    "/slack/sign-in/callback?state=" + "A" * 7000, "/slack/sign-in/callback?state=%ED%A0%80&code=%00",
    "/slack/sign-in/callback?code=<script>alert(1)</script>&error=<img src=x>",
    "/slack/sign-in/callback?state[]=1&state=2", "/\U0001f600", "/%ff%fe", "/" + "a/" * 2000,
)


@pytest.mark.parametrize("path", STRANGE, ids=lambda path: repr(path)[:40])
def test_no_address_is_a_fault_of_ours(enemy: Hostile, client: Client, path: str) -> None:
    """What is no address of ours is answered so, and repeats nothing of what was asked."""
    before = enemy.stored()
    for answer in (client.get(path), client.post(path, data="a=b")):
        assert is_ours(answer) == [], path
        assert answer.status_code >= 300
        assert "<script>" not in answer.text
        assert "<img" not in answer.text
    assert enemy.stored() == before


@pytest.mark.parametrize(("name", "value"), [
    ("Host", "evil.example"), ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "http"),
    ("Forwarded", "host=evil.example"), ("X-Original-URL", "/readyz"), ("X-HTTP-Method-Override", "DELETE"),
    ("Cookie", "a=" + "b" * 60_000), ("Cookie", "\x01=\xff; omm-person"), ("Range", "bytes=0-1"),
    ("Origin", "https://evil.example"), ("Accept-Encoding", "x" * 5000), ("User-Agent", "() { :;}; /bin/id"),
])
def test_no_header_leads_anybody_elsewhere(client: Client, web: Flask, name: str, value: str) -> None:
    """No address in an answer comes from what the request claims."""
    for path in addresses(web):
        answer = client.get(path, headers={name: value})

        assert answer.status_code < 500
        assert "evil.example" not in f"{answer.headers}{answer.text}", path
        assert "Access-Control-Allow-Origin" not in answer.headers


UNSAID = ("Traceback", "werkzeug", "Flask", "Python", SECRET, "site-packages")


def test_nobody_is_told_what_is_behind_the_door(client: Client, web: Flask) -> None:
    """Neither versions nor paths nor settings stand in any answer."""
    for path in [*addresses(web), *STRANGE]:
        answer = client.get(path)

        assert answer.headers.get("Server", "") == ""
        assert [word for word in UNSAID if word in answer.text] == []


def test_json_that_is_signed_and_no_form(enemy: Hostile, client: Client) -> None:
    """The signature does not excuse what a body holds: it is a request of Slack's, or refused."""
    enemy.client = client
    for body in ({"type": "event_callback"}, {"payload": "{}"}, {"type": "block_actions", "actions": [{}] * 5000}):
        assert enemy.post(json.dumps(body).encode(), JSON).status_code in (200, 400, 404)
