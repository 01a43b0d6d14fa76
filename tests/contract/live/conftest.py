"""The server under test: the emulator, or with --live the one that OMM_LIVE_EWS names.

    OMM_LIVE_EWS=ews+https://user%40example.org@mail.example.org OMM_LIVE_PASSWORD=… make live

Everything happens in one folder that is made for it and removed at the end; nothing is sent to anybody. It makes one
sign-in with a wrong password, sends one request of 68 MB, and writes about 600 small messages. Each failure is printed
once more at the end, as a sentence without the names of server and login: something that the emulator does otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulators.exchange import ExchangeEmulator
from engine.connectors.network.pinning import Network
from engine.errors import InputError
from engine.migration.account import Account, parse_account
from engine.store.masks import Masks
from terminal.doctor import discretion

from .server import Server

LOCAL = ("claire@example.org", "correct horse")
FAILED = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", action="store_true", help="ask the server that OMM_LIVE_EWS names")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FAILED] = []
    if is_live(config):
        live()      # what is missing is said before anything begins


def is_live(config: pytest.Config) -> bool:
    return bool(config.getoption("--live", default=False))


def live() -> tuple[Account, str]:
    """The account to test with. Ends the run with a clear line when there is none."""
    url, password = os.environ.get("OMM_LIVE_EWS", ""), os.environ.get("OMM_LIVE_PASSWORD", "")
    try:
        account = parse_account(url)
    except InputError as error:
        raise pytest.UsageError(f"OMM_LIVE_EWS: {error}") from None
    if not password:
        raise pytest.UsageError("OMM_LIVE_PASSWORD is not set.")
    return account, password


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server, signed in to, with a room to work in; the room is removed at the end."""
    if is_live(request.config):
        account, password = live()
        named = os.environ.get("OMM_LIVE_CA_FILE")
        network = Network(trusts_person=True, ca_file=Path(named) if named else None)
        yield from _entered(Server(account, password, network))
        return
    login, password = LOCAL
    with ExchangeEmulator(tmp_path_factory.mktemp("live") / "exchange.sqlite") as emulator:
        emulator.add_mailbox(login, password=password)
        was = emulator.dump()
        url = emulator.url.replace("http://", f"ews+http://{login.replace('@', '%40')}@")
        yield from _entered(Server(parse_account(url, allow_plaintext=True), password, Network(trusts_person=True)))
        assert emulator.dump() == was
        assert emulator.outgoing() == []
        assert emulator.schema_faults == []


def _entered(server: Server) -> Iterator[Server]:
    try:
        server.enter()
        yield server
    finally:
        server.leave()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Keeps one sentence of each failure; one of what keeps all tests from beginning."""
    report = yield
    if call.excinfo is not None and is_live(item.config) and report.failed:
        seen = str(call.excinfo.value).partition("\n")[0]
        promise = (item.function.__doc__ or "").partition("\n")[0]
        item.config.stash[FAILED].append(seen if call.when == "setup" else f"{item.name}: {promise} But: {seen}")
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The sentences, without names."""
    if not is_live(config) or not config.stash[FAILED]:
        return
    account, password = live()
    masks = Masks()
    masks.hide(password)
    discreet = discretion(account, masks.masked, show_host=False)
    terminalreporter.section("to paste into an issue")
    for line in dict.fromkeys(config.stash[FAILED]):
        terminalreporter.write_line(f"- {discreet(line)}")
