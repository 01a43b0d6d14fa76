"""An account as a person names it: a URL without a secret.

`imaps://user%40example.org@host[:993]`, `imap+starttls://…`, `pop3s://…`, `pop3+starttls://…`,
`gmail://user@gmail.com`, `ews+https://user%40example.org@host/EWS/Exchange.asmx`; `imap://`, `pop3://` and
`ews+http://` carry passwords in clear text and must be allowed by name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import quote, unquote, urlsplit

from engine.errors import InputError
from engine.systems import System, Transport

MAX_LOGIN = 1024
MAX_ADDRESS = 254       # characters; RFC 5321, by erratum 1690 of RFC 3696
EXAMPLE = System.IMAP.example


@dataclass(frozen=True, slots=True)
class Scheme:
    """What a URL's scheme says."""

    system: System
    transport: Transport
    port: int


SCHEMES: Mapping[str, Scheme] = MappingProxyType({
    name: Scheme(system, port.transport, port.port) for system in System for name, port in system.row.schemes.items()
})


class Access(StrEnum):
    """The right by which a login opens a mailbox."""

    OWN = "own"                         # it is the login's own
    IMPERSONATION = "impersonation"     # the login acts as the mailbox's owner in everything
    FULL_ACCESS = "full access"         # the login stays itself, and may do everything in the mailbox


@dataclass(frozen=True, slots=True)
class Account:
    """One mailbox on one server. Holds no secret, so it may be shown and stored.

    `host` is "" while the server is still to be looked up; such an account is neither opened nor stored. `mailbox` is
    the address of somebody else's mailbox that the login opens, a service account's, by the right that `access` names;
    "" where the mailbox is the login's own. `opening` makes such an account.
    """

    system: System
    login: str
    host: str
    port: int
    transport: Transport
    path: str = ""
    mailbox: str = ""
    access: Access = Access.OWN

    @property
    def owner(self) -> str:
        """Whose mailbox it is: its address where another login opens it, else the login."""
        return self.mailbox or self.login

    @property
    def identity(self) -> str:
        """System and normalised owner: what keys are salted with, so that a server's second name changes nothing."""
        return f"{self.system}:{self._same(self.owner)}"

    @property
    def signs_in(self) -> str:
        """System and normalised login: by what a server counts sign-ins."""
        return f"{self.system}:{self._same(self.login)}"

    def _same(self, login: str) -> str:
        return same_at_google(login) if self.system is System.GOOGLE else _normalised(login)

    @property
    def url(self) -> str:
        """The account as a person would type it."""
        scheme, usual = next(
            (name, port.port) for name, port in self.system.row.schemes.items() if port.transport is self.transport
        )
        if self.system.row.host:
            return f"{scheme}://{quote(self.login, safe='@')}"
        return f"{scheme}://{quote(self.login, safe='')}@{self._server(usual)}{self.path}"

    @property
    def server(self) -> str:
        """Its host as a person would type it, with the port where that is not the usual one."""
        return self._server(next(p.port for p in self.system.row.schemes.values() if p.transport is self.transport))

    def _server(self, usual: int) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == usual else f"{host}:{self.port}"

    def __str__(self) -> str:
        opens = f", for the mailbox {self.mailbox}" if self.mailbox else ""
        return f"{self.login} on {self.host}{opens}"


def _normalised(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def same_at_google(login: str) -> str:
    """An address as Google compares it: without regard to case, nor at gmail.com to dots (support.google.com 7436150).

    googlemail.com is the same domain (support.google.com 10313).
    """
    name, _, domain = _normalised(login.strip()).rpartition("@")
    if domain in ("gmail.com", "googlemail.com"):
        name, domain = name.replace(".", ""), "gmail.com"
    return f"{name}@{domain}"


def opening(account: Account, mailbox: str, access: Access) -> Account:
    """The account whose login, a service account's, opens the mailbox of that address by that right.

    Raises InputError for a system where no login can, and for what is no address.
    """
    if not account.system.row.opens_others:
        raise InputError(f"An account on {account.system.row.called} opens no mailbox but its own.")
    address = mailbox.strip()
    check_address(address)
    own = _normalised(address) == _normalised(account.login)
    return account if own else replace(account, mailbox=address, access=access)


def check_address(address: str) -> None:
    """Raises InputError for what can be no mailbox's address."""
    name, _, domain = address.rpartition("@")
    odd = any(c.isspace() or not c.isprintable() or c in "<>\\" for c in address)
    if not name or not domain or odd or len(address) > MAX_ADDRESS:
        raise InputError("The mailbox to open is not an e-mail address. Write it as user@example.org")


def parse_account(
    url: str, *, allow_plaintext: bool = False, example: str = EXAMPLE, may_lack_server: bool = False
) -> Account:
    """The account that `url` names; errors show how to write it by the `example`.

    `may_lack_server`: `ews+https://user%40example.org@` will do, whose server is looked up by the address.

    Raises InputError, in words that say what to type instead. The words never repeat the URL: somebody may
    have put a password into it.
    """
    text = url.strip()
    if not text:
        raise InputError(f"The account is empty. Write it as {example}")
    name, _, rest = text.partition("://")
    scheme = SCHEMES.get(name.lower())
    if scheme is not None and scheme.system.row.host:
        return _by_address(scheme, rest)
    if (meant := SCHEMES.get(name.lower().partition(":")[0])) is not None and meant.system.row.host:
        raise _no_address(meant)
    if scheme is None or not rest:
        raise InputError(
            "An account starts with one of " + ", ".join(f"{known}://" for known in SCHEMES) + ". "
            f"Write it as {example}"
        )
    if scheme.transport is Transport.PLAINTEXT and not allow_plaintext:
        raise InputError(
            f"{name.lower()}:// would send the password in clear text. Write {_encrypted(scheme.system)} instead, "
            "or add --allow-plaintext if this network is yours alone."
        )
    return _account(scheme, rest, example, may_lack_server=may_lack_server)


def _encrypted(system: System) -> str:
    """How accounts on that system begin that are encrypted: `imaps:// or imap+starttls://`."""
    return " or ".join(f"{name}://" for name in system.encrypted)


def _account(scheme: Scheme, rest: str, example: str, *, may_lack_server: bool) -> Account:
    try:
        parts = urlsplit("//" + rest)
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError:      # idna's own errors are
        raise InputError("The server's name or port cannot be read. A port is a number from 1 to 65535.") from None
    if parts.password is not None:
        raise InputError(
            "Leave the password out of the account: others would see it. It is asked for, or read from a file."
        )
    if parts.query or parts.fragment:
        raise InputError("The account has a ? or # in it. Write those characters of the login as %3F and %23.")
    lacks = may_lack_server and scheme.system.row.looked_up and scheme.transport is Transport.TLS
    if (not host and not (lacks and rest.endswith("@"))) or any(c.isspace() or ord(c) < 32 for c in host):
        raise InputError(f"The account names no server. Write it as {example}")
    if port == 0:
        raise InputError("A port is a number from 1 to 65535.")
    login = unquote(parts.username or "", errors="surrogateescape")
    check_login(login)
    path = _path(scheme.system, parts.path)
    return Account(scheme.system, login, host, port or scheme.port, scheme.transport, path)


def _by_address(scheme: Scheme, rest: str) -> Account:
    """The account of that address, on a system with one server: there is nothing else in its URL."""
    login = unquote(rest.removesuffix("/"), errors="surrogateescape")
    name, _, domain = login.rpartition("@")
    if not name.strip() or not domain or any(c in login for c in ":/?# ") or "@" in name:
        raise _no_address(scheme)
    check_login(login)
    return Account(scheme.system, login, scheme.system.row.host, scheme.port, scheme.transport)


def _no_address(scheme: Scheme) -> InputError:
    row = scheme.system.row
    return InputError(f"A {row.called} account is an e-mail address and nothing else: {scheme.system.example}")


def _host(name: str) -> str:
    """A server's name as there is one of it: without the dot of the root, and in A-labels (RFC 5890).

    Sign-ins are counted and tasks found again by it, so that another spelling is no other server. Raises ValueError.
    """
    plain = name.removesuffix(".")
    if plain.isascii():
        return plain
    import idna  # noqa: PLC0415 - few names need it

    return idna.encode(plain, uts46=True).decode()


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


def _path(system: System, path: str) -> str:
    wanted = system.row.path
    if path in ("", "/"):
        return wanted
    if not wanted:
        raise InputError("This account ends with the server's name: folders are all moved.")
    if path.lower() != wanted.lower():
        raise InputError(f"The address of an {system.row.called} service ends with {wanted}")
    return path
