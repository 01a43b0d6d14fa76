"""A card that Slack lets nobody change any more is posted anew in its thread, and goes on there."""

from __future__ import annotations

from typing import Any

import pytest

from bot.links import Links
from bot.stored.threads import Act
from emulators.slack import Fault
from engine.migration.record import Migration
from tests.servers.slack.notices import CHANNEL, COLLEAGUE, OWNER, Office

# docs.slack.dev/reference/methods/chat.update: the workspace lets nobody edit what is older than so many minutes; the
# message is not this app's any more, as after it was removed from the workspace and came back as another bot.
WORDS = ("edit_window_closed", "cant_update_message")


def begun(desk: Office, channel: str = CHANNEL) -> tuple[Migration, dict[str, Any]]:
    """A migration under way, and its card."""
    task = desk.start(desk.begin(channel=channel))
    desk.run()
    return task, desk.cards(channel or OWNER)[0]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("channel", [CHANNEL, ""], ids=["in a channel", "in a direct message"])
def test_a_card_that_cannot_be_changed_goes_on_in_its_thread(desk: Office, word: str, channel: str) -> None:
    """One new card stands below the old one, shows the end, and the rest of the story is told in the same thread."""
    place = channel or OWNER
    task, old = begun(desk, channel)
    desk.emulator.add_fault(Fault(method="chat.update", nth=1, action="error", error=word))
    desk.run()
    task = desk.start(task, copied=5)
    desk.run(60)
    desk.complete(task)
    desk.run(60)

    still, new = desk.cards(place)
    assert still == old
    assert "Completed" in new["text"]
    told = [one for one in desk.messages(place) if "thread_ts" in one]
    assert {one["thread_ts"] for one in told} == {old["ts"]}
    assert [one["text"].split()[0] for one in told if one["ts"] != new["ts"]] == ["Migration", "Mail:", "Migration"]


def test_links_lead_to_the_new_card(desk: Office) -> None:
    """The owner's message and the list in the home tab open what goes on, by the address that Slack has for it."""
    task, _ = begun(desk)
    desk.emulator.add_fault(Fault(method="chat.update", nth=1, action="error", error=WORDS[0]))
    task = desk.start(task, copied=5)
    desk.run(60)
    desk.complete(task)
    desk.run(60)

    new = desk.cards()[-1]
    address = desk.client.chat_getPermalink(channel=CHANNEL, message_ts=new["ts"])["permalink"]
    listed = Links(desk.redis, desk.client).to_card(desk.threads.cards(task.task_id), reader=OWNER)
    (letter,) = [one for one in desk.messages(OWNER) if "is completed" in one["text"]]
    assert listed == address
    assert letter["blocks"][0]["elements"][-1]["elements"][0]["url"] == address


def test_where_nothing_can_be_changed_there_is_one_new_card(desk: Office) -> None:
    """A workspace that lets nobody edit anything gets no row of cards, and Slack is not asked again and again."""
    task, _ = begun(desk)
    asked = desk.calls("chat.update")
    desk.emulator.add_fault(Fault(method="chat.update", action="error", error=WORDS[0]))
    for copied in range(5):
        task = desk.start(task, copied=copied)
        desk.run(30)
    desk.complete(task)
    desk.run(60)

    assert len(desk.cards()) == 2
    assert desk.calls("chat.update") == asked + 2
    assert [one.split()[2] for one in desk.told() if "ompleted" in one] == ["is"]


def test_a_notifier_that_dies_over_it_leaves_one_new_card(desk: Office) -> None:
    """The old card is still noted beside the new one: the next notifier finds the new one and posts no third."""
    task, _ = begun(desk)
    (known,) = desk.threads.cards(task.task_id)
    desk.emulator.add_fault(Fault(method="chat.update", channel=CHANNEL, nth=1, action="error", error=WORDS[0]))
    task = desk.start(task, copied=5)
    desk.run(30)
    desk.threads.put_card(task.task_id, known)
    desk.emulator.add_fault(Fault(method="chat.update", channel=CHANNEL, nth=1, action="error", error=WORDS[0]))
    desk.new_notifier()
    desk.complete(task)
    desk.run(60)

    assert len(desk.cards()) == 2
    assert "Completed" in desk.cards()[-1]["text"]
    assert [card.ts for card in desk.threads.cards(task.task_id)] == [desk.cards()[-1]["ts"]]


def test_a_followers_card_goes_on_too(desk: Office) -> None:
    """It stands in the follower's own conversation, and is posted anew there."""
    task = desk.start(desk.begin())
    desk.threads.press(task.task_id, COLLEAGUE, Act.FOLLOW)
    desk.run(30)
    (card,) = desk.cards(COLLEAGUE)
    desk.emulator.add_fault(
        Fault(method="chat.update", channel="D" + COLLEAGUE[1:], nth=1, action="error", error=WORDS[0])
    )
    desk.complete(task)
    desk.run(60)

    assert [one["text"] == card["text"] for one in desk.cards(COLLEAGUE)] == [True, False]
    assert "Completed" in desk.cards(COLLEAGUE)[-1]["text"]


def test_a_new_card_that_somebody_deletes_is_posted_by_itself(desk: Office) -> None:
    """As any card of the migration's own that was deleted by mistake."""
    task, old = begun(desk)
    desk.emulator.add_fault(Fault(method="chat.update", nth=1, action="error", error=WORDS[0]))
    task = desk.start(task, copied=5)
    desk.run(30)
    desk.client.chat_delete(channel=CHANNEL, ts=desk.cards()[-1]["ts"])
    desk.complete(task)
    desk.run(60)

    assert [one["ts"] == old["ts"] for one in desk.cards()] == [True, False]
    assert "thread_ts" not in desk.cards()[-1]
    assert "Completed" in desk.cards()[-1]["text"]
