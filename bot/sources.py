"""Sources: the systems that a mailbox can be moved from, as the form offers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.addresses import named_host
from engine.contents import movable, why_not
from engine.errors import Side
from engine.migration.content import Content
from engine.migration.request import Choice
from engine.systems import System, Transport, systems


@dataclass(frozen=True, slots=True)
class Words:
    """What people read about a source: its name in the menu, an example of a server, a hint below that field."""

    name: str
    example: str
    hint: str


WORDS: Mapping[System, Words] = MappingProxyType({
    System.IMAP: Words(
        name="IMAP (all folders)",
        example="imap.example.org",
        hint="The help pages of your present provider name it. Add a port, as in imap.example.org:143, only if they "
             "do. The connection is always encrypted.",
    ),
    System.POP3: Words(
        name="POP3 (inbox only)",
        example="pop.example.org",
        hint="The help pages of your present provider name it. Add a port, as in pop.example.org:110, only if they do. "
             "The connection is always encrypted. POP3 gives only the mail in the inbox. Some providers mark or delete "
             "mail after POP3 access: check their settings first.",
    ),
    System.GOOGLE: Words(
        name="Gmail (all labels)",
        example="user@gmail.com",
        hint="You can leave it empty, and choose the account on Google's page.",
    ),
    System.EXCHANGE: Words(
        name="Exchange (all folders)",
        example="mail.example.org",
        hint="Exchange 2010 SP1 or later. Type the server where you read this mailbox in a web browser, such as "
             "mail.example.org. The connection is always encrypted.",
    ),
})

CHOICES: Mapping[System, tuple[Choice, ...]] = MappingProxyType({System.GOOGLE: (Choice.COPIES,)})


@dataclass(frozen=True, slots=True)
class Source:
    """A system, with what people read about it."""

    system: System
    words: Words

    @property
    def key(self) -> str:
        """Its value in the menu."""
        return self.system.value

    @property
    def contents(self) -> tuple[Content, ...]:
        """What can be moved from it to a destination, in the order of the steps."""
        return movable(self.system, System.EXCHANGE)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What its form asks before anybody has looked at the mailbox."""
        return CHOICES.get(self.system, ())

    def host(self, typed: str) -> str:
        """The host of a server that was typed for it; '' where none was. Of a system with one server, that one."""
        return self.system.row.host or named_host(typed)

    @property
    def lacks(self) -> str:
        """Words on what cannot be moved from it; "" where there is no such thing."""
        return why_not(self.system, System.EXCHANGE)

    def scheme(self, typed: str, port: int | None) -> str:
        """The scheme of its URLs, always encrypted: the one that was typed, or that the port is usual for."""
        known = self.system.encrypted
        by_port = (name for name, each in known.items() if each.port == port)
        return typed if typed in known else next(by_port, next(iter(known)))

    def upgraded(self, port: int) -> str | None:
        """The scheme to try at a port that does not speak TLS from the start; None: there is no other one."""
        scheme = self.system.scheme(Transport.STARTTLS)
        return None if scheme is None or self.system.row.schemes[scheme].port == port else scheme


SOURCES: Mapping[str, Source] = MappingProxyType({
    system.value: Source(system, WORDS[system]) for system in systems(Side.SOURCE)
})


def find(key: str) -> Source:
    """The source called `key`; the first one when there is none."""
    return SOURCES.get(key, SOURCES[System.IMAP])
