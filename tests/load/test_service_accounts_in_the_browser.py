"""A service account in Chromium: chosen in the form, ticked, approved by another admin; the owner reads of it.

With OMM_SCREENSHOTS set, what was seen is kept under docs/images; docs/admin.md shows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bot.ids import Action, Block
from engine.migration.record import State
from tests.contract.slack.test_service_accounts import KEY, SERVICE, furnish, hear
from tests.load.test_approvals_in_the_browser import Screen
from tests.servers.browser.chromium import NEEDS_CHROMIUM, launched
from tests.servers.shifted import Shifted
from tests.servers.slack.person import until
from tests.servers.slack.world import LOGIN, SOURCE_PASSWORD, SlackWorld, slack_world
from tests.servers.world import ADDRESS

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SlackWorld]:
    """Two admins are named for service accounts."""
    with slack_world(tmp_path, clock=Shifted()) as world:
        furnish(world)
        yield world


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


class Form(Screen):
    """The form, in the conversation of whoever fills it in."""

    def type(self, block: Block, text: str) -> None:
        self.window.locator(f"[data-block^='{block}'] input").fill(text)

    def send(self) -> None:
        self.page.locator("#modal footer .primary").click()


def test_two_admins_and_an_owner_in_chromium(world: SlackWorld, chromium: Browser) -> None:
    """Each reads which account opens which mailbox before anything signs in; then the mail is there."""
    aisha, bruno, claire = (Form(chromium, world, who, "dm") for who in ("admin", "colleague", "owner"))
    world.slash("migrate", "admin", "dm")
    expect(aisha.window).to_contain_text("Sign in to the destination as")
    aisha.window.locator(f"[data-block='{Block.DESTINATION_ACCESS}'] select").select_option("impersonation")
    for block, text in (
        (Block.SOURCE_SERVER, "imap.example.net"), (Block.SOURCE_LOGIN, LOGIN),
        (Block.SOURCE_PASSWORD, SOURCE_PASSWORD), (Block.DESTINATION_SERVER, "ex.example.org"),
        (Block.DESTINATION_LOGIN, SERVICE), (Block.DESTINATION_PASSWORD, KEY), (Block.DESTINATION_MAILBOX, ADDRESS),
    ):
        aisha.type(block, text)
    aisha.send()
    expect(aisha.window).to_contain_text("This is somebody else's mailbox")
    aisha.window.locator(f"[data-block^='{Block.SOMEBODY_ELSES}'] input").check()
    aisha.send()
    expect(aisha.window).to_contain_text("Another admin has to approve this before OMM signs in anywhere")
    expect(aisha.page.locator("#modal footer .primary")).to_have_text("Waiting for approval")
    world.listeners.settle()
    world.work()
    hear(world)
    assert world.sides.signed_in == []

    asked = bruno.message("Your approval is needed")
    expect(asked).to_contain_text(f"the service account {SERVICE} opens {ADDRESS} on ex.example.org, by impersonation")
    bruno.keep("service-account-approval", asked)
    bruno.press(Action.APPROVE, asked, sure=True)
    until(lambda: not world.services.approvals.all()[0].is_waiting)
    world.listeners.settle()
    world.work("check")
    hear(world)
    expect(claire.message("opens your mailbox")).to_contain_text("If you did not expect this")
    claire.keep("service-account-owner", claire.message("opens your mailbox"))
    world.work()
    hear(world)
    expect(claire.message("It is about your mailbox")).to_contain_text("is completed")
    assert [task.state for task in world.tasks()] == [State.COMPLETED]
