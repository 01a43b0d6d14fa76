"""The one place that reads the environment and builds what the doors work with."""

from __future__ import annotations

import gc
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from redis import Redis
from redis.exceptions import RedisError

import environment
import own_store
from bot import beside
from engine import layout
from engine.account import Account, Kind
from engine.clock import utc_now
from engine.connectors.network import Network
from engine.errors import InputError
from engine.halt import Halt
from engine.keys import config_directory, secret_keys
from engine.log_lines import LogFormat, formatter
from engine.masks import Masks
from engine.migrate import purge
from engine.patience import ANSWER, PATIENCE, Patient, connect
from engine.ports import Destination, Facts, MailSource
from engine.sign_ins import SignIns
from engine.store import Store
from engine.valkey import open_server
from engine.vault import Vault
from engine.visit import COMMIT_GRACE, Engine

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from bot.desk import Desk, Jobs
    from bot.notices.email import Mailer
    from bot.notices.notifier import Notifier
    from engine.connectors.exchange.destination import ExchangeDestination
    from engine.connectors.imap.source import ImapSource
    from engine.connectors.pop3.source import Pop3Source
    from engine.trial import Examination

SWITCHED_AFTER = 0.0005  # seconds: an answer that came should not wait 5 ms, Python's own, for a thread that encodes
FIRST_CONTACT = 2.0     # seconds; a wrong address is said at once
SLACK_ANSWERS = 5.0     # seconds
NOTICES_WAIT = 30.0     # seconds: a post that is given up may arrive all the same
WEB_PORT = 3000
NO_REDIS = "OMM_REDIS_URL is no address of a Redis. Write it as redis://host:6379/0"
OURS = ("app", "bot", "cli", "demo", "engine", "jobs", "omm", "own_store", "terminal", "wiring", "worker")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. `commit_grace` is in seconds. No secret is in a repr."""

    redis_url: str | None = field(repr=False)     # it may hold a password
    state_dir: Path
    config_dir: Path
    ca_file: Path | None
    allowed_hosts: frozenset[str]
    commit_grace: float
    workers: int
    retention_days: int
    log_level: str
    log_format: LogFormat
    environ: Mapping[str, str] = field(repr=False)


def settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings, checked: the environment, and what it leaves out from `.env`. InputError names the one at fault."""
    env = {**environment.env_file(), **os.environ} if environ is None else environ
    home = Path(env.get("HOME") or Path.home())
    return Settings(
        redis_url=env.get("OMM_REDIS_URL") or None,
        state_dir=Path(env.get("OMM_STATE_DIR") or _state_home(env, home) / "omm"),
        config_dir=config_directory(env, home),
        ca_file=environment.ca_file(env.get("OMM_CA_FILE", "")),
        allowed_hosts=frozenset(h.strip().lower() for h in env.get("OMM_ALLOWED_HOSTS", "").split(",") if h.strip()),
        commit_grace=environment.grace(env.get("OMM_COMMIT_GRACE", ""), COMMIT_GRACE),
        workers=environment.workers(env.get("OMM_WORKERS", "")),
        retention_days=environment.retention(env.get("OMM_RETENTION_DAYS", "")),
        log_level=environment.level(env.get("OMM_LOG_LEVEL", "")),
        log_format=environment.log_format(env.get("OMM_LOG_FORMAT", "")),
        environ=env,
    )


def _state_home(env: Mapping[str, str], home: Path) -> Path:
    named = env.get("XDG_STATE_HOME", "")
    return Path(named) if named and Path(named).is_absolute() else home / ".local" / "state"


def check(chosen: Settings) -> None:
    """Looks at what is needed only later, so that every door names a wrong setting at its start. Raises InputError."""
    from bot.offers import read as read_offers  # noqa: PLC0415 - the terminal door does without

    secret_keys(chosen.environ, chosen.config_dir, state_dir=chosen.state_dir)
    read_offers(_offers_file(chosen.environ))
    _mailer(chosen)
    if chosen.redis_url is not None:
        _client(chosen.redis_url, ANSWER)


def _offers_file(environ: Mapping[str, str]) -> Path | None:
    return Path(named) if (named := environ.get("OMM_OFFERS_FILE", "").strip()) else None


def log_to_stderr(
    level: str, *, log_format: LogFormat = LogFormat.PLAIN, environ: Mapping[str, str] = MappingProxyType({})
) -> Masks:
    """Writes everything that is logged to standard error, without our own secrets in `environ`, and without those that
    the returned masks are told of.

    Our own loggers write what `level` asks for; those of libraries warnings only, for what they write for their own
    debugging holds passwords (slack_bolt and slack_sdk log whole request bodies).
    """
    masks = environment.OwnMasks(environment.own_secrets(environ))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(log_format, masks))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)   # noqa: FBT003 - the library's own signature
    return masks


def listen(environ: Mapping[str, str]) -> str:
    """Where the web door listens: OMM_WEB_LISTEN, or this machine alone at PORT. Raises InputError."""
    named, port = environ.get("OMM_WEB_LISTEN", "").strip(), environ.get("PORT", "").strip()
    where = named or f"127.0.0.1:{port or WEB_PORT}"
    found = re.fullmatch(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^\s:\[\]]+):(?P<port>[0-9]{1,5})", where)
    if found is None or not 0 < int(found["port"]) < 65536:
        raise InputError(f"{'OMM_WEB_LISTEN' if named else 'PORT'} cannot be listened at. Write it as 127.0.0.1:3000")
    return where


@dataclass(frozen=True, slots=True)
class Connectors:
    """Opens accounts by their kind."""

    network: Network

    def source(self, account: Account, password: str, halt: Halt) -> MailSource:
        """The source account. Raises InputError for a kind that nothing can be read from."""
        return self._source(account, password, halt)

    def _source(self, account: Account, password: str, halt: Halt) -> ImapSource | Pop3Source:
        if account.kind is Kind.IMAP:
            from engine.connectors.imap.source import ImapSource  # noqa: PLC0415 - see load_connectors

            return ImapSource(account, password, self.network, stop=halt.event)
        if account.kind is Kind.POP3:
            from engine.connectors.pop3.source import Pop3Source  # noqa: PLC0415 - as above

            return Pop3Source(account, password, self.network, stop=halt.event)
        raise InputError("The source is an IMAP or POP3 account: imaps://user%40example.org@server")

    def destination(self, account: Account, password: str) -> Destination:
        """The destination account. Raises InputError for a kind that nothing can be written to."""
        return self._destination(account, password)

    def _destination(self, account: Account, password: str) -> ExchangeDestination:
        if account.kind is not Kind.EXCHANGE:
            raise InputError("The destination is an Exchange account: ews+https://user%40example.org@server")
        from engine.connectors.exchange.destination import ExchangeDestination  # noqa: PLC0415 - as above

        return ExchangeDestination(account, password, self.network)

    def check_source(self, account: Account, password: str) -> Facts:
        """Signs in to the source and looks around."""
        seen = self._source(account, password, Halt()).check()
        return Facts(len(seen.folders.folders), seen.messages)

    def check_destination(self, account: Account, password: str, *, tries: int) -> Facts:
        """Signs in to the destination and looks around."""
        seen = self._destination(account, password).check(tries=tries)
        return Facts(seen.folders, seen.messages)


def load_connectors() -> None:
    """Imports what opens accounts, and the libraries below: a door that opens none starts in half the time without.

    For a process that forks others to do the work, which would each import them anew.
    """
    for kind in ("exchange.destination", "exchange.ntlm", "imap.source", "pop3.source"):
        import_module(f"engine.connectors.{kind}")


def examination(chosen: Settings, account: Account, password: str, *, trusts_person: bool = False) -> Examination:
    """An Exchange account, to be examined."""
    from engine.connectors.exchange.examination import ExchangeExamination  # noqa: PLC0415 - one command needs it

    return ExchangeExamination(account, password, _network(chosen, trusts_person=trusts_person))


def _network(chosen: Settings, *, trusts_person: bool) -> Network:
    return Network(chosen.allowed_hosts, trusts_person=trusts_person, ca_file=chosen.ca_file)


@dataclass(frozen=True, slots=True)
class Doors:
    """What every door is given: the engine, and the Redis that it shares with the others. `url` is that Redis's."""

    engine: Engine
    redis: Redis
    url: str


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
    keys = secret_keys(chosen.environ, chosen.config_dir, state_dir=chosen.state_dir)
    network = _network(chosen, trusts_person=trusts_person)
    with _redis_url(chosen) as url:
        redis = _reached(url, first_contact, answer)
        layout.adopt(redis, directory=None if chosen.redis_url else chosen.state_dir, patience=first_contact)
        built = Engine(
            store=Store(redis, keys=keys, clock=clock, patience=patience),
            vault=Vault(redis, keys=keys, clock=clock, patience=patience, seen=(masks or Masks()).hide),
            sign_ins=SignIns(redis, keys=keys, clock=clock, patience=patience),
            connectors=Connectors(network),
            clock=clock,
            grace=chosen.commit_grace,
            in_line=in_line,
            forget_beside=beside.forgetting(redis, clock),
            on_state=beside.showing(redis),
        )
        purge(built)
        yield Doors(built, redis, url)


def warn(chosen: Settings, opened: Doors) -> None:
    """Has the log tell, at a door's start, what may cost migrations later."""
    if chosen.redis_url is not None:
        own_store.warn_of_its_settings(opened.redis)
    keys = secret_keys(chosen.environ, chosen.config_dir, state_dir=chosen.state_dir)
    own_store.warn_of_lost_keys(opened.redis, keys)


@contextmanager
def engine(
    chosen: Settings, *, trusts_person: bool = False, clock: Callable[[], datetime] = utc_now
) -> Iterator[Engine]:
    """The engine alone, for a door that needs nothing else."""
    with doors(chosen, trusts_person=trusts_person, clock=clock) as opened:
        yield opened.engine


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """How Slack is reached. No secret is in a repr."""

    bot_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    app_token: str = field(repr=False)      # '' without Socket Mode
    api_url: str
    ca_file: Path | None = None             # what is trusted beside the system's authorities


def slack_settings(environ: Mapping[str, str]) -> SlackSettings:
    """How Slack is reached, checked. Raises InputError that names the setting at fault."""
    token = environment.secret(environ, "SLACK_BOT_TOKEN", "the bot's token", prefix="xoxb-")
    app_token = environment.secret(environ, "SLACK_APP_TOKEN", "an app-level token", prefix="xapp-", needed=False)
    signing_secret = environment.secret(environ, "SLACK_SIGNING_SECRET", "the signing secret", needed=not app_token)
    return SlackSettings(
        token, signing_secret, app_token, environment.api_url(environ.get("SLACK_API_URL", "")),
        environment.ca_file(environ.get("OMM_CA_FILE", "")),
    )


def slack_client(slack: SlackSettings, *, timeout: float = SLACK_ANSWERS) -> WebClient:
    """A client that never repeats a call by itself: whoever calls knows what may come twice. Seconds."""
    from slack_sdk import WebClient  # noqa: PLC0415 - the terminal door does without Slack's library

    trusted = None if slack.ca_file is None else environment.trusting(slack.ca_file)
    client = WebClient(slack.bot_token, timeout=round(timeout), ssl=trusted, retry_handlers=[])
    if slack.api_url:
        client.base_url = slack.api_url
    return client


def desk(
    opened: Doors,
    slack: SlackSettings,
    jobs: Jobs,
    *,
    environ: Mapping[str, str],
    team: str,
    slack_answers: float = SLACK_ANSWERS,
) -> Desk:
    """What conversations and jobs work with. `team` is the workspace's id; `slack_answers` is in seconds."""
    from bot.deletions import Deletions  # noqa: PLC0415 - as above
    from bot.desk import Desk  # noqa: PLC0415
    from bot.drafts import Drafts  # noqa: PLC0415
    from bot.guesses import Guesses  # noqa: PLC0415
    from bot.links import Links  # noqa: PLC0415
    from bot.notices.outbox import Outbox  # noqa: PLC0415
    from bot.offers import read as read_offers  # noqa: PLC0415
    from bot.people import People  # noqa: PLC0415
    from bot.threads import Threads  # noqa: PLC0415

    client, redis, clock = slack_client(slack, timeout=slack_answers), opened.redis, opened.engine.clock
    return Desk(
        engine=opened.engine,
        drafts=Drafts(redis, clock=clock),
        threads=Threads(redis, clock=clock),
        people=People(redis, client),
        guesses=Guesses(redis, clock=clock),
        outbox=Outbox(redis),
        deletions=Deletions(redis, clock=clock),
        offers=read_offers(_offers_file(environ)),
        jobs=jobs,
        slack=client,
        links=Links(redis, client),
        team=team,
        clock=clock,
        sends_email=bool(_smtp_url(environ)),
    )


def notifier(opened: Doors, slack: SlackSettings, chosen: Settings, *, team: str) -> Notifier:
    """What sends the notices of the workspace `team`. Raises InputError when OMM_SMTP_URL cannot be used."""
    from bot.notices.notifier import Notifier  # noqa: PLC0415 - the terminal door does without Slack
    from bot.notices.outbox import Outbox  # noqa: PLC0415
    from bot.notices.pace import Pace  # noqa: PLC0415
    from bot.notices.slack import SlackPost  # noqa: PLC0415
    from bot.threads import Threads  # noqa: PLC0415

    redis, clock = opened.redis, opened.engine.clock
    return Notifier(
        store=opened.engine.store,
        threads=Threads(redis, clock=clock),
        outbox=Outbox(redis),
        slack=SlackPost(slack_client(slack, timeout=NOTICES_WAIT), Pace(redis, team=team, clock=clock), redis),
        mailer=_mailer(chosen),
        clock=clock,
    )


def _smtp_url(environ: Mapping[str, str]) -> str:
    return environ.get("OMM_SMTP_URL", "").strip()


def _mailer(chosen: Settings) -> Mailer | None:
    """What sends e-mail; None where OMM_SMTP_URL names no server for it."""
    from bot.notices.email import Mailer, parse_smtp_url  # noqa: PLC0415 - as above

    url = _smtp_url(chosen.environ)
    return Mailer(parse_smtp_url(url), context=environment.trusting(chosen.ca_file)) if url else None


def _reached(url: str, patience: float, answer: float) -> Redis:
    """The store's server, once it answers."""
    redis = _client(url, answer)
    Patient(redis, patience=patience).call(lambda server: server.ping())
    return redis


def _client(url: str, answer: float) -> Redis:
    try:
        client = connect(url, answer=answer)
        client.connection_pool.make_connection()        # connects to nothing, but reads the options
    except (ValueError, TypeError, RedisError):
        raise InputError(NO_REDIS) from None
    return client


@contextmanager
def _redis_url(chosen: Settings) -> Iterator[str]:
    if chosen.redis_url is not None:
        yield chosen.redis_url
    else:
        with open_server(chosen.state_dir) as url:
            yield url
