"""Google's recurring events keep their dates as appointments: more of the rules that `make test` tries."""

from __future__ import annotations

from datetime import datetime
from random import Random

from hypothesis import given, settings

from tests.unit.google.test_calendar_recurrences import (
    CHANGED_SERIES,
    SERIES,
    keeps_googles_dates,
    leaves_all_others_alone,
)


@settings(max_examples=200)
@given(*SERIES)
def test_any_rule_keeps_googles_dates(rule: str, start: datetime, zone: str) -> None:
    """From any day, in any zone, over all changes of the clocks."""
    keeps_googles_dates(rule, start, zone)


@settings(max_examples=100)
@given(*CHANGED_SERIES)
def test_what_was_changed_of_single_occurrences_leaves_all_others_alone(
    rule: str, start: datetime, chance: Random
) -> None:
    """Taken out, cancelled, moved, added: each once, wherever it falls."""
    leaves_all_others_alone(rule, start, chance)
