"""Sign-ins by NTLM that a server wants bound to the TLS connection, and NTLM inside of SPNEGO."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import fakeredis
import pytest

from emulators.exchange.auth import Binding
from engine.connectors.exchange import ntlm
from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.exchange.examination import ExchangeExamination
from engine.connectors.network.pinning import Network
from engine.doctor.diagnosis import Step, examine
from engine.errors import SignInError
from engine.pace.halt import Halt
from engine.store.keys import SecretKeys
from engine.store.sign_ins import SignIns
from tests.servers.certificates import Certificate, certificate

from .conftest import PASSWORD, Server, account, new


@pytest.mark.parametrize("protection", ["off", "allow", "require"])
@pytest.mark.parametrize("offer", [("ntlm",), ("negotiate",), ("negotiate", "ntlm")])
def test_the_certificate_of_the_pinned_connection_is_handed_on(
    tls: Server, protection: str, offer: tuple[str, ...]
) -> None:
    """A server with Extended Protection lets in whoever names its certificate, by NTLM and inside of SPNEGO."""
    tls.emulator.configure(auth=offer, extended_protection=protection)
    address = tls.mailbox()

    destination = tls.open(address)
    facts = destination.check()

    assert facts.scheme == ("ntlm" if "ntlm" in offer else "negotiate")
    assert tls.accepted(address) == [True]


@pytest.mark.parametrize("offer", ["ntlm", "negotiate"])
@pytest.mark.parametrize(("protection", "given", "let_in"), [
    ("require", None, False), ("require", b"", False), ("require", b"wrong", False), ("allow", None, True),
    ("allow", b"wrong", False), ("off", None, True), ("off", b"wrong", True),
])
def test_the_emulator_refuses_what_is_not_bound_as_it_must_be(
    tls: Server, monkeypatch: pytest.MonkeyPatch, offer: str, protection: str, given: bytes | None, let_in: bool
) -> None:
    """A missing binding and a wrong one are refused by whoever asks for the right one."""
    tls.emulator.configure(auth=(offer,), extended_protection=protection)
    address = tls.mailbox()
    monkeypatch.setattr(ntlm.Ntlm, "_get_server_cert", lambda *_: given or None)
    destination = tls.open(address)

    if let_in:
        destination.probe()
    else:
        with pytest.raises(SignInError):
            destination.probe()

    assert tls.accepted(address) == [let_in]


def test_sixteen_zero_bytes_are_no_binding() -> None:
    """[MS-NLMP] 2.2.2.1: all zeros mean that the client has none."""
    right = bytes(range(16))

    assert [Binding("require", right).fits(each) for each in (None, bytes(16), b"x" * 16, right)] == [
        False, False, False, True]
    assert [Binding("allow", right).fits(each) for each in (None, bytes(16), b"x" * 16, right)] == [
        True, True, False, True]
    assert not Binding("require", None).fits(right)


def test_where_tls_ends_before_the_server_a_refusal_says_so(plain: Server, tmp_path: Path) -> None:
    """A proxy's certificate is not the server's: the owner reads that this may be why, beside the password."""
    plain.emulator.configure(auth=("ntlm",), extended_protection="require")
    address = plain.mailbox()
    files = certificate(tmp_path)
    with ending_tls(files, int(plain.emulator.url.split(":")[2].split("/")[0])) as port:
        url = f"https://localhost:{port}/EWS/Exchange.asmx"
        network = Network(trusts_person=True, ca_file=files.ca)
        destination = ExchangeDestination(account(url, address), PASSWORD, network)

        with pytest.raises(SignInError, match="ask the server's administrator: Extended Protection"):
            destination.check()
        destination.close()

    assert plain.accepted(address) == [False]


def test_where_tls_ends_before_the_server_a_visit_is_let_in_as_the_check_was(plain: Server, tmp_path: Path) -> None:
    """By Basic, if the server offers it: else the check would find all right, and the migration a wrong password."""
    plain.emulator.configure(auth=("ntlm", "basic"), extended_protection="require")
    address, files = plain.mailbox(), certificate(tmp_path)
    with ending_tls(files, int(plain.emulator.url.split(":")[2].split("/")[0])) as port:
        theirs = account(f"https://localhost:{port}/EWS/Exchange.asmx", address)
        network = Network(trusts_person=True, ca_file=files.ca)
        check, visit, last = (ExchangeDestination(theirs, PASSWORD, network) for _ in range(3))

        assert check.check().scheme == "basic"
        visit.probe(tries=2)
        with pytest.raises(SignInError) as refused:
            last.probe(tries=1)
        for each in (check, visit, last):
            each.close()

    assert refused.value.times == 1
    assert [accepted for accepted in plain.accepted(address) if not accepted] == [False] * 3


@contextmanager
def ending_tls(files: Certificate, upstream: int) -> Iterator[int]:
    """A port that speaks TLS with that certificate, and in clear text to the server behind it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []
    sockets: list[socket.socket] = []

    def started(work: object, *given: socket.socket) -> None:
        threads.append(threading.Thread(target=work, args=given, daemon=True))  # type: ignore[arg-type]  # a function
        threads[-1].start()

    def passed_on(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def accepts() -> None:
        while True:
            try:
                outer = context.wrap_socket(listener.accept()[0], server_side=True)
            except OSError:
                return
            inner = socket.create_connection(("127.0.0.1", upstream))
            sockets.extend((outer, inner))
            started(passed_on, outer, inner)
            started(passed_on, inner, outer)

    started(accepts)
    try:
        yield int(listener.getsockname()[1])
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(60)
        for each in sockets:
            each.close()


def test_a_large_message_goes_over_a_connection_that_spnego_has_signed_in(tls: Server) -> None:
    """The connection stays signed in: the message is sent once."""
    tls.emulator.configure(auth=("negotiate",), extended_protection="require")
    destination = tls.open(tls.mailbox())
    destination.probe()
    inbox = destination.folders()[0].id

    (outcome,) = destination.create(inbox, [new("large", content=b"Subject: large\r\n\r\n" + b"x" * 300_000)])

    assert outcome.id


@pytest.mark.parametrize(("offer", "words"), [
    (("ntlm",), "by NTLM, bound to its TLS connection (Extended Protection); "),
    (("negotiate",), "by Negotiate, with NTLM inside; Kerberos was not tried, bound to its TLS connection (Extended"),
    (("basic",), "by Basic; "),
])
def test_the_doctor_says_how_it_was_let_in(tls: Server, offer: tuple[str, ...], words: str) -> None:
    """Whoever runs a server with Extended Protection reads that it was met."""
    tls.emulator.configure(auth=offer, extended_protection="require")
    address = tls.mailbox()
    at = account(tls.emulator.url, address)
    mailbox = ExchangeExamination(at, PASSWORD, Network(trusts_person=True, ca_file=tls.ca))

    found = examine(mailbox, at, SignIns(fakeredis.FakeRedis(), keys=SecretKeys([b"k" * 32])), halt=Halt())
    mailbox.close()

    assert found.fine
    assert next(f.words for f in found.findings if f.step is Step.SIGN_IN).startswith(words)
