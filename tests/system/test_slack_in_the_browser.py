"""A person with a browser: the form refuses a wrong password, and the card says Completed once it is right.

Everything is real but Slack and Exchange: the doors of the Procfile, their store, an IMAP server, and Chromium.
How the card is cancelled, retried and rolled back in the same way: tests/load.
With OMM_SCREENSHOTS set, what was seen is kept under docs/images; docs/using.md shows it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect, sync_playwright

from bot.ids import Action, Block
from demo.doors import Slack, slack_and_doors
from demo.mailbox import opened
from demo.servers import OLD_LOGIN, Servers, servers
from demo.truth import expected
from tests.servers.chromium import CHROMIUM, FLAGS, PATIENCE

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SCREEN: ViewportSize = {"width": 1280, "height": 900}
PICTURE = 940            # pixels wide: cards without a margin
TASK = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
MAILBOXES = 3           # that are new, at most one for each test of a file; and one on Exchange that is left
WRONG = "n0t my pässword"

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (make system-deps)"),
]


@pytest.fixture(scope="module")
def window() -> Iterator[Page]:
    """One for all tests, since each costs a second."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with chromium.new_page(viewport=SCREEN) as page:
            page.set_default_timeout(PATIENCE)
            expect.set_options(timeout=PATIENCE)
            yield page
        chromium.close()


class Screen:
    """What the owner has before them."""

    def __init__(self, page: Page, servers: Servers) -> None:
        self.page, self.servers, self.task = page, servers, ""

    def block(self, name: str) -> Locator:
        """A block of the dialog, by the beginning of its name."""
        return self.page.locator(f"#modal [data-block^='{name}']")

    def type(self, name: str, text: str) -> None:
        self.block(name).locator("input").fill(text)

    def typed(self, name: str) -> str:
        return self.block(name).locator("input").input_value()

    def send(self) -> None:
        self.page.locator("#modal footer .primary").click()

    def begins(self) -> None:
        """Reads the task ID that the dialog says, and closes it."""
        dialog = self.page.locator("#modal")
        expect(dialog).to_contain_text(TASK)
        found = TASK.search(dialog.inner_text())
        assert found is not None
        self.task = found[0]
        self.page.locator("#modal footer button").first.click()

    def card(self) -> Locator:
        """The card of their task; others stand above it in the channel."""
        return self.page.locator("#messages .message", has=self.page.locator("h3", has_text=self.task))

    def press(self, action: Action) -> None:
        self.card().locator(f"[data-action='{action}']").click()

    def dialog(self) -> Locator:
        """The dialog on top."""
        return self.page.locator("#modal")

    def visit(self, place: str) -> None:
        """Opens a channel, or `dm`, their conversation with the app."""
        self.page.goto(f"{self.page.url.rpartition('/')[0]}/{place}")

    def keep(self, name: str, part: Locator, *, height: int = 2000, until: Locator | None = None) -> None:
        """Keeps a part of what is seen as a picture without passwords, where that is asked for.

        `height` of the window, in pixels: the longest dialog is seen whole. `until` is the last of several blocks.
        """
        if os.environ.get("OMM_SCREENSHOTS"):
            IMAGES.mkdir(exist_ok=True)
            self.page.set_viewport_size({"width": PICTURE, "height": height})
            self._draw(IMAGES / f"{name}.png", part, until or part)
            self.page.set_viewport_size(SCREEN)

    def _draw(self, path: Path, first: Locator, last: Locator) -> None:
        first.scroll_into_view_if_needed()
        above, below = first.bounding_box(), last.bounding_box()
        assert above is not None
        assert below is not None
        passwords = [self.page.locator("#modal [data-block*='_password'] input")]
        self.page.screenshot(path=path, mask_color="#e8e8e8", mask=passwords, clip={
            "x": above["x"], "y": above["y"], "width": above["width"],
            "height": below["y"] + below["height"] - above["y"],
        })


@pytest.fixture(scope="module")
def opened_doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Slack, Iterator[Servers]]]:
    """Slack with every door of the product, and both servers with another new mailbox each time they are asked for."""
    directory = tmp_path_factory.mktemp("browser")
    logins = [f"claire{number}@exchange.example" for number in range(MAILBOXES)]
    with servers(directory, others=[*logins, OLD_LOGIN]) as both, slack_and_doors(directory, both.ca_file) as slack:
        yield slack, (replace(both, destination=replace(both.destination, login=login)) for login in logins)


@pytest.fixture
def claire(window: Page, opened_doors: tuple[Slack, Iterator[Servers]]) -> Screen:
    slack, new = opened_doors
    window.goto(f"{slack.page}client/owner/migrations")
    return Screen(window, next(new))


def fill_in(claire: Screen, destination_password: str) -> None:
    """Types /omm migrate, and everything into the form."""
    source = claire.servers.source
    asks(claire)
    claire.type(Block.SOURCE_SERVER, f"{source.host}:{source.port}")
    claire.type(Block.SOURCE_LOGIN, source.login)
    claire.type(Block.SOURCE_PASSWORD, source.password)
    fill_in_destination(claire, destination_password)


def asks(claire: Screen) -> None:
    """Types /omm migrate."""
    claire.page.locator("#say input").fill("/omm migrate")
    claire.page.locator("#say input").press("Enter")


def fill_in_destination(claire: Screen, destination_password: str) -> None:
    """Types into the lower half of the form."""
    destination = claire.servers.destination
    claire.block(Block.OFFER).locator("select").select_option(label="Another Exchange server")
    expect(claire.block(Block.DESTINATION_SERVER).locator("input")).to_have_value("")
    claire.type(Block.DESTINATION_SERVER, destination.service)
    claire.type(Block.DESTINATION_LOGIN, destination.login)
    claire.type(Block.DESTINATION_PASSWORD, destination_password)


def later(claire: Screen) -> None:
    """Whoever comes back finds in both places how the migration ended, with the way to its card; then the channel."""
    channel = claire.page.url
    claire.visit("dm")
    messages = claire.page.locator("#messages .message", has_text=f"{claire.task} is completed")
    expect(messages.get_by_text("Open the card")).to_have_count(1)
    claire.keep("messages", claire.page.locator("#messages"), height=560)
    claire.page.get_by_role("button", name="Home").click()
    expect(claire.page.locator("#home .block", has_text=claire.task).get_by_text("Open the card")).to_have_count(1)
    claire.keep("home", claire.page.locator("#home"))
    claire.page.goto(channel)


def subjects(claire: Screen) -> list[str]:
    """The new mailbox, as another program reads it."""
    with opened(claire.servers.destination) as mailbox:
        return [message.subject for message in mailbox.messages()]


def test_a_wrong_password_is_said_above_its_field_and_the_rest_is_kept(claire: Screen) -> None:
    """The form says which side refused, keeps what was typed, and starts once the password is right."""
    fill_in(claire, WRONG)
    claire.keep("form", claire.dialog())
    claire.send()
    alert = claire.page.locator("#modal .alert.error")
    expect(alert).to_contain_text("The destination server refused the login")
    kept = {name: claire.typed(name) for name in (Block.SOURCE_SERVER, Block.SOURCE_LOGIN, Block.DESTINATION_LOGIN)}
    passwords = [claire.typed(name) for name in (Block.SOURCE_PASSWORD, Block.DESTINATION_PASSWORD)]
    below = alert.locator("xpath=following-sibling::*[1]").get_attribute("data-block") or ""
    claire.keep("wrong-password", claire.dialog())

    claire.type(Block.DESTINATION_PASSWORD, claire.servers.destination.password)
    claire.send()
    claire.begins()
    expect(claire.card()).to_contain_text("Completed")
    later(claire)

    assert below.startswith("destination_")
    assert kept == {
        Block.SOURCE_SERVER: f"{claire.servers.source.host}:{claire.servers.source.port}",
        Block.SOURCE_LOGIN: claire.servers.source.login,
        Block.DESTINATION_LOGIN: claire.servers.destination.login,
    }
    assert passwords == ["", ""]
    assert WRONG not in claire.page.content()
    assert len(subjects(claire)) == len(expected())
