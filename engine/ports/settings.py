"""What the engine asks about settings: contents that are no items, such as inbox rules or an out-of-office reply.

A mailbox has each of them once, and it is live: what is written there takes effect at once. So a setting is merged into
what its owner has, and what it was before is kept until the rollback window ends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from engine.migration.content import Content
from engine.migration.request import Choice
from engine.ports.items import Outcome


@dataclass(frozen=True, slots=True)
class Entry:
    """One part of a setting that can be there or not: a rule, a reply, a colour.

    `key` says which entry it is, at both sides and at a second visit; it is unique within the setting. `name` is what
    its owner calls it. `value` is known to the connector alone, and the same text whenever the entry is the same: an
    entry that was written and is read again has the value that was written. `id` is what this side itself calls the
    entry, however its owner changes it; "" where only the key is known. `stays` says why it cannot be carried, in words
    for its owner; "" where nothing is in the way. `shown` is what its owner sees of it, where a server may write the
    value anew when it keeps it; "" where the value is kept as it is. `ahead_of` is what the mailbox calls the entry in
    front of which this one is to be written; "" where it goes behind all. `note` is what its owner is told once it is
    there, "" where there is nothing to say.
    """

    key: str
    name: str
    value: str
    id: str = ""
    stays: str = ""
    shown: str = ""
    ahead_of: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Wanted(Entry):
    """An entry of a source as the destination is to have it.

    `theirs` is a digest of the entry as the source has it, by which a later run sees that it changed there; "" where
    nobody asks. `instead` is what is written in its place where it cannot be carried, so that the entries around it
    keep their meaning; it is not counted. `replaced` and `missing` are what its owner is told then beside the reason:
    where `instead` is there, and where it is not.
    """

    theirs: str = ""
    instead: Entry | None = None
    replaced: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a setting that is no entry of it, and that its owner should know: a name, and words.

    `of` is the content that it is about, where that is another one; it is told there if that moves, too.
    """

    name: str
    words: str
    of: Content | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """What a mailbox does by itself to mail that arrives.

    `rules` are its Inbox rules, `sending` those of them that send mail on to others. `outlook_rules`: there may be
    others that Outlook keeps for itself. `answers`: out-of-office replies go out now, or will by a schedule. `rules` or
    `answers` is None where the server does not tell of them.
    `keeps_replies`: True: it has an out-of-office of its own, on or off, in whose place no other one is put.
    `rules_unread` and `answers_unread` are why `rules` and `answers` are None, where there is something to be said.
    """

    rules: int | None = 0
    sending: int = 0
    outlook_rules: bool = False
    answers: bool | None = False
    keeps_replies: bool = False
    rules_unread: str = ""
    answers_unread: str = ""


HALF_REMOVED = "half removed: "


def is_half_removed(value: str) -> bool:
    """True: `restore` has begun to remove the entry, which does nothing any more."""
    return value.startswith(HALF_REMOVED)


def half_removed(value: str) -> str:
    """What an entry of that value shows as its value once `restore` has begun to remove it by several requests."""
    return f"{HALF_REMOVED}{hashlib.sha256(value.encode()).hexdigest()[:32]}"


class SettingReader(Protocol):
    """A setting of a source; used by one thread. Reading changes nothing."""

    def read(self) -> Sequence[Entry]:
        """Every entry. Raises FatalError, RetryableError."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Noting(Protocol):
    """A reader of a setting of which there may be more to say than its entries."""

    def notes(self) -> Sequence[Note]:
        """What is to be said, once `read` has answered. Raises FatalError, RetryableError."""
        ...


class Settings(Protocol):
    """A setting of a destination mailbox; used by one thread.

    `apply` and `restore` send once and never repeat, answer with one Outcome an entry, in the same order, and do not
    raise for what the server said or did not say. Both may be called again with the same entries and change nothing
    then. They leave every other entry as it is.
    """

    def read(self) -> Sequence[Entry]:
        """Every entry as it is now. Raises FatalError, RetryableError."""
        ...

    def apply(self, add: Sequence[Entry]) -> list[Outcome]:
        """Adds those entries, each in the place of the one with its key, if there is one."""
        ...

    def restore(self, before: Sequence[Entry], ours: Sequence[Entry]) -> list[Outcome]:
        """Puts the entries `ours` back to what they were `before`, by their keys; one that was not there is removed.

        `ours` are as they were written, each with the id that the mailbox has given it. One Outcome for each of them.
        """
        ...


class Guarded(Protocol):
    """A setting of a destination that may hold what a change would destroy for good."""

    def needs(self) -> Choice | None:
        """What a person must have agreed to before anything is written; None: nothing is in the way.

        Raises FatalError, RetryableError.
        """
        ...

    def agree(self, choices: Collection[Choice]) -> None:
        """Says what a person has agreed to, before anything is written."""
        ...


@runtime_checkable
class Filing(Protocol):
    """A setting of a destination whose entries need folders."""

    def folders(self) -> Collection[str]:
        """The ids of those folders, whoever has made the entries. Raises FatalError, RetryableError, RefusedError."""
        ...
