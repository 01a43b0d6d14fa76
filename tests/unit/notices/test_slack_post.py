"""One message to Slack, and what its answers mean."""

from __future__ import annotations

import logging
import socket
import threading
from itertools import count
from typing import Any

import pytest

from bot.notices.fates import Fate, Outcome
from bot.notices.pace import Pace
from bot.notices.slack import SlackPost
from bot.stored.attempts import Mark
from bot.views.message import Message
from emulators.slack import Fault
from tests.servers.slack.notices import CHANNEL, NOT_OURS, OLD_CHANNEL, OWNER, TEAM, Office

HELLO = Message("Hello", ({"type": "section", "text": {"type": "mrkdwn", "text": "*Hello*"}},))
SECRET_SUBJECT = "salary of Bruno"
numbers = count()


def mark() -> Mark:
    """Of one message more."""
    return Mark("7K2F-9QXD", f"message {next(numbers)}")


@pytest.fixture
def slack(desk: Office) -> SlackPost:
    pace = Pace(desk.redis, team=TEAM, clock=desk.clock)
    return SlackPost(desk.client, pace, desk.redis, clock=desk.clock)


def test_a_message_is_posted_with_text_and_blocks(desk: Office, slack: SlackPost) -> None:
    """It stands where it was asked for, and unfurls nothing."""
    outcome = slack.post(CHANNEL, HELLO, mark())

    posted = desk.messages()[0]
    assert outcome == Outcome(Fate.SENT, CHANNEL, posted["ts"])
    assert (posted["text"], posted["blocks"][0]["text"]["text"]) == ("Hello", "*Hello*")
    sent = desk.emulator.requests[0].arguments
    assert (sent["unfurl_links"], sent["unfurl_media"]) == (False, False)


def test_a_person_is_written_to_in_their_conversation_with_us(desk: Office, slack: SlackPost) -> None:
    """Where that is, is remembered, by other processes too."""
    assert slack.where(OWNER) == OWNER

    outcome = slack.post(OWNER, HELLO, mark())

    assert outcome.channel.startswith("D")
    assert slack.where(OWNER) == outcome.channel
    assert SlackPost(desk.client, Pace(desk.redis, team=TEAM), desk.redis).where(OWNER) == outcome.channel
    assert len(desk.messages(OWNER)) == 1


def test_a_person_and_their_conversation_are_one_to_the_rate_limit(desk: Office, slack: SlackPost) -> None:
    """The first message, to the person's id, counts for the conversation that it opened."""
    slack.post(OWNER, HELLO, mark())

    assert slack.post(OWNER, HELLO, mark()) == Outcome(Fate.BUSY, wait=pytest.approx(1))
    assert len(desk.messages(OWNER)) == 1


def test_a_reply_is_seen_by_everybody_only_when_asked_for(desk: Office, slack: SlackPost) -> None:
    """Threads stay threads."""
    root = slack.post(CHANNEL, HELLO, mark())
    for broadcast in (False, True):
        desk.clock.move(2)
        slack.post(CHANNEL, HELLO, mark(), thread=root.ts, broadcast=broadcast)

    replies = desk.messages()[1:]
    assert [one.get("subtype") for one in replies] == [None, "thread_broadcast"]
    assert {one["thread_ts"] for one in replies} == {root.ts}


def test_an_update_keeps_the_blocks_it_is_given(desk: Office, slack: SlackPost) -> None:
    """Text and blocks are always sent together; without blocks, the old ones go."""
    root = slack.post(CHANNEL, HELLO, mark())

    slack.update(CHANNEL, root.ts, Message("Hello again", HELLO.blocks))
    assert desk.messages()[0]["blocks"]
    slack.update(CHANNEL, root.ts, Message("Goodbye"))

    assert desk.messages()[0]["text"] == "Goodbye"
    assert desk.emulator.requests[-1].arguments["blocks"] == []     # left out, Slack would keep the old ones


def test_a_card_can_be_linked_to(desk: Office, slack: SlackPost) -> None:
    """The link leads to the message."""
    root = slack.post(CHANNEL, HELLO, mark())

    link = slack.permalink(CHANNEL, root.ts).link

    assert link == f"https://example.slack.com/archives/{CHANNEL}/p{root.ts.replace('.', '')}"


@pytest.mark.parametrize(
    ("error", "fate"),
    [
        ("message_not_found", Fate.GONE), ("thread_not_found", Fate.GONE), ("cant_update_message", Fate.FIXED),
        ("edit_window_closed", Fate.FIXED), ("is_inactive", Fate.CLOSED),
        ("channel_not_found", Fate.CLOSED), ("not_in_channel", Fate.CLOSED), ("is_archived", Fate.CLOSED),
        ("user_disabled", Fate.CLOSED), ("messages_tab_disabled", Fate.CLOSED), ("restricted_action", Fate.CLOSED),
        ("token_revoked", Fate.AWAY), ("account_inactive", Fate.AWAY), ("invalid_auth", Fate.AWAY),
        ("not_authed", Fate.AWAY), ("missing_scope", Fate.AWAY), ("token_expired", Fate.AWAY),
        ("org_login_required", Fate.AWAY), ("internal_error", Fate.PAUSED), ("fatal_error", Fate.PAUSED),
        ("access_denied", Fate.PAUSED), ("ekm_access_denied", Fate.PAUSED), ("no_permission", Fate.PAUSED),
        ("service_unavailable", Fate.PAUSED), ("ratelimited", Fate.BUSY), ("no_text", Fate.REFUSED),
        ("something_new", Fate.PAUSED), ("<html>who knows</html>", Fate.PAUSED),
    ],
)
def test_each_word_of_slack_has_one_meaning(desk: Office, slack: SlackPost, error: str, fate: Fate) -> None:
    """Sorted by what is done about it."""
    desk.emulator.add_fault(Fault(method="chat.postMessage", action="error", error=error))

    assert slack.post(CHANNEL, Message("Hello"), mark()).fate is fate


@pytest.mark.parametrize(
    ("channel", "fate"), [(NOT_OURS, Fate.CLOSED), (OLD_CHANNEL, Fate.CLOSED), ("C0NOWHERE", Fate.CLOSED)]
)
def test_a_channel_that_takes_nothing_from_us_is_closed(slack: SlackPost, channel: str, fate: Fate) -> None:
    """Not invited, archived, or unknown: it comes to the same."""
    assert slack.post(channel, HELLO, mark()).fate is fate


@pytest.mark.parametrize(
    ("status", "fate"),
    [(500, Fate.AWAY), (502, Fate.AWAY), (503, Fate.AWAY), (504, Fate.AWAY), (400, Fate.PAUSED), (403, Fate.PAUSED)],
)
def test_an_answer_that_is_not_slacks_comes_from_somebody_in_between(
    desk: Office, slack: SlackPost, status: int, fate: Fate
) -> None:
    """Slack cannot be reached through them, or they do not like this one message."""
    desk.emulator.add_fault(Fault(action="status", status=status))

    assert slack.post(CHANNEL, HELLO, mark()).fate is fate


def test_while_slack_is_away_it_is_asked_ever_more_seldom(desk: Office, slack: SlackPost) -> None:
    """1, 2, 4 … 60 seconds, by a call that does nothing; in between nothing is sent at all, and one answer ends it."""
    desk.emulator.add_fault(Fault(action="drop"))

    waits = []
    for _ in range(8):
        waits.append(slack.post(CHANNEL, HELLO, mark()).wait)
        assert slack.update(CHANNEL, "1.0", HELLO) == Outcome(Fate.AWAY, wait=waits[-1])
        desk.clock.move(waits[-1])
    desk.emulator.clear_faults()
    outcome = slack.post(CHANNEL, HELLO, mark())

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert [desk.calls("auth.test"), desk.calls("chat.postMessage"), desk.calls("chat.update")] == [8, 2, 0]
    assert outcome.fate is Fate.SENT


def test_a_server_that_is_silent_is_away(desk: Office) -> None:
    """The time limit is the client's; a post without an answer is not repeated."""
    accepted: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        threading.Thread(target=lambda: accepted.append(silent.accept()[0]), daemon=True).start()
        desk.client.base_url, desk.client.timeout = f"http://127.0.0.1:{silent.getsockname()[1]}/api/", 1
        slack = SlackPost(desk.client, Pace(desk.redis, team=TEAM), desk.redis, clock=desk.clock)

        outcome = slack.post(CHANNEL, HELLO, mark())

    for one in accepted:
        one.close()
    assert outcome.fate is Fate.AWAY


def test_a_rate_limit_is_kept_by_every_process(desk: Office, slack: SlackPost) -> None:
    """Retry-After holds that method in that channel, and nothing else."""
    desk.emulator.add_fault(Fault(method="chat.postMessage", nth=1, action="ratelimited", retry_after=17))

    assert slack.post(CHANNEL, HELLO, mark()) == Outcome(Fate.BUSY, wait=17)

    other = SlackPost(desk.client, Pace(desk.redis, team=TEAM, clock=desk.clock), desk.redis, clock=desk.clock)
    assert other.post(CHANNEL, HELLO, mark()) == Outcome(Fate.BUSY, wait=pytest.approx(17))
    assert other.post(OWNER, HELLO, mark()).fate is Fate.SENT
    desk.clock.move(17.1)
    assert slack.post(CHANNEL, HELLO, mark()).fate is Fate.SENT


def test_blocks_that_slack_refuses_cost_nobody_the_news(desk: Office, slack: SlackPost) -> None:
    """Our mistake: the text is sent without them."""
    desk.emulator.add_fault(Fault(method="chat.postMessage", nth=1, action="error", error="invalid_blocks"))

    outcome = slack.post(CHANNEL, HELLO, mark())

    assert outcome.fate is Fate.SENT
    assert [one["text"] for one in desk.messages()] == ["Hello"]
    assert "blocks" not in desk.messages()[0]


def test_what_was_sent_is_never_logged(
    desk: Office, slack: SlackPost, caplog: pytest.LogCaptureFixture
) -> None:
    """Refusals, strange answers and broken connections are logged by Slack's one word."""
    caplog.set_level(logging.INFO)
    message = Message(SECRET_SUBJECT, HELLO.blocks)
    faults: list[dict[str, Any]] = [
        {"action": "error", "error": "invalid_blocks"}, {"action": "error", "error": f"bad {SECRET_SUBJECT}"},
        {"action": "drop"}, {"action": "status", "status": 502}, {"action": "ratelimited"},
    ]

    for fault in faults:
        desk.emulator.add_fault(Fault(**fault))
        slack.post(CHANNEL, message, mark())
        desk.emulator.clear_faults()
        desk.clock.move(100)

    assert "invalid_blocks" in caplog.text
    assert SECRET_SUBJECT not in caplog.text
