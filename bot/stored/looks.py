"""Looks: which cards are to be looked at. Asked for at every change of a task, whether or not it has cards."""

from __future__ import annotations

from contextlib import suppress

from engine.errors import OmmError
from engine.store.patience import Patient

DUE = "omm:threads:due"     # every thread by the time of the next look at its cards, in seconds since 1970

# KEYS: thread, due. ARGV: task ID.
CHANGED = """
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('ZADD', KEYS[2], 0, ARGV[1]) end
return 1
"""


def look_now(redis: Patient, task_id: str) -> None:
    """Has a task's cards looked at, if it has any, because its state has changed. Never raises: that stops no mail."""
    with suppress(OmmError):
        redis.script(CHANGED, [thread_key(task_id), DUE], (task_id,))


def thread_key(task_id: str) -> str:
    """Where a task's thread is."""
    return f"omm:thread:{task_id}"
