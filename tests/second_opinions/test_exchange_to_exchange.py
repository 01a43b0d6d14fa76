"""exchangelib looks at a mailbox and at what it became when it moved from Exchange to Exchange."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from exchangelib import Message
from exchangelib.items import PostItem

from tests.servers.exchange.pair import CASES, OLD, Pair, pair_of
from tests.servers.owner import owner
from tests.servers.world import PASSWORD

# What each mailbox counts, dates and numbers by itself, or makes anew each time that it is asked.
OWN = frozenset({
    "_id", "conversation_id", "conversation_index", "datetime_created", "has_attachments", "headers", "instance_key",
    "last_modified_name", "last_modified_time", "mime_content", "parent_folder_id", "size",
    "web_client_edit_form_query_string", "web_client_read_form_query_string",
})
# What it has no field for: the raw XML is compared instead (tests/recovery/engine/test_exchange_marks.py).
UNREAD = frozenset({"item:Flag"})


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with pair_of(tmp_path, "2019") as made:
        yield made


def seen(url: str, address: str) -> dict[str, dict[str, str]]:
    """Each message of the inbox, by its subject, with all that exchangelib has a field for."""
    with owner(url, address, PASSWORD) as them:
        found = list(them.account.inbox.all())
        return {item.subject: {name: told(item, name) for name in fields(item)} for item in found}


def fields(item: Any) -> set[str]:
    assert isinstance(item, (Message, PostItem))
    return {field.name for field in item.FIELDS} - OWN


def told(item: Any, name: str) -> str:
    """The value of a field; people by name and address."""
    value = getattr(item, name, None)
    people = value if isinstance(value, list) else [value]
    if people and hasattr(people[0], "email_address"):
        return str([(one.name, one.email_address) for one in people])
    return str(value)


def test_what_exchangelib_can_read_of_it_is_the_same(pair: Pair) -> None:
    """Field by field, but for what a mailbox makes by itself; flags and reply state among what it reads."""
    for case in CASES:
        pair.old.create(*case)
    pair.at.migrate("old")
    there, here = seen(pair.left.url, OLD), seen(pair.at.emulator.url, pair.at.address)

    assert len(there) == len(CASES)
    for name in there:
        assert here[name] == there[name], name
    assert {here["due only"]["flag_status"], here["flagged"]["flag_status"]} == {"2"}
    assert here["replied"]["last_verb"] == "103"
    assert not UNREAD & {getattr(field, "field_uri", None) for field in Message.FIELDS}
