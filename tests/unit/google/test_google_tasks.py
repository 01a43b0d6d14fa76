"""Google's tasks as they are read: lists as folders, sub-tasks by their subjects, days without zones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.writing.fields import parsed
from engine.migration.content import Content
from engine.ports.source import Role
from engine.ports.typed import TypedItem
from tests.servers.google.told import Account, Told

LISTS = "/users/@me/lists"
TASKS = "/lists/L1/tasks"


def account(*tasks: dict[str, Any]) -> Account:
    """An account with one list."""
    one = {"id": "L1", "title": "My Tasks"}
    return Account(Told({LISTS: [one], TASKS: tasks}, {f"{LISTS}/@default": one}))


def task(number: int, title: str, **more: Any) -> dict[str, Any]:
    """A task in the place of that number."""
    return {"id": f"t{number}", "title": title, "status": "needsAction", "position": f"{number:020}",
            "updated": "2026-04-01T10:00:00.000Z", **more}


def words(item: TypedItem, name: str) -> str:
    """A field of an item; "" where it has none."""
    return parsed(item.element).findtext(f"{TYPES}{name}") or ""


def test_each_list_is_a_folder_and_the_default_one_the_mailbox_s_own() -> None:
    """Of two lists of one title the same one has the number, in whichever order Google tells them."""
    lists = [{"id": "b", "title": "Home"}, {"id": "a", "title": "Home"}, {"id": "c", "title": ""}]

    for told in (lists, lists[::-1]):
        found = Account(Told({LISTS: told}, {f"{LISTS}/@default": lists[0]})).folders(Content.TASKS)
        assert [(one.path, one.ref, one.role) for one in found] == [
            (("Home",), "a", None), (("Home (2)",), "b", Role.TASKS), (("Tasks",), "c", None),
        ]


def test_all_tasks_are_asked_for_whatever_google_hides_by_default() -> None:
    """Completed, hidden and assigned ones, in large pages; what was deleted stays away."""
    there = account(task(1, "Gone", deleted=True), task(2, "There"))

    assert [words(one, "Subject") for one in there.items(Content.TASKS)] == ["There"]
    assert there.told.query(TASKS) == {
        "maxResults": 100, "showCompleted": "true", "showHidden": "true", "showAssigned": "true",
        "showDeleted": "false",
    }


def test_a_day_stays_that_day_and_a_completion_its_time() -> None:
    """No zone moves what is a date alone; nothing is left of a completion but its time, by which it is one."""
    done = task(2, "Done", status="completed", completed="2020-02-29T23:30:00.000Z", hidden=True)
    due, completed = account(task(1, "Due", due="2026-10-25T00:00:00.000Z"), done).items(Content.TASKS)

    assert (words(due, "DueDate"), words(due, "Status")) == ("2026-10-25T00:00:00Z", "NotStarted")
    assert words(completed, "CompleteDate") == "2020-02-29T23:30:00Z"
    assert (words(completed, "Status"), words(completed, "PercentComplete")) == ("", "")
    assert [one.untold for one in (due, completed)] == ["", ""]


def test_a_completed_task_without_its_time_is_completed_and_named() -> None:
    """The report says that it counts as completed when it arrives."""
    [found] = account(task(1, "Done", status="completed")).items(Content.TASKS)

    assert words(found, "Status") == "Completed"
    assert "does not tell when it was completed" in found.untold


def test_a_sub_task_names_what_it_is_part_of_and_stands_behind_it() -> None:
    """Also where Google tells it first, or on another page; a parent that is gone is none."""
    found = account(
        task(1, "Pack", id="pack", parent="trip"), task(1, "Shirts", id="shirts", parent="pack"),
        task(9, "Trip", id="trip"), task(2, "Alone", parent="gone"), task(1, "Tickets", id="tickets", parent="trip",
                                                                       position="00000000000000000000"),
    ).items(Content.TASKS)

    assert [words(one, "Subject") for one in found] == [
        "Alone", "Trip", "Trip › Tickets", "Trip › Pack", "Trip › Pack › Shirts",
    ]


def test_a_parent_that_was_renamed_counts_as_a_change_of_its_sub_tasks() -> None:
    """By its time, without which a later run would not read them; and by their digests."""
    child = task(1, "Pack", parent="trip")
    before, after = (
        account(task(2, name, id="trip", updated=when), child)
        for name, when in (("Trip", "2026-04-01T10:00:00.000Z"), ("Journey", "2026-04-02T10:00:00.000Z"))
    )

    reader = after.reader(Content.TASKS)
    [folder] = reader.folders().folders
    listed = {one.modified for one in reader.listing(folder)}
    assert listed == {int(datetime(2026, 4, 2, 10, tzinfo=UTC).timestamp())}
    assert before.items(Content.TASKS)[1].theirs != after.items(Content.TASKS)[1].theirs
    assert before.items(Content.TASKS)[1].key == after.items(Content.TASKS)[1].key


def test_notes_links_and_a_title_that_is_cut_stand_in_the_text() -> None:
    """What no field holds is there to be read, and a cut subject is named."""
    long = "x" * 300
    [found] = account(task(
        1, long, notes="By train\nor car", links=[
            {"type": "email", "description": "Tickets", "link": "https://mail.google.com/1"}, {"link": "https://x.example"},
        ],
    )).items(Content.TASKS)

    assert words(found, "Body") == f"{long}\n\nBy train\nor car\n\nTickets: https://mail.google.com/1\nhttps://x.example"
    assert words(found, "Subject") == "x" * 255
    assert "cut to 255" in found.untold


def test_a_sub_task_of_a_long_title_keeps_its_own() -> None:
    """By which its owner tells it from its sisters; all of it is in its text."""
    _, found, lengthy = account(
        task(1, "T" * 300, id="trip"), task(1, "Pack", parent="trip"), task(2, "P" * 250, parent="trip"),
    ).items(Content.TASKS)

    assert (words(found, "Subject"), len(words(found, "Subject"))) == (f"{'T' * 247}… › Pack", 255)
    assert words(found, "Body") == f"{'T' * 300} › Pack"
    assert (words(lengthy, "Subject"), words(lengthy, "Body")) == ("P" * 250, f"{'T' * 300} › {'P' * 250}")
    assert "cut to 255" in found.untold


def test_an_assigned_task_is_named_with_where_it_comes_from() -> None:
    """Its link is in the text; the page in Google Tasks is not."""
    [found] = account(task(
        1, "Review", webViewLink="https://tasks.google.com/task/1",
        assignmentInfo={"surfaceType": "DOCUMENT", "linkToTask": "https://docs.google.com/d/1"},
    )).items(Content.TASKS)

    assert words(found, "Body") == "https://docs.google.com/d/1"
    assert "assigned in a document of Google Docs" in found.untold


def test_what_xml_cannot_hold_and_a_day_that_is_none_cost_nothing_else() -> None:
    """The task arrives; a day that cannot be read is named."""
    [found] = account(task(1, "A\x0bB\nC", due="soon")).items(Content.TASKS)

    assert words(found, "Subject") == "A\ufffdB C"
    assert "soon" in found.untold
    assert words(found, "DueDate") == ""
