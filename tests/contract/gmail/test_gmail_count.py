"""Gmail's own count of messages, by its interface; none where it cannot be had."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from emulators.google import Fault, GoogleEmulator, Label
from emulators.google.scopes import MAIL
from engine.connectors.google.mail.total import total
from engine.connectors.google.rest.asking import Asking
from engine.connectors.google.rest.web import session
from engine.connectors.google.source import opened
from engine.connectors.network.pinning import Network
from engine.credentials import Credential, PasswordCredential
from engine.errors import RefusedError
from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.store.vault import Secret
from tests.contract.gmail.owner import APP_PASSWORD, message, named
from tests.contract.gmail.placements import ARCHIVE
from tests.servers.gmail.account import GmailSeed, Person, System, UserSettings
from tests.servers.google.world import google_world
from tests.servers.mail_servers import dovecot

OWNER = "claire@example.org"


class Filled:
    """A mailbox of 3,000 messages."""

    def messages_total(self, address: str) -> int:
        return 3000

    def threads_total(self, address: str) -> int:
        return 1000

    def labels(self, address: str) -> Sequence[Label]:
        return []


@pytest.fixture
def google() -> Iterator[GoogleEmulator]:
    with GoogleEmulator(mailboxes=Filled()) as running:
        running.add_person(OWNER)
        running.add_client("web", redirect_uris=["https://omm.example.org/back"])
        yield running


def asking(google: GoogleEmulator, credential: Credential) -> Asking:
    return Asking(google.url.rstrip("/"), lambda: session(Network(), takes_later=True), credential,
                  stop=threading.Event(), waits=())


def api(google: GoogleEmulator, secret: str) -> Asking:
    return asking(google, PasswordCredential(Secret(secret)))


def test_gmails_own_count(google) -> None:
    """A token for mail tells it. One for something else, one that was revoked, and an app password do not."""
    token = google.consent(OWNER, [MAIL])["access_token"]
    other = google.consent(OWNER, ["openid"])["access_token"]

    assert total(api(google, f"Bearer {token}")) == 3000
    assert total(api(google, f"Bearer {other}")) is None
    asked = len(google.requests)
    assert total(api(google, APP_PASSWORD)) is None
    assert len(google.requests) == asked
    google.revoke(OWNER)
    assert total(api(google, f"Bearer {token}")) is None
    assert token not in repr(api(google, f"Bearer {token}"))


def test_a_token_that_is_refused_is_renewed(google) -> None:
    """A scan may last longer than a token lives: the count is told all the same."""
    dead = google.consent(OWNER, [MAIL])["access_token"]
    google.revoke(OWNER)
    token = google.consent(OWNER, [MAIL])["access_token"]

    class Renewing:
        newest = dead

        def secret(self, *, refused: Secret | None = None) -> Secret:
            self.newest = token if refused else self.newest
            return Secret(f"Bearer {self.newest}")

    assert total(asking(google, Renewing())) == 3000


def test_no_answer(google) -> None:
    """Where the interface fails, leads elsewhere, talks nonsense, or is away, nobody knows the number."""
    token = google.consent(OWNER, [MAIL])["access_token"]
    once = api(google, f"Bearer {token}")

    for fault in (
        Fault(endpoint="gmail", action="status", status=503), Fault(endpoint="gmail", action="drop"),
        Fault(endpoint="gmail", action="garbage", status=200), Fault(endpoint="gmail", action="html", status=200),
        Fault(endpoint="gmail", action="status", status=302),
    ):
        google.add_fault(fault)
        assert total(once) is None, fault
    assert total(once) == 3000
    google.stop()
    assert total(once) is None


@pytest.mark.skipif(not dovecot.installed(), reason=dovecot.MISSING)
def test_a_mailbox_that_hides_mail_is_compared_with_the_count(tmp_path) -> None:
    """As the doors open it: signed in by a token, All Mail hidden, and Gmail's count says how much is not seen."""
    seed = GmailSeed(["Work"], [message(1, ["Work"]), message(2), message(3)])
    owner = Person(OWNER, settings=UserSettings(hidden=frozenset({System.ALL})))
    with google_world(tmp_path, [owner], seeds={OWNER: seed}) as google:
        google.google.add_client("web", redirect_uris=["https://omm.example.org/back"])
        token = google.google.consent(OWNER, [MAIL])["access_token"]
        source = opened(
            parse_account(f"gmail://{OWNER}"), PasswordCredential(Secret(f"Bearer {token}")),
            Network(trusts_person=True, ca_file=google.ca_file), stop=threading.Event(),
            server=(google.gmail.host, google.gmail.port), api_url=google.google.url.rstrip("/"),
        )
        reader = source.reader(Content.MAIL)
        archive = named(reader.folders(), ARCHIVE)
        with pytest.raises(RefusedError, match="counts 3 messages in this mailbox, but shows only 1 of them"):
            list(reader.listing(archive))
        reader.close()
