"""A real Cyrus with its default namespaces, where whatever is nobody's own is shared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.migration.record import Reason, State
from tests.recovery.hard_servers.real_servers import arrived, expected, moving_from
from tests.servers.mail_servers.cyrus import MISSING, Cyrus, cyrus, installed
from tests.servers.mailbox import generated

pytestmark = pytest.mark.skipif(not installed(), reason=MISSING)


@pytest.fixture(scope="session")
def server() -> Iterator[Cyrus]:
    with cyrus() as running:
        yield running


def test_shared_folders_and_other_peoples(server: Cyrus, tmp_path: Path) -> None:
    """The owner's own folders arrive; those of others that the owner may read are counted and named, once."""
    mail = list(generated(24))
    server.fill("user.claire", mail[:8])
    server.fill("user.claire.Work", mail[8:12])
    server.fill("user.claire.Work.Été & more", mail[12:16])
    server.fill("user.bob", mail[16:18], readers=["claire"])
    server.fill("public", [])
    server.fill("public.announcements", mail[18:20], readers=["anyone"])
    server.fill("sales", mail[20:22], readers=["anyone"])
    server.fill("user.ann", mail[22:])
    own = {("Inbox",): mail[:8], ("Work",): mail[8:12], ("Work", "Été & more"): mail[12:16]}

    with moving_from(tmp_path, login="claire", port=server.imap) as moved:
        assert moved.migration.state is State.COMPLETED
        assert moved.counts == (16, 16, 0, 0)
        assert arrived(moved) == expected(own)
        assert [(f.item, f.outcome) for f in moved.report] == [("4 folders of other people", Reason.NOTED)]
        assert set(moved.report[0].folder.split(", ")) == {"user.bob", "public", "public.announcements", "sales"}
        assert moved.anew().counts == (16, 0, 0, 0)
        assert arrived(moved) == expected(own)
