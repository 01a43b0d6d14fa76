"""Whose fault it is: an item is named only while others are taken, and a store that takes nothing is not fed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulators.exchange import Fault
from engine.items.batches import BATCH_ITEMS
from engine.migration.record import State
from engine.pace import gate
from engine.pace.gate import MOST_WRITERS
from tests.recovery.engine.conftest import CLIENTS, EXPECTED
from tests.servers.memory.source import MemorySource, mail
from tests.servers.world import World

POISON = Fault(operation="CreateItem", action="items", containing="Subject: poison", code="ErrorMimeContentInvalid")
EVERYTHING = Fault(operation="CreateItem", action="items", containing="Subject: ", code="ErrorItemSave")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "FIRST_BACK_OFF", 0.01)
    monkeypatch.setattr(gate, "LONGEST_BACK_OFF", 0.1)


def sent(world: World) -> int:
    """How many items were sent."""
    return sum(r.items for r in world.emulator.requests if r.operation == "CreateItem")


def test_sixty_messages_refused_for_their_content_are_named_and_the_rest_arrives(
    small_world: World, source: MemorySource
) -> None:
    """What is refused for what it holds says nothing of the destination, however many come in a row."""
    source.folders = {CLIENTS: [mail(f"poison {n}") for n in range(60)] + [mail(f"good {n}") for n in range(90)]}
    small_world.emulator.add_fault(POISON)

    done = small_world.migrate()

    counts = small_world.counts(done)
    assert done.state is State.COMPLETED
    assert (counts.found, counts.copied, counts.failed) == (150, 90, 60)
    assert small_world.subjects() == sorted((("Clients",), f"good {n}") for n in range(90))
    named = {f.item.partition(" (")[0] for f in small_world.engine.store.reported(done.task_id).failures}
    assert named == {f"poison {n}" for n in range(60)}


@pytest.mark.parametrize("count", [850, 30])
def test_a_store_that_refuses_every_write_is_stopped_after_one_probe(
    small_world: World, source: MemorySource, count: int
) -> None:
    """It is not fed the whole mailbox, the owner reads its cause, and no message is named for it."""
    source.folders = {CLIENTS: [mail(f"good {n}") for n in range(count)]}
    number = small_world.emulator.add_fault(EVERYTHING)
    task = small_world.begin()

    stopped = small_world.run(task.task_id)
    asked = sent(small_world)
    small_world.emulator.clear_faults()
    done = small_world.run(task.task_id)

    assert number
    assert stopped.state is State.NEEDS_ATTENTION
    assert stopped.attention is not None
    assert stopped.attention.cause == "too many refusals"
    assert "ErrorItemSave" in stopped.attention.words
    assert small_world.counts(stopped).failed == 0
    assert asked <= MOST_WRITERS * BATCH_ITEMS + 1     # a request of each writer, and the probe
    assert small_world.counts(done).copied == count
    assert len(small_world.messages()) == count


def test_one_refused_message_alone_is_named_once_a_canary_was_taken(small_world: World, source: MemorySource) -> None:
    """Where nothing else is to be written, a canary shows that the destination takes messages, and is removed."""
    source.folders = {CLIENTS: [mail("poison")]}
    small_world.emulator.add_fault(POISON)

    done = small_world.migrate()

    assert done.state is State.COMPLETED
    assert small_world.counts(done).failed == 1
    assert small_world.messages() == []
    assert sent(small_world) == 2


def test_the_canary_is_counted_by_nobody(small_world: World, source: MemorySource) -> None:
    """A canary that could not be removed is neither already there nor ours to prove, nor in the way of a second run."""
    small_world.emulator.add_fault(POISON)
    small_world.emulator.add_fault(Fault(operation="DeleteItem", action="items", positions=[0], code="ErrorItemSave"))
    source.folders = {CLIENTS: [mail("poison")]}
    first = small_world.migrate()
    small_world.emulator.clear_faults()
    source.folders = {CLIENTS: [mail("poison"), mail("good")]}

    second = small_world.migrate()

    assert small_world.counts(first).failed == 1
    assert (small_world.counts(second).copied, small_world.counts(second).already_there) == (2, 0)


@pytest.mark.parametrize("code", ["ErrorNotEnoughMemory", "ErrorServerBusy"])
@pytest.mark.parametrize("alone", [False, True])
def test_a_message_that_is_always_put_off_is_named(
    small_world: World, source: MemorySource, code: str, alone: bool
) -> None:
    """Every message has a bounded number of tries; whether others are on their way or it is the only one."""
    if alone:
        source.folders = {CLIENTS: [mail("client 33")]}
    small_world.emulator.add_fault(
        Fault(operation="CreateItem", action="items", containing="Subject: client 33\r\n", code=code)
    )

    done = small_world.migrate()

    assert done.state is State.COMPLETED
    assert (small_world.counts(done).failed, small_world.counts(done).copied) == (1, 0 if alone else 99)
    (failure,) = small_world.engine.store.reported(done.task_id).failures
    assert failure.item.startswith("client 33")
    assert small_world.subjects() == ([] if alone else [e for e in EXPECTED if e[1] != "client 33"])


def test_a_message_over_which_the_destination_always_breaks_off_is_named(
    small_world: World, source: MemorySource
) -> None:
    """The only message there is, and no answer to it ever: the destination takes a canary, so it is the message."""
    source.folders = {CLIENTS: [mail("client 33")]}
    small_world.engine = replace(small_world.engine, grace=0.05)
    small_world.emulator.add_fault(
        Fault(operation="CreateItem", action="items", containing="Subject: client 33\r\n", code="ErrorRequestAborted")
    )

    done = small_world.migrate()

    assert done.state is State.COMPLETED
    assert small_world.counts(done).failed == 1
    (failure,) = small_world.engine.store.reported(done.task_id).failures
    assert "ErrorRequestAborted" in failure.reason


def test_a_folder_that_the_account_may_not_write_to_costs_no_other_its_mail(small_world: World) -> None:
    """Access denied for one folder's messages is said of them; the account can write elsewhere, so all else arrives."""
    small_world.emulator.add_fault(
        Fault(operation="CreateItem", action="items", containing="Subject: client ", code="ErrorAccessDenied")
    )

    done = small_world.migrate()

    assert done.state is State.COMPLETED
    assert (small_world.counts(done).copied, small_world.counts(done).failed) == (30, 70)
    assert small_world.subjects() == [e for e in EXPECTED if e[0] != ("Clients",)]
