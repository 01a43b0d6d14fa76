"""Gmail in Slack: a world with pages, a Google of its own, and the product's own client of both.

    with slack_world(directory) as world, gmail_in_slack(world, directory) as gmail:
        gmail.google.google.tokens(ANN)     # what Google has granted
        gmail.give_back()                   # as it is done every minute
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from bot.consent.consents import CALLBACK
from bot.stored.threads import Threads
from bot.work import given_back
from emulators.google.imap.labels import System
from engine.connectors.google.access.clients import ClientKind, client_in
from engine.connectors.network.pinning import Network
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.giving_back import give_back
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from engine.ports.facts import Facts
from engine.store.vault import Vault
from tests.contract.gmail.owner import message
from tests.servers.browser.browsers import Pages, paged
from tests.servers.consent.pages import ANN
from tests.servers.gmail.account import GmailSeed
from tests.servers.google.world import GoogleWorld, google_world
from tests.servers.slack.signed_world import KEYS
from tests.servers.slack.world import Sides, SlackWorld
from wiring.connectors import Connectors
from wiring.google import GoogleSettings, GrantReturning, consenting, kinds

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

    def check_source(self, account: Account, password: str, contents: Collection[Content] = ()) -> Facts:
        return self.google.check_source(account, password, contents)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sides, name)


@dataclass(frozen=True)
class GmailInSlack:
    """Everything: Slack and the engine are in `world`."""

    world: SlackWorld
    pages: Pages
    google: GoogleWorld

    def give_back(self) -> None:
        """Does what is done every minute: what is needed no more is given back, and its owner is told."""
        told = partial(given_back.tell, Threads(self.world.redis), lambda _team: self.world.services)
        give_back(self.world.services.engine, told)


@contextmanager
def gmail_in_slack(world: SlackWorld, directory: Path, *others: str) -> Iterator[GmailInSlack]:
    """The world with all of it. Ann has a mailbox at Gmail, and so have the `others`, with nothing in it."""
    with ExitStack() as stack:
        google = stack.enter_context(google_world(directory, [ANN, *others], seeds={ANN: SEED}))
        google.google.add_client("web")
        file = directory / "client.json"
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
        yield GmailInSlack(world, pages, google)


def _engine(world: SlackWorld, asking: Asking) -> Engine:
    engine, chosen, network = world.services.engine, asking.chosen, asking.network
    credentials, returning = kinds(chosen, network), GrantReturning(chosen, network)
    connectors = Both(world.sides, Connectors(network, chosen, credentials))
    vault = Vault(world.redis, keys=KEYS, clock=engine.clock, goes_back=returning.account)
    return replace(engine, connectors=connectors, credentials=credentials, vault=vault, returning=returning)
