"""How often a card is drawn: not more often than it may be, and not when nothing has changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

import pytest

from engine.migration.content import Content
from engine.migration.record import Migration, State
from tests.servers.slack.notices import CHANNEL, Office, office


@pytest.fixture
def desk() -> Iterator[Office]:
    """An office whose notifier finds by itself what has changed, second by second."""
    with office(poll=1.0) as opened:
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
