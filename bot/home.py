"""The App Home: a person's own tasks, and the way to a new one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot import blocks
from bot.blocks import Piece
from bot.cards import lines
from bot.ids import COMMAND, Action
from engine.migration import Migration
from engine.words import number

SHOWN = 20      # tasks, the newest


def home(tasks: Sequence[Migration], now: datetime) -> dict[str, Any]:
    """The home tab. `tasks` are the person's own, newest first."""
    body = [
        blocks.header("Your migrations"),
        blocks.section("about", "Move a mailbox to Exchange: its mail, with its folders, dates and marks. "
                                "For 48 hours after its end, a migration can be rolled back."),
        blocks.actions("new", blocks.button(Action.NEW, "Migrate a mailbox", "new", style="primary")),
        blocks.divider("tasks"),
        *_listed(tasks, now),
    ]
    return {"type": "home", "blocks": body}


def _listed(tasks: Sequence[Migration], now: datetime) -> list[Piece]:
    if not tasks:
        return [blocks.section("none", f"Nothing so far. Press the button, or type `{COMMAND} migrate`.")]
    shown = [blocks.rich(f"task_{task.task_id}", *lines(task, now)) for task in tasks[:SHOWN]]
    more = len(tasks) - SHOWN
    return shown + ([blocks.context("more", f"And {number(more, 'older task')}.")] if more > 0 else [])
