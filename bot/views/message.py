"""What is posted into a conversation, and what a card is drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.stored.policies import Hold
from bot.stored.threads import Pressed, Thread
from engine.migration.record import Migration

Blocks = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Message:
    """Text for notifications and screen readers, and the blocks that are drawn."""

    text: str
    blocks: Blocks = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that a card shows: the same in, the same out, whichever process draws it.

    `position` in line: 1 is next, None when it does not wait. `masked` shortens logins, for readers other than the
    owner; `buttons` is False for readers who may not press. `hold`: everybody's migrations are paused.
    """

    migration: Migration
    thread: Thread
    pressed: tuple[Pressed, ...]
    now: datetime
    position: int | None = None
    masked: bool = True
    buttons: bool = True
    hold: Hold | None = None
