"""Admins and colleagues with browsers: settings that hold, a rollback that a second admin allows, the private page.

The web door, Slack and both mail servers are in this process, and the test does what a worker does when it is due;
Chromium is real. With OMM_SCREENSHOTS set, what was seen is kept under docs/images.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

from bot.ids import Action, Block
from bot.stored.one_time import LASTS
from bot.stored.policies import Passwords, Policy, Who
from engine.migration.record import State
from tests.servers.browsers import Pages, paged
from tests.servers.person import until
from tests.servers.slack_world import LOGIN, SOURCE_PASSWORD, SlackWorld, slack_world
from tests.servers.workspace import CHANNEL, COLLEAGUE, OWNER
from tests.servers.world import ADDRESS, PASSWORD
from tests.system.test_slack_in_the_browser import CHROMIUM, FLAGS, IMAGES, SCREEN

PATIENCE = 90_000       # milliseconds
PHONE: ViewportSize = {"width": 360, "height": 740}
BOSS = "U00000BOSS"
TYPED = {
    Block.SOURCE_SERVER: "imap.example.net", Block.SOURCE_LOGIN: LOGIN, Block.DESTINATION_SERVER: "ex.example.org",
    Block.DESTINATION_LOGIN: ADDRESS,
}
SECRETS = {Block.SOURCE_PASSWORD: SOURCE_PASSWORD, Block.DESTINATION_PASSWORD: PASSWORD}

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed (make system-deps)"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        expect.set_options(timeout=PATIENCE)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A workspace with two admins; each test has its own settings, and the new mailbox to itself."""
    with slack_world(tmp_path_factory.mktemp("admin")) as world, paged(world) as pages:
        world.slack.configure(rate_limits=False)
        world.slack.add_user("boss")
        world.slack.change_user("boss", is_admin=True, real_name="Bo Sanders")
        yield pages


@pytest.fixture
def world(pages: Pages) -> SlackWorld:
    pages.world.services.policies.change(pages.world.team, lambda _now: Policy())
    return pages.world


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

    def keep(self, name: str, part: Locator) -> None:
        """Keeps a part of what is seen as a picture, where that is asked for."""
        if os.environ.get("OMM_SCREENSHOTS"):
            self.page.set_viewport_size({"width": 940, "height": 3000})
            part.screenshot(path=IMAGES / f"{name}.png")
            self.page.set_viewport_size(SCREEN)


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


def test_an_admin_sets_everything_and_a_colleague_meets_it(chromium: Browser, world: SlackWorld) -> None:
    """Who may migrate, which servers, where passwords are typed; what was set stands there when it is opened again."""
    with desks(chromium, world, "admin", "colleague") as (admin, colleague):
        settles(admin, {
            Block.WHO: Who.CHOSEN.value, Block.PEOPLE: [OWNER], Block.SOURCE_HOSTS: "*.example.com",
            Block.DESTINATION_HOSTS: "ex.example.org", Block.WHERE_TYPED: Passwords.PAGE.value, Block.MOST_IN_ALL: 5,
            Block.MOST_OF_A_HOST: 4, Block.MOST_OF_A_PERSON: 3, Block.SECOND_PERSON: True, Block.RETENTION: 7,
            Block.AUDIT_CHANNEL: CHANNEL, Block.SERVICE_ADMINS: [BOSS], Block.TELLS_OWNER: False,
        })
        admin.says("/omm admin settings")
        expect(admin.block(Block.MOST_IN_ALL).locator("input")).to_have_value("5")
        admin.keep("settings", admin.modal)
        seen = {name: admin.block(name).locator("input, textarea, select").first.input_value() for name in (
            Block.WHO, Block.SOURCE_HOSTS, Block.DESTINATION_HOSTS, Block.MOST_OF_A_HOST, Block.MOST_OF_A_PERSON,
            Block.RETENTION, Block.AUDIT_CHANNEL,
        )}
        ticked = {name: admin.block(name).locator("input").first.is_checked() for name in (
            Block.SECOND_PERSON, Block.TELLS_OWNER,
        )}
        refused = refusal(colleague)
        channel = world.slack.messages(CHANNEL)

        settles(admin, {Block.WHO: Who.EVERYONE.value})
        colleague.opens_form()
        expect(colleague.block(Block.SOURCE_PASSWORD)).to_have_count(0)     # they are typed on the private page
        colleague.fills(TYPED)
        colleague.send()
        expect(colleague.modal).to_contain_text("do not allow imap.example.net as a source server")

    assert seen == {
        Block.WHO: "chosen", Block.SOURCE_HOSTS: "*.example.com", Block.DESTINATION_HOSTS: "ex.example.org",
        Block.MOST_OF_A_HOST: "4", Block.MOST_OF_A_PERSON: "3", Block.RETENTION: "7", Block.AUDIT_CHANNEL: CHANNEL,
    }
    assert ticked == {Block.SECOND_PERSON: True, Block.TELLS_OWNER: False}
    assert "only people whom its admins have chosen may migrate" in refused
    assert any("posts its audit here" in str(message) for message in channel)
    assert world.tasks() == []


def refusal(desk: Desk) -> str:
    """What somebody reads who types /omm migrate and may not."""
    desk.says("/omm migrate")
    said = desk.page.locator("#messages .ephemeral").last
    expect(said).to_be_visible()
    assert desk.modal.count() == 0
    return said.inner_text()


def test_a_rollback_waits_for_a_second_admin(chromium: Browser, world: SlackWorld) -> None:
    """Its owner asks, an admin reads who asks for what and approves, and the new mailbox is as it was.

    Whoever is no admin any more has the buttons still, and is refused.
    """
    world.services.policies.change(world.team, lambda _now: Policy(second_person=True))
    with desks(chromium, world, "owner", "admin", "boss") as (owner, admin, demoted):
        owner.opens_form()
        owner.fills(TYPED, SECRETS)
        owner.send()
        works(world)
        copied = len(world.exchange.messages(ADDRESS))
        [task] = [task for task in world.tasks() if task.state is State.COMPLETED]
        card = owner.page.locator("#messages .message", has=owner.page.locator("h3", has_text=task.task_id))
        owner.visit("migrations")
        card.locator(f"[data-action='{Action.ROLLBACK}']").click()
        expect(owner.modal).to_contain_text("Rollback")
        works(world)
        expect(owner.modal).to_contain_text("3")
        owner.send()
        works(world)
        waiting = len(world.exchange.messages(ADDRESS))
        owner.visit("migrations")
        expect(card).to_contain_text("approv")
        owner.keep("rollback-waits", card)

        demoted.visit("dm")
        world.slack.change_user("boss", is_admin=False)
        world.forget_people()
        demoted.page.locator(f"#messages [data-action='{Action.APPROVE}']").click()
        confirmed(demoted)
        expect(demoted.page.locator("#messages")).to_contain_text("Only the admins and owners of this workspace")
        assert world.orders.all() == []
        admin.visit("dm")
        asked = admin.page.locator("#messages .message", has_text=task.task_id).last
        expect(asked).to_contain_text("claire")
        admin.keep("approval", asked)
        asked.locator(f"[data-action='{Action.APPROVE}']").click()
        confirmed(admin)
        works(world)
        owner.visit("migrations")
        expect(card).to_contain_text("Rolled back")
        admin.visit("dm")
        expect(admin.page.locator(f"#messages [data-action='{Action.APPROVE}']")).to_have_count(0)

    assert (copied, waiting, world.exchange.messages(ADDRESS)) == (3, 3, [])


def confirmed(desk: Desk) -> None:
    """Says yes, where a button asks once more."""
    asked = desk.page.locator("#confirm[open]")
    if asked.count():
        asked.locator("button[value='yes']").click()


def test_passwords_are_typed_on_a_phone(chromium: Browser, world: SlackWorld) -> None:
    """Without a script, on a narrow screen; nobody else can use the link, and it works once."""
    world.services.policies.change(world.team, lambda _now: Policy(passwords=Passwords.PAGE))
    phone = {"viewport": PHONE, "is_mobile": True, "has_touch": True, "java_script_enabled": False}
    with desks(chromium, world, "owner") as (owner,):
        owner.opens_form()
        owner.fills(TYPED)
        owner.send()
        button = owner.page.locator(f"#modal [data-action='{Action.PAGE_OPEN}']")
        expect(button).to_have_count(1)
        url = button.get_attribute("data-url") or ""
        with chromium.new_context(**phone) as theirs, chromium.new_context(**phone) as others:  # type: ignore[arg-type]  # as they are named there
            mine = opened(theirs.new_page(), url, OWNER)
            fields = mine.locator("input[type=password]")
            expect(fields).to_have_count(2)
            asked = mine.locator("body").inner_text()
            fits = [box is not None and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
                    for box in (one.bounding_box() for one in mine.locator("body *:visible").all())]
            high = [box["height"] for box in (one.bounding_box() for one in mine.locator("input:visible, button").all())
                    if box is not None]
            if os.environ.get("OMM_SCREENSHOTS"):
                mine.screenshot(path=IMAGES / "private-page.png", full_page=True)
            stranger = opened(others.new_page(), url, COLLEAGUE)
            expect(stranger.locator("h1")).to_have_text("This link is not for you")
            fields.nth(0).fill(SOURCE_PASSWORD)
            fields.nth(1).fill(PASSWORD)
            mine.locator("form button").first.tap()
            expect(mine.locator("body")).to_contain_text("go back to Slack")
            done = mine.url
            mine.goto(url)
            expect(mine.locator("h1")).to_have_text("This link was used")
            works(world)
            mine.goto(too_late(owner))
            expect(mine.locator("h1")).to_have_text("This link has expired")

    assert LOGIN in asked
    assert all(fits)
    assert min(high) >= 40          # pixels, to be met by a thumb
    assert done == f"{url}/done"
    assert SOURCE_PASSWORD not in f"{asked}{done}"
    assert [task.state for task in world.tasks() if task.request.source.login == LOGIN][-1] is State.COMPLETED


def too_late(owner: Desk) -> str:
    """A link of another form, whose ten minutes are over."""
    owner.opens_form()
    owner.fills(TYPED)
    owner.send()
    button = owner.page.locator(f"#modal [data-action='{Action.PAGE_OPEN}']")
    expect(button).to_have_count(1)
    redis, past = owner.world.redis, (owner.world.clock() - LASTS).isoformat()
    for key in redis.keys("omm:link:" + "?" * 64):
        redis.set(key, re.sub('"until":"[^"]*"', f'"until":"{past}"', redis.get(key).decode()), keepttl=True)
    return button.get_attribute("data-url") or ""


def opened(page: Page, url: str, user: str) -> Page:
    """Goes to the link, and through Slack's page as that person."""
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.locator("select[name=user]").select_option(index=[OWNER, COLLEAGUE].index(user))
    page.get_by_role("button", name="Allow").click()
    return page
