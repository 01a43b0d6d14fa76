"""Dictionary properties: phone numbers, e-mail addresses and the like, one entry a key.

An IndexedFieldURI names one entry ("contacts:PhoneNumber", "HomePhone"), or one part of a postal address
("contacts:PhysicalAddress:Street", "Home"). The other entries stay as they are.
"""

from lxml import etree

from emulators.exchange.errors import ItemError
from emulators.exchange.fragments import fragment, parsed
from emulators.exchange.item import Item
from emulators.exchange.soap import local, t

_HOLDERS = {"contacts:ImAddress": "ImAddresses", "contacts:EmailAddress": "EmailAddresses",
            "contacts:PhoneNumber": "PhoneNumbers", "contacts:PhysicalAddress": "PhysicalAddresses"}

_PARTS = ("Street", "City", "State", "CountryOrRegion", "PostalCode")       # of an address, in the schema's order


def replace(stored: Item, uri: etree._Element, value: etree._Element) -> None:
    """Set one entry; raises ItemError ErrorUpdatePropertyMismatch when the value is for another, or says more."""
    name, part = _target(uri)
    if name != local(value):
        raise ItemError("ErrorUpdatePropertyMismatch")
    if not any(len(entry) or entry.text for entry in value):        # Assumption: an entry without a value is none
        remove(stored, uri)
        return
    holder = _kept(stored, name)
    for entry in list(value):
        others = part and any(local(child) != part for child in entry)
        if entry.get("Key") != uri.get("FieldIndex") or others:
            raise ItemError("ErrorUpdatePropertyMismatch")
        _drop(holder, entry.get("Key", ""), part)
        place = _entry(holder, entry.get("Key", "")) if part else None
        if place is None:
            holder.append(entry)
        else:
            place.extend(list(entry))
            place[:] = sorted(place, key=lambda child: _PARTS.index(local(child)))
    stored.extra[name] = fragment(holder)


def remove(stored: Item, uri: etree._Element) -> None:
    """Delete one entry; one that is not there is no error."""
    name, part = _target(uri)
    if name in stored.extra:
        holder = _kept(stored, name)
        _drop(holder, uri.get("FieldIndex", ""), part)
        stored.extra[name] = fragment(holder)
        if not len(holder):
            del stored.extra[name]


def _target(uri: etree._Element) -> tuple[str, str]:
    """The element a path is about, and the part of a postal address; raises ItemError."""
    path = uri.get("FieldURI", "")
    kind, _, part = path.rpartition(":") if path.count(":") > 1 else (path, "", "")
    if kind not in _HOLDERS:
        raise ItemError("ErrorInvalidPropertySet")
    return _HOLDERS[kind], part


def _kept(stored: Item, name: str) -> etree._Element:
    return parsed(stored.extra.get(name, f"<t:{name}/>"))


def _entry(holder: etree._Element, key: str) -> etree._Element | None:
    return next((entry for entry in holder if entry.get("Key") == key), None)


def _drop(holder: etree._Element, key: str, part: str) -> None:
    entry = _entry(holder, key)
    if entry is None:
        return
    if not part:
        holder.remove(entry)
        return
    for child in entry.findall(t(part)):
        entry.remove(child)
    if not len(entry):
        holder.remove(entry)
