"""Days beyond the last index are found in a month with more entries than a server shows at once, too."""

from __future__ import annotations

from pathlib import Path

from emulators.exchange.recurrence import Series
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.servers.calendars.judge import Judge
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import HOUR, Own, Seed, clock
from tests.servers.exchange.pair import OLD, Mailbox

START = clock(2022, 6, 1, 8)
FAR = 1200


def test_days_that_were_moved_after_years_are_found_in_a_crowded_calendar(tmp_path: Path) -> None:
    """A server shows 40 entries at once here instead of 1,000, so that two series and not forty are a crowd."""
    plain = Seed("a", START, series=Series("DailyRecurrence", START.date()))
    own = {index: Own(plain.wall(index) + HOUR) for index in (FAR, FAR + 25)}
    seeds = [Seed(f"round {n}", START, series=plain.series, own=own, deleted=(FAR + 20,)) for n in range(3)]
    with moving_from(tmp_path, "2019") as moving:
        plant(moving.old.database, OLD, seeds)
        moving.new.emulator.configure(max_find_rows=40)
        done = moving.at.migrate("old")
        moving.new.emulator.configure(max_find_rows=1000)

        there, here = (Judge(Mailbox(box.sessions)).shown() for box in (moving.old, moving.new))
        assert moving.counts(done).copied == len(seeds), (done.state, done.attention, moving.said(done))
        assert here == there, moving.said(done)
        assert moving.said(done) == []
