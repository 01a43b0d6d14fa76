"""Stopped: why a migration stands still, on its card, and what its owner can do."""

from __future__ import annotations

from collections.abc import Collection

from bot.buttons import LABELS
from bot.ids import Action
from bot.views import blocks
from bot.views.advice import ADVICE, cause_of, said
from bot.views.blocks import Piece, bold
from bot.views.labels import label
from bot.views.masking import masked_words
from bot.views.message import Shown
from engine.errors import Cause
from engine.migration import states
from engine.migration.record import State
from engine.words import of_side


def told(shown: Shown, buttons: Collection[Action]) -> list[Piece]:
    """Why it stopped, and what its owner can do. Only a button that is on the card is named."""
    stopped = shown.migration.attention
    if stopped is None:
        return []
    cause = cause_of(stopped.cause)
    words = of_side(stopped.side, said(stopped.words, cause, 700))
    pieces = [blocks.words(masked_words(words, shown.migration.request) if shown.masked else words)]
    if shown.buttons:
        pieces += [*_ways_on(shown, cause, buttons), *_copy_again(buttons)]
    return [blocks.quote("attention", *pieces)]


def _ways_on(shown: Shown, cause: Cause, buttons: Collection[Action]) -> list[Piece]:
    """What to do and where to press; that it is too late, for a rollback that could not begin in time."""
    migration = shown.migration
    if Action.AUTHORISE in buttons:
        return [
            blocks.words("\nPress "), bold(LABELS[Action.AUTHORISE][0]),
            blocks.words(". The migration then resumes by itself."),
        ]
    forwards = migration.state in (State.NEEDS_ATTENTION, State.FAILED)      # else a rollback could not begin
    button = Action.RESUME if forwards else Action.ROLLBACK
    if button in buttons:
        advice = blocks.words(f"\n{ADVICE[cause].stopped}, then press ")
        return [advice, bold(label(button, migration)), blocks.words(".")]
    if states.refusal(migration, states.Act.ROLL_BACK, shown.now) is states.Refusal.TOO_LATE:
        return [blocks.words("\nThe time for a rollback is over.")]
    return []


def _copy_again(buttons: Collection[Action]) -> list[Piece]:
    """What the button does that copies everything again, where it is offered."""
    if Action.COPY_AGAIN not in buttons:
        return []
    return [
        blocks.words("\nIf the mailbox was emptied or made anew on purpose, press "),
        bold(LABELS[Action.COPY_AGAIN][0]), blocks.words(": every item is copied into it once more."),
    ]
