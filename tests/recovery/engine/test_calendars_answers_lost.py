"""What the destination did not keep of an item is named, also where the answer to its last request was lost."""

from __future__ import annotations

from pathlib import Path

from emulators.exchange import Fault
from emulators.exchange.recurrence import Series
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import ANN, Own, Seed, clock, people, told
from tests.servers.exchange.pair import OLD

START = clock(2027, 1, 4, 9)
ROUND = Series("DailyRecurrence", START.date(), interval=3, number=8)


def test_what_was_not_kept_of_a_series_is_named_where_the_last_answer_is_lost(tmp_path: Path) -> None:
    """Its invitations were never sent. That is known once it is created, and it is found finished by its tag."""
    seed = Seed("round", START, series=ROUND, kept={"sent": False}, elements=people(ANN),
                own={3: Own(elements=told(Location="Lyon"))})
    with moving_from(tmp_path, "2019") as moving:
        plant(moving.old.database, OLD, [seed])
        moving.new.emulator.add_fault(Fault(operation="UpdateItem", nth=2, when="after", action="drop"))
        done = moving.migrate()

        assert moving.counts(done).copied == 1
        assert any("its invitations were never sent" in line for line in moving.said(done)), moving.said(done)
