"""Readers that share what is left of the connections: nobody is blamed for that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from engine.migration import State
from tests.recovery.hard_servers.conftest import Moved
from tests.servers.hard_imap import CUT, Call, Folder, hard_imap, letters

Move = Callable[..., Moved]
WRONG = b"TAG NO [AUTHENTICATIONFAILED] Authentication failed\r\n"
LIMIT = b"TAG NO [LIMIT] Too many simultaneous connections.\r\n"
NAMES = [b"INBOX", *(b"F%d" % n for n in range(8))]


def folders() -> dict[bytes, Folder]:
    return {name: Folder(letters(40, name=name.decode())) for name in NAMES}


ALL = 40 * len(NAMES)


def test_a_connection_that_is_lost_while_another_is_refused_is_no_wrong_password(move: Move) -> None:
    """The server restarts, takes one connection, calls the password of the next wrong, ends the first one more time."""
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


@pytest.mark.parametrize("crowded", [WRONG, LIMIT])
@pytest.mark.parametrize("ending", [CUT, b"TAG BAD User is authenticated but not connected.\r\n",
                                    b"TAG NO cannot give that\r\n"])
@pytest.mark.parametrize("connections", [1000, 1])
def test_connections_that_go_bad_and_are_shared_are_not_blamed_on_messages(
    move: Move, crowded: bytes, ending: bytes, connections: int
) -> None:
    """Each connection gives out one answer of bodies, then nothing; two at first, later one at a time."""
    given: Counter[int] = Counter()

    def answer(call: Call) -> bytes | None:
        if call.is_body:
            given[call.connection] += 1
        if call.name in ("LOGIN", "CAPABILITY", "LOGOUT") or given[call.connection] <= 1:
            return None
        server.most_connections = 1
        return ending

    with hard_imap(folders()) as server:
        server.crowded, server.most_connections = crowded, connections      # one from the start: nothing is shared
        server.answer = answer
        moved = move(server)

    assert (moved.migration.state, moved.counts) == (State.COMPLETED, (ALL, ALL, 0, 0)), (moved.words, moved.failed[:2])


def test_refused_messages_cost_no_refused_sign_ins(move: Move) -> None:
    """One connection is left, others' passwords are called wrong: a server that counts those locks the account."""
    cut: list[int] = []
    accepted: list[int] = []

    def answer(call: Call) -> bytes | None:
        if call.name == "LOGIN":
            accepted.append(call.connection)
        if call.is_body and not cut and server.most_open > 1:
            cut.append(call.connection)
            server.most_connections = 1
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
def test_a_server_that_closes_what_is_too_much_without_a_word_is_shared_too(move: Move, greets: bool) -> None:  # noqa: FBT001
    """A firewall, or inetd, ends each connection beyond one: at once, or when somebody signs in."""
    cut: list[int] = []

    def answer(call: Call) -> bytes | None:
        if call.is_body and not cut and server.most_open > 1:
            cut.append(call.connection)
            server.most_connections = 1
            return CUT
        return None

    with hard_imap(folders()) as server:
        if greets:
            server.crowded = CUT
        else:
            talk = server._talk
            server._talk = lambda *a, crowd: None if crowd else talk(*a, crowd=crowd)  # type: ignore[method-assign]
        server.answer = answer
        moved = move(server)

    assert cut
    assert (moved.migration.state, moved.counts) == (State.COMPLETED, (ALL, ALL, 0, 0)), moved.words
