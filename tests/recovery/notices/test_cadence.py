"""Thirty migrations at once: no card is old, and Slack has nothing to complain of."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

from engine.migration import Content, Migration, State
from tests.servers.notices import CHANNEL, Office

MANY = 30
OLDEST = 90.0       # seconds that a card may be behind its record


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


def test_thirty_cards_are_never_old(desk: Office) -> None:
    """Minutes of thirty busy migrations: each card is drawn in turn, within Slack's exact limits."""
    tasks = [desk.start(desk.begin()) for _ in range(MANY)]
    work(desk, tasks, 240)

    times = drawn(desk)
    assert len(times) == MANY
    assert limited(desk) == []
    assert sum(map(len, times.values())) - MANY < 240 / 60 * 44     # there is room for what cannot wait
    for each in times.values():
        gaps = [b - a for a, b in pairwise([*each, desk.clock.seconds()])]
        assert max(gaps) <= OLDEST
        assert len(each) >= 5


def test_a_new_state_does_not_wait_for_progress(desk: Office) -> None:
    """With thirty cards in turn, one that needs attention, is paused or ends shows it within seconds."""
    tasks = work(desk, [desk.start(desk.begin()) for _ in range(MANY)], 120)
    delays = []
    for _ in range(6):
        paused, *tasks = tasks
        desk.save(paused, state=State.PAUSED, stage="")
        changed = desk.clock.seconds()
        while not any("Paused" in card["text"] for card in desk.cards() if paused.task_id in card["text"]):
            tasks = work(desk, tasks, 0.1)
        delays.append(desk.clock.seconds() - changed)

    assert max(delays) <= 6
    assert limited(desk) == []


def test_thirty_new_states_at_once_leave_no_card_old(desk: Office) -> None:
    """All are paused and resumed in one moment: nothing is overtaken for longer than it may be."""
    tasks = work(desk, [desk.start(desk.begin()) for _ in range(MANY)], 60)
    tasks = [moved_on(desk, task, waits_for="7K2F-9QXD", state=State.WAITING) for task in tasks]
    tasks = work(desk, tasks, 20)
    tasks = [moved_on(desk, task, waits_for=None, state=State.RUNNING) for task in tasks]
    work(desk, tasks, 150)

    assert limited(desk) == []
    for each in drawn(desk).values():
        assert max(b - a for a, b in pairwise([*each, desk.clock.seconds()])) <= OLDEST


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
