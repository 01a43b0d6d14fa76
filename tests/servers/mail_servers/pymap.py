"""pymap, a second IMAP server with other habits than Dovecot: STARTTLS only, no NAMESPACE, no SPECIAL-USE."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emulators.sample_mailbox.server import SampleServer, sample_server


@contextmanager
def pymap(directory: Path, *, login: str = "user@example.org", password: str = "pass word") -> Iterator[SampleServer]:
    """Runs pymap for one user, whose Maildir++ is `directory`/mail (an empty one is made)."""
    for part in ("cur", "new", "tmp"):
        (directory / "mail" / part).mkdir(parents=True, exist_ok=True)
    with sample_server(directory, login=login, password=password) as server:
        yield server
