"""A store in memory, an empty destination, and steps that a test writes: enough for the life of a migration."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fakeredis
from cryptography.fernet import Fernet

from bot.work import beside
from engine.contents import contents
from engine.contents.mail import KIND
from engine.errors import OmmError, Side
from engine.items.back.removal import Removal
from engine.items.back.removing import Removed
from engine.items.kind import ItemKind
from engine.items.run import Run
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.forwards import keep_secrets, migrate
from engine.migration.record import Counts, Migration, State, Step
from engine.migration.request import MigrationRequest
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from engine.ports.destination import Limits
from engine.ports.facts import Facts
from engine.store.facts import WINDOW_START
from engine.store.keys import secret_keys
from engine.store.sign_ins import SignIns
from engine.store.store import Store
from engine.store.vault import Vault
from engine.systems import System, Transport

NOW = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)
MAILBOX = "the mailbox"
REQUEST = MigrationRequest(
    Account(System.IMAP, "old", "imap.example.net", 993, Transport.TLS),
    Account(System.EXCHANGE, "new", "ex.example.org", 443, Transport.TLS, "/EWS/Exchange.asmx"),
    (Content.MAIL, Content.CALENDARS),
)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class Killed(BaseException):
    """The kernel ends the process: nothing of it reaches the store any more."""


class Interrupted(fakeredis.FakeRedis):
    """A Redis that lets somebody else do something just before the n-th command of the thread that made it.

    `dead`: the process is gone, whatever of it still runs here.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = 0
        self.at: int | None = None
        self.do: Callable[[], None] = lambda: None
        self.dead = False
        self._thread = threading.get_ident()

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """As the library's."""
        if threading.get_ident() == self._thread:
            self.commands += 1
            if self.commands == self.at:
                self.do()
            if self.dead:
                raise Killed
        return super().execute_command(*args, **options)


class Empty:
    """A destination with nothing in it, which lets everybody in unless `refusal` says no."""

    limits = Limits()

    def __init__(self, at: Life) -> None:
        self._at = at

    def probe(self, *, worked: bool = False, tries: int = 1) -> None:
        self._at.tries.append(tries)
        if self._at.refusal is not None:
            raise self._at.refusal

    def mailbox(self) -> str:
        return MAILBOX

    def retention(self) -> tuple[Any, ...]:
        return ()

    def now(self) -> datetime:
        return self._at.clock()

    def folders(self) -> tuple[Any, ...]:
        return ()

    def create_folder(self, _parent: str, _name: str, _tag: str, *, folder_class: str) -> None:
        pass

    def deadline(self, _size: int) -> float:
        return 1.0

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class Walked:
    """The way of a content that is a function here, and brings nothing that could be taken back."""

    content: Content
    forwards: Callable[[Run], Counts]
    kind: ItemKind = KIND

    def look_back(self, *_what: object) -> Removal:
        return Removal()

    def backwards(self, *_what: object, **_how: object) -> Removed:
        return Removed()


@dataclass
class Life:
    """The engine, and what a test sets and sees. `ran` are the contents whose steps were run, in order.

    `tries` are how often the destination's account might be refused, by the sign-in.
    """

    server: fakeredis.FakeServer
    directory: Path
    clock: Clock = field(default_factory=Clock)
    refusal: OmmError | None = None
    source_refusal: OmmError | None = None
    ran: list[Content] = field(default_factory=list)
    tries: list[int] = field(default_factory=list)
    steps: dict[Content, Callable[[Run], Counts]] = field(default_factory=dict)
    halted: threading.Event = field(default_factory=threading.Event)
    redis: Interrupted = field(init=False)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.redis = Interrupted(server=self.server)
        self.engine = self.opened(self.redis)

    def opened(self, redis: fakeredis.FakeRedis | None = None) -> Engine:
        """An engine as another process opens it."""
        redis = redis or fakeredis.FakeRedis(server=self.server)
        keys = secret_keys({"OMM_SECRET_KEYS": KEY}, self.directory)
        ways = contents(*(Walked(content, self._step(content)) for content in REQUEST.contents))
        return Engine(
            store=Store(redis, keys=keys, clock=self.clock), vault=Vault(redis, keys=keys, clock=self.clock),
            sign_ins=SignIns(redis, keys=keys, clock=self.clock), connectors=self, clock=self.clock, grace=0.0,
            patience=0.0, contents=ways, forget_beside=beside.forgetting(redis, self.clock),
        )

    def _step(self, content: Content) -> Callable[[Run], Counts]:
        def run(given: Run) -> Counts:
            self.ran.append(content)
            return self.steps.get(content, copied)(given)

        return run

    # As the engine's connectors

    def source(self, _account: Account, _password: str, _halt: Halt) -> Any:
        return None

    def destination(self, _account: Account, _password: str) -> Any:
        return Empty(self)

    def check_source(self, _account: Account, _password: str, _contents: Collection[Content] = ()) -> Facts:
        return Facts(0, 0)

    def check_destination(self, _account: Account, _password: str, *, tries: int, live: bool = False) -> Facts:
        return Facts(0, 0)

    # What a test does

    def begin(self, *contents: Content) -> str:
        """A migration in line; its ID."""
        task_id = self.engine.store.create(replace(REQUEST, contents=contents or REQUEST.contents)).task_id
        keep_secrets(self.engine, task_id, {Side.SOURCE: "one", Side.DESTINATION: "two"})
        return task_id

    def put(self, state: State, **changes: Any) -> str:
        """A migration in that state, as if it had got there by itself; its ID."""
        task_id = self.begin()
        record = self.engine.store.load(task_id)
        self.engine.store.save(replace(record, state=state, mailbox=MAILBOX, **changes))
        self.engine.store.remember(task_id, WINDOW_START, NOW.isoformat())
        return task_id

    def run(self, task_id: str) -> Migration:
        """Works on it as a process does."""
        return migrate(self.engine, task_id, halt=Halt())

    def asking_midway(self, ask: Callable[[], object], *, halts: bool = True) -> Callable[[Run], Counts]:
        """A step of two batches; after the first, somebody asks something, which `halts` it.

        A second time the step runs as any other.
        """
        asked: list[bool] = []

        def run(given: Run) -> Counts:
            if asked:
                return copied(given)
            asked.append(True)
            given.on_step(Step(counts=Counts(found=2, copied=1)))
            self.halted = given.halt.event
            ask()
            assert not halts or given.halt.event.wait(20)
            given.halt.check()
            given.on_step(Step(counts=Counts(found=2, copied=2)))
            return Counts(found=2, copied=2)

        return run

    def kill_at(self, number: int) -> None:
        """Has the process killed just before its n-th command from now on."""
        self.redis.commands, self.redis.at = 0, number
        self.redis.do = lambda: setattr(self.redis, "dead", True)

    def expire_leases(self) -> None:
        """The time of the dead process's leases is over."""
        with fakeredis.FakeRedis(server=self.server) as redis:
            for key in redis.keys("omm:lease:*"):
                redis.delete(key)

    def record(self, task_id: str) -> Migration:
        return self.engine.store.load(task_id)

    def is_free(self, task_id: str) -> bool:
        """True: no process holds it and nothing that was asked of it waits."""
        store = self.engine.store
        return store.held(f"migration:{task_id}") is None and store.asked(task_id) is None


KEY = Fernet.generate_key().decode()


def copied(run: Run) -> Counts:
    """A step that copies two batches, noting each before it is sent and after it was answered."""
    counts = Counts(found=2)
    for batch in range(2):
        run.halt.check()
        run.journal.open("folder", [f"tag {batch}"], deadline=20)
        run.journal.close([f"tag {batch}"])
        counts = replace(counts, copied=batch + 1)
        run.on_step(Step(counts=counts))
    return counts
