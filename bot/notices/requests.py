"""Requests: whoever can decide what somebody has asked for gets a message with buttons, which says later who did.

Like a card, each message follows from what is stored: what was not sent or drawn by a notifier that died is by the
next.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from bot.notices.fates import Fate, Outcome
from bot.notices.slack import SlackPost
from bot.stored.approvals import Approval, Approvals
from bot.stored.attempts import Mark
from bot.views import approval as views
from engine.clock import utc_now
from engine.errors import UnreadableError

NOBODY = "-"        # in the place of a conversation: they take no messages from us


@dataclass(frozen=True, slots=True)
class Requests:
    """Sends and draws the messages of one workspace, that of `slack`."""

    slack: SlackPost
    approvals: Approvals
    clock: Callable[[], datetime] = utc_now

    def show(self, may_send: Callable[[], bool]) -> float:
        """Brings every message up to date; returns the seconds after which to go on, 0 where nothing is left."""
        waits = [0.0]
        for message in self.approvals.left():
            if message.team == self.slack.team and may_send():
                outcome = self.slack.update(message.channel, message.ts, views.over())
                waits.append(outcome.wait)
                if outcome.settled:
                    self.approvals.cleared(message)
        for key in self.approvals.due():
            with suppress(UnreadableError):     # of a newer release, whose notifier draws it
                waits.append(self._show(key, may_send))
        return min((wait for wait in waits if wait), default=0.0)

    def _show(self, key: str, may_send: Callable[[], bool]) -> float:
        seen = self.approvals.seen(key)
        approval = seen.approval
        if approval is not None and approval.team != self.slack.team:
            return 0.0
        waits = [0.0]
        for person, (channel, ts) in (approval.told if approval else {}).items():
            if approval is None or not _is_behind(approval, channel, ts, self.clock()):
                continue
            if not may_send():
                return min((wait for wait in waits if wait), default=0.0)
            outcome = self._send(approval, person, channel, ts)
            waits.append(outcome.wait)
            if outcome.fate is Fate.AWAY:
                return outcome.wait
        if not any(waits):
            self.approvals.drawn(seen)      # in vain where a message was noted: then the next pass finds all of them
        return min((wait for wait in waits if wait), default=0.0)

    def _send(self, approval: Approval, person: str, channel: str, ts: str) -> Outcome:
        if ts:
            outcome = self.slack.update(channel, ts, views.request(approval))
            placed = (channel, "")
        else:
            outcome = self.slack.post(person, views.request(approval), _mark(approval, person))
            placed = (outcome.channel, outcome.ts) if outcome.fate is Fate.SENT else (NOBODY, "")
        if outcome.settled:
            self._note(approval, person, placed)
        return outcome

    def _note(self, approval: Approval, person: str, placed: tuple[str, str]) -> None:
        def noted(now: Approval | None) -> Approval | None:
            same = now is not None and now.edition == approval.edition
            return now.with_message(person, *placed) if now is not None and same else now

        self.approvals.change(approval.subject, approval.about, noted)


def _is_behind(approval: Approval, channel: str, ts: str, now: datetime) -> bool:
    """True: the message is to be sent, or has buttons that are to go."""
    return (not channel and now < approval.until) if approval.is_waiting else bool(ts)


def _mark(approval: Approval, person: str) -> Mark:
    """What tells it from other messages in Slack: a digest, for the key may name somebody's form."""
    return Mark("", sha256(f"{approval.key} {approval.edition} {person}".encode()).hexdigest()[:16])
