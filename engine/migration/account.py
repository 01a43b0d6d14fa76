"""An account as a person names it: a URL without a secret.

`imaps://user%40example.org@host[:993]`, `imap+starttls://…`, `pop3s://…`, `pop3+starttls://…`,
`ews+https://user%40example.org@host/EWS/Exchange.asmx`; `imap://`, `pop3://` and `ews+http://` carry passwords in clear
text and must be allowed by name.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, unquote, urlsplit

from engine.errors import InputError

EWS_PATH = "/EWS/Exchange.asmx"
EXAMPLE, EXCHANGE_EXAMPLE = (
    f"{scheme}://user%40example.org@mail.example.org" for scheme in ("imaps", "ews+https")
)
MAX_LOGIN = 1024


class Kind(StrEnum):
    """A system that an account lives on."""

    IMAP = "imap"
    POP3 = "pop3"
    EXCHANGE = "exchange"


class Transport(StrEnum):
    """How the connection is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAINTEXT = "plaintext"


@dataclass(frozen=True, slots=True)
class Scheme:
    """What a URL's scheme says."""

    kind: Kind
    transport: Transport
    port: int


SCHEMES = {
    "imaps": Scheme(Kind.IMAP, Transport.TLS, 993),
    "imap+starttls": Scheme(Kind.IMAP, Transport.STARTTLS, 143),
    "imap": Scheme(Kind.IMAP, Transport.PLAINTEXT, 143),
    "pop3s": Scheme(Kind.POP3, Transport.TLS, 995),
    "pop3+starttls": Scheme(Kind.POP3, Transport.STARTTLS, 110),
    "pop3": Scheme(Kind.POP3, Transport.PLAINTEXT, 110),
    "ews+https": Scheme(Kind.EXCHANGE, Transport.TLS, 443),
    "ews+http": Scheme(Kind.EXCHANGE, Transport.PLAINTEXT, 80),
}


@dataclass(frozen=True, slots=True)
class Account:
    """One mailbox on one server. Holds no secret, so it may be shown and stored."""

    kind: Kind
    login: str
    host: str
    port: int
    transport: Transport
    path: str = ""

    @property
    def identity(self) -> str:
        """Kind and normalised login: what keys are salted with, so that a server's second name changes nothing."""
        return f"{self.kind}:{unicodedata.normalize('NFC', self.login).casefold()}"

    @property
    def url(self) -> str:
        """The account as a person would type it."""
        scheme = next(n for n, s in SCHEMES.items() if (s.kind, s.transport) == (self.kind, self.transport))
        port = "" if self.port == SCHEMES[scheme].port else f":{self.port}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{quote(self.login, safe='')}@{host}{port}{self.path}"

    def __str__(self) -> str:
        return f"{self.login} on {self.host}"


def parse_account(url: str, *, allow_plaintext: bool = False, example: str = EXAMPLE) -> Account:
    """The account that `url` names; errors show how to write it by the `example`.

    Raises InputError, in words that say what to type instead. The words never repeat the URL: somebody may
    have put a password into it.
    """
    text = url.strip()
    if not text:
        raise InputError(f"The account is empty. Write it as {example}")
    name, _, rest = text.partition("://")
    scheme = SCHEMES.get(name.lower())
    if scheme is None or not rest:
        raise InputError(
            "An account starts with one of " + ", ".join(f"{known}://" for known in SCHEMES) + ". "
            f"Write it as {example}"
        )
    if scheme.transport is Transport.PLAINTEXT and not allow_plaintext:
        raise InputError(
            f"{name.lower()}:// would send the password in clear text. Write {_encrypted(scheme.kind)} instead, "
            "or add --allow-plaintext if this network is yours alone."
        )
    return _account(scheme, rest, example)


def _encrypted(kind: Kind) -> str:
    """How accounts of that kind begin that are encrypted: `imaps:// or imap+starttls://`."""
    return " or ".join(f"{name}://" for name, scheme in SCHEMES.items()
                       if scheme.kind is kind and scheme.transport is not Transport.PLAINTEXT)


def _account(scheme: Scheme, rest: str, example: str) -> Account:
    try:
        parts = urlsplit("//" + rest)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise InputError("The server's name or port cannot be read. A port is a number from 1 to 65535.") from None
    if parts.password is not None:
        raise InputError(
            "Leave the password out of the account: others would see it. It is asked for, or read from a file."
        )
    if parts.query or parts.fragment:
        raise InputError("The account has a ? or # in it. Write those characters of the login as %3F and %23.")
    if not host or any(c.isspace() or ord(c) < 32 for c in host):
        raise InputError(f"The account names no server. Write it as {example}")
    if port == 0:
        raise InputError("A port is a number from 1 to 65535.")
    login = unquote(parts.username or "", errors="surrogateescape")
    check_login(login)
    path = _path(scheme.kind, parts.path)
    return Account(scheme.kind, login, host, port or scheme.port, scheme.transport, path)


def check_login(login: str) -> None:
    """Raises InputError for what can be nobody's login."""
    if not login.strip():
        raise InputError("The account names no login. Write it before the server, with %40 for @: user%40example.org@…")
    if len(login) > MAX_LOGIN:
        raise InputError(f"The login is longer than {MAX_LOGIN} characters.")
    if any(ord(c) < 32 or ord(c) == 127 for c in login):
        raise InputError("The login has a control character in it.")
    if any(0xD800 <= ord(c) < 0xE000 for c in login):
        raise InputError("The login cannot be read: it is not written in UTF-8.")


def _path(kind: Kind, path: str) -> str:
    if kind is not Kind.EXCHANGE:
        if path not in ("", "/"):
            raise InputError("This account ends with the server's name: folders are all moved.")
        return ""
    if path in ("", "/"):
        return EWS_PATH
    if path.lower() != EWS_PATH.lower():
        raise InputError(f"The address of an Exchange service ends with {EWS_PATH}")
    return path
