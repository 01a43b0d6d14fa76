"""Somebody with Gmail in Chromium: Slack on a screen, and on a phone the pages that lead to Google and back."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Error, Locator, Page, expect

from bot.ids import Action, Block
from engine.systems import System
from tests.servers.browser.browsers import Pages
from tests.servers.browser.chromium import PATIENCE, handed_over
from tests.servers.consent.pages import ANN
from tests.servers.gmail.in_slack import GmailInSlack
from tests.servers.slack.world import OWNER
from tests.servers.world import ADDRESS, PASSWORD

IMAGES = Path(__file__).parents[3] / "docs" / "images"
WIDTH = 390     # pixels, of a phone
PAGES = re.compile("Choose an account|wants access|Access blocked")     # of Google's
DESTINATION = {
    Block.DESTINATION_SERVER: "ex.example.org", Block.DESTINATION_LOGIN: ADDRESS, Block.DESTINATION_PASSWORD: PASSWORD,
}


def keep(name: str, first: Locator, *, until: Locator | None = None) -> None:
    """Keeps a part of what is seen as a picture without passwords, where that is asked for.

    `until` is the last of several parts, one below the other.
    """
    if not os.environ.get("OMM_SCREENSHOTS"):
        return
    first.scroll_into_view_if_needed()
    above, below = first.bounding_box(), (until or first).bounding_box()
    assert above is not None
    assert below is not None
    passwords = [first.page.locator("#modal [data-block*='_password'] input")]
    first.page.screenshot(path=IMAGES / f"{name}.png", mask_color="#e8e8e8", mask=passwords, full_page=True, clip={
        "x": above["x"], "y": above["y"], "width": above["width"],
        "height": below["y"] + below["height"] - above["y"],
    })


@dataclass
class Slack:
    """The screen on which somebody has Slack."""

    page: Page
    gmail: GmailInSlack
    user: str

    def visit(self, place: str = "migrations") -> None:
        """Goes there, and closes the window on top."""
        self.page.goto(f"{self.gmail.world.slack.page_url}client/{self.user}/{place}")
        if self.window.count():
            with handed_over(self.page):
                self.window.locator("button.cross").click()
            expect(self.window).to_have_count(0)

    @property
    def window(self) -> Locator:
        return self.page.locator("#modal")

    def block(self, name: str) -> Locator:
        """A block of the window, by the beginning of its name."""
        return self.page.locator(f"#modal [data-block^='{name}']")

    def message(self, text: str) -> Locator:
        """The newest message with that text."""
        return self.page.locator("#messages .message", has_text=text).last

    def opens_form(self, login: str = "", *, everything: bool = False) -> None:
        """Types /omm migrate, chooses Gmail, and types all but what Google is asked for.

        `everything`: all contents are left ticked; else mail alone is.
        """
        self.visit()
        self.page.locator("#say input").fill("/omm migrate")
        with handed_over(self.page):
            self.page.locator("#say input").press("Enter")
        with handed_over(self.page):
            self.block(Block.SOURCE_KIND).locator("select").select_option(System.GOOGLE.value)
        expect(self.window).to_contain_text("not authorised yet")
        others = self.block(Block.CONTENTS).locator("input:checked:not([value='mail'])")
        for box in [] if everything else others.all()[::-1]:
            box.uncheck()
        for name, text in DESTINATION.items():
            self.block(name).locator("input").fill(text)
        if login:
            self.block(Block.SOURCE_LOGIN).locator("input").fill(login)

    def link(self) -> str:
        """Presses "Authorise access", or "Get a new link"; the address behind the button that stands there then."""
        old = self.address
        with handed_over(self.page):
            self.window.locator(f"[data-action='{Action.AUTHORISE_FORM}']").click()
        opens = self.window.locator(f"[data-action='{Action.AUTHORISE_OPEN}']")
        if old:
            expect(opens).not_to_have_attribute("data-url", old)
        expect(opens).to_have_count(1)
        return self.address

    @property
    def address(self) -> str:
        """The address behind the button that opens the page; '' where there is none."""
        opens = self.window.locator(f"[data-action='{Action.AUTHORISE_OPEN}']")
        return (opens.get_attribute("data-url") or "") if opens.count() else ""

    def submits(self) -> None:
        """Presses "Start migration"; nobody has looked at it when this returns."""
        with handed_over(self.page):
            self.window.locator("footer .primary").click()
        self.gmail.world.listeners.settle()

    def starts(self) -> None:
        """Presses "Start migration"; the migration is through when this returns."""
        self.submits()
        self.gmail.world.work()
        expect(self.window).to_contain_text("Migration started")


@dataclass
class Phone:
    """A browser of its own, as wide as a phone and without scripts, whose every address is written down.

    `seen` are all that it has asked for, and `shown` those whose page it had.
    """

    page: Page
    seen: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.seen.append(request.url))
        self.page.on("framenavigated", lambda frame: self.shown.append(frame.url))

    def says(self, title: str, *words: str) -> None:
        """The page of that title is there with those words, and nothing of it runs over the edge."""
        expect(self.page.get_by_role("heading", name=title)).to_be_visible()
        for one in words:
            expect(self.page.locator("body")).to_contain_text(one)
        assert self.page.evaluate("document.documentElement.scrollWidth") <= WIDTH

    def reloads(self) -> None:
        """Presses the browser's own button, as seconds pass before a page goes on by itself. It may do so just then."""
        with suppress(Error):
            self.page.reload()

    def presses(self, button: str) -> None:
        self.page.get_by_role("button", name=button).click()

    def opens(self, link: str, user: str = "owner") -> None:
        """Follows a link of ours, and signs in with Slack where the page asks for that."""
        self.page.goto(link)
        if self.page.get_by_role("button", name="Allow").count():
            if self.page.locator("select").count():
                self.page.locator("select").select_option(user)
            self.presses("Allow")

    def is_signed_in(self, pages: Pages, user: str = OWNER) -> None:
        """Has it signed in to our pages as the Slack user of that ID, at the time at which the pages are."""
        services = pages.services()
        session = services.web_sessions.open(services.team, user)
        self.page.context.add_cookies([{"name": "omm-person", "value": session, "url": pages.url}])

    def to_google(self, button: str = "Continue to Google") -> str:
        """Presses the button of our page; the address of Google's, once it is shown."""
        self.presses(button)
        expect(self.page.locator("h1")).to_have_text(PAGES)
        return self.page.url

    def answers(self, account: str = ANN, *, ticks: bool = True, button: str = "Continue") -> None:
        """Chooses the account on Google's page, ticks all that can be ticked or nothing, and presses the button."""
        another = self.page.get_by_role("button", name="Use another account")
        choose = self.page.locator("button.account")
        if another.count() and not self.page.locator(".me", has_text=account).count():
            another.click()
            expect(choose.first).to_be_visible()
        if choose.count():
            choose.filter(has_text=account).click()
        expect(another).to_be_visible()
        for box in self.page.get_by_role("checkbox").all():
            box.set_checked(ticks)
        self.presses(button)

    def history(self) -> list[str]:
        """Every address to which the browser's own button leads back, and those that it has shown meanwhile."""
        devtools = self.page.context.new_cdp_session(self.page)
        entries = devtools.send("Page.getNavigationHistory")["entries"]
        return [*self.shown, *(entry[name] for entry in entries for name in ("url", "userTypedURL"))]


@contextmanager
def screen(chromium: Browser, gmail: GmailInSlack, user: str = "owner") -> Iterator[Slack]:
    """Somebody's screen with Slack."""
    with chromium.new_context(viewport={"width": 940, "height": 1700}) as context:
        context.set_default_timeout(PATIENCE)
        yield Slack(context.new_page(), gmail, user)


@contextmanager
def phone(chromium: Browser) -> Iterator[Phone]:
    """A phone. The certificate of Google's emulator is nobody's."""
    with chromium.new_context(
        viewport={"width": WIDTH, "height": 844}, java_script_enabled=False, ignore_https_errors=True,
    ) as context:
        context.set_default_timeout(PATIENCE)
        yield Phone(context.new_page())
