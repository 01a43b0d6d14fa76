"""Two entries of one meeting in one calendar: neither may stand for the other, and two are not made unsaid."""

from __future__ import annotations

from pathlib import Path

from emulators.exchange import Fault
from emulators.exchange.calendar import identity
from engine.connectors.exchange.writing.already import TWICE
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.servers.calendars.planting import BORN, plant
from tests.servers.calendars.seeds import Seed, clock
from tests.servers.exchange.pair import OLD


def test_an_older_entry_of_the_same_meeting_that_comes_later_is_copied_and_the_other_is_not_doubled(
    tmp_path: Path,
) -> None:
    """Somebody puts back an entry of the same meeting from a backup, between two runs; it has another text."""
    object_id = identity.new_object_id(BORN)
    kept = {"object_id": object_id.hex(), "uid": identity.uid_of(object_id)}
    with moving_from(tmp_path, "2019") as moving:
        plant(moving.old.database, OLD, [Seed("second", clock(2025, 5, 6, 9), kept=kept)])
        moving.migrate()
        plant(moving.old.database, OLD, [Seed("first", clock(2025, 5, 5, 9), kept=kept)])
        moving.old.sql("UPDATE item SET received='2020-01-01T00:00:00Z' WHERE subject='first'")
        again = moving.migrate()

        there = sorted(one.subject for one in moving.at.messages())
        assert there == ["first", "second"], (moving.counts(again), moving.said(again))


def test_one_that_was_refused_at_first_is_copied_by_the_next_run_and_the_other_is_not_doubled(tmp_path: Path) -> None:
    """The first of two is not taken by the first run; the second run is to bring that one."""
    object_id = identity.new_object_id(BORN)
    kept = {"object_id": object_id.hex(), "uid": identity.uid_of(object_id)}
    with moving_from(tmp_path, "2019") as moving:
        plant(moving.old.database, OLD, [
            Seed("first", clock(2025, 5, 5, 9), kept=kept), Seed("second", clock(2025, 5, 6, 9), kept=kept),
            *(Seed(f"other {day}", clock(2025, 6, day, 9)) for day in range(1, 5)),
        ])
        moving.new.emulator.add_fault(
            Fault(operation="CreateItem", nth=1, action="items", positions=(0,), code="ErrorItemSavePropertyError"))
        done = moving.at.migrate("old")
        moving.new.emulator.clear_faults()
        first = sorted(one.subject for one in moving.at.messages())
        again = moving.migrate()

        there = [one.subject for one in moving.at.messages() if not one.subject.startswith("other")]
        assert sorted(there) == ["first", "second"], (
            moving.counts(done), first, moving.counts(again), moving.said(again))


def test_a_meeting_that_the_new_calendar_has_by_its_invitation_is_named(tmp_path: Path) -> None:
    """It is there twice, and the report says so; of others, and at a second run, it says nothing."""
    object_id = identity.new_object_id(BORN)
    kept = {"object_id": object_id.hex(), "uid": identity.uid_of(object_id)}
    with moving_from(tmp_path, "2019") as moving:
        plant(moving.old.database, OLD, [Seed("invited", clock(2025, 5, 5, 9), kept=kept),
                                         Seed("other", clock(2025, 5, 6, 9))])
        plant(moving.new.database, moving.new.address, [Seed("invited", clock(2025, 5, 5, 9), kept=kept),
                                                        Seed("own", clock(2025, 5, 7, 9))])
        done, again = moving.migrate(), moving.migrate()

        assert [line.split(" (")[0] for line in moving.said(done)] == ["Calendar: invited"]
        assert TWICE in moving.said(done)[0]
        assert moving.said(again) == []
        assert sorted(one.subject for one in moving.at.messages()) == ["invited", "invited", "other", "own"]
