"""What the environment may say: one function a setting, each naming the setting that it refuses; and its secrets."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dotenv import dotenv_values

from engine.errors import InputError
from engine.log_lines import LogFormat
from engine.masks import Masks

LONGEST_GRACE = 3600
WORKERS, MOST_WORKERS = 2, 100
RETENTION, LEAST_RETENTION, MOST_RETENTION = 60, 3, 3650    # days
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
# What stands in examples where a secret belongs: nothing, dots, something in brackets, or a word of these.
PLACEHOLDER = re.compile(
    r"[^0-9a-z]*|.*(\.\.\.|…|[<>{}\[\]$]).*|"
    r"(.*[-_ ])?(x{3,}|your|changeme|change|placeholder|example|todo)([-_ ].*)?",
    re.IGNORECASE,
)
SECRETS = re.compile(r"(SLACK|OMM|GOOGLE)_\w*(TOKEN|SECRET|SECRET_KEYS|PASSWORD)")
URLS = re.compile(r"(SLACK|OMM|GOOGLE)_\w*URL")


def env_file() -> dict[str, str]:
    """`.env` of the current directory, or the file that OMM_ENV_FILE names ('' for none). Raises InputError."""
    named = os.environ.get("OMM_ENV_FILE", ".env")
    try:
        found = dotenv_values(named, interpolate=False) if named else {}
    except UnicodeDecodeError:
        raise InputError(f"{named} cannot be read: it is not in UTF-8.") from None
    except OSError as error:
        raise InputError(f"{named} cannot be read: {error.strerror}.") from None
    return {name: value for name, value in found.items() if value is not None}


def ca_file(name: str) -> Path | None:
    """OMM_CA_FILE. Raises InputError unless it holds certificates."""
    if not name:
        return None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=name)
    except ssl.SSLError:
        raise InputError(f"OMM_CA_FILE names a file that holds no certificates: {_shown(name)}") from None
    except OSError as error:
        raise InputError(f"OMM_CA_FILE names a file that cannot be read: {_shown(name)}: {error.strerror}") from None
    return Path(name)


def _shown(name: str) -> str:
    """On one line, whatever it holds."""
    return " ".join(name.split())


def api_url(text: str) -> str:
    """SLACK_API_URL, with a slash at its end; '' for Slack's own. Raises InputError."""
    url = text.strip()
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise InputError("SLACK_API_URL is no address of an API. Write it as https://slack.com/api/")
    return url if url.endswith("/") else f"{url}/"


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """What a TLS connection trusts: the authorities of the system, and those in the file."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def grace(text: str, default: float) -> float:
    """OMM_COMMIT_GRACE, in seconds. Raises InputError."""
    try:
        seconds = float(text) if text.strip() else default
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= LONGEST_GRACE:
        raise InputError(f"OMM_COMMIT_GRACE is a number of seconds from 0 to {LONGEST_GRACE}.")
    return seconds


def workers(text: str) -> int:
    """OMM_WORKERS. Raises InputError."""
    if not text.strip():
        return WORKERS
    if not text.strip().isdecimal() or not 1 <= int(text) <= MOST_WORKERS:
        raise InputError(f"OMM_WORKERS is a number from 1 to {MOST_WORKERS}.")
    return int(text)


def retention(text: str) -> int:
    """OMM_RETENTION_DAYS. Raises InputError."""
    if not text.strip():
        return RETENTION
    if not text.strip().isdecimal() or not LEAST_RETENTION <= int(text) <= MOST_RETENTION:
        raise InputError(
            f"OMM_RETENTION_DAYS is a whole number of days from {LEAST_RETENTION} to {MOST_RETENTION}: "
            "a migration can be rolled back for 48 hours."
        )
    return int(text)


def level(text: str) -> str:
    """OMM_LOG_LEVEL. Raises InputError."""
    found = text.strip().upper() or "INFO"
    if found not in LEVELS:
        raise InputError(f"OMM_LOG_LEVEL is one of {', '.join(LEVELS)}.")
    return found


def log_format(text: str) -> LogFormat:
    """OMM_LOG_FORMAT. Raises InputError."""
    try:
        return LogFormat(text.strip().lower() or LogFormat.PLAIN)
    except ValueError:
        raise InputError(f"OMM_LOG_FORMAT is one of {', '.join(LogFormat)}.") from None


def secret(environ: Mapping[str, str], name: str, what: str, *, prefix: str = "", needed: bool = True) -> str:
    """A secret of Slack's, `what` says which; '' when it is not there and not needed. Raises InputError."""
    found = environ.get(name, "").strip()
    begins = f", which begins with {prefix}" if prefix else ""
    if not found and not needed:
        return ""
    if not found.startswith(prefix) or not found:
        raise InputError(f"{name} is missing or wrong: it is {what}{begins}. See README.md, In your Slack.")
    if PLACEHOLDER.fullmatch(found.removeprefix(prefix)):
        raise InputError(f"{name} still holds what an example holds. Put {what} there{begins}.")
    return found


def own_secrets(environ: Mapping[str, str]) -> Iterator[str]:
    """The secrets of whoever runs this: tokens, keys, and passwords in URLs, as written there and as they are sent."""
    for name, value in environ.items():
        if SECRETS.fullmatch(name):
            yield value.strip()
            yield from (key.strip() for key in value.split(",") if name.endswith("KEYS"))
        elif URLS.fullmatch(name):
            with suppress(ValueError):
                url = urlsplit(value.strip())
                written = [url.password or "", *(part.removeprefix("password=") for part in url.query.split("&")
                                                 if part.startswith("password="))]
                yield from (spelt for password in written for spelt in (password, unquote(password)))


class OwnMasks(Masks):
    """Masks that never forget the secrets of whoever runs this, however many others come after them."""

    def __init__(self, own: Iterable[str]) -> None:
        super().__init__()
        self._own = Masks()
        for secret in own:
            self._own.hide(secret)

    def masked(self, text: str) -> str:
        """The text without the secrets."""
        return super().masked(self._own.masked(text))
