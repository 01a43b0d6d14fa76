"""What the environment may say: one function a setting, each naming the setting that it refuses; and its secrets."""

from __future__ import annotations

import errno
import os
import re
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from difflib import get_close_matches
from io import StringIO
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

from engine.errors import InputError
from engine.log_lines import LogFormat
from engine.store.masks import Masks

LONGEST_GRACE = 3600
WORKERS, MOST_WORKERS = 2, 100
MOST_PROXIES = 10
RETENTION, LEAST_RETENTION, MOST_RETENTION = 60, 3, 3650    # days
AUDIT, LEAST_AUDIT, MOST_AUDIT = 400, 30, 3650              # days
ENV_FILE = ".env"
NO_REDIS = (
    "OMM_REDIS_URL is no address of a Redis. Write it like redis://user:password@host:6379/0, with rediss:// for TLS. "
    "In a password, write / as %2F, # as %23 and @ as %40."
)
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
# What stands in examples where a secret belongs: nothing, dots, something in brackets, or a word of these.
PLACEHOLDER = (
    r"(?i)[^0-9a-z]*|.*(\.\.\.|…|[<>{}\[\]$]).*|"
    r"(.*[-_ ])?(x{3,}|your|changeme|change|placeholder|example|todo)([-_ ].*)?"
)
KNOWN = frozenset({
    "OMM_GMAIL_LARGE_BY_API",
    "OMM_ALLOWED_HOSTS", "OMM_AUDIT_DAYS", "OMM_CA_FILE", "OMM_COMMIT_GRACE", "OMM_DESTINATION_PASSWORD",
    "OMM_ENV_FILE", "OMM_LOG_FORMAT", "OMM_LOG_LEVEL", "OMM_OFFERS_FILE", "OMM_PUBLIC_URL", "OMM_REDIS_URL",
    "OMM_RETENTION_DAYS", "OMM_SECRET_KEYS", "OMM_SMTP_URL", "OMM_SOURCE_PASSWORD", "OMM_STATE_DIR",
    "OMM_TRUSTED_PROXIES", "OMM_WEB_LISTEN", "OMM_WORKERS",
})
FOR_TESTS = r"OMM_(DEMO|EMULATOR|EWS|LIVE|TESTS|SCREENSHOTS)(_\w+)?"
SECRETS = re.compile(r"(SLACK|OMM|GOOGLE)_\w*(TOKEN|SECRET|SECRET_KEYS|PASSWORD)")
URLS = re.compile(r"(SLACK|OMM|GOOGLE)_\w*URL")


def env_file() -> dict[str, str]:
    """`.env` of the current directory, or the file that OMM_ENV_FILE names ('' for none).

    Raises InputError when it cannot be read, also when OMM_ENV_FILE names a file that does not exist. No words of the
    file are repeated: they may be secrets.
    """
    named = os.environ.get("OMM_ENV_FILE", ENV_FILE).strip()
    if not named:
        return {}
    try:
        text = Path(named).read_text("utf-8-sig")
    except OSError as error:
        if named == ENV_FILE and isinstance(error, FileNotFoundError):
            return {}
        raise InputError(f"The settings file {named} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InputError(f"The settings file {named} is not a text in UTF-8.") from None
    return dict(_lines(named, text))


def _lines(named: str, text: str) -> Iterator[tuple[str, str]]:
    """Name and value of each setting in the text of a settings file. Raises InputError."""
    from dotenv.parser import parse_stream  # noqa: PLC0415 - many have no such file

    for found in parse_stream(StringIO(text)):
        if found.error:
            words = found.original.string
            line = found.original.line + words[: len(words) - len(words.lstrip())].count("\n")
            raise InputError(f"Line {line} of the settings file {named} cannot be read. Write it as NAME=value.")
        if found.key is not None and found.value is not None:
            yield found.key, found.value


def state_dir(named: str, default: Path) -> Path:
    """OMM_STATE_DIR, or `default`. Raises InputError for a path that is not the same from every directory."""
    if not named.strip():
        return default
    with suppress(RuntimeError):    # ~somebody, who has no home here
        if (found := Path(named.strip()).expanduser()).is_absolute():
            return found
    raise InputError("OMM_STATE_DIR must be a path that begins with /, as /var/lib/omm.")


def check_state_dir(directory: Path) -> None:
    """Raises InputError unless the directory is this user's and can be written to. It is made if it does not exist."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if directory.stat().st_uid != os.geteuid():
            why = "it belongs to another user"
        else:
            why = "" if os.access(directory, os.W_OK | os.X_OK) else os.strerror(errno.EACCES)
    except OSError as error:
        why = error.strerror or ""
    if why:
        raise InputError(
            f"The directory {directory} cannot be used: {why}. Name one in OMM_STATE_DIR that this user may write to."
        )


def allowed_hosts(text: str) -> frozenset[str]:
    """OMM_ALLOWED_HOSTS: names of hosts in small letters, addresses, and networks. Raises InputError."""
    hosts = frozenset(host.strip().lower() for host in text.split(",") if host.strip())
    if not all(_is_network(host) or not re.search(r"[\s/:@*\[\]]", host) for host in hosts):
        raise InputError(
            "OMM_ALLOWED_HOSTS holds names of hosts, addresses or networks, separated by commas, without https:// and "
            "without a port. Write it like mail.internal.example.org,10.1.2.3,10.8.0.0/16"
        )
    return hosts


def _is_network(text: str) -> bool:
    with suppress(ValueError):
        return bool(ip_network(text, strict=False))
    return False


def redis_url(text: str) -> str | None:
    """OMM_REDIS_URL; None without one. Raises InputError, whose words never repeat it: it may hold a password.

    The client library takes a path that is no number for database 0, and what follows a # for nothing
    (redis-py, redis.connection.parse_url).
    """
    url = text.strip()
    if not url:
        return None
    try:
        parts = urlsplit(url)
        is_right = parts.scheme == "unix" or bool(parts.port != 0 and re.fullmatch(r"(/[0-9]*)?", parts.path))
    except ValueError:
        is_right = False
    if not is_right or parts.fragment:
        raise InputError(NO_REDIS)
    return url


def unknown(environ: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each setting with a name like ours that nothing reads. Values are not repeated."""
    for name in sorted(environ):
        if name.startswith("OMM_") and name not in KNOWN and not re.fullmatch(FOR_TESTS, name):
            near = get_close_matches(name, KNOWN, n=1)
            yield f"{name} is no setting, so it does nothing." + (f" Did you mean {near[0]}?" if near else "")


def api_url(text: str) -> str:
    """SLACK_API_URL with a / at its end; '' without one. Raises InputError."""
    url = text.strip()
    if url and not is_web_address(url):
        raise InputError("SLACK_API_URL is no address of Slack's Web API. Write it like https://slack.com/api/")
    return url if not url or url.endswith("/") else url + "/"


def is_web_address(url: str) -> bool:
    """True: an address of web interfaces, with TLS or on this machine."""
    return bool(re.fullmatch(r"(https://|http://(127\.0\.0\.1|localhost):)[^\s/][^\s?#]*", url)) and _has_port(url)


def public_url(text: str) -> str:
    """OMM_PUBLIC_URL without a / at its end; '' without one. Raises InputError."""
    url = text.strip().rstrip("/")
    if url and not (re.fullmatch(r"(https://|http://(127\.0\.0\.1|localhost):)[^\s/?#@]+", url) and _has_port(url)):
        raise InputError(
            "OMM_PUBLIC_URL is no address at which people's browsers can reach OMM. Write it like "
            "https://omm.example.org"
        )
    return url


def trusted_proxies(text: str) -> int:
    """OMM_TRUSTED_PROXIES: how many reverse proxies stand before the web program. Raises InputError."""
    if not text.strip():
        return 0
    if not text.strip().isdecimal() or int(text) > MOST_PROXIES:
        raise InputError(f"OMM_TRUSTED_PROXIES is a number from 0 to {MOST_PROXIES}.")
    return int(text)


def _has_port(url: str) -> bool:
    """True: its host and port can be read."""
    try:
        return bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:
        return False


def ca_file(text: str) -> Path | None:
    """OMM_CA_FILE. Raises InputError unless it holds certificates."""
    name = text.strip()
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


def audit_days(text: str) -> int:
    """OMM_AUDIT_DAYS. Raises InputError."""
    if not text.strip():
        return AUDIT
    if not text.strip().isdecimal() or not LEAST_AUDIT <= int(text) <= MOST_AUDIT:
        raise InputError(f"OMM_AUDIT_DAYS is a whole number of days from {LEAST_AUDIT} to {MOST_AUDIT}.")
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
    if not prefix and found.startswith(("xoxb-", "xoxp-", "xapp-")):
        raise InputError(f"{name} holds a token, not {what}. See README.md, In your Slack.")
    if re.fullmatch(PLACEHOLDER, found.removeprefix(prefix)):
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
