"""Two clients that share no code, with ours or with each other, see the same in a migrated mailbox.

One is ews-javascript-api, a port of Microsoft's own EWS Managed API; the other is exchangelib.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from exchangelib import ExtendedProperty, Folder, Message
from exchangelib.folders import FolderCollection

from emulators.sample_mailbox.maildir import letters
from tests.second_opinions import npm
from tests.second_opinions.reading import reading
from tests.servers.owner import Owner, owner
from tests.servers.processes.installation import ADDRESS, PASSWORD, Installation

pytestmark = pytest.mark.skipif(not npm.installed(), reason=npm.MISSING)

Path = tuple[str, ...]      # names from the top down
PROPERTY = ("6f2d1a52-7c3e-4b37-9d0a-3d6f3f0e7a11", "OmmItemTag")      # of every item that we create, for ever
FIELDS = (
    "subject", "datetime_received", "datetime_sent", "is_read", "is_draft", "flag_status", "size", "importance",
    "categories", "message_id", "attachments", "our_tag", "mime_content",
)


class OurTag(ExtendedProperty):
    """The tag of an item, read by somebody else."""

    property_set_id, property_name = PROPERTY
    property_type = "String"


@pytest.fixture(scope="session")
def packages() -> None:
    """The packages of the lock file."""
    try:
        npm.modules()
    except npm.NotInstalledError as error:
        pytest.skip(f"npm could not install ews-javascript-api: {error}")


@pytest.fixture
def person(moved: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Owner]:
    """The mailbox as exchangelib opens it."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", moved.environment["OMM_CA_FILE"])
    Message.register("our_tag", OurTag)
    with owner(moved.emulator.url, ADDRESS, PASSWORD) as found:
        yield found
    Message.deregister("our_tag")


@pytest.mark.usefixtures("packages")
def test_two_strangers_see_the_same(moved: Installation, person: Owner) -> None:
    """Folders, items with all their marks, the MIME of each as a reader takes it, tags, and a synchronization."""
    printed = npm.node("walk.cjs", moved.emulator.url, ADDRESS, *PROPERTY, environment={
        "EWS_PASSWORD": PASSWORD, "NODE_EXTRA_CA_CERTS": moved.environment["OMM_CA_FILE"],
    })

    theirs = {tuple(folder["path"]): from_javascript(folder) for folder in json.loads(printed)}
    others = dict(from_python(person, person.account.msg_folder_root, ()))
    assert sum(len(folder["items"]) for folder in others.values()) == len(letters())
    assert theirs.keys() == others.keys()
    assert [line for path in theirs for line in differences(path, theirs[path], others[path])] == []


def differences(path: Path, one: dict[str, Any], other: dict[str, Any]) -> Iterator[str]:
    """One line for everything that the two do not see alike in a folder."""
    items, others = one.pop("items"), other.pop("items")
    yield from (f"{path}: {key}: {one[key]} and {other[key]}" for key in one if one[key] != other[key])
    yield from (f"{path}: {name} is seen by one only" for name in items.keys() ^ others.keys())
    for name in items.keys() & others.keys():
        for field in items[name]:
            if items[name][field] != others[name][field]:
                yield f"{path}: {field}: {items[name][field]} and {others[name][field]}"


def from_javascript(folder: dict[str, Any]) -> dict[str, Any]:
    """What walk.cjs printed of one folder."""
    items = {}
    for item in folder["items"]:
        for name in ("received", "sent"):
            item[name] = datetime.fromisoformat(item[name]).timestamp()
        item["mime"] = reading(b64decode(item["mime"]))
        items[item.pop("id")] = item
    return {
        "class": folder["folder_class"], "total": folder["total"], "children": folder["children"], "items": items,
        "synchronized": sorted(tuple(change) for change in folder["synchronized"]),
    }


def from_python(person: Owner, parent: Folder, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every folder below, as exchangelib sees it."""
    for folder in FolderCollection(account=person.account, folders=[parent]).find_folders(depth="Shallow"):
        here = (*path, folder.name)
        held = folder.all().only(*FIELDS) if folder.total_count else ()     # not every kind of folder has these fields
        changes = folder.sync_items(only_fields=["our_tag"]) if folder.total_count else ()
        yield here, {
            "class": folder.folder_class, "total": folder.total_count, "children": folder.child_folder_count,
            "items": {item.id: from_item(item) for item in held},
            "synchronized": sorted((change.capitalize(), item.id, item.our_tag) for change, item in changes),
        }
        yield from from_python(person, folder, here)


def from_item(item: Message) -> dict[str, Any]:
    return {
        "subject": item.subject, "received": item.datetime_received.timestamp(),
        "sent": item.datetime_sent.timestamp(), "read": item.is_read, "draft": item.is_draft,
        "flagged": item.flag_status == 2, "size": item.size, "importance": item.importance,
        "categories": item.categories or [], "message_id": item.message_id,
        "files": [attachment.name for attachment in item.attachments], "tag": item.our_tag,
        "mime": reading(item.mime_content),
    }
