"""Groups within groups that no migration brought: whose members they are, an owner has said here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lxml import etree

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.reading.listing import about_items
from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.connectors.exchange.tags import TAG_FIELD, tag_of
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.group.facts import NESTED, OWNERS
from engine.connectors.exchange.typed.group.members import id_of

_AT_ONCE = 100
_SHAPE = (
    f"<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{TAG_FIELD}</t:AdditionalProperties>"
    "</m:ItemShape>"
)


def note_owners(asking: Asking, groups: Iterable[etree._Element]) -> None:
    """Gives each member that is a group without a tag of ours that Key, and no other member one.

    A group that is gone is taken for one that was brought: a rollback may have removed it a moment ago. Raises
    FatalError, RetryableError.
    """
    members = [one for group in groups for one in group.iterfind(f"{TYPES}Members/{TYPES}Member")]
    inner = {one: _inner(one) for one in members}
    owners = _untagged(asking, dict.fromkeys(filter(None, inner.values())))
    for one, item_id in inner.items():
        one.set("Key", OWNERS if item_id in owners else "")


def _inner(member: etree._Element) -> str:
    mailbox = xml.field(member, "Mailbox")
    return "" if mailbox is None or xml.words(mailbox, "MailboxType") != NESTED else id_of(mailbox)


def _untagged(asking: Asking, wanted: Mapping[str, None]) -> set[str]:
    ids, found = list(wanted), set[str]()
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        for item_id, message in zip(part, asking.all(about_items(part, _SHAPE)), strict=True):
            item = None if isinstance(message, CodeError) else message.find(f"{MESSAGES}Items/*")
            if item is not None and not tag_of(item):
                found.add(item_id)
    return found
