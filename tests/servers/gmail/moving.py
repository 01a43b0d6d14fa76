"""Mailboxes at Gmail that move to Exchange, each of them by the product's own consent, credentials and connectors.

Google and its mail, the Exchange emulator and a store, all in this process, which go by one clock.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import fakeredis

from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.google.source import GoogleSource
from engine.connectors.network.pinning import Network
from engine.credentials import Credential
from engine.errors import Side
from engine.migration.account import Account, parse_account
from engine.migration.content import Content
from engine.migration.forwards import keep_secrets, start
from engine.migration.record import Failure, Migration, State
from engine.migration.request import Choice, MigrationRequest
from engine.pace.halt import Halt
from engine.ports.destination import OpenedDestination
from engine.ports.facts import Facts
from engine.ports.source import OpenedSource
from engine.store.allowances import Allowances, DaysShare
from engine.store.vault import Secret
from tests.servers.gmail.account import GmailSeed, Mailbox, Person, Settings, Spent
from tests.servers.gmail.days_share import Clock
from tests.servers.gmail.judge import Destination, Judge, Placed, differences
from tests.servers.google.world import GoogleWorld, google_world
from tests.servers.world import PASSWORD, World, engine_on, world
from wiring.connectors import Connectors
from wiring.google import GoogleSettings, consenting, google_settings, kinds

PUBLIC = "https://omm.example.org"
_numbers = count(1)


class DrivenClock(Clock):
    """The time of Google's and our machines, which a test moves on. With `step`, each look takes so many seconds."""

    step = 0.0

    def __call__(self) -> datetime:
        self.ahead += timedelta(seconds=self.step)
        return super().__call__()


class SmallDays(Allowances):
    """Allowances of `a_day` bytes, as if Gmail's own were so small."""

    a_day = 2_200_000_000

    def of(self, account: Account) -> DaysShare:
        return replace(super().of(account), a_day=self.a_day)


class Hurried(Connectors):
    """As wiring opens accounts; answers are awaited for `answer_time` seconds, and Gmail is asked again at once."""

    answer_time = 60.0

    def _google(self, account: Account, given: Credential | str, halt: Halt) -> GoogleSource:
        made = super()._google(account, given, halt)
        made._waits, made._answer_time = (0.0, 0.0, 0.0), self.answer_time
        return made


@dataclass
class GmailConnectors:
    """Sources as wiring opens them; destinations at the emulator."""

    wired: Connectors
    network: Network

    def source(self, account: Account, credential: Credential | str, halt: Halt) -> OpenedSource:
        return self.wired.source(account, credential, halt)

    def destination(self, account: Account, password: Credential | str) -> OpenedDestination:
        return ExchangeDestination(account, password, self.network, shortest_deadline=20.0)

    def check_source(self, account: Account, password: str, contents: Collection[Content] = ()) -> Facts:
        return self.wired.check_source(account, password, contents)

    def check_destination(self, account: Account, password: str, *, tries: int = 2, live: bool = False) -> Facts:
        return self.wired.check_destination(account, password, tries=tries, live=live)


@dataclass
class Moving:
    """The owner's mailbox at Gmail, and the one it moves to, which nobody else has."""

    house: House
    login: str
    address: str
    judge: Judge

    @property
    def at(self) -> World:
        return replace(self.house.at, address=self.address)

    @property
    def mailbox(self) -> Mailbox:
        """What the owner has at Gmail."""
        return self.house.google.gmail.mailbox(self.login)

    def consent(self) -> str:
        """The owner allows it on Google's page; what the vault keeps of that."""
        return self.house.consent(self.login)

    def begin(self, *choices: Choice) -> str:
        """Begins a migration with a new consent; its task."""
        there = parse_account(f"gmail://{self.login}")
        asked = MigrationRequest(there, self.at.request().destination, (Content.MAIL,), choices)
        return start(self.at.engine, asked, source_password=self.consent(), destination_password=PASSWORD).task_id

    def migrate(self, *choices: Choice) -> Migration:
        """Moves it by a new task, to the end."""
        return self.ended(self.at.run(self.begin(*choices)))

    def ended(self, done: Migration) -> Migration:
        """The same record, which says that it has ended."""
        assert done.state is State.COMPLETED, (done.attention, done.stage, self.said(done))
        return done

    def wrong(self, due: Counter[Placed] | None = None) -> list[str]:
        """What is missing at the destination and what is too much; `due` is what has to be there, by labels as now."""
        wanted = self.judge.expected(self.mailbox.truth()) if due is None else due
        return differences(wanted, self.arrived().messages)

    def consent_again(self, task: str) -> None:
        """The owner allows it once more, and the task has it."""
        keep_secrets(self.at.engine, task, {Side.SOURCE: self.consent()})

    def lines(self, done: Migration) -> list[Failure]:
        """What the report names."""
        return self.at.engine.store.reported(done.task_id).failures

    def said(self, done: Migration) -> list[str]:
        """The same, a line each."""
        return [f"{one.folder}: {one.item}: {one.reason} ({one.outcome.value})" for one in self.lines(done)]

    def dump(self) -> str:
        """All that the destination holds."""
        return self.at.emulator.dump(self.address)

    def arrived(self) -> Destination:
        """What the destination's own store says."""
        return Destination.read(self.at.emulator.copied(), self.address)

    def spent(self) -> Spent:
        """What Gmail has counted of this account."""
        return self.house.google.gmail.control.spent(self.login)


@dataclass
class House:
    """All of them. `clock` is everybody's time; `days` says how many bytes of an account are read in a day."""

    at: World
    google: GoogleWorld
    chosen: GoogleSettings
    network: Network
    clock: DrivenClock
    days: SmallDays

    def consent(self, login: str) -> str:
        """Somebody allows all of it in a browser; the product exchanges what comes back."""
        asking = consenting(self.chosen, self.network)
        assert asking is not None
        asked = asking.ask(state="state", contents=[Content.MAIL], login=login)
        pressed = self.google.google.press(urlsplit(asked.url).query, login, "continue")
        code = parse_qs(urlsplit(pressed.location).query)["code"][0]
        return asking.exchange(code=Secret(code), verifier=asked.verifier, contents=[Content.MAIL]).secret

    def moving(self, login: str, seed: GmailSeed) -> Moving:
        """The mailbox of somebody, with that in it, and an empty one for it to move to."""
        address = f"new{next(_numbers)}@example.org"
        self.at.emulator.add_mailbox(address, password=PASSWORD)
        self.google.gmail.mailbox(login).plant(seed)
        before = Destination.read(self.at.emulator.copied(), address)
        hidden = self.google.gmail.control.user_settings(login).hidden
        return Moving(self, login, address, Judge({one.msgid: one.raw for one in seed.messages}, before, hidden))

    def knowing(self, other: World) -> World:
        """A world with another process's engine, which knows Google and everybody's time."""
        return replace(other, engine=replace(other.engine, credentials=self.at.engine.credentials, clock=self.clock))

    def afresh(self, known: Moving) -> Moving:
        """The same mailbox at Gmail, and another one for it to move to."""
        address = f"new{next(_numbers)}@example.org"
        self.at.emulator.add_mailbox(address, password=PASSWORD)
        return replace(known, address=address)


@contextmanager
def gmail_moving(
    directory: Path, people: Sequence[str | Person], *, imap: Settings | None = None
) -> Iterator[House]:
    """Runs all of it until the context ends. Nothing was sent then, and nothing asked that Google would not answer."""
    clock = DrivenClock()
    with (
        google_world(directory, people, clock=lambda: clock().timestamp(), imap=imap) as google,
        world(directory, {}, grace=0.02) as at,
    ):
        google.google.add_client("web", redirect_uris=[f"{PUBLIC}/oauth/google/callback"])
        chosen = google_settings(_environment(directory, google))
        network = Network(trusts_person=True, ca_file=google.ca_file)
        redis = fakeredis.FakeRedis(server=at.server)
        days = SmallDays(redis, clock=clock)
        credentials = kinds(chosen, network, clock=clock)
        at.connectors = GmailConnectors(Hurried(network, chosen, credentials, days), network)  # type: ignore[assignment]  # connectors
        at.engine = engine_on(redis, at.keys, at.connectors, clock=clock, grace=at.engine.grace,
                              contents=at.engine.contents, credentials=credentials)
        yield House(at, google, chosen, network, clock, days)


def _environment(directory: Path, google: GoogleWorld) -> Mapping[str, str]:
    file = directory / "client.json"
    file.write_text(json.dumps(google.google.client_secrets("web")))
    file.chmod(0o600)
    return {
        "OMM_PUBLIC_URL": PUBLIC, "GOOGLE_CLIENT_SECRETS_FILE": str(file), "GOOGLE_API_URL": google.google.url,
        "GOOGLE_IMAP_HOST": f"{google.gmail.host}:{google.gmail.port}",
    }
