"""An admin with a browser sets what a workspace may, and its people meet it; pictures of that, with OMM_SCREENSHOTS."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bot.ids import Block
from bot.stored.policies import Policy, Who
from emulators.slack.settings import SCOPES
from tests.contract.slack.conftest import furnished
from tests.servers.browser.chromium import NEEDS_CHROMIUM, PATIENCE, launched
from tests.servers.slack.workspace import COLLEAGUE
from tests.servers.slack.world import TYPED, SlackWorld, slack_world

IMAGES = Path(__file__).parents[2] / "docs" / "images"

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackWorld]:
    """Its operator has set up the private page, and Slack tells of user groups."""
    with slack_world(tmp_path_factory.mktemp("world")) as plain:
        plain.slack.configure(scopes=(*SCOPES, "usergroups:read", "channels:read", "groups:read"))
        with furnished(plain, public_url="https://omm.example.org") as world:
            yield world


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


class Screen:
    """What one person has before them, tall enough for the longest window."""

    def __init__(self, chromium: Browser, world: SlackWorld, who: str) -> None:
        self.page: Page = chromium.new_page(viewport={"width": 940, "height": 2600})
        self.page.set_default_timeout(PATIENCE)
        self.page.goto(f"{world.slack.page_url}client/{who}/migrations")

    def types(self, command: str) -> None:
        self.page.locator("#say input").fill(command)
        self.page.locator("#say input").press("Enter")

    def field(self, name: str) -> Locator:
        """What can be filled in or chosen in a block of the window, by the beginning of its name."""
        return self.block(name).locator("input:not([type=hidden]), textarea, select")

    def sends(self) -> None:
        self.page.locator("#modal footer .primary").click()

    @property
    def window(self) -> Locator:
        return self.page.locator("#modal")

    def block(self, name: str) -> Locator:
        return self.page.locator(f"#modal [data-block^='{name}']")

    def keep(self, name: str, first: Locator, last: Locator) -> None:
        """Keeps what is between two blocks as a picture, where that is asked for."""
        above, below = first.bounding_box(), last.bounding_box()
        if os.environ.get("OMM_SCREENSHOTS") and above and below:
            self.page.screenshot(path=IMAGES / f"{name}.png", clip={
                "x": above["x"], "y": above["y"], "width": above["width"],
                "height": below["y"] + below["height"] - above["y"],
            })


def test_an_admin_sets_what_a_workspace_may_and_sees_it_hold(world: SlackWorld, chromium: Browser) -> None:
    """A mistake stands at its field; what is saved is shown again, and colleagues are refused in words."""
    aisha, claire, bruno = (Screen(chromium, world, who) for who in ("admin", "owner", "colleague"))
    bruno.types("/omm migrate")
    expect(bruno.window).to_contain_text("Source server")

    aisha.types("/omm admin settings")
    aisha.field(Block.WHO).select_option(label="User groups and named people")
    aisha.field(Block.GROUPS).select_option(label=["@it-team"])
    aisha.field(Block.PEOPLE).select_option(label=["Aisha Rahman"])
    aisha.field(Block.SOURCE_HOSTS).fill("*.old.example\nimap.example.org")
    aisha.field(Block.DESTINATION_HOSTS).fill("ex.example.org")
    aisha.field(Block.MOST_IN_ALL).fill("20")
    aisha.field(Block.MOST_OF_A_HOST).fill("5")
    aisha.field(Block.MOST_OF_A_PERSON).fill("2")
    aisha.field(Block.SECOND_PERSON).check()
    aisha.field(Block.RETENTION).fill("30")
    aisha.field(Block.AUDIT_CHANNEL).select_option(label="# random")
    aisha.field(Block.SERVICE_ADMINS).select_option(label=["Aisha Rahman"])
    aisha.keep("settings", aisha.block("about"), aisha.block(Block.MOST_OF_A_PERSON))
    aisha.field(Block.SOURCE_HOSTS).fill("*.old.example\nhttps://imap.old.example")
    aisha.sends()
    expect(aisha.window).to_contain_text("Line 2 is a web address. Type only the server's name")
    aisha.field(Block.SOURCE_HOSTS).fill("*.old.example\nimap.old.example")
    aisha.sends()
    expect(aisha.window).to_contain_text("OMM is not in this channel. Type /invite @omm there")
    aisha.field(Block.AUDIT_CHANNEL).select_option(label="# general")
    aisha.sends()
    expect(aisha.window).to_contain_text("The settings are saved. They hold from now on.")

    claire.types("/omm migrate")
    told = claire.page.locator("#messages .message", has_text="only people whom its admins have chosen may migrate")
    expect(told).to_have_count(1)
    for name, text in TYPED.items():
        bruno.field(name).fill(text)
    bruno.sends()
    refusal = "The admins of this workspace do not allow imap.example.net as a source server."
    expect(bruno.window).to_contain_text(refusal)
    bruno.keep("settings-refused", bruno.block(Block.SOURCE_SERVER), bruno.block(Block.SOURCE_SERVER))
    assert world.tasks() == []

    aisha.page.get_by_role("button", name="Done").click()
    aisha.types("/omm admin settings")
    expect(aisha.field(Block.SOURCE_HOSTS)).to_have_value("*.old.example\nimap.old.example")
    expect(aisha.field(Block.MOST_OF_A_PERSON)).to_have_value("2")
    expect(aisha.field(Block.SECOND_PERSON)).to_be_checked()
    expect(aisha.window).to_contain_text("changed it last")
    aisha.field(Block.WHO).select_option(label="Everyone")
    aisha.field(Block.SOURCE_HOSTS).fill("")
    aisha.sends()
    expect(aisha.window).to_contain_text("The settings are saved.")
    bruno.sends()
    expect(bruno.window).to_contain_text("Signing in to both mailboxes")
    world.work("check")
    (task,) = world.tasks()
    assert world.services.threads.of_owner(world.team, COLLEAGUE) == [task.task_id]
    policy = world.services.policies.load(world.team)
    assert (policy.who, policy.most, policy.service_accounts) == (Who.EVERYONE, 20, ("U0ADMIN001",))
    assert policy != Policy()
