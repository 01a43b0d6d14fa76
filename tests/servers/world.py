"""A small world for tests of the engine: a source in memory, the Exchange emulator, and a store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import fakeredis
from cryptography.fernet import Fernet
from redis import Redis

from emulators.exchange import ExchangeEmulator, Settings
from engine.clock import utc_now
from engine.connectors.exchange.destination import WRITERS, ExchangeDestination, Writers
from engine.connectors.network.pinning import Network
from engine.contents import Contents, contents
from engine.contents.mail import MAIL
from engine.errors import Side
from engine.migration.account import Account, parse_account
from engine.migration.back import roll_back
from engine.migration.content import Content
from engine.migration.forwards import keep_secrets, migrate, start
from engine.migration.record import Counts, Migration, State
from engine.migration.request import Choice, MigrationRequest
from engine.migration.states import STOPPED
from engine.migration.steering import resume
from engine.migration.visit import Connectors, Engine
from engine.pace.halt import Halt
from engine.ports.destination import Destination, Limits
from engine.ports.facts import Facts
from engine.ports.source import Source
from engine.store.keys import SecretKeys, secret_keys
from engine.store.patience import PATIENCE
from engine.store.sign_ins import SignIns
from engine.store.store import Store
from engine.store.vault import Vault
from engine.systems import System, Transport
from tests.servers.memory.source import MemorySource
from tests.servers.unheard import unheard

PASSWORD = "correct horse"
ADDRESS = "claire@example.org"
ONLY_MAIL = contents(MAIL)


@dataclass
class MemoryConnectors:
    """Sources by login, and destinations at the emulator."""

    sources: dict[str, MemorySource]
    limits: Limits = field(default_factory=Limits)
    shortest_deadline: float = 20.0
    writers: Writers = field(default_factory=lambda: WRITERS)

    def source(self, account: Account, password: str, halt: Halt) -> Source:
        return self.sources[account.login]

    def destination(self, account: Account, password: str) -> Destination:
        return ExchangeDestination(
            account, password, Network(trusts_person=True), limits=self.limits,
            shortest_deadline=self.shortest_deadline, writers=self.writers,
        )

    def check_source(self, account: Account, password: str, contents: Collection[Content] = ()) -> Facts:
        return Facts(len(self.sources[account.login].folders), None)

    def check_destination(self, account: Account, password: str, *, tries: int = 2, live: bool = False) -> Facts:
        seen = self.destination(account, password).check(tries=tries)  # type: ignore[attr-defined]
        return Facts(seen.folders, seen.messages)


@dataclass
class World:
    """Everything, with the few things that a person would do to it."""

    emulator: ExchangeEmulator
    engine: Engine
    connectors: MemoryConnectors
    keys: SecretKeys
    server: fakeredis.FakeServer        # the store's, for another process in this world
    address: str = ADDRESS
    halts: list[Halt] = field(default_factory=list)

    def request(self, login: str = "old") -> MigrationRequest:
        source = Account(System.IMAP, login, "imap.example.net", 993, Transport.TLS)
        scheme = "ews+" + self.emulator.url.replace("//", f"//{self.address.replace('@', '%40')}@")
        return MigrationRequest(source, parse_account(scheme, allow_plaintext=True), tuple(self.engine.contents))

    def begin(self, login: str = "old") -> Migration:
        return self.begin_with(self.request(login))

    def begin_with(self, request: MigrationRequest) -> Migration:
        return start(self.engine, request, source_password="-", destination_password=PASSWORD)

    def run(self, task_id: str, halt: Halt | None = None) -> Migration:
        """Works on it; one that stopped is resumed first."""
        if self.engine.store.load(task_id).state in (*STOPPED, State.FAILED):
            resume(self.engine, task_id)
        return migrate(self.engine, task_id, halt=halt or Halt())

    def migrate(self, login: str = "old") -> Migration:
        return self.run(self.begin(login).task_id)

    def roll_back(self, task_id: str, *choices: Choice, discard_changes: bool = False) -> Migration:
        return roll_back(self.engine, task_id, discard_changes=discard_changes, choices=choices, halt=Halt())

    def give_password(self, task_id: str, password: str) -> None:
        keep_secrets(self.engine, task_id, {Side.DESTINATION: password})

    def messages(self, address: str | None = None) -> list:
        return self.emulator.messages(address or self.address)

    def subjects(self) -> list[tuple[tuple[str, ...], str]]:
        return sorted((m.folder, m.subject) for m in self.messages())

    def counts(self, migration: Migration) -> Counts:
        return migration.step(Content.MAIL).counts


class Interposed:
    """A destination some of whose methods are other ones; each is given the real destination first."""

    def __init__(self, inner: Destination, instead: dict[str, Callable[..., Any]]) -> None:
        self._inner, self._instead = inner, instead

    def __getattr__(self, name: str) -> Any:
        own = self._instead.get(name)
        return getattr(self._inner, name) if own is None else partial(own, self._inner)


def interpose(at: World, **instead: Callable[..., Any]) -> None:
    """From now on destinations are opened with those methods."""
    real = at.connectors.destination
    at.connectors.destination = lambda account, password: Interposed(real(account, password), instead)  # type: ignore[method-assign, assignment, return-value]  # as a destination


def engine_on(
    redis: Redis, keys: SecretKeys, connectors: Connectors, *, clock: Callable[[], datetime] = utc_now,
    away: float = PATIENCE, patience: float = 20, **options: Any,
) -> Engine:
    """An engine, as a process has one. `away` is how long Redis may be, in seconds; `options` are the Engine's own."""
    return Engine(
        Store(redis, keys=keys, clock=clock, patience=away), Vault(redis, keys=keys, clock=clock, patience=away),
        SignIns(redis, keys=keys, clock=clock, patience=away), connectors, clock, patience=patience, **options,
    )


@contextmanager
def world(
    directory: Path, sources: dict[str, Any], *, grace: float = 1.0, contents: Contents = ONLY_MAIL,
    writers: Writers = WRITERS,
) -> Iterator[World]:
    """Runs the emulator until the context ends. Sign-ins are by Basic: those by NTLM are tests/contract/exchange."""
    keys = secret_keys({"OMM_SECRET_KEYS": Fernet.generate_key().decode()}, directory / "config")
    connectors = MemoryConnectors(sources, writers=writers)
    server = fakeredis.FakeServer()
    engine = engine_on(fakeredis.FakeRedis(server=server), keys, connectors, grace=grace, contents=contents)
    with ExchangeEmulator(directory / "exchange.sqlite", settings=Settings(auth=("basic",))) as emulator:
        emulator.add_mailbox(ADDRESS, password=PASSWORD)
        yield World(emulator, engine, connectors, keys, server)
        unheard(emulator)
