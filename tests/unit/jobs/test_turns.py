"""Whose turn it is, where the admins of a workspace have set how many migrations may work at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import fakeredis
import pytest

from bot.stored.orders import Kind, Orders
from bot.stored.policies import Policy
from bot.stored.room import Room, Wanting
from bot.stored.threads import Thread
from bot.work import driving, turns
from bot.work.driving import NoTurnError
from bot.work.keeper import GRACE, Keeper, lease_of
from engine.errors import TakenError
from engine.migration.record import State
from engine.pace.halt import Halt
from engine.store.lease import Lease
from tests.servers.slack.signed_world import Clock, SignedWorld, doors, slack_emulator
from tests.servers.slack.workspace import TEAM
from tests.unit.life.world import REQUEST

FIRST = datetime(2026, 11, 22, tzinfo=UTC)
SERVER = "imap.example.net"


def wants(number: int, owner: str = "U1", host: str = SERVER) -> Wanting:
    return Wanting(TEAM, owner, (host, "ex.example.org" if host == SERVER else f"to.{host}"), FIRST + number * DAY)


DAY = timedelta(days=1)


def between(owner: str, since: int, *hosts: str) -> Wanting:
    return Wanting(TEAM, owner, hosts, FIRST + since * DAY)


def turn_of(policy: Policy, known: dict[str, Wanting], *at_work: str) -> list[str]:
    """Whose turn it is, beside those that are at work."""
    return sorted(known.keys() - turns.waiting(policy, known, at_work).keys() - set(at_work))


def test_the_oldest_come_first() -> None:
    """Those that are at work stay there, whoever came before them."""
    known = {"a": wants(1, "U1"), "b": wants(2, "U2"), "c": wants(3, "U3"), "d": wants(4, "U4")}

    assert turn_of(Policy(), known) == ["a", "b", "c", "d"]
    assert turn_of(Policy(most=2), known) == ["a", "b"]
    assert turn_of(Policy(most=2), known, "d") == ["a"]
    assert turn_of(Policy(most=1), known, "c", "d") == []


def test_whoever_waits_for_a_server_lets_others_pass() -> None:
    """Both servers of a migration count, and each migration counts once for a server that is both."""
    known = {"a": wants(1, "U1"), "b": wants(2, "U2"), "c": wants(3, "U3", "other.example"),
             "d": replace(wants(4, "U4"), hosts=("new.example", "ex.example.org"))}

    assert turn_of(Policy(most_with_a_host=1), known) == ["a", "c"]
    assert turn_of(Policy(most_with_a_host=2), known) == ["a", "b", "c"]
    both = {"a": replace(wants(1), hosts=(SERVER, SERVER)), "b": replace(wants(2), hosts=(SERVER, SERVER))}
    assert turn_of(Policy(most_with_a_host=2), both) == ["a", "b"]


def test_a_person_with_many_does_not_hold_up_others() -> None:
    """Their own keep their order: the oldest waits for its server, and a younger one does not take its turn."""
    known = {f"a{n}": wants(n, "U1") for n in range(5)} | {"b": wants(9, "U2")}

    assert turn_of(Policy(most_of_a_person=1), known) == ["a0", "b"]
    assert turn_of(Policy(most_of_a_person=1, most_with_a_host=2), known) == ["a0", "b"]
    waits = {"x": wants(1, "U2"), "a": wants(2, "U1"), "b": wants(3, "U1", "other.example")}
    assert turn_of(Policy(most_of_a_person=1, most_with_a_host=1), waits, "x") == []


def test_the_first_in_line_is_not_passed_for_ever() -> None:
    """Others take turns at both its servers: every ten minutes somebody begins a migration that needs one of these and
    a third server, and each works for fifteen minutes.
    """
    policy = Policy(most_with_a_host=1)
    known = {"before": between("U1", 0, "old", "third"), "first": between("U2", 1, "old", "new")}
    ends = {"before": 15}

    for now in range(2, 60):
        if now % 10 == 5:
            known[f"at {now}"] = between(f"U{now}", now, *(("other", "new") if now % 20 == 5 else ("old", "third")))
        for task_id in [one for one, end in ends.items() if end <= now]:
            del known[task_id], ends[task_id]
        ends |= dict.fromkeys(turn_of(policy, known, *ends), now + 15)

    assert "first" not in known


def test_places_are_kept_for_the_first_in_line_alone() -> None:
    """Behind it, whoever waits for one server leaves the other one to others; so does who waits for their own."""
    at_work = {"w": between("U1", 0, "old", "else")}
    known = at_work | {"first": between("U2", 1, "old", "new"), "second": between("U3", 2, "old", "third")}
    policy = Policy(most_with_a_host=1, most_of_a_person=1)

    known |= {"a": between("U4", 3, "x", "new"), "b": between("U5", 3, "y", "third")}
    assert turn_of(policy, known, "w") == ["b"]
    own = at_work | {"theirs": between("U1", 1, "old", "new"), "b": between("U4", 3, "x", "new")}
    assert turn_of(policy, own, "w") == ["b"]


def test_each_is_told_for_what_it_waits() -> None:
    """Of a person nothing may be at work and yet an older one of theirs be in the way, which waits for its server."""
    policy = Policy(most_of_a_person=1, most_with_a_host=1)
    known = {"w": between("U1", 0, "old", "new"), "a": between("U2", 1, "old", "x"), "b": between("U2", 2, "y", "z"),
             "c": between("U1", 3, "y", "z")}

    assert {task_id: words.partition(": ")[2] for task_id, words in turns.waiting(policy, known, {"w"}).items()} == {
        "a": "in this workspace, 1 migration may work with one server at once",
        "b": "an older migration of the same person goes first",
        "c": "in this workspace, 1 migration of one person may work at once",
    }


# In the workers


@pytest.fixture
def world() -> Iterator[SignedWorld]:
    opened = doors(fakeredis.FakeRedis(), clock=Clock())
    with slack_emulator(opened) as slack:
        yield SignedWorld(opened, slack)


def ordered(world: SignedWorld, owner: str = "U0OWNER001") -> str:
    """A migration of theirs in line."""
    migration = world.services.engine.store.create(REQUEST)
    world.services.threads.open(Thread(migration.task_id, TEAM, owner, ""))
    world.services.jobs.migrate(migration.task_id)
    world.clock.move(1)
    return migration.task_id


def take(world: SignedWorld, task_id: str) -> tuple[Lease, str]:
    """What a worker does with an order before it begins: the order's lease, and what it has to wait for."""
    order = world.orders.find(f"{Kind.MIGRATE}:{task_id}")
    assert order is not None
    lease = world.services.engine.store.acquire(lease_of(order), holder=order.key)
    assert isinstance(lease, Lease)
    policy = world.services.policies.load(TEAM)
    record = world.services.engine.store.load(task_id)
    thread = world.services.threads.load(task_id)
    assert thread is not None
    return lease, turns.take(world.services, record, TEAM, thread.owner, policy)


def limit(world: SignedWorld, **limits: int) -> None:
    world.services.policies.change(TEAM, lambda policy: replace(policy, **limits))


def test_a_killed_worker_keeps_no_room(world: SignedWorld) -> None:
    """The room goes with the lease of its order. Whoever is older than the next one gets it back."""
    limit(world, most=1)
    old, young = ordered(world), ordered(world)
    lease, waits = take(world, old)
    assert waits == ""
    other, waits = take(world, young)
    assert "1 migration may work at once" in waits
    other.release()

    lease.release()                     # as it expires

    other, waits = take(world, young)
    assert waits != ""
    lease, waits = take(world, old)
    assert waits == ""
    world.services.room.leave(old)
    other.release()
    other, waits = take(world, young)
    assert waits == ""
    lease.release()
    lease, waits = take(world, old)
    assert waits != ""
    other.release()
    lease.release()
    assert take(world, old)[1] == ""


def test_a_decision_knows_of_whoever_came_meanwhile(world: SignedWorld) -> None:
    """It is made again when it was made without them."""
    room = Room(world.redis)
    tasks = [ordered(world), ordered(world)]
    seen: list[list[str]] = []

    def decide(others: Mapping[str, Wanting]) -> Wanting:
        seen.append(sorted(others))
        if len(seen) == 1:
            room.settle(tasks[1], lambda _others: wants(2))
        return wants(1)

    room.settle(tasks[0], decide)

    assert seen == [[], [tasks[1]]]
    room.leave(tasks[1])
    assert [*room.all()] == [tasks[0]]


def test_many_workers_at_once_take_no_more_than_there_is(world: SignedWorld) -> None:
    """Each decides knowing of all others."""
    limit(world, most=3)
    tasks = [ordered(world) for _ in range(8)]
    said: dict[str, str] = {}
    leases: list[Lease] = []

    def work(task_id: str) -> None:
        lease, said[task_id] = take(world, task_id)
        leases.append(lease)

    threads = [threading.Thread(target=work, args=(task_id,)) for task_id in reversed(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(not words for words in said.values()) == 3
    assert sum(entry.began for entry in world.services.room.all().values()) == 3
    for lease in leases:
        lease.release()


def test_an_order_that_was_forgotten_takes_up_nothing(world: SignedWorld) -> None:
    """Nobody has to clean up behind a process that died at the very end."""
    limit(world, most=1)
    old, young = ordered(world), ordered(world)
    lease, _ = take(world, old)
    Orders(world.redis).forget(old)

    assert old not in Room(world.redis).all()
    assert take(world, young)[1] == ""
    assert world.redis.hget("omm:room", old) is None
    lease.release()


def test_it_stays_in_line_and_its_record_says_for_what(world: SignedWorld) -> None:
    """The keeper leaves it there until there is room, and brings it up then; other workspaces have their own room."""
    limit(world, most_of_a_person=1)
    old, young = ordered(world), ordered(world)
    lease, _ = take(world, old)

    with pytest.raises(NoTurnError):
        driving.migrate(world.services, Halt(), task_id=young)

    record = world.services.engine.store.load(young)
    assert (record.state, record.stage) == (
        State.WAITING, "waiting for its turn: in this workspace, 1 migration of one person may work at once"
    )
    brought_up = _brought_up(world)
    assert brought_up == []
    world.services.room.leave(old)
    world.orders.forget(old)
    lease.release()
    assert _brought_up(world) == [f"{Kind.MIGRATE}:{young}"]


def _brought_up(world: SignedWorld) -> list[str]:
    """The orders that the keeper brings up within ten seconds, where no queue has any."""
    queues = Line()
    keeper = Keeper(world.redis, world.services.engine.store, queues, clock=world.clock)
    for _ in range(4):
        world.redis.delete("omm:orders:turn")
        keeper.look()
        world.clock.move(GRACE)
    return queues.put_in


class Line:
    """A queue that loses everything."""

    def __init__(self) -> None:
        self.put_in: list[str] = []

    def put(self, order: object, *, at_front: bool = False) -> None:
        key = order.key      # type: ignore[attr-defined]  # an Order
        self.put_in += [] if key in self.put_in else [key]

    def waits(self, _order: object) -> bool:
        return False

    def refresh(self) -> None:
        """Nothing is there."""


def test_whoever_waits_for_a_mailbox_takes_up_no_room(world: SignedWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes back as the oldest when the mailbox is free."""
    limit(world, most=1)
    old, young = ordered(world), ordered(world)

    def taken(*_: object, **__: object) -> None:
        raise TakenError("Another migration uses the mailbox.")

    monkeypatch.setattr(driving.forwards, "migrate", taken)
    with pytest.raises(TakenError):
        driving.migrate(world.services, Halt(), task_id=old)

    assert take(world, young)[1] == ""
