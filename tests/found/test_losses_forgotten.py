"""What was not carried of an appointment is named, also when the process dies before it can say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulators.exchange import Fault
from emulators.exchange.recurrence import Series
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.servers.calendar_planting import plant
from tests.servers.calendar_seeds import ANN, ATTENDEE, DAY, HOUR, Own, Seed, clock, people, told
from tests.servers.exchange_pair import OLD
from tests.servers.mortal import HELD, dies_at

START = clock(2027, 1, 4, 9)
GONE = "/o=Gone/ou=Exchange/cn=Recipients/cn=dave"
LEFT_OUT = Seed("review", START, kept={"sent": True}, elements=people(
    ATTENDEE.format("Dave", GONE, "EX", "Accept"), ANN))
SWAPPED = Seed("round", START, series=Series("DailyRecurrence", START.date(), number=10), own={
    3: Own(START + 3 * DAY + 3 * HOUR, told(Subject="third")),
    4: Own(START + 2 * DAY - 2 * HOUR, told(Subject="fourth"))})


def _moved(directory: Path, seed: Seed, fault: Fault | None) -> tuple[list[str], list[str]]:
    """What the report says, and what is there."""
    with moving_from(directory, "2019") as moving:
        plant(moving.old.database, OLD, [seed])
        task_id = moving.at.begin("old").task_id
        if fault is not None:
            assert dies_at(moving.at, (fault,), lambda world: world.run(task_id))
        done = moving.at.run(task_id)
        return sorted(moving.said(done)), sorted(one.subject for one in moving.at.messages())


@pytest.mark.parametrize("what", ["people left out", "an occurrence beside its series"])
def test_a_process_that_dies_once_it_has_written_has_its_losses_named_by_the_next_one(
    tmp_path: Path, what: str
) -> None:
    """It dies when the last request is carried out, and not yet answered."""
    seed, fault = {
        "people left out": (LEFT_OUT, Fault(operation="CreateItem", nth=1, when="after", action="hold", name=HELD)),
        "an occurrence beside its series": (
            SWAPPED, Fault(operation="UpdateItem", nth=4, when="after", action="hold", name=HELD)),
    }[what]
    (tmp_path / "whole").mkdir()
    (tmp_path / "killed").mkdir()
    wanted = _moved(tmp_path / "whole", seed, None)
    found = _moved(tmp_path / "killed", seed, fault)

    assert wanted[0]
    assert found == wanted
