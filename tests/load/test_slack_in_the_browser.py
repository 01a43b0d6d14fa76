"""A person with a browser: the form refuses a wrong password; the card is watched, cancelled, retried and rolled back.

Everything is real but Slack and Exchange: the doors of the Procfile, their store, an IMAP server, and Chromium.
What each press does is asked without a browser by tests/contract/slack; here the doors are processes of their own.
With OMM_SCREENSHOTS set, what was seen is kept under docs/images; docs/using.md shows it.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from bot.ids import Action, Block
from bot.views import choices
from demo import old_calendar, old_desk, old_mailbox, old_settings, stored
from demo.doors import Slack, slack_and_doors
from demo.mailbox import opened
from demo.servers import OLD_LOGIN, Servers, servers
from demo.truth import expected
from emulators.exchange import Fault
from emulators.exchange.control import Control
from engine.contents import movable
from engine.systems import System
from tests.servers.browser.chromium import NEEDS_CHROMIUM, PATIENCE, launched

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SCREEN: ViewportSize = {"width": 1280, "height": 900}
PICTURE = 940            # pixels wide: cards without a margin
TASK = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
MAILBOXES = 5           # that are new, one for each test; and one on Exchange that is left
REFUSED = "clinique-confluence.example"     # stands in a few of the messages
WRONG = "n0t my pässword"

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def window() -> Iterator[Page]:
    """One for all tests, since each costs a second."""
    with launched() as chromium, chromium.new_page(viewport=SCREEN) as page:
        page.set_default_timeout(PATIENCE)
        yield page


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


def test_what_failed_is_copied_by_a_retry_and_all_of_it_is_rolled_back(claire: Screen) -> None:
    """The report names it, a retry asks for the password and copies it, and a rollback leaves the mailbox as it was."""
    exchange = Control(claire.servers.destination.control)
    exchange.add_fault(Fault(
        operation="CreateItem", action="items", containing=REFUSED, code="ErrorMimeContentInvalid", name="refused"
    ))
    fill_in(claire, claire.servers.destination.password)
    claire.send()
    claire.begins()
    expect(claire.card()).to_contain_text("Completed, with failures")
    claire.keep("failures", claire.card())
    claire.press(Action.REPORT)
    expect(claire.dialog()).to_contain_text("could not read its format")
    named = claire.dialog().inner_text()
    claire.keep("report", claire.dialog())
    claire.dialog().locator("footer button").first.click()

    exchange.clear_faults()
    claire.press(Action.RETRY)
    expect(claire.dialog()).to_contain_text("Only what is missing is copied")
    claire.keep("retry", claire.dialog())
    claire.type(Block.SOURCE_PASSWORD, claire.servers.source.password)
    claire.send()
    expect(claire.card()).to_contain_text(f"{len(expected())} of {len(expected())} messages copied")
    copied = subjects(claire)
    expect(claire.card().locator(f"[data-action='{Action.ROLLBACK}']")).to_have_count(1)      # it has ended
    claire.press(Action.ROLLBACK)
    expect(claire.dialog()).to_contain_text(f"{len(expected())}")
    claire.keep("rollback", claire.dialog())
    claire.send()
    expect(claire.card()).to_contain_text("Rolled back")
    claire.card().locator(".replies").click()
    expect(claire.page.locator("#thread")).to_contain_text("was rolled back")
    expect(claire.page.locator("#thread")).to_contain_text("200 of 200 messages removed")

    assert "Lexique médical : convention" in named
    assert len(copied) == len(expected())
    assert subjects(claire) == []
    assert re.search(r"Rollback asked for by\s+@claire", claire.card().inner_text())
    expect(claire.card().locator(f"[data-action='{Action.ROLLBACK}']")).to_have_count(0)


def test_a_running_migration_is_cancelled_by_its_dialog(claire: Screen) -> None:
    """The dialog says what is still finished; what was under way arrives, and the card says who cancelled."""
    exchange = Control(claire.servers.destination.control)
    exchange.add_fault(Fault(operation="CreateItem", nth=6, action="hold", name="slow"))
    fill_in(claire, claire.servers.destination.password)
    claire.send()
    claire.begins()
    assert exchange.wait_held("slow", 90)
    expect(claire.card()).to_contain_text(re.compile(r"\d+ of 200 messages"))
    claire.keep("running", claire.card())

    claire.press(Action.CANCEL)
    dialog = claire.page.locator("#modal")
    expect(dialog).to_contain_text("Finish this step first")
    words = dialog.inner_text()
    claire.keep("cancel", claire.dialog())
    claire.send()
    expect(claire.card()).to_contain_text("Cancelling")
    exchange.release("slow")
    expect(claire.card().locator(f"[data-action='{Action.ROLLBACK}']")).to_have_count(1)      # it has ended
    expect(claire.card()).to_contain_text("Cancelled")

    assert "Pause" in words
    assert len(subjects(claire)) == len(expected())
    assert re.search(r"Cancelled by\s+@claire", claire.card().inner_text())


def switch_on(claire: Screen) -> None:
    """Presses the card's button for the out-of-office that was left off, and says yes."""
    assert not old_settings.is_on(claire.servers.destination)
    claire.press(Action.SWITCH_ON)
    asked = claire.page.locator("#confirm")
    expect(asked).to_contain_text("people may get two replies")
    asked.get_by_role("button", name="Switch it on").click()
    expect(claire.card()).to_contain_text("Out-of-office switched on by")
    assert old_settings.is_on(claire.servers.destination)


def test_a_mailbox_on_exchange_moves_and_is_rolled_back(claire: Screen) -> None:
    """A wrong password is said above its field, the form asks before it starts; the card counts, and all goes back."""
    old = replace(claire.servers.destination, login=OLD_LOGIN)
    for part in (old_mailbox, old_calendar, old_desk, old_settings):
        part.fill(old)
    old_settings.fill_own(claire.servers.destination)
    own = old_settings.shown(claire.servers.destination)
    events = len(Counter(stored.appointments(old.database, OLD_LOGIN)))     # an invitation in the mail is one of them
    before = Control(old.control).dump(OLD_LOGIN)
    messages = len(old_mailbox.MARKED) + len(old_mailbox.letters())
    asks(claire)
    claire.block(Block.SOURCE_KIND).locator("select").select_option(label="Exchange (all folders)")
    expect(claire.dialog()).to_contain_text("Exchange 2010 SP1 or later")
    ticked = movable(System.EXCHANGE, System.EXCHANGE)
    expect(claire.block(Block.CONTENTS).locator("input:checked")).to_have_count(len(ticked))
    claire.type(Block.SOURCE_SERVER, old.service)
    claire.type(Block.SOURCE_LOGIN, old.login)
    claire.type(Block.SOURCE_PASSWORD, WRONG)
    fill_in_destination(claire, claire.servers.destination.password)
    claire.send()
    alert = claire.page.locator("#modal .alert.error")
    expect(alert).to_contain_text("The source server refused the login")
    kept = [claire.typed(name) for name in (Block.SOURCE_SERVER, Block.SOURCE_LOGIN, Block.DESTINATION_LOGIN)]
    chosen = claire.block(Block.SOURCE_KIND).locator("select").input_value()
    below = alert.locator("xpath=following-sibling::*[1]").get_attribute("data-block") or ""

    claire.type(Block.SOURCE_PASSWORD, old.password)
    claire.send()
    expect(claire.block(choices.TOP)).to_contain_text("Nothing has started yet.")
    claire.keep("choices", claire.block(choices.TOP), until=claire.block(Block.LEAVE_OFF))
    ticked_before = [claire.block(box).locator("input").is_checked() for box in (Block.FORWARDING, Block.LEAVE_OFF)]
    claire.dialog().locator(f"[data-action='{Action.CHECK_FIRST}']").click()
    expect(claire.dialog()).to_contain_text("Nothing was written or changed.")
    found = claire.dialog().locator("[data-block='seen']")
    claire.keep("check-first", claire.block("look"), until=found, height=3000)
    looked = claire.dialog().inner_text()
    claire.block(Block.LEAVE_OFF).locator("input").check()
    claire.send()
    claire.begins()
    expect(claire.card()).to_contain_text(f"{messages} of {messages} messages copied")
    expect(claire.card()).to_contain_text(f"{events} of {events} events copied")
    expect(claire.card()).to_contain_text("1 of 1 note copied")
    expect(claire.card().locator(f"[data-action='{Action.ROLLBACK}']")).to_have_count(1)      # it has ended
    expect(claire.card()).to_contain_text("2 of 3 rules copied, 1 was left out")
    claire.keep("contents", claire.card())
    copied, arrived = subjects(claire), old_settings.shown(claire.servers.destination)
    switch_on(claire)
    claire.press(Action.ROLLBACK)
    expect(claire.dialog()).to_contain_text(f"{messages + events + old_desk.ITEMS + old_settings.ENTRIES} items")
    expect(claire.dialog()).to_contain_text("Out-of-office: as it was before")
    claire.keep("rollback-contents", claire.dialog())
    claire.send()
    expect(claire.card()).to_contain_text("Rolled back")

    assert f"Mail: {messages} messages" in looked
    assert f"Calendars: {events} events" in looked
    assert "Contact groups: 1 contact group" in looked
    assert "Inbox rules: 3 rules, 1 of which sends mail on to others." in looked
    assert ticked_before == [False, False]
    assert len(arrived) == len(own) + old_settings.ENTRIES + 1      # two replies are one setting
    assert old_settings.shown(claire.servers.destination) == own
    assert not old_settings.is_on(claire.servers.destination)
    assert below.startswith("source_")
    assert kept == [old.service, old.login, claire.servers.destination.login]
    assert chosen == "exchange"
    assert WRONG not in claire.page.content()
    assert len(copied) == messages
    assert subjects(claire) == []
    assert Control(old.control).dump(OLD_LOGIN) == before
