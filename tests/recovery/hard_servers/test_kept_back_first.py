"""A source keeps back what is asked for first, or all of a folder: other messages tell whose fault it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.migration.record import State
from tests.recovery.hard_servers.conftest import Moved
from tests.servers.mail_servers.hard_imap import CUT, Call, Folder, Held, hard_imap, letters

Move = Callable[..., Moved]
BUSY = b"TAG NO [UNAVAILABLE] UID FETCH Server error - Please try again later\r\n"
DAMAGED = b"TAG NO [SERVERBUG] Internal error occurred.\r\n"
ODD_ONE = 7


def subjects(moved: Moved, name: str) -> int:
    """How many messages arrived whose subject begins so."""
    return sum(message.subject.startswith(f"{name} ") for message in moved.world.messages())


@pytest.mark.parametrize(("count", "connections"), [(35, 1000), (120, 1)])
def test_one_message_that_is_unavailable_is_named_though_nothing_was_given_before(
    move: Move, count: int, connections: int
) -> None:
    """All of the mailbox is one batch, or one reader reads it: the others arrive."""
    with hard_imap(list(letters(count))) as server:
        server.most_connections = connections
        server.answer = lambda call: BUSY if call.is_body and ODD_ONE in call.uids() else None
        moved = move(server)

    assert (moved.migration.state, moved.counts) == (State.COMPLETED, (count, count - 1, 1, 0)), moved.words
    assert [item.partition(" (")[0] for _, item, _ in moved.failed] == ["letter 7"]


def test_a_mailbox_of_which_nothing_is_given_names_nothing(move: Move) -> None:
    """No other message shows that the server is well: it stops, and goes on when the server does."""
    with hard_imap(list(letters(35))) as server:
        server.answer = lambda call: BUSY if call.is_body else None
        moved = move(server)
        failed = moved.failed
        server.mend()
        again = moved.again()

    assert (moved.migration.state, failed) == (State.NEEDS_ATTENTION, [])
    assert (again.migration.state, again.counts) == (State.COMPLETED, (35, 35, 0, 0))


def test_a_first_folder_whose_messages_are_unavailable_does_not_stop_the_others(move: Move) -> None:
    """Each of its messages is asked for alone and named, without a wait for each; the other folder arrives."""
    asked: list[int] = []

    def answer(call: Call) -> bytes | None:
        if not call.is_body or call.folder is not inbox:
            return None
        asked.append(len(call.uids()))
        return BUSY

    folders = {b"INBOX": Folder(letters(120)), b"Sent": Folder(letters(30, name="sent"))}
    with hard_imap(folders) as server:
        inbox = server.folders[b"INBOX"]
        server.answer = answer
        moved = move(server)

    assert (moved.migration.state, moved.counts) == (State.COMPLETED, (150, 30, 120, 0)), moved.words
    assert subjects(moved, "sent") == 30
    assert 120 <= asked.count(1) <= 150


def test_three_messages_at_the_front_that_end_connections_are_named(move: Move) -> None:
    """The three oldest messages of a mailbox of one batch are damaged; the others arrive."""
    with hard_imap(list(letters(40))) as server:
        server.answer = lambda call: CUT if call.is_body and {1, 2, 3} & set(call.uids()) else None
        moved = move(server)

    assert (moved.migration.state, moved.counts) == (State.COMPLETED, (40, 37, 3, 0)), moved.words


@pytest.mark.parametrize("given", [0, 1])
def test_a_folder_that_breaks_after_its_listing_is_named_and_asked_for_a_bounded_number_of_times(
    move: Move, given: int
) -> None:
    """Whether some of it was given before or nothing: the other folder arrives; no try is made for each message."""
    folders = {b"INBOX": Folder(letters(120)), b"Sent": Folder(letters(30, name="sent"))}
    bodies: list[Call] = []
    refused: list[Call] = []

    def answer(call: Call) -> bytes | None:
        if call.is_body:
            bodies.append(call)
        asks = call.is_body or (call.name == "EXAMINE" and bodies)
        if asks and call.folder is inbox and len(bodies) > given:
            refused.append(call)
            return DAMAGED
        return None

    with hard_imap(folders) as server:
        inbox = server.folders[b"INBOX"]
        server.most_connections = 1
        server.answer = answer
        moved = move(server)

    assert moved.migration.state is State.COMPLETED, moved.words
    assert subjects(moved, "sent") == 30
    assert moved.counts == (150, 30 + 50 * given, 120 - 50 * given, 0)
    assert len(refused) <= 60


def test_what_was_given_and_is_gone_is_no_sign_of_a_server_that_is_away(move: Move) -> None:
    """The owner archives what was read already; one message of the rest is always unavailable."""
    def answer(call: Call) -> bytes | None:
        folder = server.folders[b"INBOX"]
        if call.is_body and 60 in call.uids():
            folder.messages = [held for held in folder.messages if held.uid > 50]
            return BUSY
        return None

    with hard_imap(list(letters(120))) as server:
        server.most_connections = 1
        server.answer = answer
        moved = move(server)

    assert (moved.migration.state, moved.counts) == (State.COMPLETED, (120, 119, 1, 0)), moved.words


def test_a_message_that_comes_empty_is_named_and_not_copied_as_an_empty_one(move: Move) -> None:
    """It is listed with its size, and its content is given as no bytes at all."""
    def spoil(held: Held, response: bytes) -> bytes:
        start, literal, _ = response.partition(b"BODY[] {")
        return start + b"BODY[] {0}\r\n)\r\n" if literal and held.uid == ODD_ONE else response

    with hard_imap(list(letters(60))) as server:
        server.spoil = spoil
        moved = move(server)

    assert moved.counts == (60, 59, 1, 0)
    assert b"" not in [message.mime for message in moved.world.messages()]
    assert "gives nothing of it" in moved.failed[0][2]
