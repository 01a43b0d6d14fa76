from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulators.google import GoogleEmulator
from tests.contract.google_emulator.app import BACK, BOB, CLAIRE, App, Clock
from tests.contract.google_emulator.diary import Diary, diary


@pytest.fixture(autouse=True)
def without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """oauthlib takes an address without TLS only when this is set (oauthlib.oauth2.rfc6749.utils)."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture
def app() -> Iterator[App]:
    """A web client, and two people of a Workspace domain."""
    clock = Clock()
    with GoogleEmulator(clock=clock) as google:
        google.add_person(CLAIRE, "Claire Martin", aliases=["c.martin@example.org"])
        google.add_person(BOB, "Bob")
        google.add_client("web", redirect_uris=[BACK], javascript_origins=["http://127.0.0.1:9"])
        yield App(google, clock)


@pytest.fixture
def claire() -> Iterator[Diary]:
    """Claire's calendars, at 2027-01-15 by the clock."""
    clock = Clock()
    with GoogleEmulator(clock=clock) as google:
        yield diary(google, clock)
