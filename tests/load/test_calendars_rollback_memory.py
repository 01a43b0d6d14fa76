"""A rollback looks at what its owner has changed without holding many large files in memory at once."""

from __future__ import annotations

import tracemalloc
from contextlib import closing
from pathlib import Path

from engine.connectors.exchange.writing.calendars import CalendarWriter
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import Seed, clock

MB = 1_000_000


def test_large_files_of_many_appointments_are_not_held_at_once(tmp_path: Path) -> None:
    """Of 20 appointments each has a file of 6 MB; files of up to 45 MB are carried."""
    with moving_from(tmp_path, "2019") as moving:
        plant(moving.new.database, moving.new.address, [
            Seed(f"review {n}", clock(2027, 1, 1 + n, 9), files=((f"{n}.bin", bytes([n]) * 6 * MB),))
            for n in range(20)])
        ids = moving.new.ids()
        with closing(moving.new.sessions) as sessions:
            tracemalloc.start()
            try:
                found = CalendarWriter(sessions).digests(ids)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()

        assert len(found) == 20
        assert peak < 120 * MB, f"{peak / MB:.0f} MB"
