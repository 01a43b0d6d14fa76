"""A world in memory for histories: sources, a mailbox, a store, and processes that work on tasks, on one clock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, cast

import fakeredis
import time_machine

from engine import threads
from engine.contents import Contents, contents
from engine.contents.mail import MAIL
from engine.errors import OmmError, Side
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.forwards import keep_secrets, start_kept
from engine.migration.record import Migration
from engine.migration.request import MigrationRequest
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from engine.ports.destination import Destination, ItemWriter
from engine.ports.facts import Facts, Retention
from engine.ports.items import Marks
from engine.ports.source import Source
from engine.store.keys import SecretKeys, secret_keys
from engine.store.sign_ins import SignIns
from engine.store.store import Store
from engine.store.vault import Vault
from engine.systems import System, Transport
from tests.examples.toy_content import TOYS, MemoryToys
from tests.histories.cards import MAIL_AND_CARDS, WithCards
from tests.histories.lives import Event, Life, WatchedRedis
from tests.servers.memory.destination import Fate, MemoryDestination
from tests.servers.memory.mailbox import Mailbox, subject_of
from tests.servers.memory.source import Kept, MemorySource, SignedIn, mail
from tests.servers.processes.cooperative import Cooperative
from tests.servers.processes.cooperative_threads import Backend

BEGAN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PATIENCE = 300.0        # seconds that a server is waited for
LONGEST = 20_000.0      # seconds that one piece of work may take, back-offs and graces included
DRAFTS, LARGE_ONES, WITHOUT_ID = 0.2, 0.4, 0.3      # of all letters; the last of those in an Exchange mailbox
LARGE = 900_000         # bytes, by the listing's word: each travels alone
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@cache
def keys() -> SecretKeys:
    """Keys for what is kept encrypted; the same for all histories."""
    return secret_keys({"OMM_SECRET_KEYS": KEY}, Path("/nonexistent"))


@dataclass(frozen=True)
class Clocks:
    """How far clocks are ahead of the true time, in seconds: the mailbox server's, and that of its front end."""

    mailbox: float = 0.0
    front: float = 0.0


@dataclass
class Work:
    """A piece of work of one process, and what came of it."""

    life: Life
    what: str
    task: str
    began: datetime
    halt: Halt
    ended: datetime | None = None
    value: Any = None
    error: OmmError | None = None

    @property
    def killed(self) -> bool:
        return self.life.process.dead and self.ended is None

    @property
    def done(self) -> bool:
        return self.life.process.dead or self.ended is not None


Writer = Callable[[MemoryDestination], ItemWriter]


@dataclass
class World:
    """Everything. `ahead` is how far the clock of our machines is ahead of the true time, in seconds."""

    at: Cooperative
    sources: list[Any]      # memory sources, of mail and of what a test makes up
    box: Mailbox
    redis: fakeredis.FakeRedis
    clocks: Clocks
    grace: float
    refuses: set[str] = field(default_factory=set)
    held: set[int] = field(default_factory=set)
    ahead: float = 0.0
    strays: list[str] = field(default_factory=list)
    aside: list[Work] = field(default_factory=list)                     # begun by somebody while others work
    on_stir: Callable[[], None] = lambda: None
    stirs: dict[str, datetime] = field(default_factory=dict)            # when a message's copies at a source changed
    cards: list[MemorySource] = field(default_factory=list)             # those of each source, where histories have any
    contents: Contents = field(default_factory=lambda: contents(MAIL))
    writers: Mapping[Content, Writer] = field(default_factory=dict)
    on_send: Callable[[Life, str], Fate | None] = lambda _life, _operation: None
    from_exchange: bool = False             # sources are like Exchange mailboxes
    rules: tuple[Retention, ...] = ()       # by which the mailbox takes away what is old
    young: set[str] = field(default_factory=set)        # letters that came lately
    letters: int = 0
    numbers: int = 0

    def now(self) -> datetime:
        """The true time."""
        return BEGAN + timedelta(seconds=self.at.now)

    def our_time(self) -> datetime:
        """The time by the clock of our machines."""
        return self.now() + timedelta(seconds=self.ahead)

    def engine(self, life: Life | None = None) -> Engine:
        """An engine in that process; without one, for a look from outside that takes no time."""
        redis: Any = self.redis if life is None else WatchedRedis(self.redis, life)
        return Engine(
            store=Store(redis, keys=keys(), clock=self.our_time),
            vault=Vault(redis, keys=keys(), clock=self.our_time),
            sign_ins=SignIns(redis, keys=keys(), clock=self.our_time),
            connectors=MemoryConnectors(self, life), clock=self.our_time, grace=self.grace, patience=PATIENCE,
            contents=self.contents,
        )

    def letter(self, random: Random) -> Kept:
        """A new message, unlike all others."""
        self.letters += 1
        draft, size = random.random() < DRAFTS, LARGE if random.random() < LARGE_ONES else None
        made = replace(mail(f"letter {self.letters}."), marks=Marks(draft=draft), size=size)
        if self.from_exchange and random.random() < WITHOUT_ID:
            head, _, behind = made.mime.partition(b"Message-ID: ")
            made = replace(made, mime=head + behind.partition(b"\r\n")[2])
        return made

    def has_cards(self, cards: list[MemorySource]) -> None:
        """From now on tasks move cards too: those of each source."""
        self.cards, self.contents, self.writers = cards, MAIL_AND_CARDS, {TOYS: MemoryToys}

    def stirred(self, *letters: Kept) -> None:
        """Notes that somebody changed where these are at a source."""
        self.on_stir()
        self.stirs |= dict.fromkeys((subject_of(letter.mime) for letter in letters), self.now())

    def record(self, task: str) -> Migration:
        """The task's record."""
        return self.engine().store.load(task)

    def account(self, source: int) -> Account:
        """The account that a source is opened by."""
        return Account(System.IMAP, f"login{source}", "imap.example.net", 993, Transport.TLS)

    @property
    def mailbox(self) -> Account:
        """The account that the mailbox is opened by."""
        return Account(System.EXCHANGE, "claire", "mail.example.org", 443, Transport.TLS)

    # Work

    def begin(self, source: int) -> str:
        """A new task, in line."""
        self.numbers += 1
        task, engine = f"0000-{self.numbers:04}", self.engine()
        account = self.account(source)
        self.give_passwords(task)
        start_kept(engine, task, MigrationRequest(account, self.mailbox, tuple(self.contents)))
        return task

    def give_passwords(self, task: str) -> None:
        """Somebody types both passwords, for the first time or again."""
        keep_secrets(self.engine(), task, {Side.SOURCE: "-", Side.DESTINATION: "-"})

    def work(
        self, what: str, task: str, do: Callable[[Engine, Halt], Any], *, seed: int = 0, events: Iterable[Event] = (),
        at_writes: Iterable[Event] = (),
    ) -> Work:
        """Has a new process do something. It begins with the next turn."""
        self.numbers += 1
        life = Life.begun(
            self.at, f"{task} {what} {self.numbers}", Random(seed), grace=self.grace, events=events,
            strays=self.strays, at_writes=at_writes,
        )
        life.on_send = self.on_send
        work = Work(life, what, task, self.now(), Halt())

        def whole() -> None:
            try:
                work.value = do(self.engine(life), work.halt)
            except OmmError as error:
                work.error = error
            work.ended, life.over = self.now(), True

        self.at.start(life.process, whole)
        return work

    def finish(self, *works: Work) -> None:
        """Lets everybody work until these are done; what still runs in their processes then is killed."""
        self.at.run(lambda: all(work.done for work in (*works, *self.aside)), within=LONGEST)
        works, self.aside = (*works, *self.aside), []
        if any(work.life.process.alive for work in works if not work.killed):
            self.at.pass_time(60)       # whoever outlives the work of its process would act now
        for work in works:
            work.life.kill()

    def now_done(self, what: str, task: str, do: Callable[[Engine, Halt], Any], **how: Any) -> Work:
        """Does something to its end."""
        work = self.work(what, task, do, **how)
        self.finish(work)
        return work


@dataclass
class MemoryConnectors:
    """Opens sources and the mailbox for one process."""

    world: World
    life: Life | None

    def source(self, account: Account, password: str, halt: Halt) -> Source:
        assert self.life is not None
        number = int(account.login.removeprefix("login"))
        source = self.world.sources[number]
        if not isinstance(source, MemorySource):
            return cast("Source", source)
        signed_in = source.signed_in(self.life.ask_source)
        if not self.world.cards:
            return signed_in
        return WithCards(signed_in, SignedIn(self.world.cards[number], self.life.ask_source))

    def destination(self, account: Account, password: str) -> Destination:
        assert self.life is not None
        front = timedelta(seconds=self.world.clocks.front)
        return MemoryDestination(
            self.world.box, self.life, by=self.life.process.name, clock=lambda true: true + front,
            refuses=self.world.refuses, held=self.world.held, writers=self.world.writers, rules=self.world.rules,
        )

    def check_source(self, account: Account, password: str, contents: Collection[Content] = ()) -> Facts:
        raise NotImplementedError

    def check_destination(self, account: Account, password: str, *, tries: int = 2, live: bool = False) -> Facts:
        raise NotImplementedError


@contextmanager
def world(
    sources: list[Any], *, seed: int = 0, clocks: Clocks = Clocks(), grace: float = 30.0, page: int = 512
) -> Iterator[World]:
    """A world whose threads are those of `engine.threads` until the context ends."""
    began = BEGAN.timestamp()           # as a number, which sets no time zone at every turn
    with time_machine.travel(began, tick=False) as traveller:
        at = Cooperative(seed, on_time=lambda now: traveller.move_to(began + now))
        ahead = timedelta(seconds=clocks.mailbox)
        box = Mailbox(lambda: BEGAN + timedelta(seconds=at.now), page=page, clock=lambda true: true + ahead)
        made = World(at, sources, box, fakeredis.FakeRedis(server=fakeredis.FakeServer()), clocks, grace)
        with threads.using(Backend(at)):
            try:
                yield made
            finally:
                at.close()
