"""Answers that are lost at once, again and again: what may have arrived is sent again only after minutes."""

from __future__ import annotations

import pytest

from emulators.slack import Fault
from tests.servers.slack.notices import Office

OURS = ("commands", "chat:write", "users:read")     # without leave to look for a message


@pytest.mark.parametrize("restarts", [False, True])
def test_a_message_whose_answers_are_lost_rests_for_minutes(desk: Office, *, restarts: bool) -> None:
    """It comes twice within two minutes, and not every few seconds, although a new notifier forgets all pauses."""
    desk.emulator.configure(scopes=OURS)
    desk.emulator.add_fault(Fault(method="chat.postMessage", when="after", action="drop"))
    desk.begin()

    for _ in range(6):
        if restarts:
            desk.new_notifier()
        desk.run(19)

    assert len(desk.cards()) == 2
    desk.run(60)
    assert len(desk.cards()) == 3
