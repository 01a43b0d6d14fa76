"""Two releases at one task: what only the later one understands stays as that one has left it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.errors import UnreadableError
from engine.migration.record import State
from engine.migration.steering import cancel, pause, stop
from engine.migration.visit import Engine
from tests.unit.life.world import NOW, Life


@pytest.mark.parametrize("ask", [pause, cancel, stop], ids=lambda ask: ask.__name__)
def test_an_ask_of_a_later_release_is_not_replaced(at: Life, ask: Callable[[Engine, str], object]) -> None:
    """Whoever asks something else is told so, and what was asked first is still to be acted on."""
    task_id = at.put(State.RUNNING, started=NOW)
    at.redis.set(f"omm:task:{task_id}:ask", "hibernate 0123")

    with pytest.raises(UnreadableError, match="newer release"):
        ask(at.engine, task_id)

    assert at.redis.get(f"omm:task:{task_id}:ask") == b"hibernate 0123"
