"""A workspace in which Slack does not say who is before a page, so that a number is typed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.browser.browsers import Pages, paged
from tests.servers.consent.asked import AskedConsent
from tests.servers.consent.by_number import UNSET
from tests.servers.consent.pages import with_google
from tests.servers.slack.world import SlackWorld


@pytest.fixture
def pages(world: SlackWorld, google: AskedConsent) -> Iterator[Pages]:
    with_google(world, google)
    with paged(world, **UNSET) as pages:
        yield pages
