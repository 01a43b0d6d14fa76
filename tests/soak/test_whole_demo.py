"""The demo as somebody sees it who types `make demo`; what it notices is in test_demo_notices.py."""

from __future__ import annotations

import re
import socket

from demo.truth import expected
from tests.system.command import Command
from tests.system.conftest import command
from tests.system.screen import Screen

__all__ = ["command"]       # a fixture


def test_the_demo_verifies_what_it_plays_and_stays_up_until_enter(command: Command) -> None:
    """After both mailboxes were compared it says how to go on by hand, the servers answer, and Enter ends them."""
    with Screen(command, ["demo", "--terminal"]) as screen:
        screen.until("Press Enter")
        found = re.search(r"localhost, port (\d+)", screen.shown)
        assert found is not None
        assert _listens(int(found[1]))
        screen.type("\n")
        status = screen.end()

    assert status == 0
    assert not command.state.exists()       # what the person migrates is kept elsewhere
    assert f"{len(expected())} messages in 17 folders: every one is there" in screen.shown
    assert "Nothing was copied, all was there already." in screen.shown
    assert "Only the owner's own message is left" in screen.shown
    assert "118 messages are there, each with its folder, class, text, files" in screen.shown
    assert "Both calendars show the same 43 events of 2025" in screen.shown, screen.shown[-3000:]
    assert "Both mailboxes show the same 7 contacts, groups, tasks and notes." in screen.shown
    assert "The new mailbox has the old one's rules behind its own, its colours and its replies." in screen.shown
    assert "Nothing was copied, of 9 contents." in screen.shown
    assert "nothing changed in the old one, and nothing was sent" in screen.shown
    assert "200 messages: each is there once, in the folder of one label" in screen.shown
    assert "It holds what it held before Gmail came" in screen.shown
    assert "Everything was as it should be." in screen.shown
    assert 'omm migrate "$GMAIL" "$DESTINATION"' in screen.shown
    assert not _listens(int(found[1]))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
