"""Lists of tasks of one title, and tasks with odd days."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.migration.content import Content
from tests.servers.google.arrived import text
from tests.servers.google.moving import Moving, google_moving
from tests.servers.google.truth.events import OWNER

MOVED = (Content.TASKS,)


def _list(moving: Moving, title: str) -> str:
    return str(moving.google.call("tasks.tasklists.insert", OWNER, body={"title": title})["id"])


def _task(moving: Moving, where: str = "@default", **body: object) -> str:
    parent = {"parent": body.pop("parent")} if "parent" in body else {}
    return str(moving.google.call("tasks.tasks.insert", OWNER, tasklist=where, body=dict(body), **parent)["id"])


def _titles(moving: Moving, path: str) -> list[str]:
    return sorted(text(one, "Subject") for one in moving.here.lying(moving.here.of_class("IPF.Task")[path]))


def test_a_new_list_of_the_same_title_does_not_take_the_others_place(tmp_path: Path) -> None:
    """Lists are known by their ids, whichever of several of one title has the number."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        first = _list(moving, "Garden")
        _task(moving, first, title="of the first")
        moving.migrate(MOVED)
        newer = _list(moving, "Garden")
        while newer > first:
            moving.google.call("tasks.tasklists.delete", OWNER, tasklist=newer)
            newer = _list(moving, "Garden")
        _task(moving, newer, title="of the newer")
        done = moving.migrate(MOVED)

        assert _titles(moving, "Garden") == ["of the first"], moving.said(done)


@pytest.mark.parametrize("odd", [
    {"due": "0001-01-01T00:00:00Z"}, {"status": "completed", "completed": "1500-01-01T00:00:00Z"},
], ids=["due", "completed"])
def test_a_task_with_a_day_that_exchange_does_not_have_comes_without_it(tmp_path: Path, odd: dict[str, str]) -> None:
    """As one whose day cannot be read, it comes without it, and the report says so."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        _task(moving, title="Call", notes="What matters is here", **odd)
        done = moving.migrate(MOVED)

        assert _titles(moving, "Tasks") == ["Call"], moving.said(done)


def test_a_sub_task_of_one_without_a_title_begins_with_no_mark(tmp_path: Path) -> None:
    """What has no title is not named before it."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        _task(moving, title="Tickets", parent=_task(moving, title=""))
        moving.migrate(MOVED)

        assert not [one for one in _titles(moving, "Tasks") if one.startswith((" ", "›"))], _titles(moving, "Tasks")
