"""The before-image: what each entry of a setting was before this task changed it, and what it was changed to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from engine.migration.content import Content
from engine.ports.settings import Entry, Wanted, half_removed, is_half_removed
from engine.store.stored import Stored


@dataclass(frozen=True, slots=True)
class There:
    """The entries of a setting as a mailbox has them now."""

    by_key: Mapping[str, Entry]
    by_id: Mapping[str, Entry]      # in their order

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> There:
        """Those entries. One that is half removed is known by its key only where there is no other."""
        listed = sorted(entries, key=lambda entry: not is_half_removed(entry.value))
        return cls({entry.key: entry for entry in listed}, {entry.id: entry for entry in listed if entry.id})

    def get(self, key: str) -> Entry | None:
        """The entry with that key."""
        return self.by_key.get(key)

    def standing(self, key: str) -> Entry | None:
        """The same, but for one that is half removed: it does nothing, and goes."""
        found = self.get(key)
        return None if found is None or is_half_removed(found.value) else found

    def now(self, change: Change) -> Entry | None:
        """What an entry that was changed is now, whatever its owner has made of it; None: it is gone."""
        known = change.ours.id
        return self.by_id.get(known) if known else self.get(change.key)


@dataclass(frozen=True, slots=True)
class Change(Stored):
    """One entry that this task changes. `before` is None where there was none.

    `ours` is the entry as it was sent, and as the destination showed it once it was there; `sure`: the destination has
    said that it is there. `origin` is what the source calls the entry that it came of, "" where it has no name for it;
    `theirs` is the digest of that entry as the source had it. `former` is what was ours until this task changed it once
    more, None where it has not, or surely has. `is_instead`: it stands in the place of another entry, and is not
    counted.
    """

    ours: Entry
    before: Entry | None = None
    sure: bool = False
    origin: str = ""
    theirs: str = ""
    former: Entry | None = None
    is_instead: bool = False

    @property
    def key(self) -> str:
        """Of the entry."""
        return self.ours.key

    def is_as_before(self, now: Entry | None) -> bool:
        """True: the entry is what it was before the change, or looks so, and not as what was written.

        What it was before may have another value each time that it is read.
        """
        if now is None or self.before is None:
            return now is self.before
        looks_so = now.shown != "" and now.shown == self.before.shown != self.ours.shown
        return looks_so or now.value == self.before.value

    def is_of_another(self, entry: Entry) -> bool:
        """True: the source's entry is another one than when it was sent."""
        theirs = entry.theirs if isinstance(entry, Wanted) else ""
        return bool(self.theirs and theirs) and self.theirs != theirs

    def is_ours(self, now: Entry | None) -> bool:
        """True: the entry is as this task has written it, or may have written it where no answer came."""
        if now is None:
            return False
        looks_so = not self.sure and now.shown != "" and now.shown == self.ours.shown
        return looks_so or now.value in (self.ours.value, value_of(self.former), half_removed(self.ours.value))


@dataclass(frozen=True, slots=True)
class Image(Stored):
    """Every change of a task to one setting.

    `known` is what the mailbox called its entries before the first request that is still unsure; it is kept in the
    mailbox alone. None where nobody has noted it.
    """

    task_id: str
    content: Content
    changes: tuple[Change, ...] = ()
    known: tuple[str, ...] | None = None

    def of(self, key: str) -> Change | None:
        """The change of the entry with that key."""
        return next((change for change in self.changes if change.key == key), None)

    def came_of(self, origin: str) -> Change | None:
        """The change that came of the entry that the source calls so. An entry may have another key since."""
        return next((change for change in self.changes if origin and change.origin == origin), None)

    def planned(self, entries: Iterable[Entry], there: There, instead: Collection[str] = ()) -> Image:
        """With those entries to be sent; `instead` are the keys of those that only stand in the place of others.

        What an entry was before its first change stays as it was noted then.
        """
        known = {change.key: change for change in self.changes}
        for entry in entries:
            first = known.get(entry.key, Change(entry, there.standing(entry.key), origin=entry.id))
            theirs = entry.theirs if isinstance(entry, Wanted) else first.theirs
            ours = Entry(entry.key, entry.name, entry.value, shown=entry.shown)
            known[entry.key] = replace(first, ours=ours, sure=False, theirs=theirs, is_instead=entry.key in instead)
        is_sure = all(change.sure for change in self.changes)
        return replace(self, changes=tuple(known.values()), known=tuple(there.by_id) if is_sure else self.known)

    def written(self, there: There, answered: Collection[str]) -> Mapping[str, Entry]:
        """What was written by the changes that are unsure, by their keys, as far as it is there.

        `answered` are the keys of those for which the destination has said so.
        A server may show an entry in a form that makes another key, or its owner has changed it before anybody looked.
        Then it is a new one of its name; of several of one name the first is that of the first change.
        """
        unsure = [change for change in self.changes if not change.sure]
        found = {change.key: now for change in unsure if (now := there.get(change.key)) is not None
                 and _is_shown(change, now, is_answered=change.key in answered)}
        keys = {change.key for change in self.changes}
        new = [] if self.known is None else [
            entry for entry in there.by_id.values() if entry.id not in self.known and entry.key not in keys]
        for change in unsure:
            named = next((entry for entry in new if entry.name == change.ours.name), None)
            if change.key not in found and change.before is None and named is not None:
                new.remove(named)
                found[change.key] = replace(named, key=change.key)
        return found

    def proved(self, written: Mapping[str, Entry]) -> Image:
        """With those entries, by their keys, noted as written; each is ours as it is there."""
        return replace(self, changes=tuple(
            replace(change, ours=replace(written[change.key], note=""), sure=True) if change.key in written else change
            for change in self.changes
        ))

    def joined(self, other: Image) -> Image:
        """With what another image of the same setting knows beside it."""
        more = tuple(change for change in other.changes if self.of(change.key) is None)
        known = other.known if self.known is None else self.known
        return replace(self, changes=(*self.changes, *more), known=known)

    def same_changes(self, other: Image) -> bool:
        """True: both say the same of what was before and what was sent."""
        return _told(self) == _told(other)


def _is_shown(change: Change, now: Entry | None, *, is_answered: bool) -> bool:
    """True: what was sent is there, by its value, or by its name in the mailbox where there was nothing before."""
    if is_answered:
        return not change.is_as_before(now)
    return change.is_ours(now) or (change.before is None and now is not None and bool(now.id))


def _told(image: Image) -> dict[str, tuple[Entry | None, Entry]]:
    return {change.key: (change.before, change.ours) for change in image.changes}


def value_of(entry: Entry | None) -> str | None:
    """Its value, None where there is no such entry."""
    return None if entry is None else entry.value
