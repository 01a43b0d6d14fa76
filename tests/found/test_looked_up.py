"""Accounts that were typed without a server: what is signed in to, and what a person reads before."""

from __future__ import annotations

from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest

from bot.stored.drafts import Draft, Fields
from bot.work.checking import _server_looked_up
from emulators.exchange.names import Names
from engine.connectors.exchange.autodiscover import _account, discovered
from engine.connectors.network.pinning import Network
from engine.errors import Side
from engine.migration.account import Access, Account
from engine.ports.looking_up import Found
from terminal.looking_up import with_servers
from terminal.moving import request_of
from terminal.output import Output
from terminal.session import Session

URL = "https://mail.example.org/EWS/Exchange.asmx"


def found_at(url: str, login: str, *, confirm: bool = False) -> Found:
    """What Autodiscover makes of an answer that names that URL."""
    account = _account({"Protocol": "Ews", "Url": url}, login)
    assert account is not None
    return Found(account, confirm=confirm)


@pytest.mark.parametrize("access", [Access.IMPERSONATION, Access.FULL_ACCESS])
@pytest.mark.parametrize("side", Side)
def test_a_service_account_opens_the_mailbox_that_was_named_wherever_its_server_is(side: Side, access: Access) -> None:
    """Not its own: that would be read or written in the place of somebody else's."""
    def look_up(_settings: object, account: Account, _side: Side) -> Found | None:
        return found_at(URL, account.login)

    session = Session(Output(StringIO(), StringIO(), as_json=False), None, None, None, None)  # type: ignore[arg-type]  # not asked for
    full = [side.value] if access is Access.FULL_ACCESS else []
    named: dict[str, Any] = {f"{side}_mailbox": "claire@example.org"}
    url = "ews+https://svc%40example.org@"
    wanted = request_of(url, url.replace("svc", "new"), None, allow_plaintext=False, full_access=full, **named)
    known = with_servers(session, wanted, look_up)
    account = known.source if side is Side.SOURCE else known.destination

    assert account.host == "mail.example.org"
    assert (account.mailbox, account.access) == ("claire@example.org", access)


def test_a_long_host_is_shown_whole_to_whoever_confirms_it() -> None:
    """A name is read from its end: what is cut off there may be somebody else's domain."""
    host = f"mail.example.org.{'a' * 60}.{'b' * 60}.evil.example"
    services: Any = SimpleNamespace(look_up=lambda account, _side: found_at(f"https://{host}/EWS/Exchange.asmx",
                                                                              account.login, confirm=True))
    fields = Fields(source_kind="exchange", source_server="", source_login="ann@example.org",
                    destination_server="ex.example.net", destination_login="ann@example.net")
    draft = Draft(id="7K2F9QXD", team="T", owner="U", channel="C", created=None, fields=fields)  # type: ignore[arg-type,call-arg]

    _draft, verdict = _server_looked_up(services, draft, Side.SOURCE)

    assert verdict is not None
    assert host in verdict.words


@pytest.mark.parametrize("host", ["mail.ex\u0430mple.org", "mail.exampl\u0435.org"])    # Cyrillic a, e
def test_a_host_that_looks_like_another_is_shown_in_ascii(host: str) -> None:
    """As the name server has it (RFC 5890): nobody can tell these letters from Latin ones."""
    assert found_at(f"https://{host}/EWS/Exchange.asmx", "ann@example.org").account.server.isascii()


@pytest.mark.parametrize("address", ["ann@example.org"])
def test_nothing_but_hosts_of_the_address_is_asked(address: str) -> None:
    """Nobody hears of the address who is not of its domain."""
    names = Names()

    def addresses(host: str, _port: int) -> list[str]:
        names.add_host(host, "127.0.0.1")
        return names.addresses(host)

    assert discovered(address, Network(resolve_name=addresses), names.srv, side=Side.SOURCE) is None
    assert {host for _kind, host in names.asked} <= {
        "example.org", "autodiscover.example.org", "_autodiscover._tcp.example.org"
    }
