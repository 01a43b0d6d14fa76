"""A store in which everything is kept of some tasks that can be kept."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.stored.approvals import LASTS, Approval, Decision, Subject
from bot.stored.audit import Audit
from bot.stored.conversations import conversations_of
from bot.stored.drafts import DraftState, Fields
from bot.stored.orders import Kind, Orders
from bot.stored.outbox import Letter
from bot.stored.threads import Act, Card, Thread
from bot.work.sweep import DUE, Sweep
from engine.errors import Side
from engine.migration.content import Content
from engine.migration.record import Counts, Failure, Migration, State, Step
from engine.migration.states import Ask
from engine.ports.settings import Entry
from engine.settings.image import Change, Image
from engine.store.patience import Patient
from tests.unit.life.world import NOW
from tests.unit.listeners.door import CHANNEL, OWNER, TEAM, WebDoor

OTHER = "U0ANOTHER1"
AUDIT = [f"omm:audit:{TEAM}", f"omm:audit:{TEAM}:tasks"]      # the keys in which a task is named for long
NOTIFY = "boss@third.example"
TOLD = ("old", "imap.example.net", "new", "ex.example.org", "Personal/Lohn", "Lohn M", NOTIFY, "the mailbox")
COUNTS = Counts(found=4, copied=2, already_there=1, failed=1)


@dataclass
class House:
    """The door with its store. `days` is how long a task is kept, `audit_days` how long what is in the audit."""

    door: WebDoor
    days: int = 60
    audit_days: int = 400

    @property
    def redis(self) -> Any:
        return self.door.life.redis

    def task(self, state: State = State.COMPLETED, *, owner: str = OWNER, days_ago: float = 1, **changes: Any) -> str:
        """A task that came to stand there so long ago, begun in Slack; its ID."""
        clock, life = self.door.life.clock, self.door.life
        now, then = clock.now, clock.now - timedelta(days=days_ago)
        clock.now = then
        ended = then if state in (State.COMPLETED, State.CANCELLED, State.FAILED) else None
        steps = {Content.MAIL: Step(COUNTS, then, then)}
        task_id = life.put(state, **{"started": then, "ended": ended, "steps": steps, **changes})
        self.door.services.threads.open(Thread(task_id, TEAM, owner, CHANNEL, NOTIFY))
        clock.now = now
        return task_id

    def fill(self, task_id: str, owner: str = OWNER) -> None:
        """Keeps of a task whatever can be kept."""
        services, store = self.door.services, self.door.life.engine.store
        orders = Orders(self.redis)
        store.ask(task_id, Ask.PAUSE)
        for _ in range(2):
            store.open_tags(task_id, "the folder", [f"{task_id.replace('-', '')}:tag"])
        store.remember(task_id, "places", json.dumps({"0a1b2c3d": "the folder"}))
        store.report(task_id, [Failure(Content.MAIL, "Personal/Lohn", "Lohn März", "larger than 36 MB")])
        reply = Change(Entry("reply", "Reply", "Personal/Lohn"))
        store.images.save(Image(task_id, Content.OUT_OF_OFFICE, (reply,)))
        services.threads.put_card(task_id, Card(CHANNEL, "1.1", buttons=True, masked=True))
        services.threads.put_card(task_id, Card(owner, "", buttons=True, masked=False))
        services.threads.press(task_id, owner, Act.PAUSE, at=NOW - timedelta(days=999))
        services.threads.tell(task_id, "begun")
        for kind, about in ((Kind.MIGRATE, (task_id,)), (Kind.COUNT, (task_id, "V1")), (Kind.CHECK, (task_id, "1"))):
            order = orders.place(kind, about, {"task_id": task_id})
            orders.failed(order)
            orders.begun(order, settled=1)
        services.outbox.put(Letter(f"check:{task_id}:1", owner, "imap.example.net refuses old"))
        what = Approval(
            Subject.ROLLBACK, task_id, TEAM, owner, NOW, NOW + LASTS, {"items": 2}, Decision.DENIED, OTHER, NOW,
            {OTHER: ("D0OTHER", "2.2")}, settled=True,
        )
        services.approvals.change(Subject.ROLLBACK, task_id, lambda _before: what)
        services.guesses.allowed(OTHER, task_id)
        services.guesses.note(OTHER, task_id, right=False)
        fields = Fields(source_server="imap.example.net", source_login="old", notify=NOTIFY)
        draft = services.drafts.new(team=TEAM, owner=owner, channel=CHANNEL, fields=fields)
        kept = self.redis.get(f"omm:draft:{draft.id}").decode().replace(draft.id, task_id)
        self.redis.delete(f"omm:draft:{draft.id}")
        self.redis.set(f"omm:draft:{task_id}", kept, px=1_000_000)
        services.drafts.change(task_id, lambda now: replace(now, state=DraftState.STARTED, kept=frozenset(Side)))
        self.redis.hset(conversations_of(TEAM), owner, "D0OWNER001")

    def record(self, task_id: str) -> Migration | None:
        """Its record, if it has one."""
        return next((one for one in self.door.life.engine.store.all() if one.task_id == task_id), None)

    def lines(self, team: str = TEAM) -> list[dict[str, Any]]:
        """The audit of a workspace."""
        return Audit(Patient(self.redis)).lines(team)

    def look(self, *, again: bool = True) -> int:
        """The sweep looks, `again` when it is time: at all tasks, if they are few. How many were forgotten."""
        if again:
            self.redis.delete(DUE)
        return Sweep(self.redis, self.door.life.engine, days=self.days, audit_days=self.audit_days).look()

    def everything(self) -> dict[str, str]:
        """All that is kept, as text, by key."""
        return {key.decode(): self._text(key) for key in sorted(self.redis.keys("*"))}

    def _text(self, key: bytes) -> str:
        read = {
            b"string": self.redis.get, b"hash": self.redis.hgetall, b"set": self.redis.smembers,
            b"list": lambda name: self.redis.lrange(name, 0, -1),
            b"zset": lambda name: self.redis.zrange(name, 0, -1, withscores=True), b"stream": self.redis.xrange,
        }
        found = read[self.redis.type(key)](key)
        return str(sorted(found) if isinstance(found, set) else found)
