"""A file of one occurrence keeps its own name, also where it holds the very bytes of a file of its series."""

from __future__ import annotations

from pathlib import Path

from emulators.exchange.recurrence import Series
from tests.contract.exchange.calendar_box import occurrence
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import Own, Seed, clock
from tests.servers.exchange.pair import OLD

START = clock(2025, 1, 6, 6)


def test_a_file_with_the_content_of_another_keeps_its_own_name(tmp_path: Path) -> None:
    """The form is empty in the series; for one day somebody has attached it under the name of that day."""
    seed = Seed("round", START, series=Series("DailyRecurrence", START.date(), interval=3, number=8),
                files=(("form.docx", b"form"),),
                own={3: Own(files=(("form of the third.docx", b"form"),), instead=True)})
    with moving_from(tmp_path, "2019") as moving:
        plant(moving.old.database, OLD, [seed])
        done = moving.migrate()

        names = []
        for box in (moving.old, moving.new):
            [master] = box.ids()
            shown = box.shown(occurrence(master, 3)).iterfind("{*}Attachments/{*}FileAttachment/{*}Name")
            names.append([one.text for one in shown])
        assert names[1] == names[0] or moving.said(done), names
