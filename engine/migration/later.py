"""Later: a migration whose source gives no more for now waits in line until it does. Nothing is opened meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from engine.errors import LaterError
from engine.migration.record import Migration
from engine.migration.states import Event, after
from engine.migration.visit import Visit

STAGE = "waiting for more of the day's share that the source gives"
DAY = timedelta(days=1)


def wait_for_more(at: Visit, error: LaterError) -> None:
    """Puts it in line until the source gives more, and notes when all of it may be there."""
    at.update(
        state=after(at.migration.state, Event.LATER), stage=STAGE if error.a_day else str(error),
        waits_for=None, not_before=error.until,
        expected_end=expected_end(at.migration, error.until, error.a_day),
    )
    at.decided("waits until the source gives more", until=error.until.isoformat(timespec="minutes"))


def why_it_waits(migration: Migration) -> str:
    """Why a migration waits for its source, in words without a full stop. Not every limit is one of the account."""
    if migration.stage not in ("", STAGE):
        return migration.stage.rstrip(".")
    return f"{migration.request.source.system.row.called} gives only so much in a day"


def expected_end(migration: Migration, goes_on: datetime, a_day: int) -> datetime | None:
    """On which day it ends, if it goes on then and `a_day` bytes come within 24 hours. None: nobody knows the size."""
    steps = [migration.step(content) for content in migration.request.contents]
    left = sum(max(0, step.bytes_found - step.bytes_done) for step in steps)
    if not left or a_day <= 0:
        return None
    return goes_on + DAY * (ceil(left / a_day) - 1)
