"""The sweep: forgets every task whose time is over, and what belongs to no task."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from redis import Redis

from bot.stored.approvals import Approvals
from bot.stored.audit import Audit
from bot.stored.conversations import EARLIER, conversations_of
from bot.stored.drafts import Drafts
from bot.stored.guesses import Guesses
from bot.stored.opened_homes import OpenedHomes
from bot.stored.policies import Policies
from bot.stored.threads import Threads, owned_by
from bot.work.retention import last_moment
from bot.workspace import workspaces
from engine.errors import InputError, UnreadableError
from engine.migration.record import Migration
from engine.migration.states import ENDED, MOVES, Act
from engine.migration.steering import BY_RETENTION, forget
from engine.migration.visit import Engine
from engine.settings.ending import end_windows
from engine.store.indexes import TASKS
from engine.store.patience import PATIENCE, Patient, text

DUE = "omm:retention:due"       # when the next look is due, in seconds since 1970
REACHED = "omm:retention:at"    # the number of the last task that this round has looked at
ROUND = 3600.0                  # seconds between two rounds over all tasks
SOON = 60.0                     # seconds between two looks of one round
SLICE = 100                     # tasks that one look looks at
LEFT_ALONE = 86_400.0           # seconds after which the home tab is followed no longer of somebody without a task
MOST = 10                       # of them, forgotten: each may take seconds, and orders wait meanwhile
log = logging.getLogger(__name__)

# KEYS: due. ARGV: now, when the next look is due, the longest wait. 0: it is not time yet. A clock that was set back
# does not make anybody wait longer.
TURN = """
local due = tonumber(redis.call('GET', KEYS[1]) or 0)
local now = tonumber(ARGV[1])
if due > now and due <= now + tonumber(ARGV[3]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""

# KEYS: conversations, then the tasks of one person in each workspace. ARGV: whose conversation. Somebody who has tasks
# keeps theirs.
DROP_CONVERSATION = """
for i = 2, #KEYS do
    if redis.call('EXISTS', KEYS[i]) == 1 then return 0 end
end
return redis.call('HDEL', KEYS[1], ARGV[1])
"""


class Sweep:
    """Forgets every task whose time is over, a few at a time. Many processes may have one: they take turns."""

    def __init__(
        self, redis: Redis, engine: Engine, *, days: int, audit_days: int, patience: float = PATIENCE
    ) -> None:
        """`days` is how long a task is kept after its end, `audit_days` how long the audit keeps an entry.

        `patience` is how long Redis may be away, in seconds.
        """
        self._redis, self._engine, self._kept = Patient(redis, patience=patience), engine, timedelta(days=days)
        self._audit, self._audited = Audit(self._redis), timedelta(days=audit_days)
        self._approvals = Approvals(redis, patience=patience)
        self._drafts = Drafts(redis, clock=engine.clock, patience=patience)
        self._guesses = Guesses(redis, clock=engine.clock, patience=patience)
        self._homes = OpenedHomes(redis, clock=engine.clock, patience=patience)
        self._threads = Threads(redis, clock=engine.clock, patience=patience)
        self._policies = Policies(redis, patience=patience)
        self._by_team: Mapping[str, int] = {}       # days, where a workspace has set fewer

    def look(self) -> int:
        """Looks at the next tasks, unless it is not time yet; returns how many were forgotten. Raises FatalError."""
        now = self._engine.clock().timestamp()
        if not self._redis.script(TURN, [DUE], (now, now + SOON, ROUND)):
            return 0
        self._by_team = self._policies.retention()
        reached = self._redis.call(lambda redis: redis.get(REACHED))
        above = f"({text(reached)}" if reached is not None else "-inf"
        found: list[Any] = self._redis.call(
            lambda redis: redis.zrange(TASKS, above, "+inf", byscore=True, offset=0, num=SLICE, withscores=True)
        )
        gone = 0
        for task_id, number in found:
            gone += self._is_forgotten(text(task_id))
            if gone >= MOST:
                self._go_on_behind(number)
                return gone
        if len(found) < SLICE:
            self._end_round(now)
        else:
            self._go_on_behind(found[-1][1])
        return gone

    def _go_on_behind(self, number: float) -> None:
        self._redis.call(lambda redis: redis.set(REACHED, number))

    def _end_round(self, now: float) -> None:
        """What belongs to no task goes too, and before-images that are not needed; the next round begins in an hour."""
        self._guesses.trim(self._engine.clock() - self._kept)
        self._audit.cut_off(self._engine.clock() - self._audited)
        self._drop_conversations()
        self._drop_approvals()
        self._drop_homes(now - LEFT_ALONE)
        end_windows(self._engine)

        def write(redis: Redis) -> None:
            redis.delete(REACHED)
            redis.set(DUE, now + ROUND)

        self._redis.call(write)

    def _drop_approvals(self) -> None:
        """Forgets what was decided about forms that are gone and never became a task. A task's goes with the task."""
        for approval in self._approvals.all():
            if approval.settled and self._drafts.load(approval.about) is None and not self._is_known(approval.about):
                self._approvals.forget(approval.about)

    def _is_known(self, task_id: str) -> bool:
        """True: there is a record of it, of whatever release."""
        with suppress(UnreadableError):
            try:
                self._engine.store.load(task_id)
            except InputError:
                return False
        return True

    def _drop_conversations(self) -> None:
        """Forgets the conversation with everybody who has no task: Slack tells it again when they are written to.

        A channel that has another ID than was asked for is kept, for the sake of the cards in it.
        """
        teams = workspaces(self._redis)
        self._drop_conversations_in(EARLIER, teams)        # whose of them each is, nobody knows
        for team in teams:
            self._drop_conversations_in(conversations_of(team), [team])

    def _drop_conversations_in(self, key: str, teams: Sequence[str]) -> None:
        for asked_for, found in self._redis.call(lambda redis: redis.hgetall(key)).items():
            asked, owners = text(asked_for), [owned_by(team, text(asked_for)) for team in teams]
            if asked == text(found):
                self._redis.script(DROP_CONVERSATION, [key], (asked,))
            elif asked.startswith(("U", "W")) and owners:       # without a workspace, nobody knows yet who has tasks
                self._redis.script(DROP_CONVERSATION, [key, *owners], (asked,))

    def _drop_homes(self, before: float) -> None:
        """Follows no longer the home tabs of people without a task who have not opened theirs since."""
        for owner in self._homes.opened_before(before):
            self._homes.drop(owner, owned_by(owner.team, owner.user), before)

    def _is_forgotten(self, task_id: str) -> bool:
        """True: it was due, and is gone. What cannot be read, or is at work, is left for the next round."""
        try:
            if not self._is_due(self._engine.store.load(task_id)):
                return False
            forget(self._engine, task_id, by=BY_RETENTION)
        except (InputError, UnreadableError) as error:
            log.info("task %s is kept for now: %s", task_id, error)
        else:
            log.info("task %s is forgotten", task_id)
            return True
        return False

    def _is_due(self, migration: Migration) -> bool:
        if Act.FORGET not in MOVES[migration.state]:
            return False
        if self._audit.has(migration):      # it was being forgotten
            return True
        before = self._engine.clock() - self._kept_for(migration)
        return last_moment(migration) <= before and (
            last_moment(migration, self._threads.pressed(migration.task_id)) <= before
        )

    def _kept_for(self, migration: Migration) -> timedelta:
        """How long a task is kept: as its workspace has set once it has ended, and never longer than the operator has.

        One that has stopped half-way waits for its owner for as long as the operator has set.
        """
        counts = self._by_team and migration.state in ENDED
        thread = self._threads.load(migration.task_id) if counts else None
        days = self._by_team.get(thread.team) if thread is not None else None
        return self._kept if days is None else min(self._kept, timedelta(days=days))
