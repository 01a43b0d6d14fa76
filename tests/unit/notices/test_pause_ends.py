"""A conversation that had been in trouble and takes messages again is like any other."""

from __future__ import annotations

from bot.stored.outbox import Letter
from emulators.slack import Fault
from tests.servers.slack.notices import COLLEAGUE, Office


def test_trouble_that_is_over_makes_no_later_trouble_last(desk: Office) -> None:
    """After minutes of refusals one message arrives; the next refusal costs seconds, not minutes."""
    desk.outbox.put(Letter("known", COLLEAGUE, "Known"))
    desk.run(5)
    desk.emulator.add_fault(Fault(method="chat.postMessage", action="error", error="no_permission"))
    desk.outbox.put(Letter("first", COLLEAGUE, "First"))
    desk.run(600)
    desk.emulator.clear_faults()
    desk.run(310)
    assert desk.letters(COLLEAGUE) == ["Known", "First"]

    desk.emulator.add_fault(Fault(method="chat.postMessage", nth=1, action="error", error="no_permission"))
    desk.outbox.put(Letter("second", COLLEAGUE, "Second"))
    desk.run(10)

    assert desk.letters(COLLEAGUE) == ["Known", "First", "Second"]
