"""Replacing the secret key: a new one is put in front, everything in the store is encrypted with it, the old one goes.

Programs read {"task_id": null, "state", "keys", "values": {what: {"newest", "older", "none", "rewritten"}},
"file_rewritten", "needed": {"tasks", "running", "until"}, "removable"}. "state" is "counted", "rotated", "added" (a
line for the setting was written) or "removed". "none" are values that none of the keys opens. "tasks" are those whose
mailboxes may hold something that only an old key opens, "running" those of them that have not ended, and "until" is
when the rollback window of the last of the others ends. "file_rewritten": the append-only file holds nothing of before.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from cryptography.fernet import Fernet

import wiring
from bot.stored.audit_entries import What
from bot.work.heartbeats import EXPIRES, WITHOUT, Heartbeats
from bot.work.programs import Programs
from engine import threads
from engine.errors import Cause, FatalError, InputError, UnreadableError
from engine.store.key_file import ADD_TO, SETTING, KeyFile
from engine.store.keys import SecretKeys
from engine.store.lease import Lease
from engine.store.patience import Patient
from engine.store.rotation import Rotation, Tally
from engine.store.store import Store
from engine.words import number
from terminal.acting import acting
from terminal.driving import COMPLETED, NOT_COMPLETED, WITH_FAILURES
from terminal.session import Session, tasks_of
from terminal.usage import UsageError, usage

LEASE = "secret keys"
HEARD_WITHIN = EXPIRES + 5.0    # seconds after which nobody hears any more of a program that has ended
FROM_FILE = (
    "These keys are in the file {path}, so omm admin rotate-key changes it itself. --setting-file is for keys that "
    f"{SETTING} holds."
)
ONE_KEY = (
    f"{SETTING} holds one key. Three steps replace it:\n"
    "1. omm admin rotate-key --setting-file FILE writes a line for the settings into FILE: a new key, a comma, and the "
    "key of now. Put that line where the setting is, on every machine, and remove FILE.\n"
    "2. Start all programs again, on every machine.\n"
    "3. omm admin rotate-key encrypts everything in the store with the new key, and says when the old one can go."
)
ADDED = (
    "The line with a new key is in {file}, which you alone can read. Put it where the settings are, on every machine, "
    f"in the place of the line with {SETTING}. Remove the file, start all programs again, then call: "
    "omm admin rotate-key"
)
LACKING = (
    "These programs have not got the new key, so nothing was encrypted with it: {programs}. Start them again, then "
    "call omm admin rotate-key once more."
)
LEFT_OUT = "These programs have not got the new key, and what they keep is under the old one: {programs}."
WAITING = "Waiting until every program has the new key."
STRANGE = "{role} is running, and does not say which keys it has: it is of an earlier release"
FIRST_STAYS = "What encrypts, the first key there, stays."
NOTHING_OLD = "There is no old key to be removed."
STILL_NEEDED = "The old key is still needed, and stays. {why}"
BACKUPS = "Without it, no backup of the store from before can be read."
IN_STORE = "What is in the store under it: {count}. To encrypt that with the new key: omm admin rotate-key"
IN_FILE = (
    "The append-only file of the store still holds what was encrypted with the old key, until the store rewrites it "
    "(BGREWRITEAOF)."
)
UNDER_WAY = "48 hours after {tasks} ended"       # which is later than the end of any other window
NAMED = 5               # tasks that are named in a sentence
ENDED = "from {until} on"
SETTINGS = (
    "{tasks} changed settings, and what these were before lies also in the mailboxes, under the old key; nobody can "
    "write that anew from here. The old key can go {when}."
)


@dataclass(frozen=True, slots=True)
class Needed:
    """For what the old keys are needed beside the store: the copies that tasks keep in their mailboxes."""

    tasks: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    until: datetime | None = None       # of those that have ended


@dataclass(frozen=True, slots=True)
class _Desk:
    """What all steps work with."""

    session: Session
    doors: wiring.Doors
    keys: SecretKeys
    file: KeyFile | None        # None where the keys come from the environment
    wait: Callable[[float], object]

    @property
    def rotation(self) -> Rotation:
        return Rotation(Patient(self.doors.redis), keys=self.keys)

    @property
    def has_old(self) -> bool:
        return len(self.keys.names()) > 1


def run_rotate_key(
    session: Session, *, check: bool, remove_old: bool, setting_file: str | None, yes: bool,
    wait: Callable[[float], object] = threads.sleep,
) -> int:
    """Replaces the secret key, or does the one step that was asked for. `wait` waits so many seconds.

    Raises UsageError, FatalError.
    """
    if (check, remove_old, setting_file is not None).count(True) > 1:
        raise UsageError("--check, --remove-old and --setting-file are three different steps. Give one of them.")
    with session.doors() as doors:
        with usage():
            keys = wiring.keys(session.settings)
        given = session.settings.environ.get(SETTING, "").strip()
        file = None if given else KeyFile(session.settings.config_dir)
        desk = _Desk(session, doors, keys, file, wait)
        if check:
            return _told(desk, "counted", desk.rotation.count())
        if setting_file is not None:
            return _written(desk, setting_file, given)
        with acting(tasks_of(doors), What.REMOVE_KEY if remove_old else What.ROTATE_KEY), _alone(desk):
            return _removed(desk, yes=yes) if remove_old else _rotated(desk)


@contextmanager
def _alone(desk: _Desk) -> Iterator[None]:
    lease = desk.doors.engine.store.acquire(LEASE, holder=LEASE)
    if not isinstance(lease, Lease):
        raise FatalError("Another omm admin rotate-key is at work.", cause=Cause.STORE)
    with lease:
        yield


def _written(desk: _Desk, name: str, given: str) -> int:
    """Writes the line for the settings into a file of this user's alone."""
    if desk.file is not None:
        raise UsageError(FROM_FILE.format(path=desk.file.path))
    try:
        descriptor = os.open(Path(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UsageError(f"The file {name} cannot be made: {error.strerror}.") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(f"{SETTING}={Fernet.generate_key().decode()},{given}\n")
    desk.session.out.say(ADDED.format(file=name))
    desk.session.out.result({"task_id": None, "state": "added", "keys": len(desk.keys.names())})
    return COMPLETED


def _rotated(desk: _Desk) -> int:
    if desk.file is None and not desk.has_old:
        raise UsageError(ONE_KEY)
    if desk.file is not None and not desk.has_old:
        desk.file.put_in_front()
    _wait_for_all(desk)
    rotation = desk.rotation
    rotation.newest_since(desk.doors.engine.clock())
    found = rotation.rewrite()
    return _told(desk, "rotated", found)


def _wait_for_all(desk: _Desk) -> None:
    """Returns once every program has the newest key as its first. Raises FatalError that names those that have not."""
    waited = 0.0
    while lacking := _lacking(desk):
        if waited >= HEARD_WITHIN:
            raise FatalError(LACKING.format(programs="; ".join(lacking)), cause=Cause.STORE)
        if not waited:
            desk.session.out.say(WAITING)
        desk.wait(1.0)
        waited += 1.0


def _lacking(desk: _Desk) -> list[str]:
    programs, newest = Programs(desk.doors.redis).all(), desk.keys.names()[0]
    absent = Heartbeats(desk.doors.redis).absent()
    silent = {role for role in WITHOUT if role not in absent} - {program.role for program in programs}
    return [*(str(program) for program in programs if program.keys[:1] != (newest,)),
            *(STRANGE.format(role=f"worker.py {role}") for role in sorted(silent))]


def _removed(desk: _Desk, *, yes: bool) -> int:
    if not desk.has_old:
        raise UsageError(NOTHING_OLD)
    found, needed = desk.rotation.count(), _needed(desk)
    if why := _why_not(desk, found, needed):
        raise FatalError(STILL_NEEDED.format(why=" ".join(why)), cause=Cause.STORE)
    if desk.file is None:
        raise UsageError(
            f"The old key is not needed any more. Take it out of {SETTING}, on every machine, and start all programs "
            f"again. {FIRST_STAYS} {BACKUPS}"
        )
    if not yes:
        click.confirm(f"Remove the old key? {BACKUPS}", abort=True, err=True)
    desk.file.remove_old()
    _forget_accepted(desk)
    return _told(desk, "removed", found)


def _forget_accepted(desk: _Desk) -> None:
    """Forgets which passwords servers have accepted: their digests were made with the old key."""
    redis = desk.doors.redis
    for key in redis.scan_iter("omm:accepted:*", count=1000):
        redis.delete(key)


def _needed(desk: _Desk) -> Needed:
    """What tasks keep in mailboxes since before the newest key was everybody's."""
    since, store = desk.rotation.known_since(), desk.doors.engine.store
    if not desk.has_old:
        return Needed()
    found = [(task_id, _ends(store, task_id, since)) for task_id in store.images.tasks()]
    kept = {task_id: ends for task_id, ends in found if ends is not None}
    times = [ends for ends in kept.values() if isinstance(ends, datetime)]
    running = tuple(task_id for task_id, ends in kept.items() if not isinstance(ends, datetime))
    return Needed(tuple(kept), running, max(times, default=None))


def _ends(store: Store, task_id: str, since: datetime | None) -> datetime | bool | None:
    """When its rollback window ends; True: it has not ended. None: it keeps nothing under an old key."""
    try:
        migration = store.load(task_id)
    except InputError:      # it was forgotten meanwhile
        return None
    except UnreadableError:     # of a newer release: it may have begun at any time
        return True
    if since is not None and migration.created > since:
        return None
    return migration.rollback_until or True


def _why_not(desk: _Desk, found: Mapping[str, Tally], needed: Needed) -> list[str]:
    """Why the old keys cannot go now, in sentences; nothing where they can."""
    older, lacking = sum(tally.older for tally in found.values()), _lacking(desk) if desk.has_old else []
    return [*([IN_STORE.format(count=number(older, "value"))] if older else []),
            *([LEFT_OUT.format(programs="; ".join(lacking))] if lacking else []),
            *([_of_mailboxes(needed)] if needed.tasks else [])]


def _of_mailboxes(needed: Needed) -> str:
    count, running = len(needed.tasks), len(needed.running)
    who = f"{number(count, 'migration')} {'has' if count == 1 else 'have'}"
    if running or needed.until is None:
        named = f"{', '.join(needed.running[:NAMED])}{'…' if running > NAMED else ''}"
        when = UNDER_WAY.format(tasks=f"{named} {'has' if running == 1 else 'have'}")
    else:
        when = ENDED.format(until=f"{needed.until:%-d %B %Y, %H:%M} UTC")
    return SETTINGS.format(tasks=who, when=when)


# What is said


def _told(desk: _Desk, state: str, found: Mapping[str, Tally]) -> int:
    """Says what there is, and whether the old keys can go. Returns the exit status."""
    out, needed = desk.session.out, _needed(desk)
    rewritten = True if state == "counted" else desk.doors.engine.vault.rewrite_if_due()
    why = [*_why_not(desk, found, needed), *([] if rewritten else [IN_FILE])]
    lost = sum(tally.none for tally in found.values())
    out.say(*(_line(what, tally) for what, tally in found.items() if tally != Tally()))
    if lost:
        out.say(f"{number(lost, 'value')} can be opened by none of the keys. Add the missing key to {ADD_TO}.")
    out.say(*_verdict(desk, state, why))
    out.result({
        "task_id": None, "state": state, "keys": len(desk.keys.names()),
        "values": {what: asdict(tally) for what, tally in found.items()}, "file_rewritten": rewritten,
        "needed": _record(needed), "removable": desk.has_old and not why,
    })
    if state == "rotated" and any(tally.older for tally in found.values()):
        return NOT_COMPLETED
    return WITH_FAILURES if lost or not rewritten else COMPLETED


def _line(what: str, tally: Tally) -> str:
    parts = [f"{tally.newest} under the newest key"]
    parts += [f"{tally.rewritten} of them rewritten now"] if tally.rewritten else []
    parts += [f"{tally.older} under an older key"] if tally.older else []
    parts += [f"{tally.none} under none of the keys"] if tally.none else []
    return f"{what}: {', '.join(parts)}"


def _verdict(desk: _Desk, state: str, why: list[str]) -> list[str]:
    if state == "removed":
        return ["The old key is removed.", *why]
    if not desk.has_old:
        return ["There is one key, and nothing else to do."]
    if why:
        return ["The old key must stay.", *why]
    if desk.file is not None:
        return ["The old key is not needed any more. To remove it: omm admin rotate-key --remove-old", BACKUPS]
    how = f"To remove it, take it out of {SETTING} on every machine."
    return [f"The old key is not needed any more. {how} {FIRST_STAYS}", BACKUPS]


def _record(needed: Needed) -> dict[str, Any]:
    until = needed.until
    return {"tasks": list(needed.tasks), "running": list(needed.running),
            "until": None if until is None else until.isoformat()}
