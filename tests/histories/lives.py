"""Processes that work on migrations in a history: what they ask, what becomes of it, and when they are killed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as AwayError

from tests.servers.memory.destination import DEADLINE, Fate
from tests.servers.processes.cooperative import Cooperative, KilledError, Process

QUICK, USUAL, SLOW = 0.005, 0.4, 15.0       # seconds that a request takes: at least, mostly, at most
SLOW_ONES = 0.06                            # of all requests
BACK_OFFS = (None, 0.0, 2.0, 30.0)
OF_ITEMS = frozenset({"create", "create attachment", "update", "delete"})
WRITES = OF_ITEMS | {"create folder", "create folders", "delete folder"}


@dataclass(frozen=True)
class Event:
    """What happens when a process makes its `at`-th call, whomever it calls; or its `at`-th that writes items."""

    at: int
    what: Callable[[Life], None]


@dataclass
class Life:
    """One process, and the wire between it and everything else. Fills in `memory_destination.Wire`."""

    at: Cooperative
    process: Process
    random: Random
    grace: float
    events: deque[Event]
    strays: list[str]                       # writes of processes whose work was over
    at_writes: deque[Event] = field(default_factory=deque)         # by the number of requests that write items
    calls: int = 0
    asked: list[str] = field(default_factory=list)     # what each call asked, of whomever
    at_asked: dict[str, Callable[[Life], None]] = field(default_factory=dict)      # what happens when that is asked
    writes: int = 0
    over: bool = False
    fates: deque[Fate] = field(default_factory=deque)              # of the next requests that create or delete items
    any_fates: deque[Fate] = field(default_factory=deque)          # of the next requests, whatever they are
    store_away_until: float = 0.0
    store_loses: int = 0                    # answers
    on_send: Callable[[Life, str], Fate | None] = lambda _life, _operation: None      # may decide a request's fate

    @classmethod
    def begun(
        cls, at: Cooperative, name: str, random: Random, *, grace: float, events: Iterable[Event], strays: list[str],
        at_writes: Iterable[Event] = (),
    ) -> Life:
        """A new process that does nothing yet."""
        return cls(at, at.process(name), random, grace, _in_turn(events), strays, _in_turn(at_writes))

    def kill(self) -> None:
        """Ends the process, as SIGKILL does; what it holds in the store stays there."""
        self.at.kill(self.process)

    # The way to everybody else

    def call(self, whom: str) -> None:
        """Counts a call, lets happen what was to happen at it, and lets others have their turn."""
        self.process.check()
        self.calls += 1
        self.asked.append(whom)
        while self.events and self.events[0].at <= self.calls:
            self.events.popleft().what(self)
        if whom in self.at_asked:
            self.at_asked.pop(whom)(self)
        self.at.hop()

    def _ends(self, operation: str) -> None:
        """Whoever still waits for an answer when the work is over has let it end too early."""
        if self.over and operation in WRITES:
            self.strays.append(f"{self.process.name}: {operation}")

    def ask_source(self, operation: str) -> None:
        """Asks the source something."""
        self.call(f"source {operation}")
        self._takes_time()

    # The wire to the destination

    def send(self, operation: str) -> Fate:
        self.call(operation)
        self.writes += operation in OF_ITEMS
        while self.at_writes and self.at_writes[0].at <= self.writes:
            self.at_writes.popleft().what(self)
        self._takes_time()
        decided = self.on_send(self, operation)
        if decided is not None:
            return decided
        waiting = self.fates if operation in OF_ITEMS and self.fates else self.any_fates
        return waiting.popleft() if waiting else Fate.GOOD

    def answer(self, operation: str) -> None:
        self._takes_time()
        self._ends(operation)

    def give_up(self, operation: str) -> None:
        """A connection that is reset is known at once, one that says nothing when its time is over."""
        self.at.block(f"an answer to {operation}", DEADLINE if self.random.random() < 0.5 else QUICK)
        self._ends(operation)

    def later(self, do: Callable[[], object]) -> None:
        if self.random.random() < 0.7:
            self.at.at(self.at.now + self.random.uniform(0.1, self.grace * 0.9), lambda: (do(), None)[1])

    def back_off(self) -> float | None:
        return self.random.choice(BACK_OFFS)

    def _takes_time(self) -> None:
        most = SLOW if self.random.random() < SLOW_ONES else USUAL
        self.at.block("the wire", self.random.uniform(QUICK, most))

    # The store

    def store(self, do: Callable[[], Any]) -> Any:
        """Has the store do something. Raises what Redis raises while it is away, or when its answer is lost."""
        self.call("store")
        if self.at.now < self.store_away_until:
            self.at.block("the store", QUICK)
            raise AwayError("away")
        answer = do()
        if self.store_loses:
            self.store_loses -= 1
            raise AwayError("lost")
        return answer


def _in_turn(events: Iterable[Event]) -> deque[Event]:
    return deque(sorted(events, key=lambda event: event.at))


class WatchedRedis:
    """A Redis as one process reaches it."""

    def __init__(self, redis: Redis, life: Life) -> None:
        self._redis, self._life = redis, life

    def pipeline(self, **how: Any) -> WatchedPipeline:
        return WatchedPipeline(self._redis.pipeline(**how), self._life)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        do = getattr(self._redis, name)
        return lambda *args, **more: self._life.store(lambda: do(*args, **more))


class WatchedPipeline:
    """Commands that go out together."""

    def __init__(self, pipeline: Any, life: Life) -> None:
        self._pipeline, self._life = pipeline, life

    def execute(self) -> Any:
        return self._life.store(self._pipeline.execute)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipeline, name)


# What may happen

def killed(life: Life) -> None:
    """The process is killed before this call does anything."""
    life.kill()
    raise KilledError(life.process.name)


def meets(*fates: Fate, of_items: bool) -> Callable[[Life], None]:
    """The next requests to the destination meet these fates; with `of_items` the next that create or delete items."""
    return lambda life: (life.fates if of_items else life.any_fates).extend(fates)


def without_store(least: float, most: float) -> Callable[[Life], None]:
    """The store is away for that many seconds."""

    def happens(life: Life) -> None:
        life.store_away_until = life.at.now + life.random.uniform(least, most)

    return happens


def loses_store_answer(life: Life) -> None:
    """The next answer of the store is lost."""
    life.store_loses += 1
