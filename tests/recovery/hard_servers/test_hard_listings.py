"""One message that cannot be listed hides no other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.migration.record import State
from tests.recovery.hard_servers.conftest import Moved
from tests.servers.mail_servers.hard_imap import CUT, Call, hard_imap, letters

Move = Callable[..., Moved]
COUNT = 60
ODD_ONE = 33
DAMAGED = b"TAG NO message is damaged\r\n"


@pytest.mark.parametrize("said", [DAMAGED, CUT], ids=["NO", "cut"])
def test_one_message_over_which_every_fetch_fails_is_named_and_hides_no_other(move: Move, said: bytes) -> None:
    """Not even its flags can be had; everything else arrives."""
    with hard_imap(list(letters(COUNT))) as server:
        server.answer = lambda call: said if call.name == "UID FETCH" and ODD_ONE in call.uids() else None
        moved = move(server)

    assert (moved.migration.state, moved.counts) == (State.COMPLETED, (COUNT, COUNT - 1, 1, 0)), moved.words
    assert len(moved.failed) == 1


def test_a_message_whose_number_cannot_be_had_either_is_counted_and_hides_no_other(move: Move) -> None:
    """The server says NO to every command that it falls under, by whatever number it is named."""
    def answer(call: Call) -> bytes | None:
        if call.name == "FETCH":
            first, _, last = call.text.split()[1].partition(":")
            return DAMAGED if int(first) <= ODD_ONE <= int(last or first) else None
        return DAMAGED if call.name == "UID FETCH" and ODD_ONE in call.uids() else None

    with hard_imap(list(letters(COUNT))) as server:
        server.answer = answer
        moved = move(server)

    assert (moved.migration.state, moved.counts) == (State.COMPLETED, (COUNT, COUNT - 1, 1, 0)), moved.words
    assert moved.failed[0][1] == "(messages that were not shown)"


def test_a_listing_that_ends_in_no_is_used_for_all_that_it_shows(move: Move) -> None:
    """The server tells of every message but one, and ends with NO, however it is asked; the one is counted."""
    def answer(call: Call) -> bytes | None:
        if call.name != "UID FETCH" or ODD_ONE not in call.uids():
            return None
        return call.usual().replace(b"TAG OK done", b"TAG NO Some messages could not be read")

    with hard_imap(list(letters(COUNT))) as server:
        server.spoil = lambda held, response: b"" if held.uid == ODD_ONE else response
        server.answer = answer
        moved = move(server)

    assert (moved.migration.state, moved.counts) == (State.COMPLETED, (COUNT, COUNT - 1, 1, 0)), moved.words
    assert moved.failed[0][2] == f"localhost counts {COUNT} messages here, but shows only {COUNT - 1} of them."
