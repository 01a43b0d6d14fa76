"""Task lists and tasks of the Google emulator, by Google's own client and in process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from emulators.google import GoogleEmulator
from emulators.google.errors import ApiError
from tests.contract.google_emulator.app import BACK, CLAIRE, Clock

TASKS = "https://www.googleapis.com/auth/tasks"


@pytest.fixture
def google() -> Iterator[GoogleEmulator]:
    with GoogleEmulator(clock=Clock()) as google:
        google.add_person(CLAIRE, "Claire Martin")
        google.add_client("web", redirect_uris=[BACK])
        yield google


def task(google: GoogleEmulator, title: str, *, held: str = "@default", parent: str | None = None,
         previous: str | None = None, **fields: Any) -> str:
    made = google.call("tasks.tasks.insert", CLAIRE, tasklist=held, parent=parent, previous=previous,
                       body={"title": title, **fields})
    return str(made["id"])


def listed(google: GoogleEmulator, **given: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = google.call("tasks.tasks.list", CLAIRE, tasklist="@default", **given)["items"]
    return items


def titles(google: GoogleEmulator, **given: Any) -> set[str]:
    return {one["title"] for one in listed(google, **given)}


def refused(google: GoogleEmulator, method: str, **given: Any) -> int:
    with pytest.raises(ApiError) as error:
        google.call(f"tasks.{method}", CLAIRE, **given)
    return error.value.code


def test_googles_own_client_makes_changes_moves_and_deletes(google: GoogleEmulator) -> None:
    """A list and tasks in their order; of a due date the day is kept, of a completion the time."""
    token = google.consent(CLAIRE, [TASKS])["access_token"]
    with build("tasks", "v1", credentials=Credentials(token), static_discovery=True,
               client_options={"api_endpoint": google.url}) as service:
        made = service.tasklists().insert(body={"title": "Garden"}).execute()
        tasks, held = service.tasks(), {"tasklist": made["id"]}
        dig = tasks.insert(**held, body={"title": "Dig", "notes": "Deep", "due": "2027-03-01T17:30:00Z"}).execute()
        sow = tasks.insert(**held, previous=dig["id"], body={"title": "Sow"}).execute()
        row = tasks.insert(**held, parent=dig["id"], body={"title": "A row"}).execute()
        done = tasks.patch(**held, task=sow["id"], body={"status": "completed"}).execute()
        before = tasks.list(**held).execute()["items"]
        tasks.move(**held, task=row["id"], previous=sow["id"]).execute()
        after = tasks.get(**held, task=row["id"]).execute()
        bare = tasks.update(**held, task=dig["id"], body={"id": dig["id"], "title": "Dig more"}).execute()
        tasks.delete(**held, task=dig["id"]).execute()
        left = tasks.list(**held).execute()["items"]
        lists = service.tasklists().list().execute()["items"]
        service.tasklists().delete(**held).execute()
        with pytest.raises(HttpError) as gone:
            tasks.list(**held).execute()

    assert [one["title"] for one in lists] == ["My Tasks", "Garden"]
    assert (dig["due"], dig["status"], dig["notes"]) == ("2027-03-01T00:00:00.000Z", "needsAction", "Deep")
    assert dig["webViewLink"].startswith("https://tasks.google.com/")
    assert done["completed"] == "2027-01-15T08:00:00.000Z"
    assert {one["title"]: (one.get("parent"), int(one["position"])) for one in before} == {
        "Dig": (None, 0), "Sow": (None, 1), "A row": (dig["id"], 0)}
    assert "parent" not in after
    assert after["position"] > done["position"]
    assert bare.keys() & {"due", "notes"} == set()
    assert [one["title"] for one in left] == ["Sow", "A row"]
    assert gone.value.status_code == 404


def test_twenty_a_page_and_a_hundred_at_most(google: GoogleEmulator) -> None:
    """The default shows 20 of 30; 101 is refused."""
    for number in range(30):
        task(google, str(number))
    first = google.call("tasks.tasks.list", CLAIRE, tasklist="@default")
    last = google.call("tasks.tasks.list", CLAIRE, tasklist="@default", pageToken=first["nextPageToken"])
    assert (len(first["items"]), len(last["items"]), "nextPageToken" in last) == (20, 10, False)
    assert first["items"][0]["title"] == "29"
    assert refused(google, "tasks.list", tasklist="@default", maxResults=101) == 400


def test_completed_hidden_deleted_and_assigned_tasks_are_missing_unless_asked_for(google: GoogleEmulator) -> None:
    """What a first-party client completes needs showHidden too; what the API completes is there until it is cleared."""
    task(google, "open")
    ticked, done, gone = (task(google, title) for title in ("ticked", "done", "gone"))
    google.act("tasks.complete", CLAIRE, tasklist="@default", task=ticked)
    google.call("tasks.tasks.patch", CLAIRE, tasklist="@default", task=done, body={"status": "completed"})
    google.call("tasks.tasks.delete", CLAIRE, tasklist="@default", task=gone)
    google.act("tasks.assign", CLAIRE, title="assigned")

    assert titles(google) == {"open", "done"}
    assert titles(google, showCompleted=False, showHidden=True) == {"open"}
    assert titles(google, showCompleted=True, showHidden=True) == {"open", "done", "ticked"}
    assert titles(google, showAssigned=True) == {"open", "done", "assigned"}
    google.call("tasks.tasks.clear", CLAIRE, tasklist="@default")
    assert titles(google) == {"open"}
    everything = {one["title"]: one for one in listed(
        google, showHidden=True, showDeleted=True, showAssigned=True)}
    assert everything.keys() == {"open", "done", "ticked", "gone", "assigned"}
    assert everything["gone"]["deleted"] is True
    assert everything["ticked"]["hidden"] is True
    assert everything["assigned"]["assignmentInfo"]["surfaceType"] == "DOCUMENT"
    back = google.call("tasks.tasks.patch", CLAIRE, tasklist="@default", task=done, body={"status": "needsAction"})
    assert back.keys() & {"hidden", "completed"} == set()


def test_what_a_task_may_not_be(google: GoogleEmulator) -> None:
    """A status of its own, a completion that is not one, a text too long, a parent that cannot be one, a lost day."""
    parent = task(google, "parent")
    child = task(google, "child", parent=parent)
    assigned = google.act("tasks.assign", CLAIRE, title="assigned", surface="SPACE")
    for fields in ({"status": "done"}, {"completed": "2027-01-01T00:00:00Z"}, {"title": "x" * 1025},
                   {"notes": "x" * 8193}, {"due": "2027-01-01"}, {"links": 3, "titel": ""}):
        assert refused(google, "tasks.insert", tasklist="@default", body=fields) == 400
    assert refused(google, "tasks.insert", tasklist="@default", body={"due": "2027-01-01T23:00:00-05:00"}) == 501
    for one in (child, assigned, "T0"):
        assert refused(google, "tasks.insert", tasklist="@default", parent=one, body={"title": "x"}) == 400
    assert refused(google, "tasks.insert", tasklist="@default", previous=child, body={"title": "x"}) == 400
    assert refused(google, "tasks.move", tasklist="@default", task=assigned, parent=parent) == 400
    assert refused(google, "tasks.get", tasklist="T0", task=parent) == 404
    assert refused(google, "tasklists.delete", tasklist="@default") == 400
    assert refused(google, "tasklists.insert", body={}) == 400
    google.call("tasks.tasks.delete", CLAIRE, tasklist="@default", task=parent)
    assert titles(google, showAssigned=True) == {"assigned"}
