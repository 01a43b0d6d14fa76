"""The settings of every door, and Slack's: read from the environment and checked."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import InputError
from engine.log_lines import LogFormat
from engine.migration.visit import COMMIT_GRACE
from engine.store.keys import config_directory
from wiring import environment

WEB_PORT = 3000


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
    audit_days: int
    log_level: str
    log_format: LogFormat
    environ: Mapping[str, str] = field(repr=False)


def settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings, checked: the environment, and what it leaves out from `.env`. InputError names the one at fault."""
    env = {**environment.env_file(), **os.environ} if environ is None else environ
    home = Path(env.get("HOME") or Path.home())
    return Settings(
        redis_url=environment.redis_url(env.get("OMM_REDIS_URL", "")),
        state_dir=environment.state_dir(env.get("OMM_STATE_DIR", ""), _state_home(env, home) / "omm"),
        config_dir=config_directory(env, home),
        ca_file=environment.ca_file(env.get("OMM_CA_FILE", "")),
        allowed_hosts=environment.allowed_hosts(env.get("OMM_ALLOWED_HOSTS", "")),
        commit_grace=environment.grace(env.get("OMM_COMMIT_GRACE", ""), COMMIT_GRACE),
        workers=environment.workers(env.get("OMM_WORKERS", "")),
        retention_days=environment.retention(env.get("OMM_RETENTION_DAYS", "")),
        audit_days=environment.audit_days(env.get("OMM_AUDIT_DAYS", "")),
        log_level=environment.level(env.get("OMM_LOG_LEVEL", "")),
        log_format=environment.log_format(env.get("OMM_LOG_FORMAT", "")),
        environ=env,
    )


def _state_home(env: Mapping[str, str], home: Path) -> Path:
    named = env.get("XDG_STATE_HOME", "")
    return Path(named) if named and Path(named).is_absolute() else home / ".local" / "state"


def listen(environ: Mapping[str, str]) -> str:
    """Where the web door listens: OMM_WEB_LISTEN, or this machine alone at PORT. Raises InputError."""
    named, port = environ.get("OMM_WEB_LISTEN", "").strip(), environ.get("PORT", "").strip()
    where = named or f"127.0.0.1:{port or WEB_PORT}"
    found = re.fullmatch(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^\s:\[\]]+):(?P<port>[0-9]{1,5})", where)
    if found is None or not 0 < int(found["port"]) < 65536:
        raise InputError("OMM_WEB_LISTEN is an address and a port, as 127.0.0.1:3000" if named
                         else "PORT is a number from 1 to 65535, as 3000")
    return where


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """How Slack is reached, and with which workspace's token. No secret is in a repr.

    `first`: that workspace is the one of SLACK_BOT_TOKEN, so what releases that knew no other stored is its own.
    """

    bot_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    app_token: str = field(repr=False)      # '' without Socket Mode
    api_url: str
    ca_file: Path | None = None             # what is trusted beside the system's authorities
    first: bool = True
    client_id: str = ""             # of Sign in with Slack, as its secret
    client_secret: str = field(default="", repr=False)
    public_url: str = ""            # where people's browsers reach our pages, without a slash at its end
    trusted_proxies: int = 0        # reverse proxies before us, each of which says for whom it asks

    @property
    def signs_in(self) -> bool:
        """True: a page of ours can find out who is before it."""
        return bool(self.client_id and self.client_secret and self.public_url)

    @property
    def lacks_for_pages(self) -> list[str]:
        """The settings that are missing for that, where some of them are there."""
        needed = {
            "SLACK_CLIENT_ID": self.client_id, "SLACK_CLIENT_SECRET": self.client_secret,
            "OMM_PUBLIC_URL": self.public_url,
        }
        return [name for name, value in needed.items() if not value] if any(needed.values()) else []


def slack_settings(environ: Mapping[str, str]) -> SlackSettings:
    """How Slack is reached, checked. Raises InputError that names the setting at fault."""
    token = environment.secret(environ, "SLACK_BOT_TOKEN", "the bot's token", prefix="xoxb-")
    app_token = environment.secret(environ, "SLACK_APP_TOKEN", "an app-level token", prefix="xapp-", needed=False)
    signing_secret = environment.secret(environ, "SLACK_SIGNING_SECRET", "the signing secret", needed=not app_token)
    return SlackSettings(
        token, signing_secret, app_token, environment.api_url(environ.get("SLACK_API_URL", "")),
        environment.ca_file(environ.get("OMM_CA_FILE", "")),
        client_id=environ.get("SLACK_CLIENT_ID", "").strip(),
        client_secret=environment.secret(environ, "SLACK_CLIENT_SECRET", "the client secret", needed=False),
        public_url=environment.public_url(environ.get("OMM_PUBLIC_URL", "")),
        trusted_proxies=environment.trusted_proxies(environ.get("OMM_TRUSTED_PROXIES", "")),
    )
