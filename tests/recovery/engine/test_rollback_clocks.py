"""A rollback knows when the task worked, by the clock that dates the mailbox's items, and says what it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.clock import utc_now
from engine.errors import FatalError
from engine.migration.back import preview
from engine.migration.record import Migration, State
from engine.migration.steering import pause
from engine.ports.items import Marks
from engine.ports.source import Role, SourceFolder
from engine.store.facts import WINDOW_END
from tests.recovery.engine.conftest import EXPECTED
from tests.recovery.engine.test_looks_wrong import empty
from tests.servers.memory.source import Kept, MemorySource, mail
from tests.servers.owner import Owner, owner
from tests.servers.processes.time_travel import ago
from tests.servers.world import ADDRESS, PASSWORD, World

DRAFTS = SourceFolder(("Drafts",), "Drafts", Role.DRAFTS)
TEN_MINUTES = 600


@pytest.fixture
def user(small_world: World) -> Iterator[Owner]:
    with owner(small_world.emulator.url, ADDRESS, PASSWORD) as found:
        yield found


def killed(world: World, task: Migration) -> Migration:
    """The same task as a process left it that was killed at the end of its step: no end of the window is noted."""
    left = replace(task, state=State.RUNNING, ended=None)
    world.engine.store.save(left)
    world.engine.store.remember(task.task_id, WINDOW_END, "")
    return left


def kept(world: World, task: Migration) -> list[tuple[str, str]]:
    """What the report names as kept, with the reason."""
    report = world.engine.store.reported(task.task_id)
    return [(failure.item, failure.reason) for failure in report.failures if failure.outcome == "kept"]


def edit(user: Owner, subject: str) -> None:
    draft = user.one(user.account.drafts, subject)
    draft.subject = f"{subject}, second version"
    draft.save(update_fields=["subject"])


@pytest.mark.parametrize("ahead", [-180, -4000, 180])
def test_a_mailbox_whose_clock_differs_is_rolled_back(small_world: World, ahead: int) -> None:
    """Items are dated by another clock than the one in the Date header; all of them go."""
    small_world.emulator.configure(mailbox_ahead_s=ahead)
    done = small_world.migrate()

    back = small_world.roll_back(done.task_id)

    assert small_world.subjects() == []
    assert back.rollback is not None
    assert (back.rollback.found, back.rollback.removed) == (100, 100)


def test_what_is_not_recognised_is_not_called_rolled_back(small_world: World, tmp_path: Path) -> None:
    """Items of the task that seem to be of another time stay, are named, and a person is told."""
    done = small_world.migrate()
    ago(small_world, done.task_id, tmp_path / "exchange.sqlite", seconds=TEN_MINUTES)
    for fact in ("window start", "window end"):
        small_world.engine.store.remember(done.task_id, fact, utc_now().isoformat())

    with suppress(FatalError):
        small_world.roll_back(done.task_id)
    left = small_world.engine.store.load(done.task_id)

    assert left.state is State.COMPLETED
    assert left.attention is not None
    assert "OMM recognises none of them for sure" in left.attention.words
    assert len(kept(small_world, done)) == 100
    assert small_world.subjects() == EXPECTED


def test_an_emptied_mailbox_is_not_called_rolled_back(small_world: World) -> None:
    """Nothing of what was copied is to be seen: that is said, with what it may mean."""
    done = small_world.migrate()
    empty(small_world)

    with suppress(FatalError):
        small_world.roll_back(done.task_id)
    left = small_world.engine.store.load(done.task_id)

    assert left.state is State.COMPLETED
    assert left.attention is not None
    assert "none of them is in the mailbox now" in left.attention.words


def test_a_look_at_an_emptied_mailbox_says_so(small_world: World) -> None:
    """Before anybody agrees to anything."""
    done = small_world.migrate()
    empty(small_world)

    with pytest.raises(FatalError, match="none of them is in the mailbox now"):
        preview(small_world.engine, done.task_id)


def test_a_task_that_copied_nothing_is_closed(small_world: World) -> None:
    """A second run that found everything there has nothing to take back."""
    small_world.migrate()
    second = small_world.migrate()

    back = small_world.roll_back(second.task_id)

    assert back.state is State.ROLLED_BACK
    assert small_world.subjects() == EXPECTED


@pytest.mark.parametrize("dies", [False, True])
def test_a_copy_made_after_the_end_stays_and_is_named(
    small_world: World, user: Owner, tmp_path: Path, dies: bool
) -> None:
    """A mail program moves by copying and removing: the copy is its owner's, also when the task's end is not noted."""
    done = small_world.migrate()
    if dies:
        killed(small_world, done)
    ago(small_world, done.task_id, tmp_path / "exchange.sqlite", seconds=TEN_MINUTES)
    message = user.one(user.folder("Clients"), "client 1")
    message.copy(user.account.sent)
    message.delete()

    back = small_world.roll_back(done.task_id)

    assert small_world.subjects() == [(("Sent Items",), "client 1")]
    ((item, reason),) = kept(small_world, done)
    assert item == "client 1"
    assert "made after the migration had stopped" in reason
    assert back.rollback is not None
    assert (back.rollback.found, back.rollback.removed, back.rollback.kept) == (100, 99, 1)


def test_a_draft_edited_long_after_a_kill_stays(
    small_world: World, source: MemorySource, user: Owner, tmp_path: Path
) -> None:
    """A killed process notes no end of its work: it ended with the last that it wrote."""
    source.folders[DRAFTS] = [Kept(mail("letter").mime, marks=Marks(draft=True))]
    done = small_world.migrate()
    killed(small_world, done)
    ago(small_world, done.task_id, tmp_path / "exchange.sqlite", seconds=TEN_MINUTES)
    edit(user, "letter")

    small_world.roll_back(done.task_id)

    assert small_world.subjects() == [(("Drafts",), "letter, second version")]


def test_a_machine_whose_clock_is_ahead_takes_no_draft_along(
    small_world: World, source: MemorySource, user: Owner, tmp_path: Path
) -> None:
    """What it notes when it pauses a task that was killed is never compared with the destination's times."""
    source.folders[DRAFTS] = [Kept(mail("letter").mime, marks=Marks(draft=True))]
    done = small_world.migrate()
    killed(small_world, done)
    pause(replace(small_world.engine, clock=lambda: utc_now() + timedelta(hours=1)), done.task_id)
    ago(small_world, done.task_id, tmp_path / "exchange.sqlite", seconds=TEN_MINUTES)
    edit(user, "letter")

    small_world.roll_back(done.task_id)

    assert small_world.subjects() == [(("Drafts",), "letter, second version")]
