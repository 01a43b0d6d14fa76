"""Times of a series that a change of clocks skips.

A rule has them as clocks would show them (RFC 5545 3.3.5), Google tells the moment, at which clocks show a later time:
half past two is half past three in the night in which summer time begins.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from engine.connectors.google.calendars.expansion import times_of
from engine.connectors.google.calendars.rules import Recurrence
from engine.connectors.google.calendars.times import When, to_utc, to_wall
from engine.connectors.google.calendars.zone_rules import offset

_BEFORE = timedelta(days=1)
_YEARS = range(1601, 4500)      # of which a calendar has anything to tell


def in_rules(told: Recurrence, start: When, shown: datetime) -> datetime:
    """When the rules of a series that begins then have the occurrence for which clocks show `shown`."""
    skipped = _skipped(shown, start.zone)
    if skipped is None or start.all_day:
        return shown
    times = {start.wall.time(), *(at for rule in told.rules for at in times_of(rule, start.wall))}
    has_shown = shown in told.dates or shown.time() in times
    return skipped if not has_shown and (skipped in told.dates or skipped.time() in times) else shown


def with_skipped(told: Recurrence, start: When) -> Recurrence:
    """The same, what it excludes at the times that its rules have."""
    return replace(told, excluded=frozenset(in_rules(told, start, one) for one in told.excluded))


def _skipped(shown: datetime, zone: str) -> datetime | None:
    """The time that clocks skip at a moment; None: they skip none."""
    if shown.year not in _YEARS:
        return None
    moment = to_utc(shown, zone)
    found = to_wall(moment, "UTC") + offset(zone, moment - _BEFORE)
    return found if found != shown and to_utc(found, zone) == moment else None
