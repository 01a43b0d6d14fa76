"""Tasks and sticky notes from one Exchange to another: there once, as they were, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.record import Counts, Migration, State
from tests.servers.exchange.pair import Pair, pair_of, said
from tests.servers.exchange.tasks import Desk, notes

TABLE = contents(CONTENTS[Content.TASKS], CONTENTS[Content.NOTES])
DUE = "<t:DueDate>2044-03-04T00:00:00Z</t:DueDate>"


@pytest.fixture(params=["2010", "2019"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    """A mailbox with a task and a note, and an empty one."""
    with pair_of(tmp_path, request.param, contents=TABLE) as made:
        Desk(made.old).single("Write", DUE)
        notes(made.old).single("Milk")
        yield made


def of(done: Migration, content: Content = Content.TASKS) -> Counts:
    """The sums of a content."""
    return done.step(content).counts


def test_tasks_and_notes_come_over_once_and_go_again(pair: Pair) -> None:
    """Each is counted by itself; a second run finds all of it; a rollback leaves the mailbox as it was."""
    done, again = pair.at.migrate(), pair.at.migrate()

    assert [of(done, content) for content in (Content.TASKS, Content.NOTES)] == [Counts(found=1, copied=1)] * 2
    assert [of(again, content) for content in (Content.TASKS, Content.NOTES)] == [Counts(found=1, already_there=1)] * 2
    assert Desk(pair.new).facts() == Desk(pair.old).facts()
    assert notes(pair.new).facts() == notes(pair.old).facts()
    assert said(pair, again.task_id) == []
    pair.at.roll_back(again.task_id)
    back = pair.at.roll_back(done.task_id)

    assert back.state is State.ROLLED_BACK
    assert (Desk(pair.new).subjects(), notes(pair.new).subjects()) == ([], [])
