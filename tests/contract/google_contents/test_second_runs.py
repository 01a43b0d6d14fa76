"""What happens at Google between two runs, or beside one account, makes nothing twice and tells nothing untrue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.migration.forwards import start
from engine.migration.record import Counts, Migration
from engine.migration.request import MigrationRequest
from engine.store.vault import Secret
from tests.servers.google.moving import Moving, google_moving
from tests.servers.google.planting_events import OTHER
from tests.servers.google.truth.events import OWNER
from tests.servers.world import PASSWORD
from wiring.google import consenting

MOVED = (Content.CALENDARS,)
Body = dict[str, Any]


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[Moving]:
    with google_moving(tmp_path, wanted=MOVED) as found:
        yield found


def at(day: str, hour: int = 9) -> Body:
    return {"dateTime": f"2027-{day}T{hour:02d}:00:00+01:00", "timeZone": "Europe/Berlin"}


def insert(moving: Moving, day: str, *, whose: str = OWNER, **more: Any) -> str:
    """Its id."""
    body = {"summary": f"On {day}", "start": at(day), "end": at(day, 10), **more}
    return str(moving.google.call("calendar.events.insert", whose, body=body, calendarId=whose)["id"])


def test_an_event_that_moved_to_another_calendar_comes_once_although_most_others_are_gone(moving: Moving) -> None:
    """The record says that it was the same account, whatever is left of what was copied from it."""
    work = moving.google.call("calendar.calendars.insert", OWNER, body={"summary": "Work"})["id"]
    made = [insert(moving, f"03-{day:02d}") for day in range(1, 6)]
    moving.migrate(MOVED)
    for one in made[:3]:
        moving.google.call("calendar.events.delete", OWNER, calendarId=OWNER, eventId=one)
    moving.google.call("calendar.events.move", OWNER, calendarId=OWNER, eventId=made[4], destination=work)

    done = moving.migrate(MOVED)
    counts = moving.counts(done, Content.CALENDARS)
    assert (counts.found, counts.copied, counts.already_there) == (2, 0, 2), moving.said(done)


def test_usual_reminders_in_another_order_are_no_change(moving: Moving) -> None:
    """Google says nowhere in which order it lists them."""
    usual = [{"method": "popup", "minutes": 10}, {"method": "email", "minutes": 30}]
    moving.google.call("calendar.calendarList.patch", OWNER, body={"defaultReminders": usual}, calendarId=OWNER)
    insert(moving, "03-01")
    moving.migrate(MOVED)
    moving.google.call("calendar.calendarList.patch", OWNER, body={"defaultReminders": usual[::-1]}, calendarId=OWNER)

    assert moving.counts(moving.migrate(MOVED), Content.CALENDARS) == Counts(1, 0, 1)


def migrate(moving: Moving, whose: str) -> Migration:
    """Moves somebody's account, by a consent of their own."""
    asking = consenting(moving.chosen, moving.network)
    assert asking is not None
    asked = asking.ask(state="state", contents=list(MOVED), login=whose)
    pressed = moving.google.press(urlsplit(asked.url).query, whose, "continue")
    code = parse_qs(urlsplit(pressed.location).query)["code"][0]
    secret = asking.exchange(code=Secret(code), verifier=asked.verifier, contents=list(MOVED)).secret
    request = MigrationRequest(parse_account(f"gmail://{whose}"), moving.at.request().destination, MOVED, ())
    task = start(moving.at.engine, request, source_password=secret, destination_password=PASSWORD).task_id
    return moving.ended(moving.at.run(task))


def test_what_was_never_in_an_account_was_not_removed_from_it(moving: Moving) -> None:
    """Of two people of whom one may see the other's calendar, both move into one mailbox.

    Whoever trusted the line would delete what stands in the calendar of the first one.
    """
    insert(moving, "02-03")
    for day in ("02-04", "02-05"):
        insert(moving, day, whose=OTHER)
    moving.google.call("calendar.acl.insert", OTHER, calendarId=OTHER, body={
        "role": "writer", "scope": {"type": "user", "value": OWNER},
    })
    moving.google.call("calendar.calendarList.insert", OWNER, body={"id": OTHER})
    migrate(moving, OWNER)

    second = migrate(moving, OTHER)
    assert moving.counts(second, Content.CALENDARS).removed_at_source == 0, moving.said(second)
    assert not [line for line in moving.said(second) if "removed at the source" in line]
