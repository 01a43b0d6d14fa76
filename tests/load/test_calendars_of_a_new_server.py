"""What `make test` asks of appointments that come from an old server, asked of those of a new one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recovery.engine.test_calendars import (
    from_a,
    test_a_calendar_of_its_own_is_made_and_goes_again,
    test_a_reminder_that_was_dismissed_is_no_change,
    test_a_rollback_takes_the_appointments_back_and_keeps_what_its_owner_changed,
    test_an_appointment_that_changed_at_the_source_is_named_and_not_doubled,
    test_what_was_removed_at_the_source_is_counted_and_stays,
)
from tests.servers.exchange.pair import Pair

__all__ = [
    "test_a_calendar_of_its_own_is_made_and_goes_again",
    "test_a_reminder_that_was_dismissed_is_no_change",
    "test_a_rollback_takes_the_appointments_back_and_keeps_what_its_owner_changed",
    "test_an_appointment_that_changed_at_the_source_is_named_and_not_doubled",
    "test_what_was_removed_at_the_source_is_counted_and_stays",
]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """From a new server."""
    with from_a(tmp_path, "2019") as made:
        yield made
