"""Slack took a message, or did not, and its answer never came: nobody is told twice what can be looked up."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import wiring
from bot.stored.outbox import Letter
from emulators.slack import Fault
from tests.servers.slack.notices import CHANNEL, COLLEAGUE, OWNER, TEAM, TOKEN, Office, all_text
from wiring import slack as slack_wiring

OURS = ("commands", "chat:write", "im:write", "users:read")
READS = (*OURS, "channels:history", "groups:history", "im:history")
LOST = [
    Fault(method="chat.postMessage", nth=1, when="after", action="drop"),
    Fault(method="chat.postMessage", nth=1, when="after", action="status", status=503),
    Fault(method="chat.postMessage", nth=1, when="after", action="error", error="internal_error"),
]


def posts(desk: Office) -> int:
    """How many messages Slack has taken, whether or not it said so."""
    return sum(call.method == "chat.postMessage" and call.ok for call in desk.emulator.requests)


class KilledError(BaseException):
    """Nothing after this is carried out."""


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault.action)
def test_a_card_whose_answer_was_lost_is_found_and_goes_on(desk: Office, fault: Fault) -> None:
    """There is one card, it shows what has happened since, and its story is told below it."""
    desk.emulator.configure(scopes=READS)
    desk.emulator.add_fault(fault)
    task = desk.begin()
    desk.run(2)
    desk.complete(task)
    desk.run(30)

    (card,) = desk.cards()
    assert "Completed" in card["text"]
    assert [one["thread_ts"] for one in desk.messages()[1:]] == [card["ts"]] * 3


def test_a_first_message_to_somebody_is_found_in_their_conversation(desk: Office) -> None:
    """Which one that is, was in the answer that was lost."""
    desk.emulator.configure(scopes=READS)
    desk.emulator.add_fault(LOST[0])
    desk.begin(channel="")
    desk.run(30)

    assert len(desk.cards(OWNER)) == 1
    assert posts(desk) == 1


def test_what_was_told_in_a_thread_is_found_there(desk: Office) -> None:
    """Its answer was lost: the story goes on behind it."""
    desk.emulator.configure(scopes=READS)
    desk.emulator.add_fault(Fault(method="chat.postMessage", nth=3, when="after", action="drop"))
    desk.complete(desk.begin())
    desk.run(60)

    assert [one.split()[0] for one in desk.told()] == ["Migration", "Mail:", "Migration"]
    assert len(desk.letters()) == 1


def test_a_letter_is_found_too_and_the_same_words_can_be_sent_again_later(desk: Office) -> None:
    """One that was lost comes once; one that is put again for a new reason comes again."""
    desk.emulator.configure(scopes=READS)
    desk.emulator.add_fault(LOST[0])
    for _ in range(2):
        desk.outbox.put(Letter("the same key", COLLEAGUE, "Hello"))
        desk.run(30)

    assert desk.letters(COLLEAGUE) == ["Hello", "Hello"]
    assert posts(desk) == 2


def test_what_never_arrived_is_sent_again(desk: Office) -> None:
    """The history shows nothing of it."""
    desk.emulator.configure(scopes=READS)
    desk.emulator.add_fault(Fault(method="chat.postMessage", nth=1, when="before", action="drop"))
    desk.begin()
    desk.run(30)

    assert len(desk.cards()) == 1
    assert desk.calls("chat.postMessage") == 2


def test_whoever_succeeds_a_killed_notifier_finds_what_it_has_sent(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It died before it could write down where the card stands."""
    desk.emulator.configure(scopes=READS)
    asked = desk.client.chat_postMessage

    def last(**arguments: Any) -> None:
        asked(**arguments)
        raise KilledError

    monkeypatch.setattr(desk.client, "chat_postMessage", last)
    desk.complete(desk.begin())
    with pytest.raises(KilledError):
        desk.notifier.tick()
    monkeypatch.undo()
    desk.new_notifier()
    desk.run(30)

    assert len(desk.cards()) == 1
    assert len(desk.told()) == 3


@pytest.mark.parametrize(("scopes", "arrives", "most"), [(READS, True, 1), (READS, False, 5), (OURS, True, 5)])
def test_a_slack_that_answers_too_late_is_not_sent_the_same_again_and_again(
    desk: Office, monkeypatch: pytest.MonkeyPatch, scopes: tuple[str, ...], arrives: bool, most: int
) -> None:
    """Each answer takes longer than we wait, for a quarter of an hour: found, or else sent again after minutes."""
    desk.emulator.configure(scopes=scopes)
    asked = desk.client.chat_postMessage
    sent = []

    def late(**arguments: Any) -> None:
        sent.append(arguments["channel"])
        if arrives:
            asked(**arguments)
        desk.clock.move(30)
        raise TimeoutError

    monkeypatch.setattr(desk.client, "chat_postMessage", late)
    desk.begin()
    desk.run(900)

    assert 1 <= len(sent) <= most
    assert len(desk.cards()) == (len(sent) if arrives else 0)


def test_what_could_not_be_sent_at_all_is_sent_as_soon_as_slack_is_back(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listened, so that nothing can have arrived: no minutes are waited, and no history is asked for."""
    there = desk.client.base_url
    desk.client.base_url = "http://127.0.0.1:9/api/"
    desk.begin()
    desk.run(600)
    desk.client.base_url = there
    desk.run(70)

    assert len(desk.cards()) == 1
    assert desk.calls("conversations.history") == 0


def test_what_is_written_on_a_message_for_us_is_no_secret(desk: Office) -> None:
    """Other apps can read it: it names the task and which message it is, and no form that somebody may open."""
    task = desk.complete(desk.begin())
    desk.outbox.put(Letter("check:a-form-s-id:1", OWNER, "Hello"))
    desk.run(30)

    written = [one["metadata"] for one in desk.messages() + desk.messages(OWNER)]
    payloads = [one["event_payload"] for one in written]
    assert len({one["id"] for one in payloads}) == len(payloads) == 6
    assert {one.get("task_id", "") for one in payloads} == {task.task_id, ""}
    assert "completed" in [one["key"] for one in payloads]
    assert "a-form-s-id" not in all_text(written)


def test_the_notifier_waits_for_half_a_minute(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who gives up sooner takes a slow answer for none."""
    waits = []
    build = wiring.slack_client

    def client(slack: wiring.SlackSettings, **options: Any) -> Any:
        waits.append(options.get("timeout"))
        return build(slack, **options)

    monkeypatch.setattr(slack_wiring, "slack_client", client)
    opened: Any = SimpleNamespace(engine=SimpleNamespace(store=desk.store, clock=desk.clock), redis=desk.redis)
    chosen: Any = SimpleNamespace(environ={}, ca_file=None)
    wiring.notifier(opened, wiring.SlackSettings(TOKEN, "-", "", ""), chosen, team=TEAM)

    assert waits == [30.0]


def test_no_other_message_of_the_channel_is_taken_for_ours(desk: Office) -> None:
    """People write there too, more than fits on a page of the history."""
    desk.emulator.configure(scopes=READS)
    desk.emulator.add_fault(LOST[0])
    desk.begin()
    desk.run(1)
    for number in range(210):
        desk.emulator.say("owner", "migrations", f"Message {number}")
    desk.run(30)

    assert len(desk.cards()) == 1
    assert desk.calls("conversations.history") == 2
    assert [call.arguments["channel"] for call in desk.emulator.requests if call.method == "conversations.history"] == [
        CHANNEL, CHANNEL]
