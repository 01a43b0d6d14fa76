"""Folders that a mailbox has and its owner does not see, or that are for something else than mail."""

from __future__ import annotations

from base64 import b64encode
from urllib.request import Request, urlopen

import pytest

from engine.connectors.exchange.soap import envelope
from engine.ports.source import SourceFolder
from tests.servers.memory.source import MemorySource, mail
from tests.servers.world import ADDRESS, PASSWORD, World

HIDDEN = (
    '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x10F4" PropertyType="Boolean"/><t:Value>true</t:Value>'
    "</t:ExtendedProperty>"
)


def made(at: World, kind: str, more: str = "") -> None:
    """Some program makes a folder called Files."""
    body = envelope(
        '<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderId><m:Folders>'
        f"<t:Folder><t:FolderClass>{kind}</t:FolderClass><t:DisplayName>Files</t:DisplayName>{more}</t:Folder>"
        "</m:Folders></m:CreateFolder>"
    )
    login = b64encode(f"{ADDRESS}:{PASSWORD}".encode()).decode()
    asked = Request(at.emulator.url, body, {"Content-Type": "text/xml", "Authorization": f"Basic {login}"})
    with urlopen(asked, timeout=60) as answered:
        assert b'ResponseClass="Success"' in answered.read()


@pytest.mark.parametrize(("kind", "more"), [
    ("IPF.Note", HIDDEN), ("IPF.Files", HIDDEN), ("IPF.Files", ""), ("IPF.ShortcutFolder", ""),
])
def test_mail_never_goes_where_its_owner_does_not_look(
    small_world: World, source: MemorySource, kind: str, more: str
) -> None:
    """A hidden folder, or one of another class, is not taken for the source's folder of that name."""
    source.folders = {SourceFolder(("files",), "files"): [mail(f"file {n}") for n in range(4)]}
    made(small_world, kind, more)

    done = small_world.migrate()
    again = small_world.migrate()

    assert small_world.counts(done).copied == 4
    assert {folder for folder, _ in small_world.subjects()} == {("files (2)",)}
    assert small_world.counts(again).already_there == 4
