"""An order that is placed again: whoever asks once more gets as many attempts as at first."""

from __future__ import annotations

import pytest

from bot.stored.orders import Kind, Orders

TASK = "7K2F-9QXD"


@pytest.mark.parametrize("times", [1, 2])
def test_errors_before_it_was_placed_again_do_not_count(orders: Orders, times: int) -> None:
    """Resumed by a person after errors of ours, a task is not given up at the next one."""
    order = orders.place(Kind.MIGRATE, (TASK,), {"task_id": TASK})
    for _ in range(times):
        orders.failed(order)

    again = orders.place(Kind.MIGRATE, (TASK,), {"task_id": TASK})

    assert orders.failed(again) == 1


def test_processes_that_died_before_it_was_placed_again_do_not_count(orders: Orders) -> None:
    """Nor is it given up because processes had died over it before."""
    order = orders.place(Kind.MIGRATE, (TASK,), {"task_id": TASK})
    for _ in range(4):
        orders.begun(order, settled=0)

    again = orders.place(Kind.MIGRATE, (TASK,), {"task_id": TASK})

    assert orders.begun(again, settled=0).times == 1
