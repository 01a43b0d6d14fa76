"""Odd lines of IMAP servers, through the whole engine: every message arrives, byte for byte, and nothing is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from engine.migration.record import Reason, State
from tests.recovery.hard_servers.conftest import Moved, said
from tests.servers.mail_servers.hard_imap import Folder, hard_imap
from tests.servers.mail_servers.odd_lines import ODD, by_folder, held, speaks
from tests.servers.outcomes import table

Move = Callable[..., Moved]
KINDS = sorted({odd.kind for odd in ODD})
DOCUMENT = table("reliability", "odd lines")


def rows(kind: str, *, in_folder: bool) -> list[str]:
    """What the document calls the odd ways of a kind; none where there are none."""
    names = [odd.name for odd in ODD if odd.kind == kind and odd.in_folder == in_folder]
    where = "of messages" if in_folder else "of the mailbox"
    return [f"{kind}, in answers that tell {where}: {'; '.join(names)}"] if names else []


def assert_all_arrived(moved: Moved, folders: dict[bytes, Folder]) -> None:
    sent = Counter(message.mime for folder in folders.values() for message in folder.messages)
    assert moved.words == ""
    assert moved.migration.state is State.COMPLETED
    assert moved.counts == (sent.total(), sent.total(), 0, 0)
    assert Counter(message.mime for message in moved.world.messages()) == sent
    assert list(moved.report) == []


def test_folders_with_odd_answers(move: Move) -> None:
    """One mailbox, and in each of its folders the server has another odd way of giving messages out."""
    odds = {odd.name: odd for odd in ODD if odd.in_folder}
    folders = {b"INBOX": Folder(held())} | {name.encode(): Folder(held(f"n{n}")) for n, name in enumerate(odds)}
    with hard_imap(folders) as server:
        server.answer = by_folder(odds)
        moved = move(server)

    assert_all_arrived(moved, folders)
    for kind in KINDS:
        for row in rows(kind, in_folder=True):
            DOCUMENT.saw(row, said(moved))


@pytest.mark.parametrize("kind", KINDS)
def test_odd_conversations(move: Move, kind: str) -> None:
    """A server with all odd ways of one kind that concern a whole conversation."""
    folders = {b"INBOX": Folder(held()), b"Work": Folder(held("work"))}
    with hard_imap(folders) as server:
        speaks(server, *(odd for odd in ODD if odd.kind == kind and not odd.in_folder))
        moved = move(server)

    assert_all_arrived(moved, folders)
    for row in rows(kind, in_folder=False):
        DOCUMENT.saw(row, said(moved))


def test_folders_of_other_people_are_named_once(move: Move) -> None:
    """What is shared with the account is left out, and the report says so in one line."""
    folders = {name: Folder(held(name.decode())) for name in (b"INBOX", b"INBOX.Work", b"user.bob", b"sales")}
    with hard_imap(folders) as server:
        server.listed = b"".join(b'* LIST () "." "%b"\r\n' % name for name in folders)
        server.answer = lambda call: {
            "CAPABILITY": b"* CAPABILITY IMAP4rev1 NAMESPACE\r\nTAG OK done\r\n",
            "NAMESPACE": b'* NAMESPACE (("INBOX." ".")) (("user." ".")) (("" "."))\r\nTAG OK done\r\n',
        }.get(call.name)
        moved = move(server)

    assert moved.counts == (6, 6, 0, 0)
    assert [(f.outcome, f.folder, f.item) for f in moved.report] == [
        (Reason.NOTED, "user.bob, sales", "2 folders of other people"),
    ]


def test_the_document_is_about_these_lines() -> None:
    """No row of the document is without a test."""
    DOCUMENT.holds_only(row for kind in KINDS for where in (True, False) for row in rows(kind, in_folder=where))
