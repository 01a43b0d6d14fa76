"""A rollback in odd circumstances: an owner at work between its requests, and servers that answer oddly."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from emulators.exchange import Fault
from emulators.exchange.faults import Action
from engine.errors import FatalError, RefusedError
from engine.hooks import on_saved
from engine.migration.back import preview, roll_back
from engine.migration.record import Migration, State
from engine.migration.visit import mailbox_lease
from engine.pace.halt import Halt, HaltedError
from engine.ports.destination import Destination, DestinationFolder
from engine.ports.items import Marks, Outcome, Verdict
from engine.ports.source import Role, SourceFolder
from engine.store.lease import Lease
from tests.servers.memory.source import Kept, MemorySource, mail
from tests.servers.owner import Owner, owner
from tests.servers.terminal_session import session
from tests.servers.world import ADDRESS, PASSWORD, World, interpose

DRAFTS = SourceFolder(("Drafts",), "Drafts", Role.DRAFTS)


@pytest.fixture
def user(small_world: World) -> Iterator[Owner]:
    with owner(small_world.emulator.url, ADDRESS, PASSWORD) as found:
        yield found


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "exchange.sqlite"


def dated(database: Path, subject: str, column: str, *, seconds: int, at_most: int = 1) -> None:
    """Moves one time of the items of that subject, the newest of them."""
    with closing(sqlite3.connect(database)) as db, db:
        rows = db.execute(f"SELECT rowid FROM item WHERE subject = ? ORDER BY rowid DESC LIMIT {at_most}", (subject,))
        for (row,) in rows.fetchall():
            db.execute(
                f"UPDATE item SET {column} = strftime('%Y-%m-%dT%H:%M:%SZ', {column}, ?) WHERE rowid = ?",
                (f"{seconds} seconds", row),
            )


def kept_folders(world: World, task: Migration) -> dict[str, str]:
    report = world.engine.store.reported(task.task_id)
    return {f.folder: f.reason for f in report.failures if f.outcome == "kept" and f.item == "(the folder itself)"}


def halted_before_folders(world: World) -> Any:
    """Has the next rollback die before it removes a folder that it has set aside. Returns how it was before."""
    real = world.connectors.destination

    def delete_folder(_inner: Destination, _folder_id: str) -> bool:
        raise HaltedError("killed")

    interpose(world, delete_folder=delete_folder)
    return real


def test_a_draft_that_was_edited_while_the_migration_still_ran_stays(
    small_world: World, source: MemorySource, user: Owner, database: Path
) -> None:
    """A migration takes hours: what its owner wrote into a draft meanwhile is theirs, and no rollback removes it."""
    source.folders[DRAFTS] = [Kept(mail("letter").mime, marks=Marks(draft=True))]
    done = small_world.migrate()
    draft = user.one(user.account.drafts, "letter")
    draft.subject = "letter, second version"
    draft.save(update_fields=["subject"])
    dated(database, "letter, second version", "created", seconds=-40)

    seen = preview(small_world.engine, done.task_id)
    small_world.roll_back(done.task_id)

    assert small_world.subjects() == [(("Drafts",), "letter, second version")]
    assert (seen.items, seen.kept) == (100, 1)


def test_an_owners_copy_that_is_moved_while_a_rollback_is_interrupted_stays(
    small_world: World, user: Owner, database: Path
) -> None:
    """It has another id then; it is their copy all the same."""
    done = small_world.migrate()
    user.one(user.folder("Clients"), "client 1").copy(user.account.sent)
    dated(database, "client 1", "created", seconds=20)
    real = halted_before_folders(small_world)
    with pytest.raises(HaltedError):
        small_world.roll_back(done.task_id)
    small_world.connectors.destination = real  # type: ignore[method-assign]  # as it was
    user.one(user.account.sent, "client 1").move(user.account.inbox)

    small_world.roll_back(done.task_id)

    assert small_world.subjects() == [(("Inbox",), "client 1")]


def test_what_its_owner_moves_while_the_answer_to_its_removal_is_lost_is_removed(
    small_world: World, user: Owner
) -> None:
    """The request was never carried out: gone from its place is not gone from the mailbox."""
    done = small_world.migrate()
    small_world.emulator.add_fault(Fault(operation="DeleteItem", when="before", action="drop", nth=1))
    lost: list[Sequence[str]] = []
    lock = threading.Lock()

    def delete(inner: Destination, ids: Sequence[str]) -> list[Outcome]:
        with lock:
            outcomes = inner.delete(ids)
            if not lost:
                lost.append(ids)
                names = inner.names(ids)
                subject = next(iter(names.values()))
                path = next(path for path, found in small_world.subjects() if found == subject)
                user.one(user.folder(*path), subject).move(user.account.sent)
            return outcomes

    interpose(small_world, delete=delete)
    back = small_world.roll_back(done.task_id)

    assert small_world.subjects() == []
    assert back.rollback is not None
    assert (back.rollback.found, back.rollback.removed) == (100, 100)


def test_what_is_moved_again_and_again_is_not_called_rolled_back(small_world: World, user: Owner) -> None:
    """Its owner sorts mail all the while: a rollback takes it in the end, or says that it could not."""
    done = small_world.migrate()
    ways = [(user.folder("Inbox"), user.account.sent), (user.account.sent, user.folder("Inbox"))] * 2
    lock = threading.Lock()

    def delete(inner: Destination, ids: Sequence[str]) -> list[Outcome]:
        with lock:
            if ways and "in 1" in inner.names(ids).values():
                here, there = ways.pop(0)
                user.one(here, "in 1").move(there)
            return inner.delete(ids)

    interpose(small_world, delete=delete)
    with suppress(FatalError):
        small_world.roll_back(done.task_id)

    left = small_world.engine.store.load(done.task_id)
    assert not small_world.subjects() or left.state is State.ROLLBACK_STOPPED


def test_what_is_listed_and_never_found_does_not_keep_a_rollback_from_ending(small_world: World) -> None:
    """A server whose list is behind its mailbox: there is nothing to remove, and it counts as gone."""
    done = small_world.migrate()

    def delete(inner: Destination, ids: Sequence[str]) -> list[Outcome]:
        names = inner.names(ids)
        ghosts = [item for item in ids if names.get(item) == "in 1"]
        outcomes = iter(inner.delete([item for item in ids if item not in ghosts]) if ghosts != ids else ())
        return [Outcome(Verdict.GONE) if item in ghosts else next(outcomes) for item in ids]

    interpose(small_world, delete=delete)
    back = small_world.roll_back(done.task_id)

    assert back.rollback is not None
    assert (back.rollback.found, back.rollback.removed, back.rollback.gone) == (100, 99, 1)


def test_a_folder_that_cannot_be_looked_at_stays_and_the_rollback_ends(small_world: World) -> None:
    """One folder that its server refuses to show is named; it does not keep the task from ever ending."""
    done = small_world.migrate()
    named = {f.id: f.name for f in small_world.connectors.destination(done.request.destination, PASSWORD).folders()}

    def folder(inner: Destination, folder_id: str) -> DestinationFolder:
        if named.get(folder_id) == "Atlas":
            raise RefusedError("the destination refused it (ErrorAccessDenied)")
        return inner.folder(folder_id)

    interpose(small_world, folder=folder)
    back = small_world.roll_back(done.task_id)

    assert back.state is State.ROLLED_BACK
    assert "ErrorAccessDenied" in kept_folders(small_world, done)["Atlas"]


@pytest.mark.parametrize("how", ["says no", "says why"])
def test_a_folder_that_cannot_be_deleted_is_put_back_and_not_said_to_be_filled(small_world: World, how: str) -> None:
    """The report says what is true: the destination does not remove it."""
    done = small_world.migrate()

    def delete_folder(inner: Destination, folder_id: str) -> bool:
        if inner.folder(folder_id).name != "Atlas":
            return inner.delete_folder(folder_id)
        if how == "says why":
            raise RefusedError("it is on hold")
        return False

    interpose(small_world, delete_folder=delete_folder)
    small_world.roll_back(done.task_id)

    assert kept_folders(small_world, done)["Atlas"].startswith("the destination does not remove it")
    there = small_world.connectors.destination(done.request.destination, PASSWORD).folders()
    names = {folder.id: folder.name for folder in there}
    assert [names[folder.parent_id or ""] for folder in there if folder.name == "Atlas"] == ["Clients"]


def test_a_folder_that_its_owner_took_back_stays_as_they_named_it(small_world: World, user: Owner) -> None:
    """Set aside by a process that died, fetched from Deleted Items, renamed and used: it is theirs now."""
    done = small_world.migrate()
    real = halted_before_folders(small_world)
    with pytest.raises(HaltedError):
        small_world.roll_back(done.task_id)
    small_world.connectors.destination = real  # type: ignore[method-assign]  # as it was
    atlas = user.folder("Deleted Items", "Atlas")
    atlas.move(user.account.inbox)
    atlas = user.folder("Inbox", "Atlas")
    atlas.name = "Atlas 2026"
    atlas.save(update_fields=["name"])
    user.write(atlas, "mine")

    small_world.roll_back(done.task_id)

    assert small_world.subjects() == [(("Inbox", "Atlas 2026"), "mine")]
    assert "filed into it" not in kept_folders(small_world, done)["Atlas 2026"]


@pytest.mark.parametrize(("operation", "nth"), [("DeleteItem", 1), ("DeleteItem", 2), ("DeleteFolder", 1)])
def test_a_task_that_counted_on_the_items_is_told_of_a_rollback_that_stopped_half_way(
    small_world: World, operation: str, nth: int
) -> None:
    """What is gone is gone, whether the rollback is ever finished or not."""
    action: Action = "items" if operation == "DeleteItem" else "fault"
    first = small_world.migrate()
    second = small_world.migrate()
    small_world.emulator.add_fault(
        Fault(operation=operation, nth=nth, action=action, code="ErrorAccountDisabled", positions=range(25))
    )

    with suppress(FatalError):
        small_world.roll_back(first.task_id)

    left = small_world.engine.store.load(first.task_id)
    assert left.state is State.ROLLBACK_STOPPED
    assert left.rollback is not None
    gone = 100 - len(small_world.subjects())
    assert gone == left.rollback.removed > 0
    assert small_world.engine.store.load(second.task_id).taken_away == {first.task_id: gone}


def test_a_task_that_is_forgotten_at_that_moment_does_not_stop_a_rollback(small_world: World) -> None:
    """Whoever counted on the items and is gone need not be told."""
    first = small_world.migrate()
    second = small_world.migrate()
    store = small_world.engine.store
    seen: list[str] = []

    class Forgetful:
        """The store, in which that task is forgotten as soon as the rollback has read of it."""

        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

        def of_mailbox(self, mailbox: str) -> list[Migration]:
            found = store.of_mailbox(mailbox)
            now = store.load(first.task_id)
            if now.state is State.ROLLING_BACK and not store.held(f"migration:{second.task_id}") and not seen:
                seen.append("forgotten")
                store.forget(second.task_id)
            return found

    small_world.engine = replace(small_world.engine, store=Forgetful())  # type: ignore[arg-type]  # as the store
    back = small_world.roll_back(first.task_id)

    assert seen
    assert back.state is State.ROLLED_BACK


def test_a_rollback_that_is_told_to_go_while_it_waits_leaves_nobody_waiting(small_world: World) -> None:
    """Its record would say for ever that it waits for another task, and would not hear what that one takes away."""
    first = small_world.migrate()
    second = small_world.migrate()
    store, halt = small_world.engine.store, Halt()
    lease = store.acquire(mailbox_lease(first.mailbox or ""), holder=first.task_id)
    assert isinstance(lease, Lease)

    def tell(record: Migration) -> None:
        if record.waits_for:
            halt.set()

    with lease, pytest.raises(HaltedError):
        roll_back(small_world.engine.with_hooks(on_saved(tell)), second.task_id, halt=halt)

    left = store.load(second.task_id)
    assert (left.state, left.waits_for, left.stage) == (State.COMPLETED, None, "")


def test_a_finished_task_that_waits_to_be_rolled_back_is_told_what_it_lost(small_world: World) -> None:
    """It looked long ago, and its own rollback may never come about."""
    first = small_world.migrate()
    second = small_world.migrate()
    small_world.engine.store.save(replace(second, waits_for=first.task_id, stage=f"waiting for task {first.task_id}"))

    small_world.roll_back(first.task_id)

    assert small_world.engine.store.load(second.task_id).taken_away == {first.task_id: 100}


def test_forgetting_a_rollback_that_stopped_names_no_time_that_is_over(small_world: World) -> None:
    """It can be finished for good, so the question before it is forgotten says no moment."""
    from terminal.steering import run_forget
    from terminal.usage import UsageError

    done = small_world.migrate()
    small_world.emulator.add_fault(Fault(operation="DeleteFolder", nth=1, action="fault", code="ErrorAccountDisabled"))
    with suppress(FatalError):
        small_world.roll_back(done.task_id)
    said = StringIO()

    with suppress(UsageError, OSError):
        run_forget(session(small_world.engine, said), done.task_id, yes=False)

    assert "can still be rolled back. Once it is forgotten, it cannot." in said.getvalue()
