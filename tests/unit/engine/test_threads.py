"""Threads and clocks are reached through one room, so that a test can put its own in their place."""

from __future__ import annotations

import ast
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine import threads
from engine.pace.budget import Budget
from engine.pace.halt import Halt

ENGINE = Path(threads.__file__).parent
ROOMS = sorted(
    path for path in ENGINE.rglob("*.py")
    if path != ENGINE / "threads.py" and ENGINE / "connectors" not in path.parents
)
OWN = {"threading", "queue", "concurrent", "time", "_thread", "asyncio"}


@pytest.mark.parametrize("room", ROOMS, ids=lambda path: str(path.relative_to(ENGINE)))
def test_only_one_room_knows_the_libraries(room: Path) -> None:
    """No module of the engine but threads.py and the connectors imports threads, queues, pools or clocks itself."""
    tree = ast.parse(room.read_text())

    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
    }

    assert imported & OWN == set()


def test_a_backend_is_used_until_its_context_ends() -> None:
    """What is made inside the context is the backend's, what is made after it the library's own again."""
    made: list[str] = []

    def condition() -> threading.Condition:
        made.append("condition")
        return threading.Condition()

    backend = SimpleNamespace(**{name: getattr(threads, name) for name in threads.REPLACED})
    backend.Condition = condition
    with threads.using(backend):
        Budget(Halt())
    Budget(Halt())

    assert made == ["condition"]
    assert threads.Condition is threading.Condition
