"""A services on a Redis in memory, whose two sides answer as a test says, and an owner at their screen."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import fakeredis
import pytest
from redis import Redis

import wiring
from bot.services import Services
from bot.stored.drafts import Draft, Fields
from bot.stored.orders import Orders
from emulators.slack import SlackEmulator
from engine.errors import OmmError, Side
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from engine.ports.destination import Destination
from engine.ports.facts import Facts
from engine.ports.source import Source
from jobs import Queues, WorkerContext
from tests.servers.slack.open_form import Desktop
from tests.servers.slack.signed_world import Clock, doors, services_on, slack_emulator
from tests.unit.emulators_slack.app import App
from tests.unit.jobs.moving import Moving, moving

FIELDS = Fields(
    source_server="imap.example.org", source_login="carol@example.org",
    destination_server="ex.example.net", destination_login="carol@example.net",
)
PASSWORDS = {Side.SOURCE: "the old one", Side.DESTINATION: "the new one"}


@dataclass
class Sides:
    """Both sides: each lets everybody in, or raises what is in `wrong`. `signed_in` is what they were given."""

    wrong: dict[Side, OmmError] = field(default_factory=dict)
    signed_in: list[tuple[str, str]] = field(default_factory=list)

    def source(self, account: Account, password: str, halt: Halt) -> Source:
        raise self.wrong[Side.SOURCE]

    def destination(self, account: Account, password: str) -> Destination:
        raise self.wrong[Side.DESTINATION]

    def check_source(self, account: Account, password: str, contents: Collection[Content] = ()) -> Facts:
        return self._look(Side.SOURCE, account, password)

    def check_destination(self, account: Account, password: str, *, tries: int = 2, live: bool = False) -> Facts:
        return self._look(Side.DESTINATION, account, password)

    def _look(self, side: Side, account: Account, password: str) -> Facts:
        self.signed_in.append((account.login, password))
        if side in self.wrong:
            raise self.wrong[side]
        return Facts(3, 100)


@pytest.fixture
def redis() -> Redis:
    return fakeredis.FakeRedis()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sides() -> Sides:
    return Sides()


@pytest.fixture
def opened(redis: Redis, sides: Sides, clock: Clock) -> wiring.Doors:
    return doors(redis, connectors=sides, clock=clock)


@pytest.fixture
def engine(opened: wiring.Doors) -> Engine:
    return opened.engine


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


@pytest.fixture
def slack(app: App, opened: wiring.Doors) -> Iterator[SlackEmulator]:
    with slack_emulator(opened, app.url) as slack:
        yield slack


@pytest.fixture
def services(opened: wiring.Doors, slack: SlackEmulator) -> Services:
    return services_on(opened, slack.url)


@pytest.fixture
def line(redis: Redis) -> Queues:
    return Queues(redis)


@pytest.fixture
def orders(redis: Redis, clock: Clock) -> Orders:
    return Orders(redis, clock=clock)


@pytest.fixture
def office(services: Services, orders: Orders, line: Queues) -> WorkerContext:
    return WorkerContext(services, orders, line)


@pytest.fixture
def desktop(services: Services, slack: SlackEmulator, app: App) -> Desktop:
    return Desktop(services, slack, app)


@pytest.fixture
def sent(desktop: Desktop) -> Draft:
    """A form that was filled in and sent."""
    return desktop.send(desktop.fill(FIELDS, PASSWORDS))


@pytest.fixture
def at(tmp_path: Path, redis: Redis, slack: SlackEmulator) -> Iterator[Moving]:
    """A task in line, in a world in which mail really moves."""
    with moving(tmp_path, redis, slack) as built:
        yield built
