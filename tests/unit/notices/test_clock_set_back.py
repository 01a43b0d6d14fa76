"""A clock that is set back by an hour leaves no card standing and no message waiting for an hour."""

from __future__ import annotations

import json

from emulators.slack import Fault
from tests.servers.slack.notices import OWNER, Office, all_text
from tests.unit.notices.test_lost_answers import LOST, READS

HOUR = 3600.0


def set_back(desk: Office) -> None:
    """The clock, by an hour. A minute later the server has forgotten our rates, by a clock of its own."""
    desk.clock.move(-HOUR)
    desk.run(60)
    desk.redis.delete(*desk.redis.keys("omm:pace:*"))


def test_progress_is_drawn(desk: Office) -> None:
    """The card of a task that is under way goes on to show how far it is."""
    task = desk.start(desk.begin(), copied=5)
    desk.run(30)
    desk.start(desk.store.load(task.task_id), copied=14)

    set_back(desk)
    desk.run(60)

    assert "14" in all_text(desk.cards()[0]["blocks"])


def test_messages_go_out_when_slack_is_back(desk: Office) -> None:
    """It was away for a moment when the clock was set back; a minute later everything has been said."""
    desk.emulator.add_fault(Fault(action="status", status=503))
    task = desk.begin()
    desk.run(30)
    desk.emulator.clear_faults()
    desk.complete(task)

    set_back(desk)
    desk.run(120)

    assert len(desk.cards()) == 1
    assert any("completed" in one for one in desk.told())


def test_a_card_whose_answer_was_lost_is_found(desk: Office) -> None:
    """It is looked for within minutes, not within the hour, and is not posted a second time."""
    desk.emulator.configure(scopes=READS)
    desk.emulator.add_fault(LOST[0])
    task = desk.begin()
    desk.run(1)
    desk.complete(task)

    set_back(desk)
    desk.run(120)

    assert len(desk.cards()) == 1
    assert any("completed" in one for one in desk.told())


def test_a_card_that_was_posted_while_our_clock_was_ahead_is_found(desk: Office) -> None:
    """Slack's own clock was right: the card is older there than we remember to have posted it."""
    desk.emulator.configure(scopes=READS)
    desk.emulator.add_fault(LOST[0])
    task = desk.begin()
    desk.run(1)
    (key,) = desk.redis.keys("omm:slack:attempt:*")
    begun = json.loads(desk.redis.get(key) or b"")
    ahead = {name: begun[name] + HOUR for name in ("first", "until")}
    desk.redis.set(key, json.dumps(begun | ahead))

    desk.complete(task)
    desk.run(120)

    assert len(desk.cards()) == 1
    assert any("completed" in one for one in desk.told())


def test_somebody_who_could_not_be_written_to_is_tried_again(desk: Office) -> None:
    """Ten minutes later, not an hour and ten minutes."""
    desk.emulator.add_fault(Fault(method="chat.postMessage", action="error", error="messages_tab_disabled"))
    desk.begin(channel="")
    desk.run(30)
    desk.emulator.clear_faults()

    set_back(desk)
    desk.run(700)

    assert len(desk.cards(OWNER)) == 1


def test_a_task_that_we_failed_at_is_tried_again(desk: Office) -> None:
    """It is left alone for a minute: what was wrong with it is mended when the minute is over."""
    task = desk.begin()
    told = f"omm:thread:{task.task_id}:told"
    desk.redis.sadd(told, "call [1]")
    desk.run(5)
    desk.redis.srem(told, "call [1]")
    desk.complete(task)

    set_back(desk)
    desk.run(60)

    assert any("completed" in one for one in desk.told())
