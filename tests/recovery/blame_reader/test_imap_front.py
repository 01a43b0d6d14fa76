"""Nothing has been given yet when what is bad comes up: it must not cost the others their place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.migration import State
from tests.recovery.hard_servers.conftest import Moved
from tests.servers.hard_imap import CUT, Call, Folder, hard_imap, letters

Move = Callable[..., Moved]
BUSY = b"TAG NO [UNAVAILABLE] UID FETCH Server error - Please try again later\r\n"


@pytest.mark.parametrize(("count", "connections"), [(35, 1000), (120, 1)])
def test_one_message_that_is_unavailable_in_a_small_mailbox_or_over_one_connection(
    move: Move, count: int, connections: int
) -> None:
    """All of the mailbox is one batch, or one reader reads it: the neighbours arrive, the message is named."""
    with hard_imap(list(letters(count))) as server:
        server.most_connections = connections
        server.answer = lambda call: BUSY if call.is_body and 7 in call.uids() else None
        moved = move(server)

    assert (moved.migration.state, moved.counts) == (State.COMPLETED, (count, count - 1, 1, 0)), moved.words


def test_a_first_folder_whose_messages_are_unavailable_costs_the_others_nothing(move: Move) -> None:
    """The inbox lies on storage that is away; the folders behind it do not."""
    folders = {b"INBOX": Folder(letters(250)), b"Sent": Folder(letters(30, name="sent"))}
    with hard_imap(folders) as server:
        inbox = server.folders[b"INBOX"]
        server.answer = lambda call: BUSY if call.is_body and call.folder is inbox else None
        moved = move(server)

    sent = [m.subject for m in moved.world.messages() if m.subject.startswith("sent")]
    assert len(sent) == 30, moved.words


def test_three_messages_at_the_front_that_end_connections_cost_the_others_nothing(move: Move) -> None:
    """The three oldest messages are damaged, in a mailbox of one batch."""
    with hard_imap(list(letters(40))) as server:
        server.answer = lambda call: CUT if call.is_body and {1, 2, 3} & set(call.uids()) else None
        moved = move(server)

    assert (moved.migration.state, moved.counts) == (State.COMPLETED, (40, 37, 3, 0)), moved.words


def test_a_folder_that_breaks_while_it_is_read_costs_the_others_nothing(move: Move) -> None:
    """What was given last lies in the folder that cannot be opened any more; one connection."""
    folders = {b"INBOX": Folder(letters(120)), b"Sent": Folder(letters(30, name="sent"))}
    damaged = b"TAG NO [SERVERBUG] Internal error occurred.\r\n"

    def answer(call: Call) -> bytes | None:
        bodies.append(call.is_body)
        return damaged if sum(bodies) > 1 and call.folder is inbox and call.name in ("EXAMINE", "UID FETCH") else None

    bodies: list[bool] = []
    with hard_imap(folders) as server:
        inbox = server.folders[b"INBOX"]
        server.most_connections = 1
        server.answer = answer
        moved = move(server)

    sent = [m.subject for m in moved.world.messages() if m.subject.startswith("sent")]
    assert len(sent) == 30, moved.words


def test_a_folder_that_breaks_after_its_listing_is_asked_for_a_bounded_number_of_times(move: Move) -> None:
    """Each try lasts seconds where the waits are real: not fifteen and more for each message of the folder."""
    folders = {b"INBOX": Folder(letters(60)), b"Old": Folder(letters(40, name="old"))}
    damaged = b"TAG NO [SERVERBUG] Internal error occurred.\r\n"
    asked: list[int] = []

    def answer(call: Call) -> bytes | None:
        if any("BODY.PEEK[]" in command for command in server.commands) and call.name == "EXAMINE" and "Old" in call.text:
            asked.append(call.nth)
            return damaged
        return None

    with hard_imap(folders) as server:
        server.answer = answer
        moved = move(server)

    assert moved.counts == (100, 60, 40, 0), moved.words
    assert len(asked) <= 100
