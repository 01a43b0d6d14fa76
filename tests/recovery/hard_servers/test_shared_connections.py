"""Readers that share the connections that are left: neither messages nor the password are blamed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from engine.migration.record import State
from tests.recovery.hard_servers.conftest import Moved
from tests.servers.mail_servers.hard_imap import CUT, Call, Folder, hard_imap, letters

Move = Callable[..., Moved]
WRONG = b"TAG NO [AUTHENTICATIONFAILED] Authentication failed\r\n"
LIMIT = b"TAG NO [LIMIT] Too many simultaneous connections.\r\n"
NAMES = [b"INBOX", *(b"F%d" % n for n in range(8))]


def folders() -> dict[bytes, Folder]:
    return {name: Folder(letters(40, name=name.decode())) for name in NAMES}


ALL = 40 * len(NAMES)


def is_cut(call: Call, cut: list[int]) -> bool:
    """Whether this connection ends now: one of several, once; from then on the server takes one. `cut` remembers it."""
    if not call.is_body or cut or call.server.most_open < 2:
        return False
    cut.append(call.connection)
    call.server.most_connections = 1
    return True


def test_a_connection_that_is_lost_while_another_is_refused_is_no_wrong_password(move: Move) -> None:
    """The server restarts, takes one connection, refuses the password of the next, and cuts the first once more."""
    def answer(call: Call) -> bytes | None:
        if call.is_body and call.connection <= 2:
            return CUT
        if call.name == "LOGIN" and call.connection == 4:
            return WRONG
        if call.connection == 3 and call.name in ("EXAMINE", "UID FETCH") and server.connections >= 4:
            return CUT
        return None

    with hard_imap(folders()) as server:
        server.answer = answer
        moved = move(server)

    assert (moved.migration.state, moved.counts) == (State.COMPLETED, (ALL, ALL, 0, 0)), moved.words


@pytest.mark.parametrize(("crowded", "ending"), [
    (WRONG, CUT), (LIMIT, CUT), (WRONG, b"TAG BAD User is authenticated but not connected.\r\n"),
    (LIMIT, b"TAG NO cannot give that\r\n"),
])
def test_connections_that_go_bad_while_they_are_shared_are_not_blamed_on_messages(
    move: Move, crowded: bytes, ending: bytes
) -> None:
    """Each connection answers one request for bodies and then fails; the server takes one connection at a time."""
    given: Counter[int] = Counter()

    def answer(call: Call) -> bytes | None:
        if call.is_body:
            given[call.connection] += 1
        if call.name in ("LOGIN", "CAPABILITY", "LOGOUT") or given[call.connection] <= 1:
            return None
        server.most_connections = 1
        return ending

    with hard_imap(folders()) as server:
        server.crowded = crowded
        server.answer = answer
        moved = move(server)

    assert (moved.migration.state, moved.counts) == (State.COMPLETED, (ALL, ALL, 0, 0)), (moved.words, moved.failed[:2])


def test_refused_messages_cost_no_refused_sign_ins(move: Move) -> None:
    """The server takes one connection and answers others "wrong password"; one that counts those locks the account."""
    cut: list[int] = []
    accepted: list[int] = []

    def answer(call: Call) -> bytes | None:
        if call.name == "LOGIN":
            accepted.append(call.connection)
        if is_cut(call, cut):
            return CUT
        return b"TAG NO message is damaged\r\n" if call.is_body and 17 in call.uids() else None

    with hard_imap(folders()) as server:
        server.crowded = WRONG
        server.answer = answer
        moved = move(server)
        tried = sum(command.startswith("LOGIN") for command in server.commands)

    assert (moved.migration.state, moved.counts) == (State.COMPLETED, (ALL, ALL - 9, 9, 0)), moved.words
    assert tried - len(accepted) <= 2


@pytest.mark.parametrize("greets", [False, True])
def test_connections_are_shared_where_a_server_closes_others_without_a_word(move: Move, greets: bool) -> None:
    """A firewall or inetd closes each connection beyond one, before the greeting or at the sign-in."""
    cut: list[int] = []

    with hard_imap(folders()) as server:
        if greets:
            server.crowded = CUT
        else:
            talk = server._talk
            server._talk = lambda *a, crowd: None if crowd else talk(*a, crowd=crowd)  # type: ignore[method-assign]
        server.answer = lambda call: CUT if is_cut(call, cut) else None
        moved = move(server)

    assert cut
    assert (moved.migration.state, moved.counts) == (State.COMPLETED, (ALL, ALL, 0, 0)), moved.words


@pytest.mark.parametrize("connections", [1, 1000])
def test_many_refused_messages_cost_few_sign_ins(move: Move, connections: int) -> None:
    """Every fourth message is refused; the server takes one connection from the start, or after the first two."""
    cut: list[int] = []

    def answer(call: Call) -> bytes | None:
        if is_cut(call, cut):
            return CUT
        bad = call.is_body and any(uid % 4 == 0 for uid in call.uids())
        return b"TAG NO message is damaged\r\n" if bad else None

    with hard_imap(folders()) as server:
        server.most_connections = connections
        server.answer = answer
        moved = move(server)
        tried = sum(command.startswith("LOGIN") for command in server.commands)

    assert (moved.migration.state, moved.counts) == (State.COMPLETED, (ALL, ALL * 3 // 4, ALL // 4, 0)), moved.words
    assert tried <= 3 * len(NAMES), tried
