"""Consent in Chromium, as wide as a phone: from our page to Google's, and back to what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.servers.certificates import certificate
from tests.servers.chromium import NEEDS_CHROMIUM, PATIENCE, launched
from tests.servers.consent_at_google import At, at_google
from tests.servers.consent_pages import ANN
from tests.servers.slack_world import slack_world

WIDTH = 390     # pixels

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def at(tmp_path: Path) -> Iterator[At]:
    with slack_world(tmp_path) as world, at_google(world, certificate(tmp_path / "tls"), tmp_path) as at:
        yield at


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


def phone(chromium: Browser) -> Page:
    """A page in a browser of its own, without scripts. The emulator's certificate is nobody's."""
    context = chromium.new_context(
        viewport={"width": WIDTH, "height": 844}, java_script_enabled=False, ignore_https_errors=True,
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


def signs_in(page: Page, url: str, user: str) -> None:
    page.goto(url)
    page.locator("select").select_option(user)
    page.get_by_role("button", name="Allow").click()


def consents(page: Page) -> None:
    """Goes on to Google, and allows everything there as Ann."""
    page.get_by_role("button", name="Continue to Google").click()
    page.get_by_role("button", name=ANN).click()
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Continue").click()


def test_access_is_authorised_on_a_phone(at: At, chromium: Browser) -> None:
    """Our policy lets the form lead to Google; the page behind it goes on by itself, and no address keeps the code."""
    at.form.open()
    page = phone(chromium)
    signs_in(page, at.form.link(), "owner")
    expect(page.get_by_text("Has somebody else sent you here")).to_be_visible()
    assert page.locator("body").bounding_box()["width"] <= WIDTH      # type: ignore[index]  # it is there

    consents(page)
    expect(page.get_by_role("heading", name="One moment, please")).to_be_visible()
    assert "code" not in page.url
    at.form.world.work("consent")
    expect(page.get_by_text(f"OMM may now read the Google account {ANN}")).to_be_visible()
    assert f"Authorised as {ANN}" in at.form.read()


def test_a_link_that_was_sent_to_a_colleague(at: At, chromium: Browser) -> None:
    """Our link tells them to stop; Google's own, on which they consent in full, leads to a page that says so, too."""
    at.form.open()
    owner, colleague = phone(chromium), phone(chromium)
    link = at.form.link()
    signs_in(colleague, link, "colleague")
    expect(colleague.get_by_role("heading", name="This link is not for you")).to_be_visible()

    signs_in(owner, link, "owner")
    owner.get_by_role("button", name="Continue to Google").click()
    expect(owner.get_by_role("button", name=ANN)).to_be_visible()
    colleague.goto(owner.url)
    colleague.get_by_role("button", name=ANN).click()
    for box in colleague.get_by_role("checkbox").all():
        box.check()
    colleague.get_by_role("button", name="Continue").click()
    expect(colleague.get_by_role("heading", name="This did not begin in this browser")).to_be_visible()
    assert "code" not in colleague.url
    assert at.form.kept() == ""
