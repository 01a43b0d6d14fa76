"""The audit: one line for each task that was forgotten, which stays. It names no login, host, folder or mailbox.

A stream of Redis for each workspace, `omm:audit:<team>`; tasks that were begun at a terminal have `omm:audit:terminal`.
Each entry has one field, `line`, a JSON object:

    v           1
    task        the task ID
    state       where it stood; "damaged" where its record could not be read, and nothing else is known of it
    created, started, ended, rolled_back, forgotten     times (ISO 8601, UTC), null where it never came to that
    counts      by content: found, copied, already_there, failed, left_out
    rollback    found, removed, kept, gone; null without one
    user        the Slack ID of whoever began it, null for a terminal's
    why         "retention": its time was over. "asked": somebody asked for it
    by          the Slack ID of whoever asked, or "operator"; null for retention
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from bot.stored.threads import Thread
from engine.migration.record import Migration
from engine.migration.steering import BY_RETENTION
from engine.store.patience import Patient, text
from engine.store.store import record_key

TERMINAL = "terminal"
VERSION = 1
SUMS = ("found", "copied", "already_there", "failed", "left_out")
TAKEN_BACK = ("found", "removed", "kept", "gone")

# KEYS: record, stream. ARGV: when the record was updated, the line. 0: that very record was written down before.
WRITE = """
if redis.call('HGET', KEYS[1], 'audited') == ARGV[1] then return 0 end
redis.call('XADD', KEYS[2], '*', 'line', ARGV[2])
redis.call('HSET', KEYS[1], 'audited', ARGV[1])
return 1
"""


class Audit:
    """Every line."""

    def __init__(self, redis: Patient) -> None:
        self._redis = redis

    def write(self, migration: Migration, thread: Thread | None, *, by: str, now: datetime) -> None:
        """Writes the line of a task that is about to be forgotten, once for each state of its record."""
        line = json.dumps(_line(migration, thread, by, now))
        keys = [record_key(migration.task_id), _stream(thread.team if thread else TERMINAL)]
        self._redis.script(WRITE, keys, (migration.updated.isoformat(), line))

    def write_damaged(self, task_id: str, thread: Thread | None, *, by: str, now: datetime) -> None:
        """Writes the line of a task that is about to be forgotten and whose record cannot be read."""
        known = ("created", "started", "ended", "rolled_back")
        line: dict[str, Any] = {
            "v": VERSION, "task": task_id, "state": "damaged", **dict.fromkeys(known), "forgotten": _time(now),
            "counts": {}, "rollback": None, "user": thread.owner if thread else None, "why": "asked", "by": by,
        }
        keys = [record_key(task_id), _stream(thread.team if thread else TERMINAL)]
        self._redis.script(WRITE, keys, ("damaged", json.dumps(line)))

    def has(self, migration: Migration) -> bool:
        """True: the line is written and the task is still here, so whoever was forgetting it was cut off."""
        marked = self._redis.call(lambda redis: redis.hget(record_key(migration.task_id), "audited"))
        return marked is not None and text(marked) == migration.updated.isoformat()

    def lines(self, team: str = TERMINAL) -> list[dict[str, Any]]:
        """The lines of a workspace, the oldest first; without those that a later release wrote."""
        entries: Any = self._redis.call(lambda redis: redis.xrange(_stream(team)))
        held = ({text(name): text(value) for name, value in fields.items()} for _, fields in entries)
        lines = [json.loads(entry["line"]) for entry in held]
        return [line for line in lines if line["v"] <= VERSION]


def _line(migration: Migration, thread: Thread | None, by: str, now: datetime) -> dict[str, Any]:
    back, why = migration.rollback, "retention" if by == BY_RETENTION else "asked"
    return {
        "v": VERSION,
        "task": migration.task_id,
        "state": migration.state.value,
        "created": _time(migration.created),
        "started": _time(migration.started),
        "ended": _time(migration.ended),
        "rolled_back": _time(back.ended) if back else None,
        "forgotten": _time(now),
        "counts": {
            content.value: {name: getattr(step.counts, name) for name in SUMS}
            for content, step in migration.steps.items()
        },
        "rollback": {name: getattr(back, name) for name in TAKEN_BACK} if back else None,
        "user": thread.owner if thread else None,
        "why": why,
        "by": None if by == BY_RETENTION else by,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _stream(team: str) -> str:
    return f"omm:audit:{team}"
