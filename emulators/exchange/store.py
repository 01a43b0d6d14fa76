"""The mailboxes in one SQLite file, which outlives kill -9.

Tables
    mailbox          one a mailbox: its GUID, a salted hash of its password, two counters: `clock`, the
                     number of the last change, and `entries`, the number of the last folder or item id.
    folder           `gone` folders were hard-deleted: they stay as rows, reachable by nothing.
    folder_tombstone what SyncFolderHierarchy must still report as deleted.
    item             one a message, appointment, contact, ...; see item.py. `row` never changes, `entry` is
                     the number in the ItemId and changes with a move. `born` is the change that brought the
                     item into its folder, `change` its last one, `content` its last one that was more than
                     read or unread. `appointment` is what a calendar computes (calendar/appointment.py). `gone` is 1
                     of what was purged, 2 of an exception, which its series shows and no folder.
    item_tombstone   what SyncFolderItems must still report as deleted.
    mime             the bytes exactly as received; copies of an item share them.
    attachment       what was attached by element, and which parts of the MIME were detached; see attached.py.
    property         extended properties of items, `folder_property` those of folders. `value` is JSON: a
                     string, or a list for the array types.
    inbox_rule       one an Inbox rule; see rules/rule.py.
    mailbox_setting  one a setting of a mailbox that no folder shows.
    user_configuration  one a user configuration, which is an associated item; see associated.py.
    rule_message     rules that are hidden messages of the Inbox and no Inbox rules; see rules/hidden.py.
    proxy_address    the addresses of mailboxes besides their primary ones.
    public_group     groups of the directory, with the addresses of their members as JSON.
    outgoing         what a real server would have sent to somebody.

Deleted items lie in the folders under Recoverable Items, the dumpster, as on a real server since 2010.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from itertools import chain
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS mailbox (
    id INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE, user TEXT NOT NULL, guid TEXT NOT NULL,
    salt BLOB NOT NULL, digest BLOB NOT NULL, clock INTEGER NOT NULL, entries INTEGER NOT NULL,
    used INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS folder (
    id INTEGER PRIMARY KEY, mailbox INTEGER NOT NULL, entry INTEGER NOT NULL, parent INTEGER,
    name TEXT NOT NULL, class TEXT, element TEXT NOT NULL, distinguished TEXT,
    created TEXT NOT NULL, modified TEXT NOT NULL, born INTEGER NOT NULL, change INTEGER NOT NULL,
    gone INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS folder_parent ON folder (parent);
CREATE UNIQUE INDEX IF NOT EXISTS folder_entry ON folder (mailbox, entry);
CREATE TABLE IF NOT EXISTS folder_tombstone (
    mailbox INTEGER NOT NULL, folder INTEGER NOT NULL, entry INTEGER NOT NULL, born INTEGER NOT NULL,
    change INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS folder_property (
    folder INTEGER NOT NULL, path TEXT NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (folder, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS item (
    row INTEGER PRIMARY KEY, mailbox INTEGER NOT NULL, folder INTEGER NOT NULL, entry INTEGER NOT NULL,
    kind TEXT NOT NULL, class TEXT NOT NULL, subject TEXT NOT NULL, sensitivity TEXT NOT NULL,
    importance TEXT NOT NULL, received TEXT NOT NULL, sent TEXT NOT NULL, created TEXT NOT NULL,
    modified TEXT NOT NULL, flags INTEGER NOT NULL, flag TEXT NOT NULL, icon INTEGER, verb INTEGER,
    verb_time TEXT, categories TEXT NOT NULL, read_receipt INTEGER NOT NULL,
    delivery_receipt INTEGER NOT NULL, message_id TEXT, attachments INTEGER NOT NULL, size INTEGER NOT NULL,
    search_key BLOB NOT NULL, extra TEXT NOT NULL, mime INTEGER, born INTEGER NOT NULL,
    change INTEGER NOT NULL, content INTEGER NOT NULL, appointment TEXT NOT NULL, gone INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX IF NOT EXISTS item_entry ON item (mailbox, entry);
CREATE INDEX IF NOT EXISTS item_born ON item (folder, born);
CREATE INDEX IF NOT EXISTS item_change ON item (folder, change);
CREATE TABLE IF NOT EXISTS item_tombstone (
    folder INTEGER NOT NULL, entry INTEGER NOT NULL, born INTEGER NOT NULL, change INTEGER NOT NULL,
    PRIMARY KEY (folder, change)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mime (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS attachment (
    item INTEGER NOT NULL, path TEXT NOT NULL, gone INTEGER NOT NULL, form TEXT NOT NULL, name TEXT NOT NULL,
    type TEXT NOT NULL, content_id TEXT NOT NULL, location TEXT NOT NULL, modified TEXT NOT NULL,
    inline INTEGER NOT NULL, content BLOB NOT NULL,
    photo INTEGER NOT NULL DEFAULT 0, UNIQUE (item, path));
CREATE TABLE IF NOT EXISTS property (
    item INTEGER NOT NULL, path TEXT NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (item, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS inbox_rule (
    mailbox INTEGER NOT NULL, number INTEGER NOT NULL, priority INTEGER NOT NULL, in_error INTEGER NOT NULL,
    rule TEXT NOT NULL, PRIMARY KEY (mailbox, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mailbox_setting (
    mailbox INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (mailbox, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS user_configuration (
    mailbox INTEGER NOT NULL, folder INTEGER NOT NULL, entry INTEGER NOT NULL, name TEXT NOT NULL, dictionary TEXT,
    xml TEXT, binary TEXT, created TEXT NOT NULL, modified TEXT NOT NULL, born INTEGER NOT NULL,
    change INTEGER NOT NULL, gone INTEGER NOT NULL, PRIMARY KEY (mailbox, entry)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS configuration_folder ON user_configuration (folder);
CREATE TABLE IF NOT EXISTS rule_message (
    mailbox INTEGER NOT NULL, entry INTEGER NOT NULL, name TEXT NOT NULL, class TEXT NOT NULL, provider TEXT NOT NULL,
    state INTEGER NOT NULL, PRIMARY KEY (mailbox, entry)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS proxy_address (address TEXT PRIMARY KEY, mailbox INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS public_group (address TEXT PRIMARY KEY, name TEXT NOT NULL, members TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outgoing (
    id INTEGER PRIMARY KEY, mailbox INTEGER NOT NULL, time TEXT NOT NULL, kind TEXT NOT NULL,
    recipients TEXT NOT NULL, subject TEXT NOT NULL, cause TEXT NOT NULL);
"""


_PAGES_KEPT = 8000      # in the log, which outlives kill -9 as the file does, until they are copied into the file


@cache
def _empty() -> bytes:
    """A file with all tables and nothing in them: to copy it costs less than to make them anew."""
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript(_SCHEMA)
        return made.serialize()


class Store:
    """One SQLite connection behind one lock; a request is one transaction.

    synchronous is OFF: what is committed survives the death of this process, which is what tests kill,
    not a power cut.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the file."""
        self.lock = threading.RLock()
        is_new = not path.exists()
        if is_new:
            path.write_bytes(_empty())
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, cached_statements=256)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=OFF")
        self.db.execute(f"PRAGMA wal_autocheckpoint={_PAGES_KEPT}")
        self.db.execute("PRAGMA cache_size=-65536")
        if not is_new:      # its tables may be those of an earlier release
            self.db.executescript(_SCHEMA)

    @contextmanager
    def transaction(self, *, commit: bool = True) -> Iterator[sqlite3.Connection]:
        """Everything inside is stored at once, or (an exception, or `commit` false) not at all."""
        with self.lock:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT" if commit else "ROLLBACK")

    def copied(self) -> sqlite3.Connection:
        """Everything as it is now, between two transactions, in memory."""
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        with self.lock:
            self.db.backup(copy)
        return copy

    def put_back(self, copy: sqlite3.Connection) -> None:
        """Let everything be again as it was when it was copied."""
        with self.lock:
            copy.backup(self.db)

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self.db.close()


_ROWS_AT_ONCE = 50      # of a table with 30 columns at most: SQLite takes 32,766 values a statement


def insert_rows(db: sqlite3.Connection, insert: str, rows: Sequence[Sequence[object]]) -> None:
    """Store rows of equal length behind `insert`, "INSERT INTO table (columns)".

    One statement for many: each statement lets other threads run, and then waits for its turn again.
    """
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows[start:start + _ROWS_AT_ONCE]
        holes = f"({', '.join('?' * len(part[0]))})"
        db.execute(f"{insert} VALUES {', '.join([holes] * len(part))}", tuple(chain.from_iterable(part)))


def next_number(db: sqlite3.Connection, table: str, column: str) -> int:
    """The primary key of the next new row, as SQLite itself would choose it."""
    return int(db.execute(f"SELECT coalesce(max({column}), 0) + 1 FROM {table}").fetchone()[0])  # noqa: S608 - our own names
