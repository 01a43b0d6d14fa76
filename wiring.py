"""The one place that reads the environment and builds what the doors work with."""

from __future__ import annotations

import gc
import os
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from redis import Redis

from engine.account import Account, Kind
from engine.clock import utc_now
from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.imap.source import ImapSource
from engine.connectors.network import Network
from engine.errors import InputError
from engine.halt import Halt
from engine.keys import config_directory, secret_keys
from engine.migrate import purge
from engine.patience import Patient, connect
from engine.ports import Destination, Facts, MailSource
from engine.sign_ins import SignIns
from engine.store import Store
from engine.valkey import open_server
from engine.vault import Vault
from engine.visit import COMMIT_GRACE, Engine

FIRST_CONTACT = 2.0     # seconds


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. `commit_grace` is in seconds."""

    redis_url: str | None
    state_dir: Path
    config_dir: Path
    ca_file: Path | None
    allowed_hosts: frozenset[str]
    commit_grace: float
    environ: Mapping[str, str]


def settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings, checked. Raises InputError that names the one at fault."""
    env = os.environ if environ is None else environ
    home = Path(env.get("HOME") or Path.home())
    return Settings(
        redis_url=env.get("OMM_REDIS_URL") or None,
        state_dir=Path(env.get("OMM_STATE_DIR") or _state_home(env, home) / "omm"),
        config_dir=config_directory(env, home),
        ca_file=_ca_file(env.get("OMM_CA_FILE", "")),
        allowed_hosts=frozenset(h.strip().lower() for h in env.get("OMM_ALLOWED_HOSTS", "").split(",") if h.strip()),
        commit_grace=_seconds(env.get("OMM_COMMIT_GRACE", ""), COMMIT_GRACE),
        environ=env,
    )


def _state_home(env: Mapping[str, str], home: Path) -> Path:
    named = env.get("XDG_STATE_HOME", "")
    return Path(named) if named and Path(named).is_absolute() else home / ".local" / "state"


def _ca_file(name: str) -> Path | None:
    if not name:
        return None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=name)
    except ssl.SSLError:
        raise InputError(f"OMM_CA_FILE names a file that holds no certificates: {name}") from None
    except OSError as error:
        raise InputError(f"OMM_CA_FILE names a file that cannot be read: {name}: {error.strerror}") from None
    return Path(name)


def _seconds(text: str, default: float) -> float:
    try:
        seconds = float(text) if text.strip() else default
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= 3600:
        raise InputError("OMM_COMMIT_GRACE is a number of seconds from 0 to 3600.")
    return seconds


@dataclass(frozen=True, slots=True)
class Connectors:
    """Opens accounts by their kind."""

    network: Network

    def source(self, account: Account, password: str, halt: Halt) -> MailSource:
        """The source account. Raises InputError for a kind that nothing can be read from."""
        return self._source(account, password, halt)

    def _source(self, account: Account, password: str, halt: Halt) -> ImapSource:
        if account.kind is not Kind.IMAP:
            raise InputError("The source is an IMAP account: imaps://user%40example.org@server")
        return ImapSource(account, password, self.network, stop=halt.event)

    def destination(self, account: Account, password: str) -> Destination:
        """The destination account. Raises InputError for a kind that nothing can be written to."""
        return self._destination(account, password)

    def _destination(self, account: Account, password: str) -> ExchangeDestination:
        if account.kind is not Kind.EXCHANGE:
            raise InputError("The destination is an Exchange account: ews+https://user%40example.org@server")
        return ExchangeDestination(account, password, self.network)

    def check_source(self, account: Account, password: str) -> Facts:
        """Signs in to the source and looks around."""
        seen = self._source(account, password, Halt()).check()
        return Facts(len(seen.folders.folders), seen.messages)

    def check_destination(self, account: Account, password: str) -> Facts:
        """Signs in to the destination and looks around."""
        seen = self._destination(account, password).check()
        return Facts(seen.folders, seen.messages)


@contextmanager
def engine(
    chosen: Settings, *, trusts_person: bool = False, clock: Callable[[], datetime] = utc_now
) -> Iterator[Engine]:
    """The engine with its store; the bundled server runs meanwhile unless OMM_REDIS_URL names another.

    `trusts_person`: whoever names a host sits at this machine's terminal.
    """
    gc.freeze()      # what is loaded by now stays; what mail makes is many, short-lived, and hardly ever in a cycle
    gc.set_threshold(100_000, 50, 50)
    keys = secret_keys(chosen.environ, chosen.config_dir, state_dir=chosen.state_dir)
    network = Network(chosen.allowed_hosts, trusts_person=trusts_person, ca_file=chosen.ca_file)
    with _redis_url(chosen) as url:
        redis = _reached(url)
        built = Engine(
            store=Store(redis, keys=keys, clock=clock),
            vault=Vault(redis, keys=keys, clock=clock),
            sign_ins=SignIns(redis, clock=clock),
            connectors=Connectors(network),
            clock=clock,
            grace=chosen.commit_grace,
        )
        purge(built)
        yield built


def _reached(url: str) -> Redis:
    """The store's server. A wrong address is said at once; a server that goes away later is waited for."""
    try:
        redis = connect(url)
        Patient(redis, patience=FIRST_CONTACT).call(lambda server: server.ping())
    except (ValueError, TypeError):
        raise InputError("OMM_REDIS_URL is no address of a Redis. Write it as redis://host:6379/0") from None
    return redis


@contextmanager
def _redis_url(chosen: Settings) -> Iterator[str]:
    if chosen.redis_url is not None:
        yield chosen.redis_url
    else:
        with open_server(chosen.state_dir) as url:
            yield url
