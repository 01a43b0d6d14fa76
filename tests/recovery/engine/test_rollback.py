"""A rollback takes back what the migration brought, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.clock import utc_now
from engine.errors import InLineError, InputError, RefusedError, SignInError
from engine.hooks import on_saved
from engine.migration.back import preview, roll_back
from engine.migration.record import Migration, State
from engine.migration.steering import pause
from engine.migration.visit import mailbox_lease
from engine.pace.halt import Halt
from engine.ports.destination import Destination
from engine.ports.items import Marks, Outcome, Verdict
from engine.ports.source import Role, SourceFolder
from engine.store.lease import Lease
from tests.recovery.engine.conftest import CLIENTS
from tests.servers.memory.source import Kept, MemorySource, mail
from tests.servers.owner import Owner, owner
from tests.servers.processes.time_travel import ago
from tests.servers.world import ADDRESS, PASSWORD, World, interpose

DRAFTS = SourceFolder(("Drafts",), "Drafts", Role.DRAFTS)


@pytest.fixture
def user(small_world: World) -> Iterator[Owner]:
    with owner(small_world.emulator.url, ADDRESS, PASSWORD) as found:
        yield found


def test_a_rollback_leaves_no_trace(small_world: World) -> None:
    """After a rollback the whole store is as it was, but for ids, change keys and the dumpster."""
    before = small_world.emulator.dump()
    done = small_world.migrate()
    between = small_world.emulator.dump()

    back = small_world.roll_back(done.task_id)

    assert back.state is State.ROLLED_BACK
    assert back.rollback is not None
    assert (back.rollback.removed, back.rollback.folders_removed) == (100, 2)
    assert between != before
    assert small_world.emulator.dump() == before


def test_a_second_rollback_does_nothing(small_world: World) -> None:
    """Rolling back what was rolled back sends no request at all."""
    done = small_world.migrate()
    small_world.roll_back(done.task_id)
    requests = len(small_world.emulator.requests)

    back = small_world.roll_back(done.task_id)

    assert back.state is State.ROLLED_BACK
    assert len(small_world.emulator.requests) == requests


def test_what_is_the_owners_stays(small_world: World, user: Owner) -> None:
    """Own messages, a copy of a migrated message and a folder that was filled stay; a moved message is removed."""
    user.write(user.folder("Inbox"), "my own")
    done = small_world.migrate()
    clients = user.folder("Clients")
    user.one(clients, "client 1").copy(user.account.sent)
    user.write(clients, "mine in your folder")
    user.one(clients, "client 2").move(user.account.sent)
    user.one(clients, "client 3").move_to_trash()

    back = small_world.roll_back(done.task_id)

    assert back.rollback is not None
    assert back.rollback.removed == 100
    assert small_world.subjects() == [
        (("Clients",), "mine in your folder"), (("Inbox",), "my own"), (("Sent Items",), "client 1"),
    ]


def test_the_preview_counts_and_changes_nothing(small_world: World) -> None:
    """The preview says what a rollback would remove and which later task counts on it."""
    first = small_world.migrate()
    second = small_world.migrate()
    before = small_world.emulator.dump()

    seen = preview(small_world.engine, first.task_id)

    assert (seen.items, seen.kept, seen.folders) == (100, 0, 2)
    assert seen.counting_on_it == (second.task_id,)
    assert small_world.emulator.dump() == before
    assert small_world.engine.store.load(first.task_id).state is State.COMPLETED


def test_only_this_tasks_items_go(small_world: World, source: MemorySource) -> None:
    """Rolling back a second task leaves what the first one brought."""
    small_world.migrate()
    source.folders[CLIENTS].append(mail("late"))
    second = small_world.migrate()

    small_world.roll_back(second.task_id)

    assert len(small_world.subjects()) == 100
    assert "late" not in {s for _, s in small_world.subjects()}


def test_an_edited_draft_stays_and_is_named(
    small_world: World, source: MemorySource, user: Owner, tmp_path: Path
) -> None:
    """A migrated draft that its owner went on with is kept and named; asked to, the rollback discards it too."""
    source.folders[DRAFTS] = [Kept(mail(name).mime, marks=Marks(draft=True)) for name in ("letter", "note")]
    done = small_world.migrate()
    ago(small_world, done.task_id, tmp_path / "exchange.sqlite", seconds=120)
    draft = user.one(user.account.drafts, "letter")
    draft.subject = "letter, second version"
    draft.save(update_fields=["subject"])

    kept = preview(small_world.engine, done.task_id)
    back = small_world.roll_back(done.task_id)

    assert (kept.items, kept.kept) == (101, 1)
    assert back.rollback is not None
    assert back.rollback.kept == 1
    assert small_world.subjects() == [(("Drafts",), "letter, second version")]
    (failure,) = [f for f in small_world.engine.store.reported(done.task_id).failures if f.outcome == "kept"]
    assert failure.item == "letter, second version"


def test_what_the_destination_does_not_remove_is_named(small_world: World) -> None:
    """Refused for one item, or whole because of it: all others go, and it stays with a reason in the report."""
    done = small_world.migrate()
    kept: list[str] = []

    def refused(inner: Destination, ids: Sequence[str]) -> list[Outcome]:
        kept[:] = kept or [ids[0]]
        if kept[0] not in ids:
            return inner.delete(ids)
        error = RefusedError("it is on hold")
        return [Outcome(Verdict.SPLIT if len(ids) > 1 else Verdict.REFUSED, error=error)] * len(ids)

    interpose(small_world, delete=refused)
    back = small_world.roll_back(done.task_id)

    assert back.rollback is not None
    assert (back.rollback.removed, back.rollback.kept) == (99, 1)
    ((_, subject),) = small_world.subjects()
    named = small_world.engine.store.reported(done.task_id).failures
    (failure,) = [f for f in named if f.outcome == "kept" and f.item != "(the folder itself)"]
    assert (failure.item, failure.reason) == (subject, "the destination does not remove it: it is on hold")


def test_what_was_sent_last_is_waited_for(small_world: World) -> None:
    """Paused while the destination held a request: what that one brings within the grace is removed as well."""
    before = small_world.emulator.dump()
    small_world.connectors.shortest_deadline = 1.0
    small_world.engine = replace(small_world.engine, grace=4.0)
    small_world.emulator.add_fault(Fault(operation="CreateItem", nth=1, when="before", action="hold", name="late"))
    task, halt = small_world.begin(), Halt()
    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(small_world.run, task.task_id, halt)
        assert small_world.emulator.wait_held("late", 90)
        pause(small_world.engine, task.task_id)
        assert running.result(90).state is State.PAUSED
        assert small_world.engine.store.opened(task.task_id)
        stages: list[str] = []

        def tell(record: Migration) -> None:
            if record.stage == "checking whether what was sent last has arrived" and record.stage not in stages:
                small_world.emulator.release("late")
            stages.append(record.stage)

        roll_back(small_world.engine.with_hooks(on_saved(tell)), task.task_id, halt=Halt())

    assert "checking whether what was sent last has arrived" in stages
    assert small_world.emulator.dump() == before


def test_a_mailbox_that_is_busy_leaves_the_record_alone(small_world: World) -> None:
    """Who looks what a rollback would do while another task is in the mailbox is told so, and nothing else changes."""
    done = small_world.migrate()
    there = small_world.engine.store.load(done.task_id)
    lease = small_world.engine.store.acquire(mailbox_lease(done.mailbox or ""), holder="7K2F-9QXD")
    assert isinstance(lease, Lease)

    with lease, pytest.raises(InLineError, match="7K2F-9QXD"):
        preview(replace(small_world.engine, in_line=0.1), done.task_id)

    assert small_world.engine.store.load(done.task_id) == there


def test_a_refused_password_counts(small_world: World) -> None:
    """After three looks with a wrong password the fourth is not sent: nobody is locked out of their account."""
    done = small_world.migrate()
    small_world.emulator.change_password(ADDRESS, "another one")
    for _ in range(3):
        with pytest.raises(SignInError, match="refused"):
            preview(small_world.engine, done.task_id)
    refused = len(small_world.emulator.sign_ins)

    with pytest.raises(SignInError, match="refused the password 3 times in ten minutes"):
        preview(small_world.engine, done.task_id)

    assert len(small_world.emulator.sign_ins) == refused


@pytest.mark.parametrize("fault", [
    Fault(operation="DeleteItem", when="after", action="drop", nth=1),
    Fault(operation="DeleteItem", when="before", action="drop", nth=1),
    Fault(operation="DeleteItem", when="after", action="truncate", nth=1),
    Fault(operation="DeleteItem", action="items", positions=[0, 3], code="ErrorServerBusy", nth=1),
    Fault(operation="DeleteFolder", when="after", action="drop", nth=1),
    Fault(operation="SyncFolderItems", when="after", action="cut", nth=3),
])
def test_faults_do_not_stop_a_rollback(small_world: World, fault: Fault) -> None:
    """A rollback whose requests or answers get lost ends with the store as it was."""
    before = small_world.emulator.dump()
    done = small_world.migrate()
    small_world.emulator.add_fault(fault)

    back = small_world.roll_back(done.task_id)

    assert back.state is State.ROLLED_BACK
    assert small_world.emulator.dump() == before


def test_after_48_hours_it_is_too_late(small_world: World) -> None:
    """The window ends 48 hours after the migration ended, and says so."""
    done = small_world.migrate()
    late = replace(small_world.engine, clock=lambda: utc_now() + timedelta(hours=48, minutes=1))

    with pytest.raises(InputError, match="48 hours"):
        preview(late, done.task_id)


def test_a_paused_migration_can_be_rolled_back(small_world: World, source: MemorySource) -> None:
    """What a migration brought before it stopped can be taken back, too."""
    before = small_world.emulator.dump()
    small_world.emulator.add_fault(Fault(operation="CreateItem", nth=2, action="fault", code="ErrorNonExistentMailbox"))
    stopped = small_world.migrate()

    back = small_world.roll_back(stopped.task_id)

    assert stopped.state is State.NEEDS_ATTENTION
    assert back.state is State.ROLLED_BACK
    assert small_world.emulator.dump() == before
