"""The organizer of a meeting that the owner was invited to, as properties of the item.

CreateItem makes the owner of a calendar the organizer of what is created there, and takes no Organizer element
(read-only, [MS-OXWSMTGS] 2.2.4.6). What a mail program shows is in MAPI properties: who sent the meeting ([MS-OXOMSG]
2.2.1), that the item was received (asfReceived) and what the owner has answered ([MS-OXOCAL] 2.2.1.10 and 2.2.1.11).
Whether a server keeps them is not documented.
"""

from __future__ import annotations

from lxml import etree

from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.exchange.typed.fields import (
    ADDRESSES_OF_SENDER,
    NAMES_OF_SENDER,
    SENDER,
    STATE,
    TYPES_OF_SENDER,
)
from engine.connectors.exchange.typed.properties import value_of
from engine.connectors.exchange.typed.shown import Shown

NO_ADDRESS = (
    "no address of mail is known of {}, its organizer: the destination may show the mailbox's owner as the organizer, "
    "and not who invited them"
)
_RECEIVED, _CANCELLED = 2, 4       # asfReceived, asfCanceled
_ANSWERS = frozenset({"Tentative", "Accept", "Decline", "NoResponseReceived"})


def is_guest(shown: Shown) -> bool:
    """True: somebody else has invited the owner.

    MyResponseType alone does not tell: servers say Unknown of what is no meeting.
    """
    return _has(shown.value(STATE), _RECEIVED) or shown.words("MyResponseType") in _ANSWERS


def is_cancelled(item: etree._Element) -> bool:
    """True: its organizer has cancelled it."""
    return _has(value_of(item, STATE), _CANCELLED)


def _has(state: str, flag: int) -> bool:
    return state.isdecimal() and bool(int(state) & flag)


def name_organizer(shown: Shown, directory: Directory) -> list[str]:
    """Names whoever is the organizer in the item's properties, where that is not the owner.

    So it is also where nobody was invited: of an item that was copied out of somebody else's calendar, say.
    Returns words on an organizer who has no address of mail: by a name alone a server may not take one.
    """
    noted = shown.take(SENDER)
    organizer = shown.field("Organizer")
    mailbox = None if organizer is None else xml.field(organizer, "Mailbox")
    if mailbox is None or shown.words("MyResponseType") == "Organizer":
        return []
    address = directory.smtp(xml.words(mailbox, "EmailAddress"), xml.words(mailbox, "RoutingType"))
    address = address or (noted if "@" in noted else "")     # of somebody whom no directory knows any more
    if not is_guest(shown) and (not address or directory.is_owners(address)):
        return []
    name = xml.words(mailbox, "Name") or address
    told = {
        **dict.fromkeys(NAMES_OF_SENDER, name), **dict.fromkeys(TYPES_OF_SENDER, "SMTP" if address else ""),
        **dict.fromkeys(ADDRESSES_OF_SENDER, address),
    }
    for what, value in told.items():
        if value:
            shown.give(what, value)
    return [] if address else [NO_ADDRESS.format(name[:100] or "its organizer")]
