"""A Slack world for a test: parts of the product, signed in to an emulator of Slack, in one process and on one clock.

    def test_a_task_that_is_gone_is_no_work() -> None:
        opened = doors(clock=Clock())                  # an engine, on a Redis in memory unless you give one
        with slack_emulator(opened) as slack:          # delivers nothing until it is given a `request_url`
            world = SignedWorld(opened, slack)         # the services, and the real orders and queues
            world.services.jobs.migrate("7K2F-9QXD")
            world.work()                               # what a worker does
            assert world.orders.all() == []

Take what is built upon it where it has what you need: `world.py` has the web door and an Exchange server,
`notices.py` a notifier whose clock the test moves, `open_form.py` the form as its owner sees it, and
`tests/recovery/workers/workshop.py` the job doors as processes.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import fakeredis
from redis import Redis
from slack_sdk import WebClient

import wiring
from bot.links import Links
from bot.notices.audit_channel import AuditChannel
from bot.notices.email import Mailer
from bot.notices.home_tab import Tabs
from bot.notices.notifier import Notifier
from bot.notices.pace import Pace
from bot.notices.requests import Requests
from bot.notices.slack import SlackPost
from bot.people import People
from bot.services import Services
from bot.stored.approvals import Approvals
from bot.stored.audit import Audit
from bot.stored.deletions import Deletions
from bot.stored.lists import Lists
from bot.stored.opened_homes import OpenedHomes
from bot.stored.orders import Kind, Order, Orders
from bot.stored.outbox import Outbox
from bot.stored.policies import Policies
from bot.stored.threads import Threads
from bot.work import beside
from emulators.slack import Settings, SlackEmulator
from engine.clock import utc_now
from engine.hooks import LOGGED
from engine.migration.visit import Connectors
from engine.pace.halt import Halt
from engine.store.keys import SecretKeys
from engine.store.patience import Patient
from jobs import Jobs, Queues, WorkerContext, carry_out
from tests.servers.slack.signed import SECRET
from tests.servers.slack.workspace import TEAM, TOKEN
from tests.servers.world import MemoryConnectors, engine_on
from wiring.slack import SLACK_ANSWERS

NOWHERE = "http://127.0.0.1:9/"         # nobody listens there
KEYS = SecretKeys([secrets.token_bytes(32)])
ILL_FORMED = {"invalid_blocks", "invalid_arguments", "msg_too_long", "no_text", "view_too_large"}


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


class RecordedOrders(Orders):
    """The real orders. `placed` is everything that was ever ordered, as kind and ids."""

    def __init__(self, redis: Redis, **options: Any) -> None:
        super().__init__(redis, **options)
        self.placed: list[tuple[str, ...]] = []

    def place(self, kind: Kind, about: tuple[str, ...], arguments: Mapping[str, Any], *, team: str = "") -> Order:
        """As the real one."""
        self.placed.append((kind.value, *about))
        return super().place(kind, about, arguments, team=team)


def doors(redis: Redis | None = None, *, connectors: Connectors | None = None, **options: Any) -> wiring.Doors:
    """What a process opens, as wiring.doors: called again with the same Redis, it is another process.

    `options` are those of `engine_on`, the clock among them.
    """
    redis = fakeredis.FakeRedis() if redis is None else redis
    clock = options.get("clock", utc_now)
    options = {"forget_beside": beside.forgetting(redis, clock),
               "hooks": (*LOGGED, beside.showing(redis), beside.recording(redis, clock)), **options}
    return wiring.Doors(engine_on(redis, KEYS, connectors or MemoryConnectors({}), **options), redis, "redis://")


def services_on(
    opened: wiring.Doors, slack_url: str = NOWHERE, *, slack_answers: float = SLACK_ANSWERS,
    orders: Orders | None = None, team: str = TEAM, token: str = TOKEN,
) -> Services:
    """The services of a process for the workspace `team`. It waits `slack_answers` seconds for Slack."""
    slack = wiring.SlackSettings(token, SECRET, "", slack_url, first=team == TEAM)
    jobs = Jobs(opened.redis, team=team, orders=orders)
    return wiring.services(opened, slack, jobs, environ={}, team=team, slack_answers=slack_answers)


def notifier_on(
    opened: wiring.Doors, client: WebClient, *, mailer: Mailer | None = None, team: str = TEAM, **options: Any
) -> Notifier:
    """The notifier of a process for the workspace `team`; `options` are its own."""
    redis, clock, store, first = opened.redis, opened.engine.clock, opened.engine.store, team == TEAM
    slack = SlackPost(client, Pace(redis, team=team, clock=clock), redis, first=first, clock=clock)
    threads, homes = Threads(redis, clock=clock), OpenedHomes(redis, clock=clock)
    links = Links(redis, client, team=team, first=first)
    outbox, people = Outbox(redis, team=team), People(redis, client, team=team)
    tabs = Tabs(
        store, threads, Deletions(redis, clock=clock), links, homes, people, Policies(redis), Lists(redis), clock
    )
    audit = AuditChannel(
        Audit(Patient(redis)), Policies(redis), outbox, people, team=team, clock=clock, every=0
    )
    return Notifier(
        store=store, threads=threads, outbox=outbox, slack=slack, people=people, mailer=mailer, tabs=tabs,
        requests=Requests(slack, Approvals(redis), clock), audit_channel=audit, **options,
    )


@contextmanager
def slack_emulator(
    opened: wiring.Doors, request_url: str = NOWHERE, *, team: str = TEAM, token: str = TOKEN,
    clock: Callable[[], datetime] | None = None,
) -> Iterator[SlackEmulator]:
    """Slack with the workspace `team`, on that clock; None: that of `opened`.

    When it closes, it has refused no call of ours for its form.
    """
    now = clock or opened.engine.clock
    with SlackEmulator(
        signing_secret=SECRET, bot_token=token, request_url=request_url,
        settings=Settings(team=team), clock=lambda: now().timestamp(),
    ) as slack:
        yield slack
        # A refusal that a test injects says nothing of the call's arguments.
        wrong = [(call.method, call.error) for call in slack.requests if call.error in ILL_FORMED and call.arguments]
        assert wrong == [], f"Slack refused calls: {wrong}"


@dataclass
class SignedWorld:
    """What all our processes work with, and Slack. `slack_answers` is how long they wait for it, in seconds.

    `team` is the workspace that `slack` emulates, and `token` ours for it. `workspaces`: see WorkerContext.
    """

    opened: wiring.Doors
    slack: SlackEmulator
    slack_answers: float = field(default=SLACK_ANSWERS, kw_only=True)
    team: str = field(default=TEAM, kw_only=True)
    token: str = field(default=TOKEN, kw_only=True)
    workspaces: Callable[[str], Services] | None = field(default=None, kw_only=True)
    services: Services = field(init=False)
    orders: RecordedOrders = field(init=False)

    def __post_init__(self) -> None:
        self.orders = RecordedOrders(self.redis, clock=self.clock)
        self.services = services_on(
            self.opened, self.slack.url, slack_answers=self.slack_answers, orders=self.orders, team=self.team,
            token=self.token,
        )

    @property
    def redis(self) -> Redis:
        return self.opened.redis

    @property
    def clock(self) -> Any:
        """The one that `doors` was given."""
        return self.opened.engine.clock

    def work(self, *kinds: str) -> None:
        """A worker does what is ordered, and what that orders; only some `kinds` if they are named."""
        services = self.services if self.workspaces is None else self.workspaces("")
        office = WorkerContext(services, self.orders, Queues(self.redis), self.workspaces)
        while due := [order for order in self.orders.all() if not kinds or order.kind in kinds]:
            carry_out(office, due[0].key, Halt())
            assert due[0] not in self.orders.all(), f"{due[0].key} was not done"

    def try_once(self, key: str) -> None:
        """A worker comes to that order, and may leave it for later."""
        services = self.services if self.workspaces is None else self.workspaces("")
        carry_out(WorkerContext(services, self.orders, Queues(self.redis), self.workspaces), key, Halt())


def words(piece: Any) -> str:
    """Everything that can be read in a message or a view."""
    if isinstance(piece, dict):
        own = [piece["text"]] if isinstance(piece.get("text"), str) else []
        own += [f"<@{piece['user_id']}>"] if "user_id" in piece and piece.get("type") == "user" else []
        own += [f"<#{piece['channel_id']}>"] if piece.get("type") == "channel" else []
        own += [f"<!subteam^{piece['usergroup_id']}>"] if piece.get("type") == "usergroup" else []
        return " ".join([*own, *(words(part) for part in piece.values() if not isinstance(part, str))]).strip()
    return " ".join(words(part) for part in piece).strip() if isinstance(piece, list) else ""
