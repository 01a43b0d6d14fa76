"""A destination's odd answers to one request: what its owner reads of them, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from emulators.exchange import Fault
from engine.errors import Cause, FatalError, RefusedError, RetryableError
from engine.migration.account import Account
from engine.migration.record import State
from engine.ports.destination import Destination, DestinationFolder
from engine.ports.items import Outcome, Tagged, Verdict
from engine.ports.source import Role, SourceFolder
from tests.recovery.hard_servers.test_hard_destinations import at, emulator_world, migrated
from tests.servers.memory.source import MemorySource, mail
from tests.servers.world import PASSWORD, World

__all__ = ["at", "emulator_world"]

INBOX = SourceFolder(("Clients",), "Clients")


def holds(at: World, *subjects: str) -> None:
    at.connectors.sources[at.address] = MemorySource({INBOX: [mail(subject) for subject in subjects]})


@pytest.mark.parametrize("status", [413, 507])
def test_a_server_that_has_no_room_does_not_call_our_small_message_too_large(at: World, status: int) -> None:
    """507 is "Insufficient Storage": what is said of a canary of 400 bytes cannot be its size."""
    holds(at, "one", "two")
    at.emulator.add_fault(Fault(operation="CreateItem", action="status", status=status))

    stopped = migrated(at)

    words = stopped.attention.words if stopped.attention else ""
    assert stopped.state is State.NEEDS_ATTENTION
    assert "larger than" not in words, words


def test_answers_of_403_leave_no_connections_behind(at: World) -> None:
    """A filter before the server answers 403 now and then: the pool does not grow by one each time."""
    destination = at.connectors.destination(at.request(at.address).destination, PASSWORD)
    destination.probe()
    for _ in range(20):
        at.emulator.add_fault(Fault(operation="GetFolder", nth=1, action="status", status=403))
        with suppress(RetryableError):
            destination.folder(destination.top)  # type: ignore[attr-defined]
        at.emulator.clear_faults()
    held = len(at.emulator._server._open)       # connections at the server
    destination.close()

    assert held <= 3


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.FATAL])
def test_a_canary_is_tried_elsewhere_where_deleted_items_takes_none(
    at: World, monkeypatch: pytest.MonkeyPatch, verdict: Verdict
) -> None:
    """Deleted Items may not be written to: sixty refused messages are named, and all others arrive."""
    denied = FatalError("Denied.", cause=Cause.FORBIDDEN) if verdict is Verdict.FATAL else RefusedError("denied")
    opened = at.connectors.destination

    def destination(account: Account, password: str) -> Destination:
        found = opened(account, password)
        create = found.create

        def refusing(folder_id: str, messages: Sequence[Tagged]) -> list[Outcome]:
            roles = {folder.id: folder.role for folder in found.folders()}
            if roles[folder_id] is Role.DELETED:
                return [Outcome(verdict, error=denied)] * len(messages)
            return create(folder_id, messages)
        monkeypatch.setattr(found, "create", refusing)
        return found
    monkeypatch.setattr(at.connectors, "destination", destination)
    holds(at, *(f"poison {n}" for n in range(60)), *(f"good {n}" for n in range(90)))
    at.emulator.add_fault(
        Fault(operation="CreateItem", action="items", containing="Subject: poison", code="ErrorMimeContentInvalid")
    )

    done = migrated(at)

    counts = at.counts(done)
    assert (done.state, counts.copied, counts.failed) == (State.COMPLETED, 90, 60), done.attention


@pytest.mark.parametrize("place", ["items", "fault"])
def test_a_folder_that_may_not_be_made_costs_no_other_its_mail(at: World, place: str) -> None:
    """One parent does not take folders of this account; all others do."""
    at.connectors.sources[at.address] = MemorySource({
        SourceFolder(("Shared", "Plans"), "p"): [mail("plan")], SourceFolder(("Own",), "o"): [mail("own")],
        SourceFolder(("Inbox",), "i"): [mail("in")],
    })
    denied = Fault(operation="CreateFolder", nth=2, action=place, positions=[0], code="ErrorAccessDenied")  # type: ignore[arg-type]
    at.emulator.add_fault(denied)

    done = migrated(at)

    assert done.state is State.COMPLETED, done.attention
    assert at.counts(done).copied >= 2


def test_a_pause_that_is_named_as_a_date_is_kept(at: World) -> None:
    """Retry-After may be a date (RFC 9110 10.2.3); whoever asks earlier is kept out for longer."""
    destination = at.connectors.destination(at.request(at.address).destination, PASSWORD)
    destination.probe()
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=120), usegmt=True)
    at.emulator.add_fault(Fault(operation="GetFolder", action="status", status=429, headers={"Retry-After": until}))
    with pytest.raises(RetryableError) as busy:
        destination.folder(destination.top)
    destination.close()

    assert not isinstance(busy.value, FatalError)
    assert busy.value.back_off is not None
    assert 100 <= busy.value.back_off <= 121


@pytest.mark.parametrize("code", ["ErrorFolderNotFound", "ErrorItemNotFound", "ErrorParentFolderNotFound"])
def test_a_folder_that_is_not_known_everywhere_yet_costs_no_message(at: World, code: str) -> None:
    """Another front end has not heard of the new folder when its first messages come: they are sent once more."""
    holds(at, *(f"good {n}" for n in range(60)))
    at.emulator.add_fault(Fault(operation="CreateItem", nth=1, action="items", positions=range(50), code=code))

    done = migrated(at)

    counts = at.counts(done)
    named = [f.reason for f in at.engine.store.reported(done.task_id).failures][:1]
    assert (counts.copied, counts.failed) == (60, 0), named


def test_a_folder_that_may_never_be_made_is_named_with_its_mail(at: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account has no right to one of the places: what belongs there is named, and all else arrives."""
    denied = FatalError("Denied.", cause=Cause.FORBIDDEN)
    opened = at.connectors.destination

    def destination(account: Account, password: str) -> Destination:
        found = opened(account, password)
        several, one = found.create_folders, found.create_folder

        def create_folders(parent_id: str, new: Sequence[tuple[str, str]], **of: str) -> list[Outcome]:
            if new[0][0] == "Plans":
                return [Outcome(Verdict.FATAL, error=denied)] * len(new)
            return several(parent_id, new, **of)

        def create_folder(parent_id: str, name: str, tag: str, **of: str) -> DestinationFolder:
            if name == "Plans":
                raise denied
            return one(parent_id, name, tag, **of)
        monkeypatch.setattr(found, "create_folders", create_folders)
        monkeypatch.setattr(found, "create_folder", create_folder)
        return found
    monkeypatch.setattr(at.connectors, "destination", destination)
    at.connectors.sources[at.address] = MemorySource({
        SourceFolder(("Shared", "Plans"), "p"): [mail("plan")], SourceFolder(("Own",), "o"): [mail("own")],
    })

    done = migrated(at)

    counts = at.counts(done)
    assert (done.state, counts.copied, counts.failed) == (State.COMPLETED, 1, 1), done.attention
