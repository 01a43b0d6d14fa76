"""A scheduler of threads that a seed takes turns with, and a clock that jumps while all of them wait.

Every thread is a greenlet; it gives up its turn where it waits, or where a server in memory is asked something, and
which one is next is drawn. Nothing here depends on real time: the same seed gives the same history, and two minutes of
waiting cost nothing. What the engine sees of it is in cooperative_threads.py.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from functools import partial
from random import Random

from greenlet import getcurrent, greenlet

HOPS = 400_000      # turns in one run of the scheduler; no history needs more


class KilledError(BaseException):
    """The process that this thread belongs to was killed."""


class DeadlockError(AssertionError):
    """Everybody waits, and nobody's time will come; the message says who waits for what."""


class StuckError(AssertionError):
    """What was waited for did not come about in time; the message says who waits for what."""


class Process:
    """What dies together. A killed one does nothing any more: its threads end at the next thing that they try."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.dead = False
        self.threads: list[Fiber] = []

    def check(self) -> None:
        """Raises KilledError when it was killed."""
        if self.dead:
            raise KilledError(self.name)

    @property
    def alive(self) -> list[Fiber]:
        """Its threads that have not ended."""
        return [fiber for fiber in self.threads if not fiber.ended]


class Fiber:
    """One thread."""

    def __init__(self, process: Process, name: str, work: Callable[[], object], number: int) -> None:
        self.process = process
        self.number = number
        self.name = name
        self.work = work
        self.run: greenlet | None = None
        self.waits = ""             # for what; '' when it could go on
        self.turn = 0               # counts its waits, so that an alarm of an earlier one is known
        self.in_time = True
        self.ended = False
        self.joined: Line | None = None     # those who wait for its end


class Line:
    """Threads that wait for the same thing, first come, first woken."""

    def __init__(self, at: Cooperative, what: str) -> None:
        self._at = at
        self._what = what
        self._tickets: deque[tuple[Fiber, int]] = deque()

    def wait(self, timeout: float | None = None) -> bool:
        """Waits in line. False when `timeout` seconds went by first."""
        me = self._at.current
        self._tickets.append((me, me.turn + 1))
        return self._at.block(self._what, timeout)

    def wake(self, most: int | None = None) -> None:
        """Wakes the first `most` of those that still wait; None: all."""
        left = len(self._tickets) if most is None else most
        while left and self._tickets:
            fiber, turn = self._tickets.popleft()
            if fiber.waits and fiber.turn == turn:
                self._at.wake(fiber)
                left -= 1


class Cooperative:
    """The scheduler. `run` is called by whoever plays the history, who is no thread of it."""

    def __init__(self, seed: int, *, on_time: Callable[[float], None] = lambda _now: None) -> None:
        """`on_time` hears of every jump of the clock, which counts seconds from 0."""
        self.now = 0.0
        self.errors: list[BaseException] = []
        self.random = Random(seed)
        self._on_time = on_time
        self._hub = getcurrent()
        self._current: Fiber | None = None
        self._ready: list[Fiber] = []
        self._alarms: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0
        self._processes: list[Process] = []
    # Processes and their threads

    @property
    def current(self) -> Fiber:
        """The thread whose turn it is."""
        assert self._current is not None, "only a thread may wait"
        return self._current

    def process(self, name: str) -> Process:
        """A new process, without a thread yet."""
        made = Process(name)
        self._processes.append(made)
        return made

    def start(self, process: Process, work: Callable[[], object], *, name: str = "main") -> Fiber:
        """A new thread of that process."""
        process.check()
        self._number += 1
        fiber = Fiber(process, f"{process.name}/{name}", work, self._number)
        process.threads.append(fiber)
        self._ready.append(fiber)
        return fiber

    def kill(self, process: Process) -> None:
        """Ends a process: none of its threads gets anything done any more."""
        process.dead = True
        for fiber in process.threads:
            if fiber.waits:
                self.wake(fiber)

    def close(self) -> None:
        """Kills all that is left, so that nothing of it acts later."""
        for process in self._processes:
            self.kill(process)
        self.run(lambda: not self._ready)
        self._alarms.clear()

    # Waiting

    def hop(self) -> None:
        """Lets others have their turn, perhaps."""
        fiber = self.current
        fiber.process.check()
        self._ready.append(fiber)
        self._switch(fiber)

    def block(self, what: str, timeout: float | None = None) -> bool:
        """Waits to be woken. False when `timeout` seconds went by first."""
        fiber = self.current
        fiber.process.check()
        fiber.turn += 1
        fiber.waits, fiber.in_time = what, True
        if timeout is not None:
            self.at(self.now + max(0.0, timeout), partial(self._late, fiber, fiber.turn))
        self._switch(fiber)
        return fiber.in_time

    def wake(self, fiber: Fiber) -> None:
        """Lets a waiting thread go on."""
        if fiber.waits:
            fiber.waits = ""
            self._ready.append(fiber)

    def at(self, moment: float, do: Callable[[], None]) -> None:
        """Has something done at that time, by nobody in particular."""
        self._number += 1
        heapq.heappush(self._alarms, (moment, self._number, do))

    def _late(self, fiber: Fiber, turn: int) -> None:
        if fiber.turn == turn and fiber.waits:
            fiber.in_time = False
            self.wake(fiber)

    def _switch(self, fiber: Fiber) -> None:
        self._hub.switch()
        fiber.process.check()

    # Taking turns

    def run(self, until: Callable[[], bool], *, within: float = 86_400.0) -> None:
        """Lets threads have their turns until that holds.

        Raises DeadlockError, StuckError after `within` seconds, and what a thread raised that nobody caught.
        """
        assert getcurrent() is self._hub, "a thread does not run the others"
        over = self.now + within
        for _ in range(HOPS):
            if until():
                return
            if self._ready:
                self._turn()
            elif self._alarms:
                moment, _, do = heapq.heappop(self._alarms)
                if moment > over:
                    raise StuckError(f"nothing came of it in {within} s: {self._waiting()}")
                if moment > self.now:
                    self.now = moment
                    self._on_time(moment)
                do()
            else:
                raise DeadlockError(self._waiting())
        raise StuckError(f"{HOPS} turns at {self.now:.1f} s: {self._waiting()}")

    def pass_time(self, seconds: float) -> None:
        """Lets that much time pass, whoever is at work in it."""
        moment = self.now + seconds
        self.at(moment, lambda: None)
        self.run(lambda: self.now >= moment)

    def _turn(self) -> None:
        ready = self._ready
        place = self.random.randrange(len(ready)) if len(ready) > 1 else 0
        ready[place], ready[-1] = ready[-1], ready[place]
        fiber = ready.pop()
        if fiber.run is None:
            if fiber.process.dead:
                self._end(fiber)
                return
            fiber.run = greenlet(partial(self._whole, fiber), self._hub)
        self._current = fiber
        fiber.run.switch()
        self._current = None
        if self.errors:
            raise self.errors[0]

    def _whole(self, fiber: Fiber) -> None:
        try:
            fiber.work()
        except KilledError:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again by whoever runs the threads
            if not fiber.process.dead:
                self.errors.append(error)
        finally:
            self._end(fiber)

    def _end(self, fiber: Fiber) -> None:
        fiber.ended = True
        if fiber.joined is not None:
            fiber.joined.wake()

    def _waiting(self) -> str:
        return "; ".join(
            f"{fiber.name} waits for {fiber.waits or 'its turn'}" for process in self._processes
            for fiber in process.alive
        ) or "there is no thread"
