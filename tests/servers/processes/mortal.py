"""A process that dies at a request, without being one: from that moment on nothing of it reaches anybody.

What a process is to others is what it sends: to the store and to the destination. When it is dead, both refuse it
everything at once, so that its threads come to their ends; its leases go, as those of a dead process do.

Nor has it to die. What it would leave behind is what the two hold at that moment: `moments_of` keeps a copy of both at
each request, while the process goes on, and `World.engine` of `as_of` is that of a process which comes after its death.
"""

from __future__ import annotations

import pickle
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Protocol

import fakeredis
from redis.exceptions import ResponseError

from emulators.exchange import Fault
from engine.errors import FatalError
from tests.servers.world import World, engine_on

HELD = "death"
LEASES = b"omm:lease:"
WAIT = 0.02     # seconds between two looks at whether it has ended
MOST = 300      # requests of one piece of work at which moments are kept


@dataclass
class Life:
    """Whether it lives. It ends by itself at the call to the store of which there are `store_calls` left."""

    is_over: threading.Event
    store_calls: int | None = None


class MortalRedis(fakeredis.FakeRedis):
    """A connection to a store that refuses everything once that life is over."""

    life: Life | None = None

    def execute_command(self, *args: Any, **options: Any) -> Any:
        self._live()
        return super().execute_command(*args, **options)

    def pipeline(self, *args: Any, **options: Any) -> Any:
        self._live()
        return super().pipeline(*args, **options)

    def _live(self) -> None:
        if self.life is not None and self.life.store_calls is not None:
            self.life.store_calls -= 1
            if self.life.store_calls <= 0:
                self.life.is_over.set()
        if self.life is not None and self.life.is_over.is_set():
            raise ResponseError("this process is dead")


class MortalDestination:
    """A destination that is asked for nothing more once that life is over."""

    def __init__(self, inner: Any, life: Life) -> None:
        self._inner, self._life = inner, life

    def __getattr__(self, name: str) -> Any:
        if self._life.is_over.is_set():
            raise FatalError("this process is dead")
        return getattr(self._inner, name)


@contextmanager
def mortal(world: World) -> Iterator[tuple[World, Life]]:
    """Another process in that world, and its life. Its leases are gone when the context ends."""
    life = Life(threading.Event())
    redis = MortalRedis(server=world.server)
    redis.life = life
    connectors = replace(world.connectors)
    connectors.destination = lambda account, password: MortalDestination(  # type: ignore[method-assign]  # as a destination
        world.connectors.destination(account, password), life
    )
    engine = engine_on(redis, world.keys, connectors, grace=world.engine.grace, contents=world.engine.contents)
    yield replace(world, engine=engine, connectors=connectors), life
    _end_leases(world.server)


def _end_leases(server: fakeredis.FakeServer) -> None:
    alive = fakeredis.FakeRedis(server=server)
    for lease in alive.scan_iter(LEASES + b"*"):
        alive.delete(lease)


def dies_at(world: World, faults: tuple[Fault, ...], work: Callable[[World], Any]) -> bool:
    """Does the work in a process that dies where a fault called `death` holds a request. False: it ended before."""
    life, error = lives_through(world, faults, work, lambda life: life.is_over.set())
    if not life.is_over.is_set() and error is not None:
        raise error
    return life.is_over.is_set()


def lives_through(
    world: World, faults: tuple[Fault, ...], work: Callable[[World], Any], on_held: Callable[[Life], object],
    *, store_calls: int | None = None,
) -> tuple[Life, BaseException | None]:
    """Does the work in a process of which `on_held` decides while a fault called `death` holds a request.

    Returns its life, over or not, and what the work raised.
    """
    for fault in faults:
        world.emulator.add_fault(fault)
    with mortal(world) as (doomed, life), ThreadPoolExecutor(1) as process:
        life.store_calls = store_calls
        working = process.submit(work, doomed)
        while not working.done():
            if world.emulator.wait_held(HELD, WAIT):
                on_held(life)
                world.emulator.release(HELD)
                world.emulator.clear_faults()
        world.emulator.clear_faults()
        return life, working.exception()


class Holding(Protocol):
    """Servers that hold requests, as the emulator does."""

    def add_fault(self, fault: Fault) -> object: ...
    def clear_faults(self) -> None: ...
    def wait_held(self, name: str, timeout: float) -> bool: ...
    def release(self, name: str) -> None: ...


@dataclass(frozen=True)
class Moment:
    """What the store and the destination held when a request was carried out, and not yet answered."""

    store: Mapping[int, tuple[dict[bytes, Any], list[Any]]]
    mailboxes: sqlite3.Connection

    def is_as(self, earlier: Moment) -> bool:
        """True: whoever comes after a death meets the same as at that moment, leases apart."""
        return self._kept() == earlier._kept() and self.mailboxes.serialize() == earlier.mailboxes.serialize()

    def _kept(self) -> dict[tuple[int, bytes], Any]:
        return {(number, name): (pickle.dumps(item.value), item.expireat) for number, (items, _) in self.store.items()
                for name, item in items.items() if not name.startswith(LEASES)}

    @classmethod
    def of(cls, world: World) -> Moment:
        """Of now. The store takes no command meanwhile, so that it knows of all that the destination has got."""
        with world.server.lock:
            mailboxes = world.emulator.copied()
            return cls({number: deepcopy((db._dict, db._expiry_heap)) for number, db in world.server.dbs.items()},
                       mailboxes)


def moments_of(
    world: World, work: Callable[[World], Any], fault_at: Callable[[int], Fault], at: Holding,
) -> list[Moment]:
    """Does the work to its end, in a process of its own; returns a moment for each of its requests that left a trace.

    One that only reads leaves what the request before it did, and a death at it would be the same once more.
    `fault_at` makes the fault, for the servers `at`, that holds the request of that number, under a name of its own.
    """
    kept: list[Moment] = []
    held = 0
    faults = [fault_at(number) for number in range(1, MOST + 1)]
    for fault in faults:
        at.add_fault(fault)
    with mortal(world) as (process, _life), ThreadPoolExecutor(1) as thread:
        working = thread.submit(work, process)
        while not working.done():
            name = faults[held].name
            if at.wait_held(name, WAIT):
                moment = Moment.of(world)
                if not (kept and moment.is_as(kept[-1])):
                    kept.append(moment)
                held += 1
                at.release(name)
        at.clear_faults()
        working.result()
    return kept


def as_of(world: World, moment: Moment) -> World:
    """The world after a process died at that moment, with the engine of another process."""
    world.emulator.put_back(moment.mailboxes)
    with world.server.lock:
        for number, db in world.server.dbs.items():
            db._dict, db._expiry_heap = deepcopy(moment.store.get(number, ({}, [])))
    _end_leases(world.server)
    engine = engine_on(fakeredis.FakeRedis(server=world.server), world.keys, world.connectors, grace=world.engine.grace,
                       contents=world.engine.contents)
    return replace(world, engine=engine)
