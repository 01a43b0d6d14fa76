"""A Google account's calendars, moved to Exchange: every occurrence at its time, and what is said of it.

What is due comes of the seed alone, by dateutil; what is there is the raw XML of the Exchange emulator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from engine.migration.content import Content
from engine.migration.record import Counts, Migration, Reason, State
from tests.servers.google.event_judge import FieldJudge, due, fields_wrong, misplaced, shown
from tests.servers.google.moving import Moving, google_moving
from tests.servers.google.truth import draw_events as draw
from tests.servers.google.truth.events import HOUR, OWNER, Event, clock
from tests.servers.world import ADDRESS

MOVED = (Content.CALENDARS,)
KEEPS = {"organizer_by_property": True, "attendee_responses_kept": True}
SHORT = "no length"     # Exchange has none such: it lasts a minute
UNKNOWN = "an unknown number of items"
LEFT = {
    (draw.READ, UNKNOWN, "somebody else's calendar"), (draw.BUSY, UNKNOWN, "somebody else's calendar"),
    (draw.HIDDEN, UNKNOWN, "a calendar that is hidden in Google Calendar; it is not moved"),
    (draw.HOLIDAYS, UNKNOWN, "a calendar of holidays"), (draw.BIRTHDAYS, UNKNOWN, "a calendar of holidays"),
    (draw.PRIMARY, "1 event", "working locations"), (draw.PRIMARY, "1 event", "times to focus"),
}


def seeds() -> list[Event]:
    """Events of every kind but for the patterns, which tests/unit/google has, and a few of those."""
    found = [*draw.marks(), *draw.others(), *draw.meetings(), *draw.days(), *draw.exceptions(), *draw.followed(),
             *draw.left()]
    found += [Event(name=name, start=start, rule=rule) for name, rule, start in draw.HARD_RULES[:4]]
    start = clock(2026, 12, 5, 9)
    found += [Event(name="of the garden", start=start, calendar=draw.GARDEN, rule="FREQ=WEEKLY;COUNT=9"),
              Event(name="of the team", start=start, calendar=draw.TEAM, span=3 * HOUR)]
    return [replace(one, calendar=one.calendar or draw.PRIMARY) for one in found if one.name != SHORT]


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[Moving]:
    """An account with calendars of every kind, and a server that keeps who organizes a meeting."""
    with google_moving(tmp_path, wanted=MOVED, **KEEPS) as found:
        found.events.calendars(draw.CALENDARS)
        yield found


def otherwise(moving: Moving, some: Sequence[Event], now: datetime) -> list[str]:
    """What is not as Google showed it, in words."""
    folders, found = moving.here.of_class("IPF.Appointment"), []
    for each in due(draw.CALENDARS, some):
        there = shown(moving.here, folders["Calendar" if each.calendar.primary else each.calendar.name])
        wanted = each.occurrences()
        judge = FieldJudge(each.calendar, now, ADDRESS, moving.events.uids)
        found += [*misplaced(wanted, there), *fields_wrong(moving.here, judge, wanted, there)]
    return found


def left_out(moving: Moving, done: Migration) -> set[tuple[str, str, str]]:
    """What was left out: its folder, how many, and the beginning of the reason."""
    return {(one.folder, one.item, one.reason.partition(":")[0].partition(",")[0]) for one in moving.lines(done)
            if one.outcome is Reason.LEFT_OUT}


def test_every_event_is_where_google_showed_it_and_goes_back_again(moving: Moving) -> None:
    """Nothing is copied twice, nothing is sent, and a rollback leaves the mailbox as it was."""
    some = seeds()
    moving.events.events(some)
    first, again = moving.migrate(MOVED), moving.migrate(MOVED)
    counts = moving.counts(first, Content.CALENDARS)

    assert otherwise(moving, some, moving.clock()) == []
    assert (counts.copied, counts.failed, counts.left_out) == (counts.found - 2, 0, 2)
    assert moving.counts(again, Content.CALENDARS) == Counts(
        counts.found, 0, counts.copied, 0, 2, changed=0, removed_at_source=0
    )
    assert left_out(moving, first) == LEFT
    assert moving.at.emulator.outgoing() == []
    for task in (again, first):
        assert moving.at.roll_back(task.task_id).state is State.ROLLED_BACK
    assert moving.dump() == moving.before


def message(method: str, uid: str, organizer: str, more: str = "", *, sequence: int = 0) -> bytes:
    """What an organizer or a guest sends about a meeting (RFC 5546)."""
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Others//EN\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n"
        f"SEQUENCE:{sequence}\r\nDTSTAMP:20270101T000000Z\r\nDTSTART:20270405T150000Z\r\nDTEND:20270405T160000Z\r\n"
        f"SUMMARY:Moved\r\nORGANIZER:mailto:{organizer}\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


def test_meetings_live_on_and_what_changes_at_google_is_counted(moving: Moving) -> None:
    """An organizer's update and a guest's answer meet their meetings; what was copied stays as it was."""
    names = ("invited, accepted", "own meeting", "the 1st and the 15th")
    some = {one.name: replace(one, calendar=draw.PRIMARY) for one in (*draw.meetings(), *draw.patterns())}
    moving.events.events([some[name] for name in names])
    first, receive = moving.migrate(MOVED), moving.at.emulator.receive_meeting
    own = moving.google.call("calendar.events.get", OWNER, calendarId=OWNER, eventId=moving.events.made[names[1]])
    update = message("REQUEST", "invited,-accepted@outlook.example.com", draw.BOSS.address, sequence=1)
    answer = message("REPLY", own["iCalUID"], ADDRESS, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:eve@example.net\r\n")

    assert moving.counts(first, Content.CALENDARS) == Counts(3, 3)
    assert [receive(ADDRESS, update), receive(ADDRESS, answer)] == ["updated", "answered"]

    series = moving.events.made[names[2]]
    moving.google.call("calendar.events.patch", OWNER, body={"summary": "Rent"}, calendarId=OWNER, eventId=series)
    moving.google.call("calendar.events.delete", OWNER, calendarId=OWNER, eventId=own["id"])
    again = moving.migrate(MOVED)

    assert moving.counts(again, Content.CALENDARS) == Counts(2, 0, 2, changed=1, removed_at_source=1)
