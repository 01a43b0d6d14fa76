"""Parts of a Google account move as they are: the same judge as of the whole, a second each.

No part of a run by itself, for `test_google_seeded.py` has all of it; the rows of `broken_engine/google.py` name these.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from engine.migration.content import Content
from tests.servers.google.account import Account, put, wrong
from tests.servers.google.calendars_moved import KEPT
from tests.servers.google.moving import google_moving
from tests.servers.google.truth import draw_events, draw_people, tasks
from tests.servers.google.truth.draw_events import PRIMARY

EVENTS: Mapping[str, Callable[[], object]] = {
    "texts": draw_events.texts, "marks": draw_events.marks, "others": draw_events.others,
    "meetings": draw_events.meetings, "days": draw_events.days, "exceptions": draw_events.exceptions,
    "followed": draw_events.followed, "ends": draw_events.ends, "patterns": draw_events.patterns,
    "zones": draw_events.zoned, "changed zones": draw_events.changed_zones, "left": draw_events.left}


@pytest.mark.parametrize("part", EVENTS)
def test_a_part_of_the_calendars_is_moved_as_it_is(tmp_path: Path, part: str) -> None:
    """Each occurrence at its time, each field; all of it goes again."""
    events = [replace(one, calendar=one.calendar or PRIMARY) for one in EVENTS[part]()]  # type: ignore[attr-defined]  # events
    years = (1999, 2022, 2023, 2024, 2025, 2026, 2027, 2028)
    with google_moving(tmp_path, wanted=(Content.CALENDARS,), **KEPT) as at:
        account = Account(events, years=years)
        put(at, account, (Content.CALENDARS,))
        done = at.migrate((Content.CALENDARS,))

        assert wrong(at, account, (Content.CALENDARS,)) == []
        assert at.counts(done, Content.CALENDARS).found == account.due()[Content.CALENDARS]
        back = at.at.roll_back(done.task_id)
        assert back.rollback.kept == 0, at.said(back)
        assert at.dump() == at.before


def test_people_and_tasks_are_moved_as_they_are(tmp_path: Path) -> None:
    """Every field of contacts, labels, and tasks of every kind; all of it goes again."""
    people = [draw_people.full(), draw_people.overfull(), *draw_people.odd()]
    labels = draw_people.labels(random.Random(1), people)
    account = Account((), draw_people.labelled(people, labels), labels, tasks.LISTS, tasks.tasks(
        random.Random(1), paged=110, more=5))
    wanted = (Content.CONTACTS, Content.CONTACT_GROUPS, Content.TASKS)
    with google_moving(tmp_path, wanted=wanted) as at:
        put(at, account, wanted)
        done = at.migrate(wanted)

        assert wrong(at, account, wanted) == []
        back = at.at.roll_back(done.task_id)
        assert back.rollback.kept == 0, at.said(back)
        assert at.dump() == at.before
