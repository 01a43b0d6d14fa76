"""A migration that lies further back, so that what happens now happens later."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from tests.servers.world import World

FACTS = ("window start", "window end", "last write")


def ago(world: World, task_id: str, database: Path, *, seconds: int) -> None:
    """Moves a migration back in time, in the emulator's store and among the task's facts."""
    with closing(sqlite3.connect(database)) as db, db:
        for column in ("created", "modified"):
            db.execute(
                f"UPDATE item SET {column} = strftime('%Y-%m-%dT%H:%M:%SZ', {column}, ?)",
                (f"-{seconds} seconds",),
            )
    for fact in FACTS:
        said = world.engine.store.recall(task_id, fact)
        if said:
            earlier = datetime.fromisoformat(said) - timedelta(seconds=seconds)
            world.engine.store.remember(task_id, fact, earlier.isoformat())
