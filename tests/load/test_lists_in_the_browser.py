"""What an admin sees of everybody's migrations in Chromium: the home tab, the list, its filter, a pause of all.

With OMM_SCREENSHOTS set, what was seen is kept under docs/images; docs/admin.md shows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bot.ids import Action
from engine.errors import Cause, Side
from engine.migration.content import Content
from engine.migration.record import Attention, Counts, State, Step
from tests.contract.slack.test_admin_lists import ELSEWHERE, made
from tests.load.test_approvals_in_the_browser import Screen
from tests.servers.browser.chromium import NEEDS_CHROMIUM, launched
from tests.servers.slack.world import COLLEAGUE, OWNER, SlackWorld, slack_world

pytestmark = NEEDS_CHROMIUM
AWAY = Attention("imap.other.example does not answer.", Cause.UNREACHABLE, Side.SOURCE)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SlackWorld]:
    """Four migrations of two people: one is through, one runs, one stands still, one waits."""
    with slack_world(tmp_path) as world:
        world.slack.configure(rate_limits=False)
        world.migrated()
        world.close()
        now = world.clock()
        steps = {Content.MAIL: Step(Counts(found=12_400, copied=4_100), started=now)}
        made(world, owner=COLLEAGUE, source=ELSEWHERE, state=State.NEEDS_ATTENTION, attention=AWAY, started=now)
        made(world, owner=OWNER, state=State.RUNNING, started=now, steps=steps)
        made(world, owner=COLLEAGUE)
        yield world


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


def test_an_admin_sees_everybodys_migrations(world: SlackWorld, chromium: Browser) -> None:
    """The home tab counts them, the list names them and leads to their cards, and Pause all holds them up."""
    aisha = Screen(chromium, world, "admin", "dm")
    aisha.page.get_by_role("button", name="Home").click()
    home = aisha.page.locator("#home")
    expect(home).to_contain_text("1 running · 1 waiting")
    expect(home).to_contain_text("1 needs attention")
    aisha.keep("admin-home", home)

    home.locator(f"[data-action='{Action.ALL}']").click()
    expect(aisha.window).to_contain_text("imap.other.example")
    expect(aisha.window).to_contain_text("4,100 of 12,400")
    aisha.keep("everybody", aisha.window)
    aisha.window.locator("button.cross").click()

    home.locator(f"[data-action='{Action.WORKERS}']").click()
    expect(aisha.window).to_contain_text("imap.other.example")
    aisha.window.locator("button.cross").click()

    home.locator(f"[data-action='{Action.PAUSE_ALL}']").click()
    confirm = aisha.page.locator("#confirm button[value='yes']")
    if confirm.count():
        confirm.click()
    expect(home.locator(f"[data-action='{Action.GO_ON}']")).to_have_count(1)
    assert world.services.policies.hold(world.team) is not None
