"""What `make run` runs: a supervisor that opens every door, and opens it again whatever has become of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from tests.recovery.installation.conftest import (
    ADMIN,
    COLLEAGUE,
    OWNER,
    SETTINGS,
    SLOW,
    assert_whole,
    begin,
    completed,
    half_done,
)
from tests.servers.house import DOORS, House, house, kill
from tests.servers.processes.installation import Installation
from tests.servers.slack.person import until


@pytest.fixture(scope="module")
def supervised(at: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(at, tmp_path_factory.mktemp("supervised"), supervised=True, **SETTINGS) as opened:
        yield opened


def test_everything_is_killed_at_once(supervised: House, undisturbed: Counter[tuple[Any, ...]]) -> None:
    """Every door, whoever works in it, and the store: all goes on by itself, and nobody is asked for anything.

    Two mailboxes are half done by then, a third person has just sent the form.
    """
    supervised.at.emulator.add_fault(SLOW)
    moves = begin(supervised, OWNER, COLLEAGUE)
    owners = {move.task_id: supervised.fencing(move.task_id) for move in half_done(supervised, moves, 2)}
    moves += begin(supervised, ADMIN)

    before = supervised.family("supervisor")[1:]
    kill(lambda: [*supervised.family("supervisor")[1:], supervised.server()])
    supervised.at.emulator.clear_faults()
    until(lambda: all(supervised.fencing(task_id) > owner for task_id, owner in owners.items()), every=0.5)
    completed(supervised, moves)

    assert len(before) > len(DOORS)
    assert_whole(supervised, moves, undisturbed, twice=1)
    for move in moves:
        (window,) = supervised.slack.control.views(move.person.key)
        assert window["title"]["text"] == "Migration started"


def test_told_to_stop_it_leaves_nothing_behind(supervised: House) -> None:
    """The supervisor tells the doors, they leave, and the last of them stops the store. Run it last."""
    family, store = supervised.family("supervisor"), supervised.server()

    family[0].terminate()
    left = psutil.wait_procs([*family, store], timeout=90)[1]

    assert left == []
