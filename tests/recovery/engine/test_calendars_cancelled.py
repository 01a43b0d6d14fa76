"""What an organizer has cancelled of a series stays cancelled in the new mailbox, or the report says so."""

from __future__ import annotations

from pathlib import Path

from emulators.exchange.recurrence import Series
from tests.contract.exchange.calendar_box import occurrence
from tests.contract.exchange.test_calendars_unproven import KINDEST
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.recovery.engine.test_calendars_seeded import invitation
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import ATTENDEE, INVITED, Seed, clock, people
from tests.servers.exchange.pair import OLD

START = clock(2027, 1, 4, 9)
BOSS = f"ORGANIZER:mailto:boss@example.net\r\nATTENDEE:mailto:{OLD}\r\n"


def test_a_cancelled_occurrence_stays_cancelled(tmp_path: Path) -> None:
    """The organizer has cancelled one day of the series; its guest sees that in the old mailbox."""
    seed = Seed("round", START, series=Series("DailyRecurrence", START.date(), interval=3, number=8), kept=INVITED,
                elements=people(ATTENDEE.format("old", OLD, "SMTP", "Accept")))
    with moving_from(tmp_path, "2019") as moving:
        moving.new.emulator.configure(**KINDEST)
        plant(moving.old.database, OLD, [seed])
        when = seed.utc(seed.wall(5))
        raw = invitation("CANCEL", "invited@example.net", when, people=BOSS, original=when)
        assert moving.old.emulator.receive_meeting(OLD, raw) == "cancelled"
        done = moving.migrate()

        shown = []
        for box in (moving.old, moving.new):
            [master] = box.ids()
            item = box.shown(occurrence(master, 5))
            shown.append((item.findtext("{*}IsCancelled"), item.findtext("{*}AppointmentState")))
        assert shown[1] == shown[0] or moving.said(done), shown
