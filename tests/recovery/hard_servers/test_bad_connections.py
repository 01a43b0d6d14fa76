"""A connection that has gone bad without a NO: messages that it does not give are neither gone nor damaged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest

from engine.migration.record import State
from tests.recovery.hard_servers.conftest import Moved
from tests.servers.mail_servers.hard_imap import CUT, DONE, Call, Folder, HardImap, hard_imap, letters

Move = Callable[..., Moved]


def says_nothing(_call: Call) -> bytes:
    return DONE


def says_flags_alone(call: Call) -> bytes:
    return b"".join(b"* %d FETCH (UID %d FLAGS (\\Seen))\r\n" % (uid, uid) for uid in call.uids()) + DONE


def says_nil(call: Call) -> bytes:
    said = re.sub(rb"BODY\[\] \{(\d+)\}\r\n(?s:.*?)\)\r\n(?=\* |TAG )", b"BODY[] NIL)\r\n", call.usual())
    assert b"NIL" in said or not call.is_body
    return said


def says_nothing_is_there(call: Call) -> bytes:
    return b"* 0 EXISTS\r\n" + DONE


@pytest.mark.parametrize(("bad", "connections"), [
    (says_nothing, 1), (says_flags_alone, 1), (says_nil, 1), (says_nothing_is_there, 1), (says_nothing, 1000),
])
def test_messages_that_a_bad_connection_lacks_are_fetched_over_a_fresh_one(
    move: Move, bad: Callable[[Call], bytes], connections: int
) -> None:
    """From its second answer of bodies on, the first connection gives no body; every new connection gives all."""
    fetched: Counter[int] = Counter()

    def answer(call: Call) -> bytes | None:
        fetched[call.connection] += call.is_body
        is_bad = call.connection == 1 and fetched[1] > 1 and call.name == "UID FETCH"
        return bad(call) if is_bad else None

    with hard_imap(list(letters(300))) as server:
        server.most_connections = connections
        server.answer = answer
        moved = move(server)

    assert (moved.migration.state, moved.counts) == (State.COMPLETED, (300, 300, 0, 0)), moved.report[:1]


def test_a_folder_that_one_connection_shows_as_empty_loses_no_message(move: Move) -> None:
    """The server restarts; the second connection opens the folder before the server has read its index again."""
    def cut_once(server: HardImap) -> Callable[[Call], bytes | None]:
        def answer(call: Call) -> bytes | None:
            if call.is_body and call.connection == 1:
                return CUT
            if call.connection == 2 and call.name == "EXAMINE":
                return re.sub(rb"\* \d+ EXISTS", b"* 0 EXISTS", call.usual())
            return DONE if call.connection == 2 and call.name == "UID FETCH" else None
        server.most_connections = 1
        return answer

    with hard_imap({b"INBOX": Folder(letters(120))}) as server:
        server.answer = cut_once(server)
        moved = move(server)

    assert moved.counts[3] == 0, (moved.counts, moved.report[:1])


def test_an_empty_listing_is_read_again_over_a_fresh_connection(move: Move) -> None:
    """The first connection counts 120 messages and lists none; every other connection lists all."""
    def answer(call: Call) -> bytes | None:
        return DONE if call.connection == 1 and call.name == "UID FETCH" else None

    with hard_imap(list(letters(120))) as server:
        server.answer = answer
        moved = move(server)

    assert moved.counts == (120, 120, 0, 0), moved.report[:1]


def test_a_folder_that_one_connection_does_not_open_is_opened_over_a_fresh_one(move: Move) -> None:
    """The first connection opens three folders and refuses all others, while it accepts NOOP; a new one opens all."""
    opened: Counter[int] = Counter()

    def answer(call: Call) -> bytes | None:
        opened[call.connection] += call.name == "EXAMINE"
        bad = call.connection == 1 and opened[1] > 3 and call.name == "EXAMINE"
        return b"TAG NO Mailbox cannot be opened\r\n" if bad else None

    with hard_imap({b"F%d" % n: Folder(letters(3, name=f"f{n}")) for n in range(8)}) as server:
        server.most_connections = 1
        server.answer = answer
        moved = move(server)

    assert moved.counts == (24, 24, 0, 0), moved.report[:1]
