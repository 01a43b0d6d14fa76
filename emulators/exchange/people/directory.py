"""The directory of the emulated organization: who has a mailbox here, and public groups.

Everybody in it has an SMTP address and an EX address (legacyExchangeDN).
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emulators.exchange.call import Call

# MS-OXCDATA 2.2.5.2: an address book entry id begins so; the EX address follows.
_PROVIDER = bytes.fromhex("00000000dca740c8c042101ab4b908002b2fe1820100000000000000")
_ORGANIZATION = "/o=Emulator/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn="


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody in the directory. `kind` is a MailboxType: Mailbox or PublicDL."""

    name: str
    address: str
    kind: str
    members: Sequence[str] = ()
    proxies: Sequence[str] = ()     # the addresses besides the primary one

    @property
    def ex(self) -> str:
        """The legacyExchangeDN."""
        return ex_of(self.address)


def ex_of(address: str) -> str:
    """The EX address of somebody in the directory."""
    digest = hashlib.sha256(address.lower().encode()).hexdigest()[:32]
    return f"{_ORGANIZATION}{digest}-{address.partition('@')[0].lower()}"


def entry_id(address: str) -> bytes:
    """The address book entry id of somebody in the directory."""
    return _PROVIDER + ex_of(address).encode() + b"\0"


def entries(db: sqlite3.Connection) -> Iterator[Entry]:
    """Everybody, mailboxes first, each by address."""
    proxies: dict[int, list[str]] = {}
    for address, owner in db.execute("SELECT address, mailbox FROM proxy_address ORDER BY address"):
        proxies.setdefault(owner, []).append(address)
    for address, number in db.execute("SELECT address, id FROM mailbox ORDER BY address"):
        yield Entry(address.partition("@")[0], address, "Mailbox", proxies=proxies.get(number, ()))
    for row in db.execute("SELECT address, name, members FROM public_group ORDER BY address"):
        yield Entry(str(row[1]), str(row[0]), "PublicDL", tuple(json.loads(row[2])))


def add_group(db: sqlite3.Connection, address: str, name: str, members: Sequence[str]) -> None:
    """Add a public group, or put this one in the place of the one with its address."""
    db.execute("INSERT OR REPLACE INTO public_group (address, name, members) VALUES (?, ?, ?)",
               (address.lower(), name, json.dumps(list(members))))


def by_address(call: Call, address: str) -> Entry | None:
    """Whoever has this SMTP or EX address, in any case of letters."""
    wanted = address.lower()
    return next((one for one in entries(call.db) if wanted in (one.address, one.ex.lower(), *one.proxies)), None)


def matching(call: Call, words: str) -> list[Entry]:
    """Whom an ambiguous name may mean: an address or EX address, or the beginning of one, of an alias or a name."""
    wanted = unprefixed(words)
    if wanted.startswith("/o="):
        return [one for one in entries(call.db) if one.ex.lower() == wanted]
    return [one for one in entries(call.db) if begins(wanted, one.name, one.address, *one.proxies)]


def unprefixed(words: str) -> str:
    """A name in small letters, without a routing type before it (page of the element UnresolvedEntry)."""
    prefix, _, rest = words.partition(":")
    return (rest if prefix.strip().lower() in ("smtp", "ex") else words).strip().lower()


def begins(wanted: str, *found: str) -> bool:
    """Whether a text, or a word in it, begins with what is wanted (in small letters)."""
    return any(text.lower().startswith(wanted) or any(word.startswith(wanted) for word in text.lower().split())
               for text in found)
