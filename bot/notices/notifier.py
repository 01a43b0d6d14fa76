"""The notifier: draws cards and home tabs, tells the milestones, empties the outbox, of one workspace.

One at a time for each workspace, over all machines.

Everything it sends follows from what is in Redis, and what has arrived is written down there. So it may be killed
anywhere: the next one goes on. The message that was in flight is looked for in Slack before it is sent again, and comes
twice at most.
"""

from __future__ import annotations

import logging
import math
import threading
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

from bot.notices.audit_channel import AuditChannel
from bot.notices.email import Mailer
from bot.notices.home_tab import Tabs
from bot.notices.homes import Homes
from bot.notices.mailing import Mailing, beside
from bot.notices.pace import SOONEST
from bot.notices.readers import Readers
from bot.notices.requests import Requests
from bot.notices.sending import Letters
from bot.notices.showing import Look, Showing
from bot.notices.slack import SlackPost
from bot.notices.sole import Elsewhere, SoleSender, acquire
from bot.notices.turns import MOVING, in_line, next_look, turn
from bot.people import People
from bot.stored.outbox import Outbox
from bot.stored.threads import Card, Threads
from engine.decisions import decided
from engine.errors import FatalError, InputError, UnreadableError
from engine.migration.record import Migration
from engine.store.store import Store

COVERED = 40.0          # seconds for which the lease is surely ours whenever something is sent: Slack may take 30
POLL = 1.0              # seconds between two passes when nothing is due
STANDS_BY = 2.0         # seconds between two tries to take over
STORE_AWAY = 1.0        # seconds between two tries while Redis is away
TOGETHER = 0.1          # seconds that a task may be looked at early, so that who waits for the same thing takes turns
PART = 0.8              # seconds from its first message after which a part of a pass leaves the rest to the next pass
LOOKING = 1.0           # seconds of a pass for looking at tasks; those that are left are looked at in the next one
SPARE = 1               # drawings that mere progress leaves to cards of another state, however many are behind
UNLESS = 5.0            # seconds without any progress drawn, after which one such card comes before all others
CLAIM = 3.0             # seconds after which a task is due again whose look was broken off
BROKEN = 60.0           # seconds to leave alone what we fail at
LOST = 600.0            # seconds after which a task counts no more that nobody has looked at
UNKNOWN = 600.0         # seconds after which a thread is forgotten that never got a record
log = logging.getLogger(__name__)
T = TypeVar("T")


class Notifier:
    """Sends whatever is to be sent, in order, until it has arrived."""

    def __init__(  # noqa: PLR0913 - what it sends from
        self,
        *,
        store: Store,
        threads: Threads,
        outbox: Outbox,
        slack: SlackPost,
        people: People,
        mailer: Mailer | None,
        tabs: Tabs,
        requests: Requests,
        audit_channel: AuditChannel | None = None,
        poll: float = POLL,
        start: Callable[[Callable[[], None]], None] = beside,
    ) -> None:
        """The workspace is that of `slack`, the clock that of `tabs`. `mailer` is None where no SMTP server is named.

        `poll` is the seconds between two passes when nothing is due, to find what nobody has announced. `start` has the
        sending of e-mail done, beside the passes.
        """
        self._store, self._threads, self._slack = store, threads, slack
        self._letters, self._requests = Letters(outbox, slack, audit_channel), requests
        self._clock = clock = tabs.clock
        self._showing = Showing(slack, threads, Readers(people), clock=clock)
        self._homes = Homes(slack, tabs)
        self._mailing = Mailing(mailer, threads, clock=clock, start=start)
        self._poll = poll
        self._elsewhere = Elsewhere(threads, slack.team)
        self._lease: SoleSender | None = None
        self._stop = threading.Event()
        self._held_up = False
        self._live: dict[str, Look] = {}        # tasks that are under way
        self._stale: dict[str, Look] = {}       # tasks with a card that shows an earlier progress
        self._unknown: dict[str, float] = {}    # threads without a record, and since when
        self._broken: dict[str, float] = {}     # what we failed at, and until when it is left alone
        self._left_alone: set[str] = set()      # tasks of a newer release that the log has named
        self._took_over = False                 # and have not seen yet what there is
        self._known: set[str] = set()           # tasks that we have looked at since we took over
        self._unseen: set[str] = set()          # tasks that we have not, and of which any may be in line
        self._progress_at = 0.0                 # when progress was last drawn
        self._began = 0.0                       # this pass
        self._first_sent: float | None = None   # in this part of it
        self._next = 0.0                        # when the next thing is due

    def run(self, stop: threading.Event) -> None:
        """Passes, until `stop` is set; then lets another notifier take over."""
        self._stop = stop
        try:
            while not stop.is_set():
                stop.wait(self.tick())
        finally:
            self.close()

    def close(self) -> None:
        """Lets another notifier take over, once the letter that is being handed over has been."""
        self._mailing.close()
        self._release()

    def _release(self) -> None:
        if self._lease is not None:
            self._lease.release()
            self._lease = None

    def tick(self) -> float:
        """One pass; returns the seconds until the next thing is due. Never raises for want of Redis or Slack."""
        try:
            if not self._is_ours():
                return STANDS_BY
            self._pass()
        except FatalError as error:     # Redis is away, or somebody else has taken over
            if not self._held_up:
                log.warning("Nothing is sent for now. %s", error)
            self._held_up = True
            return STORE_AWAY
        self._held_up = False
        return max(0.0, self._next - self._now())

    def _is_ours(self) -> bool:
        """Takes over from a notifier that is gone. True: this process holds the lease to send."""
        if self._lease is None or self._lease.remaining() <= 0:
            self._release()
            self._lease = acquire(self._store, self._slack.team, first=self._slack.first)
            if self._lease is not None:
                log.info("this process sends the notices of workspace %s from now on", self._slack.team)
            self._live.clear()      # whoever sent meanwhile has seen what became of them
            self._stale.clear()
            self._mailing.forget()
            self._took_over = True
        return self._lease is not None

    def _may_send(self) -> bool:
        """True: this part of the pass goes on. Raises LeaseLostError when another process holds the lease by now."""
        if self._lease is not None:
            self._lease.cover(COVERED)
        if self._first_sent is None:
            self._first_sent = self._now()
        if self._now() - self._first_sent > PART:
            self._due(self._began)      # the rest is for the next pass, which is at once
            return False
        return not self._stop.is_set()

    def _now(self) -> float:
        return self._clock().timestamp()

    # A pass

    def _pass(self) -> None:
        """The outbox, some tasks and what they have to tell, home tabs, then progress; each for a second or so.

        However much there is to do, what was pressed since is found by the next pass, within seconds.
        """
        before, self._began, self._first_sent = self._began, self._now(), None
        if self._began < before:    # the clock was set back: whatever was to be done later is looked at now
            self._took_over = True
            self._broken.clear()
        self._next = self._began + self._poll
        self._guarded("the outbox", self._send_letters)
        self._go_on_mailing()
        if self._now() - self._progress_at >= UNLESS:
            self._show_progress()
        due = self._all_due()
        self._attend_to(self._look_at(due))
        if due:
            self._due(self._began)
        self._live = {id_: look for id_, look in self._live.items() if look.due > self._began - LOST}
        self._first_sent = None
        self._due(self._homes.show(self._may_send, self._guarded))
        self._guarded("requests for approval", self._show_requests)
        self._show_progress()
        self._due(self._threads.next_due(self._began + TOGETHER))

    def _all_due(self) -> deque[str]:
        """What is to be looked at now: the longest due first, and then what we have not seen yet."""
        due = self._elsewhere.without(self._threads.due(self._began + TOGETHER))
        if self._took_over:
            self._known, self._unseen = set(), set(self._elsewhere.without(self._threads.due(math.inf)))
            self._took_over = False
        self._unseen.update(id_ for id_ in due if id_ not in self._known)
        return deque([*due, *sorted(self._unseen.difference(due))])

    def _look_at(self, due: deque[str]) -> list[Look]:
        """Takes tasks from the left and looks at them, for LOOKING seconds."""
        began, looks = self._now(), []
        while due and self._now() - began < LOOKING:
            task_id = due.popleft()
            if (look := self._guarded(task_id, partial(self._look, task_id))) is not None:
                looks.append(look)
            self._known.add(task_id)
            self._unseen.discard(task_id)
        return looks

    def _attend_to(self, looks: Sequence[Look]) -> None:
        """Sends what these tasks have to tell, in turn."""
        self._first_sent = None     # whoever was looked at is not put off because others took long
        for look in sorted(looks, key=turn):
            if not self._may_send():
                return
            self._guarded(look.task_id, partial(self._attend, look))

    def _guarded(self, name: str, do: Callable[[], T]) -> T | None:
        """What `do` returns. An error of ours in one task is logged and stops no other; that task is left alone."""
        if self._now() < self._broken.get(name, 0.0):
            return None
        self._broken.pop(name, None)
        try:
            return do()
        except FatalError:
            raise
        except Exception as error:  # noqa: BLE001 - the notice sender: one broken record must not silence the others
            where = traceback.extract_tb(error.__traceback__)[-1]
            told = (name, type(error).__name__, where.filename, where.lineno)
            log.error("%s: %s in %s, line %s", *told)  # noqa: TRY400 - its own words may hold what was to be sent
            self._broken[name] = self._now() + BROKEN
            return None

    def _send_letters(self) -> None:
        if wait := self._letters.send(self._may_send, self._guarded):
            self._due(self._now() + wait)

    def _show_requests(self) -> None:
        if wait := self._requests.show(self._may_send):
            self._due(self._now() + wait)

    # One task

    def _look(self, task_id: str) -> Look | None:
        """The task as it is now.

        None: there is nothing to see any more, not yet, or only for a newer release or another workspace.
        """
        if self._elsewhere.has(task_id):
            return None
        due = self._now() + CLAIM
        self._threads.look_again(task_id, due)      # first: what is pressed from here on makes it due at once
        try:
            return self._seen(task_id, due)
        except UnreadableError:
            if task_id not in self._left_alone:
                self._left_alone.add(task_id)
                decided("left alone", task=task_id)
            self._threads.looked(task_id, due=due, again=self._now() + BROKEN)
            return None

    def _seen(self, task_id: str, due: float) -> Look | None:
        thread = self._threads.load(task_id)
        if thread is None:      # not begun in Slack; it may be opened at this very moment
            self._threads.looked(task_id, due=due, again=None)
            return None
        cards = self._threads.cards(task_id)
        try:
            migration = self._store.load(task_id)
        except InputError:
            self._without_record(task_id, had_cards=bool(cards))
            return None
        self._unknown.pop(task_id, None)
        told = set(self._threads.told(task_id))
        look = Look(thread, migration, self._threads.pressed(task_id), cards, told, due, hold=self._homes.hold)
        self._live.pop(task_id, None)
        if migration.state in MOVING:
            self._live[task_id] = look
        return look

    def _without_record(self, task_id: str, *, had_cards: bool) -> None:
        """A thread may be opened a moment before its record is made; else the task has been forgotten."""
        since = self._unknown.setdefault(task_id, self._began)
        if had_cards or self._began - since > UNKNOWN:
            self._forget(task_id)

    def _forget(self, task_id: str) -> None:
        self._threads.forget(task_id)
        for known in (self._live, self._stale, self._unknown):
            known.pop(task_id, None)

    def _attend(self, look: Look) -> None:
        """Sends what is to be sent of a task, and settles when to look at it again."""
        look.position = self._position(look.migration)
        may_change = not self._unseen or not in_line(look.migration)      # its position is known, or it has none
        waits = [
            self._showing.bring_up_to_date(look),
            self._guarded(f"{look.task_id}, by e-mail", partial(self._mailing.bring_up_to_date, look)),
        ]
        self._guarded(f"{look.task_id}, in its owner's home tab", partial(self._homes.note, look))
        self._go_on_mailing()
        self._stale.pop(look.task_id, None)
        if look.stale and may_change:
            self._stale[look.task_id] = look
        again = next_look(
            look, self._clock(), min((wait for wait in waits if wait), default=None), under_way=len(self._live),
            is_unreachable=self._showing.is_unreachable(look),
        )
        self._threads.looked(look.task_id, due=look.due, again=again)
        if again is not None:
            self._due(again)

    def _go_on_mailing(self) -> None:
        if wait := self._mailing.go_on(self._stop):
            self._due(self._now() + wait)

    def _position(self, migration: Migration) -> int | None:
        """Its position in line, 1 for the next; None when it is not in line, or others may be that we have not seen."""
        if self._unseen or not in_line(migration):
            return None
        others = (look.migration for look in self._live.values())
        return 1 + sum(in_line(other) and other.created < migration.created for other in others)

    def _due(self, at: float) -> None:
        self._next = min(self._next, at)

    # Progress

    def _show_progress(self) -> None:
        """Draws the cards that are behind, one at a time, as often as there is room for it."""
        self._first_sent = None
        for card, look in self._behind():
            if card.drawn_at <= self._now() < card.drawn_at + SOONEST:
                self._due(card.drawn_at + SOONEST)
                continue
            if not self._may_send():
                return
            if paused := self._showing.paused(card):
                self._due(self._now() + paused)
                continue
            look.stale.remove(card)
            wait = self._guarded(look.task_id, partial(self._draw, look, card))
            if wait and card in look.cards:
                look.stale.append(card)
                self._due(self._now() + wait)
                if not self._showing.paused(card):      # there is no room for any other
                    return

    def _behind(self) -> list[tuple[Card, Look]]:
        """The cards that show an earlier progress, then those of tasks in line; each time the oldest drawing first.

        The line moves whenever a task ends, and with it the number on every card of those who wait: they take no turn
        from a card whose task goes on.
        """
        stale = [(card, look) for look in self._stale.values() for card in look.stale]
        return sorted(stale, key=lambda one: (in_line(one[1].migration), one[0].drawn_at))

    def _draw(self, look: Look, card: Card) -> float:
        """Draws a card by the record as it is now: with many tasks, the last look at this one was a minute ago."""
        with suppress(InputError, UnreadableError):     # which the next look sees
            look.migration = self._store.load(look.task_id)
            look.position = self._position(look.migration) or look.position
            waited = self._now() - self._progress_at >= UNLESS
            wait = self._showing.draw(look, card, spare=0 if waited else SPARE)
            self._progress_at = self._progress_at if wait else self._now()
            return wait
        return 0.0
