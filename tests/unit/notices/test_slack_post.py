"""One message to Slack, and what its answers mean."""

from __future__ import annotations

import logging
import socket
import threading
from typing import Any

import pytest

from bot.message import Message
from bot.notices.pace import Pace
from bot.notices.slack import Fate, Outcome, SlackPost
from emulators.slack import Fault
from tests.servers.notices import CHANNEL, NOT_OURS, OLD_CHANNEL, OWNER, TEAM, Office

HELLO = Message("Hello", ({"type": "section", "text": {"type": "mrkdwn", "text": "*Hello*"}},))
SECRET_SUBJECT = "salary of Bruno"


@pytest.fixture
def slack(desk: Office) -> SlackPost:
    pace = Pace(desk.redis, team=TEAM, clock=desk.clock)
    return SlackPost(desk.client, pace, desk.redis, clock=desk.clock)


def test_a_message_is_posted_with_text_and_blocks(desk: Office, slack: SlackPost) -> None:
    """It stands where it was asked for, and unfurls nothing."""
    outcome = slack.post(CHANNEL, HELLO)

    posted = desk.messages()[0]
    assert outcome == Outcome(Fate.SENT, CHANNEL, posted["ts"])
    assert (posted["text"], posted["blocks"][0]["text"]["text"]) == ("Hello", "*Hello*")
    sent = desk.emulator.requests[0].arguments
    assert (sent["unfurl_links"], sent["unfurl_media"]) == (False, False)


def test_a_person_is_written_to_in_their_conversation_with_us(desk: Office, slack: SlackPost) -> None:
    """Where that is, is remembered, by other processes too."""
    assert slack.place(OWNER) == OWNER

    outcome = slack.post(OWNER, HELLO)

    assert outcome.channel.startswith("D")
    assert slack.place(OWNER) == outcome.channel
    assert SlackPost(desk.client, Pace(desk.redis, team=TEAM), desk.redis).place(OWNER) == outcome.channel
    assert len(desk.messages(OWNER)) == 1


def test_a_person_and_their_conversation_are_one_to_the_rate_limit(desk: Office, slack: SlackPost) -> None:
    """The first message, to the person's id, counts for the conversation that it opened."""
    slack.post(OWNER, HELLO)

    assert slack.post(OWNER, HELLO) == Outcome(Fate.BUSY, wait=pytest.approx(1))
    assert len(desk.messages(OWNER)) == 1


def test_a_reply_is_seen_by_everybody_only_when_asked_for(desk: Office, slack: SlackPost) -> None:
    """Threads stay threads."""
    root = slack.post(CHANNEL, HELLO)
    for broadcast in (False, True):
        desk.clock.move(2)
        slack.post(CHANNEL, HELLO, thread=root.ts, broadcast=broadcast)

    replies = desk.messages()[1:]
    assert [one.get("subtype") for one in replies] == [None, "thread_broadcast"]
    assert {one["thread_ts"] for one in replies} == {root.ts}


def test_an_update_keeps_the_blocks_it_is_given(desk: Office, slack: SlackPost) -> None:
    """Text and blocks are always sent together; without blocks, the old ones go."""
    root = slack.post(CHANNEL, HELLO)

    slack.update(CHANNEL, root.ts, Message("Hello again", HELLO.blocks))
    assert desk.messages()[0]["blocks"]
    slack.update(CHANNEL, root.ts, Message("Goodbye"))

    assert desk.messages()[0]["text"] == "Goodbye"
    assert desk.emulator.requests[-1].arguments["blocks"] == []     # left out, Slack would keep the old ones


def test_a_card_can_be_linked_to(desk: Office, slack: SlackPost) -> None:
    """The link leads to the message."""
    root = slack.post(CHANNEL, HELLO)

    link = slack.permalink(CHANNEL, root.ts).link

    assert link == f"https://example.slack.com/archives/{CHANNEL}/p{root.ts.replace('.', '')}"


@pytest.mark.parametrize(
    ("error", "fate"),
    [
        ("message_not_found", Fate.GONE), ("thread_not_found", Fate.GONE), ("cant_update_message", Fate.GONE),
        ("channel_not_found", Fate.CLOSED), ("not_in_channel", Fate.CLOSED), ("is_archived", Fate.CLOSED),
        ("user_disabled", Fate.CLOSED), ("messages_tab_disabled", Fate.CLOSED), ("restricted_action", Fate.CLOSED),
        ("token_revoked", Fate.AWAY), ("account_inactive", Fate.AWAY), ("invalid_auth", Fate.AWAY),
        ("not_authed", Fate.AWAY), ("missing_scope", Fate.AWAY), ("internal_error", Fate.AWAY),
        ("fatal_error", Fate.AWAY), ("service_unavailable", Fate.AWAY), ("ratelimited", Fate.BUSY),
        ("no_text", Fate.REFUSED), ("something_new", Fate.REFUSED), ("<html>who knows</html>", Fate.AWAY),
    ],
)
def test_each_word_of_slack_has_one_meaning(desk: Office, slack: SlackPost, error: str, fate: Fate) -> None:
    """Sorted by what is done about it."""
    desk.emulator.add_fault(Fault(method="chat.postMessage", action="error", error=error))

    assert slack.post(CHANNEL, Message("Hello")).fate is fate


@pytest.mark.parametrize(
    ("channel", "fate"), [(NOT_OURS, Fate.CLOSED), (OLD_CHANNEL, Fate.CLOSED), ("C0NOWHERE", Fate.CLOSED)]
)
def test_a_channel_that_takes_nothing_from_us_is_closed(slack: SlackPost, channel: str, fate: Fate) -> None:
    """Not invited, archived, or unknown: it comes to the same."""
    assert slack.post(channel, HELLO).fate is fate


@pytest.mark.parametrize("status", [400, 404, 500, 502, 503, 504])
def test_an_answer_that_is_not_slacks_means_that_it_is_away(desk: Office, slack: SlackPost, status: int) -> None:
    """A proxy in between, or Slack in trouble."""
    desk.emulator.add_fault(Fault(action="status", status=status))

    assert slack.post(CHANNEL, HELLO).fate is Fate.AWAY


def test_while_slack_is_away_it_is_asked_ever_more_seldom(desk: Office, slack: SlackPost) -> None:
    """1, 2, 4 … 60 seconds; in between nothing is sent at all, and one answer ends it."""
    desk.emulator.add_fault(Fault(action="drop"))

    waits = []
    for _ in range(8):
        waits.append(slack.post(CHANNEL, HELLO).wait)
        assert slack.update(CHANNEL, "1.0", HELLO) == Outcome(Fate.AWAY, wait=waits[-1])
        desk.clock.move(waits[-1])
    desk.emulator.clear_faults()
    outcome = slack.post(CHANNEL, HELLO)

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert len(desk.emulator.requests) == 9
    assert outcome.fate is Fate.SENT


def test_a_server_that_is_silent_is_away(desk: Office) -> None:
    """The time limit is the client's; a post without an answer is not repeated."""
    accepted: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        threading.Thread(target=lambda: accepted.append(silent.accept()[0]), daemon=True).start()
        desk.client.base_url, desk.client.timeout = f"http://127.0.0.1:{silent.getsockname()[1]}/api/", 1
        slack = SlackPost(desk.client, Pace(desk.redis, team=TEAM), desk.redis, clock=desk.clock)

        outcome = slack.post(CHANNEL, HELLO)

    for one in accepted:
        one.close()
    assert outcome.fate is Fate.AWAY


def test_a_rate_limit_is_kept_by_every_process(desk: Office, slack: SlackPost) -> None:
    """Retry-After holds that method in that channel, and nothing else."""
    desk.emulator.add_fault(Fault(method="chat.postMessage", nth=1, action="ratelimited", retry_after=17))

    assert slack.post(CHANNEL, HELLO) == Outcome(Fate.BUSY, wait=17)

    other = SlackPost(desk.client, Pace(desk.redis, team=TEAM, clock=desk.clock), desk.redis, clock=desk.clock)
    assert other.post(CHANNEL, HELLO) == Outcome(Fate.BUSY, wait=pytest.approx(17))
    assert other.post(OWNER, HELLO).fate is Fate.SENT
    desk.clock.move(17.1)
    assert slack.post(CHANNEL, HELLO).fate is Fate.SENT


def test_blocks_that_slack_refuses_cost_nobody_the_news(desk: Office, slack: SlackPost) -> None:
    """Our mistake: the text is sent without them."""
    desk.emulator.add_fault(Fault(method="chat.postMessage", nth=1, action="error", error="invalid_blocks"))

    outcome = slack.post(CHANNEL, HELLO)

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
        slack.post(CHANNEL, message)
        desk.emulator.clear_faults()
        desk.clock.move(100)

    assert "invalid_blocks" in caplog.text
    assert SECRET_SUBJECT not in caplog.text
