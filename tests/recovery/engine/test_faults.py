"""Whatever the destination does to a request or its answer: nothing is lost and nothing is there twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from exchangelib import (
    BASIC,
    DELEGATE,
    Account,
    Build,
    Configuration,
    Credentials,
    FaultTolerance,
    Message,
    Version,
)
from exchangelib.protocol import CachingProtocol

from emulators.exchange import Fault
from engine.errors import RetryableError
from engine.items.moving.transfer import MOST_LOST
from engine.migration.record import State
from engine.pace import gate
from engine.ports.destination import Destination
from engine.ports.items import Outcome, Tagged, Verdict
from tests.recovery.engine.conftest import CLIENTS, EXPECTED
from tests.servers.memory.source import MemorySource, mail
from tests.servers.world import ADDRESS, PASSWORD, World, interpose

LOST_ANSWERS = {
    "dropped after the commit": Fault(operation="CreateItem", when="after", action="drop"),
    "reset after the commit": Fault(operation="CreateItem", when="after", action="reset"),
    "cut after the commit": Fault(operation="CreateItem", when="after", action="cut", bytes=300),
    "truncated after the commit": Fault(operation="CreateItem", when="after", action="truncate", bytes=900),
    "dropped before the commit": Fault(operation="CreateItem", when="before", action="drop"),
    "an error page after the commit": Fault(operation="CreateItem", when="after", action="status", status=503),
    "an error page before the commit": Fault(operation="CreateItem", when="before", action="status", status=502),
    "an internal error": Fault(operation="CreateItem", when="after", action="fault", code="ErrorInternalServerError"),
}


def assert_whole(world: World) -> None:
    assert world.subjects() == EXPECTED


@pytest.mark.parametrize("nth", [1, 4])
@pytest.mark.parametrize("name", LOST_ANSWERS)
def test_a_lost_answer_loses_and_doubles_nothing(small_world: World, name: str, nth: int) -> None:
    """An answer that does not arrive, once, leaves the mailbox as an undisturbed run does."""
    fault = LOST_ANSWERS[name]
    small_world.emulator.add_fault(_nth(fault, nth))

    done = small_world.migrate()

    assert done.state is State.COMPLETED
    assert small_world.counts(done).copied == 100
    assert_whole(small_world)


@pytest.mark.parametrize("name", ["dropped after the commit", "truncated after the commit"])
def test_every_answer_lost_still_copies_everything_once(small_world: World, name: str) -> None:
    """A server that carries out every request and answers none is found out by looking."""
    small_world.emulator.add_fault(LOST_ANSWERS[name])

    done = small_world.migrate()

    assert done.state is State.COMPLETED
    assert small_world.counts(done).copied == 100
    assert_whole(small_world)


def test_a_request_carried_out_after_we_gave_it_up_is_not_sent_again(small_world: World) -> None:
    """An answer that comes later than we wait for is an item that is looked for, found, and left alone."""
    small_world.connectors.shortest_deadline = 0.7
    small_world.emulator.add_fault(Fault(operation="CreateItem", nth=2, when="before", action="delay", seconds=1.2))

    done = small_world.migrate()

    assert done.state is State.COMPLETED
    assert small_world.counts(done).copied == 100
    assert sum(r.items for r in small_world.emulator.requests if r.operation == "CreateItem") == 100
    assert_whole(small_world)


def test_a_copy_of_ours_that_arrives_after_all_is_removed(small_world: World) -> None:
    """A request carried out even after the commit grace makes a second copy, and the proof removes exactly that."""
    small_world.connectors.shortest_deadline = 2.5
    late = Fault(operation="CreateItem", nth=1, when="before", action="hold", name="late")
    small_world.emulator.add_fault(late)
    proof = Fault(operation="FindFolder", nth=5, when="before", action="hold", name="proof")
    small_world.emulator.add_fault(proof)
    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(small_world.migrate)
        assert small_world.emulator.wait_held("proof", 90)
        before = small_world.subjects()
        small_world.emulator.release("late")
        _wait_for(lambda: len(small_world.subjects()) > 100)
        small_world.emulator.release("proof")

        done = running.result(90)

    assert before == EXPECTED
    assert done.state is State.COMPLETED
    assert small_world.counts(done).copied == 100
    assert_whole(small_world)


def _wait_for(holds: Callable[[], bool]) -> None:
    over = time.monotonic() + 90
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < over
        pause.wait(0.02)


@pytest.mark.parametrize("code", ["ErrorServerBusy", "ErrorTooManyObjectsOpened", "ErrorMailboxStoreUnavailable"])
def test_one_busy_item_is_sent_again_alone(small_world: World, code: str) -> None:
    """Of a batch with one busy item, that one is sent again and the others are not."""
    small_world.emulator.add_fault(Fault(operation="CreateItem", nth=2, action="items", positions=[3], code=code))

    done = small_world.migrate()

    assert small_world.counts(done).copied == 100
    assert_whole(small_world)
    sent = [r.items for r in small_world.emulator.requests if r.operation == "CreateItem"]
    assert sum(sent) == 101
    assert 1 in sent


def test_one_refused_item_is_named_and_the_rest_arrives(small_world: World) -> None:
    """A message that the server refuses for good is in the report by its subject; all others arrive."""
    fault = Fault(operation="CreateItem", action="items", containing="Subject: client 33\r\n", code="ErrorCorruptData")
    small_world.emulator.add_fault(fault)

    done = small_world.migrate()

    assert done.state is State.COMPLETED
    counts = small_world.counts(done)
    assert (counts.found, counts.copied, counts.failed) == (100, 99, 1)
    (failure,) = small_world.engine.store.reported(done.task_id).failures
    assert failure.item.startswith("client 33")
    assert failure.folder == "Clients"
    assert small_world.subjects() == [e for e in EXPECTED if e[1] != "client 33"]


def test_a_message_the_source_refuses_costs_no_other_its_place(small_world: World, source: MemorySource) -> None:
    """Two messages that the source lists and does not give out are named; the rest of their batch arrives."""
    source.refused = {(CLIENTS.ref, 12), (CLIENTS.ref, 13)}

    done = small_world.migrate()

    counts = small_world.counts(done)
    assert (counts.found, counts.copied, counts.failed) == (100, 98, 2)
    named = {f.item.partition(" (")[0] for f in small_world.engine.store.reported(done.task_id).failures}
    assert named == {"client 11", "client 12"}


def test_a_full_mailbox_stops_and_resumes(small_world: World) -> None:
    """One item over quota stops the migration with a word on what to do; resumed, it copies what is missing."""
    number = small_world.emulator.add_fault(
        Fault(operation="CreateItem", nth=2, action="items", positions=[5], code="ErrorQuotaExceeded")
    )
    task = small_world.begin()
    stopped = small_world.run(task.task_id)
    there = small_world.subjects()
    small_world.emulator.clear_faults()

    done = small_world.run(task.task_id)

    assert number
    assert stopped.state is State.NEEDS_ATTENTION
    assert stopped.attention is not None
    assert stopped.attention.cause == "mailbox full"
    assert len(set(there)) == len(there) < 100
    assert done.state is State.COMPLETED
    assert small_world.counts(done).copied == 100
    assert_whole(small_world)


def test_busy_faults_are_waited_out_as_the_server_asks(small_world: World, source: MemorySource) -> None:
    """A server that refuses whole requests as busy is asked again, no sooner than it says."""
    source.folders = {CLIENTS: source.folders[CLIENTS][:20]}      # one request: none other is on its way meanwhile
    small_world.emulator.add_fault(
        Fault(operation="CreateItem", nth=1, action="fault", code="ErrorServerBusy", back_off_ms=600)
    )

    done = small_world.migrate()

    assert small_world.counts(done).copied == 20
    refused, accepted = [r for r in small_world.emulator.requests if r.operation == "CreateItem"]
    assert (refused.committed, accepted.committed) == (False, True)
    assert accepted.started - refused.ended >= 0.55


def test_fifty_refusals_in_a_row_stop_everything(small_world: World) -> None:
    """A server that refuses everything is not fed the whole mailbox."""
    small_world.emulator.add_fault(
        Fault(operation="CreateItem", action="items", containing="Subject: ", code="ErrorCorruptData")
    )

    stopped = small_world.migrate()

    assert stopped.state is State.NEEDS_ATTENTION
    assert stopped.attention is not None
    assert stopped.attention.cause == "too many refusals"


def test_reads_that_fail_are_asked_again(small_world: World) -> None:
    """Listing folders and tags is repeated until it is whole."""
    for operation in ("SyncFolderItems", "FindFolder"):
        small_world.emulator.add_fault(Fault(operation=operation, nth=1, when="after", action="cut"))
        small_world.emulator.add_fault(Fault(operation=operation, nth=2, when="after", action="drop"))
        small_world.emulator.add_fault(Fault(operation=operation, nth=3, action="fault", back_off_ms=100))

    done = small_world.migrate()
    again = small_world.migrate()

    assert small_world.counts(done).copied == 100
    assert small_world.counts(again).already_there == 100
    assert_whole(small_world)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_folder_whose_answer_was_lost_is_made_once(small_world: World, when: str) -> None:
    """CreateFolder without an answer leaves one folder, and the mail in it."""
    small_world.emulator.add_fault(Fault(operation="CreateFolder", nth=1, when=when, action="drop"))  # type: ignore[arg-type]

    done = small_world.migrate()

    assert small_world.counts(done).copied == 100
    assert_whole(small_world)


def test_a_large_message_whose_answer_was_lost_arrives_once(small_world: World, source: MemorySource) -> None:
    """What travels through a file is looked for before it is sent again, as everything else."""
    source.folders[CLIENTS].append(mail("large", size=5_000_000))
    small_world.emulator.add_fault(Fault(operation="CreateItem", when="after", action="drop"))

    done = small_world.migrate()

    assert small_world.counts(done).copied == 101
    assert [s for s in small_world.subjects() if s[1] == "large"] == [(("Clients",), "large")]


def test_a_request_too_large_is_sent_in_parts(small_world: World) -> None:
    """A server that takes only small requests gets small ones, and every message."""
    small_world.emulator.configure(max_request_bytes=12_000)

    done = small_world.migrate()

    assert small_world.counts(done).copied == 100
    assert_whole(small_world)


def test_a_message_over_the_limit_is_named_before_anything_is_sent(small_world: World, source: MemorySource) -> None:
    """Sizes are known from the listing: what cannot fit fails without being sent."""
    small_world.connectors.limits = small_world.connectors.limits.__class__(request=1_000_000)
    source.folders[CLIENTS].insert(0, mail("huge", size=900_000))

    done = small_world.migrate()

    counts = small_world.counts(done)
    assert (counts.found, counts.copied, counts.failed) == (101, 100, 1)
    (failure,) = small_world.engine.store.reported(done.task_id).failures
    assert failure.item.startswith("huge (")
    assert "0.9 MB" in failure.item
    assert failure.reason == "larger than the destination takes"
    assert_whole(small_world)


def test_messages_that_look_alike_are_all_named(small_world: World, source: MemorySource) -> None:
    """A hundred and fifty times the same subject from the same sender, none of them given out: each has its line."""
    source.folders[CLIENTS] = [
        replace(mail("Cron job"), mime=mail("Cron job").mime.replace(b"Message-ID: <", b"Message-ID: <%d" % n))
        for n in range(150)
    ]
    source.refused = {("Clients", uid) for uid in range(1, 151)}

    done = small_world.migrate()

    assert small_world.counts(done).failed == 150
    assert len(small_world.engine.store.reported(done.task_id).failures) == 150


def test_writes_that_are_lost_in_two_bursts_lose_nothing(
    small_world: World, source: MemorySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost again while what is in doubt is sent anew from a slow source: what was not reached is not forgotten."""
    monkeypatch.setattr(gate, "FIRST_BACK_OFF", 0.01)
    monkeypatch.setattr(gate, "LONGEST_BACK_OFF", 0.1)
    sizes: list[int] = []

    def lost(inner: Destination, folder_id: str, new: Sequence[Tagged]) -> list[Outcome]:
        sizes.append(len(new))
        if sizes.count(1) in range(1, MOST_LOST + 3) or 1 not in sizes:
            return [Outcome(Verdict.UNKNOWN, error=RetryableError("502"))] * len(new)
        return inner.create(folder_id, new)

    source.folders[CLIENTS] = [mail(f"client {n}") for n in range(600)]
    source.before_read = lambda _uids: time.sleep(0.03)
    interpose(small_world, create=lost)
    small_world.engine = replace(small_world.engine, grace=0.2)

    done = small_world.migrate()

    counts = small_world.counts(done)
    assert done.state is State.COMPLETED
    assert (counts.found, counts.copied) == (630, 630)
    assert len(small_world.messages()) == 630
    assert small_world.engine.store.opened(done.task_id) == {}


def test_stock_bulk_create_doubles_what_we_do_not(small_world: World) -> None:
    """The same lost answer makes a stock client with a pool of two store everything twice: the test bites."""
    small_world.emulator.add_fault(Fault(operation="CreateItem", nth=1, when="after", action="drop"))
    config = Configuration(
        service_endpoint=small_world.emulator.url, credentials=Credentials(ADDRESS, PASSWORD), auth_type=BASIC,
        version=Version(Build(15, 2)), max_connections=2, retry_policy=FaultTolerance(max_wait=10),
    )
    account = Account(ADDRESS, config=config, autodiscover=False, access_type=DELEGATE)
    account.protocol.increase_poolsize()
    account.protocol.increase_poolsize()
    try:
        account.protocol.RETRY_WAIT = 0
        messages = [Message(mime_content=mail(f"stock {n}").mime, folder=account.inbox) for n in range(10)]
        account.bulk_create(folder=account.inbox, items=messages)

        assert len(small_world.subjects()) == 20
    finally:
        CachingProtocol.clear_cache()
        account.protocol.close()


def _nth(fault: Fault, nth: int) -> Fault:
    return replace(fault, nth=nth)
