"""A small office for tests of notices: a signed Slack world with a notifier, on one clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from redis import Redis
from slack_sdk import WebClient

from bot.notices.email import Mailer
from bot.notices.notifier import Notifier
from bot.stored.threads import Thread
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.record import Counts, Migration, State, Step
from engine.migration.request import MigrationRequest
from engine.systems import System, Transport
from tests.servers.slack.signed_world import Clock, SignedWorld, doors, notifier_on, slack_emulator
from tests.servers.slack.workspace import ADMIN, CHANNEL, COLLEAGUE, OWNER, TEAM, TOKEN  # noqa: F401 - tests take them here

OLD_CHANNEL, NOT_OURS = "C0ARCHIVE1", "C0RANDOM01"
LOGIN, NEW_LOGIN = "claire@old.example.net", "claire.martin@example.org"
COUNTS = Counts(found=20, copied=15, already_there=2, failed=1, left_out=2)


def request(login: str = LOGIN, contents: tuple[Content, ...] = (Content.MAIL,)) -> MigrationRequest:
    """A move from IMAP to Exchange."""
    return MigrationRequest(
        Account(System.IMAP, login, "imap.example.net", 993, Transport.TLS),
        Account(System.EXCHANGE, NEW_LOGIN, "mail.example.org", 443, Transport.TLS, "/EWS/Exchange.asmx"),
        contents,
    )


@dataclass
class Office(SignedWorld):
    """Everything the notifier works with, and the few things that engine, people and Slack do."""

    mailer: Mailer | None = None
    poll: float = 60.0      # seconds; nobody does anything while `run` has time pass
    mail_by: Callable[[Callable[[], None]], None] = lambda work: work()      # how e-mail is sent: at once, by the clock
    notifiers: list[Notifier] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.emulator, self.client, self.store = self.slack, self.services.slack, self.opened.engine.store
        self.threads, self.outbox = self.services.threads, self.services.outbox
        self.notifier = self.new_notifier()

    def new_notifier(self, redis: Redis | None = None, client: WebClient | None = None) -> Notifier:
        """Another process, so to speak; the former gives its lease back, as a process that dies does."""
        for former in self.notifiers:
            former.close()
        opened = self.opened if redis is None else doors(redis, clock=self.clock)
        self.notifier = notifier_on(
            opened, client or self.client, mailer=self.mailer, poll=self.poll, start=self.mail_by
        )
        self.notifiers.append(self.notifier)
        return self.notifier

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
def office(*, redis: Redis | None = None, poll: float = 60.0) -> Iterator[Office]:
    """Opens it. `poll` is the notifier's. When it closes, Slack has found none of our calls too soon."""
    opened = doors(redis, clock=Clock())
    with slack_emulator(opened) as slack:
        desk = Office(opened, slack, slack_answers=60, poll=poll)
        yield desk
        desk.notifier.close()
        assert [call for call in slack.requests if call.error == "ratelimited" and call.arguments] == []


def all_text(payload: object) -> str:
    """Every string in a payload, wherever it is drawn."""
    if isinstance(payload, str):
        return payload
    if isinstance(payload, dict):
        return "\n".join(all_text(each) for each in payload.values())
    return "\n".join(all_text(each) for each in payload) if isinstance(payload, list | tuple) else ""
