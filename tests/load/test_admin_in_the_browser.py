"""Admins and owners with browsers of their own, through all that the admins of a workspace may settle.

The web door, Slack and both mail servers are in this process, and the test does what a worker does when it is due;
Chromium is real.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, ViewportSize, expect

from bot.ids import Action, Block
from bot.stored.one_time import LASTS
from bot.stored.policies import Passwords
from tests.load.test_slack_in_the_browser import SCREEN
from tests.servers.browser.browsers import paged
from tests.servers.browser.chromium import NEEDS_CHROMIUM, PATIENCE, launched
from tests.servers.slack.person import until
from tests.servers.slack.workspace import COLLEAGUE, OWNER
from tests.servers.slack.world import LOGIN, SOURCE_PASSWORD, SlackWorld, slack_world
from tests.servers.world import ADDRESS, PASSWORD

PHONE: ViewportSize = {"width": 360, "height": 740}
TYPED = {
    Block.SOURCE_SERVER: "imap.example.net", Block.SOURCE_LOGIN: LOGIN, Block.DESTINATION_SERVER: "ex.example.org",
    Block.DESTINATION_LOGIN: ADDRESS,
}

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SlackWorld]:
    """A workspace with two admins, and pages for browsers."""
    with slack_world(tmp_path) as world, paged(world):
        world.slack.configure(rate_limits=False)
        world.slack.add_user("boss")
        world.slack.change_user("boss", is_admin=True, real_name="Bo Sanders")
        yield world


@dataclass
class Desk:
    """Somebody at Slack's page."""

    page: Page
    world: SlackWorld
    user: str

    def visit(self, place: str) -> None:
        """Goes there, and closes whatever window is open."""
        self.page.goto(f"{self.world.slack.page_url}client/{self.user}/{place}")
        if self.modal.count():
            self.modal.locator("button.cross").click()
            expect(self.modal).to_have_count(0)

    def says(self, text: str, place: str = "migrations") -> None:
        self.visit(place)
        self.page.locator("#say input").fill(text)
        self.page.locator("#say input").press("Enter")

    @property
    def modal(self) -> Locator:
        return self.page.locator("#modal")

    def block(self, name: str) -> Locator:
        """A block of the window on top, by the beginning of its name."""
        return self.page.locator(f"#modal [data-block^='{name}']")

    def send(self) -> None:
        self.modal.locator("footer .primary").click()

    def fills(self, *parts: dict[Block, str]) -> None:
        """Types into the form."""
        for name, text in {name: text for part in parts for name, text in part.items()}.items():
            self.block(name).locator("input").fill(text)

    def opens_form(self) -> None:
        """Types /omm migrate, and waits for the form."""
        self.says("/omm migrate")
        expect(self.block(Block.SOURCE_LOGIN)).to_have_count(1)


@contextmanager
def desks(chromium: Browser, world: SlackWorld, *users: str) -> Iterator[list[Desk]]:
    """Those people, each with a browser of their own."""
    contexts = [chromium.new_context(viewport=SCREEN) for _ in users]
    for context in contexts:
        context.set_default_timeout(PATIENCE)
    try:
        yield [Desk(context.new_page(), world, user) for context, user in zip(contexts, users, strict=True)]
    finally:
        for context in contexts:
            context.close()


def hear(world: SlackWorld) -> None:
    """The notifier sends what there is, as if time passed between two messages."""
    for _ in range(4):
        for key in world.redis.keys("omm:pace*"):
            world.redis.delete(key)
        for task in world.tasks():
            world.services.threads.look_again(task.task_id, 0)
        world.notifier.tick()


def works(world: SlackWorld) -> None:
    """Workers do what somebody has just ordered, and everybody hears of it."""
    until(world.orders.all)
    world.listeners.settle()
    world.work()
    hear(world)


def settles(admin: Desk, choices: dict[Block, Any]) -> None:
    """Opens the settings, sets those, and saves."""
    admin.says("/omm admin settings")
    expect(admin.block(Block.SERVICE_ADMINS)).to_have_count(1)
    for name, value in choices.items():
        field = admin.block(name)
        match value:
            case bool():
                field.locator("input").set_checked(value)
            case list():
                field.locator("select").select_option(value)
            case str() if field.locator("select").count():
                field.locator("select").select_option(value)
            case str() if field.locator("input[type=radio]").count():
                field.locator(f"input[value='{value}']").check()
            case _:
                field.locator("input, textarea").fill(str(value))
    admin.send()
    expect(admin.modal).to_contain_text("The settings are saved.")


def test_a_mailbox_moves_and_comes_back_under_an_admins_settings(chromium: Browser, world: SlackWorld) -> None:
    """An admin settles how, its owner types passwords on a phone, and a second admin allows the rollback.

    Nobody else gets anywhere meanwhile, and the first admin reads in the audit all that was done and refused.
    """
    with desks(chromium, world, "admin", "owner", "boss") as (admin, owner, demoted):
        settles(admin, {
            Block.WHERE_TYPED: Passwords.PAGE.value, Block.SECOND_PERSON: True, Block.MOST_IN_ALL: 5,
            Block.DESTINATION_HOSTS: "*.example.org",
        })
        typed_on_a_phone(chromium, owner)
        [task] = world.tasks()
        card = owner.page.locator("#messages .message", has=owner.page.locator("h3", has_text=task.task_id))
        copied = len(world.exchange.messages(ADDRESS))
        asks_for_rollback(owner, card)
        waiting = len(world.exchange.messages(ADDRESS))
        is_refused(demoted)
        admin.visit("dm")
        asked = admin.page.locator("#messages .message", has_text=task.task_id).last
        expect(asked).to_contain_text("claire")
        asked.locator(f"[data-action='{Action.APPROVE}']").click()
        confirmed(admin)
        works(world)
        owner.visit("migrations")
        expect(card).to_contain_text("Rolled back")
        admin.says("/omm admin audit")
        expect(admin.modal).to_contain_text("changed the settings")
        audit = admin.modal.inner_text()

    assert (copied, waiting, world.exchange.messages(ADDRESS)) == (3, 3, [])
    assert [words for words in (
        "changed the settings", "started it", "the link is somebody else's", "refused: approve", "approved",
    ) if words.casefold() not in audit.casefold()] == []
    assert [secret for secret in (SOURCE_PASSWORD, PASSWORD) if secret in audit] == []


def asks_for_rollback(owner: Desk, card: Locator) -> None:
    """Presses the card's button, and sends the window once it says what would go."""
    owner.visit("migrations")
    card.locator(f"[data-action='{Action.ROLLBACK}']").click()
    expect(owner.modal).to_contain_text("Rollback")
    works(owner.world)
    expect(owner.modal).to_contain_text("3")
    owner.send()
    works(owner.world)


def is_refused(admin: Desk) -> None:
    """Presses Approve, and is no admin any more by then."""
    admin.visit("dm")
    admin.world.slack.change_user(admin.user, is_admin=False)
    admin.world.forget_people()
    admin.page.locator(f"#messages [data-action='{Action.APPROVE}']").click()
    confirmed(admin)
    expect(admin.page.locator("#messages")).to_contain_text("Only the admins and owners of this workspace")
    assert admin.world.orders.all() == []


def confirmed(desk: Desk) -> None:
    """Says yes, where a button asks once more."""
    asked = desk.page.locator("#confirm[open]")
    if asked.count():
        asked.locator("button[value='yes']").click()


def typed_on_a_phone(chromium: Browser, owner: Desk) -> None:
    """The form leads to a page for the passwords, which needs no script and fits a phone; the mailbox moves.

    A colleague learns nothing by the link, it works once, and not after ten minutes.
    """
    owner.opens_form()
    expect(owner.block(Block.SOURCE_PASSWORD)).to_have_count(0)
    url = waits(owner)
    phone: dict[str, Any] = {"viewport": PHONE, "is_mobile": True, "has_touch": True, "java_script_enabled": False}
    with chromium.new_context(**phone) as theirs, chromium.new_context(**phone) as others:
        mine = opened(theirs.new_page(), url, OWNER)
        fields = mine.locator("input[type=password]")
        expect(fields).to_have_count(2)
        boxes, touched = (boxes_of(mine.locator(which)) for which in ("body *:visible", "input:visible, button"))
        stranger = opened(others.new_page(), url, COLLEAGUE)
        expect(stranger.locator("h1")).to_have_text("This link is not for you")
        fields.nth(0).fill(SOURCE_PASSWORD)
        fields.nth(1).fill(PASSWORD)
        mine.locator("form button").first.tap()
        expect(mine.locator("body")).to_contain_text("go back to Slack")
        mine.goto(url)
        expect(mine.locator("h1")).to_have_text("This link was used")
        works(owner.world)
        expect(owner.modal).to_contain_text("Migration started")
        mine.goto(too_late(owner))
        expect(mine.locator("h1")).to_have_text("This link has expired")

    assert [box for box in boxes if box["x"] < 0 or box["x"] + box["width"] > PHONE["width"]] == []
    assert min(box["height"] for box in touched) >= 40      # pixels, to be met by a thumb


def boxes_of(found: Locator) -> list[FloatRect]:
    """Where they stand."""
    return [box for one in found.all() if (box := one.bounding_box()) is not None]


def waits(owner: Desk) -> str:
    """Fills in the form and sends it without passwords; the address of the page for them."""
    owner.fills(TYPED)
    owner.send()
    button = owner.page.locator(f"#modal [data-action='{Action.PAGE_OPEN}']")
    expect(button).to_have_count(1)
    return button.get_attribute("data-url") or ""


def too_late(owner: Desk) -> str:
    """A link of another form, whose ten minutes are over."""
    owner.opens_form()
    url = waits(owner)
    redis, past = owner.world.redis, (owner.world.clock() - LASTS).isoformat()
    for key in redis.keys("omm:link:" + "?" * 64):
        redis.set(key, re.sub('"until":"[^"]*"', f'"until":"{past}"', redis.get(key).decode()), keepttl=True)
    return url


def opened(page: Page, url: str, user: str) -> Page:
    """Goes to the link, and through Slack's page as that person."""
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.locator("select[name=user]").select_option(index=[OWNER, COLLEAGUE].index(user))
    page.get_by_role("button", name="Allow").click()
    return page
