"""The people of an appointment: their addresses of mail, and the owner's new one.

Old items and Exchange 2010 name people by an address that only their own organization knows (legacyExchangeDN, of the
type EX). In another one mail to it bounces, so it is resolved where it is known (ResolveNames); who cannot be resolved
is named and left out. The owner's own addresses become the one that the mailbox has from now on.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable, Sequence
from functools import partial

from lxml import etree

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.reading.asking import Asking, Question
from engine.connectors.exchange.soap import MESSAGES, TYPES, text
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import PEOPLE
from engine.connectors.exchange.typed.shown import Shown
from engine.errors import RefusedError, RetryableError

WITHOUT_ADDRESS = "no address of mail is known of {}, who is left out of the people of it"
SEVERAL = "no address of mail is known of {} people called {}, who are left out of the people of it"
_PROPOSED = frozenset(f"{TYPES}{name}" for name in ("ProposedStart", "ProposedEnd"))
_MAILBOX, _EMAIL, _ROUTING = (f"{TYPES}{name}" for name in ("Mailbox", "EmailAddress", "RoutingType"))
_WRITTEN = frozenset({f"{TYPES}Name", _EMAIL, _ROUTING})
_INTERNAL = "/o="
LONGEST = 1024      # characters; more than any directory keeps


Resolved = Callable[[str], Sequence[str]]    # the addresses of mail of the one who has that address, the primary first


class Directory:
    """Looks up addresses, each once. May be used by many threads."""

    def __init__(
        self, resolved: Resolved, *, owner: str = "", becomes: str = "", primary: Callable[[], str] = str
    ) -> None:
        """`resolved` asks for all addresses of whoever has one.

        `owner` is an address of the owner's at the source, `becomes` the one of the mailbox that it moves to.
        `primary` finds the owner's address, or "", where the directory does not know `owner`: it may be but a login.
        """
        self._owners_primary = primary
        self._resolved = resolved
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}
        self._several: dict[str, tuple[str, ...]] = {}
        self.owner = owner if "@" in owner else ""
        self.becomes = becomes if "@" in becomes else ""
        self._owners: frozenset[str] | None = None

    def smtp(self, address: str, routing: str) -> str:
        """The address of mail behind an address; "" where there is none. Raises FatalError, RetryableError."""
        address = address.strip()
        is_smtp = "@" in address and not address.lower().startswith(_INTERNAL) and routing.upper() in ("", "SMTP")
        return address if is_smtp or not address else self._primary(address)

    def now(self, address: str, also: Iterable[str] = ()) -> str:
        """The same address, or the owner's new one where it is the owner's; `also` are further ones of the owner's."""
        return self.becoming(address, self.owners(also))

    def becoming(self, address: str, owners: Container[str]) -> str:
        """As `now`, where the owner's addresses are known, as `owners` tells them."""
        return self.becomes if address.lower() in owners else address

    def owners(self, also: Iterable[str] = ()) -> frozenset[str]:
        """The owner's addresses at the source, in small letters, and those `also`; none where they become no other."""
        return self._mine().union(one.lower() for one in also if one) if self.becomes else frozenset()

    def is_owners(self, address: str) -> bool:
        """True: it is an address of the owner's at the source."""
        return address.lower() in self._mine()

    def owners_among(self, addresses: Collection[str]) -> tuple[str, ...]:
        """Those of an invitation's addresses that are the owner's. Raises FatalError, RetryableError.

        A directory tells some of the addresses that a mailbox has, and knows all of them when it is asked for one. So
        where none is known as the owner's, it is asked for those of the owner's domains.
        """
        known = tuple(one for one in addresses if self.is_owners(one))
        if known or not self.becomes:
            return known
        domains = {one.rpartition("@")[2] for one in self._mine()}
        asked = [one for one in addresses if one.lower().rpartition("@")[2] in domains]
        return tuple(one for one in asked if self.is_owners(self._primary(one)))

    def others(self, address: str) -> tuple[str, ...]:
        """The other addresses of the one who has that address, in small letters. Raises FatalError, RetryableError."""
        with self._lock:
            known = self._several.get(address)
        if known is None:
            found = [one.lower() for one in self._resolved(address)]
            is_theirs = address.lower() in found or address.lower().startswith(_INTERNAL)     # else it only begins so
            known = tuple(one for one in found if one != address.lower()) if is_theirs else ()
            with self._lock:
                self._several[address] = known
        return known

    def _primary(self, address: str) -> str:
        """The primary address of the one whom the directory has under that address; "" where it has nobody."""
        with self._lock:
            known = self._known.get(address.lower())
        if known is None:
            known = next(iter(self._resolved(address)), "")
            with self._lock:
                self._known[address.lower()] = known
        return known

    def _mine(self) -> frozenset[str]:
        known = self._owners
        if known is None:
            found = self._resolved(self.owner) if self.owner else []
            if not found and (primary := self._owners_primary()):
                found = [primary, *self._resolved(primary)]
            known = frozenset(one.lower() for one in (self.owner, *found) if one)
            with self._lock:
                self._owners = known
        return known


def resolving(asking: Asking) -> Resolved:
    """Asks the directory of a server (ResolveNames)."""
    return partial(_resolved, asking)


def _resolved(asking: Asking, address: str) -> list[str]:
    """The addresses of mail of the one whom the directory has under that address, the primary one first."""
    body = (
        '<m:ResolveNames ReturnFullContactData="true" SearchScope="ActiveDirectory">'
        f"<m:UnresolvedEntry>{text(address[:LONGEST])}</m:UnresolvedEntry></m:ResolveNames>"
    )
    try:
        message = asking.all(Question(body))[0]
    except RefusedError:
        return []
    except RetryableError as error:     # over this one alone, while it answers for others
        if error.back_off is not None or not asking.answers():
            raise
        return []
    if isinstance(message, CodeError):      # nobody, or several: none of whom may be guessed
        return []
    found = message.findall(f"{MESSAGES}ResolutionSet/{TYPES}Resolution")
    if len(found) != 1:
        return []
    primary = found[0].findtext(f"{TYPES}Mailbox/{TYPES}EmailAddress") or ""
    entries = found[0].iterfind(f"{TYPES}Contact/{TYPES}EmailAddresses/{TYPES}Entry")
    told = [(one.text or "").strip() for one in entries]
    others = [one[5:] for one in told if one.lower().startswith("smtp:")]
    return [one for one in dict.fromkeys((primary, *others)) if "@" in one and not one.startswith("/")]


def is_mail(noted: str) -> bool:
    """True: what somebody has noted is an address of mail, and nothing else."""
    return "@" in noted and " " not in noted and not noted.startswith("/")


def addresses_of(item: etree._Element) -> list[str]:
    """The addresses of the attendees of an item, in small letters, each once."""
    found = (one for name in PEOPLE for one in item.iterfind(f"{TYPES}{name}/{TYPES}Attendee/{TYPES}Mailbox"))
    return list(dict.fromkeys(xml.words(one, "EmailAddress").strip().lower() for one in found))


def readdress(shown: Shown, directory: Directory, also: Iterable[str]) -> list[str]:
    """Gives all attendees of an item the addresses that they have from now on; returns words on whom it left out.

    Whoever is among them already, by the address that another one of theirs became, is there once.
    """
    people = [list(xml.inner(shown.item, name)) for name in PEOPLE]
    if not any(people):
        return []
    left, mine, is_as_before = Counter[str](), directory.owners(also), True
    for among in people:
        seen = set[str]()
        for one in among:
            before, address = _readdressed(one, directory, mine)
            is_as_before &= address == before != ""
            if not address:
                left[one.findtext(f"{TYPES}Mailbox/{TYPES}Name") or "somebody without a name"] += 1
            known = address.lower()
            if not address or (known in seen and address != before):
                one.getparent().remove(one)     # type: ignore[union-attr]  # it has one
            seen.add(known)
    if not is_as_before:
        shown.readdressed()
    return [
        WITHOUT_ADDRESS.format(name[:100]) if count == 1 else SEVERAL.format(count, name[:100])
        for name, count in left.items()
    ]


def _readdressed(attendee: etree._Element, directory: Directory, mine: Container[str]) -> tuple[str, str]:
    """Gives one attendee that address; `mine` are the owner's. Returns the one that stood there and the new one.

    "": there is none.
    """
    parts = [(one.tag, one) for one in attendee]
    mailbox = next((one for tag, one in parts if tag == _MAILBOX), None)
    if mailbox is None:
        return "", ""
    told = [(one.tag, one) for one in mailbox]
    first = dict(reversed(told))
    email, routing = first.get(_EMAIL), first.get(_ROUTING)
    before = "" if email is None else email.text or ""
    address = directory.smtp(before, "" if routing is None else routing.text or "")
    if not address:
        return before, ""
    address = directory.becoming(address, mine)
    for tag, one in told:
        if tag not in _WRITTEN:
            mailbox.remove(one)
    for tag, one in parts:
        if tag in _PROPOSED:
            attendee.remove(one)
    for name, found, value in (("EmailAddress", email, address), ("RoutingType", routing, "SMTP")):
        if found is None:
            xml.add(mailbox, name, value)
        elif found.text != value:
            found.text = value
    return before, address
