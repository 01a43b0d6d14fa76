"""Gmail at the terminal from end to end: consent in a browser, mail by IMAP, and what was granted given back."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
import requests

from emulators.exchange import ExchangeEmulator
from emulators.exchange import Fault as ExchangeFault
from emulators.google import Fault, GoogleEmulator
from tests.servers.certificates import certificate
from tests.servers.gmail.account import IMAP_ADMIN, Gmail, Person, System
from tests.servers.google.browser import GoogleBrowser
from tests.servers.google.world import google_world
from tests.servers.mail_servers.dovecot import installed
from tests.servers.on_disk import files
from tests.system.command import Command, Result, finish, line_with
from tests.system.conftest import ADDRESS, PASSWORD

pytestmark = pytest.mark.skipif(not installed(), reason="Dovecot is not installed (make system-deps)")

ANN, BEN = "ann@example.org", "ben@example.org"
LETTERS = "abcd efgh ijkl mnop"
HOLD = ExchangeFault(operation="CreateItem", action="hold", name="writes")
MAIL = b"Message-ID: <%d@example.org>\r\nFrom: b@example.org\r\nSubject: %d\r\n\r\nhello\r\n"


@dataclass
class World:
    """Google, its mail, a destination and a terminal whose environment has a Desktop client."""

    google: GoogleEmulator
    imap: Gmail
    exchange: ExchangeEmulator
    command: Command

    def urls(self, login: str = ANN) -> tuple[str, str]:
        return f"gmail://{login}", self.exchange.url.replace("https://", f"ews+https://{quote(ADDRESS, safe='')}@")

    def file(self, name: str, said: object) -> str:
        path = self.command.directory / name
        path.write_text(json.dumps(said))
        path.chmod(0o600)
        return str(path)

    def consenting(self, *arguments: str, user: str = ANN, **browser: Any) -> Result:
        """A command, while somebody at a browser does what its page asks."""
        running = self.command.start(*arguments)
        url = line_with(running.stdout, "/o/oauth2/auth?")
        back = GoogleBrowser(self.google, user, verify=self.command.directory / "ca.pem", **browser).open(url)
        assert "You can close this window" in back.text
        assert back.headers["Referrer-Policy"] == "no-referrer"
        return finish(running)

    def subjects(self) -> list[str]:
        return sorted(message.subject for message in self.exchange.messages(ADDRESS))

    def revoked(self) -> int:
        return sum(call.endpoint == "revoke" for call in self.google.requests)

    def asked(self) -> int:
        return sum(call.endpoint == "auth" and call.verb == "GET" for call in self.google.requests)


@contextmanager
def furnished(command: Command) -> Iterator[World]:
    tls = certificate(command.directory / "tls")
    with ExitStack() as stack:
        people = [Person(ANN, "ordinary", (LETTERS,)), Person(BEN)]
        both = stack.enter_context(google_world(command.directory, people))
        google, imap = both.google, both.gmail
        google.add_client("installed")
        for number in range(3):
            imap.mailbox(ANN).deliver(MAIL % (number, number))
        exchange = stack.enter_context(
            ExchangeEmulator(command.directory / "exchange.sqlite", tls=(tls.chain, tls.key))
        )
        exchange.add_mailbox(ADDRESS, password=PASSWORD)
        world = World(google, imap, exchange, command)
        (command.directory / "ca.pem").write_bytes(tls.ca.read_bytes() + both.ca_file.read_bytes())
        command.environ |= {
            "OMM_CA_FILE": str(command.directory / "ca.pem"), "GOOGLE_API_URL": google.url,
            "GOOGLE_IMAP_HOST": f"{imap.host}:{imap.port}",
            "GOOGLE_DESKTOP_CLIENT_SECRETS_FILE": world.file("client.json", google.client_secrets("installed")),
        }
        command.passwords = {"OMM_DESTINATION_PASSWORD": PASSWORD}
        yield world


@pytest.fixture
def world(command: Command) -> Iterator[World]:
    with furnished(command) as running:
        yield running


def test_mail_moves_after_consent_which_is_given_back_at_the_end(world: World) -> None:
    """One click; no token on disk or in a log; nothing of the grant is left at Google. Again, only what is new."""
    done = world.consenting("migrate", "--verbose", *world.urls())
    tokens = [value for call in world.google.requests for name in ("code", "code_verifier", "refresh_token", "token")
              for value in call.parameters.get(name, [])]

    assert done.status == 0, done.stdout + done.stderr
    assert world.subjects() == ["0", "1", "2"]
    assert world.google.tokens(ANN) == {"access": [], "refresh": []}
    written = [*files(world.command.state).values(), done.stdout.encode(), done.stderr.encode()]
    assert len(tokens) >= 3
    assert not [token for token in tokens if any(token.encode() in text for text in written)]
    world.imap.mailbox(ANN).deliver(MAIL % (3, 3))
    assert world.consenting("migrate", *world.urls()).status == 0
    world.imap.mailbox(ANN).deliver(MAIL % (4, 4))
    task = re.findall(r"Migration (\S{4}-\S{4})", done.stdout)[0]
    assert world.consenting("retry", task).status == 0
    assert world.subjects() == ["0", "1", "2", "3", "4"]
    assert world.google.tokens(ANN) == {"access": [], "refresh": []}


@contextmanager
def stopped(world: World) -> Iterator[str]:
    """A migration that was stopped at its first write, and is not at an end; its task ID."""
    world.exchange.add_fault(HOLD)
    running = world.command.start("migrate", *world.urls())
    url = line_with(running.stdout, "/o/oauth2/auth?")
    GoogleBrowser(world.google, ANN, verify=world.command.directory / "ca.pem").open(url)
    task = line_with(running.stdout, "Migration ").removeprefix("Migration ")
    assert world.exchange.wait_held("writes", 90)
    running.send_signal(signal.SIGINT)
    world.exchange.clear_faults()
    assert finish(running).status == 2
    yield task


def test_what_a_task_has_is_used_until_it_is_taken_back(world: World) -> None:
    """A task that stopped goes on without a question; one whose grant was revoked says so, and asks once more."""
    with stopped(world) as task:
        world.google.revoke(ANN)
        over = world.command.run("resume", task)
        asked = world.asked()
        done = world.consenting("migrate", *world.urls())

    assert over.status == 2
    assert "Authorise access again" in over.stdout + over.stderr
    assert (done.status, world.subjects()) == (0, ["0", "1", "2"]), done.stdout + done.stderr
    assert world.asked() > asked
    assert world.google.tokens(ANN) == {"access": [], "refresh": []}


def test_what_a_cancelled_task_had_is_given_back_also_when_google_is_away_at_first(world: World) -> None:
    """Until then nothing was: the task could have gone on. The next command tries again."""
    with stopped(world) as task:
        kept = world.google.tokens(ANN)["refresh"]
        world.google.add_fault(Fault(endpoint="revoke", action="status", status=503, times=None))
        ended = world.command.run("cancel", task)
        left = world.google.tokens(ANN)["refresh"]
        world.google.clear_faults()
        world.command.run("status")

    assert ended.status == 0, ended.stdout + ended.stderr
    assert (len(kept), left) == (1, kept)
    assert world.google.tokens(ANN) == {"access": [], "refresh": []}


def test_what_is_of_no_use_is_not_stored_and_given_back(world: World) -> None:
    """Another account's consent, one without mail, a refusal, and a check, which leaves nothing."""
    other = world.consenting("migrate", *world.urls(), user=BEN)
    assert (other.status, world.revoked()) == (2, 1)
    assert f"Consent was given for {BEN}, and not for {ANN}. Nothing was stored, and it was given back" in other.stderr
    assert world.google.tokens(BEN) == {"access": [], "refresh": []}

    part = world.consenting("migrate", *world.urls(), ticks=[])
    assert (part.status, world.revoked()) == (2, 2)
    assert "without the box for mail" in part.stderr

    refused = world.consenting("migrate", *world.urls(), does="cancel")
    assert (refused.status, world.revoked()) == (2, 2)
    assert "Consent was refused" in refused.stderr

    checked = world.consenting("check", *world.urls())
    assert (checked.status, world.revoked()) == (0, 3), checked.stdout + checked.stderr
    assert world.google.tokens(ANN) == {"access": [], "refresh": []}
    assert world.subjects() == []


def test_ctrl_c_ends_the_wait_for_the_browser(world: World) -> None:
    """At once; nobody is there any more for whoever consents later."""
    running = world.command.start("migrate", *world.urls())
    url = line_with(running.stdout, "/o/oauth2/auth?")
    running.send_signal(signal.SIGINT)
    ended = finish(running)

    assert (ended.status, "Stopped." in ended.stderr) == (2, True)
    with pytest.raises(requests.ConnectionError):
        GoogleBrowser(world.google, ANN, verify=world.command.directory / "ca.pem").open(url)


def test_the_two_other_ways_need_no_browser(world: World) -> None:
    """A service account goes before consent, an app password before both; without any of them the three are named."""
    world.google.add_service_account()
    world.google.delegate("example.org", [IMAP_ADMIN])
    key = {"GOOGLE_SERVICE_ACCOUNT_FILE": world.file("key.json", world.google.service_account_file())}
    by_service = world.command.run("migrate", *world.urls(), env=key)
    by_password = world.command.run("migrate", *world.urls(), env=key | {"OMM_SOURCE_PASSWORD": LETTERS})
    more = world.command.run("migrate", *world.urls(), "--contents", "mail,tasks", env={"OMM_SOURCE_PASSWORD": LETTERS})
    delegated = world.command.run("check", *world.urls(), "--contents", "mail,tasks", env=key)
    wrong = world.command.run("migrate", *world.urls(), env={"OMM_SOURCE_PASSWORD": "hunter2"})
    none = world.command.run("migrate", *world.urls(), env={"GOOGLE_DESKTOP_CLIENT_SECRETS_FILE": None})

    assert (by_service.status, by_password.status) == (0, 0), by_service.stderr + by_password.stderr
    assert world.subjects() == ["0", "1", "2"]
    assert (wrong.status, none.status, world.asked()) == (3, 3, 0)
    assert "app password" in wrong.stderr
    others = "contacts, contact groups, calendars, tasks, inbox rules and out-of-office"
    assert f"has not delegated to OMM's service account what opens {others}" in by_service.stdout + by_service.stderr
    assert f"opens a Google account's mail alone. Not moved: {others}" in by_password.stdout + by_password.stderr
    assert (more.status, delegated.status) == (3, 2)
    assert "--contents mail" in more.stderr
    assert "opens mail of the source, and not tasks" in delegated.stderr
    assert all(way in none.stderr for way in ("--source-password-file", "SERVICE_ACCOUNT", "GOOGLE_DESKTOP"))
    assert not [path for path, held in files(world.command.state).items() if b"PRIVATE KEY" in held]


def test_the_doctor_says_what_is_set_up_and_what_gmail_shows(world: World) -> None:
    """Files, access, renewal, scopes, IMAP, All Mail, and both counts; what was granted for it is given back."""
    web = world.google.add_client("web", redirect_uris=["https://omm.example.org/oauth/google/callback"])
    names = {"GOOGLE_CLIENT_SECRETS_FILE": world.file("web.json", world.google.client_secrets("web"))}
    fine = world.consenting("doctor", f"gmail://{ANN}")
    elsewhere = world.command.run("doctor", f"gmail://{ANN}", env=names | {"OMM_PUBLIC_URL": "https://omm.example.net"})
    by_password = world.command.run("doctor", "--json", f"gmail://{ANN}", env=names | {"OMM_SOURCE_PASSWORD": LETTERS})
    world.imap.control.configure(ANN, hidden=frozenset({System.ALL}))
    hidden = world.command.run("doctor", f"gmail://{ANN}", env={"OMM_SOURCE_PASSWORD": LETTERS})
    world.imap.control.configure(ANN, imap=False)
    off = world.command.run("doctor", f"gmail://{ANN}", env={"OMM_SOURCE_PASSWORD": LETTERS})

    assert fine.status == 0, fine.stdout + fine.stderr
    for said in ("GOOGLE_DESKTOP_CLIENT_SECRETS_FILE is right", "GOOGLE_CLIENT_SECRETS_FILE is not set",
                 f"by consent of {ANN}; the token can be renewed. Granted: https://mail.google.com/", "lets us in",
                 "All Mail is shown", "3 messages by IMAP, 3 by Gmail's own count",
                 "Google Calendar API: ", "People API: ", "Google Tasks API: ", "Gmail API: 0 filters",
                 "2,200 MB in 24 hours; 2,200 MB of them are left", "All is fine"):
        assert said in fine.stdout, fine.stdout
    assert world.google.tokens(ANN) == {"access": [], "refresh": []}
    assert elsewhere.status == 2
    assert "no redirect URI https://omm.example.net/oauth/google/callback" in elsewhere.stdout
    assert (by_password.status, by_password.json["state"]) == (1, "warned")     # OMM_PUBLIC_URL is not set
    assert "an app password opens IMAP alone" in by_password.stdout
    assert (hidden.status, "All Mail is hidden" in hidden.stdout) == (1, True)
    assert off.status == 2
    assert "IMAP is off" in off.stdout
    assert web.secret not in fine.stdout + elsewhere.stdout + by_password.stdout
