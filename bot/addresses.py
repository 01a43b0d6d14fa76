"""Addresses: servers as people type and paste them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import idna

from engine.errors import InputError

LONGEST = 253       # characters of a name (RFC 1035)
NAME = re.compile(r"(?!.*\.\.)[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")
PASTED = re.compile(r"<([a-z][a-z0-9+]*:[^|>]*)(\|[^>]*)?>", re.IGNORECASE)
MAIL_ADDRESS = re.compile(r"[^@/:\s]+@[^@/:\s]+")
UNREADABLE = "This is not a server name. Type it like mail.example.org, or mail.example.org:993 with a port."
BAD_PORT = "A port is a number from 1 to 65535."


@dataclass(frozen=True, slots=True)
class Address:
    """A server. `scheme`, `port` and `path` are '', None and '' where nothing was typed; names are in ASCII."""

    scheme: str
    host: str
    port: int | None
    path: str

    @property
    def netloc(self) -> str:
        """Host and port as a URL has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def unpasted(text: str) -> str:
    """What was typed, without the angle brackets that Slack puts around a link or a mail address (`<url|shown>`)."""
    stripped = text.strip()
    found = PASTED.fullmatch(stripped)
    return found[1].removeprefix("mailto:") if found else stripped


def parse_address(text: str) -> Address:
    """A server that was typed as `name`, `name:port` or a URL.

    Raises InputError in words that never repeat what was typed: it may be a password.
    """
    typed = unpasted(text)
    if not typed:
        raise InputError("Type the server's name, such as mail.example.org.")
    if MAIL_ADDRESS.fullmatch(typed):
        raise InputError("This is an e-mail address. Type the name of its server, such as mail.example.org.")
    scheme, found, rest = typed.rpartition("://")
    parts = _split(rest)
    if parts.query or parts.fragment or (found and not re.fullmatch(r"[A-Za-z][A-Za-z0-9+]*", scheme)):
        raise InputError(UNREADABLE)
    return Address(scheme.lower(), _host(parts), _port(parts), parts.path.rstrip("/"))


def _split(rest: str) -> SplitResult:
    if any(c.isspace() or ord(c) < 32 for c in rest):
        raise InputError("A server name has no spaces. Remove the space.")
    try:
        parts = urlsplit(f"//[{rest}]" if _is_ipv6(rest) else f"//{rest}")
    except ValueError:
        raise InputError(UNREADABLE) from None
    if "@" in parts.netloc:
        raise InputError("Type only the server here. The login and the password have their own fields.")
    return parts


def _is_ipv6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6 and "%" not in text
    except ValueError:
        return False


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").removesuffix(".")
    return host if _is_ipv6(host) else host_name(host)


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:
        raise InputError(BAD_PORT) from None
    if port == 0:
        raise InputError(BAD_PORT)
    return port


def host_name(name: str) -> str:
    """A server's or domain's name in ASCII and lower case. Raises InputError when there cannot be such a name."""
    try:
        ascii_name = name if name.isascii() else idna.encode(name, uts46=True).decode()
    except UnicodeError:        # idna's own errors are
        raise InputError(UNREADABLE) from None
    lower = ascii_name.lower()
    if len(lower) > LONGEST or not NAME.fullmatch(lower) or any(len(label) > 63 for label in lower.split(".")):
        raise InputError(UNREADABLE)
    return lower


def named_host(text: str) -> str:
    """The host of the server that was typed; '' where none was, or nothing that is a server."""
    try:
        return parse_address(text).host
    except InputError:
        return ""
