"""The sample mailbox, moved once from a real Dovecot by the real `omm`, for others to look at."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from string import ascii_lowercase

import pytest
from imapclient.imap_utf7 import encode as encode_utf7

from emulators.sample_mailbox.maildir import LABELS, write_maildir
from tests.servers.mail_servers import dovecot
from tests.servers.processes.installation import SOURCE_LOGIN, Installation, installation


@pytest.fixture(scope="session")
def migrated() -> Iterator[Installation]:
    if not dovecot.installed():
        pytest.skip(dovecot.MISSING)
    directory = Path(tempfile.mkdtemp(prefix="omm-o-"))     # short: a socket's path must fit into 107 bytes
    with installation(directory / "it") as at:
        furnish(at)
        said = at.migrate()
        assert said["failures"] == []
        yield at
    rmtree(directory, ignore_errors=True)


def furnish(at: Installation) -> None:
    """The sample mailbox as Dovecot keeps it: folders named in UTF-7, `$Forwarded` a keyword, an index of its own."""
    home = at.imap.home(SOURCE_LOGIN)
    write_maildir(home / "Maildir")
    for place in [home / "Maildir", *home.glob("Maildir/.*")]:
        (place / "dovecot-uidlist").unlink()
        with (place / "dovecot-keywords").open("a") as keywords:
            keywords.write(f"{len(LABELS)} $Forwarded\n")
        for message in place.glob("cur/*:2,*P*"):
            name, _, info = message.name.partition(":2,")
            message.rename(message.with_name(f"{name}:2,{info.replace('P', '')}{ascii_lowercase[len(LABELS)]}"))
        place.rename(place.with_name(encode_utf7(place.name).decode()))
    at.imap.give_away(home)


@pytest.fixture
def moved(migrated: Installation) -> Iterator[Installation]:
    """The migrated mailbox. Whoever looks at it is never refused."""
    before, signed_in = len(migrated.emulator.requests), len(migrated.emulator.sign_ins)

    yield migrated

    seen = migrated.emulator.requests[before:]
    assert seen
    assert {(one.operation, one.status) for one in seen if one.status != 200} == set()
    assert all(one.accepted for one in migrated.emulator.sign_ins[signed_in:])
