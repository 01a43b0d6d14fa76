"""One message that cannot be listed hides no other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.recovery.hard_servers.conftest import Moved
from tests.servers.hard_imap import CUT, Call, hard_imap, letters

Move = Callable[..., Moved]
ODD_ONE = 33


@pytest.mark.parametrize("said", [b"TAG NO message is damaged\r\n", CUT])
def test_one_message_over_which_every_fetch_fails_hides_no_other(move: Move, said: bytes) -> None:
    """Not even its flags can be had; 119 others can."""
    with hard_imap(list(letters(120))) as server:
        server.answer = lambda call: said if call.name == "UID FETCH" and ODD_ONE in call.uids() else None
        moved = move(server)

    assert moved.counts[1] == 119, (moved.counts, moved.report, moved.words)


def test_a_listing_that_ends_in_no_and_came_all_but_one_is_used(move: Move) -> None:
    """The server tells of every message but one, and ends with NO, however it is asked."""
    def answer(call: Call) -> bytes | None:
        if call.name != "UID FETCH" or ODD_ONE not in call.uids():
            return None
        return call.usual().replace(b"TAG OK done", b"TAG NO Some messages could not be read")

    with hard_imap(list(letters(120))) as server:
        server.spoil = lambda held, response: b"" if held.uid == ODD_ONE else response
        server.answer = answer
        moved = move(server)

    assert moved.counts[1] == 119, (moved.counts, moved.report, moved.words)


def test_a_message_that_comes_empty_is_not_copied_as_an_empty_one(move: Move) -> None:
    """It is listed with its size, and its content is given as no bytes at all."""
    def answer(call: Call) -> bytes | None:
        return None

    with hard_imap(list(letters(120))) as server:
        server.spoil = lambda held, response: (
            response if held.uid != ODD_ONE or b"BODY[] {" not in response
            else response[:response.index(b"BODY[] {")] + b"BODY[] {0}\r\n)\r\n"
        )
        server.answer = answer
        moved = move(server)

    assert b"" not in [m.mime for m in moved.world.messages()]
    assert (moved.counts[1], len(moved.failed)) == (119, 1)
