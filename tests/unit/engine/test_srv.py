"""SRV records, as a name server answers them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from engine.connectors.network.srv import Srv, hosts, resolve_srv

NAME = "_autodiscover._tcp.example.org"
Answer = Callable[[dns.message.Message], dns.message.Message]
Serve = Callable[[Answer], dns.resolver.Resolver]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a name server on the loopback; the resolver that asks it alone."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind(("127.0.0.1", 0))

        def serving(answer: Answer) -> dns.resolver.Resolver:
            def once() -> None:
                question, whoever = own.recvfrom(4096)
                own.sendto(answer(dns.message.from_wire(question)).to_wire(), whoever)

            threading.Thread(target=once, daemon=True).start()
            resolver = dns.resolver.Resolver(configure=False)
            resolver.nameservers, resolver.port = ["127.0.0.1"], own.getsockname()[1]
            return resolver

        yield serving


def records(*texts: str, code: dns.rcode.Rcode = dns.rcode.NOERROR) -> Answer:
    """Answers with these records."""
    def answer(question: dns.message.Message) -> dns.message.Message:
        made = dns.message.make_response(question)
        made.set_rcode(code)
        if texts:
            made.answer.append(dns.rrset.from_text(question.question[0].name, 60, "IN", "SRV", *texts))
        return made

    return answer


def test_the_records_of_a_name_are_read(serve: Serve) -> None:
    """Priority, weight, port and target, as the server has them."""
    resolver = serve(records("10 5 443 mail.example.org."))

    assert resolve_srv(NAME, resolver=resolver) == [Srv(10, 5, 443, "mail.example.org.")]


@pytest.mark.parametrize(("code", "error"), [
    (dns.rcode.NXDOMAIN, LookupError), (dns.rcode.NOERROR, LookupError), (dns.rcode.SERVFAIL, OSError),
])
def test_no_records_are_told_from_no_answer(serve: Serve, code: dns.rcode.Rcode, error: type[Exception]) -> None:
    """A name that is not there, or has no such record; a server that cannot say."""
    with pytest.raises(error):
        resolve_srv(NAME, resolver=serve(records(code=code)))


def test_the_preferred_host_comes_first() -> None:
    """The lowest priority, of those the greatest weight; at most so many, and none without a target or port."""
    known = [
        Srv(2, 0, 443, "third.example.org."), Srv(1, 1, 444, "second.example.org."), Srv(0, 9, 443, "."),
        Srv(0, 9, 0, "x.example.org."), Srv(1, 9, 443, "First.example.org."), Srv(3, 0, 443, "fourth.example.org."),
    ]

    assert hosts(NAME, lambda _name: known, most=3) == (
        ("first.example.org", 443), ("second.example.org", 444), ("third.example.org", 443)
    )


@pytest.mark.parametrize("error", [LookupError, OSError])
def test_without_an_answer_there_is_no_host(error: type[Exception]) -> None:
    """Nobody is told why: the next thing is to ask a person."""
    def fails(_name: str) -> list[Srv]:
        raise error

    assert hosts(NAME, fails, most=3) == ()
