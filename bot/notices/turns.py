"""Turns: which task comes first, and when each is looked at again."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.notices.pace import look_every
from bot.notices.showing import Look
from engine.migration.record import Migration, State
from engine.migration.states import AT_WORK, ENDED, UNDER_WAY

STANDS_STILL = 600.0    # seconds between two looks at a task that waits for a person; what they do makes it due at once
AFTER_ITS_END = 60.0    # seconds between two looks at a task that may still be rolled back, from a terminal perhaps
LATELY = timedelta(minutes=10)      # in which what was pressed comes about

MOVING = UNDER_WAY | AT_WORK    # what changes without anybody's doing


def next_look(
    look: Look, at: datetime, wait: float | None, *, under_way: int, is_unreachable: bool
) -> float | None:
    """When to look at a task again, in seconds since 1970; None for never.

    It is `at` now, and `wait` the seconds until what was left over can be sent, None when nothing was. `under_way` is
    how many tasks are; `is_unreachable`: its owner takes no messages for a while.
    """
    now, migration = at.timestamp(), look.migration
    until = migration.rollback_until
    window = 0.0 if until is None else until.timestamp() + 1 - now
    if migration.state in MOVING or _pressed_lately(look, at):
        rest = look_every(under_way)
    elif migration.state not in ENDED:
        rest = STANDS_STILL
    elif window > 0:
        rest = min(AFTER_ITS_END, window)
    elif wait is None or is_unreachable:
        return None
    else:
        rest = AFTER_ITS_END
    return now + min(rest, rest if wait is None else wait)


def _pressed_lately(look: Look, now: datetime) -> bool:
    """True: something was pressed that may be about to come about."""
    return any(press.at > look.migration.updated and now - press.at < LATELY for press in look.pressed)


def turn(look: Look) -> tuple[bool, bool, datetime]:
    """Whoever waits for a card comes first, then who must help; then the older task, so that nobody waits for long."""
    return any(card.ts for card in look.cards), look.migration.attention is None, look.migration.created


def in_line(migration: Migration) -> bool:
    """True: it waits for a worker, and neither for another task nor for its source."""
    return migration.state is State.WAITING and migration.waits_for is None and migration.not_before is None
