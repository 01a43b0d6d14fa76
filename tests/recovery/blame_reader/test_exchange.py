"""A destination's odd answers: what its owner reads of them, and what they cost."""

from __future__ import annotations

import pytest

from emulators.exchange import Fault
from engine.migration import State
from engine.ports import SourceFolder
from tests.recovery.hard_servers.test_hard_destinations import migrated
from tests.servers.memory_source import MemorySource, mail
from tests.servers.world import PASSWORD, World

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
        try:
            destination.folder(destination.top)  # type: ignore[attr-defined]
        except Exception:  # noqa: BLE001, S110 - what it means is not the point
            pass
        at.emulator.clear_faults()
    held = len(at.emulator._server._open)       # connections at the server
    destination.close()

    assert held <= 3


@pytest.mark.parametrize("code", ["ErrorCreateItemAccessDenied", "ErrorAccessDenied"])
def test_a_canary_that_is_refused_for_its_folder_does_not_stop_a_destination_that_takes_mail(
    at: World, code: str
) -> None:
    """Deleted Items may not be written to; mail goes elsewhere, and ninety messages went there before."""
    holds(at, *(f"good {n}" for n in range(90)), *(f"poison {n}" for n in range(60)), *(f"late {n}" for n in range(90)))
    at.emulator.add_fault(Fault(operation="CreateItem", action="items", containing="OMM check", code=code))
    at.emulator.add_fault(
        Fault(operation="CreateItem", action="items", containing="Subject: poison", code="ErrorMimeContentInvalid")
    )

    done = migrated(at)

    counts = at.counts(done)
    assert (done.state, counts.copied, counts.failed) == (State.COMPLETED, 180, 60), done.attention


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
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415
    from email.utils import format_datetime  # noqa: PLC0415

    from engine.errors import FatalError, RetryableError  # noqa: PLC0415

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
def test_a_folder_that_was_made_a_moment_ago_and_is_not_known_everywhere_yet(at: World, code: str) -> None:
    """Another front end has not heard of the new folder when its first messages come; the folder is there."""
    holds(at, *(f"good {n}" for n in range(60)))
    at.emulator.add_fault(Fault(operation="CreateItem", nth=1, action="items", positions=range(50), code=code))

    done = migrated(at)

    counts = at.counts(done)
    named = [f.reason for f in at.engine.store.reported(done.task_id).failures][:1]
    assert (counts.copied, counts.failed) == (60, 0), named
