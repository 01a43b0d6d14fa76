"""Thirty migrations at once: no card is old, and Slack has nothing to complain of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

import pytest

from engine.migration import Content, Migration, State
from tests.servers.notices import CHANNEL, Office, office

MANY, PAUSED = 30, 6
OLDEST = 90.0       # seconds that a card may be behind its record


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    """An office whose notifier finds by itself what has changed, second by second."""
    with office(tmp_path, poll=1.0) as opened:
        yield opened


def moved_on(desk: Office, task: Migration, **changes: object) -> Migration:
    """The record as a busy engine leaves it a moment later."""
    step = task.step(Content.MAIL)
    counts = replace(step.counts, found=100_000, copied=step.counts.copied + 1)
    return desk.save(task, steps=MappingProxyType({Content.MAIL: replace(step, counts=counts)}), **changes)


def work(desk: Office, tasks: list[Migration], seconds: float) -> list[Migration]:
    """Each record changes every few seconds, while the notifier works."""
    end, turn = desk.clock.seconds() + seconds, 0
    while desk.clock.seconds() < end:
        desk.clock.move(max(0.05, desk.notifier.tick()))
        turn += 1
        tasks = [moved_on(desk, task) if number % 3 == turn % 3 else task for number, task in enumerate(tasks)]
    return tasks


def drawn(desk: Office) -> dict[str, list[float]]:
    """When each card was posted or drawn, by its ts."""
    times = {card["ts"]: [float(card["ts"])] for card in desk.cards()}
    for call in desk.emulator.requests:
        if call.method == "chat.update" and call.ok:
            times[call.arguments["ts"]].append(call.at)
    return times


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
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """All are busy; six are paused, one after the other; then all wait for one task, and go on at one moment."""
    with office(tmp_path_factory.mktemp("cadence"), poll=1.0) as desk:
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
    # there is room for what cannot wait
    assert sum(map(len, history.times.values())) - MANY < history.seconds / 60 * 44
    for each in history.times.values():
        gaps = [b - a for a, b in pairwise([*each, history.ended])]
        assert max(gaps) <= OLDEST
        assert len(each) >= 4


def test_a_new_state_does_not_wait_for_progress(history: History) -> None:
    """With thirty cards in turn, one that needs attention, is paused or ends shows it within seconds."""
    assert len(history.delays) == PAUSED
    assert max(history.delays) <= 6


def test_a_single_card_is_drawn_every_few_seconds(desk: Office) -> None:
    """Nobody else needs the room: three seconds apart, and not more often."""
    work(desk, [desk.start(desk.begin())], 60)

    (times,) = drawn(desk).values()
    gaps = [b - a for a, b in pairwise(times)]
    assert min(gaps) >= 2.9
    assert max(gaps) <= 6


def test_a_card_that_was_drawn_an_hour_ago_is_right_when_nothing_has_changed(desk: Office) -> None:
    """Old is a card that is behind its record; one of a paused task is not sent again among thirty busy ones."""
    paused = desk.save(desk.start(desk.begin()), state=State.PAUSED, stage="")
    work(desk, [desk.start(desk.begin()) for _ in range(5)], 120)

    (ts,) = [card["ts"] for card in desk.cards() if paused.task_id in card["text"]]
    assert len(drawn(desk)[ts]) == 1
    assert len(desk.messages(CHANNEL)) == 6 + 6
