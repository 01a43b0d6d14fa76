"""Sign in with Slack: who is before a page of ours, as Slack says; everything else is nobody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.browsers import WHO, Pages, paged
from tests.servers.slack_world import SlackWorld
from tests.servers.workspace import COLLEAGUE, OWNER, TEAM


@pytest.fixture
def pages(world: SlackWorld) -> Iterator[Pages]:
    with paged(world) as pages:
        yield pages


def test_a_page_learns_who_is_before_it(pages: Pages) -> None:
    """Slack says who it is; the browser ends up where it was, and later pages know it still."""
    browser = pages.browser("owner")

    answer = browser.open(f"{WHO}?a=1&b=%2F")

    assert answer.status_code == 200
    assert f"{OWNER} of {TEAM}" in answer.text
    assert answer.url == f"{pages.url}{WHO}?a=1&b=%2F"
    assert f"{OWNER} of {TEAM}" in browser.get(WHO).text
    assert f"{COLLEAGUE} of {TEAM}" in pages.signed_in("colleague").get(WHO).text
