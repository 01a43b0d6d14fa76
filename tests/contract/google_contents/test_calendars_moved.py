"""A Google account's calendars, moved to Exchange: every occurrence at its time, and what is said of it."""

from __future__ import annotations

from pathlib import Path
from random import Random

from engine.migration.content import Content
from engine.migration.record import State
from tests.servers.google_event_judge import FieldJudge, due, fields_wrong, misplaced, shown
from tests.servers.google_moving import Moving, google_moving
from tests.servers.google_truth.draw_events import CALENDARS, events
from tests.servers.world import ADDRESS

MOVED = (Content.CALENDARS,)
KEEPS = {"organizer_by_property": True, "attendee_responses_kept": True}


def wrong(moving: Moving, seeds: list, now: object) -> list[str]:
    """What is otherwise at the destination, in words."""
    folders = moving.here.of_class("IPF.Appointment")
    found = []
    for each in due(CALENDARS, seeds):
        path = next(path for path in folders if path == ("Calendar" if each.calendar.primary else each.calendar.name))
        there, wanted = shown(moving.here, folders[path]), each.occurrences()
        found += misplaced(wanted, there)
        found += fields_wrong(moving.here, FieldJudge(each.calendar, now, ADDRESS), wanted, there)
    return found


def test_every_event_is_seen_where_google_showed_it(tmp_path: Path) -> None:
    seeds = events(Random(7), 330)
    with google_moving(tmp_path, wanted=MOVED, **KEEPS) as moving:
        moving.events.calendars(CALENDARS)
        moving.events.events(seeds)
        first = moving.migrate(MOVED)
        print(moving.counts(first, Content.CALENDARS))
        print("\n".join(moving.said(first)))
        bad = wrong(moving, seeds, moving.clock())
        print(len(bad)); print("\n".join(bad[:150]))
        again = moving.migrate(MOVED)
        print(moving.counts(again, Content.CALENDARS))
        for task in (again, first):
            back = moving.at.roll_back(task.task_id)
            assert back.state is State.ROLLED_BACK
            print("BACK"); print("\n".join(moving.said(back)[-60:]))
        assert moving.dump() == moving.before
