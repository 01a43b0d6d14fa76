"""What an event says: texts as other programs write them, and characters that nobody sees."""

from __future__ import annotations

from pathlib import Path

from engine.migration.content import Content
from tests.contract.google_calendars.diary import at, calendar, insert, shows
from tests.servers.google.arrived import body
from tests.servers.google.moving import Moving, google_moving

MOVED = (Content.CALENDARS,)
WHEN = {"start": at("2026-07-08T12:00:00+02:00"), "end": at("2026-07-08T13:00:00+02:00")}


def _text(moving: Moving) -> str:
    [item] = moving.here.lying(moving.here.of_class("IPF.Appointment")["Calendar"])
    return body(item)


def test_addresses_in_angle_brackets_can_be_read(tmp_path: Path) -> None:
    """So Outlook writes a link in an invitation's plain text, and mail programs a person's address."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        insert(moving, summary="Call", **WHEN, description=(
            "Click here to join the meeting<https://teams.example.com/l/meetup-join/19>\nor ask Bo <bo@example.net>"))
        moving.migrate(MOVED)

        text = _text(moving)
        assert "https://teams.example.com/l/meetup-join/19" in text
        assert "bo@example.net" in text


def test_a_guest_whose_name_has_a_control_character_costs_no_event(tmp_path: Path) -> None:
    """XML cannot hold it; all else comes."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        insert(moving, summary="Lunch", **WHEN, attendees=[{"email": "bo@example.net", "displayName": "Bo\x0bBeck"}])
        done = moving.migrate(MOVED)

        assert [title for title, _, _ in shows(moving)] == ["Lunch"], moving.said(done)


def test_a_calendar_whose_name_has_a_control_character_keeps_its_events(tmp_path: Path) -> None:
    """The organizer of its events has the calendar's name."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        insert(moving, calendar(moving, "Te\x07am"), summary="Lunch", **WHEN)
        done = moving.migrate(MOVED)

        assert moving.counts(done, Content.CALENDARS).failed == 0, moving.said(done)


def test_a_report_has_no_characters_that_steer_a_terminal(tmp_path: Path) -> None:
    """As it has none of titles of mail, contacts and tasks."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        insert(moving, summary="Pay\x1b[2J \u202efdp.exe\nall done", **WHEN, attendees=[
            {"email": "bo@example.net", "additionalGuests": 2}])
        done = moving.migrate(MOVED)

        told = "".join(one.item for one in moving.lines(done))
        assert told
        assert not {"\x1b", "\u202e", "\n"} & set(told), ascii(told)


def test_lines_do_not_run_together_where_a_program_has_added_markup(tmp_path: Path) -> None:
    """Zoom and Teams add theirs to what somebody typed: each line of that stays one."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        insert(moving, summary="Call", **WHEN, description="Agenda\n- budget\n- holidays\n<b>Zoom</b><br>ID 123")
        moving.migrate(MOVED)

        [item] = moving.here.lying(moving.here.of_class("IPF.Appointment")["Calendar"])
        html = item.findtext("{*}Body") or ""
        assert "budget\n- holidays" not in html.replace("\r\n", "\n"), html
