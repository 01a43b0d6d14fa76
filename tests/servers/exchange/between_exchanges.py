"""Two Exchange servers over TLS, and somebody at a terminal who moves a mailbox from the one to the other.

The commands are those of `omm`, in the test's own process; names are looked up in `emulators/exchange/names.py`.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import cast
from urllib.parse import quote

import fakeredis

import wiring
from emulators.exchange import ExchangeEmulator
from emulators.exchange.names import Names
from engine.connectors.exchange.autodiscover import discovered
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.credentials import Credential
from engine.errors import Side
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.record import Counts, Migration
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from engine.ports.looking_up import Found
from engine.store.keys import SecretKeys
from engine.store.vault import Secret
from terminal.going_back import run_rollback
from terminal.looking_up import with_servers
from terminal.moving import request_of, run_migrate
from terminal.output import Output
from terminal.session import Session
from tests.contract.exchange.conftest import account
from tests.servers.certificates import Certificate, certificate
from tests.servers.exchange.pair import OLD, SENT, Mailbox
from tests.servers.terminal_session import OnEngine
from tests.servers.unheard import unheard
from tests.servers.world import PASSWORD, engine_on
from wiring.connectors import Connectors

NEW = "claire@new.example"
SERVICE = "mover@example.org"
HERE = "127.0.0.1"
AT_ONCE = (0.0,) * 4        # an answer that was lost is asked for again without a wait
SUBJECTS = ["red", "draft", "plain"]


@dataclass(frozen=True)
class Reached(Connectors):
    """The product's connectors."""

    def source(self, account: Account, credential: Credential | str, halt: Halt) -> ExchangeSource:
        """The source, which waits for nothing."""
        return ExchangeSource(account, credential, self.network, stop=halt.event, waits=AT_ONCE)


@dataclass
class AtTheTerminal(OnEngine):
    """A session of somebody who has prepared the passwords."""

    settings: wiring.Settings = field(default_factory=lambda: wiring.settings({"HOME": "/"}))

    def password(self, _side: Side, _account: Account) -> Secret:
        """The same at both sides."""
        return Secret(PASSWORD)


@dataclass
class BetweenExchanges:
    """The old server and the new one, and `omm`. `said` is what it told."""

    old: ExchangeEmulator
    new: ExchangeEmulator
    box: Mailbox        # the old mailbox by raw requests
    engine: Engine
    network: Network
    names: Names
    redis: fakeredis.FakeRedis
    said: StringIO = field(default_factory=StringIO)

    def migrate(self, source: str = "", login: str = OLD, *, mailbox: str | None = None,
                full_access: Collection[str] = (), contents: str | None = None) -> Migration:
        """`omm migrate`; the record of its task. `source` is a URL, the old server's if none is given.

        `contents` are those that `--contents` names; all of them if it is not given.
        """
        source = source or typed(self.old.url, login)
        wanted = request_of(source, typed(self.new.url, NEW), contents, allow_plaintext=False, source_mailbox=mailbox,
                            full_access=full_access)
        session = self._session()
        run_migrate(session, with_servers(session, wanted, self._look_up))
        return self.engine.store.load(session.out.task_id or "")

    def roll_back(self, task_id: str) -> None:
        """`omm rollback`."""
        run_rollback(self._session(), task_id, yes=True, discard_changes=False)

    def counts(self, migration: Migration) -> Counts:
        return migration.step(Content.MAIL).counts

    def _session(self) -> Session:
        out = Output(self.said, StringIO(), as_json=False)
        return cast(Session, AtTheTerminal(self.engine, out, self.redis))

    def _look_up(self, _settings: wiring.Settings, account: Account, side: Side) -> Found | None:
        return discovered(account, self.network, self.names.srv, side=side, port=port(self.old))


def typed(url: str, login: str) -> str:
    """An account at that server, as it is typed."""
    return url.replace("https://", f"ews+https://{quote(login, safe='')}@")


def port(server: ExchangeEmulator) -> int:
    return int(server.url.split(":")[2].split("/")[0])


def subjects(server: ExchangeEmulator, address: str) -> list[str]:
    return sorted(one.subject for one in server.messages(address))


def seen(server: ExchangeEmulator, address: str) -> list[object]:
    """What its owner sees of each message, and not what only the mailbox itself counts."""
    return sorted(
        (one.folder, one.subject, one.received, one.is_read, one.is_draft, one.flag_status, tuple(one.categories),
         one.importance) for one in server.messages(address)
    )


def moves_once_and_back(at: BetweenExchanges, copied: int, **how: object) -> Migration:
    """A whole life: migrated, migrated again and rolled back. Returns the first migration's record, once it has ended.

    The second copies nothing, nothing is left in the new mailbox in the end, and the old server is as it was.
    """
    before = at.old.dump()
    first = at.migrate(**how)       # type: ignore[arg-type]  # as they are declared there
    arrived = seen(at.new, NEW)
    again = at.migrate(**how)       # type: ignore[arg-type]  # as above

    assert (at.counts(first).copied, at.counts(first).failed) == (copied, 0), at.said.getvalue()
    assert (at.counts(again).copied, at.counts(again).already_there) == (0, copied)
    assert seen(at.new, NEW) == arrived
    at.roll_back(first.task_id)
    assert at.new.messages(NEW) == []
    assert at.old.dump() == before
    return first


def write(box: Mailbox, *names: str) -> None:
    """Puts a message of each name into the inbox."""
    for name in names:
        box.create(name, "Message", "", SENT, "")


@contextmanager
def between_exchanges(directory: Path, *hosts: str, files: Certificate | None = None) -> Iterator[BetweenExchanges]:
    """Opens both; the certificate is for those hosts, too. Neither server has sent anything when it closes."""
    files = files or certificate(directory / "tls", "localhost", *hosts)
    names = Names()
    names.add_host("localhost", HERE)
    network = Network(frozenset({f"{HERE}/32"}), ca_file=files.ca, resolve_name=lambda host, _: addresses(names, host))
    redis = fakeredis.FakeRedis()
    engine = engine_on(redis, SecretKeys([secrets.token_bytes(32)]), Reached(network), grace=0.02)
    tls = files.chain, files.key
    with ExchangeEmulator(directory / "old.sqlite", tls=tls) as old, \
            ExchangeEmulator(directory / "new.sqlite", tls=tls) as new:
        old.add_mailbox(OLD, password=PASSWORD)
        new.add_mailbox(NEW, password=PASSWORD)
        with closing(Sessions(account(old.url, OLD), PASSWORD, network, side=Side.SOURCE)) as sessions:
            yield BetweenExchanges(old, new, Mailbox(sessions), engine, network, names, redis)
        for server in (old, new):
            unheard(server)


def addresses(names: Names, host: str) -> list[str]:
    """The addresses of a host; none where the name is not there."""
    try:
        return names.addresses(host)
    except LookupError:
        return []
