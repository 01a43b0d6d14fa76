"""Messages and home tabs in one SQLite file, or in memory.

Nothing else is written: what is typed into forms, slash commands and ephemeral messages lives in memory only.
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (channel TEXT, ts TEXT, body TEXT NOT NULL, PRIMARY KEY (channel, ts));
CREATE TABLE IF NOT EXISTS home (user TEXT PRIMARY KEY, view TEXT NOT NULL);
"""


class Store:
    """Used under the state's lock."""

    def __init__(self, database: Path | None) -> None:
        """Open or make the file."""
        self._db = sqlite3.connect(database or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def put(self, channel: str, message: dict[str, Any]) -> None:
        """Write a message, or write over it."""
        self._db.execute("INSERT OR REPLACE INTO message VALUES (?, ?, ?)",
                         (channel, message["ts"], json.dumps(message)))

    def get(self, channel: str, ts: str) -> dict[str, Any] | None:
        """One message."""
        row = self._db.execute("SELECT body FROM message WHERE channel = ? AND ts = ?", (channel, ts)).fetchone()
        return None if row is None else json.loads(row[0])

    def remove(self, channel: str, ts: str) -> None:
        """Take a message away."""
        self._db.execute("DELETE FROM message WHERE channel = ? AND ts = ?", (channel, ts))

    def messages(self, channel: str) -> list[dict[str, Any]]:
        """A conversation, thread replies included, oldest first."""
        rows = self._db.execute("SELECT body FROM message WHERE channel = ? ORDER BY ts", (channel,))
        return [json.loads(row[0]) for row in rows]

    def newest(self) -> float:
        """The highest timestamp of all messages; 0 without any."""
        found = self._db.execute("SELECT MAX(ts) FROM message").fetchone()[0]
        return float(found or 0)

    def put_home(self, user: str, view: dict[str, Any]) -> None:
        """Write a person's home tab."""
        self._db.execute("INSERT OR REPLACE INTO home VALUES (?, ?)", (user, json.dumps(view)))

    def homes(self) -> dict[str, dict[str, Any]]:
        """Every home tab, by user id."""
        return {user: json.loads(view) for user, view in self._db.execute("SELECT user, view FROM home")}
