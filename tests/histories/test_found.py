"""Histories that once ended badly, each as short as it can be."""

from __future__ import annotations

import pytest

from engine.migration import State
from tests.histories.test_histories import Histories


@pytest.mark.parametrize("at", [25, 26, 27, 28])
def test_a_message_thrown_away_while_a_rollback_looks_is_found_where_it_went(at: int) -> None:
    """The folder that it leaves may be read after the one that it goes to: the look then begins once more."""
    history = Histories()
    history.starts(
        draw=5, accounts=1, grace=5.0, mailbox=0, front=0, page=512, refuses=False, back=False,
    )
    history.works(0, 5)

    history.rolls_back_somehow(0, 5, [(at, "throws_away", 3)])

    (task,) = history.tasks
    rollback = history.world.record(task).rollback
    assert history.world.record(task).state is State.ROLLED_BACK
    assert rollback is not None
    assert rollback.removed + rollback.kept == rollback.found == 12     # a draft that was thrown away was changed
    history.teardown()
