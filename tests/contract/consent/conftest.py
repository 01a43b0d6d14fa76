"""A workspace whose people can be asked for consent, by a Google that is asked in the same process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.browser.browsers import Pages, paged
from tests.servers.consent.asked import AskedConsent
from tests.servers.consent.pages import Form, with_google
from tests.servers.slack.world import SlackWorld, slack_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SlackWorld]:
    with slack_world(tmp_path) as world:
        yield world


@pytest.fixture
def google() -> AskedConsent:
    return AskedConsent()


@pytest.fixture
def pages(world: SlackWorld, google: AskedConsent) -> Iterator[Pages]:
    with_google(world, google)
    with paged(world) as pages:
        yield pages


@pytest.fixture
def form(world: SlackWorld, pages: Pages, google: AskedConsent) -> Form:
    return Form(world, pages, google)
