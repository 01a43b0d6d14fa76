"""A meeting that the new calendar has already, for its invitation went there as well, does not stand there twice."""

from __future__ import annotations

from pathlib import Path

from tests.contract.exchange.test_calendars_unproven import KINDEST
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.recovery.engine.test_calendars_seeded import BOSS, invitation
from tests.servers.calendar_planting import plant
from tests.servers.calendar_seeds import ATTENDEE, INVITED, Seed, clock, people
from tests.servers.exchange_pair import OLD
from tests.servers.world import ADDRESS

START = clock(2027, 1, 4, 9)


def test_a_meeting_of_which_the_new_calendar_knows_already_is_there_once_or_named(tmp_path: Path) -> None:
    """Mail is forwarded to the new mailbox for some days before the old one moves."""
    seed = Seed("invited", START, kept=INVITED, elements=people(ATTENDEE.format("old", OLD, "SMTP", "Accept")))
    with moving_from(tmp_path, "2019") as moving:
        moving.new.emulator.configure(**KINDEST)
        plant(moving.old.database, OLD, [seed])
        raw = invitation("REQUEST", "invited@example.net", seed.utc(START), people=BOSS, sequence=3)
        assert moving.new.emulator.receive_meeting(ADDRESS, raw) == "created"
        done = moving.migrate()

        assert len(moving.new.ids()) == 1 or any("invited (" in line for line in moving.said(done)), moving.said(done)
