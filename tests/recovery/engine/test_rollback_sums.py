"""The sums of a rollback balance: found is removed, kept or gone; and folders with something in them stay, named."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from emulators.exchange import Fault
from engine.migration.record import Migration, Rollback, State
from engine.pace.halt import HaltedError
from engine.ports.destination import Destination
from engine.ports.items import Outcome
from tests.servers.owner import Owner, owner
from tests.servers.world import ADDRESS, PASSWORD, World, interpose

ATLAS = ("Clients", "Atlas")


@pytest.fixture
def user(small_world: World) -> Iterator[Owner]:
    with owner(small_world.emulator.url, ADDRESS, PASSWORD) as found:
        yield found


def sums(task: Migration) -> tuple[int, int, int, int]:
    """Found, removed, kept, gone."""
    done = task.rollback
    assert isinstance(done, Rollback)
    return done.found, done.removed, done.kept, done.gone


def kept_folders(world: World, task: Migration) -> dict[str, str]:
    report = world.engine.store.reported(task.task_id)
    return {f.folder: f.reason for f in report.failures if f.outcome == "kept" and f.item == "(the folder itself)"}


@dataclass
class First:
    """Does something before the first removal of items; every other one waits until that is done."""

    do: Callable[[Destination, str], object]
    done: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, inner: Destination, ids: Sequence[str]) -> list[Outcome]:
        with self.lock:
            if not self.done:
                self.done = True
                self.do(inner, ids[0])
        return inner.delete(ids)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_to_a_removal_is_counted_as_removed(small_world: World, when: str) -> None:
    """What is gone when it is asked for again was removed by the request whose answer was lost."""
    done = small_world.migrate()
    small_world.emulator.add_fault(Fault(operation="DeleteItem", when=when, action="drop", nth=1))

    back = small_world.roll_back(done.task_id)

    assert back.rollback is not None
    assert back.rollback.removed == 100
    assert sums(back) == (100, 100, 0, 0)


def test_what_its_owner_removed_first_is_counted_as_gone(small_world: World) -> None:
    """It was there when it was counted, and we did not remove it."""
    done = small_world.migrate()
    interpose(small_world, delete=First(lambda inner, item: inner.delete([item])))

    back = small_world.roll_back(done.task_id)

    assert sums(back) == (100, 99, 0, 1)


def test_what_its_owner_moves_at_that_moment_is_removed_all_the_same(small_world: World, user: Owner) -> None:
    """A moved item has another id, and the same tag."""
    done = small_world.migrate()
    interpose(small_world, delete=First(
        lambda _inner, _item: [user.one(user.folder("Inbox"), f"in {n}").move(user.account.sent) for n in range(3)]
    ))

    back = small_world.roll_back(done.task_id)

    assert small_world.subjects() == []
    assert sums(back) == (100, 100, 0, 0)


def test_a_rollback_that_goes_on_counts_what_went_before(small_world: World) -> None:
    """Stopped in the middle, the sums are of the whole."""
    done = small_world.migrate()
    groups: list[Sequence[str]] = []

    def delete(inner: Destination, ids: Sequence[str]) -> list[Outcome]:
        groups.append(ids)
        outcomes = inner.delete(ids)
        if groups[0] is ids:
            raise HaltedError("killed before it was counted")
        return outcomes

    interpose(small_world, delete=delete)
    with pytest.raises(HaltedError):
        small_world.roll_back(done.task_id)

    back = small_world.roll_back(done.task_id)

    assert small_world.subjects() == []
    assert sums(back) == (100, 100, 0, 0)


def test_mail_that_arrives_in_a_folder_while_it_is_being_removed_stays(small_world: World) -> None:
    """A rule files a message between the look and the removal: the folder stays where it was, and is named."""
    done = small_world.migrate()
    small_world.emulator.add_fault(Fault(operation="DeleteFolder", nth=1, action="file", path=ATLAS, name="urgent"))

    back = small_world.roll_back(done.task_id)

    assert small_world.subjects() == [(ATLAS, "urgent")]
    assert set(kept_folders(small_world, done)) == {"Atlas", "Clients"}
    assert "filed into it meanwhile" in kept_folders(small_world, done)["Atlas"]
    assert back.rollback is not None
    assert (back.rollback.folders_removed, back.rollback.folders_kept) == (0, 2)


def test_a_folder_that_its_owner_uses_is_named(small_world: World, user: Owner) -> None:
    """It is not empty, so it stays, and the report says so."""
    done = small_world.migrate()
    user.write(user.folder(*ATLAS), "mine")

    small_world.roll_back(done.task_id)

    assert kept_folders(small_world, done) == {
        "Atlas": "it is not empty, so the folder stays", "Clients": "it is not empty, so the folder stays",
    }


def test_a_folder_set_aside_when_the_process_dies_is_removed_by_the_next(small_world: World) -> None:
    """It lies in Deleted Items, is known by its tag, and goes."""
    before = small_world.emulator.dump()
    done = small_world.migrate()
    died: list[str] = []

    def delete_folder(inner: Destination, folder_id: str) -> bool:
        if not died:
            died.append(folder_id)
            raise HaltedError("killed")
        return inner.delete_folder(folder_id)

    interpose(small_world, delete_folder=delete_folder)
    with pytest.raises(HaltedError):
        small_world.roll_back(done.task_id)
    aside = small_world.emulator.dump()

    back = small_world.roll_back(done.task_id)

    assert aside != before
    assert back.state is State.ROLLED_BACK
    assert small_world.emulator.dump() == before


def test_a_folder_set_aside_that_was_filled_before_the_next_process_is_put_back(
    small_world: World, user: Owner
) -> None:
    """Where it was, under the name that it had."""
    done = small_world.migrate()

    def delete_folder(_inner: Destination, _folder_id: str) -> bool:
        raise HaltedError("killed")

    real = small_world.connectors.destination
    interpose(small_world, delete_folder=delete_folder)
    with pytest.raises(HaltedError):
        small_world.roll_back(done.task_id)
    small_world.connectors.destination = real  # type: ignore[method-assign]  # as it was
    user.write(user.folder("Deleted Items", "Atlas"), "late")

    small_world.roll_back(done.task_id)

    assert small_world.subjects() == [(ATLAS, "late")]


def test_mail_that_arrives_in_a_folder_that_was_set_aside_brings_it_back(small_world: World, user: Owner) -> None:
    """A rule knows the folder by its id, wherever it lies."""
    done = small_world.migrate()

    def delete_folder(inner: Destination, folder_id: str) -> bool:
        if inner.folder(folder_id).name == "Atlas":
            user.write(user.folder("Deleted Items", "Atlas"), "urgent")
        return inner.delete_folder(folder_id)

    interpose(small_world, delete_folder=delete_folder)
    small_world.roll_back(done.task_id)

    assert small_world.subjects() == [(ATLAS, "urgent")]
    assert set(kept_folders(small_world, done)) == {"Atlas", "Clients"}
