"""One conversation makes trouble: it is left alone, ever longer, and all others go on."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.notices.fates import Fate
from bot.notices.pace import Pace
from bot.notices.slack import SlackPost
from bot.stored.attempts import Mark
from bot.stored.outbox import Letter
from bot.stored.threads import Act
from bot.views.message import Message
from emulators.slack import Fault
from engine.migration.record import Migration
from tests.servers.slack.notices import ADMIN, CHANNEL, COLLEAGUE, OWNER, TEAM, Office

ELSEWHERE = "C0GENERAL1"
TROUBLE = [
    Fault(channel=CHANNEL, action="error", error="ekm_access_denied"),
    Fault(channel=CHANNEL, action="error", error="internal_error"),
    Fault(channel=CHANNEL, action="error", error="something_new"),
    Fault(channel=CHANNEL, action="status", status=403),
    Fault(channel=CHANNEL, action="drop"),
]


def work(desk: Office, tasks: list[Migration], seconds: int) -> list[Migration]:
    """Each of them copies a message every four seconds."""
    for second in range(0, seconds, 4):
        tasks = [desk.start(task, copied=second // 4) for task in tasks]
        desk.run(4)
    return tasks


def posted(desk: Office, since: int) -> list[str]:
    """The messages that were posted or drawn by the calls after so many, by the conversation that they went to."""
    sent = [call for call in desk.emulator.requests[since:] if call.ok and call.method.startswith("chat.")]
    return [str(call.arguments["channel"]) for call in sent]


@pytest.mark.parametrize("fault", TROUBLE, ids=lambda fault: fault.error if fault.action == "error" else fault.action)
def test_a_channel_in_trouble_stops_no_other_card(desk: Office, fault: Fault) -> None:
    """The card elsewhere is drawn as ever; the one in trouble is tried ever more seldom, and right when it is over."""
    tasks = [desk.start(desk.begin()), desk.start(desk.begin(channel=ELSEWHERE))]
    desk.run()
    desk.emulator.add_fault(fault)
    calls = len(desk.emulator.requests)
    tasks = work(desk, tasks, 80)
    struck = [call for call in desk.emulator.requests[calls:] if not call.ok]
    drawn = posted(desk, calls)
    desk.emulator.clear_faults()
    for task in tasks:
        desk.complete(task)
    desk.run(300)

    assert drawn.count(ELSEWHERE) >= 15
    assert drawn.count(CHANNEL) == 0
    assert 1 <= len(struck) <= 14
    assert "Completed" in desk.cards()[0]["text"]
    assert len(desk.told()) == 3


def test_the_owner_is_told_though_the_channel_takes_nothing(desk: Office) -> None:
    """What concerns them comes into their own conversation, and a follower's card goes on too."""
    task = desk.start(desk.begin())
    desk.threads.press(task.task_id, COLLEAGUE, Act.FOLLOW)
    desk.run()
    desk.emulator.add_fault(Fault(channel=CHANNEL, action="error", error="access_denied"))
    desk.threads.press(task.task_id, ADMIN, Act.FOLLOW)
    desk.complete(task)
    desk.run(30)

    assert len(desk.letters()) == 1
    assert "Completed" in desk.cards(COLLEAGUE)[0]["text"]
    assert "Completed" in desk.cards(ADMIN)[0]["text"]


def test_a_follower_who_cannot_be_written_to_stops_no_other(desk: Office) -> None:
    """Their conversation is in trouble: whoever comes behind them has a card all the same."""
    task = desk.start(desk.begin())
    desk.emulator.add_fault(Fault(channel="D" + ADMIN[1:], action="error", error="access_denied"))
    for user in (ADMIN, COLLEAGUE):
        desk.threads.press(task.task_id, user, Act.FOLLOW)
    desk.run(30)

    assert [len(desk.cards(user)) for user in (ADMIN, COLLEAGUE)] == [0, 1]


def test_letters_that_cannot_be_sent_hide_no_others(desk: Office) -> None:
    """However many wait for one person, what came later for another arrives."""
    desk.emulator.add_fault(Fault(channel="D" + OWNER[1:], action="error", error="no_permission"))
    for number in range(120):
        desk.outbox.put(Letter(f"key {number}", OWNER, f"Letter {number}"))
    desk.outbox.put(Letter("other", COLLEAGUE, "Hello"))
    desk.run()

    assert desk.letters(COLLEAGUE) == ["Hello"]
    assert len(desk.outbox.waiting(200)) == 120


def test_one_message_in_trouble_stops_no_other_of_its_channel(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack chokes on one card: it is waited with for longer than the others of its channel."""
    tasks = [desk.start(desk.begin()) for _ in range(2)]
    desk.run()
    bad, good = (card["ts"] for card in desk.cards())
    asked, tries = desk.client.chat_update, []
    no = SlackResponse(
        client=desk.client, http_verb="POST", api_url="", req_args={}, headers={}, status_code=200,
        data={"ok": False, "error": "internal_error"},
    )

    def choked(**arguments: object) -> object:
        tries.append(arguments["ts"])
        if arguments["ts"] == bad:
            raise SlackApiError("", no)
        return asked(**arguments)       # type: ignore[arg-type]

    monkeypatch.setattr(desk.client, "chat_update", choked)
    work(desk, tasks, 60)

    assert tries.count(good) >= 8
    assert 2 <= tries.count(bad) <= 7


def test_a_conversation_that_holds_us_up_is_left_for_longer(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minute without an answer costs it a whole minute; others are written to at once."""
    slack = SlackPost(desk.client, Pace(desk.redis, team=TEAM, clock=desk.clock), desk.redis, clock=desk.clock)

    def late(**_arguments: object) -> object:
        desk.clock.move(30)
        raise TimeoutError

    monkeypatch.setattr(desk.client, "chat_update", late)
    slack.update(CHANNEL, "1.0", Message("Hello"))
    monkeypatch.undo()
    desk.clock.move(1)

    assert slack.paused(CHANNEL) == pytest.approx(59)
    assert slack.update(CHANNEL, "1.0", Message("Hello")).fate is Fate.PAUSED
    assert slack.post(ELSEWHERE, Message("Hello"), Mark("", "hello")).fate is Fate.SENT
