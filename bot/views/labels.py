"""Labels: what stands on a card's buttons, where it depends on the migration."""

from __future__ import annotations

from bot.buttons import FACES, LABELS
from bot.ids import Action
from engine.migration.record import Migration, State
from engine.words import failed


def label(action: Action, migration: Migration) -> str:
    """What stands on a button."""
    if action is Action.RESUME and migration.state is State.FAILED:
        return "Try again"
    return retry_label(migration) if action is Action.RETRY else FACES[action][0]


def retry_label(migration: Migration) -> str:
    """What stands on the button that runs it again."""
    return "Retry failed" if failed(migration) else LABELS[Action.RETRY][0]
