"""An emulator with an app behind it, on a clock that the test moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from emulators.slack import SlackEmulator
from tests.unit.emulators_slack.app import SECRET, TOKEN, App, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


@pytest.fixture
def slack(app: App, clock: Clock) -> Iterator[SlackEmulator]:
    with SlackEmulator(signing_secret=SECRET, bot_token=TOKEN, request_url=app.url, clock=clock) as slack:
        yield slack


class Call:
    """Calls methods of the Web API as an app does, with the JSON that came back."""

    def __init__(self, slack: SlackEmulator) -> None:
        self.slack, self.token = slack, TOKEN
        self.status, self.headers = 0, {}

    def __call__(self, method: str, **given: Any) -> dict[str, Any]:
        return json.loads(self.post(self.slack.url + method, given, {"Authorization": f"Bearer {self.token}"}))

    def post(self, url: str, given: Any, headers: dict[str, str] | None = None) -> str:
        request = Request(url, json.dumps(given).encode(), {"Content-Type": "application/json", **(headers or {})})
        try:
            with urlopen(request) as answer:
                self.status, self.headers = answer.status, dict(answer.headers)
                return answer.read().decode()
        except HTTPError as error:
            with error:
                self.status, self.headers = error.code, dict(error.headers)
                return error.read().decode()

    def fetch(self, url: str, token: str) -> tuple[int, bytes]:
        try:
            with urlopen(Request(url, headers={"Authorization": f"Bearer {token}"})) as answer:
                return answer.status, answer.read()
        except HTTPError as error:
            with error:
                return error.code, error.read()


@pytest.fixture
def call(slack: SlackEmulator) -> Call:
    return Call(slack)
