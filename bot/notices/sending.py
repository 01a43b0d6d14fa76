"""Letters sent: what waits in the outbox, in order, until Slack has taken it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from bot.notices.audit_channel import AuditChannel
from bot.notices.fates import Fate, Outcome
from bot.notices.slack import SlackPost
from bot.stored.outbox import AUDIT, Letter, Outbox, Waiting
from bot.views.message import Message

log = logging.getLogger(__name__)
Guarded = Callable[[str, Callable[[], Any]], Any]


class Letters:
    """Sends the letters of one workspace, that of `slack`."""

    def __init__(self, outbox: Outbox, slack: SlackPost, audit_channel: AuditChannel | None = None) -> None:
        """`audit_channel` puts what is new in the audit among them, where a workspace has that."""
        self._outbox, self._slack, self._audit_channel = outbox, slack, audit_channel

    def send(self, may_send: Callable[[], bool], guarded: Guarded) -> float:
        """Empties the outbox. Returns the seconds after which what is left can be sent, 0 where nothing waits for that.

        `guarded` does something, and returns None where that failed by an error of ours.
        """
        if self._slack.first:
            self._outbox.adopt()
        if self._audit_channel is not None:     # before all others: what was handed over already is taken once
            guarded("the audit's channel", self._audit_channel.look)
        waiting: set[str] = set()       # people and conversations that take nothing more just now
        waits: list[float] = []
        left = 0                        # letters that stay, before all others
        while line := self._outbox.line(skip=left):
            for each in line:
                if not may_send():
                    return min(waits, default=0.0)
                letter = each.letter
                if letter is None or letter.to in waiting:
                    left += 1
                    continue
                outcome: Outcome | None = guarded(f"the letter {letter.key}", partial(self._sent, each, letter))
                waits += [] if outcome is None or outcome.settled else [outcome.wait]
                if outcome is not None and outcome.fate is Fate.AWAY:
                    return min(waits)
                if outcome is None or not outcome.settled:
                    waiting.update([] if outcome is None else [letter.to])
                    left += 1
        return min(waits, default=0.0)

    def _sent(self, each: Waiting, letter: Letter) -> Outcome:
        outcome = self._slack.post(letter.to, Message(letter.text, letter.blocks), self._outbox.mark(letter))
        if not outcome.settled:
            return outcome
        if outcome.fate is not Fate.SENT:
            log.warning("a message (%s) was thrown away: %s", letter.key, outcome.fate)
        if self._audit_channel is not None and letter.key.startswith(AUDIT):
            self._audit_channel.came(letter, refused=outcome.fate is Fate.CLOSED)
        self._outbox.sent(each)
        return outcome
