"""The notifier: draws the cards, tells the milestones, empties the outbox. One at a time over all machines."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from bot.notices.email import Mailer
from bot.notices.outbox import Outbox
from bot.notices.slack import SlackPost
from bot.threads import Threads
from engine.clock import utc_now
from engine.store import Store


class Notifier:
    """Sends whatever is to be sent, in order, until it has arrived."""

    def __init__(
        self, *, store: Store, threads: Threads, outbox: Outbox, slack: SlackPost, mailer: Mailer | None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """`mailer` is None where no SMTP server is named: then nobody gets e-mail."""

    def tick(self) -> float:
        """One pass; returns the seconds until the next thing is due. Never raises for want of Redis or Slack."""
        raise NotImplementedError

    def run(self, stop: threading.Event) -> None:
        """Passes, until `stop` is set; then lets another notifier take over."""
        raise NotImplementedError

    def close(self) -> None:
        """Lets another notifier take over at once."""
        raise NotImplementedError
