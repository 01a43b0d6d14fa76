"""The bytes that a migration may hold."""

import threading

import pytest

from engine.pace.budget import Budget
from engine.pace.halt import Halt, HaltedError


def taking(budget: Budget, size: int) -> tuple[threading.Thread, list[str]]:
    """A thread that takes `size` and writes down how it went."""
    went: list[str] = []

    def take() -> None:
        try:
            budget.take(size)
            went.append("taken")
        except HaltedError:
            went.append("halted")

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    return thread, went


def test_what_came_counts_by_its_true_size() -> None:
    """More bytes than were listed are taken too, and all are free again once they are given back."""
    budget = Budget(Halt(), total=100)
    budget.take(10)
    budget.correct(10, 250)
    asked = threading.Thread(target=budget.take, args=(1,), daemon=True)
    asked.start()
    asked.join(0.3)
    assert asked.is_alive()

    budget.give(250)
    asked.join(60)
    budget.take(99)
    assert not asked.is_alive()


def test_it_blocks_until_enough_is_given_back() -> None:
    """What does not fit waits, and goes on when somebody has given back."""
    budget = Budget(Halt(), 100)
    budget.take(60)
    thread, went = taking(budget, 50)
    thread.join(0.05)
    blocked = list(went)

    budget.give(60)
    thread.join(60)

    assert (blocked, went) == ([], ["taken"])


def test_more_than_all_of_it_counts_as_all_of_it() -> None:
    """One oversized share waits for everybody else and then goes alone; afterwards all is there again."""
    budget = Budget(Halt(), 100)
    budget.take(1)
    thread, went = taking(budget, 1_000_000)
    thread.join(0.05)
    blocked = list(went)
    budget.give(1)
    thread.join(60)
    budget.give(1_000_000)

    budget.take(100)
    more, none_left = taking(budget, 1)
    more.join(0.05)

    assert (blocked, went, none_left) == ([], ["taken"], [])
    budget.give(100)
    more.join(60)


def test_a_halt_ends_the_waiting() -> None:
    """Whoever waits for bytes that nobody gives back leaves when a stop is asked for."""
    halt = Halt()
    budget = Budget(halt, 100)
    budget.take(100)
    thread, went = taking(budget, 1)

    halt.set()
    thread.join(60)

    assert went == ["halted"]


def test_what_fits_is_taken_without_waiting_for_anything() -> None:
    """Nothing and everything are both sizes."""
    budget = Budget(Halt(), 100)

    budget.take(0)
    budget.take(100)
    budget.give(100)

    budget.take(100)


def test_no_thread_is_let_in_past_the_total() -> None:
    """Twenty threads in turns never hold more than the total."""
    budget = Budget(Halt(), 10)
    lock = threading.Lock()
    held, most = 0, 0

    def work() -> None:
        nonlocal held, most
        for size in (1, 4, 7, 3):
            budget.take(size)
            with lock:
                held += size
                most = max(most, held)
            with lock:
                held -= size
            budget.give(size)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert not any(thread.is_alive() for thread in threads)
    assert 0 < most <= 10


def test_a_halt_is_no_reason_to_refuse_what_fits_already() -> None:
    """Only waiting ends with a halt: callers look for it themselves between two batches."""
    halt = Halt()
    halt.set()

    Budget(halt, 10).take(5)

    with pytest.raises(HaltedError):
        halt.check()


def test_no_more_is_read_ahead_than_is_of_use() -> None:
    """However few bytes it is: whoever reads far ahead keeps memory, and the processor, from whoever writes."""
    most = 2
    budget = Budget(Halt(), most=lambda: most)
    budget.take(1)
    budget.take(1)
    thread, went = taking(budget, 1)
    thread.join(0.3)
    waited = list(went)
    budget.give(1)
    thread.join(60)

    assert waited == []
    assert went == ["taken"]
