"""The sample mailbox as a Gmail account, with pymap behind it: for a machine that has PyPI's packages alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path
from types import MappingProxyType

import trustme

from emulators.google.imap.accounts import Person
from emulators.google.imap.behind import Backend
from emulators.google.imap.labels import Label, System
from emulators.google.imap.seed import GmailSeed, SeedMessage
from emulators.google.imap.server import GmailImap
from emulators.google.imap.tokens import Introspect
from emulators.sample_mailbox.compose import compose
from emulators.sample_mailbox.letter import ARCHIVE, DRAFTS, FOLDERS, INBOX, JUNK, SENT, TRASH, Folder, Letter
from emulators.sample_mailbox.maildir import letters
from emulators.sample_mailbox.server import sample_server

_PLACES: Mapping[Folder, System] = MappingProxyType({
    INBOX: System.INBOX, SENT: System.SENT, DRAFTS: System.DRAFT, TRASH: System.TRASH, JUNK: System.SPAM,
})
_FLAGS: Mapping[str, str] = MappingProxyType({"S": "\\Seen", "R": "\\Answered", "P": "$Forwarded"})


@dataclass(frozen=True, slots=True)
class SampleGmail:
    """A running account. `ca_file` vouches for the certificate of localhost and 127.0.0.1."""

    control: GmailImap
    ca_file: Path

    @property
    def host(self) -> str:
        """The name in its certificate."""
        return "localhost"

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        return self.control.port


@contextmanager
def sample_gmail(directory: Path, person: Person, introspect: Introspect, *, seed: GmailSeed | None = None,
                 port: int = 0) -> Iterator[SampleGmail]:
    """Serve one person's account, with the sample mailbox or another seed in it, until the context ends.

    `directory` holds the mail and the certificate's files; it is made if it is not there, and must hold no mail yet.
    pymap renders mail in its own way: lines end in a bare line feed, and an empty field has a space behind its colon.
    """
    for part in ("cur", "new", "tmp"):
        (directory / "behind" / "mail" / part).mkdir(parents=True)
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    chain, key, ca_file = directory / "gmail.pem", directory / "gmail.key", directory / "gmail-ca.pem"
    chain.write_bytes(b"".join(one.bytes() for one in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    key.chmod(0o600)
    authority.cert_pem.write_to_path(str(ca_file))
    with sample_server(directory / "behind", login=person.address, password="behind") as behind:
        backend = Backend(behind.host, behind.port, behind.login, behind.password, behind.ca_file)
        with GmailImap([(person, backend)], introspect, chain=chain, key=key, port=port) as running:
            running.mailbox(person.address).plant(sample_seed() if seed is None else seed)
            yield SampleGmail(running, ca_file)


def sample_seed() -> GmailSeed:
    """Every letter of the sample mailbox: folders and tags are labels, the archive is All Mail alone.

    What is marked as deleted lies in Trash, under the label of its folder.
    """
    labels = ["/".join(folder) for folder in FOLDERS if folder not in _PLACES and folder != ARCHIVE]
    return GmailSeed(labels, [_message(number, letter) for number, letter in enumerate(letters())])


def _message(number: int, letter: Letter) -> SeedMessage:
    raw = compose(letter)
    return SeedMessage(
        msgid=(int(letter.date.timestamp() * 1000) << 20) + number,
        name=str(BytesHeaderParser().parsebytes(raw).get("Message-ID", "")).strip(),
        raw=raw, received=letter.date, labels=frozenset(_labels(letter)),
        flags=frozenset(_FLAGS[one] for one in letter.flags if one in _FLAGS))


def _labels(letter: Letter) -> Iterator[Label]:
    if letter.folder in _PLACES:
        yield _PLACES[letter.folder]
    elif letter.folder != ARCHIVE:
        yield "/".join(letter.folder)
    if letter.label:
        yield letter.label
    if "F" in letter.flags:
        yield System.STARRED
    if "T" in letter.flags:
        yield System.TRASH
