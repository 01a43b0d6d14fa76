"""What a card says of an out-of-office that was left off, and when it can be switched on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.ids import Action
from bot.stored.threads import Act
from bot.views.cards import button_gone, card
from engine.migration.content import Content
from engine.migration.record import Counts, LeftOff, Migration, Rollback, State, Step
from tests.unit.bot.records import NOW, complaints, migration, pieces, press, read, request, shown

HOURS = timedelta(hours=1)
ONE = Step(Counts(found=1, copied=1), started=NOW - HOURS, ended=NOW)
LEFT = replace(
    migration(State.COMPLETED, started=NOW - HOURS, ended=NOW, request=request(*Content), left_off=LeftOff()),
    steps=dict.fromkeys(Content, ONE),
)


def button(record: Migration, **more: Any) -> dict[str, Any] | None:
    drawn = card(shown(record, **more)).blocks
    return next((piece for piece in pieces(drawn) if piece.get("action_id") == Action.SWITCH_ON), None)


def test_the_button_asks_first_and_the_card_says_what_it_is_about() -> None:
    """As Slack takes it, and in a line beside those of all contents."""
    drawn = card(shown(LEFT))
    asks = button(LEFT)

    assert asks is not None
    assert complaints({"text": drawn.text, "blocks": list(drawn.blocks)}, "message") == []
    assert "two replies" in asks["confirm"]["text"]["text"]
    assert (asks["text"]["text"], asks["confirm"]["deny"]["text"]) == ("Switch it on", "Leave it off")
    assert "copied, and off in the new mailbox. When the old mailbox sends no replies" in read(drawn.blocks)
    assert all(f"*{content.capitalize()}*" in read(drawn.blocks) for content in Content)


@pytest.mark.parametrize(("changes", "later", "said"), [
    ({"left_off": None}, 0, "it has left no out-of-office off."),
    ({"left_off": LeftOff(switched_on=NOW)}, 0, "its out-of-office was switched on"),
    ({"state": State.ROLLED_BACK, "rollback": Rollback(NOW)}, 0, "it has left no out-of-office off."),
    ({"state": State.RUNNING, "ended": None}, 0, "its out-of-office can be switched on when it has ended."),
    ({}, 49, "OMM can no longer switch its out-of-office on. You can do that in the new mailbox."),
    ({"left_off": LeftOff(until=NOW + HOURS)}, 2, "OMM can no longer switch its out-of-office on."),
])
def test_a_button_that_is_gone_says_why(changes: dict[str, Any], later: int, said: str) -> None:
    """Whoever still has it on their screen is told what there is to do, and no card has it."""
    record = replace(LEFT, **changes)

    assert button(record, now=NOW + later * HOURS) is None
    assert said in button_gone(Action.SWITCH_ON, record, [])


def test_the_card_says_who_switched_it_on_and_when() -> None:
    """And offers it no more; others than its owner and the admins see no button, but what became of it."""
    on = replace(LEFT, left_off=LeftOff(switched_on=NOW))

    words = read(card(shown(on, press(Act.SWITCH_ON))).blocks)
    others = read(card(shown(LEFT, buttons=False)).blocks)

    assert "switched on in the new mailbox" in words
    assert "Out-of-office switched on by" in words
    assert "copied, and off in the new mailbox." in others
    assert "press" not in others
