"""Drawings: what a card of a task is to show now, and a digest by which two of them are told apart."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from bot.stored.threads import Pressed
from bot.views.cards import card as drawn_card
from bot.views.cards import offered
from bot.views.message import Message, Shown
from bot.views.words import goes_on, in_line_for, standing
from engine.migration.record import Migration
from engine.migration.states import UNDER_WAY


def drawn(shown: Shown) -> tuple[Message, str]:
    """What a card is to show, and a digest of it."""
    message = drawn_card(shown)
    stands = _stands(shown.migration, shown.pressed, shown.now)
    stands += [until.timestamp()] if (until := goes_on(shown.migration)) else []
    stands += [shown.hold.by] if shown.hold and shown.migration.state in UNDER_WAY else []
    return message, f"{_digest(stands)}.{_digest([message.text, list(message.blocks)])}"


def _stands(migration: Migration, pressed: Sequence[Pressed], now: datetime) -> list[object]:
    """What a reader is to see at once: all but progress."""
    return [
        standing(migration).word, migration.waits_for, in_line_for(migration), offered(migration, now), len(pressed),
        migration.attention.visit if migration.attention else None,
    ]


def standing_in(drawn: str) -> str:
    """The part of a digest that is the same for all that differ by mere progress."""
    return drawn.partition(".")[0]


def _digest(value: object) -> str:
    return sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]
