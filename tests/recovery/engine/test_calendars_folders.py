"""A calendar that gets another name between two runs, and one out of which an appointment is taken."""

from __future__ import annotations

from pathlib import Path

from tests.contract.exchange.calendar_box import Box
from tests.recovery.engine.test_calendars_moved import moving_from, paths
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import Seed, clock
from tests.servers.exchange.diary import new_calendar
from tests.servers.exchange.pair import OLD, Mailbox


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


def test_an_appointment_that_was_put_into_the_default_calendar_since_is_named(tmp_path: Path) -> None:
    """It was in another calendar when it was copied, and it stays in that one at the destination."""
    with moving_from(tmp_path, "2019") as moving:
        plant(moving.old.database, OLD, [Seed("review", clock(2027, 1, 6, 9)), Seed("else", clock(2027, 1, 7, 9))])
        team = new_calendar(Mailbox(moving.old.sessions), "Team")
        moved = _move(moving.old, moving.old.ids()[0], f'<t:FolderId Id="{team}"/>')
        moving.migrate()
        _move(moving.old, moved, '<t:DistinguishedFolderId Id="calendar"/>')
        again = moving.migrate()

        [line] = moving.said(again)
        assert "moved here from “Team” at the source" in line


def _move(box: Box, item_id: str, folder: str) -> str:
    """Puts an appointment into another folder; its id there."""
    answer = box.call(
        f"<m:MoveItem><m:ToFolderId>{folder}</m:ToFolderId>"
        f'<m:ItemIds><t:ItemId Id="{item_id}"/></m:ItemIds></m:MoveItem>'
    )
    return next(one.get("Id", "") for one in answer.iter("{*}ItemId"))
