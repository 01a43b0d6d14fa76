"""Odd lines of POP3 servers, through the whole engine: every message arrives, byte for byte, and nothing is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from engine.migration.record import State
from tests.recovery.hard_servers.conftest import Moved, said
from tests.servers.mail_servers.odd_pop3_lines import MESSAGES, ODD, Odd, speaks
from tests.servers.mail_servers.scripted_pop3 import scripted_pop3
from tests.servers.outcomes import table

DOCUMENT = table("reliability", "odd maildrops")

Move = Callable[..., Moved]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.name)
def test_every_message_arrives(move: Move, odd: Odd) -> None:
    """Counts and bytes are those of the maildrop, and the report is empty."""
    with scripted_pop3(MESSAGES) as server:
        spoken = speaks(server, odd)
        moved = move(server)

    assert spoken
    assert moved.migration.state is State.COMPLETED
    assert moved.counts == (len(MESSAGES), len(MESSAGES), 0, 0)
    assert Counter(message.mime for message in moved.world.messages()) == Counter(kept.mime for kept in MESSAGES)
    assert list(moved.report) == []
    DOCUMENT.saw(odd.name, said(moved))


def test_the_document_is_about_these_lines() -> None:
    """No row of the document is without a test."""
    DOCUMENT.holds_only(odd.name for odd in ODD)
