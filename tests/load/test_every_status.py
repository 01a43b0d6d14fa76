"""HTTP statuses before a run, in its middle and after it, through the whole engine: counts and bytes are asserted.

A small mailbox a migration, one emulator for all, and waits that are short.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from emulators.exchange import Fault
from engine.errors import Side, SignInError
from engine.migration.forwards import keep_secrets
from engine.migration.record import Migration, State
from tests.load.test_every_code import quick_world, with_a_mailbox
from tests.recovery.hard_servers.conftest import Moved, said
from tests.recovery.hard_servers.test_hard_destinations import STATUSES
from tests.servers.outcomes import table
from tests.servers.world import PASSWORD, World

DOCUMENT = table("reliability", "odd statuses")
NOTHING_DONE = (400, 413, 429, 507)      # what a web server says before anybody has seen the request
PHASES = {          # of a run: which of its requests is answered so, and whether that was carried out
    "before": Fault(nth=1, action="status"),                                            # its first request
    "in the middle": Fault(operation="CreateItem", nth=2, action="status"),
    "in the middle, carried out": Fault(operation="CreateItem", nth=2, when="after", action="status"),
    "after": Fault(operation="SyncFolderItems", nth=1, action="status"),                # the proof at its end
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One emulator for all statuses."""
    with pytest.MonkeyPatch.context() as patch:
        yield from quick_world(patch, tmp_path_factory.mktemp("statuses"))


def told(shared: World, status: int, phase: str) -> str:
    """What becomes of the mail when one request of a run is answered so; asserts that nothing is lost or doubled."""
    at = with_a_mailbox(shared)
    at.emulator.add_fault(replaced(PHASES[phase], status))
    first = at.migrate(at.address)
    words = said(Moved(at, first))
    done = first
    if first.state is not State.COMPLETED:
        keep_secrets(at.engine, first.task_id, {Side.SOURCE: "-", Side.DESTINATION: PASSWORD})   # typed once more
        done = at.run(first.task_id)
    assert_whole(at, done)
    return words.replace(at.address, "claire@example.org")


def replaced(fault: Fault, status: int) -> Fault:
    """That fault with the status."""
    return Fault(operation=fault.operation, nth=fault.nth, when=fault.when, action="status", status=status)


def assert_whole(at: World, done: Migration) -> None:
    """Each message of the source is there once, byte for byte, and counted; nothing is named or in doubt."""
    held = Counter(kept.mime for folder in at.connectors.sources[at.address].folders.values() for kept in folder)
    counts = at.counts(done)
    assert done.state is State.COMPLETED, done.attention
    assert (counts.found, counts.copied, counts.failed) == (held.total(), held.total(), 0)
    assert Counter(message.mime for message in at.messages()) == held
    assert list(at.engine.store.reported(done.task_id).failures) == []
    assert at.engine.store.opened(done.task_id) == {}


def row(outcomes: dict[str, str]) -> str:
    """The phases' outcomes in one cell."""
    first, *later = outcomes.values()
    if set(later) == {first}:
        return first
    if len(set(later)) == 1:
        return f"As the first answer: {first} Later: {later[0]}"
    return " ".join(f"{phase.capitalize()}: {outcome}" for phase, outcome in outcomes.items())


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_before_in_the_middle_of_and_after_a_run(shared: World, status: int) -> None:
    """It costs nothing, or stops the task with a cause; resumed, the task ends with everything there once."""
    phases = [phase for phase in PHASES if status not in NOTHING_DONE or "carried out" not in phase]
    outcomes = {phase: told(shared, status, phase) for phase in phases}

    DOCUMENT.saw(f"answers {status}", row(outcomes))


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_in_the_middle_of_a_rollback(shared: World, status: int) -> None:
    """However the first removal is answered, and whether it was carried out or not: in the end nothing is left."""
    for when in ("before",) if status in NOTHING_DONE else ("before", "after"):
        at = with_a_mailbox(shared)
        done = at.migrate(at.address)
        at.emulator.add_fault(
            Fault(operation="DeleteItem", nth=1, when=when, action="status", status=status),  # type: ignore[arg-type]
        )
        try:
            back = at.roll_back(done.task_id)
        except SignInError:
            assert status == 401, when
            at.give_password(done.task_id, PASSWORD)
            back = at.roll_back(done.task_id)
        assert back.state is State.ROLLED_BACK, (when, back.attention)
        assert at.messages() == [], when


def test_the_document_is_about_these_statuses() -> None:
    """No row of the document is without a test."""
    DOCUMENT.holds_only(f"answers {status}" for status in STATUSES)
