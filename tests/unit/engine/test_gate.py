"""The gate in front of the destination."""

import threading
import time

import pytest

from engine.pace.gate import FIRST_WIDTH, UNASKED_WIDTH, Gate
from engine.pace.halt import Halt, HaltedError


def filled(gate: Gate, turns: int) -> tuple[list[threading.Thread], threading.Event, threading.Semaphore]:
    """Threads that each hold one turn until the event is set; the semaphore counts those that are in."""
    leave, inside = threading.Event(), threading.Semaphore(0)

    def hold() -> None:
        with gate.turn():
            inside.release()
            leave.wait(90)

    threads = [threading.Thread(target=hold, daemon=True) for _ in range(turns)]
    for thread in threads:
        thread.start()
    return threads, leave, inside


def test_only_so_many_are_inside_at_once() -> None:
    """One more than the width waits until another has left."""
    gate = Gate(16, Halt())
    threads, leave, inside = filled(gate, FIRST_WIDTH + 1)

    assert all(inside.acquire(timeout=60) for _ in range(FIRST_WIDTH))
    assert not inside.acquire(timeout=0.05)

    leave.set()
    assert inside.acquire(timeout=60)
    for thread in threads:
        thread.join(60)


def test_a_busy_server_narrows_it_to_no_less_than_one() -> None:
    """Half the width each time, and never nothing."""
    gate = Gate(16, Halt())
    widths = []
    for _ in range(4):
        gate.was_busy(0.001)
        with gate.turn():
            widths.append(gate.width)

    assert widths == [FIRST_WIDTH // 2, 1, 1, 1]


def test_a_burst_of_busy_answers_counts_once() -> None:
    """All requests that were under way together are told the same thing."""
    gate = Gate(16, Halt())
    for _ in range(4):
        gate.was_busy(5)

    assert gate.width == FIRST_WIDTH // 2


def test_nobody_enters_before_the_back_off_is_over() -> None:
    """The pause that the server named is kept."""
    gate = Gate(16, Halt())
    gate.was_busy(0.2)
    started = time.monotonic()

    with gate.turn():
        waited = time.monotonic() - started

    assert waited >= 0.19


@pytest.mark.parametrize("named", [None, 0])
def test_without_a_named_back_off_the_pauses_grow(named: float | None) -> None:
    """A server that names none, or nothing at all, is given longer each time, not asked again at once."""
    gate = Gate(16, Halt())
    pauses = []
    for _ in range(2):
        gate.was_busy(named)
        started = time.monotonic()
        with gate.turn():
            pauses.append(time.monotonic() - started)

    assert pauses[0] > 0.4
    assert pauses[1] > 0.9


def test_it_widens_only_while_more_is_waiting_to_be_sent() -> None:
    """Answers widen it up to the widest; where nothing waits they do not."""
    gate = Gate(6, Halt())
    for _ in range(50):
        gate.went_well(waiting=False)
    idle = gate.width
    for _ in range(50):
        gate.went_well(waiting=True, pace=0.1)

    assert idle == FIRST_WIDTH
    assert gate.width == 6


def test_it_does_not_widen_where_requests_queue_up() -> None:
    """A server whose answers take longer the more it is asked at once is not asked more at once."""
    gate = Gate(16, Halt())
    for _ in range(50):
        gate.went_well(waiting=True, pace=0.01 * gate.width)

    assert gate.width <= 4


def test_one_lucky_answer_does_not_widen_it() -> None:
    """Where answers usually wait for each other, a quick one among them shows no room."""
    gate = Gate(16, Halt())
    for pace in (0.01, 0.03, 0.04, 0.04, 0.04):
        gate.went_well(waiting=True, pace=pace)
    before = gate.width
    for _ in range(10):
        gate.went_well(waiting=True, pace=0.04)
        gate.went_well(waiting=True, pace=0.012)

    assert gate.width == before


def test_answers_of_unknown_pace_widen_it_only_a_little() -> None:
    """A first answer, which may have been a sign-in as well, says nothing about queues."""
    gate = Gate(16, Halt())
    for _ in range(50):
        gate.went_well(waiting=True)

    assert gate.width == UNASKED_WIDTH


def test_after_a_busy_answer_it_widens_slowly() -> None:
    """Once narrowed, as many answers as it is wide open it by one."""
    gate = Gate(16, Halt())
    for _ in range(4):
        gate.went_well(waiting=True, pace=0.1)
    gate.was_busy(0.001)
    before = gate.width
    for _ in range(before):
        gate.went_well(waiting=True, pace=0.1)
    one_round = gate.width
    gate.went_well(waiting=True, pace=0.1)

    assert (before, one_round, gate.width) == (3, 4, 4)


def test_a_halt_ends_the_waiting_at_once() -> None:
    """Whoever waits out a long back-off leaves within moments of a stop."""
    halt = Halt()
    gate = Gate(16, halt)
    gate.was_busy(600)
    ended: list[type[BaseException]] = []

    def wait() -> None:
        try:
            with gate.turn():
                pass
        except HaltedError as error:
            ended.append(type(error))

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    halt.set()
    thread.join(60)

    assert ended == [HaltedError]


def test_a_turn_is_given_back_when_its_holder_fails() -> None:
    """An exception inside frees the place."""
    gate = Gate(1, Halt())
    with pytest.raises(RuntimeError), gate.turn():
        raise RuntimeError

    with gate.turn():
        assert gate.width == 1
