"""Gmail's IMAP for tests: the emulator's proxy in front of a Dovecot of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from emulators.google.imap.accounts import Person, UserSettings
from emulators.google.imap.behind import Backend
from emulators.google.imap.budget import Ending, Spent
from emulators.google.imap.faults import Cut
from emulators.google.imap.labels import Label, System
from emulators.google.imap.mailbox import Mailbox
from emulators.google.imap.mailboxes import ImapMailboxes
from emulators.google.imap.seed import GmailSeed, SeedMessage
from emulators.google.imap.server import GmailImap
from emulators.google.imap.settings import Settings
from emulators.google.imap.tokens import IMAP_ADMIN, MAIL, Introspect
from tests.servers.certificates import certificate
from tests.servers.mail_servers.dovecot import Layout, dovecot

__all__ = [
    "IMAP_ADMIN", "MAIL", "Cut", "Ending", "Gmail", "GmailImap", "GmailSeed", "ImapMailboxes", "Label", "Mailbox",
    "Person", "SeedMessage", "Settings", "Spent", "System", "UserSettings", "gmail",
]


@dataclass(frozen=True)
class Gmail:
    """A running server. `control` is what a test says to it; `mailbox` what the owner does in the web."""

    host: str
    port: int
    ca_file: Path
    control: GmailImap

    def mailbox(self, address: str) -> Mailbox:
        """What is in an account."""
        return self.control.mailbox(address)


@contextmanager
def gmail(
    directory: Path, people: Sequence[Person], introspect: Introspect, *, seeds: Mapping[str, GmailSeed] | None = None,
    clock: Callable[[], float] = time.time, settings: Settings | None = None,
) -> Iterator[Gmail]:
    """Runs Gmail's IMAP for `people` until the context ends; `seeds` are put into the accounts of those addresses.

    `introspect` is the URL of an introspection endpoint, or a function from a token to its answer (RFC 7662). The
    certificate is for localhost and 127.0.0.1, and lies in `directory` with its authority.
    """
    issued = certificate(directory / "gmail-tls")
    passwords = {person.address: "behind" for person in people}
    with dovecot(passwords, layout=Layout(special_use={}, max_connections=0)) as behind:
        accounts = [(one, Backend(behind.host, behind.imap, one.address, passwords[one.address])) for one in people]
        with GmailImap(accounts, introspect, chain=issued.chain, key=issued.key, clock=clock,
                       settings=settings) as running:
            for address, seed in (seeds or {}).items():
                running.mailbox(address).plant(seed)
            yield Gmail("localhost", running.port, issued.ca, running)
