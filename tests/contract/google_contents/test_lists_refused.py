"""A Google account of which one list of folders is refused, or odd, while it moves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.connectors.google.reading.items import ODD
from engine.connectors.google.rest.denials import NoServiceError
from engine.connectors.google.rest.interfaces import Interface
from engine.contents import CONTENTS, contents
from engine.errors import OmmError, RefusedError
from engine.migration.content import Content
from engine.migration.record import Counts, Reason, State
from tests.contract.google_contents.test_people_and_tasks_moved import LIST, TASKS
from tests.servers.google.told import Account, Json, Told
from tests.servers.world import world

CALENDARS = "/users/me/calendarList"
WORDS = "Google's Calendar API answers with status 403 (forbidden)."


class Refusing(Told):
    """Refuses the list of calendars."""

    def pages(self, interface: Interface, path: str, items: str, **query: Any) -> Iterator[Json]:
        if path == CALENDARS:
            raise RefusedError(WORDS)
        return super().pages(interface, path, items, **query)


class Odd(Told):
    """Has an entry in the list of calendars that is none."""

    def pages(self, interface: Interface, path: str, items: str, **query: Any) -> Iterator[Json]:
        odd = [{"id": "c", "accessRole": ["owner"]}]
        return iter(odd) if path == CALENDARS else super().pages(interface, path, items, **query)


@pytest.mark.parametrize(("kind", "words"), [(Refusing, WORDS), (Odd, ODD)])
def test_calendars_that_are_not_told_cost_no_other_content(tmp_path: Path, kind: type[Told], words: str) -> None:
    """The report says why they are not there; the tasks move, and nobody is sent to the destination's operator."""
    told = kind({"/users/@me/lists": [LIST], "/lists/L1/tasks": TASKS}, {"/users/@me/lists/@default": LIST})
    moved = (Content.CALENDARS, Content.TASKS)
    ways = contents(*(CONTENTS[one] for one in moved))
    with world(tmp_path, {"old": Account(told)}, grace=0.02, contents=ways) as at:
        done = at.migrate()
        report = [line for line in at.engine.store.reported(done.task_id).failures if line.content is Content.CALENDARS]

    assert (done.state, done.attention, done.step(Content.TASKS).counts.copied) == (State.COMPLETED, None, len(TASKS))
    assert [(line.reason, line.outcome) for line in report] == [(words, Reason.FAILED)]


class Changing(Told):
    """Does not tell of the lists of tasks while it has a `refusal`."""

    refusal: OmmError | None = None

    def pages(self, interface: Interface, path: str, items: str, **query: Any) -> Iterator[Json]:
        if path == "/users/@me/lists" and self.refusal is not None:
            raise self.refusal
        return super().pages(interface, path, items, **query)


def test_what_is_not_told_any_more_is_not_called_removed(tmp_path: Path) -> None:
    """Nor is anything copied again once it is told: a list that is refused, a domain that has no tasks."""
    told = Changing({"/users/@me/lists": [LIST], "/lists/L1/tasks": TASKS}, {"/users/@me/lists/@default": LIST})
    ways = contents(CONTENTS[Content.TASKS])
    with world(tmp_path, {"old": Account(told)}, grace=0.02, contents=ways) as at:
        at.migrate()
        for refusal in (RefusedError(WORDS), NoServiceError("this Google account has no tasks")):
            told.refusal = refusal
            done = at.migrate()
            counts, report = done.step(Content.TASKS).counts, at.engine.store.reported(done.task_id)
            assert (done.state, counts.removed_at_source) == (State.COMPLETED, 0)
            assert any(str(refusal) in line.reason for line in report.failures)
        told.refusal = None
        assert at.migrate().step(Content.TASKS).counts == Counts(len(TASKS), 0, len(TASKS))
