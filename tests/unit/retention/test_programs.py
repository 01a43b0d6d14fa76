"""The worker programs have the sweep look, with the days that the settings say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import wiring
import worker
from bot.stored.audit_entries import Entry, What
from bot.work.heartbeats import Role
from bot.work.sweep import Sweep
from engine.migration.content import Content
from engine.migration.record import State
from engine.migration.steering import forget, resume
from tests.servers.slack.signed_world import NOWHERE
from tests.unit.life.world import KEY, REQUEST
from tests.unit.listeners.door import OWNER, TEAM
from tests.unit.retention.house import House
from wiring import opening


@pytest.mark.parametrize("role", Role)
def test_a_program_forgets_what_is_over(house: House, monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    """Each of the three, whichever runs: a task is gone after OMM_RETENTION_DAYS, an entry after OMM_AUDIT_DAYS."""
    old, young = house.task(days_ago=5), house.task(days_ago=3)
    audit, now = house.door.services.trail.audit, house.door.life.clock()
    for days_ago in (8, 6):
        audit.append(TEAM, Entry(now - timedelta(days=days_ago), OWNER, What.PAUSE, young))
    stops: list[Callable[[], None]] = []

    class Once(Sweep):
        def look(self) -> int:
            gone = super().look()
            stops[0]()
            return gone

    @contextmanager
    def opened() -> Iterator[wiring.Doors]:
        yield wiring.Doors(house.door.life.engine, house.redis, "")

    for module, name, value in (
        (worker, "on_sigterm", stops.append), (worker, "Sweep", Once), (worker, "KEPT_EVERY", 0.0),
        (wiring, "warn", lambda _chosen, _opened: None),
    ):
        monkeypatch.setattr(module, name, value)
    door: Any = SimpleNamespace(
        open=opened, settings=SimpleNamespace(retention_days=4, audit_days=7, environ={}),
        slack=wiring.SlackSettings("xoxb-of-a-test", "secret", "", NOWHERE),
    )

    worker._keep(cast(worker.Door, door), worker.Address(), role)

    assert house.record(old) is None
    assert house.record(young) is not None
    found = [placed.entry for placed in audit.entries(TEAM, young) if placed.entry]
    assert [(now - entry.at).days for entry in found] == [6]


def test_every_door_forgets_all_of_a_task(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What any door opens, the terminal too, writes the audit, and has cards looked at when a state changes.

    The state is in the audit as well.
    """
    asked = replace(REQUEST, contents=(Content.MAIL,))      # what the doors of today can move
    task_id, paused = house.task(request=asked), house.task(State.PAUSED, request=asked)
    monkeypatch.setattr(opening, "_reached", lambda *_: house.redis)
    chosen = wiring.settings({"HOME": str(tmp_path), "OMM_SECRET_KEYS": KEY, "OMM_REDIS_URL": "redis://localhost"})
    house.door.services.threads.look_again(paused, None)

    with wiring.doors(chosen, clock=house.door.life.clock) as opened:
        forget(opened.engine, task_id)
        resume(opened.engine, paused)

    assert [line["task"] for line in house.lines()] == [task_id]
    assert house.door.services.threads.load(task_id) is None
    assert house.door.services.threads.due(0) == [paused]
    (last,) = house.door.services.trail.audit.entries(TEAM, paused)
    assert last.entry == Entry(house.door.life.clock(), "", What.STATE, paused, state="waiting")
