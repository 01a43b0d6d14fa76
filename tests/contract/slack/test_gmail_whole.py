"""Gmail from the form to the new mailbox: a person, Slack, Google's pages, its IMAP, and Exchange, all at once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.ids import Action
from engine.errors import Side
from engine.migration.giving_back import give_back
from engine.migration.record import State
from tests.contract.slack.test_gmail_form import DESTINATION, fill, open_gmail, press, read
from tests.contract.slack.test_secrets import sent, stored
from tests.servers.browser.browsers import Browser
from tests.servers.browser.private_pages import text
from tests.servers.consent.pages import ANN, go_on
from tests.servers.gmail.in_slack import gmail_in_slack
from tests.servers.google.browser import GoogleBrowser
from tests.servers.google.world import GoogleWorld
from tests.servers.mail_servers import dovecot
from tests.servers.slack.world import SlackWorld, words
from tests.servers.world import ADDRESS


@dataclass
class Whole:
    """Everything, and Ann before it."""

    world: SlackWorld
    google: GoogleWorld
    browser: Browser

    def goes_to_google(self) -> str:
        """Presses the link in the window on top, reads our page and consents at Google; the page of what came of it."""
        links = (one for block in self.world.view()["blocks"] for one in block.get("elements", ()))
        link = next(str(one["url"]) for one in links if one.get("action_id") == Action.AUTHORISE_OPEN)
        url = go_on(self.browser, self.browser.open(link)).headers["Location"]
        there = GoogleBrowser(self.google.google, ANN, verify=self.google.ca_file)
        back = self.browser.open(there.back_from(url))
        self.world.work("consent")
        return text(self.browser.get(back.url))


@pytest.fixture
def whole(world: SlackWorld, tmp_path: Path) -> Iterator[Whole]:
    if not dovecot.installed():
        pytest.skip(dovecot.MISSING)
    with gmail_in_slack(world, tmp_path) as gmail:
        yield Whole(world, gmail.google, gmail.pages.browser())


def test_a_gmail_mailbox_moves_by_clicks_alone(whole: Whole, caplog: pytest.LogCaptureFixture) -> None:
    """Authorised, checked, moved by its labels, given back; no token is anywhere that it does not belong."""
    world, google = whole.world, whole.google.google
    with caplog.at_level(logging.DEBUG):
        open_gmail(world)
        fill(world, **DESTINATION)
        press(world, Action.AUTHORISE_FORM)
        assert f"may now read the Google account {ANN}" in whole.goes_to_google()
        assert f"Authorised as {ANN}" in read(world)
        tokens = [token for kept in google.tokens(ANN).values() for token in kept]

        press(world, Action.CHECK_FIRST)
        world.work()
        assert "3 messages" in read(world)
        world.submit()
        world.work()
        world.notify()

    [task] = world.tasks()
    assert task.state is State.COMPLETED, task.attention
    assert {one.subject for one in world.exchange.messages(ADDRESS)} == {f"number {n}" for n in (1, 2, 3)}
    assert not world.services.engine.vault.has(task.task_id, Side.SOURCE)
    give_back(world.services.engine)
    assert google.tokens(ANN) == {"access": [], "refresh": []}
    assert len(tokens) >= 1
    everywhere = caplog.text + stored(world) + sent(world)
    assert not [token for token in tokens if token in everywhere]


def test_access_that_is_taken_back_in_mid_run_is_authorised_again(whole: Whole) -> None:
    """The migration stops, says why, and after the button on its card is complete, with nothing twice."""
    world = whole.world
    open_gmail(world)
    fill(world, **DESTINATION)
    press(world, Action.AUTHORISE_FORM)
    whole.goes_to_google()
    world.submit()
    world.work("check")
    whole.google.google.revoke(ANN)
    world.work()
    world.notify()
    assert world.tasks()[0].state is State.NEEDS_ATTENTION
    assert "no longer lets OMM into the account" in words(world.card()["blocks"])

    world.press(Action.AUTHORISE)
    assert "The migration resumes" in whole.goes_to_google()
    world.work()

    assert [task.state for task in world.tasks()] == [State.COMPLETED]
    assert sorted(one.subject for one in world.exchange.messages(ADDRESS)) == [f"number {n}" for n in (1, 2, 3)]
