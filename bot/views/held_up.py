"""Held up: what a card says while an admin has paused everybody's migrations."""

from __future__ import annotations

from bot.stored.policies import Hold
from bot.views import blocks
from bot.views.blocks import Piece
from bot.views.words import HELD_UP, PAUSING, Standing, date, person
from engine.migration.record import Migration, State
from engine.migration.states import UNDER_WAY

WAITS = "An admin has paused everybody's migrations: it waits in line until an admin ends that."


def standing(migration: Migration, hold: Hold | None) -> Standing | None:
    """How a migration stands that is held up, or stops at its next batch; None for all others."""
    if hold is None:
        return None
    return {State.WAITING: HELD_UP, State.RUNNING: PAUSING}.get(migration.state)


def told(migration: Migration, hold: Hold | None) -> list[Piece]:
    """Who has paused everybody's migrations, on the card of each that would go on without that."""
    if hold is None or migration.state not in UNDER_WAY:
        return []
    since = f" {date(hold.at)}" if hold.at else ""
    goes_on = "It goes on by itself when an admin lets all of them go on."
    return [blocks.section("held_up", f"Paused for everybody by {person(hold.by)}{since}. {goes_on}")]
