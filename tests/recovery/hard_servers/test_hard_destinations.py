"""Odd answers of a destination, one at a time and through the whole engine: everything arrives once, or is named."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from emulators.exchange import Fault
from engine.errors import Cause, FatalError, Side
from engine.migration.forwards import keep_secrets
from engine.migration.record import Migration, State
from engine.pace import gate, repeat
from engine.ports.source import SourceFolder
from tests.servers.memory.source import MemorySource, mail
from tests.servers.world import PASSWORD, World, world

STATUSES = (301, 302, 400, 401, 402, 403, 404, 405, 406, 408, 410, 413, 418, 429, 440, 451, 456, 500, 501, 502, 503,
            504, 507, 999)
NOT_EXCHANGE = (301, 302, 400, 402, 404, 405, 406, 410, 418, 451, 501, 999)
CODES = {       # one a meaning
    "unsure": "ErrorRequestAborted", "busy": "ErrorNotEnoughMemory",
    "gone": "ErrorItemNotFound", "no folder": "ErrorFolderNotFound", "state lost": "ErrorInvalidSyncStateData",
    "refused": "ErrorCorruptData", "strange": "ErrorSubscriptionNotFound", "unheard of": "ErrorVoiceMailNotImplemented",
}
NAMED = ("gone", "no folder", "state lost", "refused")     # what stays refused, of an item that is there
NOT_TAKEN = ("state lost", "refused")       # of a new one: its folder may only be too new to be known everywhere
_numbers = itertools.count(1)


FOLDERS = 10        # with two messages each: more than there are codes, so that each answer is to another batch
MANY = 24           # and than there are statuses


@pytest.fixture(scope="module")
def emulator_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One emulator for all cases; each has a mailbox of its own."""
    with world(tmp_path_factory.mktemp("odd"), {}, grace=0.05) as built:
        built.emulator.configure(auth=("basic",))
        yield built


@pytest.fixture
def at(emulator_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A fresh mailbox, messages in many folders for it, and waits that are short."""
    monkeypatch.setattr(gate, "FIRST_BACK_OFF", 0.01)
    monkeypatch.setattr(gate, "LONGEST_BACK_OFF", 0.05)
    monkeypatch.setattr(repeat, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(repeat, "LONGEST_WAIT", 0.05)
    address = f"user{next(_numbers)}@example.org"
    emulator_world.emulator.add_mailbox(address, password=PASSWORD)
    built = replace(emulator_world, address=address)
    holds(built, FOLDERS)
    built.engine = replace(built.engine, patience=20.0)
    yield built
    built.emulator.clear_faults()


def holds(at: World, folders: int) -> None:
    """Mail at the source: two messages in each folder."""
    at.connectors.sources[at.address] = MemorySource({
        SourceFolder((f"F{n}",), f"F{n}"): [mail(f"{n} first"), mail(f"{n} second")] for n in range(folders)
    })


def held(folders: int = FOLDERS) -> list[str]:
    """The subjects of that mail."""
    return sorted(f"{n} {which}" for n in range(folders) for which in ("first", "second"))


def migrated(at: World) -> Migration:
    return at.migrate(at.address)


def hits(at: World, operation: str, *faults: Fault) -> None:
    """Each of the faults, at one request after the other."""
    for nth, fault in enumerate(faults, 1):
        at.emulator.add_fault(replace(fault, operation=operation, nth=nth))


def assert_whole(at: World, done: Migration, folders: int = FOLDERS) -> None:
    """Everything arrived, each message once."""
    assert done.state is State.COMPLETED, done.attention
    counts = at.counts(done)
    assert (counts.found, counts.copied) == (2 * folders, 2 * folders)
    assert sorted(message.mime for message in at.messages()) == sorted(mail(subject).mime for subject in held(folders))


def subjects(at: World) -> list[str]:
    """What is there, wherever: a folder whose name was refused has another."""
    return sorted(subject for _, subject in at.subjects())


def assert_rolled_back(at: World, task_id: str) -> None:
    """Everything that was brought is gone."""
    back = at.roll_back(task_id)

    assert back.state is State.ROLLED_BACK, back.attention
    assert at.messages() == []


@pytest.mark.parametrize("worked", [False, True])
def test_a_status_at_the_first_request_says_what_the_address_is(at: World, *, worked: bool) -> None:
    """Before anything has worked an odd status may mean that there is no Exchange here; never one that may pass."""
    for status in STATUSES:
        destination = at.connectors.destination(at.request(at.address).destination, PASSWORD)
        if worked:
            destination.probe()
        at.emulator.add_fault(Fault(nth=1, action="status", status=status))
        with pytest.raises(FatalError) as stopped:
            destination.probe()
        destination.close()
        at.emulator.clear_faults()

        assert (stopped.value.cause is Cause.NO_EWS) == (not worked and status in NOT_EXCHANGE), status
        assert stopped.value.cause is not Cause.REFUSALS


def test_a_first_answer_that_is_no_exchange_stops_and_once_resumed_everything_arrives(at: World) -> None:
    """A proxy that is being restarted: the owner reads which address was asked, and loses nothing by a second try."""
    at.emulator.add_fault(Fault(nth=1, action="status", status=404))

    stopped = migrated(at)
    assert stopped.attention is not None
    assert stopped.attention.cause == Cause.NO_EWS
    assert at.messages() == []
    keep_secrets(at.engine, stopped.task_id, {Side.SOURCE: "-", Side.DESTINATION: PASSWORD})      # typed once more

    assert_whole(at, at.run(stopped.task_id))


@pytest.mark.parametrize("operation", ["CreateItem", "SyncFolderItems", "CreateFolder", "DeleteItem"])
def test_twenty_odd_statuses_in_one_run_cost_nothing(at: World, operation: str) -> None:
    """Whatever request they answer, no message is lost or doubled, and nobody hears that there is no Exchange here."""
    holds(at, MANY)
    odd = [Fault(action="status", status=status) for status in STATUSES if status != 401]
    if operation != "DeleteItem":
        hits(at, operation, *odd)

    done = migrated(at)
    assert_whole(at, done, MANY)
    if operation == "DeleteItem":
        hits(at, operation, *odd)

    assert_rolled_back(at, done.task_id)


def test_a_task_that_resumes_waits_for_odd_statuses(at: World) -> None:
    """The address has led to the mailbox at an earlier visit: no first answer makes it a wrong one."""
    hits(at, "CreateItem", Fault(action="items", positions=[0], code="ErrorQuotaExceeded"))
    task = at.begin(at.address)
    assert at.run(task.task_id).state is State.NEEDS_ATTENTION
    at.emulator.clear_faults()
    hits(at, "*", *(Fault(action="status", status=status) for status in NOT_EXCHANGE))

    assert_whole(at, at.run(task.task_id))


@pytest.mark.parametrize("operation", ["CreateItem", "SyncFolderItems"])
def test_a_refused_sign_in_in_mid_run_stops_with_its_cause(at: World, operation: str) -> None:
    """401 is the password's, whatever it was an answer to."""
    at.emulator.add_fault(Fault(operation=operation, nth=1, action="status", status=401))

    stopped = migrated(at)

    assert stopped.attention is not None
    assert stopped.attention.cause == "login or password"


@pytest.mark.parametrize("place", ["items", "fault"])
@pytest.mark.parametrize(
    "operation", ["CreateItem", "CreateFolder", "SyncFolderItems", "GetFolder", "FindFolder", "GetItem"]
)
def test_a_code_of_each_meaning_loses_and_doubles_nothing(at: World, operation: str, place: str) -> None:
    """Said of an item or of the whole request: what can pass is asked again, what cannot is named, once."""
    hits(at, operation, *(Fault(action=place, positions=[0], code=code) for code in CODES.values()))  # type: ignore[arg-type]

    done = migrated(at)

    counts = at.counts(done)
    assert done.state is State.COMPLETED, done.attention
    assert counts.found == counts.settled == len(held())
    named = {f.item.partition(" (")[0] for f in at.engine.store.reported(done.task_id).failures}
    most = {"CreateItem": len(NOT_TAKEN), "CreateFolder": 2}        # what stays refused; two lie in each folder
    assert len(named) == counts.failed <= most.get(operation, 0)
    assert (operation, place) != ("CreateItem", "items") or len(named) == len(NOT_TAKEN)
    assert subjects(at) == [subject for subject in held() if subject not in named]
    assert at.engine.store.opened(done.task_id) == {}


@pytest.mark.parametrize("place", ["items", "fault"])
@pytest.mark.parametrize("operation", ["DeleteItem", "DeleteFolder", "MoveFolder", "GetFolder"])
def test_a_code_of_each_meaning_leaves_a_rollback_that_ends(at: World, operation: str, place: str) -> None:
    """What it could not remove it names; a second rollback finds only that."""
    done = migrated(at)
    codes = [code for meaning, code in CODES.items() if meaning != "gone"]      # which would be a lie
    hits(at, operation, *(Fault(action=place, positions=[0], code=code) for code in codes))  # type: ignore[arg-type]
    if operation == "MoveFolder":       # each folder comes to Deleted Items, stays there, and is moved back
        stays = Fault(action="items", positions=[0], code="ErrorCannotDeleteObject")
        for nth in range(2, 2 * FOLDERS, 2):
            at.emulator.add_fault(replace(stays, operation="DeleteFolder", nth=nth))

    before = len(at.emulator.requests)
    at.roll_back(done.task_id)
    asked = [request.operation for request in at.emulator.requests[before:]]
    named = {f.item.partition(" (")[0] for f in at.engine.store.reported(done.task_id).failures}
    left = {subject for _, subject in at.subjects()}
    at.emulator.clear_faults()

    assert operation in asked
    assert left <= named
    assert len(left) <= (len(NAMED) if operation == "DeleteItem" else 0)


@pytest.mark.parametrize("operation", ["CreateItem", "CreateFolder", "DeleteItem"])
@pytest.mark.parametrize("place", ["items", "fault"])
def test_a_full_mailbox_stops_whatever_was_asked(at: World, operation: str, place: str) -> None:
    """A person must make room; afterwards the same task ends well."""
    fault = Fault(operation=operation, nth=1, action=place, positions=[0], code="ErrorQuotaExceeded")  # type: ignore[arg-type]
    task = at.begin(at.address)
    if operation == "DeleteItem":
        at.run(task.task_id)
        at.emulator.add_fault(fault)
        with pytest.raises(FatalError, match="is full"):
            at.roll_back(task.task_id)
        assert_rolled_back(at, task.task_id)
        return
    at.emulator.add_fault(fault)

    stopped = at.run(task.task_id)

    assert stopped.attention is not None
    assert stopped.attention.cause == "mailbox full"
    assert_whole(at, at.run(task.task_id))


def test_a_destination_that_breaks_every_reused_connection_gets_everything(at: World) -> None:
    """A proxy that keeps no connection alive: complete, nothing twice, and nobody is asked to resume."""
    at.emulator.add_fault(Fault(action="reset", reused=True))

    done = migrated(at)

    assert_whole(at, done)
    assert_rolled_back(at, done.task_id)
