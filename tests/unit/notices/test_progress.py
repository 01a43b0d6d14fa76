"""Cards that change all the time, among many that stand still or wait in line: none is old."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from engine.migration.record import Migration, State
from tests.recovery.notices.test_cadence import work
from tests.servers.slack.notices import ADMIN, CHANNEL, COLLEAGUE, OWNER, Office, all_text, office

OTHERS, CHANGING = 12, 3
SECONDS, OLD = 18.0, 10.0       # of work that is watched, and an age that no card that changes comes to
PLACES = ((CHANNEL, OWNER), ("C0GENERAL1", OWNER), ("", OWNER), ("", COLLEAGUE), ("", ADMIN), ("C0PARTNER1", OWNER))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    """An office whose notifier finds by itself what has changed, second by second; cards are posted without limits."""
    with office(poll=1.0) as opened:
        yield opened


def begun(desk: Office, count: int) -> list[Migration]:
    """Tasks in line, in several conversations so that their cards are soon posted."""
    tasks = []
    for channel, owner in (PLACES * count)[:count]:
        tasks.append(desk.begin(channel=channel, owner=owner))
        desk.clock.move(0.1)
    return tasks


def cards(desk: Office) -> list[dict[str, Any]]:
    """Every card, wherever it stands."""
    return [card for place in {channel or owner for channel, owner in PLACES} for card in desk.cards(place)]


def oldest(desk: Office, tasks: list[Migration], since: float) -> float:
    """The longest that a card of these tasks went without being drawn since then, in seconds."""
    times: dict[str, list[float]] = {task.task_id: [since] for task in tasks}
    for call in desk.emulator.requests:
        task_id = str(call.arguments.get("text", ""))[10:19]
        if call.method == "chat.update" and call.ok and call.at > since and task_id in times:
            times[task_id].append(call.at)
    return max(b - a for each in times.values() for a, b in pairwise([*each, desk.clock.seconds()]))


def test_cards_that_stand_still_take_no_turn(desk: Office) -> None:
    """Many run and wait for their servers; the few that go on are drawn as if they were alone."""
    for task in begun(desk, OTHERS):
        desk.start(task)
    tasks = work(desk, [desk.start(task) for task in begun(desk, CHANGING)], 20)
    since = desk.clock.seconds()

    tasks = work(desk, tasks, SECONDS)

    assert oldest(desk, tasks, since) < OLD


def test_a_line_that_moves_takes_no_turn_from_progress(desk: Office) -> None:
    """Whenever one leaves the line the number on every card behind it changes; cards of tasks at work come first."""
    line = begun(desk, OTHERS)
    tasks = work(desk, [desk.start(task) for task in begun(desk, CHANGING)], 20)
    since = desk.clock.seconds()

    for gone in line[:3]:
        desk.save(gone, state=State.CANCELLED, ended=desk.clock())
        tasks = work(desk, tasks, SECONDS / 3)

    assert oldest(desk, tasks, since) < OLD
    work(desk, [], 30)
    assert f"Number {OTHERS - 3}" in all_text([card for card in cards(desk) if line[-1].task_id in card["text"]])


def test_a_card_shows_the_record_as_it_is_when_it_is_drawn(desk: Office) -> None:
    """A card that waits for its turn does not show what was so at the last look."""
    tasks = [desk.start(task, copied=1) for task in begun(desk, 5)]
    desk.run(20)
    for task in tasks:
        desk.start(task, copied=2)
        desk.threads.look_again(task.task_id, 0)
    desk.notifier.tick()        # looks at all, and there is room for some
    waiting = [task for task in tasks if f"{task.task_id}: Running. Mail 5%: 1 of 20" in all_text(cards(desk))]
    for task in waiting:
        desk.start(task, copied=7)

    desk.clock.move(1.5)
    desk.notifier.tick()

    drawn = [card["text"] for card in cards(desk) if any(task.task_id in card["text"] for task in waiting)]
    assert 0 < len(waiting) < len(tasks)
    assert any("7 of 20" in text for text in drawn)
    assert not any("2 of 20" in text for text in drawn)


def test_another_state_is_shown_by_the_next_pass(desk: Office) -> None:
    """Cards that change all the time would take all that Slack allows; one that is paused does not wait for room."""
    tasks = work(desk, [desk.start(task, copied=1) for task in begun(desk, 8)], 20)
    for _ in range(3):
        task, *tasks = tasks
        desk.save(task, state=State.PAUSED, stage="")
        desk.threads.look_again(task.task_id, 0)
        desk.notifier.tick()

        assert f"{task.task_id}: Paused" in all_text(cards(desk))
        tasks = work(desk, tasks, 4)
