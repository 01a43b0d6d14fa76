"""What is stored survives the end of the process that stored it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import PASSWORD
from .soap import NS, Mailbox, Schema, distinguished, identity, keyless, local

INBOX = distinguished("inbox")
ADDRESS = "claire@example.org"
REPOSITORY = Path(__file__).resolve().parents[3]


class Server:
    """The emulator as a process of its own, started again on the same database as often as wanted."""

    def __init__(self, database: Path, schema: Schema) -> None:
        self._database, self._schema = database, schema
        self._process: subprocess.Popen[str] | None = None
        self._mailbox: Mailbox | None = None

    def start(self) -> Mailbox:
        """Starts it and opens the mailbox."""
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "emulators.exchange",
                "--database",
                str(self._database),
                "--mailbox",
                ADDRESS,
                "--port",
                "0",
            ],
            env={**os.environ, "OMM_EMULATOR_PASSWORD": PASSWORD},
            stdout=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
        )
        assert self._process.stdout is not None
        self._mailbox = Mailbox(json.loads(self._process.stdout.readline())["url"], ADDRESS, PASSWORD, self._schema)
        return self._mailbox

    def kill(self) -> None:
        """Ends it without warning."""
        if self._mailbox:
            self._mailbox.close()
        if self._process:
            assert self._process.stdout is not None
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(90)
            self._process.stdout.close()
        self._process = None


@pytest.fixture
def server(tmp_path: Path, schema: Schema) -> Iterator[Server]:
    """An emulator that can be killed."""
    process = Server(tmp_path / "exchange.sqlite", schema)
    yield process
    process.kill()


def sync(mailbox: Mailbox, state: str = "") -> tuple[str, list[tuple[str, str]]]:
    """The next sync state of the inbox and what has changed since the last."""
    told = f"<m:SyncState>{state}</m:SyncState>" if state else ""
    answer = mailbox.call(
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
        f"<m:SyncFolderId>{INBOX}</m:SyncFolderId>{told}"
        "<m:MaxChangesReturned>100</m:MaxChangesReturned></m:SyncFolderItems>"
    ).ok()
    found = [(local(one), str(one.find(".//t:ItemId", NS).get("Id"))) for one in answer.one(".//m:Changes")]
    return answer.text(".//m:SyncState"), found


def test_a_killed_server_comes_back_with_items_ids_and_sync_states(server: Server) -> None:
    """Items, folders, ids, change keys and sync states are good after a kill, and new ids are new."""
    mailbox = server.start()
    folder = mailbox.folder("Kept")
    first, second = mailbox.messages("<t:Subject>First</t:Subject>", "<t:Subject>Second</t:Subject>", folder=INBOX)
    state, _ = sync(mailbox)
    gone = mailbox.message("<t:Subject>Gone</t:Subject>", folder=keyless(folder))
    mailbox.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{second}{gone}</m:ItemIds></m:DeleteItem>').ok()
    server.kill()

    mailbox = server.start()

    found = mailbox.item(first)
    assert found.findtext("t:Subject", namespaces=NS) == "First"
    assert found.find("t:ItemId", NS).attrib == {
        "Id": identity(first),
        "ChangeKey": first.split('ChangeKey="')[1].split('"')[0],
    }
    got = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{folder}</m:FolderIds></m:GetFolder>"
    ).ok()
    assert (got.text(".//t:DisplayName"), got.text(".//t:TotalCount")) == ("Kept", "0")
    third = mailbox.message("<t:Subject>Third</t:Subject>", folder=INBOX)
    assert len({identity(one) for one in (first, second, gone, third)}) == 4
    assert sorted(sync(mailbox, state)[1]) == sorted([("Delete", identity(second)), ("Create", identity(third))])
