"""The report names each meeting of which the new server has not kept who the organizer is, whatever request fails."""

from __future__ import annotations

from pathlib import Path

from emulators.exchange import Fault
from tests.contract.exchange.test_calendars_unproven import HARSHEST
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import ATTENDEE, INVITED, Seed, clock, people
from tests.servers.exchange.pair import OLD

ME = people(ATTENDEE.format("old", OLD, "SMTP", "Accept"))


def test_meetings_written_before_the_server_could_be_asked_are_named_too(tmp_path: Path) -> None:
    """The look at the first meeting is answered by a busy server; it is the only one of its kind."""
    with moving_from(tmp_path, "2019") as moving:
        moving.new.emulator.configure(**HARSHEST)
        plant(moving.old.database, OLD, [
            Seed("invited", clock(2027, 3, 8, 9), elements=ME, kept=INVITED)])
        moving.new.emulator.add_fault(Fault(operation="GetItem", nth=1, action="status", status=503))
        done = moving.migrate()
        moving.new.emulator.clear_faults()

        shown = moving.new.shown(f'<t:ItemId Id="{moving.new.ids()[0]}"/>')
        assert shown.findtext("{*}MyResponseType") == "Organizer"
        assert any("not who invited them" in line for line in moving.said(done)), moving.said(done)


def test_a_meeting_whose_answer_was_lost_is_named_too(tmp_path: Path) -> None:
    """It was written, and the answer that says so does not arrive; it is found, and counts as copied."""
    with moving_from(tmp_path, "2019") as moving:
        moving.new.emulator.configure(**HARSHEST)
        plant(moving.old.database, OLD, [
            Seed("invited", clock(2027, 3, 8, 9), elements=ME, kept=INVITED)])
        moving.new.emulator.add_fault(Fault(operation="CreateItem", nth=1, when="after", action="drop"))
        done = moving.migrate()
        moving.new.emulator.clear_faults()

        [item_id] = moving.new.ids()
        assert moving.new.shown(f'<t:ItemId Id="{item_id}"/>').findtext("{*}MyResponseType") == "Organizer"
        assert any("not who invited them" in line for line in moving.said(done)), (
            moving.counts(done), moving.said(done))
