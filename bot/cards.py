"""Cards: the one message that shows a task, drawn from its record alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.ids import Action
from bot.message import Message, Shown
from bot.threads import Pressed
from engine.migration import Migration


def card(shown: Shown) -> Message:
    """The card."""
    raise NotImplementedError


def offered(migration: Migration, now: datetime) -> tuple[Action, ...]:
    """The buttons that apply, in the order in which they stand."""
    raise NotImplementedError


def button_gone(action: Action, migration: Migration, pressed: Sequence[Pressed]) -> str:
    """What somebody is told (as mrkdwn) who presses a button that no longer applies."""
    raise NotImplementedError
