"""The private page in Chromium, as wide as a phone: from the form in Slack to the page, and back to the task."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from bot.ids import Action
from bot.stored.one_time import LASTS
from engine.migration.record import State
from tests.servers.browser.browsers import Pages, paged
from tests.servers.browser.chromium import NEEDS_CHROMIUM, PATIENCE, launched
from tests.servers.browser.private_pages import link, page_only
from tests.servers.slack.world import LOGIN, SOURCE_PASSWORD, SlackWorld, slack_world
from tests.servers.world import ADDRESS, PASSWORD

IMAGES = Path(__file__).parents[2] / "docs" / "images"
AGAIN = "Press the button in Slack once more to get a new link."
WIDTH = 390     # pixels

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SlackWorld]:
    with slack_world(tmp_path) as world:
        page_only(world)
        yield world


@pytest.fixture
def pages(world: SlackWorld) -> Iterator[Pages]:
    with paged(world) as pages:
        yield pages


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


def phone(chromium: Browser, *, runs_scripts: bool = True, scheme: str = "light") -> Page:
    """A page in a browser of its own."""
    context = chromium.new_context(
        viewport={"width": WIDTH, "height": 844}, java_script_enabled=runs_scripts,
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


def keep(page: Page, name: str) -> None:
    """Keeps a picture of what is seen, where that is asked for."""
    if os.environ.get("OMM_SCREENSHOTS"):
        IMAGES.mkdir(exist_ok=True)
        page.emulate_media(color_scheme="light")
        page.screenshot(path=IMAGES / f"{name}.png", full_page=True)


def sent_without_passwords(world: SlackWorld) -> str:
    """A form of the owner's that waits for its passwords; the address of the page for them."""
    world.open_form()
    blocks = [block["block_id"] for block in world.view()["blocks"]]
    server = next(one for one in blocks if one.startswith("destination_server"))
    world.submit(values={"source_server": "imap.example.net", "source_login": LOGIN, server: "ex.example.org",
                         "destination_login": ADDRESS})
    return link(world)


def opens(page: Page, url: str, user: str) -> None:
    """Follows the link, and signs in with Slack where the page asks for that."""
    page.goto(url)
    if page.get_by_role("button", name="Allow").count():
        page.locator("select").select_option(user)
        page.get_by_role("button", name="Allow").click()


def types_passwords(page: Page) -> None:
    page.get_by_label(f"Source: password of {LOGIN}").fill(SOURCE_PASSWORD)
    page.get_by_label(f"Destination: password of {ADDRESS}").fill(PASSWORD)
    page.get_by_role("button", name="Start the migration").click()


def refuses(page: Page, title: str, *ways_on: str) -> None:
    """The page says why it cannot be used and how to go on, as wide as the phone, and has nothing to type into."""
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    for words in ways_on:
        expect(page.get_by_text(words)).to_be_visible()
    expect(page.locator("input")).to_have_count(0)
    expect(page.locator("body")).not_to_contain_text(LOGIN)
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH


def test_passwords_are_typed_on_a_phone(world: SlackWorld, pages: Pages, chromium: Browser) -> None:
    """The form's button opens the page in a tab; without scripts it takes the passwords, once; the form goes on."""
    url = sent_without_passwords(world)
    slack = phone(chromium)
    slack.goto(f"{world.slack.page_url}client/owner/migrations")
    expect(slack.locator("#modal")).to_contain_text("This form waits for the source and destination passwords")
    with slack.context.expect_page() as opened:
        slack.locator(f"#modal [data-action='{Action.PAGE_OPEN}']").click()
    expect(opened.value.get_by_role("button", name="Allow")).to_be_visible()
    opened.value.close()

    page = phone(chromium, runs_scripts=False, scheme="dark")
    opens(page, url, "owner")
    source, destination = page.locator("#source"), page.locator("#destination")
    for field in (source, destination):
        box = field.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= WIDTH
        expect(field).to_have_attribute("type", "password")
    expect(page.get_by_label(f"Source: password of {LOGIN}")).to_be_visible()
    page.get_by_label(f"Source: password of {LOGIN}").fill(SOURCE_PASSWORD)
    page.get_by_label(f"Destination: password of {ADDRESS}").fill(PASSWORD)
    keep(page, "private-page")
    page.get_by_role("button", name="Start the migration").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert page.url.endswith("/done")
    world.work()

    expect(slack.locator("#modal")).to_contain_text("Migration started")
    assert [task.state for task in world.tasks()] == [State.COMPLETED]
    page.goto(page.url.removesuffix("/done"))
    expect(page.get_by_role("heading", name="This link was used")).to_be_visible()


def test_a_link_that_cannot_be_used_says_why_on_a_phone(
    world: SlackWorld, pages: Pages, chromium: Browser
) -> None:
    """Fetched by a scanner, it is used up by nobody; somebody else's, used, or too old, each says how to go on."""
    url = sent_without_passwords(world)
    for _ in range(3):
        scanned = requests.get(url, timeout=60)
        assert scanned.url.startswith(world.slack.page_url)
        assert not [told for told in (LOGIN, ADDRESS, "imap.example.net") if told in scanned.text]
    colleague, owner = phone(chromium), phone(chromium)

    opens(colleague, url, "colleague")
    refuses(colleague, "This link is not for you", "It is somebody else's", AGAIN)

    opens(owner, url, "owner")
    assert owner.evaluate("document.documentElement.scrollWidth") <= WIDTH
    types_passwords(owner)
    expect(owner.get_by_role("heading", name="Thank you")).to_be_visible()
    assert owner.evaluate("document.documentElement.scrollWidth") <= WIDTH
    opens(owner, url, "owner")
    refuses(owner, "This link was used", "It works once", AGAIN)
    opens(colleague, url, "colleague")
    refuses(colleague, "This link is not for you", "It is somebody else's", AGAIN)
    world.work()
    assert [task.state for task in world.tasks()] == [State.COMPLETED]

    late = sent_without_passwords(world)
    pages.later = LASTS - timedelta(minutes=1)
    owner = phone(chromium)     # so that the sign-in, which lasts no longer, is newer than the link
    opens(owner, late, "owner")
    expect(owner.locator("#source")).to_be_visible()
    pages.later = LASTS + timedelta(seconds=1)
    types_passwords(owner)
    refuses(owner, "This link has expired", "It works for ten minutes", AGAIN)
    opens(owner, late, "owner")
    refuses(owner, "This link has expired", "It works for ten minutes", AGAIN)
    world.work()
    assert len(world.tasks()) == 1

    world.submit()      # the form, sent once more, has another link
    pages.later = timedelta()       # Slack's clock, by which a sign-in counts, has not moved
    opens(owner, link(world), "owner")
    types_passwords(owner)
    expect(owner.get_by_role("heading", name="Thank you")).to_be_visible()
    world.work()
    assert [task.state for task in world.tasks()] == [State.COMPLETED] * 2
