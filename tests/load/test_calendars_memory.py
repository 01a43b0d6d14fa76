"""A series is read in memory in proportion to what it holds, not to how often its occurrences show it again."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

from emulators.exchange.recurrence import Series
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import Own, Seed, clock, told
from tests.servers.exchange.pair import OLD

START = clock(2025, 1, 6, 6)
MB = 1_000_000


def test_a_file_of_a_series_is_not_kept_once_for_each_changed_occurrence(tmp_path: Path) -> None:
    """A file of 2 MB, and 60 occurrences that take place elsewhere: 3 MB travel, and 160 are kept."""
    changed = {index: Own(elements=told(Location=f"Room {index}")) for index in range(2, 62)}
    seed = Seed("round", START, series=Series("DailyRecurrence", START.date(), interval=3, number=70),
                files=(("plan.bin", bytes(2 * MB)),), own=changed)
    with moving_from(tmp_path, "2019") as moving:
        plant(moving.old.database, OLD, [seed])
        tracemalloc.start()
        try:
            [item] = moving.old.read()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        assert item.size < 4 * MB
        assert peak < 100 * MB, f"{peak / MB:.0f} MB"
