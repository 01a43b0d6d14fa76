"""A real Courier, where every folder stands below INBOX and names are UTF-8 on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.migration.record import State
from tests.recovery.hard_servers.real_servers import arrived, expected, moving_from
from tests.servers.mail_servers.courier import MISSING, Courier, courier, installed
from tests.servers.mailbox import generated, write_folder

pytestmark = pytest.mark.skipif(not installed(), reason=MISSING)


@pytest.fixture(scope="session")
def server() -> Iterator[Courier]:
    with courier("claire") as running:
        yield running


def test_a_whole_mailbox(server: Courier, tmp_path: Path) -> None:
    """Every message arrives byte for byte in its folder, and a second run copies nothing."""
    as_kept = (replace(message, mime=message.mime.replace(b"\r\n", b"\n")) for message in generated(24))
    mail = list(as_kept)
    own = {("Inbox",): mail[:8], ("Work",): mail[8:12], ("Work", "Été & more"): mail[12:18], ("Sent Items",): mail[18:]}
    at_the_source = {("Inbox",): (), ("Sent Items",): ("Sent",)}
    home = server.home("claire")
    for path, messages in own.items():
        write_folder(home / "Maildir", at_the_source.get(path, path), messages, on_disk=str)
    server.give_away(home)

    with moving_from(tmp_path, login="claire", port=server.imap) as moved:
        assert moved.migration.state is State.COMPLETED
        assert moved.counts == (24, 24, 0, 0)
        assert moved.report == ()
        assert arrived(moved) == expected(own)
        assert moved.anew().counts == (24, 0, 0, 0)
        assert arrived(moved) == expected(own)
