"""Google, as the emulator is it, with TLS; one person, and the clients of an installation."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from emulators.google import GoogleEmulator
from engine.connectors.google.access.clients import Client, ClientKind, client_in, service_account_in
from engine.connectors.google.access.consent import GoogleConsent
from engine.connectors.google.access.grants import KeptAccess, kept_access
from engine.connectors.google.access.reaching import Google
from engine.connectors.google.access.scopes import IMAP_ADMIN
from engine.connectors.network.pinning import Network
from engine.migration.content import Content
from engine.ports.consent import Grant
from engine.store.vault import Secret
from tests.servers.certificates import Certificate, certificate

ANN, BEN = "ann@gmail.com", "ben@gmail.com"
CALLBACK = "https://omm.example.org/oauth/google/callback"


@dataclass
class At:
    """The emulator, and how the product reaches it. `hidden` is what was said to the masks."""

    emulator: GoogleEmulator
    directory: Path
    tls: Certificate
    hidden: list[str] = field(default_factory=list)

    def file(self, name: str, said: object) -> Path:
        path = self.directory / f"{secrets.token_hex(4)}-{name}.json"
        path.write_text(json.dumps(said))
        return path

    def client(self, kind: ClientKind) -> Client:
        return client_in(self.file(kind, self.emulator.client_secrets(kind.value)), kind, "SETTING")

    @property
    def network(self) -> Network:
        return Network(trusts_person=True, ca_file=self.tls.ca)

    def google(self) -> Google:
        key = service_account_in(self.file("key", self.emulator.service_account_file()), "SETTING")
        clients = (self.client(ClientKind.WEB), self.client(ClientKind.DESKTOP))
        return Google(self.network, self.emulator.url.rstrip("/"), clients, key, hide=self.hidden.append)

    def consent(self, kind: ClientKind = ClientKind.WEB, back: str = CALLBACK) -> GoogleConsent:
        return GoogleConsent(self.google(), self.client(kind), back)

    def granted(
        self, address: str = ANN, *, login: str = ANN, scopes: Collection[str] | None = None,
        contents: Collection[Content] = (Content.MAIL,),
    ) -> Grant:
        """What somebody allows on Google's page, exchanged."""
        consent = self.consent()
        asked = consent.ask(state="state", contents=contents, login=login)
        pressed = self.emulator.press(urlsplit(asked.url).query, address, "continue", scopes)
        code = parse_qs(urlsplit(pressed.location).query)["code"][0]
        return consent.exchange(code=Secret(code), verifier=asked.verifier, contents=contents)

    def kept(self, address: str = ANN) -> KeptAccess:
        return kept_access(self.granted(address).secret)


@pytest.fixture(scope="session")
def google_tls(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("google-tls"))


@pytest.fixture
def at(tmp_path: Path, google_tls: Certificate) -> Iterator[At]:
    with GoogleEmulator(tls=(google_tls.chain, google_tls.key)) as running:
        for address in (ANN, BEN, "carl@example.org"):
            running.add_person(address)
        running.add_client("web", redirect_uris=[CALLBACK])
        running.add_client("installed")
        running.add_service_account()
        running.delegate("example.org", [IMAP_ADMIN])
        yield At(running, tmp_path, google_tls)


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All that any library logs, as somebody would see it who debugs."""
    caplog.set_level(logging.DEBUG)
    return caplog
