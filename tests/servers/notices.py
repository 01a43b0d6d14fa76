"""A small office for tests of notices: the Slack emulator, a Redis and a store, on one clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import fakeredis
from cryptography.fernet import Fernet
from redis import Redis
from slack_sdk import WebClient

from bot.notices.email import Mailer
from bot.notices.notifier import Notifier
from bot.notices.outbox import Outbox
from bot.notices.pace import Pace
from bot.notices.slack import SlackPost
from bot.threads import Thread, Threads
from emulators.slack import SlackEmulator
from engine.account import Account, Kind, Transport
from engine.keys import secret_keys
from engine.migration import Content, Counts, Migration, MigrationRequest, State, Step
from engine.store import Store

TOKEN, TEAM = "xoxb-test", "T0EXAMPLE1"
OWNER, COLLEAGUE, ADMIN = "U0OWNER001", "U0COLLEAG1", "U0ADMIN001"
CHANNEL, OLD_CHANNEL, NOT_OURS = "C0MIGRATE1", "C0ARCHIVE1", "C0RANDOM01"
LOGIN, NEW_LOGIN = "claire@old.example.net", "claire.martin@example.org"
COUNTS = Counts(found=20, copied=15, already_there=2, failed=1, left_out=2)


@dataclass
class Clock:
    """The time of day, which stands still until it is moved."""

    now: datetime = datetime(2026, 11, 22, 13, 48, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def request(login: str = LOGIN, contents: tuple[Content, ...] = (Content.MAIL,)) -> MigrationRequest:
    """A move from IMAP to Exchange."""
    return MigrationRequest(
        Account(Kind.IMAP, login, "imap.example.net", 993, Transport.TLS),
        Account(Kind.EXCHANGE, NEW_LOGIN, "mail.example.org", 443, Transport.TLS, "/EWS/Exchange.asmx"),
        contents,
    )


@dataclass
class Office:
    """Everything the notifier works with, and the few things that engine, people and Slack do."""

    redis: Redis
    emulator: SlackEmulator
    clock: Clock
    directory: Path
    mailer: Mailer | None = None
    poll: float = 60.0      # seconds; nobody does anything while `run` has time pass
    mail_by: Callable[[Callable[[], None]], None] = lambda work: work()      # how e-mail is sent: at once, by the clock
    notifiers: list[Notifier] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = secret_keys({"OMM_SECRET_KEYS": Fernet.generate_key().decode()}, self.directory)
        self.store = Store(self.redis, keys=self.keys, clock=self.clock)
        self.threads = Threads(self.redis, clock=self.clock)
        self.outbox = Outbox(self.redis)
        self.client = self.slack_client()
        self.notifier = self.new_notifier()

    def slack_client(self) -> WebClient:
        return WebClient(TOKEN, base_url=self.emulator.url, timeout=60, retry_handlers=[])

    def new_notifier(self, redis: Redis | None = None, client: WebClient | None = None) -> Notifier:
        """Another process, so to speak; the former gives its lease back, as a process that dies does."""
        for former in self.notifiers:
            former.close()
        redis, client = redis or self.redis, client or self.client
        pace = Pace(redis, team=TEAM, clock=self.clock)
        notifier = Notifier(
            store=Store(redis, keys=self.keys, clock=self.clock), threads=Threads(redis, clock=self.clock),
            outbox=Outbox(redis), slack=SlackPost(client, pace, redis, clock=self.clock), mailer=self.mailer,
            clock=self.clock, poll=self.poll, start=self.mail_by,
        )
        self.notifiers.append(notifier)
        self.notifier = notifier
        return notifier

    # What the engine and people do

    def begin(self, *, channel: str = CHANNEL, owner: str = OWNER, notify: str = "", **more: Any) -> Migration:
        """A task in line, begun in that channel."""
        migration = self.store.create(request(**more))
        self.threads.open(Thread(migration.task_id, TEAM, owner, channel, notify))
        return migration

    def save(self, migration: Migration, **changes: Any) -> Migration:
        """What a visit of the engine leaves behind; told of another state, as `wiring.doors` has it told."""
        before = self.store.load(migration.task_id)
        self.store.save(replace(migration, **changes))
        after = self.store.load(migration.task_id)
        if (after.state, after.attention) != (before.state, before.attention):
            self.threads.changed(migration.task_id)
        return after

    def start(self, migration: Migration, copied: int = 0) -> Migration:
        """It is under way, and has copied so much."""
        counts = Counts(found=20, copied=copied)
        steps = {Content.MAIL: Step(counts=counts, started=self.clock())}
        return self.save(
            migration, state=State.RUNNING, stage="moving mail", started=migration.started or self.clock(),
            steps=MappingProxyType(steps), fencing=migration.fencing + 1,
        )

    def complete(self, migration: Migration, counts: Counts = COUNTS) -> Migration:
        """It has ended well."""
        step = Step(counts=counts, started=self.clock(), ended=self.clock())
        return self.save(
            migration, state=State.COMPLETED, stage="", started=migration.started or self.clock(),
            ended=self.clock(), steps=MappingProxyType({Content.MAIL: step}),
        )

    # Time

    def run(self, seconds: float = 10.0) -> None:
        """Lets the notifier work for so long by the clock, or up to a second longer: it is not woken early."""
        end = self.clock.seconds() + seconds
        while (left := end - self.clock.seconds()) > 0:
            self.clock.move(min(max(left, 1.0), max(0.05, self.notifier.tick())))

    # What people see

    def messages(self, channel: str = CHANNEL) -> list[dict[str, Any]]:
        user = channel if channel.startswith("U") else None
        return self.emulator.messages("dm" if user else channel, user)

    def cards(self, channel: str = CHANNEL) -> list[dict[str, Any]]:
        """The cards in a conversation."""
        return [one for one in self.messages(channel) if one.get("blocks", [{}])[0].get("type") == "header"]

    def told(self, channel: str = CHANNEL) -> list[str]:
        """The first line of each reply in the threads of a conversation."""
        return [one["text"].splitlines()[0] for one in self.messages(channel) if "thread_ts" in one]

    def letters(self, user: str = OWNER) -> list[str]:
        """The first line of each message that somebody got by itself, cards left out."""
        cards = [one["ts"] for one in self.cards(user)]
        alone = [one for one in self.messages(user) if "thread_ts" not in one and one["ts"] not in cards]
        return [one["text"].splitlines()[0] for one in alone]

    def calls(self, method: str) -> int:
        """How often the app has called a method."""
        return sum(call.method == method for call in self.emulator.requests)


@contextmanager
def office(directory: Path, *, redis: Redis | None = None, poll: float = 60.0) -> Iterator[Office]:
    """Opens it; nothing that Slack refused has been sent when it closes."""
    clock = Clock()
    with SlackEmulator(
        signing_secret="-", bot_token=TOKEN, request_url="http://127.0.0.1:9/", clock=clock.seconds
    ) as emulator:
        opened = Office(redis or fakeredis.FakeRedis(), emulator, clock, directory, poll=poll)
        yield opened
        opened.notifier.close()
        wrong = {"invalid_blocks", "invalid_arguments", "msg_too_long", "no_text", "ratelimited"}
        faulty = [call.error for call in emulator.requests if call.error in wrong and call.arguments]
        assert faulty == []


def all_text(payload: object) -> str:
    """Every string in a payload, wherever it is drawn."""
    if isinstance(payload, str):
        return payload
    if isinstance(payload, dict):
        return "\n".join(all_text(each) for each in payload.values())
    return "\n".join(all_text(each) for each in payload) if isinstance(payload, list | tuple) else ""
