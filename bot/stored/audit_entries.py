"""Entries of the audit: who did what, and the line that stays of a task that was forgotten.

Both are JSON objects with a version. Version 2 is an Entry. Version 1 is the line of a task that was forgotten:

    v           1
    task        the task ID
    state       where it stood; "damaged" where its record could not be read, and nothing else is known of it
    created, started, ended, rolled_back, forgotten     times (ISO 8601, UTC), null where it never came to that
    counts      by content: found, copied, already_there, failed, left_out
    rollback    found, removed, kept, gone; null without one
    user        the Slack ID of whoever began it, null for a terminal's
    why         "retention": its time was over. "asked": somebody asked for it
    by          the Slack ID of whoever asked, or "operator"; null for retention
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from engine.errors import UnreadableError
from engine.migration.steering import BY_RETENTION
from engine.store import stored
from engine.store.stored import Stored

if TYPE_CHECKING:       # a migration that begins at the terminal has no thread
    from bot.stored.threads import Thread
    from engine.migration.record import Migration

SUMS = ("found", "copied", "already_there", "failed", "left_out")
TAKEN_BACK = ("found", "removed", "kept", "gone")


class What(StrEnum):
    """What was done. The words that are typed after the command stand for the same acts."""

    FORM = "open the form"
    CHECK_FIRST = "check first"
    SEND = "send the form"
    PAGE_LINK = "ask for the private page"
    PAGE = "use the private page"
    CONSENT_LINK = "ask for the way to Google's page"
    CONSENT = "consent"
    REVOKE = "give consent back"
    START = "start"
    LIST = "list"
    STATUS = "status"
    REPORT = "report"
    PAUSE = "pause"
    RESUME = "resume"
    COPY_AGAIN = "copy everything again"
    RETRY = "retry"
    CANCEL = "cancel"
    STOP = "stop now"
    PASSWORD = "give a password"        # noqa: S105 - what was done, and no password
    ACCESS = "give access"
    ROLLBACK = "rollback"
    ASK = "ask for approval"
    APPROVE = "approve"
    DENY = "deny"
    WITHDRAW = "withdraw"
    EXPIRED = "expired"                 # nobody's act: nobody has decided in time
    SWITCH_ON = "switch the out-of-office on"
    FOLLOW = "follow"
    FORGET = "forget"
    DELETE_DATA = "delete my data"
    AUDIT = "read the audit"
    NOT_DRAWN = "send what was not drawn"
    AUDIT_FILE = "take the audit as a file"
    EVERYBODY = "list everybody's migrations"
    WORKERS = "look at the workers"
    PAUSE_ALL = "pause all"
    GO_ON = "go on"
    SIGN_IN = "sign in"
    SETTINGS = "change the settings"
    ROTATE_KEY = "replace the secret key"
    REMOVE_KEY = "remove the old secret key"
    OPEN_SOURCE = "open the source by a service account"
    OPEN_DESTINATION = "open the destination by a service account"
    STATE = "state"                     # nobody's act: the task has come to another state
    FORGOTTEN = "forgotten"             # the line of version 1


class Surface(StrEnum):
    """Where it was done."""

    FORM = "form"
    CARD = "card"
    DIALOG = "dialog"
    HOME = "home"
    COMMAND = "command"
    SHORTCUT = "shortcut"
    MESSAGE = "direct message"
    PAGE = "private page"
    TERMINAL = "terminal"
    OMM = ""            # by OMM itself


class Result(StrEnum):
    """What came of it."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Entry(Stored):
    """What somebody did. `at` is when (UTC). `who` is their Slack ID, the operator's user name, or '' for OMM itself.

    `what`, `surface` and `result` are those of a What, a Surface and a Result, or what a later release calls them.
    `state` is what a STATE has come to. `words` say why it was refused or failed, as far as they name no account.
    `sealed` is a Sealed, encrypted under the task's key; under the key for what is of no task where there is none.
    """

    v: ClassVar[int] = 2

    at: datetime
    who: str
    what: str
    task: str = ""
    surface: str = ""
    result: str = Result.DONE.value
    state: str = ""
    words: str = ""
    sealed: str = ""


@dataclass(frozen=True, slots=True)
class Sealed(Stored):
    """What may name accounts: both mailboxes of a migration that was begun, and why something was refused or failed.

    `address` is the one from which a page of ours was used.
    """

    source: str = ""
    destination: str = ""
    words: str = ""
    address: str = ""


# What is written of a task that was forgotten, and how both are read


def read(line: str) -> Entry | None:
    """The entry, or the line of a forgotten task as one; None for what this release cannot read."""
    try:
        plain = json.loads(line)
        if plain["v"] == 1:
            return _forgotten(plain)
        return stored.read(Entry, line, name="An entry of the audit")
    except (UnreadableError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _forgotten(line: dict[str, Any]) -> Entry:
    by = line["by"] or ""
    return Entry(
        datetime.fromisoformat(line["forgotten"]), by, What.FORGOTTEN.value, line["task"],
        (Surface.TERMINAL if by == "operator" else Surface.OMM).value, state=line["state"], words=_sums(line),
    )


def _sums(line: dict[str, Any]) -> str:
    """The counts of a forgotten task, and who had begun it, in words."""
    parts = [f"{content}: " + ", ".join(
        f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count
    ) for content, counts in line["counts"].items()]
    begun = f"begun by {line['user']}" if line["user"] else ""
    created = f"created {line['created']}" if line["created"] else ""
    return "; ".join(part for part in (begun, created, *parts) if part)


def line_of(migration: Migration, thread: Thread | None, by: str, now: datetime) -> str:
    """The line of a task that is about to be forgotten. `by` is as in `engine.migration.steering.forget`."""
    back, why = migration.rollback, "retention" if by == BY_RETENTION else "asked"
    return json.dumps({
        "v": 1,
        "task": migration.task_id,
        "state": migration.state.value,
        "created": _time(migration.created),
        "started": _time(migration.started),
        "ended": _time(migration.ended),
        "rolled_back": _time(back.ended) if back else None,
        "forgotten": _time(now),
        "counts": {
            content.value: {name: getattr(step.counts, name) for name in SUMS}
            for content, step in migration.steps.items()
        },
        "rollback": {name: getattr(back, name) for name in TAKEN_BACK} if back else None,
        "user": thread.owner if thread else None,
        "why": why,
        "by": None if by == BY_RETENTION else by,
    })


def line_of_damaged(task_id: str, thread: Thread | None, by: str, now: datetime) -> str:
    """The line of a task that is about to be forgotten and whose record cannot be read."""
    known = ("created", "started", "ended", "rolled_back")
    return json.dumps({
        "v": 1, "task": task_id, "state": "damaged", **dict.fromkeys(known), "forgotten": _time(now),
        "counts": {}, "rollback": None, "user": thread.owner if thread else None, "why": "asked", "by": by,
    })


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
