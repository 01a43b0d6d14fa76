"""Several contents of a Google account from the form to the new mailbox, allowed in part and more later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bot.ids import Action, Block
from engine.connectors.google.access.scopes import MAIL
from engine.migration.content import Content
from engine.migration.record import State
from engine.systems import System
from tests.contract.slack.test_gmail_form import DESTINATION, choose, fill, press, read
from tests.contract.slack.test_gmail_whole import Whole
from tests.servers.browser.private_pages import text
from tests.servers.consent.pages import ANN, go_on
from tests.servers.gmail.in_slack import gmail_in_slack
from tests.servers.google.browser import GoogleBrowser
from tests.servers.mail_servers import dovecot
from tests.servers.slack.world import SlackWorld, words


@pytest.fixture
def whole(world: SlackWorld, tmp_path: Path) -> Iterator[Whole]:
    if not dovecot.installed():
        pytest.skip(dovecot.MISSING)
    with gmail_in_slack(world, tmp_path) as gmail:
        yield Whole(world, gmail.google, gmail.pages.browser())


def tick(world: SlackWorld, *contents: Content) -> None:
    world.slack.fill("owner", world.view()["id"], {
        str(world.block(Block.CONTENTS)["block_id"]): [one.value for one in contents],
    })


def opened(whole: Whole, *contents: Content) -> None:
    whole.world.open_form()
    choose(whole.world, Action.SOURCE_KIND, System.GOOGLE.value)
    tick(whole.world, *contents)
    fill(whole.world, **DESTINATION)


def to_google(whole: Whole, ticks: Sequence[str] | None) -> str:
    links = (one for block in whole.world.view()["blocks"] for one in block.get("elements", ()))
    link = next(str(one["url"]) for one in links if one.get("action_id") == Action.AUTHORISE_OPEN)
    url = go_on(whole.browser, whole.browser.open(link)).headers["Location"]
    there = GoogleBrowser(whole.google.google, ANN, verify=whole.google.ca_file, ticks=ticks)
    back = whole.browser.open(there.back_from(url))
    whole.world.work("consent")
    return text(whole.browser.get(back.url))


def test_allow_more_in_the_form_asks_for_what_was_left_off(whole: Whole) -> None:
    """docs/gmail.md and docs/using.md: "the form names it, and *Allow more* asks for it again"."""
    opened(whole, Content.MAIL, Content.TASKS)
    press(whole.world, Action.AUTHORISE_FORM)
    assert "therefore off: Tasks" in to_google(whole, [MAIL])
    press(whole.world, Action.AUTHORISE_FORM)      # "Allow more"
    links = (one for block in whole.world.view()["blocks"] for one in block.get("elements", ()))
    link = next(str(one["url"]) for one in links if one.get("action_id") == Action.AUTHORISE_OPEN)
    shown = text(whole.browser.open(link))
    assert "View your tasks" in shown, shown


def test_what_is_ticked_beyond_what_was_granted_is_said(whole: Whole) -> None:
    """A form that ticks more than was granted says so when it is sent, before anything starts."""
    opened(whole, Content.MAIL)
    press(whole.world, Action.AUTHORISE_FORM)
    to_google(whole, None)
    tick(whole.world, Content.MAIL, Content.TASKS)
    press(whole.world, Action.CHECK_FIRST)
    whole.world.work()
    whole.world.submit()
    whole.world.work("check")
    said = read(whole.world)
    assert not whole.world.tasks()
    assert "tasks" in said


def test_a_migration_goes_on_with_less_and_says_so(whole: Whole) -> None:
    """Access is taken back in mid-run; the owner allows mail alone then. The rest is off, and the migration ends."""
    world = whole.world
    opened(whole, Content.MAIL, Content.TASKS)
    press(world, Action.AUTHORISE_FORM)
    to_google(whole, None)
    world.submit()
    world.work("check")
    whole.google.google.revoke(ANN)
    world.work()
    world.notify()
    assert world.tasks()[0].state is State.NEEDS_ATTENTION
    world.press(Action.AUTHORISE)
    said = to_google(whole, [MAIL])
    world.work()
    world.notify()
    [task] = world.tasks()
    assert "therefore off: Tasks" in said
    assert task.state is State.COMPLETED
    assert (task.request.contents, task.request.unopened) == ((Content.MAIL,), (Content.TASKS,))
    assert "Not moved: tasks." in words(world.card()["blocks"])
