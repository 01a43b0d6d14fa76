"""Signing in to Exchange: by the server's own offer, and never once too often."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.network.pinning import Network
from engine.errors import Cause, FatalError, Side, SignInError
from engine.ports.items import Verdict
from engine.ports.source import Role

from .conftest import Opened, Scripted, Server, account, always, http, new

HARD_PASSWORDS = ["pä§ẞword €", "пароль", "密码\U0001f511", "with:colon", " spaces ", "qu\"ote\\back", "a" * 120]


@pytest.mark.parametrize(("offer", "scheme"), [
    (("ntlm",), "ntlm"), (("basic",), "basic"), (("basic", "ntlm"), "ntlm"), (("negotiate", "ntlm"), "ntlm"),
    (("negotiate", "basic"), "negotiate"), (("negotiate", "ntlm", "basic"), "ntlm"),
])
def test_the_scheme_follows_the_servers_offer(server: Server, offer: tuple[str, ...], scheme: str) -> None:
    """NTLM where it is offered, alone or inside of SPNEGO, else Basic; one sign-in, over TLS and in clear text."""
    server.emulator.configure(auth=offer)
    address = server.mailbox()

    facts = server.open(address).check()

    assert facts.scheme == scheme
    assert server.accepted(address) == [True]


def test_check_counts_what_is_there(opened: Opened) -> None:
    """Messages in folders for mail, and the folders that the owner sees."""
    opened.destination.create(opened.inbox, [new("a"), new("b")])

    facts = opened.destination.check()

    assert (facts.messages, facts.scheme) == (2, "basic")
    assert facts.folders == len(opened.destination.folders())


@pytest.mark.parametrize("offer", [("ntlm",), ("basic",)])
@pytest.mark.parametrize("password", HARD_PASSWORDS)
def test_passwords_of_any_characters_are_sent_as_they_are(plain: Server, offer: tuple[str, ...], password: str) -> None:
    """UTF-8 by Basic (RFC 7617), UTF-16 by NTLM."""
    plain.emulator.configure(auth=offer)
    address = plain.mailbox(password=password)

    plain.open(address, password).probe()

    assert plain.accepted(address) == [True]


@pytest.mark.parametrize("offer", [("ntlm",), ("basic",)])
@pytest.mark.parametrize("user", ["EXAMPLE\\claire", "EXAMPLE\\jürgen", "rené@example.org", "Иван@example.org"])
def test_logins_with_a_domain_or_of_any_script_are_let_in(plain: Server, offer: tuple[str, ...], user: str) -> None:
    """DOMAIN\\user and addresses that are not ASCII."""
    plain.emulator.configure(auth=offer)
    plain.mailbox(user=user)

    destination = plain.open(user)
    destination.probe()

    assert destination.folders()


@pytest.mark.parametrize(("offer", "most"), [(("ntlm",), 1), (("basic",), 1), (("ntlm", "basic"), 2)])
def test_a_wrong_password_is_tried_once_for_each_scheme_and_no_more(
    server: Server, offer: tuple[str, ...], most: int
) -> None:
    """A check may ask by Basic after NTLM; asking the same destination again tries nothing more."""
    server.emulator.configure(auth=offer)
    address = server.mailbox()
    destination = server.open(address, "wrong")

    with pytest.raises(SignInError) as caught:
        destination.check()
    with pytest.raises(SignInError):
        destination.probe()

    assert server.accepted(address) == [False] * most
    assert (caught.value.side, caught.value.cause) == (Side.DESTINATION, Cause.SIGN_IN)
    assert address in str(caught.value)


@pytest.mark.parametrize("offer", [("ntlm",), ("basic",), ("ntlm", "basic")])
def test_a_wrong_password_without_a_check_is_tried_once_by_all_threads_together(
    plain: Server, offer: tuple[str, ...]
) -> None:
    """Eight threads that meet the refusal at once cost the account one attempt."""
    plain.emulator.configure(auth=offer)
    address = plain.mailbox()
    destination = plain.open(address, "wrong")
    outcomes = []

    def write() -> None:
        outcomes.extend(destination.create("x", [new("a")]))

    run_together(write, 8)

    assert [o.verdict for o in outcomes] == [Verdict.FATAL] * 8
    assert all(isinstance(o.error, SignInError) for o in outcomes)
    assert plain.accepted(address) == [False]


def run_together(work: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


@pytest.mark.parametrize("password", ["", "half \udcff"])
def test_a_password_that_cannot_be_sent_is_refused_without_an_attempt(server: Server, password: str) -> None:
    """An empty one, or bytes that are no text, never reach the server."""
    address = server.mailbox()

    with pytest.raises(SignInError) as caught:
        server.open(address, password).check()

    assert server.sign_ins(address) == []
    assert "half" not in repr(caught.value)


@pytest.mark.parametrize("offer", [("ntlm",), ("basic",)])
def test_a_password_changed_in_mid_run_stops_the_writing(plain: Server, offer: tuple[str, ...]) -> None:
    """With Basic the next request meets it, with NTLM the next connection; after that nothing more is tried."""
    plain.emulator.configure(auth=offer)
    address = plain.mailbox()
    destination = plain.open(address)
    destination.probe()
    plain.emulator.change_password(address, "another one")
    destination.close()      # whatever signed in before is gone

    first = destination.create("x", [new("a"), new("b")])
    second = destination.create("x", [new("c")])

    assert {o.verdict for o in first + second} == {Verdict.FATAL}
    assert plain.accepted(address) == [True, False]


def test_connections_that_were_cut_while_idle_are_not_all_signed_in_again(tls: Server) -> None:
    """After a restart of the server with a new password, eight threads make one attempt, not eight."""
    tls.emulator.configure(auth=("ntlm",))
    address = tls.mailbox()
    destination = tls.open(address)
    inbox = next(f.id for f in destination.folders() if f.role)
    together = threading.Barrier(8)
    outcomes = []

    def write() -> None:
        together.wait(10)
        outcomes.extend(destination.create(inbox, [new("a")]))

    tls.emulator.configure(request_ms=100)     # so that each thread has a connection of its own
    run_together(write, 8)
    signed_in = len(tls.sign_ins(address))
    tls.emulator.change_password(address, "another one")
    for connection in list(tls.emulator._server._open):     # as a restart would
        connection.shutdown(socket.SHUT_RDWR)
    run_together(write, 8)

    assert signed_in > 2
    assert [o.verdict for o in outcomes] == [Verdict.DONE] * 8 + [Verdict.FATAL] * 8
    assert tls.accepted(address)[signed_in:] == [False]


def test_a_connection_that_was_cut_while_idle_is_replaced_and_nothing_is_lost(server: Server) -> None:
    """The request goes out once, over a new connection that has signed in first."""
    address = server.mailbox()
    destination = server.open(address)
    inbox = next(f.id for f in destination.folders() if f.role)
    for connection in list(server.emulator._server._open):
        connection.shutdown(socket.SHUT_RDWR)

    outcomes = destination.create(inbox, [new("a")])

    assert [o.verdict for o in outcomes] == [Verdict.DONE]
    assert len(server.emulator.messages(address)) == 1
    assert server.accepted(address) == [True, True]


def test_a_host_whose_first_address_leads_nowhere(plain: Server, reach: Callable[..., ExchangeDestination]) -> None:
    """The next of its addresses is dialled, and goes first for every connection after it."""
    network = Network(trusts_person=True, resolve_name=lambda _host, _port: ["127.0.0.2", "127.0.0.1"])
    destination = reach(plain.emulator.url, login=plain.mailbox(), network=network)

    destination.check()
    destination.folders()

    assert destination._sessions._endpoint is not None
    assert destination._sessions._endpoint.address == "127.0.0.1"


# Servers too old, and proxies in front of them


@pytest.mark.parametrize("offer", [("ntlm",), ("basic",)])
def test_exchange_2010_is_refused_by_its_name(plain: Server, offer: tuple[str, ...]) -> None:
    """A person reads which server it is and what is needed."""
    plain.emulator.configure(version="2010", auth=offer)

    with pytest.raises(FatalError, match=r"Exchange 2010; Exchange 2013 or later") as caught:
        plain.open(plain.mailbox()).check()

    assert caught.value.cause is Cause.TOO_OLD


@pytest.mark.parametrize("version", ["2013", "2019"])
def test_exchange_2013_and_later_are_accepted(plain: Server, version: str) -> None:
    """Both read, write and delete."""
    plain.emulator.configure(version=version)
    address = plain.mailbox()
    destination = plain.open(address)
    destination.check()
    inbox = next(f.id for f in destination.folders() if f.role)

    (made,) = destination.create(inbox, [new("a", read=True, flagged=True, answered=True, categories=("x",))])
    page = destination.tags(inbox, "", detail=True)

    assert made.verdict is Verdict.DONE
    assert [item.id for item in page.items] == [made.id]
    assert [o.verdict for o in destination.delete([made.id or ""])] == [Verdict.DONE]


def basic_only_behind(upstream: int, challenge: bytes) -> Callable[[Scripted, socket.socket], None]:
    """A proxy that offers both, answers NTLM with `challenge`, and passes on what is signed in by Basic."""
    def play(server: Scripted, connection: socket.socket) -> None:
        while request := server.request(connection):
            if b"Authorization: Basic" in request:
                with socket.create_connection(("127.0.0.1", upstream)) as inner:
                    inner.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
                    while data := inner.recv(65536):
                        connection.sendall(data)
                        if data.endswith(b"0\r\n\r\n"):
                            break
            elif b"Authorization: NTLM" in request:
                connection.sendall(challenge)
            else:
                connection.sendall(http(401, WWW_Authenticate='NTLM\r\nWWW-Authenticate: Basic realm="x"'))

    return play


@pytest.mark.parametrize("challenge", [
    http(401, WWW_Authenticate='NTLM\r\nWWW-Authenticate: Basic realm="x"'),
    http(401, WWW_Authenticate='Basic realm="x"'),
])
def test_where_ntlm_is_refused_a_check_asks_once_by_basic(plain: Server, scripted, reach, challenge: bytes) -> None:
    """A proxy that breaks NTLM does not keep out a password that is right."""
    address = plain.mailbox()
    proxy = scripted(basic_only_behind(urlsplit(plain.emulator.url).port or 0, challenge))
    destination = reach(proxy.url, login=address)

    assert destination.check().scheme == "basic"
    assert destination.folders()


@pytest.mark.parametrize("challenge", [
    http(503), http(200, b"<html/>"), http(401), http(500), http(401, WWW_Authenticate="NTLM !!!!"),
    http(401, WWW_Authenticate="NTLM TlRMTVNTUAACAAAA"), http(401, WWW_Authenticate="NTLM AAAA"), b"",
])
def test_an_ntlm_exchange_that_breaks_off_is_an_error_of_ours(scripted, reach, challenge: bytes) -> None:
    """Whatever a server answers in the middle of NTLM, nobody sees an exception of a library."""
    def play(server: Scripted, connection: socket.socket) -> None:
        while request := server.request(connection):
            if b"Authorization: NTLM" in request and not challenge:
                return
            connection.sendall(challenge if b"Authorization: NTLM" in request else http(401, WWW_Authenticate="NTLM"))

    destination = reach(scripted(play).url)

    with pytest.raises(FatalError):
        destination.check()
    (outcome,) = destination.create("x", [new("a")])
    assert outcome.verdict in (Verdict.FATAL, Verdict.BUSY)


def test_a_server_that_offers_nothing_known_is_said_so(plain: Server) -> None:
    """Neither NTLM nor Basic is offered: a person reads what would do."""
    plain.emulator.configure(auth=())
    address = plain.mailbox()

    with pytest.raises(FatalError, match="NTLM, Negotiate or Basic") as caught:
        plain.open(address).check()

    assert caught.value.cause is Cause.SIGN_IN
    assert plain.sign_ins(address) == []


def test_two_logins_of_a_mailbox_have_the_same_key(plain: Server) -> None:
    """The key is the mailbox's own; another mailbox has another."""
    address = plain.mailbox(user="EXAMPLE\\twologins")
    other = plain.mailbox()

    keys = {plain.open(login).mailbox() for login in (address, "EXAMPLE\\twologins")}

    assert len(keys) == 1
    assert plain.open(other).mailbox() not in keys


def test_an_address_is_opened_whatever_the_case_of_its_path(plain: Server, reach) -> None:
    """/ews/exchange.asmx is the same service."""
    address = plain.mailbox()
    url = plain.emulator.url.replace("/EWS/Exchange.asmx", "/ews/exchange.asmx")

    reach(url, login=address).probe()

    assert account(url, address).path == "/ews/exchange.asmx"
    assert plain.accepted(address) == [True]


def test_a_repr_shows_no_secret(plain: Server) -> None:
    """What is shown of a destination is its URL."""
    destination: ExchangeDestination = plain.open("ann@example.org", "hunter2-sentinel")

    assert "hunter2" not in f"{destination!r} {destination} {destination._sessions!r}"


@pytest.mark.parametrize(("tries", "refused"), [(1, 1), (2, 2), (3, 2)])
@pytest.mark.parametrize("look", ["check", "probe"])
def test_refusals_are_counted_as_the_server_counts_them(plain: Server, tries: int, refused: int, look: str) -> None:
    """NTLM and then Basic are two; where the account may have one more, Basic is not tried."""
    plain.emulator.configure(auth=("ntlm", "basic"))
    address = plain.mailbox()

    with pytest.raises(SignInError) as caught:
        getattr(plain.open(address, "wrong"), look)(tries=tries)

    assert plain.accepted(address) == [False] * refused
    assert caught.value.times == refused


@pytest.mark.parametrize("challenge", [
    http(401, WWW_Authenticate='NTLM\r\nWWW-Authenticate: Basic realm="x"'),
    http(401, WWW_Authenticate='Basic realm="x"'),
])
def test_where_ntlm_is_not_taken_up_a_visit_asks_by_basic(plain: Server, scripted, reach, challenge: bytes) -> None:
    """A proxy that breaks NTLM has looked at no password, so nothing was refused: the same visit goes on by Basic."""
    address = plain.mailbox()
    proxy = scripted(basic_only_behind(urlsplit(plain.emulator.url).port or 0, challenge))
    destination = reach(proxy.url, login=address)

    destination.probe()

    assert destination.folders()
    assert False not in plain.accepted(address)


def test_requests_that_are_refused_together_share_one_refusal_that_counts_them(plain: Server) -> None:
    """By Basic each request signs in: those under way when the password changes are each counted by the server."""
    plain.emulator.configure(auth=("basic",))
    address = plain.mailbox()
    destination = plain.open(address)
    inbox = next(f.id for f in destination.folders() if f.role is Role.INBOX)
    with ThreadPoolExecutor(8) as pool:
        for each in [pool.submit(destination.tags, inbox, "") for _ in range(8)]:
            each.result()
        plain.emulator.change_password(address, "another")
        later = [pool.submit(destination.tags, inbox, "") for _ in range(8)]
        errors = [each.exception(60) for each in later]

    assert all(isinstance(error, SignInError) for error in errors)
    assert {id(error) for error in errors} == {id(errors[0])}
    assert plain.accepted(address).count(False) == errors[0].times  # type: ignore[union-attr]


def test_a_server_that_takes_kerberos_alone_says_so(scripted, reach) -> None:
    """NTLM inside of SPNEGO is not taken up: no password was looked at, and it is not said to be wrong."""
    server = scripted(always(http(401, WWW_Authenticate="Negotiate")))

    with pytest.raises(FatalError, match="takes Kerberos alone") as caught:
        reach(server.url).check()

    assert not isinstance(caught.value, SignInError)
    assert caught.value.cause is Cause.SIGN_IN
