"""The e-mail addresses of a contact: each one that means something outside of the old organization.

Old contacts name colleagues by the address that only their own organization knows (legacyExchangeDN, of the type EX).
It is resolved where the directory knows it, or Outlook has noted the address of mail beside it (PidLidEmail1-
OriginalDisplayName, [MS-OXOCNTC] 2.2.1.2). Its name stays. One that nobody knows stays as it is, and is named: it works
again once the destination's administrator adds it as an address of the type X500.

The owner's own old address stays too: in a contact it is what somebody wrote down, and stands for nobody.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.addresses import Directory, is_mail
from engine.connectors.exchange.typed.contact.fields import ORIGINAL_NAMES
from engine.connectors.exchange.typed.properties import drop_property, value_of

UNKNOWN = "no address of mail is known of its e-mail address {}, which only the old organization knows"
_KEYS = ("EmailAddress1", "EmailAddress2", "EmailAddress3")


def readdress(item: etree._Element, directory: Directory) -> Iterator[str]:
    """Gives a contact the addresses of mail behind those of its old organization; words on what is not known."""
    for entry in item.iterfind(f"{TYPES}EmailAddresses/{TYPES}Entry"):
        entry.attrib.pop("MailboxType", "")
        address, routing = (entry.text or "").strip(), entry.get("RoutingType") or ""
        if not _is_internal(address, routing):
            continue
        found = directory.smtp(address, routing) or _noted(item, entry)
        if not found:
            yield UNKNOWN.format((entry.get("Name") or address)[:100])
            continue
        entry.text = found
        entry.set("RoutingType", "SMTP")
        if (entry.get("Name") or "").strip() == address:        # a server that has no name tells the address
            del entry.attrib["Name"]
        _forget_original(item, entry)


def _is_internal(address: str, routing: str) -> bool:
    """True: only the organization of the source knows it."""
    return bool(address) and (routing.upper() == "EX" or address.lower().startswith("/o="))


def _number(entry: etree._Element) -> str:
    """The property that holds the original name of an entry; "" where there is none."""
    key = entry.get("Key") or ""
    return ORIGINAL_NAMES[_KEYS.index(key)].number if key in _KEYS else ""


def _noted(item: etree._Element, entry: etree._Element) -> str:
    """The address of mail that Outlook has noted beside it; "" where it has not."""
    noted = value_of(item, _number(entry)).strip() if _number(entry) else ""
    return noted if is_mail(noted) else ""


def _forget_original(item: etree._Element, entry: etree._Element) -> None:
    """Takes away an original name that is the old address once more."""
    number = _number(entry)
    if number and value_of(item, number).lower().startswith("/o="):
        drop_property(item, number)
