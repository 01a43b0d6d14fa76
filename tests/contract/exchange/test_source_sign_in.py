"""A source is signed in to as a destination is: by the server's own offer, bound to TLS, and once only."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import envelope, parse
from engine.connectors.network.pinning import Network
from engine.errors import Cause, FatalError, Side, SignInError

from .conftest import PASSWORD, Server, account

READ = envelope(
    "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>',
    version=b"Exchange2010_SP1",
)
Open = Callable[..., Sessions]


@pytest.fixture
def source() -> Iterator[Open]:
    """Opens sources, and ends their connections afterwards."""
    made: list[Sessions] = []

    def opened(server: Server, login: str, password: str = PASSWORD) -> Sessions:
        network = Network(trusts_person=True, ca_file=server.ca)
        made.append(Sessions(account(server.emulator.url, login), password, network, side=Side.SOURCE))
        return made[-1]

    yield opened
    for one in made:
        one.close()


@pytest.mark.parametrize("version", ["2010", "2019"])
@pytest.mark.parametrize(("offer", "scheme"), [
    (("basic",), "basic"), (("ntlm", "basic"), "ntlm"), (("negotiate",), "negotiate"), (("negotiate", "ntlm"), "ntlm"),
])
def test_the_scheme_follows_the_offer_of_the_source(
    server: Server, source: Open, version: str, offer: tuple[str, ...], scheme: str
) -> None:
    """NTLM, alone or inside of SPNEGO, else Basic; one sign-in for any number of reads, of an old server too."""
    server.emulator.configure(version=version, auth=offer)
    address = server.mailbox()
    opened = source(server, address)

    for _ in range(3):
        parse(opened.ask(READ), Side.SOURCE)

    assert opened.scheme == scheme
    if scheme != "basic":       # which sends the password with every request
        assert server.accepted(address) == [True]


@pytest.mark.parametrize("offer", ["ntlm", "negotiate"])
def test_a_source_with_extended_protection_lets_in_whoever_names_its_certificate(
    tls: Server, source: Open, offer: str
) -> None:
    """The sign-in is bound to the pinned connection (RFC 5929)."""
    tls.emulator.configure(auth=(offer,), extended_protection="require")
    address = tls.mailbox()

    parse(source(tls, address).ask(READ), Side.SOURCE)

    assert tls.accepted(address) == [True]


@pytest.mark.parametrize("offer", ["basic", "ntlm", "negotiate"])
def test_a_wrong_password_costs_a_source_one_refusal(plain: Server, source: Open, offer: str) -> None:
    """However often it is read: the second time nobody is asked, and the words name the source."""
    plain.emulator.configure(auth=(offer,))
    address = plain.mailbox()
    opened = source(plain, address, "wrong")

    for _ in range(3):
        with pytest.raises(SignInError, match="The source server refused the login") as refused:
            opened.ask(READ)
        assert (refused.value.cause, refused.value.side) == (Cause.SIGN_IN, Side.SOURCE)

    assert plain.accepted(address) == [False]


def test_a_source_that_takes_kerberos_alone_says_so(plain: Server, source: Open) -> None:
    """No password is sent to a server that could not take it."""
    plain.emulator.configure(auth=("negotiate",), negotiate_ntlm=False)
    address = plain.mailbox()

    with pytest.raises(FatalError, match="The source server takes Kerberos alone"):
        source(plain, address).ask(READ)

    assert plain.sign_ins(address) == []


def test_a_mailbox_without_ews_is_forbidden_and_not_a_wrong_password(plain: Server, source: Open) -> None:
    """EwsEnabled is an administrator's: the password is right, and is not asked for again."""
    address = plain.mailbox()
    plain.emulator.configure(ews_disabled=[address])

    with pytest.raises(FatalError, match="does not allow access for this account") as refused:
        source(plain, address).ask(READ)

    assert (refused.value.cause, refused.value.side) == (Cause.FORBIDDEN, Side.SOURCE)
