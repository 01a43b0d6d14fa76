"""An occurrence that became an appointment of its own stands once, or the report says that it stands twice."""

from __future__ import annotations

from pathlib import Path

from emulators.exchange import Fault
from emulators.exchange.recurrence import Series
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.servers.calendars.judge import Judge
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import DAY, HOUR, Own, Seed, clock, told
from tests.servers.exchange.pair import OLD, Mailbox

START = clock(2025, 1, 6, 9)
SWAPPED = Seed("round", START, series=Series("DailyRecurrence", START.date(), number=10), own={
    3: Own(START + 3 * DAY + 3 * HOUR, told(Subject="third")),
    4: Own(START + 2 * DAY - 2 * HOUR, told(Subject="fourth"))})


def test_an_occurrence_that_cannot_be_taken_from_its_series_is_named(tmp_path: Path) -> None:
    """The server refuses to delete the occurrence of which an appointment was made."""
    with moving_from(tmp_path, "2019") as moving:
        plant(moving.old.database, OLD, [SWAPPED])
        moving.new.emulator.add_fault(Fault(
            operation="DeleteItem", nth=1, action="items", positions=(0, 1), code="ErrorCannotDeleteObject"))
        done = moving.migrate()
        moving.new.emulator.clear_faults()

        there, here = (Judge(Mailbox(box.sessions)).shown() for box in (moving.old, moving.new))
        said = moving.said(done)
        assert here == there or any("twice" in line or "as well" in line or "still" in line for line in said), (
            sorted(here - there), said)
