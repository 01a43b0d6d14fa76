"""Gmail from the form to the new mailbox: a person, Slack, Google's pages, its IMAP, and Exchange, all at once."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.consents import CALLBACK
from bot.ids import Action
from emulators.google.imap.labels import System
from engine.connectors.google.clients import ClientKind, client_in
from engine.connectors.network.pinning import Network
from engine.errors import Side
from engine.migration.account import Account
from engine.migration.giving_back import give_back
from engine.migration.record import State
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from engine.ports.facts import Facts
from engine.store.vault import Vault
from tests.contract.gmail.owner import message
from tests.contract.slack.test_gmail_form import DESTINATION, fill, open_gmail, press, read
from tests.contract.slack.test_secrets import sent, stored
from tests.servers import dovecot
from tests.servers.browsers import Browser, Pages, paged
from tests.servers.consent_pages import go_on
from tests.servers.gmail import GmailSeed
from tests.servers.google_browser import GoogleBrowser
from tests.servers.google_world import GoogleWorld, google_world
from tests.servers.private_pages import text
from tests.servers.signed_world import KEYS
from tests.servers.slack_world import Sides, SlackWorld, words
from tests.servers.world import ADDRESS
from wiring.connectors import Connectors
from wiring.google import GoogleSettings, GrantReturning, consenting, kinds

ANN = "ann@gmail.com"
SEED = GmailSeed(("Travel", "Work"), [
    message(1, [System.INBOX]), message(2, [System.INBOX, "Travel", "Work"]), message(3, ["Work"]),
])


@dataclass
class Asking:
    """Fills in Consenting, once the pages have an address."""

    chosen: GoogleSettings
    network: Network

    def __getattr__(self, name: str) -> Any:
        return getattr(consenting(self.chosen, self.network), name)


@dataclass
class Both:
    """Fills in Connectors: Google as it is, and the destination of the world."""

    sides: Sides
    google: Connectors

    def source(self, account: Account, credential: Any, halt: Halt) -> Any:
        return self.google.source(account, credential, halt)

    def check_source(self, account: Account, password: str) -> Facts:
        return self.google.check_source(account, password)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sides, name)


@dataclass
class Whole:
    """Everything, and Ann before it."""

    world: SlackWorld
    pages: Pages
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
    with ExitStack() as stack:
        google = stack.enter_context(google_world(tmp_path, [ANN], seeds={ANN: SEED}))
        google.google.add_client("web")
        file = tmp_path / "client.json"
        file.write_text(json.dumps(google.google.client_secrets("web")))
        chosen = GoogleSettings(
            web_client=client_in(file, ClientKind.WEB, "SETTING"), api_url=google.google.url.rstrip("/"),
            imap_server=(google.gmail.host, google.gmail.port),
        )
        asking = Asking(chosen, Network(trusts_person=True, ca_file=google.ca_file))
        world.services = replace(world.services, engine=_engine(world, asking), consenting=asking)
        pages = stack.enter_context(paged(world))
        asking.chosen = replace(chosen, callback=pages.url + CALLBACK)
        google.google.change_client("web", redirect_uris=[pages.url + CALLBACK])
        yield Whole(world, pages, google, pages.browser())


def _engine(world: SlackWorld, asking: Asking) -> Engine:
    engine, chosen, network = world.services.engine, asking.chosen, asking.network
    credentials, returning = kinds(chosen, network), GrantReturning(chosen, network)
    connectors = Both(world.sides, Connectors(network, chosen, credentials))
    vault = Vault(world.redis, keys=KEYS, clock=engine.clock, goes_back=returning.account)
    return replace(engine, connectors=connectors, credentials=credentials, vault=vault, returning=returning)


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
