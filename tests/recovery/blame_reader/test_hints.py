"""What a server announces is a hint, and what it gave once need not be there any more."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from engine.migration import State
from tests.recovery.hard_servers.conftest import Moved
from tests.servers.hard_imap import DONE, Call, Held, hard_imap, letters
from tests.servers.scripted_pop3 import Kept, scripted_pop3

Move = Callable[..., Moved]


def test_an_announced_size_of_four_gigabytes_is_tried(move: Move) -> None:
    """A size that a server could not tell is -1 in 32 bits; the message has 300 bytes."""
    with hard_imap(list(letters(60))) as server:
        server.spoil = lambda held, response: (
            re.sub(rb"RFC822\.SIZE \d+", b"RFC822.SIZE 4294967295", response) if held.uid == 33 else response
        )
        moved = move(server)

    assert moved.counts == (60, 60, 0, 0), moved.failed


def test_an_announced_size_of_four_gigabytes_is_tried_by_pop3(move: Move) -> None:
    """The same of a maildrop's list."""
    kept = [Kept(f"n{n}", b"Subject: %d\r\nMessage-ID: <%d@x>\r\n\r\nHello\r\n" % (n, n)) for n in range(20)]
    kept[7] = Kept("n7", kept[7].mime, 4294967295)
    with scripted_pop3(kept) as server:
        moved = move(server)

    assert moved.counts == (20, 20, 0, 0), moved.failed


@pytest.mark.parametrize("said", [b"TAG NO no such part\r\n", b"* 21 FETCH (UID 21 BODY[]<%d> NIL)\r\n" + DONE])
def test_a_large_message_whose_size_is_an_estimate_ends_where_its_pieces_end(move: Move, said: bytes) -> None:
    """The listed size is 10 bytes too large; behind the end there is NIL, or a NO."""
    large = Held(21, b"Subject: plans\r\n\r\n" + b"0123456789abcd\r\n" * 330_000)

    def answer(call: Call) -> bytes | None:
        found = re.search(r"BODY\.PEEK\[\]<(\d+)\.", call.text)
        start = int(found[1]) if found else 0
        if start and start >= len(large.mime):
            return said.replace(b"%d", b"%d" % start)
        return None

    with hard_imap([*letters(20), large]) as server:
        server.spoil = lambda held, response: (
            re.sub(rb"RFC822\.SIZE \d+", b"RFC822.SIZE %d" % (len(held.mime) + 10), response)
            if held.uid == 21 else response
        )
        server.answer = answer
        moved = move(server)

    assert moved.counts == (21, 21, 0, 0), moved.failed


def test_what_was_given_and_is_gone_is_no_sign_of_a_server_that_is_away(move: Move) -> None:
    """The owner archives what was read already; one message of the rest is always unavailable."""
    busy = b"TAG NO [UNAVAILABLE] UID FETCH Server error - Please try again later\r\n"

    def answer(call: Call) -> bytes | None:
        folder = server.folders[b"INBOX"]
        if call.is_body and 60 in call.uids():
            folder.messages = [held for held in folder.messages if held.uid > 50]
            return busy
        return None

    with hard_imap(list(letters(120))) as server:
        server.most_connections = 1
        server.answer = answer
        moved = move(server)

    assert moved.migration.state is State.COMPLETED, moved.words
    assert moved.counts == (120, 119, 1, 0)
