"""What `engine.threads` is given in a history: threads, locks and clocks of a cooperative scheduler.

As far as the engine uses them they behave as the standard library's do; tests/unit/servers holds them to that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from queue import Empty
from typing import Any

from tests.servers.processes.cooperative import Cooperative, Fiber, KilledError, Line

RESTLESS = 0.1      # of all times that a lock is taken, others are let go first


class Backend:
    """The attributes that `engine.threads` names in REPLACED."""

    def __init__(self, at: Cooperative) -> None:
        self._at = at
        self.Thread = partial(Thread, at)
        self.Lock = partial(Lock, at)
        self.RLock = partial(RLock, at)
        self.Condition = partial(Condition, at)
        self.Event = partial(Event, at)
        self.Semaphore = partial(Semaphore, at)
        self.SimpleQueue = partial(SimpleQueue, at)
        self.ThreadPoolExecutor = partial(Pool, at)

    def monotonic(self) -> float:
        return self._at.now

    def boottime(self) -> float:
        return self._at.now

    def get_ident(self) -> int:
        return self._at.current.number

    def sleep(self, seconds: float) -> None:
        """Waits that long."""
        self._at.block("sleep", max(0.0, seconds))


class Thread:
    """threading.Thread."""

    def __init__(
        self, at: Cooperative, group: None = None, target: Callable[..., object] = lambda: None, name: str = "thread",
        args: Iterable[Any] = (), kwargs: dict[str, Any] | None = None, *, daemon: bool | None = None,
    ) -> None:
        self.name, self.daemon = name, daemon
        self._at = at
        self._work = partial(target, *args, **(kwargs or {}))
        self._fiber: Fiber | None = None

    def start(self) -> None:
        self._fiber = self._at.start(self._at.current.process, self._work, name=self.name)
        self._fiber.joined = Line(self._at, f"{self.name} to end")

    def is_alive(self) -> bool:
        return self._fiber is not None and not self._fiber.ended

    def join(self, timeout: float | None = None) -> None:
        assert self._fiber is not None
        assert self._fiber.joined is not None
        if not self._fiber.ended and not self._at.current.process.dead:     # what is tidied up in a killed process
            self._fiber.joined.wait(timeout)


class Lock:
    """threading.Lock. In a process that was killed it is nobody's."""

    def __init__(self, at: Cooperative) -> None:
        self._at = at
        self._holder: Fiber | None = None
        self._line = Line(at, "a lock")

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        me = self._at.current
        me.process.check()
        if self._at.random.random() < RESTLESS:
            self._at.hop()
        over = None if timeout < 0 else self._at.now + timeout
        while self._holder is not None:
            if not blocking or not self._line.wait(None if over is None else over - self._at.now):
                return False
        self._holder = me
        return True

    def release(self) -> None:
        if self._holder is None and not self._at.current.process.dead:
            raise RuntimeError("release unlocked lock")
        self._holder = None
        self._line.wake(1)

    def locked(self) -> bool:
        return self._holder is not None

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_error: object) -> None:
        self.release()


class RLock(Lock):
    """threading.RLock."""

    def __init__(self, at: Cooperative) -> None:
        super().__init__(at)
        self._depth = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        got = self._holder is self._at.current or super().acquire(blocking, timeout)
        self._depth += got
        return got

    def release(self) -> None:
        self._depth -= 1
        if self._depth == 0:
            super().release()

    def let_go(self) -> int:
        """Releases it however often it is held; how often that was."""
        depth, self._depth = self._depth, 1
        self.release()
        return depth

    def take_back(self, depth: int) -> None:
        """Holds it again as often."""
        if not self._at.current.process.dead:
            self.acquire()
        self._depth = depth


class Condition:
    """threading.Condition over an RLock."""

    def __init__(self, at: Cooperative, lock: RLock | None = None) -> None:
        self._at = at
        self._lock = lock or RLock(at)
        self._line = Line(at, "a condition")
        self.acquire, self.release = self._lock.acquire, self._lock.release

    def __enter__(self) -> bool:
        return self._lock.acquire()

    def __exit__(self, *_error: object) -> None:
        self._lock.release()

    def wait(self, timeout: float | None = None) -> bool:
        depth = self._lock.let_go()
        try:
            return self._line.wait(timeout)
        finally:
            self._lock.take_back(depth)

    def wait_for(self, predicate: Callable[[], Any], timeout: float | None = None) -> Any:
        over = None if timeout is None else self._at.now + timeout
        while not (held := predicate()) and (over is None or self._at.now < over):
            self.wait(None if over is None else over - self._at.now)
        return held

    def notify(self, n: int = 1) -> None:
        self._line.wake(n)

    def notify_all(self) -> None:
        self._line.wake()


class Event:
    """threading.Event. It may be set by somebody who is no thread."""

    def __init__(self, at: Cooperative) -> None:
        self._at = at
        self._set = False
        self._line = Line(at, "an event")

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True
        self._line.wake()

    def clear(self) -> None:
        self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        self._at.current.process.check()
        if not self._set:
            self._line.wait(timeout)
        return self._set


class Semaphore:
    """threading.Semaphore."""

    def __init__(self, at: Cooperative, value: int = 1) -> None:
        self._at = at
        self._value = value
        self._line = Line(at, "a semaphore")

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        self._at.current.process.check()
        over = None if timeout is None else self._at.now + timeout
        while self._value == 0:
            if not blocking or not self._line.wait(None if over is None else over - self._at.now):
                return False
        self._value -= 1
        return True

    def release(self, n: int = 1) -> None:
        self._value += n
        self._line.wake(n)


class SimpleQueue:
    """queue.SimpleQueue."""

    def __init__(self, at: Cooperative) -> None:
        self._items: deque[Any] = deque()
        self._left = Semaphore(at, 0)

    @classmethod
    def __class_getitem__(cls, _kind: object) -> type[SimpleQueue]:
        return cls

    def empty(self) -> bool:
        return not self._items

    def qsize(self) -> int:
        return len(self._items)

    def put(self, item: Any) -> None:
        self._items.append(item)
        self._left.release()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        if not self._left.acquire(block, timeout):
            raise Empty
        return self._items.popleft()

    def get_nowait(self) -> Any:
        return self.get(block=False)


class Future:
    """concurrent.futures.Future."""

    def __init__(self, at: Cooperative) -> None:
        self._done = Event(at)
        self._value: Any = None
        self._error: BaseException | None = None
        self._begun = self._cancelled = False

    def fill(self, work: Callable[[], Any]) -> None:
        """Does the work and keeps what came of it."""
        if self._cancelled:
            return
        self._begun = True
        try:
            self._value = work()
        except KilledError:
            raise
        except BaseException as error:  # noqa: BLE001 - raised again by whoever asks for the result
            self._error = error
        self._done.set()

    def cancel(self) -> bool:
        self._cancelled = not self._begun
        return self._cancelled

    def done(self) -> bool:
        return self._done.is_set()

    def result(self, timeout: float | None = None) -> Any:
        error = self.exception(timeout)
        if error is not None:
            raise error
        return self._value

    def exception(self, timeout: float | None = None) -> BaseException | None:
        if not self._done.wait(timeout):
            raise TimeoutError
        return self._error


class Pool:
    """concurrent.futures.ThreadPoolExecutor."""

    def __init__(self, at: Cooperative, max_workers: int = 4, thread_name_prefix: str = "pool") -> None:
        self._at = at
        self._most = max_workers
        self._name = thread_name_prefix
        self._todo = SimpleQueue(at)
        self._team: list[Thread] = []
        self._idle = 0

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        future = Future(self._at)
        self._todo.put((future, partial(work, *args, **kwargs)))
        if self._idle < self._todo.qsize() and len(self._team) < self._most:
            self._team.append(Thread(self._at, target=self._work, name=self._name))
            self._team[-1].start()
        return future

    def _work(self) -> None:
        while True:
            self._idle += 1
            got = self._todo.get()
            self._idle -= 1
            if got is None:
                self._todo.put(None)
                return
            got[0].fill(got[1])

    def map(self, work: Callable[..., Any], *columns: Iterable[Any]) -> Iterator[Any]:
        futures = deque(self.submit(work, *row) for row in zip(*columns, strict=False))

        def results() -> Iterator[Any]:
            try:
                while futures:
                    yield futures.popleft().result()
            finally:
                for future in futures:
                    future.cancel()

        return results()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        assert not cancel_futures
        self._todo.put(None)
        for thread in self._team if wait else ():
            thread.join()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
