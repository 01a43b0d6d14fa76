"""The items that others point to by their ids: each is known in another mailbox by its source key alone."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lxml import etree

from engine.connectors.exchange.codes import Meaning, meaning_of
from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.read import UNREADABLE
from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.reading.listing import about_items
from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.connectors.exchange.typed.addresses import is_mail
from engine.connectors.exchange.typed.fields import SEARCH_KEY, Property
from engine.connectors.exchange.typed.identity import search_key_of
from engine.connectors.exchange.typed.not_given import why_not
from engine.connectors.exchange.typed.properties import value_of
from engine.migration.content import Content
from engine.ports.typed import Link

AT_ONCE = 100
CONTENTS: Mapping[str, Content] = MappingProxyType({
    f"{TYPES}Contact": Content.CONTACTS, f"{TYPES}DistributionList": Content.CONTACT_GROUPS,
})
_SHAPE = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{}</t:AdditionalProperties></m:ItemShape>"
)
# PidLidEmail1EmailAddress, …2…, …3… ([MS-OXOCNTC] 2.2.1.2.3), which may be asked of a group as well.
_ADDRESSES = tuple(Property(number, "String", "Address") for number in ("0x8083", "0x8093", "0x80a3"))
# What Outlook has noted beside each: PidLidEmail1OriginalDisplayName, …2…, …3… (ibid. 2.2.1.2.5).
_NOTED = tuple(Property(number, "String", "Address") for number in ("0x8084", "0x8094", "0x80a4"))
_KEYS = _SHAPE.format(
    '<t:FieldURI FieldURI="item:ParentFolderId"/>'
    + "".join(each.uri for each in (Property(SEARCH_KEY, "Binary"), *_ADDRESSES, *_NOTED))
)
_MEMBERS = _SHAPE.format('<t:FieldURI FieldURI="distributionlist:Members"/>')


@dataclass(frozen=True, slots=True)
class _Asked:
    id: str
    item: etree._Element


class Pointed:
    """Looks up contacts and groups of a mailbox, each once. May be used by many threads."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._known: dict[str, Link | None] = {}
        self._addresses: dict[str, dict[str, str]] = {}     # of each contact, in small letters; what is noted beside it
        self._lock = threading.Lock()

    def learn(self, ids: Iterable[str]) -> None:
        """Asks for what is not known yet of those items. Raises FatalError, RetryableError."""
        with self._lock:
            lacking = [one for one in dict.fromkeys(ids) if one and one not in self._known]
        found: dict[str, Link | None] = dict.fromkeys(lacking)
        addresses: dict[str, dict[str, str]] = {}
        for one in self._asked(lacking, _KEYS):
            found[one.id] = _link(one.item)
            addresses[one.id] = dict(_with_what_is_noted(one.item))
        with self._lock:
            self._known.update(found)
            self._addresses.update(addresses)

    def forget(self, ids: Iterable[str]) -> None:
        """Has those items looked up anew."""
        with self._lock:
            for one in ids:
                self._known.pop(one, None)

    def of(self, item_id: str) -> Link | None:
        """The group of that id, or the contact if it has an address, without which nobody is a member; else None."""
        self.learn([item_id])
        with self._lock:
            return self._known.get(item_id)

    def is_first(self, item_id: str, address: str) -> bool:
        """True: it is the first address of that contact, which is known."""
        with self._lock:
            return next(iter(self._addresses.get(item_id, {})), "") == address.lower()

    def has(self, item_id: str, address: str) -> bool:
        """True: it is one of the addresses of that contact, which is known."""
        with self._lock:
            return self._known.get(item_id) is not None and address.lower() in self._addresses.get(item_id, {})

    def noted(self, item_id: str, address: str) -> str:
        """The address of mail that Outlook has noted beside that one of a contact, which is known; "": none."""
        with self._lock:
            found = self._addresses.get(item_id, {}).get(address.lower(), "")
        return found if is_mail(found) else ""

    def members(self, ids: Collection[str]) -> dict[str, list[etree._Element]]:
        """The members of those groups, as Mailbox elements, by the groups' ids. Raises FatalError, RetryableError."""
        return {
            one.id: one.item.findall(f"{TYPES}Members/{TYPES}Member/{TYPES}Mailbox")
            for one in self._asked(list(ids), _MEMBERS)
        }

    def _asked(self, ids: list[str], shape: str) -> Iterator[_Asked]:
        """Those items, as far as they are there and can be read."""
        for start in range(0, len(ids), AT_ONCE):
            part = ids[start : start + AT_ONCE]
            for item_id, message in zip(part, self._asking.all(about_items(part, shape)), strict=True):
                if isinstance(message, CodeError):
                    _heed(message)
                elif (item := message.find(f"{MESSAGES}Items/*")) is not None:
                    yield _Asked(item_id, item)


def _heed(error: CodeError) -> None:
    """Raises what may pass. An item that is gone, or damaged, is none that could be pointed to."""
    if error.code not in UNREADABLE and meaning_of(error.code) is not Meaning.GONE:
        raise why_not(error)


def _link(item: etree._Element) -> Link | None:
    """What points to an item; None: nothing can, as to a contact without an address, whom nobody can write to."""
    content, folder = CONTENTS.get(str(item.tag)), item.find(f"{TYPES}ParentFolderId")
    if content is None or (content is Content.CONTACTS and next(_addresses(item), None) is None):
        return None
    return Link(content, search_key_of(item), "" if folder is None else folder.get("Id") or "")


def _addresses(contact: etree._Element) -> Iterator[str]:
    return (address for address, _ in _with_what_is_noted(contact))


def _with_what_is_noted(contact: etree._Element) -> Iterator[tuple[str, str]]:
    for each, beside in zip(_ADDRESSES, _NOTED, strict=True):
        if address := value_of(contact, each.number).strip().lower():
            yield address, value_of(contact, beside.number).strip()
