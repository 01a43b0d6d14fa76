"""The web door in its world: Slack's emulator before it, Redis and the Exchange emulator behind it, all in process.

What the door orders is carried out when a test says so, as a worker does it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import fakeredis
from slack_bolt import App
from werkzeug.serving import WSGIRequestHandler, make_server

from app import Door, create_app
from bot.ids import Block
from bot.listeners.bolt import build
from bot.listeners.deliveries import Deliveries
from bot.services import Services
from bot.stored.threads import Thread
from bot.workspace import Workspace
from emulators.exchange import ExchangeEmulator
from emulators.listening import Listening
from emulators.slack import Ack
from engine.clock import utc_now
from engine.errors import Cause, FatalError, Side, SignInError
from engine.migration.account import Account, parse_account
from engine.migration.content import Content
from engine.migration.forwards import keep_secrets
from engine.migration.record import Migration
from engine.migration.request import MigrationRequest
from engine.ports.destination import Destination
from engine.ports.facts import Facts
from engine.ports.source import Role, SourceFolder
from tests.servers.memory.source import MemorySource, mail
from tests.servers.slack.signed import SECRET
from tests.servers.slack.signed_world import SignedWorld, doors, notifier_on, slack_emulator, words
from tests.servers.slack.workspace import ADMIN, CHANNEL, COLLEAGUE, OWNER, SHARED, TEAM  # noqa: F401 - tests take them here
from tests.servers.world import ADDRESS, PASSWORD, MemoryConnectors

LOGIN, SOURCE_PASSWORD = "claire@example.net", "the old one, 17 letters"
# Settings of a Slack that waits longer than three seconds: no test depends on speed.
UNHURRIED = {"ack_seconds": 90.0, "trigger_seconds": 90.0}

TYPED = {
    Block.SOURCE_SERVER: "imap.example.net", Block.SOURCE_LOGIN: LOGIN, Block.SOURCE_PASSWORD: SOURCE_PASSWORD,
    Block.DESTINATION_SERVER: "ex.example.org", Block.DESTINATION_LOGIN: ADDRESS, Block.DESTINATION_PASSWORD: PASSWORD,
}


@dataclass
class Sides(MemoryConnectors):
    """Both ends as the form names them: a source in memory with its password, a destination at the emulator.

    `is_away`: True has the destination not answer; `source_fails` is what the source says instead of letting us in.
    """

    url: str = ""
    is_away: bool = False
    source_password: str = SOURCE_PASSWORD
    source_fails: FatalError | None = None
    signed_in: list[str] = field(default_factory=list)

    def destination(self, account: Account, password: str) -> Destination:
        if self.is_away:
            raise FatalError(f"{account.host} does not answer.", cause=Cause.UNREACHABLE, side=Side.DESTINATION)
        there = parse_account("ews+" + self.url.replace("//", f"//{account.login.replace('@', '%40')}@"),
                              allow_plaintext=True)
        return super().destination(replace(there, mailbox=account.mailbox, access=account.access), password)

    def check_source(self, account: Account, password: str, contents: Collection[Content] = ()) -> Facts:
        self.signed_in.append(account.login)
        if self.source_fails is not None:
            raise self.source_fails
        if password != self.source_password:
            raise SignInError(f"{account.host} refused the password of {account.login}.")
        return Facts(1, None)


class Followed(ThreadPoolExecutor):
    """Knows when everything is done that was begun."""

    def __init__(self) -> None:
        super().__init__(50)
        self.begun: list[Future[Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = super().submit(fn, *args, **kwargs)
        self.begun.append(future)
        return future

    def settle(self) -> None:
        """Waits until nothing is under way, and raises what went wrong in it."""
        while self.begun:
            done = self.begun.copy()
            wait(done, 20)
            for future in done:
                future.result(0)
            del self.begun[: len(done)]


@dataclass(kw_only=True)
class SlackWorld(SignedWorld):
    """Everything, with the few things that people and workers would do."""

    store: fakeredis.FakeServer     # without `connected`, Redis is away
    exchange: ExchangeEmulator
    sides: Sides
    listeners: Followed
    url: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.notifier = notifier_on(self.opened, self.services.slack, team=self.team)
        self.door = Door(self.redis, Workspace(self.redis, self.services.slack), self._bolt)
        self.door.open()

    def _bolt(self, team: str) -> tuple[App, Services]:
        services, deliveries = replace(self.services, team=team), Deliveries(self.redis, clock=self.clock)
        return build(services, deliveries, self.listeners, signing_secret=SECRET), services

    # What people do. Each returns when all has come of it that comes without a worker.

    def slash(self, text: str, user: str = "owner", channel: str = "migrations") -> Ack:
        return self._settled(self.slack.slash(user, channel, text))

    def press(self, action: str, user: str = "owner", *, where: str = "", value: Any = None) -> Ack:
        """A button of the card, or of another message or view."""
        return self._settled(self.slack.press(user, where or self.card(user)["ts"], action, value))

    def submit(self, user: str = "owner", values: dict[str, Any] | None = None) -> Ack:
        """Sends the dialog on top."""
        return self._settled(self.slack.submit(user, self.view(user)["id"], values))

    def close(self, user: str = "owner") -> Ack | None:
        """Closes the modal on top."""
        ack = self.slack.close(user, self.view(user)["id"])
        self.listeners.settle()
        return ack

    def _settled(self, ack: Ack) -> Ack:
        self.listeners.settle()
        return ack

    def open_form(self, user: str = "owner", channel: str = "migrations") -> dict[str, Any]:
        """Types /omm migrate; the form that opens."""
        self.slash("migrate", user, channel)
        return self.view(user)

    def typed(self, view: dict[str, Any], **others: str) -> dict[str, str]:
        """What to fill in, by the names that the fields have in this form."""
        blocks = [block["block_id"] for block in view["blocks"]]
        named = {next(b for b in blocks if b.startswith(name)): text for name, text in TYPED.items()}
        return named | {next(b for b in blocks if b.startswith(name)): text for name, text in others.items()}

    def send(self, user: str = "owner", **others: str) -> Ack:
        """Fills in the form on top and sends it."""
        return self.submit(user, self.typed(self.view(user), **others))

    def start(self, user: str = "owner", channel: str = "migrations") -> Migration:
        """A migration from the form to its place in line, its card posted."""
        self.open_form(user, channel)
        self.send(user)
        self.work("check")
        self.notify()
        return next(iter(self.services.engine.store.all()))

    def migrated(self) -> Migration:
        """A migration that is through."""
        task_id = self.start().task_id
        self.work()
        self.notify()
        return self.record(task_id)

    # What others do

    def notify(self) -> None:
        """The notifier sends what there is to be sent."""
        for _ in range(3):
            self.notifier.tick()

    def begin(self, request: MigrationRequest, *, channel: str = CHANNEL) -> Migration:
        """A task as the form makes it, without the form."""
        migration = self.services.engine.store.create(request)
        passwords = {Side.SOURCE: SOURCE_PASSWORD, Side.DESTINATION: PASSWORD}
        keep_secrets(self.services.engine, migration.task_id, passwords)
        self.services.threads.open(Thread(migration.task_id, self.team, OWNER, channel))
        return migration

    def save(self, migration: Migration, **changes: Any) -> Migration:
        """What a worker writes down of a task."""
        self.services.engine.store.save(replace(migration, **changes))
        self.services.threads.look_again(migration.task_id, 0)
        return self.record(migration.task_id)

    def forget_people(self) -> None:
        """Five minutes pass, after which Slack is asked anew who somebody is."""
        for key in self.redis.keys("omm:person:*"):
            self.redis.delete(key)

    # What is to be seen

    def record(self, task_id: str) -> Migration:
        return self.services.engine.store.load(task_id)

    def tasks(self) -> list[Migration]:
        return list(self.services.engine.store.all())

    def view(self, user: str = "owner") -> dict[str, Any]:
        """The modal on top."""
        return self.slack.views(user)[-1]

    def block(self, name: str, user: str = "owner") -> dict[str, Any]:
        """A block of the modal on top, by the beginning of its name."""
        return next(block for block in self.view(user)["blocks"] if block["block_id"].startswith(name))

    def held(self, name: str, user: str = "owner") -> Any:
        """What a field of the modal on top holds now."""
        block, values = self.block(name, user), self.view(user)["state"]["values"]
        return next(iter(values[block["block_id"]].values())).get("value")

    def card(self, user: str = "owner", channel: str = "migrations") -> dict[str, Any]:
        """The newest card in a conversation."""
        found = self.slack.messages(channel, user)
        return [one for one in found if one.get("blocks", [{}])[0].get("type") == "header"][-1]

    def told(self, user: str = "owner") -> list[str]:
        """What only this person was told, in ephemeral messages and in windows."""
        whispered = [words(one) for one in self.slack.ephemerals(user)]
        return whispered + [words(one["blocks"]) for one in self.slack.views(user) if one["callback_id"] == "omm_words"]

    def letters(self, user: str = "owner") -> list[dict[str, Any]]:
        """The messages in their conversation with the app."""
        return self.slack.messages("dm", user)


class Silent(WSGIRequestHandler):
    """Writes no line for each request."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the library's own name
        pass


@contextmanager
def serving(web: Any) -> Iterator[str]:
    """Serves a web application on a port of its own; the address of its door for Slack."""
    server = make_server("127.0.0.1", 0, web, threaded=True, request_handler=Silent)
    server.daemon_threads = True
    listening = Listening(server, "web door")
    try:
        yield f"http://127.0.0.1:{server.server_port}/slack/events"
    finally:
        listening.stop()
        server.server_close()


@contextmanager
def slack_world(
    directory: Path, *, slack_answers: float = 2.0, clock: Callable[[], datetime] = utc_now
) -> Iterator[SlackWorld]:
    """Opens it; the app waits `slack_answers` seconds for Slack where somebody waits for the app.

    `clock` is ours alone: Slack signs by the time of day, which is what the web door compares with.
    """
    store = fakeredis.FakeServer()
    source = MemorySource({SourceFolder(("INBOX",), "INBOX", Role.INBOX): [mail(f"Letter {n}") for n in range(3)]})
    sides = Sides({LOGIN: source})
    opened = doors(fakeredis.FakeRedis(server=store), connectors=sides, away=1, grace=0.5, clock=clock)
    with (
        ExchangeEmulator(directory / "exchange.sqlite") as exchange,
        slack_emulator(opened, clock=utc_now) as slack,
        Followed() as listeners,
    ):
        slack.configure(**UNHURRIED)
        exchange.add_mailbox(ADDRESS, password=PASSWORD)
        sides.url = exchange.url
        world = SlackWorld(
            opened, slack, slack_answers=slack_answers, store=store, exchange=exchange, sides=sides, listeners=listeners
        )
        with serving(create_app(world.door, signing_secret=SECRET)) as world.url:
            slack.point_to(world.url)
            yield world
            listeners.settle()
        world.notifier.close()
