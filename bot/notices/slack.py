"""Slack, as messages are sent to it: the one place that posts, with outcomes sorted by what the caller does.

Nothing here waits: whoever must wait is told how long. Nothing is sent a second time by itself either, for a post
whose answer was lost may stand in Slack already.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from http.client import HTTPException
from typing import Any

from redis import Redis
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.message import Message
from bot.notices.pace import PATIENCE, Pace, Pause
from engine.clock import utc_now
from engine.patience import Patient, text

PLACES = "omm:slack:places"     # what was asked for (a person, a channel): the conversation that it turned out to be
RETRY_AFTER = 10.0              # seconds, where Slack names none
CODE = re.compile(r"[a-z][a-z_]{1,60}")
log = logging.getLogger(__name__)


class Fate(StrEnum):
    """What became of a message."""

    SENT = "sent"
    BUSY = "busy"           # not now: once more after `wait` seconds
    AWAY = "away"           # nothing at all can be sent until Slack, or our leave to use it, is back
    GONE = "gone"           # the message to be changed or answered was deleted
    CLOSED = "closed"       # this conversation takes nothing from us (any more)
    REFUSED = "refused"     # Slack does not take the message itself, and never will


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message. `channel` and `ts` say where it stands, `wait` is in seconds."""

    fate: Fate
    channel: str = ""
    ts: str = ""
    wait: float = 0.0
    link: str = ""

    @property
    def settled(self) -> bool:
        """Whether asking again would change nothing."""
        return self.fate not in (Fate.BUSY, Fate.AWAY)


# docs.slack.dev/reference/methods: chat.postMessage, chat.update, chat.getPermalink, "Errors". What is in none of these
# is a fault of the message, which is ours.
_GONE = frozenset({
    "message_not_found", "thread_not_found", "invalid_thread_ts", "cannot_reply_to_message",
    "restricted_action_thread_locked", "cant_update_message",
})
_CLOSED = frozenset({
    "channel_not_found", "not_in_channel", "is_archived", "is_inactive", "channel_is_limited_access",
    "messages_tab_disabled", "user_disabled", "user_not_found", "user_not_in_channel", "restricted_action",
    "restricted_action_non_threadable_channel", "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
})
_BUSY = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_AWAY = frozenset({
    "access_denied", "accesslimited", "account_inactive", "ekm_access_denied", "enterprise_is_restricted",
    "fatal_error", "internal_error", "invalid_auth", "missing_scope", "no_permission",
    "not_allowed_token_type", "not_authed", "org_login_required", "request_timeout", "service_unavailable",
    "team_access_not_granted", "team_added_to_org", "team_not_found", "token_expired", "token_revoked",
    "two_factor_setup_required",
})


class SlackPost:
    """Posts and changes messages, at the pace that Slack allows. While Slack is away it is asked ever more seldom."""

    def __init__(
        self,
        slack: WebClient,
        pace: Pace,
        redis: Redis,
        *,
        clock: Callable[[], datetime] = utc_now,
        patience: float = PATIENCE,
    ) -> None:
        """`slack` has short time limits and repeats nothing by itself; `patience` is how long Redis may be away."""
        self._slack = slack
        self._pace = pace
        self._redis = Patient(redis, patience=patience)
        self._clock = clock
        self._away = Pause()
        self._places: dict[str, str] = {}

    def place(self, channel: str) -> str:
        """The conversation that the id of a person or a channel leads to; the id itself before a first post."""
        if channel not in self._places:
            known = self._redis.call(lambda redis: redis.hget(PLACES, channel))
            if known is None:
                return channel
            self._places[channel] = text(known)
        return self._places[channel]

    def post(self, channel: str, message: Message, *, thread: str = "", broadcast: bool = False) -> Outcome:
        """A new message in a conversation, or to a person by their id; in a `thread` where one is named by its ts."""
        place = self.place(channel)
        broadcasts = True if thread and broadcast else None
        outcome = self._sent("chat.postMessage", place, message, lambda words, blocks: self._slack.chat_postMessage(
            channel=place, text=words, blocks=blocks or None, thread_ts=thread or None, reply_broadcast=broadcasts,
            unfurl_links=False, unfurl_media=False,
        ))
        if outcome.fate is Fate.SENT and channel not in self._places:
            self._redis.call(lambda redis: redis.hset(PLACES, channel, outcome.channel))
            self._places[channel] = outcome.channel
            if outcome.channel != place:    # it counts for that conversation
                self._pace.take("chat.postMessage", outcome.channel)
        return outcome

    def update(self, channel: str, ts: str, message: Message) -> Outcome:
        """The message as it is to look from now on."""
        return self._sent("chat.update", channel, message, lambda words, blocks: self._slack.chat_update(
            channel=channel, ts=ts, text=words, blocks=blocks
        ))

    def permalink(self, channel: str, ts: str) -> Outcome:
        """The `link` by which a browser finds a message."""
        return self._called("chat.getPermalink", channel, lambda: self._slack.chat_getPermalink(
            channel=channel, message_ts=ts
        ))

    def _sent(
        self, method: str, channel: str, message: Message, send: Callable[[str, list[Any]], SlackResponse]
    ) -> Outcome:
        outcome = self._called(method, channel, lambda: send(message.text, [dict(block) for block in message.blocks]))
        if outcome.fate is Fate.REFUSED and message.blocks:     # our mistake must not cost people the news
            return self._answered(method, channel, lambda: send(message.text, []))
        return outcome

    def _called(self, method: str, channel: str, call: Callable[[], SlackResponse]) -> Outcome:
        if left := self._away.left(self._now()):
            return Outcome(Fate.AWAY, wait=left)
        if wait := self._pace.take(method, channel):
            return Outcome(Fate.BUSY, wait=wait)
        return self._answered(method, channel, call)

    def _answered(self, method: str, channel: str, call: Callable[[], SlackResponse]) -> Outcome:
        outcome = _asked(method, channel, call)
        if outcome.fate is Fate.AWAY:
            return replace(outcome, wait=self._away.grow(self._now()))
        if self._away.begun:
            log.warning("Slack answers again")
            self._away.end()
        if outcome.fate is Fate.BUSY:
            self._pace.hold(method, channel, outcome.wait)
        return outcome

    def _now(self) -> float:
        return self._clock().timestamp()


def _asked(method: str, channel: str, call: Callable[[], SlackResponse]) -> Outcome:
    try:
        answer = call()
    except SlackApiError as error:
        return _outcome(method, error.response)
    except (OSError, HTTPException, UnicodeError) as error:     # URLError, time-outs and TLS are OSErrors
        log.warning("Slack does not answer %s: %s", method, type(error).__name__)
        return Outcome(Fate.AWAY)
    return Outcome(
        Fate.SENT, str(answer.get("channel", channel)), str(answer.get("ts", "")), link=str(answer.get("permalink", ""))
    )


def _outcome(method: str, answer: SlackResponse) -> Outcome:
    """What Slack's no means. Only its one word is logged: the rest of the answer may repeat what was sent."""
    code = _code(answer)
    if answer.status_code == 429 or code in _BUSY:
        return Outcome(Fate.BUSY, wait=_retry_after(answer.headers))
    if answer.status_code != 200 or not code or code in _AWAY:
        log.warning("Slack does not take %s: %s", method, code or f"HTTP {answer.status_code}")
        return Outcome(Fate.AWAY)
    if code in _GONE:
        return Outcome(Fate.GONE)
    if code in _CLOSED:
        return Outcome(Fate.CLOSED)
    log.error("Slack refuses what we send by %s: %s", method, code)
    return Outcome(Fate.REFUSED)


def _code(answer: SlackResponse) -> str:
    """Slack's word for what is wrong; '' when something else than Slack has answered."""
    code = answer.data.get("error") if isinstance(answer.data, dict) else None
    return code if isinstance(code, str) and CODE.fullmatch(code) else ""


def _retry_after(headers: Mapping[str, Any]) -> float:
    named = next((str(value) for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(named) if named.isdecimal() else RETRY_AFTER
