"""An event that became several appointments, of which the new mailbox's owner deletes one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from engine.migration.content import Content
from tests.contract.google_calendars.diary import at, insert, shows
from tests.servers.google.arrived import text
from tests.servers.google.moving import Moving, google_moving
from tests.servers.google.truth.events import OWNER

MOVED = (Content.CALENDARS,)


def _split(moving: Moving) -> None:
    for name, rule in (("Rent", "RRULE:FREQ=MONTHLY;BYMONTHDAY=1,-2;COUNT=6"), ("Lunch", "RRULE:FREQ=DAILY;COUNT=1")):
        insert(moving, summary=name, start=at("2026-06-01T09:00:00+02:00"), end=at("2026-06-01T10:00:00+02:00"),
               recurrence=[rule])


def _delete(moving: Moving, how: str, day: str) -> None:
    folder = moving.here.of_class("IPF.Appointment")["Calendar"]
    [one] = [each.find("{*}ItemId").get("Id") for each in moving.here.lying(folder)
             if text(each, "Subject") == "Rent" and text(each, "Start").startswith(day)]
    moving.here.asked(f'<m:DeleteItem DeleteType="{how}" SendMeetingCancellations="SendToNone"><m:ItemIds>'
                      f'<t:ItemId Id="{one}"/></m:ItemIds></m:DeleteItem>')


@pytest.mark.parametrize("how", ["HardDelete", "MoveToDeletedItems"])
@pytest.mark.parametrize("day", ["2026-06-01", "2026-07-01"])
def test_the_others_are_not_copied_again(tmp_path: Path, how: str, day: str) -> None:
    """The first is over, and goes; the second run leaves the others alone."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        _split(moving)
        moving.migrate(MOVED)
        _delete(moving, how, day)
        done = moving.migrate(MOVED)

        there = Counter(start[:10] for title, start, _ in shows(moving) if title == "Rent")
        assert max(there.values()) == 1, (there, moving.said(done))


def test_what_is_said_of_a_part_names_its_folder(tmp_path: Path) -> None:
    """By the name that it has at the source, as all others."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        _split(moving)
        moving.migrate(MOVED)
        _delete(moving, "HardDelete", "2026-07-01")
        done = moving.migrate(MOVED)

        assert [one.folder for one in moving.lines(done) if "a part of it" in one.reason] == [OWNER]


def test_a_rollback_says_changed_of_what_was_changed_alone(tmp_path: Path) -> None:
    """The owner renames one of six; the other five are as they came."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        _split(moving)
        done = moving.migrate(MOVED)
        folder = moving.here.of_class("IPF.Appointment")["Calendar"]
        one = next(each for each in moving.here.lying(folder) if text(each, "Start").startswith("2026-07-01"))
        number = one.find("{*}ItemId")
        moving.here.asked(
            '<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone">'
            f'<m:ItemChanges><t:ItemChange><t:ItemId Id="{number.get("Id")}" ChangeKey="{number.get("ChangeKey")}"/>'
            '<t:Updates><t:SetItemField><t:FieldURI FieldURI="item:Subject"/><t:CalendarItem><t:Subject>Mine'
            '</t:Subject></t:CalendarItem></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>')
        back = moving.at.roll_back(done.task_id)

        told = [each.item for each in moving.lines(back) if each.reason.startswith("changed since")]
        assert told == ["Mine"], (told, shows(moving))
