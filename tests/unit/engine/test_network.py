"""Where connections may lead."""

import ssl
from collections.abc import Sequence
from ipaddress import IPv6Address
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from engine.connectors.network.pinning import Endpoint, Network
from engine.errors import Cause, FatalError, Side

PUBLIC = "93.184.216.34"
PUBLIC_6 = "2606:2800:220:1:248:1893:25c8:1946"


class Names:
    """A name server that gives these answers, one after the other; the last one stays."""

    def __init__(self, *answers: Sequence[str] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def cause(network: Network, host: str = "mail.example.org") -> Cause:
    with pytest.raises(FatalError) as caught:
        network.endpoint(host, 443, Side.SOURCE)
    assert caught.value.side is Side.SOURCE
    return caught.value.cause


@pytest.mark.parametrize("address", [PUBLIC, PUBLIC_6, f"::ffff:{PUBLIC}", "64:ff9b::5db8:d822", "2002:5db8:d822::1"])
def test_a_public_host_is_reached_at_the_address_that_was_checked(address: str) -> None:
    """The endpoint keeps the name for TLS and pins the address, also where IPv6 only wraps a public one."""
    found = Network(resolve_name=Names([address])).endpoint("mail.example.org", 993, Side.SOURCE)

    assert found == Endpoint("mail.example.org", 993, address)


@pytest.mark.parametrize("address", [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "ff0e::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::10.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::1", "2002:a00:1::", "2002:a9fe:a9fe::",
    "2001:0:7f00:1::", "100::1", "4000::1",
])
def test_what_is_not_public_is_refused(address: str) -> None:
    """Loopback, private, link-local, shared, documentation, multicast, reserved, and IPv6 forms that wrap those."""
    assert cause(Network(resolve_name=Names([address]))) is Cause.HOST_NOT_ALLOWED


@pytest.mark.parametrize("addresses", [[PUBLIC, "127.0.0.1"], ["127.0.0.1", PUBLIC], [PUBLIC, PUBLIC_6, "::1"]])
def test_one_address_that_is_not_public_spoils_the_host(addresses: list[str]) -> None:
    """Mixed answers of the name server are refused, in any order."""
    assert cause(Network(resolve_name=Names(addresses))) is Cause.HOST_NOT_ALLOWED


def test_a_name_is_resolved_once_so_that_a_second_answer_leads_nowhere() -> None:
    """The name server is asked once; the endpoint holds an address and no name is asked for again."""
    names = Names([PUBLIC], ["127.0.0.1"])

    found = Network(resolve_name=names).endpoint("mail.example.org", 443, Side.SOURCE)

    assert found.address == PUBLIC
    assert names.asked == ["mail.example.org"]


@pytest.mark.parametrize(("rule", "address"), [
    ("intern.example.org", "10.0.0.5"), ("10.0.0.5", "10.0.0.5"), ("10.0.0.0/8", "10.0.0.5"),
    ("10.1.2.3/8", "10.0.0.5"), ("fd00::/8", "fd12::1"), ("10.0.0.0/8", "::ffff:10.0.0.5"),
])
def test_the_operator_may_allow_a_host_an_address_or_a_network(rule: str, address: str) -> None:
    """What is allowed by name, address or network is reached although it is not public."""
    network = Network(frozenset({rule}), resolve_name=Names([address]))

    assert network.endpoint("Intern.Example.org", 443, Side.DESTINATION).address == address


@pytest.mark.parametrize(("rule", "address"), [
    ("example.org", "10.0.0.5"), ("10.0.0.0/8", "127.0.0.1"), ("not a network", "10.0.0.5"), ("", "10.0.0.5"),
])
def test_what_is_allowed_allows_nothing_else(rule: str, address: str) -> None:
    """A parent domain, another network or nonsense opens no door."""
    assert cause(Network(frozenset({rule}), resolve_name=Names([address]))) is Cause.HOST_NOT_ALLOWED


def test_an_allowed_host_does_not_excuse_another_one() -> None:
    """Allowing one name says nothing about another that has the same address."""
    network = Network(frozenset({"intern.example.org"}), resolve_name=Names(["10.0.0.5"]))

    assert cause(network, "evil.example.net") is Cause.HOST_NOT_ALLOWED


def test_whoever_sits_at_the_terminal_may_name_any_host() -> None:
    """From the terminal a private server is reached without having been allowed."""
    network = Network(trusts_person=True, resolve_name=Names(["192.168.1.1"]))

    assert network.endpoint("nas", 993, Side.SOURCE).address == "192.168.1.1"


@pytest.mark.parametrize("answer", [
    OSError("no such name"), UnicodeError("label too long"), [],
])
def test_a_host_that_nobody_knows_is_named(answer: Exception | list[str]) -> None:
    """A name that cannot be resolved is said to be unknown, not refused."""
    assert cause(Network(resolve_name=Names(answer))) is Cause.HOST_UNKNOWN


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "::1"])
def test_this_machines_resolver_finds_loopback_behind_every_spelling(host: str) -> None:
    """Odd spellings of the loopback address are taken for what they reach (or for nothing at all)."""
    assert cause(Network(), host) in (Cause.HOST_NOT_ALLOWED, Cause.HOST_UNKNOWN)


@pytest.mark.parametrize("host", ["a" * 300, "a..b", "\N{BLACK HEART SUIT}" * 70])
def test_a_host_that_is_no_name_is_unknown(host: str) -> None:
    """Whatever a resolver cannot digest ends in the same words, cut to a readable length."""
    with pytest.raises(FatalError) as caught:
        Network().endpoint(host, 443, Side.SOURCE)

    assert caught.value.cause is Cause.HOST_UNKNOWN
    assert len(str(caught.value)) < 300


@given(st.ip_addresses())
def test_any_address_is_either_reached_or_refused(address) -> None:
    """No address breaks the check, and one that is reached is not of our own networks.

    An IPv6 address that wraps an IPv4 one (RFC 4291, RFC 3056) is judged by that one: versions of Python differ.
    """
    refused: Cause | None = None
    try:
        Network(resolve_name=Names([str(address)])).endpoint("x.example.org", 443, Side.SOURCE)
    except FatalError as error:
        refused = error.cause

    wrapped = isinstance(address, IPv6Address) and (address.ipv4_mapped or address.sixtofour)
    address = wrapped or address
    ours = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
    assert refused in ((Cause.HOST_NOT_ALLOWED,) if ours else (Cause.HOST_NOT_ALLOWED, None))


def test_tls_is_always_verified() -> None:
    """The context demands a certificate and a matching name, with nothing to switch that off, and at least TLS 1.2."""
    context = Network(trusts_person=True).tls()

    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.check_hostname
    assert context.verify_mode.name == "CERT_REQUIRED"


@pytest.mark.parametrize(("host", "is_taken"), [("mail.example.org", True), ("mail.example.com", False)])
def test_no_library_can_switch_it_off(host: str, is_taken: bool, tmp_path: Path) -> None:
    """With some builds of TLS urllib3 leaves the check of names out, to make it itself: others share the context."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    here = Network(trusts_person=True, ca_file=tmp_path / "ca.pem").tls()
    there = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("mail.example.org").configure_cert(there)

    here.check_hostname = False
    here.verify_mode = ssl.CERT_NONE

    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = here.wrap_bio(to_client, to_server, server_hostname=host)
    server = there.wrap_bio(to_server, to_client, server_side=True)
    refused = False
    for side in (client, server, client):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLCertVerificationError:
            refused = True

    assert refused != is_taken


def test_no_server_is_told_what_another_protocol_wants() -> None:
    """All connections share a context; what urllib3 says in it (ALPN) would have mail servers refuse to talk."""
    context = Network(trusts_person=True).tls()
    assert context is Network(trusts_person=True).tls()
    context.set_alpn_protocols(["http/1.1"])
    sent = ssl.MemoryBIO()

    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), sent, server_hostname="imap.example.org").do_handshake()

    hello = sent.read()
    assert b"imap.example.org" in hello
    assert b"http/1.1" not in hello
