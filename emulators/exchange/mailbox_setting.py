"""Settings of a mailbox that no folder shows: one named text each."""

import sqlite3

from emulators.exchange.mailbox import Mailbox


def read(db: sqlite3.Connection, owner: Mailbox, name: str) -> str | None:
    """The text, or None when it was never set."""
    row = db.execute("SELECT value FROM mailbox_setting WHERE mailbox=? AND name=?", (owner.id, name)).fetchone()
    return None if row is None else str(row[0])


def write(db: sqlite3.Connection, owner: Mailbox, name: str, value: str) -> None:
    """Set it, whatever it was before."""
    db.execute("INSERT OR REPLACE INTO mailbox_setting (mailbox, name, value) VALUES (?, ?, ?)",
               (owner.id, name, value))


def remove(db: sqlite3.Connection, owner: Mailbox, name: str) -> None:
    """Forget it; harmless when it was never set."""
    db.execute("DELETE FROM mailbox_setting WHERE mailbox=? AND name=?", (owner.id, name))
