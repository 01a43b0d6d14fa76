"""Mailing: sends the third party that a form named its e-mails, beside what goes to Slack.

One thread sends all e-mails, one after the other, so that a slow mail server does not delay cards. Each e-mail that was
sent is recorded at once, and the record is read before the next one: only an e-mail during which the process ended may
be sent twice, with the same Message-ID.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from bot.notices.email import Delivery, Mailer
from bot.notices.milestones import milestones
from bot.notices.pace import Pause
from bot.notices.showing import Look
from bot.notices.third_party import email_of
from bot.stored.threads import Threads
from engine.clock import utc_now
from engine.errors import FatalError, UnreadableError

LONGEST_PAUSE = 300.0       # seconds between two tries
LOOK_AGAIN = 60.0           # seconds between two looks at a task with e-mails that are still to be sent
STORE_AWAY = 1.0            # seconds between two tries to write down that an e-mail has arrived
LEAVES_WITHIN = 6.0         # seconds that the e-mail which is being handed over may take when we are to stop
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail to a third party. `notice` is the key of its notice; after `until` (UTC) it is not sent any more."""

    task_id: str
    notice: str
    to: str
    subject: str
    text: str
    until: datetime | None = None

    @property
    def key(self) -> str:
        """The key under which it is recorded as sent."""
        return _key(self.notice)


def beside(work: Callable[[], None]) -> None:
    """Runs the work in a daemon thread."""
    threading.Thread(target=work, name="e-mail", daemon=True).start()


class Mailing:
    """Sends the notices of each migration by e-mail, in order."""

    def __init__(
        self,
        mailer: Mailer | None,
        threads: Threads,
        *,
        clock: Callable[[], datetime] = utc_now,
        start: Callable[[Callable[[], None]], None] = beside,
    ) -> None:
        """`mailer` is None without OMM_SMTP_URL: then nothing is sent. `start` runs the work, in another thread."""
        self._mailer = mailer
        self._threads = threads
        self._clock = clock
        self._start = start
        self._lock = threading.Lock()           # for all below
        self._waiting: dict[str, tuple[Mail, ...]] = {}     # by task, whoever has waited for longest first
        self._away = Pause(LONGEST_PAUSE)
        self._later: dict[str, Pause] = {}      # tasks whose e-mail the server does not take yet
        self._at_work = False
        self._idle = threading.Event()
        self._idle.set()
        self._stop = threading.Event()

    def bring_up_to_date(self, look: Look) -> float:
        """Queues what is to be sent. Returns the seconds after which to look again; 0: nothing is left.

        What could not be sent within 48 hours after the end is dropped.
        """
        mails = self._mails(look)
        with self._lock:
            if mails:
                self._waiting[look.task_id] = mails
            else:
                self._waiting.pop(look.task_id, None)
                self._later.pop(look.task_id, None)
        return LOOK_AGAIN if mails else 0.0

    def go_on(self, stop: threading.Event) -> float:
        """Starts to send the queue, until `stop` is set.

        Returns the seconds after which to call it again because the mail server was away; 0: it was not.
        """
        with self._lock:
            self._stop = stop
            begins = not self._at_work and self._next() is not None
            if begins:
                self._at_work = True
                self._idle.clear()
        if begins:
            self._start(self._work)
        with self._lock:
            return 0.0 if self._at_work else self._soonest()

    def forget(self) -> None:
        """Empties the queue: another process may send it."""
        with self._lock:
            self._waiting.clear()

    def close(self) -> None:
        """Waits for the e-mail that is being sent; starts no other."""
        self.forget()
        if not self._idle.wait(LEAVES_WITHIN):
            log.warning("the mail server takes too long: an e-mail may come twice")

    def _mails(self, look: Look) -> tuple[Mail, ...]:
        until = look.migration.rollback_until
        if self._mailer is None or not look.thread.notify or self._is_over(until):
            return ()
        return tuple(
            Mail(look.task_id, notice.key, look.thread.notify, *email_of(look.migration, notice, look.thread), until)
            for notice in milestones(look.migration, look.pressed)
            if notice.by_email and _key(notice.key) not in look.told
        )

    # In a thread of its own

    def _work(self) -> None:
        try:
            while (mail := self._taken()) is not None:
                self._deliver(mail)
        except FatalError as error:     # Redis is away; it is begun anew by the next pass
            log.warning("No e-mail is sent for now. %s", error)
        finally:
            with self._lock:
                self._at_work = False
                self._idle.set()

    def _taken(self) -> Mail | None:
        with self._lock:
            return None if self._stop.is_set() else self._next()

    def _next(self) -> Mail | None:
        """The first e-mail of the queue that may be sent now."""
        now = self._now()
        if self._away.left(now):
            return None
        firsts = (mails[0] for task_id, mails in self._waiting.items() if not self._put_off(task_id, now))
        return next((mail for mail in firsts if not self._is_over(mail.until)), None)

    def _is_over(self, until: datetime | None) -> bool:
        return until is not None and self._clock() > until

    def _soonest(self) -> float:
        now = self._now()
        waits = [max(self._away.left(now), self._put_off(task_id, now)) for task_id in self._waiting]
        return min(waits, default=0.0)

    def _put_off(self, task_id: str, now: float) -> float:
        return self._later[task_id].left(now) if task_id in self._later else 0.0

    def _deliver(self, mail: Mail) -> None:
        if self._is_ours(mail) and mail.key not in self._threads.told(mail.task_id):
            delivery = self._handed_over(mail)
            if delivery in (Delivery.AWAY, Delivery.LATER):
                return
            self._write_down(mail)
        with self._lock:
            left = tuple(one for one in self._waiting.pop(mail.task_id, ()) if one.key != mail.key)
            if left:
                self._waiting[mail.task_id] = left

    def _is_ours(self, mail: Mail) -> bool:
        """False: its task was forgotten, and nobody is told any more; or a newer release has it now, and sends it."""
        with suppress(UnreadableError):
            return self._threads.load(mail.task_id) is not None
        return False

    def _handed_over(self, mail: Mail) -> Delivery:
        delivery = self._sent(mail)
        with self._lock:
            if delivery is Delivery.AWAY:
                self._away.grow(self._now())
                return delivery
            self._away.end()
            if delivery is Delivery.LATER:
                self._later.setdefault(mail.task_id, Pause(LONGEST_PAUSE)).grow(self._now())
            else:
                self._later.pop(mail.task_id, None)
        return delivery

    def _sent(self, mail: Mail) -> Delivery:
        if self._mailer is None:
            return Delivery.LATER
        try:
            return self._mailer.send(mail.to, mail.subject, mail.text, f"{mail.task_id} {mail.notice}")
        except Exception as error:  # noqa: BLE001 - a notice sender: one bad e-mail must not silence the others
            log.error("%s, by e-mail: %s", mail.task_id, type(error).__name__)  # noqa: TRY400 - its words may hold more
            return Delivery.LATER

    def _write_down(self, mail: Mail) -> None:
        """Records it, however long Redis is away, unless we must stop: an e-mail without a record is sent again."""
        while True:
            try:
                self._threads.tell(mail.task_id, mail.key)
            except FatalError:
                if self._stop.wait(STORE_AWAY):
                    raise
            else:
                return

    def _now(self) -> float:
        return self._clock().timestamp()


def _key(notice: str) -> str:
    return f"{notice}, by e-mail"
