"""Systems: what an account is on. Each is one row, and whoever needs to know something of a system asks its row.

The folder engine/connectors/KEY opens accounts on the system of that key. Its source.py has a function
`opened(account, credential, network, stop=...)` if something can be read from the system (`gives`), and its
destination.py a function `opened(account, credential, network)` if something can be written to it (`takes`). They are
imported when such an account is opened. What the form says about a source is in bot/sources.py, by the same key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Self

from engine.errors import Side
from engine.migration.content import Content

EWS_PATH = "/EWS/Exchange.asmx"
EXCHANGES = frozenset({
    Content.COLOURS,
    Content.MAIL,
    Content.CONTACTS,
    Content.CONTACT_GROUPS,
    Content.CALENDARS,
    Content.TASKS,
    Content.NOTES,
    Content.INBOX_RULES,
    Content.OUT_OF_OFFICE,
})
# Beside mail, each is a row of engine/connectors/google/contents.py.
GOOGLES = frozenset({
    Content.MAIL,
    Content.CONTACTS,
    Content.CONTACT_GROUPS,
    Content.CALENDARS,
    Content.TASKS,
    Content.INBOX_RULES,
    Content.OUT_OF_OFFICE,
})


class Transport(StrEnum):
    """How the connection is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAINTEXT = "plaintext"


class Ask(StrEnum):
    """What the form asks for, each in a field of its own."""

    SERVER = "server"
    LOGIN = "login"
    PASSWORD = "password"   # noqa: S105 - its name


class CredentialKind(StrEnum):
    """What a sign-in takes, and the vault keeps."""

    PASSWORD = "password"   # noqa: S105 - its name
    GRANT = "grant"         # what the owner has granted us, or another way that the system has beside it


@dataclass(frozen=True, slots=True)
class Port:
    """What a URL's scheme says of the connection: its protection, and the port where none is named."""

    transport: Transport
    port: int


@dataclass(frozen=True, slots=True)
class Row:
    """One system.

    `called` is its name in a sentence. `schemes` are those of its URLs, the preferred one first. `gives` is what can be
    read from it, `takes` what can be written to it. `asks` is what the form asks for, in this order. `path` is what
    its URLs end with, filled in where nobody types it; "" where they end with the server. `host` is the one server that
    it has, which stands in no URL; "" where a person names it. `a_day` is how many bytes are fetched from an account
    within 24 hours at most; 0: as many as there are. `looked_up`: the server of an address can be found by
    the address alone. `opens_others`: a login can have the right to somebody else's mailbox.
    """

    called: str
    schemes: Mapping[str, Port]
    gives: frozenset[Content] = frozenset()
    takes: frozenset[Content] = frozenset()
    asks: Sequence[Ask] = (Ask.SERVER, Ask.LOGIN, Ask.PASSWORD)
    credential: CredentialKind = CredentialKind.PASSWORD
    path: str = ""
    host: str = ""
    a_day: int = 0
    looked_up: bool = False
    opens_others: bool = False


class System(StrEnum):
    """A system, by its key. The key is stored and stands in keys of items: it never changes."""

    row: Row

    def __new__(cls, key: str, row: Row) -> Self:
        """The member of that key, with its row."""
        made = str.__new__(cls, key)
        made._value_, made.row = key, row
        return made

    IMAP = "imap", Row(
        called="IMAP",
        schemes=MappingProxyType({
            "imaps": Port(Transport.TLS, 993),
            "imap+starttls": Port(Transport.STARTTLS, 143),
            "imap": Port(Transport.PLAINTEXT, 143),
        }),
        gives=frozenset({Content.MAIL}),
    )
    POP3 = "pop3", Row(
        called="POP3",
        schemes=MappingProxyType({
            "pop3s": Port(Transport.TLS, 995),
            "pop3+starttls": Port(Transport.STARTTLS, 110),
            "pop3": Port(Transport.PLAINTEXT, 110),
        }),
        gives=frozenset({Content.MAIL}),
    )
    GOOGLE = "google", Row(
        called="Gmail",
        schemes=MappingProxyType({"gmail": Port(Transport.TLS, 993)}),
        gives=GOOGLES,
        asks=(Ask.LOGIN,),
        credential=CredentialKind.GRANT,
        host="imap.gmail.com",
        a_day=2_200_000_000,    # of 2,500 MB that it lets be downloaded by IMAP (support.google.com 1071518)
    )
    EXCHANGE = "exchange", Row(
        called="Exchange",
        schemes=MappingProxyType({
            "ews+https": Port(Transport.TLS, 443),
            "ews+http": Port(Transport.PLAINTEXT, 80),
        }),
        gives=EXCHANGES,
        takes=EXCHANGES,
        path=EWS_PATH,
        looked_up=True,
        opens_others=True,
    )

    def contents(self, side: Side) -> frozenset[Content]:
        """What it can have on that side of a migration; nothing where it cannot be on that side."""
        return self.row.gives if side is Side.SOURCE else self.row.takes

    def scheme(self, transport: Transport) -> str | None:
        """The scheme of its URLs for that transport; None: it has none."""
        return next((name for name, port in self.row.schemes.items() if port.transport is transport), None)

    @property
    def encrypted(self) -> Mapping[str, Port]:
        """Its schemes without those that send a password in clear text."""
        return {name: port for name, port in self.row.schemes.items() if port.transport is not Transport.PLAINTEXT}

    @property
    def example(self) -> str:
        """A URL of such an account, for people to go by."""
        scheme = next(iter(self.row.schemes))
        return f"{scheme}://user@gmail.com" if self.row.host else f"{scheme}://user%40example.org@mail.example.org"


def systems(side: Side) -> tuple[System, ...]:
    """Those that can be on that side of a migration."""
    return tuple(system for system in System if system.contents(side))


def an_account(*on: System) -> str:
    """Words for an account on one of these systems, with an example: "an IMAP or POP3 account: imaps://…"."""
    *others, last = (system.row.called for system in on)
    called = f"{', '.join(others)} or {last}" if others else last
    article = "an" if called[0] in "AEIOU" else "a"
    return f"{article} {called} account: {on[0].example}"


def expected(side: Side) -> str:
    """Words for somebody who named an account that cannot be on that side."""
    return f"The {side} is {an_account(*systems(side))}"
