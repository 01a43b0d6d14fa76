"""Mailing: what the third party that a form named is told by e-mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.notices.email import Delivery, Mailer
from bot.notices.milestones import Notice, letter, milestones
from bot.notices.pace import Pause
from bot.notices.showing import Look
from bot.threads import Threads
from engine.clock import utc_now

LONGEST_PAUSE = 300.0       # seconds between two tries


class Mailing:
    """Sends a task's notices by e-mail, in order. A server that is away holds up no other task's Slack messages."""

    def __init__(
        self, mailer: Mailer | None, threads: Threads, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        """`mailer` is None where no SMTP server is named: then nobody gets e-mail."""
        self._mailer = mailer
        self._threads = threads
        self._clock = clock
        self._away = Pause(LONGEST_PAUSE)
        self._later: dict[str, Pause] = {}      # tasks whose letter the server does not take yet

    def bring_up_to_date(self, look: Look) -> float:
        """Sends what is to be sent; returns the seconds to wait until what was left over can be, 0 for nothing.

        What could not be sent until 48 hours after the end is no news any more.
        """
        until = look.migration.rollback_until
        if self._mailer is None or not look.thread.notify or (until is not None and self._clock() > until):
            return 0.0
        for notice in milestones(look.migration, look.pressed):
            if notice.by_email and (wait := self._send(self._mailer, look, notice)):
                return wait
        return 0.0

    def _send(self, mailer: Mailer, look: Look, notice: Notice) -> float:
        key = f"{notice.key}, by e-mail"
        if key in look.told:
            return 0.0
        later = self._later.get(look.task_id, Pause(LONGEST_PAUSE))
        if left := max(self._away.left(self._now()), later.left(self._now())):
            return left
        subject, text = letter(look.migration, notice)
        delivery = mailer.send(look.thread.notify, subject, text, f"{look.task_id} {notice.key}")
        if delivery is Delivery.AWAY:
            return self._away.grow(self._now())
        self._away.end()
        if delivery is Delivery.LATER:
            self._later[look.task_id] = later
            return later.grow(self._now())
        self._later.pop(look.task_id, None)
        self._threads.tell(look.task_id, key)
        look.told.add(key)
        return 0.0

    def _now(self) -> float:
        return self._clock().timestamp()
