"""A setting of an Exchange mailbox, over the wire: merged, killed at its writes, resumed, and put back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import fakeredis
import pytest

from emulators.exchange import Fault
from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.network.pinning import Network
from engine.errors import InputError, Side, SignInError
from engine.migration.account import Account
from engine.migration.record import Counts, State
from engine.migration.taking_up import take_up
from engine.ports.destination import Destination
from engine.ports.settings import Entry
from tests.examples.toy_setting import TOY, WAYS, ToySettings
from tests.examples.toy_world import MERGED, OWNERS, SOURCE
from tests.servers.memory.source import MemorySource
from tests.servers.processes.mortal import HELD, dies_at
from tests.servers.world import ADDRESS, PASSWORD, World, world

LEFT = Counts(found=4, copied=2, already_there=1, left_out=1)
WRITES = ["CreateUserConfiguration", "UpdateUserConfiguration"]     # of the before-image; of the toy


def opened(account: Account, password: str) -> Destination:
    settings = MappingProxyType({TOY.content: ToySettings})
    return ExchangeDestination(account, password, Network(trusts_person=True), settings=settings)


def toy(at: World) -> ToySettings:
    """The toy as its owner's own program reaches it."""
    destination = opened(at.request().destination, PASSWORD)
    assert isinstance(destination, ExchangeDestination)
    return ToySettings(destination._sessions)


def there(at: World) -> dict[str, str]:
    return {entry.key: entry.value for entry in toy(at).read()}


@pytest.fixture
def at(tmp_path: Path) -> Iterator[World]:
    """A mailbox whose owner has settings."""
    source = MemorySource({})
    source.settings_of[TOY.content] = dict(SOURCE)
    with world(tmp_path, {"old": source}, grace=0.05, contents=WAYS) as made:
        made.connectors.destination = opened  # type: ignore[method-assign]  # as a destination
        toy(made).apply([Entry(key, key, value) for key, value in OWNERS.items()])
        yield made


def test_it_is_merged_found_again_and_put_back(at: World) -> None:
    """No item and no folder of ours is in the mailbox meanwhile, and nothing at all of ours afterwards."""
    task = at.begin().task_id
    at.run(task)
    merged, second, kept = there(at), at.begin().task_id, at.emulator.dump(ADDRESS)

    at.run(second)
    seen = at.messages()
    at.roll_back(task)

    assert merged == MERGED
    assert at.engine.store.load(second).step(TOY.content).counts == Counts(found=4, already_there=3, left_out=1)
    assert seen == []
    assert there(at) == OWNERS
    assert at.engine.store.load(task).state is State.ROLLED_BACK
    assert "OMM." in kept
    assert "OMM." not in at.emulator.dump(ADDRESS)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", WRITES)
def test_killed_at_a_write(at: World, operation: str, when: str) -> None:
    """The next process finds what there is of it, adds the rest once, and the rollback knows what was there first."""
    task = at.begin().task_id
    held = Fault(operation=operation, nth=1, when=when, action="hold", name=HELD)  # type: ignore[arg-type]  # one of two
    assert dies_at(at, (held,), lambda doomed: doomed.run(task))

    at.run(task)
    merged, counts = there(at), at.engine.store.load(task).step(TOY.content).counts
    at.roll_back(task)

    assert merged == MERGED
    assert counts == LEFT
    assert there(at) == OWNERS


def test_an_answer_that_is_lost_is_looked_for(at: World) -> None:
    """The connection ends behind the commit: nothing is written a second time."""
    task = at.begin().task_id
    for operation in WRITES:
        at.emulator.add_fault(Fault(operation=operation, nth=1, when="after", action="drop"))

    at.run(task)

    written = [request.operation for request in at.emulator.requests if request.operation in WRITES]
    assert there(at) == MERGED
    # The owner's own comes first, and last the before-image once more, with the time of the last write.
    assert written == ["CreateUserConfiguration", *WRITES, "UpdateUserConfiguration"]


def test_a_lost_store_is_made_up_for_by_the_mailbox(at: World) -> None:
    """What was there before is read from the user configuration that the task has left."""
    task = at.begin().task_id
    at.run(task)
    at.engine.store.images.drop(task)

    at.roll_back(task)

    assert there(at) == OWNERS


def test_a_store_that_is_lost_whole_is_made_up_for_by_the_mailbox(at: World) -> None:
    """The task is taken up from what it has left, and its rollback leaves the mailbox as it was."""
    before = at.emulator.dump(ADDRESS)
    task = at.begin().task_id
    at.run(task)
    fakeredis.FakeRedis(server=at.server).flushall()

    taken = take_up(at.engine, task, at.request().destination, password=PASSWORD)
    at.roll_back(task)

    assert taken.state is State.COMPLETED
    assert at.engine.store.load(task).state is State.ROLLED_BACK
    assert at.emulator.dump(ADDRESS) == before


def test_a_password_that_is_refused_is_not_kept(at: World) -> None:
    """It counts as a sign-in that was refused; nothing is stored of the task."""
    task = at.begin().task_id
    at.run(task)
    fakeredis.FakeRedis(server=at.server).flushall()

    account, side = at.request().destination, Side.DESTINATION
    tries = at.engine.sign_ins.before(account, "wrong", side=side)

    with pytest.raises(SignInError):
        take_up(at.engine, task, account, password="wrong")

    assert at.engine.sign_ins.before(account, "another", side=side) < tries
    assert not at.engine.vault.has(task, Side.DESTINATION)
    with pytest.raises(InputError):
        at.engine.store.load(task)
