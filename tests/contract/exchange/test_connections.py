"""Connections that break, statuses that are no answer of Exchange's, and what was carried out in spite of them."""

from __future__ import annotations

import socket
import struct

import pytest

from emulators.exchange import Fault
from engine.errors import FatalError
from engine.ports.items import Outcome, Tagged, Verdict
from engine.ports.source import Role

from .conftest import OFFER_BASIC, Opened, Scripted, Server, new
from .conftest import http as answer

WHOLE = b"<s></s>"


def verdicts(outcomes: list[Outcome]) -> list[Verdict]:
    return [o.verdict for o in outcomes]


def three() -> list[Tagged]:
    return [new("one"), new("two"), new("three")]


@pytest.mark.parametrize("status", [302, 403, 404, 405, 410, 418, 451, 501])
def test_one_odd_answer_does_not_make_an_address_wrong(opened: Opened, status: int) -> None:
    """It has worked: who knows what the answer was to, so it is looked for; and all else goes on."""
    inbox = opened.inbox
    opened.emulator.add_fault(Fault(operation="CreateItem", nth=1, action="status", status=status))

    outcomes = opened.destination.create(inbox, three())
    again = opened.destination.create(inbox, three())

    assert verdicts(outcomes) == [Verdict.UNKNOWN] * 3
    assert verdicts(again) == [Verdict.DONE] * 3


def test_an_account_that_is_not_let_in_any_more_stops_everything(opened: Opened) -> None:
    """A new connection is not let in either, so it is the account and no accident; its server's advice is shown."""
    inbox = opened.inbox
    opened.emulator.add_fault(Fault(
        action="status", status=403, headers={"Content-Type": "text/plain; charset=utf-8"}, body="EWS is\noff for you."
    ))

    outcomes = opened.destination.create(inbox, three())

    assert verdicts(outcomes) == [Verdict.SPLIT] * 3
    with pytest.raises(FatalError, match=r"allow access for this account\. The server says: “EWS is off for you\.”"):
        opened.destination.probe()
    assert verdicts(opened.destination.create(inbox, three()[:1])) == [Verdict.FATAL]


def test_a_request_that_did_not_get_through_was_not_carried_out(opened: Opened, scripted, reach) -> None:
    """The server hangs up in the middle of a large request, to its last byte never sent: it may be sent again."""
    def play(server: Scripted, connection: socket.socket) -> None:
        if b"Authorization" not in server.request(connection):
            connection.sendall(OFFER_BASIC)
            return
        connection.sendall(answer(200, WHOLE))
        connection.recv(1000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    (outcome,) = reach(scripted(play).url).create("x", [new("big", content=b"x" * 12_000_000)])

    assert outcome.verdict is Verdict.BUSY


def test_connections_that_break_when_they_are_reused_are_not_reused(plain: Server) -> None:
    """After two of them each request has a connection of its own, signed in by itself, and everything goes through."""
    plain.emulator.configure(auth=("basic",))
    address = plain.mailbox()
    plain.emulator.add_fault(Fault(action="reset", reused=True))
    destination = plain.open(address)

    destination.check()
    inbox = next(f.id for f in destination.folders() if f.role is Role.INBOX)
    outcomes = [destination.create(inbox, [new(str(n))])[0] for n in range(5)]

    assert verdicts(outcomes) == [Verdict.DONE] * 5
    broken = [r for r in plain.emulator.requests if r.user == address and not r.status]
    assert len(broken) == 2


def test_where_every_answer_ends_its_connection_no_request_only_signs_in(plain: Server) -> None:
    """Each request has a fresh connection and signs in by itself, as where connections break."""
    plain.emulator.configure(auth=("basic",), keep_alive=False)
    address = plain.mailbox()
    destination = plain.open(address)

    destination.check()
    inbox = next(f.id for f in destination.folders() if f.role is Role.INBOX)
    before = len([r for r in plain.emulator.requests if r.user == address])
    outcomes = [destination.create(inbox, [new(str(n))])[0] for n in range(5)]

    assert verdicts(outcomes) == [Verdict.DONE] * 5
    after = [r.operation for r in plain.emulator.requests if r.user == address][before:]
    assert after == ["CreateItem"] * 5


def test_cookies_of_a_session_come_back(scripted, reach) -> None:
    """A load balancer knows by them which server a connection belongs to."""
    def play(server: Scripted, connection: socket.socket) -> None:
        while request := server.request(connection):
            cookie = {"Set_Cookie": "X-BackEndCookie=abc; path=/"}
            connection.sendall(answer(200, WHOLE, **cookie) if b"Authorization" in request else OFFER_BASIC)

    server = scripted(play)
    reach(server.url).create("x", [new("a")])

    assert b"Cookie: X-BackEndCookie=abc" in server.seen[-1]


def test_what_is_sent_back_are_the_cookies_that_hold(scripted, reach) -> None:
    """Another value takes the place of the first, an answer without any changes none, and an ended one is not sent."""
    set_by = ["a=1; path=/", "a=2; path=/", None, "b=3; path=/", "a=2; path=/; Max-Age=0", None]

    def play(server: Scripted, connection: socket.socket) -> None:
        while request := server.request(connection):
            cookie = set_by.pop(0) if b"Authorization" in request else None
            connection.sendall(answer(200, WHOLE, **({"Set_Cookie": cookie} if cookie else {}))
                               if b"Authorization" in request else OFFER_BASIC)

    server = scripted(play)
    destination = reach(server.url)
    for _ in range(5):
        destination.create("x", [new("a")])

    asked = [request.partition(b"\r\n\r\n")[0].split(b"\r\n") for request in server.seen[1:]]
    cookies = [[line for line in lines if line.startswith(b"Cookie:")] for lines in asked]
    assert cookies == [
        [], [b"Cookie: a=1"], [b"Cookie: a=2"], [b"Cookie: a=2"], [b"Cookie: a=2; b=3"], [b"Cookie: b=3"],
    ]


@pytest.mark.parametrize(("cookie", "is_back"), [("one=abc; path=/", True), ("one=abc; path=/owa", False)])
def test_which_cookies_come_back_can_be_asked(scripted, reach, cookie: str, is_back: bool) -> None:
    """One that is set for another address is not sent to this one."""
    def play(server: Scripted, connection: socket.socket) -> None:
        while request := server.request(connection):
            connection.sendall(answer(200, WHOLE, Set_Cookie=cookie) if b"Authorization" in request else OFFER_BASIC)

    server = scripted(play)
    destination = reach(server.url)
    destination.create("x", [new("a")])

    assert destination._sessions.cookies() == {"one": is_back}
