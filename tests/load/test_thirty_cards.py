"""Thirty migrations at once: no card is old, and Slack has nothing to complain of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest

from engine.migration.record import State
from tests.recovery.notices.test_cadence import drawn, moved_on, work
from tests.servers.slack.notices import Office, office

MANY, PAUSED = 30, 6
OLDEST = 90.0       # seconds that a card may be behind its record


def limited(desk: Office) -> list[str]:
    return [call.method for call in desk.emulator.requests if call.status == 429]


@dataclass(frozen=True)
class History:
    """Minutes of thirty migrations: when each card was drawn, and how long six new states took to be shown."""

    times: Mapping[str, Sequence[float]]
    delays: Sequence[float]
    refused: Sequence[str]
    seconds: float
    ended: float


@pytest.fixture(scope="module")
def history() -> History:
    """All are busy; six are paused, one after the other; then all wait for one task, and go on at one moment."""
    with office(poll=1.0) as desk:
        began = desk.clock.seconds()
        tasks = work(desk, [desk.start(desk.begin()) for _ in range(MANY)], 80)
        delays, paused = [], []
        for task in tasks[:PAUSED]:
            paused.append(desk.save(task, state=State.PAUSED, stage=""))
            changed = desk.clock.seconds()
            while not any("Paused" in card["text"] for card in desk.cards() if task.task_id in card["text"]):
                tasks[PAUSED:] = work(desk, tasks[PAUSED:], 0.1)
            delays.append(desk.clock.seconds() - changed)
        tasks = [*paused, *tasks[PAUSED:]]
        tasks = [moved_on(desk, task, waits_for="7K2F-9QXD", state=State.WAITING) for task in tasks]
        tasks = work(desk, tasks, 20)
        tasks = [moved_on(desk, task, waits_for=None, state=State.RUNNING) for task in tasks]
        work(desk, tasks, 100)
        ended = desk.clock.seconds()
        return History(drawn(desk), delays, limited(desk), ended - began, ended)


def test_thirty_cards_are_never_old(history: History) -> None:
    """Each card is drawn in turn, within Slack's exact limits; nothing is overtaken for longer than it may be."""
    assert len(history.times) == MANY
    assert history.refused == []
    for each in history.times.values():
        gaps = [b - a for a, b in pairwise([*each, history.ended])]
        assert max(gaps) <= OLDEST
        assert len(each) >= 4


def test_a_new_state_does_not_wait_for_progress(history: History) -> None:
    """With thirty cards in turn, one that needs attention, is paused or ends shows it within seconds."""
    assert len(history.delays) == PAUSED
    assert max(history.delays) <= 6
