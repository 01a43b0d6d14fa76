"""Finding the server of an address: what is proposed, what is refused, and that nobody signs in meanwhile."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from urllib.parse import quote

import pytest

from emulators.exchange import ExchangeEmulator
from emulators.exchange.names import Names
from engine.connectors.exchange.autodiscover import discovered, domain_of
from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.network.pinning import Network
from engine.errors import Cause, FatalError, InputError, Side
from engine.migration.account import Access, Account, opening, parse_account
from engine.ports.looking_up import Found
from engine.systems import System, Transport
from terminal.looking_up import with_servers
from terminal.moving import request_of
from terminal.output import Output
from terminal.session import Session
from tests.servers.certificates import Certificate, certificate

from .conftest import PASSWORD, Scripted, always, http

Play = Callable[[Scripted, socket.socket], None]
ADDRESS = "ann@example.org"
HOSTS = (
    "example.org", "autodiscover.example.org", "mail.example.org", "ex.hoster.example", "xn--bcher-kva.example",
    "localhost",
)
HERE = "127.0.0.1"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for every host here."""
    return certificate(tmp_path_factory.mktemp("names"), *HOSTS)


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory, files: Certificate) -> Iterator[ExchangeEmulator]:
    """An Exchange that has Ann's mailbox."""
    place = tmp_path_factory.mktemp("exchange")
    with ExchangeEmulator(place / "e.sqlite", tls=(files.chain, files.key)) as emulator:
        emulator.add_mailbox(ADDRESS, password=PASSWORD)
        emulator.add_mailbox("ann@bücher.example", password=PASSWORD)
        yield emulator


def typed(login: str, mailbox: str = "") -> Account:
    """An account without a server, whose login opens that mailbox."""
    account = parse_account(f"ews+https://{quote(login, safe='')}@", may_lack_server=True)
    return opening(account, mailbox, Access.IMPERSONATION) if mailbox else account


class Terminal(StringIO):
    """Where a person types."""

    def isatty(self) -> bool:
        return True


@dataclass
class Internet:
    """Names, and Exchange behind them. `asked` are the hosts that a connection was made to, in order."""

    exchange: ExchangeEmulator
    files: Certificate
    names: Names = field(default_factory=Names)

    @property
    def port(self) -> int:
        return int(self.exchange.url.split(":")[2].split("/")[0])

    @property
    def network(self) -> Network:
        return Network(frozenset({f"{HERE}/32"}), ca_file=self.files.ca, resolve_name=self._addresses)

    def _addresses(self, host: str, _port: int) -> list[str]:
        with suppress(LookupError):
            return self.names.addresses(host)
        return []

    def serve(self, host: str, address: str = HERE) -> None:
        self.names.add_host(host, address)

    def find(
        self, address: str = ADDRESS, *, mailbox: str = "", port: int | None = None, network: Network | None = None
    ) -> Found | None:
        """What is found for that login, which opens that mailbox; nobody has tried to sign in."""
        network = network or self.network
        before = len(self.exchange.sign_ins)
        try:
            account = typed(address, mailbox)
            return discovered(account, network, self.names.srv, side=Side.SOURCE, port=port or self.port)
        finally:
            assert self.exchange.sign_ins[before:] == []

    def refused(self, **how: Network) -> FatalError:
        with pytest.raises(FatalError) as caught:
            self.find(**how)
        assert caught.value.side is Side.SOURCE
        return caught.value


@pytest.fixture
def internet(exchange: ExchangeEmulator, files: Certificate) -> Iterator[Internet]:
    before = exchange.settings
    yield Internet(exchange, files)
    exchange.settings = before


# Autodiscover V2


@pytest.mark.parametrize("host", ["example.org", "autodiscover.example.org"])
def test_what_the_domain_names_is_proposed_in_its_name(internet: Internet, host: str) -> None:
    """The domain itself is asked, then autodiscover below it; whoever is asked to agree reads which of them it was."""
    internet.serve(host)
    internet.serve("mail.example.org")
    internet.exchange.configure(external_url=f"https://mail.example.org:{internet.port}")

    found = internet.find()

    assert found is not None
    account = found.account
    assert (account.system, account.transport, account.login) == (System.EXCHANGE, Transport.TLS, ADDRESS)
    assert (account.host, account.port, account.path) == ("mail.example.org", internet.port, "/EWS/Exchange.asmx")
    assert found.named_by == f"Autodiscover at {host}"


def test_the_usual_port_is_not_named(internet: Internet) -> None:
    """A URL without a port is that of HTTPS."""
    internet.serve("example.org")
    internet.exchange.configure(external_url="https://example.org")

    found = internet.find()

    assert found is not None
    assert found.account.url == "ews+https://ann%40example.org@example.org/EWS/Exchange.asmx"


@pytest.mark.parametrize("host", ["ex.hoster.example", "badexample.org", "org"])
def test_another_host_than_the_domains_is_proposed_too(internet: Internet, host: str) -> None:
    """A person decides."""
    internet.serve("example.org")
    internet.serve(host)
    internet.exchange.configure(external_url=f"https://{host}")

    found = internet.find()

    assert found is not None
    assert (found.account.host, found.named_by) == (host, "Autodiscover at example.org")


@pytest.mark.parametrize("trusts", [False, True])
@pytest.mark.parametrize("private", ["10.1.2.3", "169.254.169.254", "::1"])
def test_a_private_host_is_refused(internet: Internet, private: str, trusts: bool) -> None:
    """Whoever sits at this machine's terminal may type such a host; a server's answer may not name it."""
    internet.serve("example.org")
    internet.serve("intranet.example.org", private)
    internet.exchange.configure(external_url="https://intranet.example.org")

    refused = internet.refused(network=replace(internet.network, trusts_person=trusts))

    assert refused.cause is Cause.HOST_NOT_ALLOWED
    assert "intranet.example.org" in str(refused)


def test_a_host_that_is_not_there_is_named(internet: Internet) -> None:
    """An inner name that somebody forgot to configure is what an administrator must hear of."""
    internet.serve("example.org")
    internet.exchange.configure(external_url="https://ex01.corp.local")

    assert internet.refused().cause is Cause.HOST_UNKNOWN


@pytest.mark.parametrize("trusts", [False, True])
def test_a_domain_that_leads_to_a_private_host_is_not_asked(internet: Internet, trusts: bool) -> None:
    """Although somebody would answer there: within a company's own network, its domain often leads to such a host."""
    internet.serve("example.org")
    internet.names.add_srv("_autodiscover._tcp.example.org", "example.org", port=internet.port)
    assert internet.find() is not None

    before = len(internet.exchange.requests)
    refused = internet.refused(network=replace(internet.network, allowed=frozenset(), trusts_person=trusts))

    assert refused.cause is Cause.HOST_NOT_ALLOWED
    assert "example.org is not a public server" in str(refused)
    assert len(internet.exchange.requests) == before


def test_a_redirection_is_not_followed(internet: Internet) -> None:
    """It leads away from the host whose certificate was looked at."""
    internet.serve("example.org")
    internet.serve("ex.hoster.example")
    internet.exchange.configure(
        autodiscover_elsewhere={"example.org": f"https://ex.hoster.example:{internet.port}"}
    )

    assert internet.find() is None
    assert ("A", "ex.hoster.example") not in internet.names.asked


@pytest.mark.parametrize("settings", [{"version": "2010"}, {"autodiscover_v2": False}])
def test_a_server_without_it_says_nothing(internet: Internet, settings: dict[str, object]) -> None:
    """Exchange 2010 does not know it."""
    internet.serve("example.org")
    internet.exchange.configure(**settings)

    assert internet.find() is None


def test_a_domain_of_any_script_is_asked_by_its_name_in_ascii(internet: Internet) -> None:
    """As the name server and the certificate have it (RFC 5890)."""
    internet.serve("xn--bcher-kva.example")
    internet.exchange.configure(external_url=f"https://xn--bcher-kva.example:{internet.port}")

    found = internet.find("ann@bücher.example")

    assert found is not None
    assert (found.account.host, found.named_by) == ("xn--bcher-kva.example", "Autodiscover at xn--bcher-kva.example")


@pytest.mark.parametrize(("named", "host"), [
    ("m\u0430il.example.org", "xn--mil-6cd.example.org"),                   # a Cyrillic a
    ("mail.exampl\u0435.org", "mail.xn--exampl-8of.org"),                    # a Cyrillic e
    ("mail.b\u00fccher.example", "mail.xn--bcher-kva.example"),
    ("mail.\u017fervice.example", "mail.service.example"),                   # a long s
    ("mail\uff0eexample\u3002org", "mail.example.org"),                     # full stops of other scripts
    ("MAIL.Example.org.", "mail.example.org"), ("ex_01.example.org", "ex_01.example.org"),
    ("1.example.org", "1.example.org"), ("0x1f.example.org", "0x1f.example.org"),
])
def test_a_host_of_any_script_is_looked_for_and_shown_in_ascii(
    internet: Internet, files: Certificate, named: str, host: str
) -> None:
    """Nobody can tell its letters from Latin ones; it is confirmed as what it is (RFC 5890, A-labels)."""
    internet.serve("example.org")
    internet.serve(host)
    with answering(files, said(Protocol="Ews", Url=f"https://{named}/EWS/Exchange.asmx")) as (port, _):
        found = internet.find(port=port)

    assert found is not None
    assert found.account.server == host
    assert ("A", host) in internet.names.asked


@contextmanager
def answering(files: Certificate, *answers: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A TLS server that gives these answers, a connection each; its port and what it was sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    listener, seen = socket.create_server((HERE, 0)), []

    def serve() -> None:
        for answer in answers:
            with suppress(OSError), listener.accept()[0] as plain, context.wrap_socket(plain, server_side=True) as own:
                seen.append(own.recv(65536))
                own.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], seen
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(60)


def over_tls(files: Certificate, play: Play) -> Play:
    """The script, once a connection is encrypted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)

    def encrypted(server: Scripted, plain: socket.socket) -> None:
        with context.wrap_socket(plain, server_side=True) as own:
            play(server, own)

    return encrypted


def said(**answer: object) -> bytes:
    return http(200, json.dumps(answer).encode(), Content_Type="application/json")


OTHERS = [
    http(200, b"<html>"), http(200, b"[]"), http(200, b'"https://mail.example.org"'), said(), said(Protocol="Ews"),
    said(Protocol="Ews", Url=7), said(Protocol="ActiveSync", Url="https://mail.example.org/EWS/Exchange.asmx"),
    said(Protocol="Ews", Url="http://mail.example.org/EWS/Exchange.asmx"),
    said(Protocol="Ews", Url="https://ann:pw@mail.example.org/EWS/Exchange.asmx"),
    said(Protocol="Ews", Url="https://m\u0430il.example.org@mail.example.org/EWS/Exchange.asmx"),
    http(200, b"[" * 16_000),
    said(Protocol="Ews", Url="https://mail.example.org\u202e/EWS/Exchange.asmx"),
    said(Protocol="Ews", Url="https://mail.example.org/other"), said(Protocol="Ews", Url="https://[/EWS/Exchange.asmx"),
    said(Protocol="Ews", Url="https://mail.example.org/EWS/Exchange.asmx", more="x" * 20_000),
    http(401, b"", WWW_Authenticate='Basic realm="x"'), http(500), b"220 mail.example.org ESMTP\r\n", b"",
    http(302, b"", Location="https://mail.example.org/"), b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{",
    http(307, b"", Location="http://mail.example.org/"), http(200, b'{"Protocol":"Ews","Url":' + b"9" * 9_000 + b"}"),
    http(200, b"\x1f\x8b" + b"\0" * 50, Content_Encoding="gzip"),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ",
    *(said(Protocol="Ews", Url=f"{place}/EWS/Exchange.asmx") for place in (
        "ftp://mail.example.org", "ews+https://mail.example.org", "//mail.example.org", "mail.example.org",
        "https://mail.example.org:0", "https://mail.example.org:65536", "https://mail.example.org:", "https://",
        "https://93.184.216.34", "https://93.184.216.34.", "https://1572395042", "https://0x5d.0xb8.0xd8.0x22",
        "https://0135.0270.0330.042", "https://[2606:2800:220:1::]", "https://mail..example.org", "https://.example.org",
        "https://mail.example.org..", "https://-mail.example.org", "https://evil.example\\@mail.example.org",
        f"https://{'a' * 64}.example.org", f"https://{'a.' * 127}example.org",
    )),
]


@pytest.mark.parametrize("answer", OTHERS, ids=lambda value: str(value[-60:]))
def test_what_is_no_answer_finds_nothing(internet: Internet, files: Certificate, answer: bytes) -> None:
    """Web pages, other protocols, clear text, somebody's login, whatever is cut off, too long or wants a password."""
    internet.serve("example.org")
    internet.serve("mail.example.org")
    with answering(files, answer) as (port, seen):
        found = internet.find(port=port)

    assert found is None
    assert [b"\r\nauthorization:" in request.lower() for request in seen] == [False]
    assert seen[0].startswith(b"GET /autodiscover/autodiscover.json/v1.0/ann@example.org?Protocol=Ews HTTP/1.1\r\n")


def test_a_server_with_another_ones_certificate_is_not_asked(internet: Internet, tmp_path: Path) -> None:
    """Whoever stands between us and the domain finds nothing for us."""
    internet.serve("example.org")
    stranger = certificate(tmp_path, "example.org")
    with answering(stranger, said(Protocol="Ews", Url="https://example.org/EWS/Exchange.asmx")) as (port, seen):
        found = internet.find(port=port)

    assert (found, seen) == (None, [])


# SRV records


def test_the_host_of_an_srv_record_is_proposed_when_ews_is_there(internet: Internet) -> None:
    """It was asked without a sign-in."""
    internet.serve("mail.example.org")
    internet.names.add_srv("_autodiscover._tcp.example.org", "mail.example.org", port=internet.port)

    found = internet.find()

    assert found is not None
    assert (found.account.host, found.account.port) == ("mail.example.org", internet.port)
    assert (found.account.path, found.named_by) == ("/EWS/Exchange.asmx", "an SRV record of example.org")


def test_a_chain_of_failures_leads_to_the_record(
    internet: Internet, files: Certificate, scripted: Callable[[Play], Scripted]
) -> None:
    """Web servers that only fail, and a host with nothing on it, keep nobody from the one that is right."""
    broken = scripted(over_tls(files, always(http(500), http(503))))
    for host in ("example.org", "autodiscover.example.org", "old.example.org", "mail.example.org"):
        internet.serve(host)
    add = internet.names.add_srv
    add("_autodiscover._tcp.example.org", "old.example.org", port=broken.port, priority=0)
    add("_autodiscover._tcp.example.org", "mail.example.org", port=internet.port, priority=1)

    found = internet.find(port=broken.port)

    assert found is not None
    assert found.account.host == "mail.example.org"
    assert broken.accepted == 3


@pytest.mark.parametrize("address", [
    "o'brien+lists@example.org", "a/b@example.org", "j\u00f6rg@example.org", "a%40b@example.org",
])
def test_an_address_of_odd_letters_is_asked_for_whole(internet: Internet, address: str) -> None:
    """An apostrophe, a plus, whatever means something in a URL: the server sees the address as it was typed."""
    internet.serve("example.org")
    internet.exchange.add_mailbox(address, password=PASSWORD)
    internet.exchange.configure(external_url="https://mail.example.org")
    internet.serve("mail.example.org")

    found = internet.find(address)

    assert found is not None
    assert (found.account.login, found.account.host) == (address, "mail.example.org")
    assert parse_account(found.account.url) == found.account


def test_the_lowest_priority_goes_first_and_then_the_heaviest(internet: Internet) -> None:
    """RFC 2782; one that cannot be reached, or has no EWS, makes room for the next."""
    internet.serve("mail.example.org")
    internet.serve("ex.hoster.example")
    add = internet.names.add_srv
    add("_autodiscover._tcp.example.org", "gone.example.org", port=internet.port, priority=1)
    add("_autodiscover._tcp.example.org", "mail.example.org", port=internet.port, priority=2, weight=1)
    add("_autodiscover._tcp.example.org", "ex.hoster.example", port=internet.port, priority=2, weight=9)

    found = internet.find()

    assert found is not None
    assert found.account.host == "ex.hoster.example"


@pytest.mark.parametrize("target", [
    "127.0.0.1", "2130706433", "mail..example.org",
    ".", "intranet.example.org", "unknown.example.org", "x@mail.example.org", "mail.example.org/x",
    "m\u0430il.example.org", "mail.example.org?x", "mail example.org",
])
def test_an_srv_record_that_leads_nowhere_finds_nothing(internet: Internet, target: str) -> None:
    """No service, a private host, a name that is not there, or what is no plain name."""
    internet.serve("intranet.example.org", "10.1.2.3")
    for host in ("mail.example.org", "m\u0430il.example.org"):
        internet.serve(host)
    internet.names.add_srv("_autodiscover._tcp.example.org", target, port=internet.port)

    assert internet.find() is None


def test_a_name_server_that_is_silent_finds_nothing(internet: Internet) -> None:
    """Then the person is asked for the server."""
    internet.names.silence("_autodiscover._tcp.example.org")

    assert internet.find() is None


@pytest.mark.parametrize("record", [False, True])
def test_autodiscover_v2_goes_first(internet: Internet, record: bool) -> None:
    """The name server is asked for a record only when no host has answered."""
    if not record:
        internet.serve("example.org")
        internet.exchange.configure(external_url="https://example.org")

    internet.find()

    assert (("SRV", "_autodiscover._tcp.example.org") in internet.names.asked) is record


def test_nothing_but_hosts_of_the_address_s_domain_is_asked(internet: Internet) -> None:
    """Nobody else hears of the address."""
    for host in ("example.org", "autodiscover.example.org"):
        internet.serve(host)
    internet.exchange.configure(autodiscover_v2=False)

    assert internet.find() is None
    assert {host for _kind, host in internet.names.asked} == {
        "example.org", "autodiscover.example.org", "_autodiscover._tcp.example.org"
    }


@pytest.mark.parametrize("address", [
    "ann", "CORP\\ann", "@example.org", "ann@", "ann@localhost", "ann@exa mple.org", "ann@example.org/x",
    "ann@example.org:25", "ann@[10.0.0.1]", "ann@..", "CORP\\ann@example.org", "ann@example.org?x",
    "ann@93.184.216.34", "ann@example.org.", "ann@example..org", "ann@-example.org", "ann@example.org:443",
])
def test_what_is_no_address_cannot_be_looked_up(address: str) -> None:
    """A person types the server then."""
    with pytest.raises(InputError, match="Its login is not an e-mail address"):
        domain_of(typed(address))
    with pytest.raises(InputError, match="Its mailbox is not an e-mail address"):
        domain_of(replace(typed(ADDRESS), mailbox=address, access=Access.IMPERSONATION))


# Service accounts


@pytest.mark.parametrize("login", ["mover@hoster.example", "CORP\\mover", "mover"])
def test_the_server_of_a_service_account_is_that_of_the_mailbox(internet: Internet, login: str) -> None:
    """Its own address, if it has one, leads to its own mailbox; nobody there hears of the one to be opened."""
    internet.serve("example.org")
    internet.serve("hoster.example")
    internet.exchange.configure(external_url=f"https://mail.example.org:{internet.port}")
    internet.serve("mail.example.org")

    found = internet.find(login, mailbox=ADDRESS)

    assert found is not None
    account = found.account
    assert (account.host, account.login, account.mailbox) == ("mail.example.org", login, ADDRESS)
    assert account.access is Access.IMPERSONATION
    assert found.named_by == "Autodiscover at example.org"
    assert not any("hoster" in host for _kind, host in internet.names.asked)


def test_a_login_that_opens_its_own_mailbox_leads_to_its_own_server(internet: Internet) -> None:
    """Named as the mailbox to open, it is no service account."""
    internet.serve("example.org")
    internet.exchange.configure(external_url="https://example.org")

    found = internet.find(ADDRESS, mailbox=ADDRESS.upper())

    assert found is not None
    assert (found.account.mailbox, found.account.access) == ("", Access.OWN)


def test_whoever_an_srv_record_names_is_not_told_whose_mailbox_it_is(
    internet: Internet, files: Certificate, scripted: Callable[[Play], Scripted]
) -> None:
    """Anybody can make up a record: they see a request that names nobody."""
    internet.serve("mail.example.org")
    server = scripted(over_tls(files, always(http(401, WWW_Authenticate="NTLM"))))
    internet.names.add_srv("_autodiscover._tcp.example.org", "mail.example.org", port=server.port)

    found = internet.find("mover@hoster.example", mailbox=ADDRESS)

    assert found is not None
    assert (found.account.host, found.account.mailbox) == ("mail.example.org", ADDRESS)
    assert len(server.seen) == 1
    assert not any(name in server.seen[0] for name in (b"ann@", b"mover", b"X-AnchorMailbox", b"Impersonation"))


# At the terminal


def asked(internet: Internet, login: str = ADDRESS, **opened: str) -> Account:
    """The destination that `omm` goes on with; the look-up is the real one, and `opened` as `request_of` takes it."""
    def look_up(_settings: object, account: Account, side: Side) -> Found | None:
        network = replace(internet.network, trusts_person=True)
        return discovered(account, network, internet.names.srv, side=side, port=internet.port)

    session = Session(Output(StringIO(), StringIO(), as_json=False), None, None, None, None)  # type: ignore[arg-type]  # not asked for
    url = f"ews+https://{quote(login, safe='')}@"
    wanted = request_of("imaps://a@example.net", url, None, allow_plaintext=False, **opened)
    return with_servers(session, wanted, look_up).destination


def test_a_private_host_is_refused_at_the_terminal(internet: Internet) -> None:
    """With how to type it for whoever knows that it is right."""
    internet.serve("example.org")
    internet.serve("intranet.example.org", "10.1.2.3")
    internet.exchange.configure(external_url="https://intranet.example.org")

    with pytest.raises(FatalError, match=r"intranet\.example\.org is not a public server.*@SERVER$"):
        asked(internet)


@pytest.mark.parametrize("agrees", [False, True])
@pytest.mark.parametrize("host", ["ex.hoster.example", "mail.example.org", "example.org"])
def test_a_password_reaches_a_host_only_when_a_person_agrees(
    internet: Internet, monkeypatch: pytest.MonkeyPatch, host: str, agrees: bool
) -> None:
    """From the address to the sign-in; a refusal is the end of it, and the server has heard of nobody."""
    internet.serve("example.org")
    if host != "example.org":
        internet.serve(host)
    internet.exchange.configure(external_url=f"https://{host}:{internet.port}")
    monkeypatch.setattr("sys.stdin", Terminal("y\n" if agrees else "n\n"))
    before = len(internet.exchange.sign_ins)

    if agrees:
        destination = ExchangeDestination(asked(internet), PASSWORD, internet.network)
        destination.check()
        destination.close()
    else:
        with pytest.raises(InputError, match="Nothing was sent"):
            asked(internet)

    assert [one.accepted for one in internet.exchange.sign_ins[before:]] == [True] * agrees


def test_a_service_account_is_led_to_the_mailbox_it_opens(
    internet: Internet, files: Certificate, scripted: Callable[[Play], Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each request from the look-up on is about that mailbox: its server, its anchor, and who acts for it."""
    internet.serve("example.org")
    internet.serve("mail.example.org")
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    server = scripted(over_tls(files, always(http(401, WWW_Authenticate='Basic realm="x"'), http(503))))
    internet.exchange.configure(external_url=f"https://mail.example.org:{server.port}")

    account = asked(internet, "mover@hoster.example", destination_mailbox=ADDRESS)
    with pytest.raises(FatalError):
        ExchangeDestination(account, PASSWORD, internet.network).check()

    assert (account.host, account.login, account.mailbox) == ("mail.example.org", "mover@hoster.example", ADDRESS)
    signed_in = [request for request in server.seen if b"\r\nAuthorization: Basic" in request]
    assert signed_in
    assert all(b"\r\nX-AnchorMailbox: ann@example.org\r\n" in request for request in signed_in)
