"""One mailbox: its addresses, its counters and its password."""

import hashlib
import hmac
import os
import sqlite3
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from emulators.exchange import default_folders

_ROUNDS = 1000     # a test password, hashed so that it does not lie in the file in the clear


@dataclass(slots=True)
class Mailbox:
    """A mailbox inside a transaction; `save` writes the counters back, where one has changed since `saved`."""

    id: int
    address: str
    user: str
    guid: uuid.UUID
    clock: int
    entries: int
    used: int
    saved: tuple[int, int, int] | None = None

    @property
    def name(self) -> str:
        """The display name of the owner: Exchange would ask the directory."""
        return self.address.partition("@")[0]

    def change(self) -> int:
        """The number of the next change."""
        self.clock += 1
        return self.clock

    def entry(self) -> int:
        """The number of the next folder or item id."""
        self.entries += 1
        return self.entries

    def save(self, db: sqlite3.Connection) -> None:
        """Write the counters back."""
        counters = (self.clock, self.entries, self.used)
        if counters != self.saved:
            db.execute("UPDATE mailbox SET clock=?, entries=?, used=? WHERE id=?", (*counters, self.id))
            self.saved = counters


def load(db: sqlite3.Connection, address: str) -> Mailbox | None:
    """The mailbox with this address, in any case of letters."""
    row = db.execute("SELECT * FROM mailbox WHERE address=?", (address.lower(),)).fetchone()
    if row is None:
        return None
    counters = (row["clock"], row["entries"], row["used"])
    return Mailbox(row["id"], row["address"], row["user"], _guid(row["guid"]), *counters, saved=counters)


@lru_cache(maxsize=256)
def _guid(text: str) -> uuid.UUID:
    return uuid.UUID(text)


NOBODY = Mailbox(0, "", "", uuid.UUID(int=0), 0, 0, 0)      # of an account without a mailbox; never saved


def primary_of(db: sqlite3.Connection, address: str) -> str | None:
    """The primary address of the mailbox that has this address, primary or not, in any case of letters."""
    row = db.execute("SELECT address FROM mailbox WHERE address=?1 OR id=(SELECT mailbox FROM proxy_address"
                     " WHERE address=?1)", (address.lower(),)).fetchone()
    return None if row is None else str(row[0])


def set_proxies(db: sqlite3.Connection, address: str, proxies: Iterable[str]) -> None:
    """The addresses that a mailbox has besides its primary one."""
    (owner,) = db.execute("SELECT id FROM mailbox WHERE address=?", (address.lower(),)).fetchone()
    db.execute("DELETE FROM proxy_address WHERE mailbox=?", (owner,))
    db.executemany("INSERT OR REPLACE INTO proxy_address (address, mailbox) VALUES (?, ?)",
                   [(one.lower(), owner) for one in proxies])


def address_of(db: sqlite3.Connection, guid: uuid.UUID) -> str | None:
    """The primary address of the mailbox with this GUID."""
    row = db.execute("SELECT address FROM mailbox WHERE guid=?", (str(guid),)).fetchone()
    return None if row is None else str(row["address"])


def digest(password: str, salt: bytes) -> bytes:
    """The salted hash of a password."""
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ROUNDS)


def set_password(db: sqlite3.Connection, address: str, password: str) -> None:
    """Replace the stored hash."""
    salt = os.urandom(16)
    db.execute("UPDATE mailbox SET salt=?, digest=? WHERE address=?",
               (salt, digest(password, salt), address.lower()))


def password_fits(db: sqlite3.Connection, address: str, password: str) -> bool:
    """Whether this is the mailbox's password."""
    row = db.execute("SELECT salt, digest FROM mailbox WHERE address=?", (address.lower(),)).fetchone()
    return row is not None and hmac.compare_digest(row["digest"], digest(password, row["salt"]))


def create(db: sqlite3.Connection, address: str, user: str, password: str, now: str) -> Mailbox:
    """A new mailbox with the default folders."""
    salt, guid = os.urandom(16), uuid.uuid4()
    cursor = db.execute(
        "INSERT INTO mailbox (address, user, guid, salt, digest, clock, entries, used)"
        " VALUES (?, ?, ?, ?, ?, 0, 0, 0)",
        (address.lower(), user, str(guid), salt, digest(password, salt)))
    mailbox = Mailbox(cursor.lastrowid or 0, address.lower(), user, guid, 0, 0, 0)
    default_folders.plant(db, mailbox, now)
    mailbox.save(db)
    return mailbox
