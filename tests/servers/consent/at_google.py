"""Consent by the product's own client of Google, between our pages and those of the Google emulator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.consent.consents import CALLBACK
from emulators.google import GoogleEmulator
from engine.connectors.google.access.clients import ClientKind, client_in
from engine.connectors.google.access.consent import GoogleConsent
from engine.connectors.google.access.grants import granting_account
from engine.connectors.google.access.reaching import Google
from engine.connectors.network.pinning import Network
from engine.store.vault import Secret
from tests.servers.browser.browsers import Browser, Pages, paged
from tests.servers.certificates import Certificate
from tests.servers.consent.asked import AskedConsent
from tests.servers.consent.pages import ANN, Form, with_google
from tests.servers.google.browser import GoogleBrowser
from tests.servers.slack.world import SlackWorld

BERT = "bert@gmail.com"


class Real(AskedConsent):
    """The product's own, made when the address of our pages is known."""

    real: Any = None

    def ask(self, **asked: Any) -> Any:
        return self.real.ask(**asked)

    def exchange(self, **given: Any) -> Any:
        return self.real.exchange(**given)

    def revoke(self, secret: Secret) -> None:
        self.real.revoke(secret)

    def account(self, secret: str) -> str:
        return granting_account(secret)


@dataclass
class At:
    """The emulator, a form, and a browser of its owner."""

    google: GoogleEmulator
    form: Form
    pages: Pages
    ca: Path
    browser: Browser = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.pages.browser()

    def at_google(self, user: str = ANN, **others: Any) -> GoogleBrowser:
        """The same browser, at Google's pages, where `user` is signed in."""
        return GoogleBrowser(self.google, user, verify=self.ca, session=self.browser.session, **others)

    def came(self, url: str, user: str = ANN, **others: Any) -> str:
        """They press there, come back, and read what came of it once a worker has looked at it."""
        page = self.browser.open(self.at_google(user, **others).back_from(url))
        assert "code=" not in page.url
        return self.form.after_work(self.browser, page)


@contextmanager
def at_google(world: SlackWorld, tls: Certificate, directory: Path) -> Iterator[At]:
    """The world with pages, and Ann and Bert at the emulator, which has that certificate."""
    consenting = Real()
    with_google(world, consenting)
    with GoogleEmulator(tls=(tls.chain, tls.key)) as google, paged(world) as pages:
        for address in (ANN, BERT):
            google.add_person(address)
        google.add_client("web", redirect_uris=[f"{pages.url}{CALLBACK}"])
        file = directory / "client.json"
        file.write_text(json.dumps(google.client_secrets("web")))
        client = client_in(file, ClientKind.WEB, "SETTING")
        reached = Google(Network(trusts_person=True, ca_file=tls.ca), google.url.rstrip("/"), (client,), None)
        consenting.real = GoogleConsent(reached, client, f"{pages.url}{CALLBACK}")
        yield At(google, Form(world, pages, consenting), pages, tls.ca)
