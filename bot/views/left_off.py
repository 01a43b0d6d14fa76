"""What a card says of an out-of-office that was copied and left off, as a person asked for."""

from __future__ import annotations

from bot.buttons import FACES
from bot.ids import Action
from bot.views import blocks
from bot.views.blocks import Piece
from bot.views.words import date
from engine.migration.record import Migration
from engine.migration.states import ENDED

BUTTON = FACES[Action.SWITCH_ON][0]
CONFIRM = blocks.confirmation(
    "Switch the out-of-office on?",
    "The new mailbox then sends the replies that were set in the old one. If the old mailbox still sends them, too, "
    "people may get two replies to one message.",
    BUTTON, "Leave it off",
)       # what the button asks before it is pressed


def told(migration: Migration, *, can_be_pressed: bool) -> list[Piece]:
    """What became of it; nothing where none was left off. `can_be_pressed`: the button is on the card."""
    left = migration.left_off
    if left is None or migration.rollback is not None:
        return []
    if left.switched_on is not None:
        return [_said(f"switched on in the new mailbox {date(left.switched_on)}.")]
    press = f" When the old mailbox sends no replies any more, press *{BUTTON}*." if can_be_pressed else ""
    return [_said(f"copied, and off in the new mailbox.{press}")]


def _said(words: str) -> Piece:
    return blocks.section("left_off", f"*Out-of-office*   {words}")


def gone(migration: Migration) -> str:
    """Why there is nothing to press any more, as mrkdwn."""
    left = migration.left_off
    if left is not None and left.switched_on is not None:
        return f"its out-of-office was switched on {date(left.switched_on)}."
    if left is None or migration.rollback is not None:
        return "it has left no out-of-office off."
    if migration.state not in ENDED:
        return "its out-of-office can be switched on when it has ended."
    return "OMM can no longer switch its out-of-office on. You can do that in the new mailbox."
