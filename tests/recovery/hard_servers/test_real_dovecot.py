"""A real Dovecot that is not well: a folder that it cannot open, and sign-ins that it slows down."""

from __future__ import annotations

import imaplib
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from engine.migration.record import Reason, State
from tests.recovery.hard_servers.real_servers import PASSWORD, arrived, expected, moving_from
from tests.servers.mail_servers.dovecot import MISSING, Dovecot, Layout, dovecot, installed
from tests.servers.mailbox import Message, generated, write_folder

pytestmark = pytest.mark.skipif(not installed(), reason=MISSING)

PENALTY = "service anvil {\n  unix_listener anvil-auth-penalty {\n    mode = 0600\n  }\n}"     # as Dovecot has it
WRONG_PASSWORDS = 2     # they take 2 and 4 seconds each, the next sign-in of the same address 8, one after more 15

Mailbox = dict[tuple[str, ...], Sequence[Message]]


@pytest.fixture(scope="session")
def server() -> Iterator[Dovecot]:
    """Dovecot, with the penalty for wrong passwords that it has unless told otherwise."""
    layout = Layout(special_use={}, extra=PENALTY)
    with dovecot({"claire": PASSWORD, "ann": PASSWORD}, layout=layout) as running:
        yield running


def furnish(server: Dovecot, login: str) -> Mailbox:
    """Forty messages in four folders, by the folders where they belong at the destination."""
    messages = list(generated(40))
    home = server.home(login)
    folders: Mailbox = {
        ("Inbox",): messages[:10], ("Plans",): messages[10:20], ("Work",): messages[20:30], ("Zoo",): messages[30:]
    }
    for path, held in folders.items():
        write_folder(home / "Maildir", () if path == ("Inbox",) else path, held)
    server.give_away(home)
    return folders


def spoil(server: Dovecot, login: str, folder: str) -> None:
    """Makes a folder one that Dovecot lists and cannot open: where its list of UIDs belongs, there is a directory."""
    uids = server.home(login) / "Maildir" / f".{folder}" / "dovecot-uidlist"
    uids.unlink()
    uids.mkdir()
    (uids / "in the way").touch()
    server.give_away(uids)


def mend(server: Dovecot, login: str, folder: str) -> None:
    shutil.rmtree(server.home(login) / "Maildir" / f".{folder}" / "dovecot-uidlist")


def test_a_folder_that_dovecot_cannot_open(server: Dovecot, tmp_path: Path) -> None:
    """All other folders arrive, the one that cannot be opened is named once, and arrives when it is mended."""
    mailbox = furnish(server, "claire")
    spoil(server, "claire", "Work")

    with moving_from(tmp_path, login="claire", port=server.imap) as moved:
        assert moved.migration.state is State.COMPLETED
        assert arrived(moved) == expected({path: held for path, held in mailbox.items() if path != ("Work",)})
        assert [(f.folder, f.outcome) for f in moved.report] == [("Work", Reason.FAILED)]
        assert "Internal error occurred" in moved.report[0].reason

        mend(server, "claire", "Work")
        again = moved.anew()

        assert again.migration.state is State.COMPLETED
        assert arrived(again) == expected(mailbox)


def test_the_penalty_for_wrong_passwords(server: Dovecot, tmp_path: Path) -> None:
    """After wrong passwords from the same address the right one is answered late, and everything arrives."""
    mailbox = furnish(server, "ann")
    for number in range(WRONG_PASSWORDS):
        with imaplib.IMAP4("localhost", server.imap) as client, pytest.raises(imaplib.IMAP4.error):
            client.login("ann", f"wrong {number}")
    assert "127.0.0.1" in penalties(server)

    with moving_from(tmp_path, login="ann", port=server.imap) as moved:
        assert moved.migration.state is State.COMPLETED
        assert arrived(moved) == expected(mailbox)
        assert moved.report == ()


def penalties(server: Dovecot) -> str:
    """The addresses whose sign-ins are slowed down, as Dovecot's own command prints them."""
    command = ["doveadm", "-c", str(server.directory / "dovecot.conf"), "penalty"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
