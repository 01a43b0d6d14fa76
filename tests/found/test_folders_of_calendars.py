"""A calendar whose name changes between two runs."""

from __future__ import annotations

from pathlib import Path

from tests.recovery.engine.test_calendars_moved import moving_from, paths
from tests.servers.calendar_planting import plant
from tests.servers.calendar_seeds import Seed, clock
from tests.servers.exchange_pair import OLD


def test_a_default_calendar_that_gets_a_name_in_another_language_is_the_same(tmp_path: Path) -> None:
    """Its owner has changed the language of the old mailbox between two runs; nothing was moved or removed."""
    with moving_from(tmp_path, "2019") as moving:
        plant(moving.old.database, OLD, [Seed("review", clock(2027, 1, 6, 9)), Seed("else", clock(2027, 1, 7, 9))])
        moving.migrate()
        moving.old.emulator.name_folders(OLD, {"calendar": "Kalender"})
        again = moving.migrate()

        counts = moving.counts(again)
        assert (counts.copied, counts.already_there, counts.removed_at_source) == (0, 2, 0), moving.said(again)
        assert set(paths(moving.new).values()) == {"Calendar"}
        assert moving.said(again) == []
