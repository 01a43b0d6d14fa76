"""What every door works with, opened: the engine, its store, and the Redis that they share."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from redis import Redis
from redis.exceptions import RedisError

from bot.work import beside
from engine.clock import utc_now
from engine.errors import InputError
from engine.hooks import log_line
from engine.migration.forwards import purge
from engine.migration.visit import Engine
from engine.ports.consent import Consenting
from engine.ports.looking_up import LookUp, finds_nothing
from engine.store import layout
from engine.store.allowances import Allowances
from engine.store.keys import SecretKeys, secret_keys
from engine.store.masks import Masks
from engine.store.patience import ANSWER, PATIENCE, Patient, connect
from engine.store.sign_ins import SignIns
from engine.store.store import Store
from engine.store.valkey import open_server
from engine.store.vault import Vault
from wiring import environment, own_store
from wiring.connectors import Connectors, network
from wiring.google import GrantReturning, consenting, google_settings
from wiring.google import kinds as google_kinds
from wiring.settings import Settings

SWITCHED_AFTER = 0.0005  # seconds: an answer that came should not wait 5 ms, Python's own, for a thread that encodes
FIRST_CONTACT = 2.0     # seconds; a wrong address is said at once
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Doors:
    """What every door is given: the engine, and the Redis that it shares with the others. `url` is that Redis's.

    `look_up` finds the server of an address. `consenting` asks owners of Google accounts for their consent, in their
    browsers; None where that is not set up.
    """

    engine: Engine
    redis: Redis
    url: str
    look_up: LookUp = finds_nothing
    consenting: Consenting | None = None


@contextmanager
def doors(
    chosen: Settings,
    *,
    trusts_person: bool = False,
    clock: Callable[[], datetime] = utc_now,
    first_contact: float = FIRST_CONTACT,
    patience: float = PATIENCE,
    answer: float = ANSWER,
    in_line: float | None = None,
    masks: Masks | None = None,
) -> Iterator[Doors]:
    """The engine with its store; the bundled server runs meanwhile unless OMM_REDIS_URL names another.

    `trusts_person`: whoever names a host sits at this machine's terminal. `first_contact` and `patience` are how
    long Redis may be away at first and later, and `answer` how long one command may take, in seconds. `in_line` is
    the engine's. `masks` are told of every secret.
    """
    gc.freeze()      # what is loaded by now stays; what mail makes is many, short-lived, and hardly ever in a cycle
    gc.set_threshold(100_000, 50, 50)
    sys.setswitchinterval(SWITCHED_AFTER)
    ours = keys(chosen)
    hide, reach = (masks or Masks()).hide, network(chosen, trusts_person=trusts_person)
    google = google_settings(chosen.environ)
    credentials = google_kinds(google, reach, clock=clock, hide=hide)
    returning = GrantReturning(google, reach)
    with _redis_url(chosen) as url:
        with own_store.named(chosen.redis_url):
            redis = _reached(url, first_contact, answer)
        layout.adopt(redis, directory=None if chosen.redis_url else chosen.state_dir, patience=first_contact)
        allowances = Allowances(redis, clock=clock, patience=patience)
        connectors = Connectors(reach, google, credentials, allowances)
        built = Engine(
            store=Store(redis, keys=ours, clock=clock, patience=patience),
            vault=Vault(redis, keys=ours, clock=clock, patience=patience, seen=hide, goes_back=returning.account),
            sign_ins=SignIns(redis, keys=ours, clock=clock, patience=patience),
            connectors=connectors,
            credentials=credentials,
            returning=returning,
            clock=clock,
            grace=chosen.commit_grace,
            in_line=in_line,
            forget_beside=beside.forgetting(redis, clock),
            hooks=(log_line, beside.showing(redis), beside.recording(redis, clock)),
        )
        purge(built)
        yield Doors(built, redis, url, connectors.look_up, consenting(google, reach, hide=hide))


def keys(chosen: Settings) -> SecretKeys:
    """The secret keys. Raises InputError."""
    return secret_keys(chosen.environ, chosen.config_dir, state_dir=chosen.state_dir)


@contextmanager
def engine(
    chosen: Settings, *, trusts_person: bool = False, clock: Callable[[], datetime] = utc_now
) -> Iterator[Engine]:
    """The engine alone, for a door that needs nothing else."""
    with doors(chosen, trusts_person=trusts_person, clock=clock) as opened:
        yield opened.engine


def warn(chosen: Settings, opened: Doors) -> None:
    """Has the log tell, at a door's start, what may cost migrations later."""
    for words in environment.unknown(chosen.environ):
        log.warning("%s", words)
    if chosen.redis_url is not None:
        own_store.warn_of_its_settings(opened.redis)
    own_store.warn_of_lost_keys(opened.redis, keys(chosen))


def _reached(url: str, patience: float, answer: float) -> Redis:
    """The store's server, once it answers."""
    redis = client(url, answer)
    try:
        Patient(redis, patience=patience).call(lambda server: server.ping())
    except (ValueError, TypeError):
        raise InputError(environment.NO_REDIS) from None
    return redis


def client(url: str, answer: float) -> Redis:
    """A client of that Redis, which is not asked anything yet. Raises InputError for what is no address of one."""
    try:
        made = connect(url, answer=answer)
        made.connection_pool.make_connection()          # connects to nothing, but reads the options
    except (ValueError, TypeError, RedisError):
        raise InputError(environment.NO_REDIS) from None
    return made


@contextmanager
def _redis_url(chosen: Settings) -> Iterator[str]:
    if chosen.redis_url is not None:
        yield chosen.redis_url
    else:
        with open_server(chosen.state_dir) as url:
            yield url
