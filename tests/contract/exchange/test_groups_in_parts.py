"""A large group of which only a part is left, by no wish of its owner: the group is not taken for copied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.migration.record import State
from engine.migration.steering import copy_again, resume
from tests.contract.exchange.test_groups import TABLE, large
from tests.servers.exchange.pair import Pair, pair_of, said
from tests.servers.exchange.people import People
from tests.servers.processes.mortal import HELD, dies_at


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with pair_of(tmp_path, "2019", contents=TABLE) as found:
        yield found


def everybody_in(new: People) -> set[str]:
    return {one for name, group in new.ids().items() if name.startswith("Big") for one in new.people(group)}


def test_a_death_while_what_was_half_written_is_taken_back(pair: Pair) -> None:
    """The process died before the last mark; the next one died when the server had removed one of the two parts."""
    new, everybody = People(pair.new), large(pair, People(pair.old))
    task = pair.at.begin().task_id
    assert dies_at(pair.at, (Fault(operation="UpdateItem", nth=1, when="after", action="hold", name=HELD),),
                   lambda doomed: doomed.run(task))
    assert sorted(new.ids()) == ["Big (1 of 2)", "Big (2 of 2)"]
    assert dies_at(pair.at, (
        Fault(operation="DeleteItem", nth=1, action="items", positions=(1,), code="ErrorServerBusy"),
        Fault(operation="DeleteItem", nth=1, when="after", action="hold", name=HELD),
    ), lambda doomed: doomed.run(task))
    assert sorted(new.ids()) == ["Big (2 of 2)"]
    done = pair.at.run(task)

    assert done.state is State.COMPLETED
    assert sorted(new.ids()) == ["Big (1 of 2)", "Big (2 of 2)", "Outer"], said(pair, task)
    assert everybody_in(new) == everybody


def test_a_part_that_a_rollback_could_not_remove(pair: Pair) -> None:
    """The destination refuses to remove one part; the owner then migrates once more."""
    new, everybody = People(pair.new), large(pair, People(pair.old))
    done = pair.at.migrate()
    ids = new.ids()
    assert sorted(ids) == ["Big (1 of 2)", "Big (2 of 2)", "Outer"]
    pair.at.emulator.add_fault(Fault(
        operation="DeleteItem", nth=1, action="items", positions=(0,), code="ErrorCannotDeleteObject"
    ))
    pair.at.roll_back(done.task_id)
    assert sorted(new.ids()) == ["Big (2 of 2)"]
    again = pair.at.migrate()

    assert again.state is State.COMPLETED
    assert everybody_in(new) == everybody, said(pair, again.task_id)


def test_a_copy_that_the_owner_has_made_of_a_part(pair: Pair) -> None:
    """It stays at the rollback; when the owner migrates once more, the group comes whole again."""
    new, everybody = People(pair.new), large(pair, People(pair.old))
    done = pair.at.migrate()
    mine = new.folder("Mine")
    new.copy(new.ids()["Big (2 of 2)"], mine)
    pair.at.roll_back(done.task_id)
    assert new.ids() == {}
    again = pair.at.migrate()

    assert again.state is State.COMPLETED
    assert everybody_in(new) == everybody, said(pair, again.task_id)


def test_copy_again_copies_what_was_not_seen(pair: Pair) -> None:
    """Nothing of what was copied is found, as a whole; a person then says that all is to be copied once more."""
    new, everybody = People(pair.new), large(pair, People(pair.old))
    pair.at.migrate()
    ids = new.ids()
    new.delete(ids["Big (1 of 2)"], ids["Outer"])
    begun = pair.at.begin()
    stopped = pair.at.run(begun.task_id)
    assert stopped.state is State.NEEDS_ATTENTION
    copy_again(pair.at.engine, begun.task_id)
    resume(pair.at.engine, begun.task_id)
    done = pair.at.run(begun.task_id)

    assert done.state is State.COMPLETED, done.attention
    assert everybody_in(new) == everybody, said(pair, done.task_id)


def test_the_owner_removes_what_a_death_has_left_half_written(pair: Pair) -> None:
    """The tag is open still: nobody has ever said that the group is there."""
    new, everybody = People(pair.new), large(pair, People(pair.old))
    task = pair.at.begin().task_id
    assert dies_at(pair.at, (Fault(operation="UpdateItem", nth=1, when="after", action="hold", name=HELD),),
                   lambda doomed: doomed.run(task))
    new.delete(new.ids()["Big (1 of 2)"])
    done = pair.at.run(task)

    assert done.state is State.COMPLETED
    assert everybody_in(new) == everybody, said(pair, task)
