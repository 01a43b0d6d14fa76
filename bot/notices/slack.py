"""Slack, as messages are sent to it: the one module that posts, with outcomes sorted by what the caller does.

Nothing here waits: whoever must wait is told how long. Nothing is sent a second time by itself either: a post whose
answer was lost may stand in Slack already, and is looked for before it is sent again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from redis import Redis
from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from bot.notices.fates import Fate, Outcome, asked
from bot.notices.pace import PATIENCE, Pace, Pause
from bot.stored.attempts import LATE, LONGEST_REST, Attempt, Attempts, Mark, begin, key_of
from bot.stored.conversations import Conversations
from bot.views.message import Message
from engine.clock import utc_now
from engine.store.patience import Patient

LONGEST_PAUSE = 150.0           # seconds for which one conversation is left alone; one message in it twice as long
HELD_UP = 2.0                   # times as long as it took not to answer, at least
MOST_PAUSES = 1000              # remembered
PAGES, PAGE = 5, 200            # of a history, and messages on each
CLOCKS = 600.0                  # seconds by which our clock and Slack's may differ
log = logging.getLogger(__name__)


class SlackPost:
    """Posts and changes messages in one workspace, at the pace that Slack allows.

    While Slack is away it is asked ever more seldom whether it is back, and nothing is sent. A conversation, or a
    message in it, that makes trouble is left alone for a while that grows, up to LONGEST_PAUSE; all others go on.
    """

    def __init__(
        self,
        slack: WebClient,
        pace: Pace,
        redis: Redis,
        *,
        first: bool = True,
        clock: Callable[[], datetime] = utc_now,
        patience: float = PATIENCE,
    ) -> None:
        """`slack` has the token of the workspace that `pace` counts for, and repeats nothing by itself.

        `first` is as in Conversations; `patience` is how long Redis may be away, in seconds.
        """
        self.team, self.first = pace.team, first
        self._slack = slack
        self._pace = pace
        self._known = Conversations(redis, team=pace.team, first=first, patience=patience)
        self._attempts = Attempts(Patient(redis, patience=patience))
        self._clock = clock
        self._away = Pause()
        self._answers = True                    # since it was away; whether it takes messages again, one will show
        self._pauses: dict[str, Pause] = {}     # by conversation, and by message
        self._conversations: dict[str, str] = {}

    def where(self, channel: str) -> str:
        """The conversation that the id of a person or a channel leads to; the id itself before a first post."""
        if channel not in self._conversations:
            known = self._known.find(channel)
            if known is None:
                return channel
            self._conversations[channel] = known
        return self._conversations[channel]

    def paused(self, channel: str, ts: str = "") -> float:
        """Seconds for which this conversation alone, or that message in it, is left alone; 0 for none."""
        where = self.where(channel)
        return max(self._left(where), self._left(f"{where}:{ts}"))

    # What is sent

    def post(
        self, channel: str, message: Message, mark: Mark, *, thread: str = "", broadcast: bool = False
    ) -> Outcome:
        """A new message in a conversation, or to a person by their id; in a `thread` where one is named by its ts.

        When the answer to one of the same `mark` was lost, it is looked for in the conversation's history before it is
        sent again, and is SENT if it stands there. From a second lost answer on, minutes pass as well. Where we may
        not read the history, it may come twice.
        """
        where, attempt = self.where(channel), key_of(channel, thread, mark)
        if held_back := self._held_back(where, attempt):
            return held_back
        begun = self._attempts.load(attempt)
        if begun is not None and (known := self._cleared_up(where, thread, attempt, begun)):
            return self._placed(channel, where, known)
        if wait := self._pace.take("chat.postMessage", where):
            return Outcome(Fate.BUSY, wait=wait)
        now = (begun or begin(self._now())).again(self._now())
        self._attempts.keep(attempt, now)
        outcome = self._taken("chat.postMessage", where, attempt, message, lambda blocks: self._slack.chat_postMessage(
            channel=where, text=message.text, blocks=blocks or None, thread_ts=thread or None,
            reply_broadcast=True if thread and broadcast else None, unfurl_links=False, unfurl_media=False,
            metadata=now.metadata(mark),
        ))
        if outcome.fate is not Fate.SENT:
            self._attempts.keep(attempt, now.lost(self._now()) if outcome.unsure else begun)
        return self._placed(channel, where, outcome)

    def update(self, channel: str, ts: str, message: Message, *, spare: int = 0) -> Outcome:
        """The message as it is to look from now on. `spare`: as Pace.take."""
        what = f"{channel}:{ts}"
        return self._not_now("chat.update", channel, what, spare=spare) or self._taken(
            "chat.update", channel, what, message, lambda blocks: self._slack.chat_update(
                channel=channel, ts=ts, text=message.text, blocks=blocks
            )
        )

    def permalink(self, channel: str, ts: str) -> Outcome:
        """The `link` by which a browser finds a message."""
        return self._called("chat.getPermalink", channel, f"{channel}:{ts}", lambda: (
            self._slack.chat_getPermalink(channel=channel, message_ts=ts)
        ))

    def publish(self, user: str, view: Mapping[str, Any]) -> Outcome:
        """The home tab of a person as it is to look from now on. Messages to them do not wait when it fails."""
        where, what = _home_of(user)
        return self._called("views.publish", where, what, lambda: (
            self._slack.views_publish(user_id=user, view=dict(view))
        ))

    def home_held_back(self, user: str) -> Outcome | None:
        """Why the home tab of a person may not be drawn now; None when it may."""
        return self._held_back(*_home_of(user))

    def _placed(self, channel: str, where: str, outcome: Outcome) -> Outcome:
        """The outcome; remembers to which conversation a person's id has led."""
        if outcome.fate is Fate.SENT and channel not in self._conversations:
            self._known.note(channel, outcome.channel)
            self._conversations[channel] = outcome.channel
            if outcome.channel != where:    # it counts for that conversation
                self._pace.take("chat.postMessage", outcome.channel)
        return outcome

    def _taken(
        self, method: str, where: str, what: str, message: Message, send: Callable[[list[Any]], SlackResponse]
    ) -> Outcome:
        outcome = self._answered(method, where, what, lambda: send([dict(block) for block in message.blocks]))
        if outcome.plainer and message.blocks:      # our mistake must not cost people the news
            return self._answered(method, where, what, lambda: send([]))
        return outcome

    # A post whose answer was lost

    def _cleared_up(self, where: str, thread: str, attempt: str, begun: Attempt) -> Outcome | None:
        """What became of a post that was begun; None when it is to be sent (again)."""
        if begun.until > self._now() + LATE + LONGEST_REST:     # the clock was set back
            begun = begun.lost(self._now())
            self._attempts.keep(attempt, begun)
        if begun.until > self._now():
            return Outcome(Fate.BUSY, wait=begun.until - self._now())
        if found := self._found(where, thread, begun):
            return found
        rests = begun.rest()
        if begun.is_to_rest and rests.until > self._now():
            self._attempts.keep(attempt, rests)
            return Outcome(Fate.BUSY, wait=rests.until - self._now())
        return None

    def _found(self, where: str, thread: str, begun: Attempt) -> Outcome | None:
        """Where the message stands, or why that cannot be asked now; None when it stands nowhere that we may read."""
        conversation = self._conversation(where)
        if conversation.fate is not Fate.SENT:
            return None if conversation.settled else conversation
        cursor = ""
        for _ in range(PAGES):
            page = self._page(conversation.channel, thread, begun, cursor)
            if page.fate is not Fate.SENT:
                return None if page.settled else page
            for message in page.answer.get("messages") or ():
                if begun.is_of(message):
                    return Outcome(Fate.SENT, conversation.channel, str(message["ts"]), earlier=True)
            cursor = str((page.answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return None
        log.warning("A message whose answer was lost is not among the last %s of its conversation", PAGES * PAGE)
        return None

    def _conversation(self, where: str) -> Outcome:
        """The `channel` behind it, which may be a person whom we have not written to for sure."""
        if not where.startswith(("U", "W")):
            return Outcome(Fate.SENT, where)
        opened = self._called("conversations.open", where, where, lambda: self._slack.conversations_open(users=where))
        channel: Mapping[str, Any] = opened.answer.get("channel") or {}
        return replace(opened, channel=str(channel.get("id", where)))

    def _page(self, where: str, thread: str, begun: Attempt, cursor: str) -> Outcome:
        """docs.slack.dev/reference/methods/conversations.history and .replies, with the metadata of each message."""
        options: dict[str, Any] = {
            "oldest": f"{min(begun.first, self._now()) - CLOCKS:.6f}", "limit": PAGE, "cursor": cursor or None,
            "include_all_metadata": True,
        }
        if thread:
            return self._called("conversations.replies", where, begun.id, lambda: (
                self._slack.conversations_replies(channel=where, ts=thread, **options)
            ))
        return self._called("conversations.history", where, begun.id, lambda: (
            self._slack.conversations_history(channel=where, **options)
        ))

    # Whom to leave alone

    def _called(self, method: str, where: str, what: str, call: Callable[[], SlackResponse]) -> Outcome:
        return self._not_now(method, where, what) or self._answered(method, where, what, call)

    def _not_now(self, method: str, where: str, what: str, *, spare: int = 0) -> Outcome | None:
        """Why it must not be called now; None when it may be, and is counted."""
        if held_back := self._held_back(where, what):
            return held_back
        wait = self._pace.take(method, where, spare=spare)
        return Outcome(Fate.BUSY, wait=wait) if wait else None

    def _held_back(self, where: str, what: str) -> Outcome | None:
        """Why nothing may be sent there now; None when it may."""
        if wait := self._away.left(self._now()) or self._still_away():
            return Outcome(Fate.AWAY, wait=wait)
        if wait := max(self._left(where), self._left(what)):
            return Outcome(Fate.PAUSED, wait=wait)
        return None

    def _still_away(self) -> float:
        """Asks Slack whether it is back, by a call that does nothing: the answer to a message might be lost.

        The seconds until it is asked again; 0 when it answers, or was not away.
        """
        if self._answers or asked("auth.test", "", self._slack.auth_test).fate is not Fate.AWAY:
            self._answers = True
            return 0.0
        return self._away.grow(self._now())

    def _answered(self, method: str, where: str, what: str, call: Callable[[], SlackResponse]) -> Outcome:
        began = self._now()
        outcome = asked(method, where, call)
        if outcome.fate is Fate.PAUSED or outcome.unsure:
            outcome = replace(outcome, wait=self._leave_alone(where, what, HELD_UP * (self._now() - began)))
        elif outcome.settled and method.startswith(("chat.", "views.")):
            self._pauses.pop(where, None)
            self._pauses.pop(what, None)
        if outcome.fate is Fate.AWAY:
            self._answers = False
            return replace(outcome, wait=self._away.grow(self._now()))
        if self._away.begun:
            log.warning("Slack answers again")
            self._away.end()
        if outcome.fate is Fate.BUSY:
            self._pace.hold(method, where, outcome.wait)
        return outcome

    def _leave_alone(self, where: str, what: str, at_least: float) -> float:
        """The seconds until the same is sent again: a later moment than for others of its conversation, who may try."""
        if len(self._pauses) >= MOST_PAUSES:
            self._pauses = {of: pause for of, pause in self._pauses.items() if pause.left(self._now())}
        here = self._pauses.setdefault(where, Pause(LONGEST_PAUSE)).grow(self._now(), at_least)
        return self._pauses.setdefault(what, Pause(2 * LONGEST_PAUSE)).grow(self._now(), 2 * here)

    def _left(self, of: str) -> float:
        return self._pauses[of].left(self._now()) if of in self._pauses else 0.0

    def _now(self) -> float:
        return self._clock().timestamp()


def _home_of(user: str) -> tuple[str, str]:
    """The names under which a home tab is left alone for a while: apart from the person's conversation."""
    return f"home:{user}", f"home:{user}:view"
