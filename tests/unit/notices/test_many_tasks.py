"""Many tasks are due at once: people hear of them from the first pass on, and read the right number in line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import fakeredis
import pytest

from bot.stored.outbox import Letter
from bot.stored.threads import Thread
from tests.servers.slack.notices import ADMIN, CHANNEL, COLLEAGUE, OWNER, TEAM, Clock, Office, all_text, office, request

PLACES = ((CHANNEL, OWNER), ("C0GENERAL1", OWNER), ("", OWNER), ("", COLLEAGUE), ("", ADMIN))


class SlowRedis(fakeredis.FakeRedis):
    """Each command takes six hundredths of a second by the test's clock."""

    clock: Clock | None = None

    def execute_command(self, *args: Any, **options: Any) -> Any:
        if self.clock is not None:
            self.clock.move(0.06)
        return super().execute_command(*args, **options)


@pytest.fixture
def slow() -> Iterator[tuple[Office, SlowRedis]]:
    """An office, and a slow way to its store."""
    server = fakeredis.FakeServer()
    with office(redis=fakeredis.FakeRedis(server=server)) as desk:
        redis = SlowRedis(server=server)
        redis.clock = desk.clock
        yield desk, redis


def everywhere(desk: Office) -> list[dict[str, Any]]:
    """Every card."""
    return [card for place in (CHANNEL, "C0GENERAL1", OWNER, COLLEAGUE, ADMIN) for card in desk.cards(place)]


def test_tasks_are_told_of_before_all_have_been_looked_at(slow: tuple[Office, SlowRedis]) -> None:
    """The store is slow, so that to look at all of them takes longer than a pass: cards come from the first one on."""
    desk, redis = slow
    for number in range(60):
        channel, owner = PLACES[number % len(PLACES)]
        desk.begin(channel=channel, owner=owner)
    notifier, began = desk.new_notifier(redis), desk.clock.seconds()
    notifier.tick()
    early = [float(card["ts"]) - began for card in everywhere(desk)]
    for _ in range(60):
        notifier.tick()

    assert len(early) >= 1
    assert min(early) < 5       # to look at all of them takes eighteen seconds
    assert len(everywhere(desk)) == 60


def test_a_pass_ends_within_seconds_though_nobody_has_anything_to_tell(slow: tuple[Office, SlowRedis]) -> None:
    """To look at all takes eighteen seconds; what is pressed meanwhile is found by the next pass, which is near."""
    desk, redis = slow
    for number in range(60):
        desk.threads.open(Thread(f"{number:02}2F-9QXD", TEAM, OWNER, CHANNEL))
    notifier, took = desk.new_notifier(redis), []
    for _ in range(20):
        began = desk.clock.seconds()
        notifier.tick()
        took.append(desk.clock.seconds() - began)

    assert max(took) <= 5
    assert desk.threads.due(desk.clock.seconds() - 30) == []        # all have been looked at


def test_nobody_reads_a_wrong_number_in_line(slow: tuple[Office, SlowRedis]) -> None:
    """Thirty wait, and the oldest are looked at last: until all have been looked at, no number is shown."""
    (desk, redis), expected = slow, {}
    for number in range(30):
        channel, owner = PLACES[number % len(PLACES)]
        task = desk.store.create(request(), task_id=f"{29 - number:02}2F-9QXD")
        desk.threads.open(Thread(task.task_id, TEAM, owner, channel))
        expected[task.task_id] = "Next" if number == 0 else f"Number {number + 1}"
        desk.clock.move(1)
    desk.new_notifier(redis).tick()
    redis.clock = None
    desk.run(20)

    shown = [
        (task_id, found[1]) for call in desk.emulator.requests if call.ok and call.arguments.get("blocks")
        if (found := re.search(r"(Next|Number \d+) in the queue", all_text(call.arguments["blocks"])))
        for task_id in expected if task_id in call.arguments["text"]
    ]
    assert [one for one in shown if expected[one[0]] != one[1]] == []
    assert dict(shown) == expected


def test_a_successor_reads_the_line_before_it_draws_a_number(slow: tuple[Office, SlowRedis]) -> None:
    """It looks at those too that are not due yet: a card that says number 30 is not said to be next."""
    desk, redis = slow
    for number in range(30):
        channel, owner = PLACES[number % len(PLACES)]
        desk.begin(channel=channel, owner=owner)
        desk.clock.move(1)
    desk.run(15)
    calls = len(desk.emulator.requests)
    last = desk.begin()
    desk.new_notifier(redis).tick()
    redis.clock = None
    desk.run(10)

    drawn = [call for call in desk.emulator.requests[calls:] if call.method.startswith("chat.")]
    assert [call.method for call in drawn if last.task_id not in call.arguments["text"]] == []
    assert "Number 31 in" in all_text(drawn[-1].arguments["blocks"])


def test_many_letters_do_not_keep_cards_back(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes a second, to a person of its own: a task that begins has its card in the same pass."""
    asked = desk.client.chat_postMessage

    def slowly(**arguments: Any) -> Any:
        desk.clock.move(1)
        return asked(**arguments)

    monkeypatch.setattr(desk.client, "chat_postMessage", slowly)
    for number in range(12):
        desk.emulator.add_user(f"person{number}")
        desk.outbox.put(Letter(f"key {number}", f"U0{f'PERSON{number}':0>8}", "Hello"))
    desk.begin()
    desk.notifier.tick()

    assert len(desk.cards()) == 1
    assert 8 <= len(desk.outbox.waiting()) <= 11
