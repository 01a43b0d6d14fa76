"""A whole Google: people who consent in a browser, tokens, the Gmail API and Gmail's IMAP, all of one mailbox each.

    with google_world(tmp_path, ["claire@example.org"], seeds={"claire@example.org": seed}) as world:
        token = world.google.consent("claire@example.org", [MAIL])["access_token"]
        world.gmail.host, world.gmail.port, world.ca_file       # IMAP, where that token signs in
        world.google.revoke("claire@example.org")               # and then no longer
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from emulators.google import GoogleEmulator
from emulators.google import Settings as GoogleSettings
from emulators.google.imap.mailboxes import ImapMailboxes
from tests.servers.certificates import certificate
from tests.servers.gmail.account import Gmail, GmailSeed, Person, Settings, gmail


@dataclass(frozen=True)
class GoogleWorld:
    """`google` has OAuth and the APIs, `gmail` has IMAP. `ca_file` vouches for both; GOOGLE_API_URL is `google.url`."""

    google: GoogleEmulator
    gmail: Gmail
    ca_file: Path


@contextmanager
def google_world(
    directory: Path, people: Sequence[str | Person], *, seeds: Mapping[str, GmailSeed] | None = None, tls: bool = True,
    clock: Callable[[], float] = time.time, settings: GoogleSettings | None = None, imap: Settings | None = None,
) -> Iterator[GoogleWorld]:
    """Runs both until the context ends. People are known by their addresses; a Person of IMAP has settings, too.

    Without `tls`, OAuth and the APIs are plain HTTP; IMAP always has TLS. Both go by `clock`.
    """
    persons = [Person(one) if isinstance(one, str) else one for one in people]
    issued = certificate(directory / "google-tls")
    google = GoogleEmulator(settings=settings or GoogleSettings(), clock=clock,
                            tls=(issued.chain, issued.key) if tls else None)
    for one in persons:
        google.add_person(one.address)
    with google, gmail(directory, persons, google.introspect, seeds=seeds, clock=clock, settings=imap) as mail:
        google.serve(ImapMailboxes(mail.control))
        both = directory / "google-ca.pem"
        both.write_bytes(issued.ca.read_bytes() + mail.ca_file.read_bytes())
        yield GoogleWorld(google, mail, both)
