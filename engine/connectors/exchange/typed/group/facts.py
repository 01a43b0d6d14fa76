"""What a contact group is, in lines that are equal whichever server shows it, and at whatever time.

A digest of *ours* holds the addresses of the members, with the names of those who are members by address alone, and how
many of them are groups, and groups that no migration brought: who is a member by a contact is told by the address that
the contact has. The names of contacts are not in it. One of *theirs* is compared
between two visits to the same mailbox. It knows a group within the group by that one's source key, which stands in the
place of the member's Key, and has the names of those who are members by address alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.contact.fields import REMINDER
from engine.connectors.exchange.typed.facts import body_fact
from engine.connectors.exchange.typed.flag import flag_fact
from engine.connectors.exchange.typed.group.fields import GROUP
from engine.connectors.exchange.typed.properties import EXTENDED, number_of

_DEFAULTS = (("Sensitivity", "Normal"), ("Importance", "Normal"))
_OF_REMINDER = frozenset(each.number for each in REMINDER)      # it is dismissed, which changes nothing
OWNERS = "the owner's"      # stands as the Key of a member that is a group which no migration brought
NESTED, ALONE = "PrivateDL", "OneOff"       # MailboxType: a group of the mailbox, and nothing but an address


def item_facts(item: etree._Element, _owner: str) -> Iterator[str]:
    """What a group is, a line each."""
    name, filed = (" ".join(xml.words(item, field).split()) for field in ("DisplayName", "FileAs"))
    yield f"Name {name}"
    yield f"FileAs {filed or name}"
    for field, usual in _DEFAULTS:
        yield f"{field} {xml.words(item, field).strip() or usual}"
    yield f"Body {body_fact(item.find(f'{TYPES}Body'))}"
    yield f"Categories {sorted((one.text or '').strip() for one in item.iterfind(f'{TYPES}Categories/{TYPES}String'))}"
    mailboxes = list(_mailboxes(item))
    yield flag_fact(item)
    yield f"Members {sorted({(_address(one), _own_name(one)) for one in mailboxes if _address(one)})}"
    yield f"Groups {sum(xml.words(one, 'MailboxType') == NESTED for one in mailboxes)}"
    yield f"Of the owner's {sum(one.get('Key') == OWNERS for one in item.iterfind(f'{TYPES}Members/{TYPES}Member'))}"


def source_facts(item: etree._Element) -> Iterator[str]:
    """What else the same server tells in the same way each time."""
    for one in item:
        if one.tag in GROUP.order and not (one.tag == EXTENDED and number_of(one) in _OF_REMINDER):
            yield " ".join(etree.tostring(one, method="c14n", with_tail=False).decode().split())
    for member in item.iterfind(f"{TYPES}Members/{TYPES}Member"):
        yield f"Member {' '.join(_told(member))}"


def time_facts(_item: etree._Element) -> Iterator[str]:
    """Nothing: a group has no time."""
    return iter(())


def _mailboxes(item: etree._Element) -> Iterator[etree._Element]:
    return item.iterfind(f"{TYPES}Members/{TYPES}Member/{TYPES}Mailbox")


def _address(mailbox: etree._Element) -> str:
    return xml.words(mailbox, "EmailAddress").strip().lower()


def _own_name(mailbox: etree._Element) -> str:
    return " ".join(xml.words(mailbox, "Name").split()) if xml.words(mailbox, "MailboxType") == ALONE else ""


def _told(member: etree._Element) -> Iterator[str]:
    for mailbox in member.iterfind(f"{TYPES}Mailbox"):
        kind = xml.words(mailbox, "MailboxType")
        yield member.get("Key") or "" if kind == NESTED else _address(mailbox)
        yield xml.words(mailbox, "Name") if kind == ALONE else ""
