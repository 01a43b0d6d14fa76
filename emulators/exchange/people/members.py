"""Members of a contact group: what a client says of one, how it is kept, and its MAPI entry id."""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from lxml import etree

from emulators.exchange import item
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.fragments import parsed, written
from emulators.exchange.item import Item
from emulators.exchange.people import directory, names
from emulators.exchange.soap import local, t

_KINDS = {"Contact": "Contact", "DistributionList": "PrivateDL"}
# MS-OXCDATA 2.2.5.1: four zero bytes, the provider of one-off ids, version 0, Unicode without rich text.
_ONE_OFF = bytes.fromhex("00000000812b1fa4bea310199d6e00dd010f540200000190")
# MS-OXOCNTC 2.2.2.2.4.1.1: a wrapped entry id, then one byte for its kind.
_WRAPPED = bytes.fromhex("00000000c091add3519dcf11a4a900aa0047faa4")
_WRAPPED_KINDS = {"Contact": 0xC3, "PrivateDL": 0xB4, "Mailbox": 0xB5, "PublicDL": 0xB6}
_PLACES = ("EmailAddress1", "EmailAddress2", "EmailAddress3")
_LIMIT = 15_000


@dataclass(frozen=True, slots=True)
class Member:
    """One member; `entry` is the number of the contact or group that it is, `place` which address of the contact."""

    name: str
    address: str
    routing: str
    kind: str
    entry: int = 0
    place: int = 0

    @property
    def one_off(self) -> bytes:
        """The One-Off EntryID of name, type and address."""
        parts = (self.name, self.routing, self.address)
        return _ONE_OFF + b"".join(part.encode("utf-16-le") + b"\0\0" for part in parts)

    @property
    def entry_id(self) -> bytes:
        """What PidLidDistributionListMembers holds: a wrapped id of what is referred to, else a one-off one."""
        if self.kind not in _WRAPPED_KINDS:
            return self.one_off
        inner = self.entry.to_bytes(70, "big") if self.entry else directory.entry_id(self.address)
        return _WRAPPED + bytes([_WRAPPED_KINDS[self.kind] + 16 * self.place]) + inner

    @property
    def key(self) -> str:
        """The Key attribute: what tells a member from the others. Assumption: its entry id."""
        return base64.b64encode(self.entry_id).decode()


def kept(extra: Mapping[str, str]) -> list[Member]:
    """The members of a group as its `extra` holds them."""
    return [Member(**one) for one in json.loads(extra.get("Members", "[]"))]


def keep(extra: dict[str, str], members: Iterable[Member]) -> None:
    """Store members, each once.

    Raises ItemError ErrorDataSizeLimitExceeded: all entry ids together must stay below 15,000 bytes (MS-OXOCNTC
    2.2.2.2.1 and 2.2.2.2.2). Assumption: the server does not grow past it by PidLidDistributionListStream.
    """
    once = list({one.key: one for one in members}.values())
    if any(sum(map(len, sizes)) >= _LIMIT for sizes in ([o.entry_id for o in once], [o.one_off for o in once])):
        raise ItemError("ErrorDataSizeLimitExceeded")
    extra["Members"] = json.dumps([asdict(one) for one in once])
    if not once:
        del extra["Members"]


def read(call: Call, holder: etree._Element) -> list[Member]:
    """The members in a Members element; raises ItemError."""
    return [_read(call, one.find(t("Mailbox"))) for one in holder]


def _read(call: Call, mailbox: etree._Element | None) -> Member:
    """One member: of EmailAddress and ItemId there must be one (MS-OXWSDLIST 2.2.4.2)."""
    given = {local(child): child for child in ([] if mailbox is None else mailbox)}
    address = given["EmailAddress"].text or "" if "EmailAddress" in given else ""
    if "ItemId" in given:
        return _referring(call, item.find(call, given["ItemId"]), address)
    if not address:
        raise ItemError("ErrorInvalidMailbox")
    name = given["Name"].text or "" if "Name" in given else ""
    routing = given["RoutingType"].text or "SMTP" if "RoutingType" in given else "SMTP"
    return _addressed(call, Member(name or address, address, routing, "OneOff"),
                      given["MailboxType"].text or "" if "MailboxType" in given else "")


def _addressed(call: Call, member: Member, kind: str) -> Member:
    """A member by address: a one-off, unless it is asked for as someone in the directory, or by an EX address."""
    if kind in ("Contact", "PrivateDL"):        # these are known by their ItemId
        raise ItemError("ErrorInvalidMailbox")
    if kind in ("Mailbox", "PublicDL") or member.routing == "EX":
        found = directory.by_address(call, member.address)
        if found is not None:
            return Member(found.name, found.address, "SMTP", found.kind)
    return member


def _referring(call: Call, stored: Item, address: str) -> Member:
    """A member that is a contact or a group of the mailbox; raises ItemError for any other item."""
    if stored.kind not in _KINDS:
        raise ItemError("ErrorInvalidMailbox")
    if stored.kind == "DistributionList":
        return Member(names.display_name(stored.extra), "", "MAPIPDL", "PrivateDL", stored.entry)
    found = _mail_of(stored, address)
    if found is None:       # Assumption: nobody can write to a contact without an address
        raise ItemError("ErrorMissingInformationEmailAddress")
    return replace(found, entry=stored.entry)


def _mail_of(stored: Item, address: str) -> Member | None:
    """The contact as a member by the address asked for, else by the first one."""
    holder = parsed(stored.extra["EmailAddresses"]) if "EmailAddresses" in stored.extra else ()
    entries = [one for one in holder if one.text]
    chosen = next((one for one in entries if (one.text or "").lower() == address.lower()), next(iter(entries), None))
    if chosen is None:
        return None
    name = names.display_name(stored.extra) or chosen.get("Name") or chosen.text or ""
    return Member(name, chosen.text or "", chosen.get("RoutingType") or "SMTP", "Contact",
                  place=_PLACES.index(chosen.get("Key", "")))


def told(call: Call, members: Sequence[Member]) -> list[tuple[Member, Item | None]]:
    """Each member as it is now, with the item that it refers to, if that is still there."""
    return [(_now(one, found), found) for one in members for found in [_referred(call, one)]]


def _referred(call: Call, member: Member) -> Item | None:
    return item.by_entry(call, member.entry) if member.entry else None


def _now(member: Member, found: Item | None) -> Member:
    if found is None:
        return member
    if found.kind == "DistributionList":
        return replace(member, name=names.display_name(found.extra))
    mail = _mail_of(found, member.address)
    return member if mail is None else replace(mail, entry=member.entry)


def mailbox(call: Call, member: Member, found: Item | None) -> str:
    """What stands in a Mailbox element."""
    address = written("EmailAddress", member.address) if member.address else ""
    identifier = "" if found is None else item.id_element(call, found)
    return (f"{written('Name', member.name)}{address}{written('RoutingType', member.routing)}"
            f"<t:MailboxType>{member.kind}</t:MailboxType>{identifier}")


def element(call: Call, extra: Mapping[str, str]) -> str:
    """The Members element, or nothing for an empty group.

    Status: Demoted where what a member refers to is gone, else Normal ("Status (MemberStatusType)").
    """
    inner = ""
    for kept_, (member, found) in zip(members := kept(extra), told(call, members), strict=True):
        status = "Demoted" if kept_.entry and found is None else "Normal"
        inner += (f'<t:Member Key="{kept_.key}"><t:Mailbox>{mailbox(call, member, found)}</t:Mailbox>'
                  f"<t:Status>{status}</t:Status></t:Member>")
    return f"<t:Members>{inner}</t:Members>" if inner else ""


def without(extra: dict[str, str], key: str) -> None:
    """Take one member away; raises ItemError ErrorDistributionListMemberNotExist when no member has this key."""
    members = kept(extra)
    left = [one for one in members if one.key != key]
    if len(left) == len(members):
        raise ItemError("ErrorDistributionListMemberNotExist")
    keep(extra, left)
