"""One quick sign-in names what is wrong with a server, on either side; which versions of Exchange a side takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import envelope, parse
from engine.connectors.network.pinning import Network
from engine.errors import Cause, FatalError, OmmError, Side
from tests.servers.ports import free_ports

from .conftest import PASSWORD, Scripted, Server, account, always, http

READ = envelope(
    "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>',
    version=b"Exchange2010_SP1",
)
REFUSED = [     # side, version, its name, what is needed
    (Side.SOURCE, "2010 RTM", "Exchange 2010 without a service pack", "Exchange 2010 SP1"),
    (Side.DESTINATION, "2010 RTM", "Exchange 2010 without a service pack", "Exchange 2013"),
    (Side.DESTINATION, "2010 SP1", "Exchange 2010", "Exchange 2013"),
    (Side.DESTINATION, "2010 SP2", "Exchange 2010", "Exchange 2013"),
    (Side.DESTINATION, "2010", "Exchange 2010", "Exchange 2013"),
]
TAKEN = [
    (Side.SOURCE, "2010 SP1"), (Side.SOURCE, "2010 SP2"), (Side.SOURCE, "2010"), (Side.SOURCE, "2013"),
    (Side.SOURCE, "2019"), (Side.DESTINATION, "2013"), (Side.DESTINATION, "2019"),
]


def sessions(server: Server, address: str, side: Side) -> Sessions:
    network = Network(trusts_person=True, ca_file=server.ca)
    return Sessions(account(server.emulator.url, address), PASSWORD, network, side=side)


@pytest.mark.parametrize("offer", ["ntlm", "basic"])
@pytest.mark.parametrize(("side", "version", "name", "needed"), REFUSED)
def test_a_version_that_is_too_old_is_named_with_what_is_needed(
    plain: Server, offer: str, side: Side, version: str, name: str, needed: str
) -> None:
    """Whatever the first request is, the person reads which Exchange it is and from which one on it would do."""
    plain.emulator.configure(version=version, auth=(offer,))
    opened = sessions(plain, plain.mailbox(), side)

    with pytest.raises(FatalError) as caught:
        opened.ask(READ)

    assert str(caught.value) == f"The {side} is {name}; {needed} or later is needed."
    assert (caught.value.cause, caught.value.side) == (Cause.TOO_OLD, side)


@pytest.mark.parametrize(("side", "version"), TAKEN)
def test_a_version_that_will_do_answers(plain: Server, side: Side, version: str) -> None:
    """A source from 2010 SP1 on, a destination from 2013 on."""
    plain.emulator.configure(version=version)
    opened = sessions(plain, plain.mailbox(), side)

    assert parse(opened.ask(READ), side).tag.endswith("GetFolderResponse")
    opened.close()


def unknown(_host: str, _port: int) -> Iterable[str]:
    raise OSError


@pytest.mark.parametrize("side", list(Side))
def test_what_keeps_a_sign_in_from_the_mailbox_is_named(
    plain: Server, scripted: Callable[..., Scripted], reach: Callable[..., ExchangeDestination], side: Side
) -> None:
    """A name without a server, a closed port, no TLS, a wrong password, no EWS: each is said, of its side."""
    address, (closed,) = plain.mailbox(), free_ports(1)
    nowhere = Network(trusts_person=True, resolve_name=unknown)
    tries = {
        Cause.HOST_UNKNOWN: reach("https://ex.example.org/EWS/Exchange.asmx", side=side, network=nowhere),
        Cause.HOST_NOT_ALLOWED: reach(plain.emulator.url, side=side, network=Network()),
        Cause.UNREACHABLE: reach(f"http://127.0.0.1:{closed}/EWS/Exchange.asmx", side=side),
        Cause.WRONG_PROTOCOL: reach(plain.emulator.url.replace("http:", "https:"), side=side),
        Cause.SIGN_IN: plain.open(address, "wrong", side=side),
        Cause.NO_EWS: reach(scripted(always(http(404))).url, side=side),
    }

    found = {}
    for cause, mailbox in tries.items():
        with pytest.raises(OmmError) as caught:
            mailbox.check()
        found[cause] = caught.value

    assert {cause: (error.cause, error.side) for cause, error in found.items() if isinstance(error, FatalError)} == {
        cause: (cause, side) for cause in tries
    }
