"""A rollback that a second person decides, in Chromium: denied, refused to who is no admin any more, expired, approved.

With OMM_SCREENSHOTS set, what was seen is kept under docs/images; docs/admin.md shows it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bot.ids import Action
from bot.work import approvals
from engine.migration.record import State
from tests.servers.browser.chromium import NEEDS_CHROMIUM, PATIENCE, handed_over, launched
from tests.servers.shifted import Shifted
from tests.servers.slack.world import SlackWorld, slack_world

IMAGES = Path(__file__).parents[2] / "docs" / "images"

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def clock() -> Shifted:
    return Shifted()


@pytest.fixture
def world(tmp_path: Path, clock: Shifted) -> Iterator[SlackWorld]:
    """A workspace with two admins that wants a second person for rollbacks, and a migration that is through."""
    with slack_world(tmp_path, clock=clock) as world:
        world.slack.configure(rate_limits=False)
        world.slack.change_user("colleague", is_admin=True)
        world.services.policies.change(world.team, lambda policy: replace(policy, second_person=True))
        world.migrated()
        world.close()
        yield world


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


class Screen:
    """What one person has before them in a conversation."""

    def __init__(self, chromium: Browser, world: SlackWorld, who: str, place: str) -> None:
        self.page: Page = chromium.new_page(viewport={"width": 940, "height": 1400})
        self.page.set_default_timeout(PATIENCE)
        self.page.goto(f"{world.slack.page_url}client/{who}/{place}")

    @property
    def window(self) -> Locator:
        return self.page.locator("#modal")

    def message(self, text: str) -> Locator:
        """The newest message with that text."""
        return self.page.locator("#messages .message", has_text=text).last

    def press(self, action: Action, message: Locator, *, sure: bool = False) -> None:
        """Presses a button of a message; Slack has handed the press to the app when this returns."""
        with handed_over(self.page):
            message.locator(f"[data-action='{action}']").click()
            if sure:
                self.page.locator("#confirm button[value='yes']").click()

    def submit(self) -> None:
        """Presses the window's main button, as `press`."""
        with handed_over(self.page):
            self.window.locator("footer .primary").click()

    def keep(self, name: str, part: Locator) -> None:
        """Keeps a part as a picture, where that is asked for."""
        if os.environ.get("OMM_SCREENSHOTS"):
            part.scroll_into_view_if_needed()
            part.screenshot(path=IMAGES / f"{name}.png")


def notify(world: SlackWorld, clock: Shifted) -> None:
    """The notifier sends what there is to be sent; the seconds pass that Slack wants between two messages."""
    for _ in range(8):
        clock.by += timedelta(seconds=2)
        world.notifier.tick()


def ask(world: SlackWorld, clock: Shifted, claire: Screen) -> None:
    """The owner presses Rollback on the card, and sends the window."""
    claire.press(Action.ROLLBACK, claire.message("Completed"))
    expect(claire.window).to_contain_text("Counting")
    world.listeners.settle()
    world.work("count")
    expect(claire.window).to_contain_text("another admin has to approve a rollback")
    claire.submit()
    expect(claire.window).to_have_count(0)
    world.listeners.settle()
    world.work("tell_approvers")
    notify(world, clock)


def test_a_second_person_decides_in_chromium(world: SlackWorld, clock: Shifted, chromium: Browser) -> None:
    """Each sees what became of it where the buttons were; nothing is removed before somebody has approved."""
    claire = Screen(chromium, world, "owner", "migrations")
    aisha, bruno = (Screen(chromium, world, who, "dm") for who in ("admin", "colleague"))
    [task] = world.tasks()

    ask(world, clock, claire)
    expect(claire.message(task.task_id)).to_contain_text("It waits for the approval of another admin")
    claire.keep("approval-card", claire.message("It waits for the approval"))
    asked = aisha.message("Your approval is needed")
    expect(asked).to_contain_text("removes 3 items")
    aisha.keep("approval", asked)
    aisha.press(Action.DENY, asked)
    world.listeners.settle()
    notify(world, clock)
    expect(aisha.message("Your approval is needed")).to_contain_text("Denied by")
    expect(bruno.message("Your approval is needed")).to_contain_text("Denied by")

    ask(world, clock, claire)
    world.slack.change_user("admin", is_admin=False)
    world.forget_people()
    aisha.press(Action.APPROVE, aisha.message("Nothing happens until you"), sure=True)
    expect(aisha.message("Only the admins and owners of this workspace can do that")).to_be_visible()
    clock.by += timedelta(hours=72)
    approvals.look(world.services.approvals, lambda _team: world.services)
    notify(world, clock)
    expect(bruno.message("Your approval is needed")).to_contain_text("Expired: nobody decided within 72 hours")
    assert len(world.exchange.messages("claire@example.org")) == 3


def test_an_approval_in_chromium_is_carried_out(world: SlackWorld, clock: Shifted, chromium: Browser) -> None:
    """Pressed once more in another tab, it says who was quicker."""
    claire = Screen(chromium, world, "owner", "migrations")
    aisha, tab = (Screen(chromium, world, "admin", "dm") for _ in range(2))
    [task] = world.tasks()

    ask(world, clock, claire)
    aisha.press(Action.APPROVE, aisha.message("Your approval is needed"), sure=True)
    world.listeners.settle()
    tab.press(Action.APPROVE, tab.message("Your approval is needed"), sure=True)
    expect(tab.message("has approved this already")).to_be_visible()
    world.listeners.settle()
    world.work()
    notify(world, clock)

    expect(aisha.message("Your approval is needed")).to_contain_text("Approved by")
    expect(claire.message(task.task_id)).to_contain_text("Rolled back")
    assert world.record(task.task_id).state is State.ROLLED_BACK
