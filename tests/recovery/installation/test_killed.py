"""One door, or the store, is killed in mid-run: nobody who watches sees more than a short standstill."""

from __future__ import annotations

from collections import Counter
from typing import Any

from bot.ids import Action
from emulators.slack import Fault
from engine.migration.record import State
from tests.recovery.installation.conftest import (
    COLLEAGUE,
    OWNER,
    SLOW,
    assert_whole,
    begin,
    completed,
    half_done,
)
from tests.servers.house import House
from tests.servers.slack.person import Move, until


def test_the_notifier_is_killed_in_the_midst_of_a_message(here: House, undisturbed: Counter[tuple[Any, ...]]) -> None:
    """The mail moves on without it. Its successor tells the rest; what was being sent may come twice."""
    here.at.emulator.add_fault(SLOW)
    moves = begin(here, OWNER, COLLEAGUE)
    until(lambda: all(move.told for move in moves))
    here.slack.control.add_fault(Fault(method="chat.postMessage", nth=1, action="hold", name="message"))
    here.at.emulator.clear_faults()
    assert here.slack.control.wait_held("message", 90)

    here.kill("notifier")
    here.slack.control.clear_faults()
    completed(here, moves)
    here.open("notifier")

    assert_whole(here, moves, undisturbed, twice=1)


def test_the_web_door_is_killed(here: House, undisturbed: Counter[tuple[Any, ...]]) -> None:
    """Slack says that a click did not work, and the mail moves on; the same click works once the door is back."""
    here.at.emulator.add_fault(SLOW)
    (move,) = begin(here, OWNER)
    half_done(here, [move], 1)
    until(lambda: move.cards)

    here.kill("web")
    pressed = move.presses(Action.PAUSE)
    typed = here.slack.control.slash(move.person.key, move.person.channel, "list")
    went_on = here.is_in(State.RUNNING, move.task_id)
    here.open("web")
    until(lambda: is_paused(move), every=0.5)
    move.presses(Action.RESUME)
    here.at.emulator.clear_faults()
    completed(here, [move])

    assert (pressed.outcome, pressed.shown) == ("dispatch_failed", "⚠ This didn't work. Try again?")
    assert typed.shown == '/omm failed with the error "dispatch_failed"'
    assert went_on
    assert_whole(here, [move], undisturbed, paused=True)


def test_the_store_is_killed(here: House, undisturbed: Counter[tuple[Any, ...]]) -> None:
    """The doors start it again by themselves. A click in between is answered, and works a moment later."""
    here.at.emulator.add_fault(SLOW)
    moves = begin(here, OWNER, COLLEAGUE)
    half_done(here, moves, 2)
    until(lambda: moves[0].cards)

    here.kill(store=True)
    pressed = moves[0].presses(Action.PAUSE)
    until(lambda: is_paused(moves[0]), every=0.5)
    moves[0].presses(Action.RESUME)
    here.at.emulator.clear_faults()
    completed(here, moves)

    assert pressed.outcome == "ok"
    assert_whole(here, moves, undisturbed, paused=True)


def is_paused(move: Move) -> bool:
    """Whether it is; whoever does not see that it is presses again."""
    move.tries(Action.PAUSE)
    return "Paused" in move.card
