"""The audit: who did what, when and from where, with what result; and one line for each task that was forgotten.

A stream of Redis for each workspace, `omm:audit:<team>`; what the operator did to tasks of no workspace is in
`omm:audit:terminal`. Entries are appended, never changed, and cut off at the old end alone. Each has one field,
`line`, which is read by `bot/stored/audit_entries.py`.

None names a login, a host, a folder or a mailbox in clear text: an Entry has them encrypted under its task's own key
(`engine/store/task_keys.py`), which goes with the task's data.

`omm:audit:<team>:tasks` finds the entries of a task; `omm:audit:<team>:cut` says what was cut off.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from redis import Redis

from bot.stored.audit_entries import Entry, line_of, line_of_damaged, read
from engine.errors import UnreadableError
from engine.store import stored
from engine.store.indexes import record_key
from engine.store.patience import Patient, text
from engine.store.stored import Stored

if TYPE_CHECKING:       # a migration that begins at the terminal has no thread
    from bot.stored.threads import Thread
    from engine.migration.record import Migration

PREFIX = "omm:audit:"
SHOWN = "omm:audit:shown:"       # and the workspace
TERMINAL = "terminal"
PATIENCE = 2.0          # seconds; somebody may be waiting
MOST = 1_000_000        # entries of a workspace
SLICE = 500             # entries that are read or cut off in one step
RECENT = 50             # entries that are looked at for one that was written before
MILLISECONDS, COUNTED = 15, 10      # digits of an entry's ID in the index

# In all scripts, the index has a member for each entry about a task: the task ID and the entry's ID, which sorts.
INDEXED = """
local function indexed(task, id)
    local ms, seq = string.match(id, '(%d+)-(%d+)')
    return task .. ':' .. string.rep('0', 15 - #ms) .. ms .. '-' .. string.rep('0', 10 - #seq) .. seq
end
"""

# KEYS: stream, index. ARGV: the line, task ID or '', a mark of this line. One that has it already is our own writing,
# whose answer was lost.
APPEND = INDEXED + """
for _, known in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 20)) do
    for place = 1, #known[2], 2 do
        if known[2][place] == 'mark' and known[2][place + 1] == ARGV[3] then return known[1] end
    end
end
local id = redis.call('XADD', KEYS[1], '*', 'line', ARGV[1], 'mark', ARGV[3])
if ARGV[2] ~= '' then redis.call('ZADD', KEYS[2], 0, indexed(ARGV[2], id)) end
return id
"""

# KEYS: record, stream, index. ARGV: when the record was updated, the line, task ID. 0: that very record was written
# down before.
WRITE = INDEXED + """
if redis.call('HGET', KEYS[1], 'audited') == ARGV[1] then return 0 end
local id = redis.call('XADD', KEYS[2], '*', 'line', ARGV[2])
redis.call('ZADD', KEYS[3], 0, indexed(ARGV[3], id))
redis.call('HSET', KEYS[1], 'audited', ARGV[1])
return 1
"""

# KEYS: stream, index, cut. ARGV: the time of the last entry, then ID and task of each.
CUT = INDEXED + """
for i = 2, #ARGV, 2 do
    if redis.call('XDEL', KEYS[1], ARGV[i]) == 1 then redis.call('HINCRBY', KEYS[3], 'entries', 1) end
    if ARGV[i + 1] ~= '' then redis.call('ZREM', KEYS[2], indexed(ARGV[i + 1], ARGV[i])) end
end
redis.call('HSET', KEYS[3], 'until', ARGV[1])
return 1
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry at its place in the stream. `entry` is None for one of a later release, or a damaged one."""

    id: str
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, newest first. `newer`, `older`: there are more on that side."""

    entries: tuple[Placed, ...]
    newer: bool = False
    older: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """How many entries were cut off at the old end, and when the last of them was written (UTC)."""

    entries: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Shown(Stored):
    """How far the audit is posted into a `channel`: every entry until the one of ID `until`.

    `under_way` is the ID of the last entry in the message that is being handed over, '' without one; `at` is when the
    last message was handed over, in seconds since 1970. `refused`: the channel took nothing from us then.
    """

    channel: str
    until: str
    under_way: str = ""
    at: float = 0.0
    refused: bool = False


class Audit:
    """Every entry and every line."""

    def __init__(self, redis: Patient) -> None:
        self._redis = redis

    # Writing

    def append(self, team: str, entry: Entry) -> str:
        """Appends an entry to the stream of a workspace, '' for the terminal's; returns its ID."""
        arguments = (stored.write(entry), entry.task, secrets.token_hex(4))
        return text(self._redis.script(APPEND, [_stream(team), _index(team)], arguments))

    def newest(self, team: str) -> str:
        """The ID of the newest entry of a workspace, '' where there is none."""
        found = self._redis.call(lambda redis: redis.xrevrange(_stream(team), count=1))
        return text(found[0][0]) if found else ""

    def write(self, migration: Migration, thread: Thread | None, *, by: str, now: datetime) -> None:
        """Writes the line of a task that is about to be forgotten, once for each state of its record."""
        self._write(migration.task_id, thread, migration.updated.isoformat(), line_of(migration, thread, by, now))

    def write_damaged(self, task_id: str, thread: Thread | None, *, by: str, now: datetime) -> None:
        """Writes the line of a task that is about to be forgotten and whose record cannot be read."""
        self._write(task_id, thread, "damaged", line_of_damaged(task_id, thread, by, now))

    def _write(self, task_id: str, thread: Thread | None, updated: str, line: str) -> None:
        team = thread.team if thread else TERMINAL
        self._redis.script(WRITE, [record_key(task_id), _stream(team), _index(team)], (updated, line, task_id))

    def has(self, migration: Migration) -> bool:
        """True: the line is written and the task is still here, so whoever was forgetting it was cut off."""
        marked = self._redis.call(lambda redis: redis.hget(record_key(migration.task_id), "audited"))
        return marked is not None and text(marked) == migration.updated.isoformat()

    # Reading

    def lines(self, team: str = TERMINAL) -> list[dict[str, Any]]:
        """The lines of a workspace's tasks that were forgotten, the oldest first."""
        entries: Any = self._redis.call(lambda redis: redis.xrange(_stream(team)))
        lines = [json.loads(_held(fields)) for _, fields in entries]
        return [line for line in lines if line["v"] == 1]

    def teams(self) -> list[str]:
        """Whose streams there are. Looks at all keys, so it is for now and then."""
        found = self._redis.call(lambda redis: list(redis.scan_iter(f"{PREFIX}*", count=1000)))
        names = [text(key).removeprefix(PREFIX) for key in found]
        return sorted(name for name in names if ":" not in name)

    def page(self, team: str, task: str = "", *, before: str = "", after: str = "", most: int = 20) -> Page:
        """The newest entries, or those next to the one of that ID; with `task` those about it alone.

        Whatever the length of the stream, only one page is read.
        """
        ids = self._ids(team, task, before, after, most + 1)
        more, kept = len(ids) > most, ids[:most]
        entries = tuple(Placed(id_, read(line)) for id_, line in (reversed(kept) if after else kept))
        return Page(entries, newer=more, older=True) if after else Page(entries, newer=bool(before), older=more)

    def _ids(self, team: str, task: str, before: str, after: str, most: int) -> list[tuple[str, str]]:
        """IDs and lines, those that are nearest to the given one first."""
        if not task:
            found: Any = self._redis.call(
                lambda redis: redis.xrange(_stream(team), f"({after}", "+", count=most) if after
                else redis.xrevrange(_stream(team), f"({before}" if before else "+", "-", count=most)
            )
            return [(text(id_), _held(fields)) for id_, fields in found]
        members = self._redis.call(
            lambda redis: redis.zrangebylex(_index(team), f"({task}:{_wide(after)}", f"({task};", 0, most) if after
            else redis.zrevrangebylex(
                _index(team), f"({task}:{_wide(before)}" if before else f"({task};", f"[{task}:", 0, most
            )
        )
        return self._lines_at(team, [_narrow(text(member)) for member in members])

    def _lines_at(self, team: str, ids: Sequence[str]) -> list[tuple[str, str]]:
        def ask(redis: Redis) -> list[Any]:
            pipeline = redis.pipeline(transaction=False)
            for id_ in ids:
                pipeline.xrange(_stream(team), id_, id_)
            return list(pipeline.execute())

        return [(text(id_), _held(fields)) for found in self._redis.call(ask) for id_, fields in found]

    def entries(self, team: str, task: str = "") -> Iterator[Placed]:
        """All entries of a workspace, newest first; with `task` those about it alone."""
        page = self.page(team, task, most=SLICE)
        yield from page.entries
        while page.older:
            page = self.page(team, task, before=page.entries[-1].id, most=SLICE)
            yield from page.entries

    def was_written(self, team: str, task: str, same: Callable[[Entry], bool]) -> bool:
        """True: one of the last entries, with `task` of those about it, is the same."""
        recent = self.page(team, task, most=RECENT).entries
        return any(placed.entry is not None and same(placed.entry) for placed in recent)

    # What is shown elsewhere, too

    def shown(self, team: str) -> Shown | None:
        """How far the entries of a workspace are posted into a channel; None: they are not."""
        value = self._redis.call(lambda redis: redis.get(f"{SHOWN}{team}"))
        with suppress(UnreadableError):
            return None if value is None else stored.read(Shown, value, name="How far the audit is posted")
        return None

    def note_shown(self, team: str, shown: Shown | None) -> None:
        """Writes it down; None: nothing is posted any more."""
        if shown is None:
            self._redis.call(lambda redis: redis.delete(f"{SHOWN}{team}"))
        else:
            self._redis.call(lambda redis: redis.set(f"{SHOWN}{team}", stored.write(shown)))

    # The old end

    def cut_off(self, before: datetime, *, most: int = MOST) -> int:
        """Cuts off what is older than `before`, and what is more than `most` in one stream; returns how many."""
        return sum(self._cut_off(team, before, most) for team in self.teams())

    def _cut_off(self, team: str, before: datetime, most: int) -> int:
        gone = 0
        while True:
            length = self._redis.call(lambda redis: redis.xlen(_stream(team)))
            found: Any = self._redis.call(lambda redis: redis.xrange(_stream(team), count=SLICE))
            oldest = [(text(id_), read(_held(fields))) for id_, fields in found]
            over = [
                (id_, entry) for number, (id_, entry) in enumerate(oldest)
                if number < length - most or when(id_, entry) < before
            ]
            if over:
                self._cut(team, over)
            gone += len(over)
            if len(over) < SLICE:
                return gone

    def _cut(self, team: str, over: Sequence[tuple[str, Entry | None]]) -> None:
        until = when(*over[-1]).isoformat()
        named = [part for id_, entry in over for part in (id_, entry.task if entry else "")]
        self._redis.script(CUT, [_stream(team), _index(team), _cut_key(team)], (until, *named))

    def cut(self, team: str) -> Cut | None:
        """What was cut off of a workspace's entries; None: nothing ever."""
        found = self._redis.call(lambda redis: redis.hgetall(_cut_key(team)))
        held = {text(name): text(value) for name, value in found.items()}
        return Cut(int(held["entries"]), datetime.fromisoformat(held["until"])) if held.get("entries") else None


def _held(fields: dict[Any, Any]) -> str:
    return next((text(value) for name, value in fields.items() if text(name) == "line"), "")


def when(id_: str, entry: Entry | None) -> datetime:
    """When an entry was written: by our clock, by that of Redis where it cannot be read."""
    return datetime.fromtimestamp(int(id_.partition("-")[0]) / 1000, UTC) if entry is None else entry.at


# Keys and IDs


def is_later(one: str, other: str) -> bool:
    """True: the entry of the first ID was written after that of the other one."""
    return _wide(one) > _wide(other)

def _wide(id_: str) -> str:
    """An ID as the index has it."""
    milliseconds, _, counted = id_.partition("-")
    return f"{milliseconds:0>{MILLISECONDS}}-{counted:0>{COUNTED}}"


def _narrow(member: str) -> str:
    milliseconds, _, counted = member.rpartition(":")[2].partition("-")
    return f"{int(milliseconds)}-{int(counted)}"


def _stream(team: str) -> str:
    return f"{PREFIX}{team or TERMINAL}"


def _index(team: str) -> str:
    return f"{_stream(team)}:tasks"


def _cut_key(team: str) -> str:
    return f"{_stream(team)}:cut"
