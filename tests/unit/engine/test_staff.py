"""The writers of a transfer."""

from __future__ import annotations

import threading

from engine.items.moving.staff import Staff
from engine.pace.gate import FIRST_WIDTH, Gate
from engine.pace.halt import Halt


def test_there_are_as_many_writers_as_the_gate_lets_through() -> None:
    """One more as soon as it is wider, and none is started twice."""
    gate, over = Gate(16, Halt()), threading.Event()
    started: list[threading.Thread] = []

    def start() -> threading.Thread:
        started.append(threading.Thread(target=over.wait, daemon=True))
        started[-1].start()
        return started[-1]

    staff = Staff(gate, start)
    staff.fill()
    staff.fill()
    first = len(started)
    gate.went_well(waiting=True)
    staff.fill()
    works = staff.works(0)
    over.set()
    staff.join()

    assert (first, len(started)) == (FIRST_WIDTH, FIRST_WIDTH + 1)
    assert (works, staff.works(0)) == (True, False)


def test_a_writer_that_another_starts_at_the_end_is_waited_for() -> None:
    """No thread outlives the staff."""
    gate, ended = Gate(16, Halt()), []

    def write() -> None:
        if not ended:
            gate.went_well(waiting=True)
            staff.fill()
        ended.append(threading.get_ident())

    def start() -> threading.Thread:
        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        return thread

    staff = Staff(gate, start)
    staff.fill()
    staff.join()

    assert len(ended) == gate.width > FIRST_WIDTH
