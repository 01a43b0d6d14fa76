"""Sign in with Slack in Chromium: its rules for cookies, forms and policies let people come back, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.servers.browser.browsers import WHO, Pages, paged
from tests.servers.browser.chromium import NEEDS_CHROMIUM, PATIENCE, launched
from tests.servers.slack.workspace import COLLEAGUE, OWNER
from tests.servers.slack.world import slack_world

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    with slack_world(tmp_path_factory.mktemp("world")) as world, paged(world) as pages:
        yield pages


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


def phone(chromium: Browser) -> Page:
    """A page in a browser of its own, as wide as a phone."""
    page = chromium.new_context(viewport={"width": 360, "height": 740}).new_page()
    page.set_default_timeout(PATIENCE)
    return page


def answer(page: Page, button: str, user: str = "") -> None:
    """On Slack's page."""
    if user:
        page.locator("select").select_option(user)
    page.get_by_role("button", name=button).click()


def test_people_sign_in_in_chromium(pages: Pages, chromium: Browser) -> None:
    """Cancelled and tried again, in two tabs, and refused in the browser of somebody else; each page fits a phone."""
    owner, colleague, blocked = phone(chromium), phone(chromium), []
    owner.on("console", lambda message: blocked.append(message.text) if "Policy" in message.text else None)

    owner.goto(f"{pages.url}{WHO}?tab=1")
    answer(owner, "Cancel", "owner")
    expect(owner.get_by_role("heading", name="You are not signed in")).to_be_visible()
    assert owner.evaluate("document.documentElement.scrollWidth") <= 360
    owner.get_by_role("link", name="Try again").click()
    expect(owner.get_by_text("You are signed in to Slack as Claire Martin.")).to_be_visible()
    second = owner.context.new_page()
    second.goto(f"{pages.url}{WHO}?tab=2")
    answer(second, "Allow")
    answer(owner, "Allow")

    for page, tab in ((owner, "1"), (second, "2")):
        expect(page).to_have_url(f"{pages.url}{WHO}?tab={tab}")
        expect(page.get_by_text(OWNER)).to_be_visible()
    colleague.goto(f"{pages.url}{WHO}")
    stolen = pages.browser("owner").back_from_slack()
    colleague.goto(stolen)
    expect(colleague.get_by_role("heading", name="This sign-in did not begin in this browser")).to_be_visible()
    colleague.goto(f"{pages.url}{WHO}")
    answer(colleague, "Allow", "colleague")
    expect(colleague.get_by_text(COLLEAGUE)).to_be_visible()
    assert blocked == []
