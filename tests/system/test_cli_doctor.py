"""`omm doctor` as a person runs it: a report that can be shown to strangers, and a mailbox that is as it was."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest

from emulators.exchange import ExchangeEmulator, Fault
from engine.store.masks import spellings
from tests.servers.certificates import certificate
from tests.servers.on_disk import files
from tests.system.command import Command, Result, finish, line_with

LOGIN, PASSWORD = "claire.lefevre@kontor-exchange.example", "sentinel-é 7f3a/%40\"'"

SERVICE = "mover@hoster.example"


@dataclass
class Desk:
    """A terminal, and a mailbox of the emulator over TLS."""

    command: Command
    exchange: ExchangeEmulator

    @property
    def url(self) -> str:
        return self.exchange.url.replace("https://", f"ews+https://{quote(LOGIN, safe='')}@")

    def doctor(self, *arguments: str, **more: str | None) -> Result:
        return self.command.run("doctor", self.url, *arguments, env=more)


@pytest.fixture
def desk(command: Command) -> Iterator[Desk]:
    tls = certificate(command.directory / "tls")
    command.environ["OMM_CA_FILE"] = str(tls.ca)
    command.passwords = {"OMM_DESTINATION_PASSWORD": PASSWORD}
    with ExchangeEmulator(command.directory / "exchange.sqlite", tls=(tls.chain, tls.key)) as exchange:
        exchange.add_mailbox(LOGIN, password=PASSWORD)
        was = exchange.dump()
        yield Desk(command, exchange)
        assert exchange.dump() == was
        assert exchange.outgoing() == []
        assert exchange.schema_faults == []


def test_all_fine(desk: Desk) -> None:
    """One line a finding, then the release, then the verdict; exit status 0."""
    done = desk.doctor()

    assert (done.status, done.stderr) == (0, "")
    assert sum(line.startswith("ok ") for line in done.stdout.splitlines()) == 25
    assert "WRONG" not in done.stdout
    assert "Exchange 2019, build 15.2.1748.10, schema V2017_07_11." in done.stdout
    assert "All is fine." in done.stdout


@pytest.mark.parametrize(("settings", "says"), [
    ({"version": "2010"}, "Exchange 2010; Exchange 2013 or later is needed"),
    ({"quota_bytes": 0}, "mailbox is full"),
])
def test_something_wrong(desk: Desk, settings: dict[str, object], says: str) -> None:
    """It is said in words; exit status 2."""
    desk.exchange.configure(**settings)

    done = desk.doctor()

    assert done.status == 2
    assert says in done.stdout
    assert "1 thing is wrong." in done.stdout


def test_programs_read_one_object(desk: Desk) -> None:
    """Standard output holds it and nothing else; people read along on standard error."""
    desk.exchange.add_fault(Fault(operation="GetItem", nth=1, action="fault", code="ErrorServerBusy", back_off_ms=250))

    done = desk.doctor("--json")

    assert done.status == 0
    assert done.json["state"] == "fine"
    assert done.json["server"] == {
        "release": "Exchange 2019", "build": "15.2.1748.10", "schema": "V2017_07_11", "scheme": "ntlm",
        "bound": True, "folders": 17, "messages": 0,
    }
    assert (done.json["offered"], done.json["waits"], done.json["untried"]) == (["basic", "ntlm"], [0.25], [])
    assert (done.json["host"], done.json["transport"], done.json["login"]) == (None, "tls", "an address")
    assert {finding["fine"] for finding in done.json["findings"]} == {True}
    assert "All is fine." in done.stderr


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--verbose",)])
@pytest.mark.parametrize("password", [PASSWORD, "another-sentinel-é 19c2"])
def test_the_report_names_nobody(desk: Desk, arguments: tuple[str, ...], password: str) -> None:
    """Neither password nor login nor server is in it, whatever is wrong; the password is in no file either."""
    done = desk.doctor(*arguments, OMM_DESTINATION_PASSWORD=password)

    said = (done.stdout + done.stderr).casefold()
    for name in ("claire", "lefevre", "kontor", "localhost", "sentinel"):
        assert name not in said
    held = b"".join(files(desk.command.state).values())
    for spelling in spellings(password):
        assert spelling.encode() not in held


def test_the_server_is_named_on_request(desk: Desk) -> None:
    """For the people of one's own house."""
    done = desk.doctor("--show-host", "--json")

    assert done.json["host"] == "localhost"
    assert "Server: localhost, port" in done.stderr


@pytest.mark.parametrize(("granted", "status"), [({"full_access": {SERVICE: [LOGIN]}}, 0), ({}, 2)])
def test_a_service_account_is_tried_by_the_right_that_was_typed(
    desk: Desk, granted: dict[str, dict[str, list[str]]], status: int
) -> None:
    """The report says which right it is, and names neither of the two addresses, also where the right is missing."""
    desk.exchange.add_account(SERVICE, password=PASSWORD)
    desk.exchange.configure(**granted)
    url = desk.url.replace(quote(LOGIN, safe=""), quote(SERVICE, safe=""))

    done = desk.command.run("doctor", url, "--destination-mailbox", LOGIN, "--full-access", "destination", "--json")

    assert (done.status, done.json["access"]) == (status, "full access")
    assert "The mailbox is another one, which it opens by full access." in done.stderr
    assert ("[login] has no full access to [mailbox] on the destination server." in done.stderr) is (status == 2)
    for name in ("claire", "lefevre", "kontor", "localhost", "mover", "hoster"):
        assert name not in (done.stdout + done.stderr).casefold()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_takes_away_what_was_written(desk: Desk, sent: signal.Signals) -> None:
    """Told to stop while the message lies there, it removes message and folder and says so; exit status 2."""
    desk.exchange.add_fault(Fault(operation="GetItem", nth=1, action="hold", name="reading"))
    process = desk.command.start("doctor", desk.url)
    assert desk.exchange.wait_held("reading", 90)

    os.kill(process.pid, sent)
    line_with(process.stdout, "Ctrl-C again leaves at once")
    desk.exchange.release("reading")
    done = finish(process)

    assert done.status == 2
    assert "It was stopped." in done.stdout
    assert "everything was removed" in done.stdout


@pytest.mark.parametrize(("arguments", "says"), [
    (("--show-host",), "Name it: omm doctor EWS-URL"),
    (("",), "account is empty"),
    (("ews+http://claire@mail.invalid",), "--allow-plaintext"),
    (("imaps://claire@mail.invalid",), "tries an Exchange account"),
    (("ews+https://claire:hunter2@mail.invalid",), "password out of the account"),
    (("ews+https://claire@mail.invalid", "hunter2"), "unexpected extra argument"),
    (("ews+https://claire@mail.invalid", "--size", "0"), "from 1 to 1,000"),
    (("ews+https://claire@mail.invalid", "--size", "many"), "--size"),
    (("ews+https://claire@mail.invalid", "--destination-password-file", "nowhere"), "cannot be read"),
])
def test_what_cannot_be_begun_is_said_at_once(command: Command, arguments: tuple[str, ...], says: str) -> None:
    """Exit status 3, one clear line, no traceback, and nothing of what might be a password."""
    done = command.run("doctor", *arguments, env={"OMM_DESTINATION_PASSWORD": PASSWORD})

    assert done.status == 3
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stdout + done.stderr


def test_without_a_password_and_a_terminal_it_is_not_begun(command: Command) -> None:
    """It says how to give one."""
    done = command.run("doctor", "ews+https://claire@mail.invalid")

    assert done.status == 3
    assert "no terminal to ask" in done.stderr


class Shop(BaseHTTPRequestHandler):
    """A web server that sells something else."""

    def do_POST(self) -> None:
        body = b"<html>There is nothing here.</html>"
        self.send_response(404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing."""


@contextmanager
def shop() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_web_server_that_is_no_exchange_says_so(command: Command) -> None:
    """The first step finds it."""
    with shop() as port:
        done = command.run("doctor", f"ews+http://claire@127.0.0.1:{port}", "--allow-plaintext", "--json",
                           env={"OMM_DESTINATION_PASSWORD": PASSWORD})

    assert done.status == 2
    assert done.json["state"] == "wrong"
    assert [finding["step"] for finding in done.json["findings"]] == ["sign-in offered"]
    assert "There is no Exchange Web Service at this address" in done.json["findings"][0]["words"]
    assert json.dumps(done.json).count("127.0.0.1") == 0


def test_a_server_that_nobody_can_reach_is_named(command: Command) -> None:
    """Its name is not repeated to whoever reads along."""
    done = command.run("doctor", "ews+https://claire@nowhere.invalid", env={"OMM_DESTINATION_PASSWORD": PASSWORD})

    assert done.status == 2
    assert "There is no server called [host]." in done.stdout
