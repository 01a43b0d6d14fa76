"""Threads that a seed takes turns with behave as real ones do, and replay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from engine import threads
from engine.pace.halt import Halt
from tests.servers.processes.cooperative import Cooperative, DeadlockError, KilledError, StuckError
from tests.servers.processes.cooperative_threads import Backend


def in_real_threads(work: Callable[[], None]) -> None:
    thread = threads.Thread(target=work, daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()


def in_turns(work: Callable[[], None]) -> None:
    with cooperative() as at:
        fiber = at.start(at.process("test"), work)
        at.run(lambda: fiber.ended)


@contextmanager
def cooperative(seed: int = 1) -> Iterator[Cooperative]:
    at = Cooperative(seed)
    with threads.using(Backend(at)):
        yield at
        at.close()


@pytest.fixture(params=[in_real_threads, in_turns], ids=["real", "cooperative"])
def run(request: pytest.FixtureRequest) -> Callable[[Callable[[], None]], None]:
    """Runs something in a thread of either kind."""
    found: Callable[[Callable[[], None]], None] = request.param
    return found


Run = Callable[[Callable[[], None]], None]


def test_a_lock_lets_one_in(run: Run) -> None:
    """Whoever waits for a lock with a time-out goes away; one that asks without blocking too."""
    seen: list[object] = []

    def work() -> None:
        lock = threads.Lock()
        with lock:
            seen.append(lock.acquire(blocking=False))
            other = threads.Thread(target=lambda: seen.append(lock.acquire(timeout=0.01)))
            other.start()
            other.join()
        seen.append(lock.locked())

    run(work)

    assert seen == [False, False, False]


def test_an_rlock_is_taken_more_than_once(run: Run) -> None:
    """By its holder; others wait until it was released as often."""
    seen: list[str] = []

    def work() -> None:
        lock = threads.RLock()

        def other() -> None:
            with lock:
                seen.append("other")

        with lock, lock:
            thread = threads.Thread(target=other)
            thread.start()
            thread.join(0.01)
            seen.append("mine")
        thread.join()

    run(work)

    assert seen == ["mine", "other"]


def test_a_condition_wakes_and_times_out(run: Run) -> None:
    """A waiter is woken with True, holds the lock again, and False says that the time went by."""
    seen: list[object] = []

    def work() -> None:
        condition = threads.Condition()
        woken = threads.Event()

        def wait() -> None:
            with condition:
                seen.append(condition.wait(0.01))
                woken.set()
                seen.append(condition.wait(10))

        thread = threads.Thread(target=wait)
        thread.start()
        woken.wait()
        with condition:
            condition.notify_all()
        thread.join()

    run(work)

    assert seen == [False, True]


def test_an_event_is_waited_for(run: Run) -> None:
    """False when the time went by; True as soon as it is set, and from then on at once."""
    seen: list[object] = []

    def work() -> None:
        event = threads.Event()
        seen.append(event.wait(0.01))
        thread = threads.Thread(target=lambda: seen.append(event.wait(10)))
        thread.start()
        event.set()
        thread.join()
        seen.append(event.wait())

    run(work)

    assert seen == [False, True, True]


def test_a_semaphore_counts(run: Run) -> None:
    """Two are let in, the third when one has left."""
    seen: list[object] = []

    def work() -> None:
        room = threads.Semaphore(2)
        seen.extend([room.acquire(), room.acquire(), room.acquire(timeout=0.01)])
        room.release()
        seen.append(room.acquire(timeout=0.01))

    run(work)

    assert seen == [True, True, False, True]


def test_a_queue_keeps_the_order(run: Run) -> None:
    """What was put first comes first; an empty queue says so."""
    seen: list[object] = []

    def work() -> None:
        queue: threads.SimpleQueue[int] = threads.SimpleQueue()
        thread = threads.Thread(target=lambda: seen.extend([queue.get(), queue.get()]))
        thread.start()
        queue.put(1)
        queue.put(2)
        thread.join()
        seen.append(queue.empty())
        with pytest.raises(threads.Empty):
            queue.get_nowait()

    run(work)

    assert seen == [1, 2, True]


def test_a_pool_brings_results_in_order(run: Run) -> None:
    """Results come at the places of what was asked, an error where it belongs, and more work than threads is done."""
    seen: list[object] = []

    def work() -> None:
        with threads.ThreadPoolExecutor(2, thread_name_prefix="test") as pool:
            seen.extend(pool.map(lambda number: number * 2, range(5)))
            failing = pool.submit(lambda: 1 // 0)
            with pytest.raises(ZeroDivisionError):
                failing.result()

    run(work)

    assert seen == [0, 2, 4, 6, 8]


def test_threads_have_names_of_their_own(run: Run) -> None:
    """No two threads that are alive have the same identity."""
    seen: set[int] = set()

    def work() -> None:
        everybody = threads.Event()

        def one() -> None:
            seen.add(threads.get_ident())
            everybody.wait()

        team = [threads.Thread(target=one) for _ in range(3)]
        for thread in team:
            thread.start()
        while len(seen) < 3:
            threads.sleep(0.001)
        everybody.set()
        for thread in team:
            thread.join()
        seen.add(threads.get_ident())

    run(work)

    assert len(seen) == 4


# Of cooperative threads alone


def _interleaved(seed: int) -> list[int]:
    seen: list[int] = []
    with cooperative(seed) as at:
        def one(number: int) -> None:
            for _ in range(5):
                at.hop()
                seen.append(number)

        fibers = [at.start(at.process(f"{number}"), lambda number=number: one(number)) for number in range(4)]
        at.run(lambda: all(fiber.ended for fiber in fibers))
    return seen


def test_a_seed_gives_the_same_turns_again() -> None:
    """The same seed plays the same history, and another one another."""
    assert _interleaved(1) == _interleaved(1)
    assert _interleaved(1) != _interleaved(2)


def test_the_clock_jumps_while_all_wait() -> None:
    """Two hours of waiting pass at once, and everybody's time comes in order."""
    seen: list[float] = []
    with cooperative() as at:
        process = at.process("test")
        for seconds in (7200.0, 60.0, 0.5):
            at.start(process, lambda seconds=seconds: (threads.sleep(seconds), seen.append(threads.monotonic())))
        at.run(lambda: len(seen) == 3)

    assert seen == [0.5, 60.0, 7200.0]


def test_a_deadlock_is_told_by_who_waits_for_what() -> None:
    """Two threads that wait for each other's lock are named."""
    with cooperative() as at:
        first, second = threads.Lock(), threads.Lock()

        def crosswise(one: threads.Lock, other: threads.Lock) -> None:
            with one:
                threads.sleep(1)
                with other:
                    pass

        process = at.process("test")
        at.start(process, lambda: crosswise(first, second), name="left")
        at.start(process, lambda: crosswise(second, first), name="right")
        with pytest.raises(DeadlockError, match=r"test/left waits for a lock; test/right waits for a lock"):
            at.run(lambda: False)


def test_what_never_comes_about_is_told() -> None:
    """Threads that only ever wait for the next second are stuck after the time that was given."""
    with cooperative() as at:
        halt = Halt()
        at.start(at.process("test"), lambda: [halt.wait(1) for _ in range(1000)])
        with pytest.raises(StuckError, match="test/main waits for an event"):
            at.run(lambda: False, within=100)


def test_a_killed_process_does_nothing_any_more() -> None:
    """Its threads end where they wait, what they would do afterwards is not done, and others go on."""
    done: list[str] = []
    with cooperative() as at:
        def work(name: str) -> None:
            try:
                threads.sleep(10)
                done.append(name)
            finally:
                threads.Event().wait(0.1)

        killed, other = at.process("killed"), at.process("other")
        at.start(killed, lambda: work("killed"))
        spared = at.start(other, lambda: work("other"))
        at.pass_time(5)
        at.kill(killed)
        at.run(lambda: spared.ended)

        assert done == ["other"]
        assert not killed.alive
        with pytest.raises(KilledError):
            at.start(killed, lambda: work("once more"))


def test_an_error_that_nobody_catches_is_raised_by_whoever_looks_on() -> None:
    """A thread does not die unseen."""
    with cooperative() as at:
        at.start(at.process("test"), lambda: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            at.run(lambda: False)
        at.errors.clear()
