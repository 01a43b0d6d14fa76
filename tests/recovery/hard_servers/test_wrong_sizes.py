"""The size that a server announces is a hint: what can be read is read, and ends where it ends."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from engine.connectors.imap import reader
from engine.connectors.pop3 import fetching
from engine.migration.record import Reason
from tests.recovery.hard_servers.conftest import Moved, assert_as_received
from tests.servers.mail_servers.hard_imap import DONE, Call, HardImap, Held, hard_imap, letters
from tests.servers.mail_servers.scripted_pop3 import Kept, scripted_pop3

Move = Callable[..., Moved]
UNTOLD = 2**32 - 1      # -1 in 32 bits
MANY = 12
LONG = b"0123456789abcd\r\n" * 3000        # a text of 48,000 bytes, where no more than 100,000 are held
LARGE = Held(21, b"Subject: plans\r\n\r\n" + b"0123456789abcd\r\n" * 330_000)
NO = b"TAG NO no such part\r\n"
NIL = b"* 21 FETCH (UID 21 BODY[]<%d> NIL)\r\n" + DONE


def announce(server: HardImap, uid: int, size: int) -> None:
    """Has the server announce that size for one message."""
    def spoil(held: Held, response: bytes) -> bytes:
        return re.sub(rb"RFC822\.SIZE \d+", b"RFC822.SIZE %d" % size, response) if held.uid == uid else response

    server.spoil = spoil


def test_a_message_whose_size_cannot_be_true_is_tried(move: Move) -> None:
    """4 GB are listed; the message has 300 bytes."""
    with hard_imap(list(letters(20))) as server:
        announce(server, 13, UNTOLD)
        moved = move(server)

    assert moved.counts == (20, 20, 0, 0), moved.failed


def test_a_message_whose_size_cannot_be_true_is_tried_by_pop3(move: Move) -> None:
    """The same in a maildrop's list."""
    kept = [Kept(f"n{n}", b"Subject: %d\r\nMessage-ID: <%d@x>\r\n\r\nHello\r\n" % (n, n)) for n in range(20)]
    kept[7] = Kept("n7", kept[7].mime, UNTOLD)
    with scripted_pop3(kept) as server:
        moved = move(server)

    assert moved.counts == (20, 20, 0, 0), moved.failed


def says_behind_the_end(said: bytes) -> Callable[[Call], bytes | None]:
    """Answers so for a piece that begins where the large message ends."""
    def answer(call: Call) -> bytes | None:
        found = re.search(r"BODY\.PEEK\[\]<(\d+)\.", call.text)
        start = int(found[1]) if found else 0
        return said.replace(b"%d", b"%d" % start) if start >= len(LARGE.mime) else None

    return answer


@pytest.mark.parametrize("said", [NO, NIL], ids=["NO", "NIL"])
def test_a_large_message_whose_size_is_an_estimate_arrives_and_the_report_notes_it(move: Move, said: bytes) -> None:
    """The listed size is 10 bytes too large; behind the end there is NIL, or a NO."""
    with hard_imap([*letters(20), LARGE]) as server:
        announce(server, LARGE.uid, len(LARGE.mime) + 10)
        server.answer = says_behind_the_end(said)
        moved = move(server)

    assert moved.counts == (21, 21, 0, 0), moved.failed
    assert LARGE.mime in [message.mime for message in moved.world.messages()]
    assert [(each.item, each.outcome) for each in moved.report] == [("1 message", Reason.NOTED)]
    assert "a little longer" in moved.report[0].reason


@pytest.mark.parametrize("said", [NO, NIL], ids=["NO", "NIL"])
def test_a_large_message_that_is_given_in_part_is_named(move: Move, said: bytes) -> None:
    """A tenth of it is not given: it may not arrive as if it were whole."""
    with hard_imap([*letters(20), LARGE]) as server:
        announce(server, LARGE.uid, len(LARGE.mime) * 10 // 9)
        server.answer = says_behind_the_end(said)
        moved = move(server)

    assert moved.counts == (21, 20, 1, 0), moved.report
    assert [item.partition(" (")[0] for _, item, _ in moved.failed] == ["plans"]


@pytest.mark.parametrize("protocol", ["IMAP", "POP3"])
def test_many_messages_that_are_far_larger_than_listed_arrive(
    move: Move, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    """Those for which there is no room travel through files, each in a request of its own."""
    for room in (reader, fetching):
        monkeypatch.setattr(room, "MOST_HELD", 100_000)
    mimes = [b"Subject: %d\r\nMessage-ID: <%d@example.net>\r\n\r\n" % (n, n) + LONG for n in range(1, MANY + 1)]
    with ExitStack() as stack:
        if protocol == "IMAP":
            server = stack.enter_context(hard_imap([Held(n, mime) for n, mime in enumerate(mimes, 1)]))
            server.spoil = lambda _, response: re.sub(rb"RFC822\.SIZE \d+", b"RFC822.SIZE 0", response)
            moved = move(server)
        else:
            kept = [Kept(f"n{n}", mime, 1) for n, mime in enumerate(mimes)]
            moved = move(stack.enter_context(scripted_pop3(kept)))

    assert moved.counts == (MANY, MANY, 0, 0), moved.words
    assert_as_received(moved, Counter(mimes))
