"""The before-image: what each entry of a setting was before this task changed it, and what it was changed to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from engine.migration.content import Content
from engine.ports.settings import Entry, Wanted, half_removed
from engine.store.stored import Stored


@dataclass(frozen=True, slots=True)
class There:
    """The entries of a setting as a mailbox has them now."""

    by_key: Mapping[str, Entry]
    by_id: Mapping[str, Entry]
    new: tuple[Entry, ...] = ()     # that were not there at the look before

    @classmethod
    def of(cls, entries: Iterable[Entry], before: There | None = None) -> There:
        """Those entries; `before` is the look before the last request."""
        listed = list(entries)
        known = frozenset() if before is None else frozenset(before.by_id)
        new = () if before is None else tuple(entry for entry in listed if entry.id and entry.id not in known)
        return cls({entry.key: entry for entry in listed}, {entry.id: entry for entry in listed if entry.id}, new)

    def get(self, key: str) -> Entry | None:
        """The entry with that key."""
        return self.by_key.get(key)

    def now(self, change: Change) -> Entry | None:
        """What an entry that was changed is now, whatever its owner has made of it; None: it is gone."""
        known = change.ours.id
        return self.by_id.get(known) if known else self.get(change.key)

    def written(self, change: Change) -> Entry | None:
        """What was written by a change, as it shows itself; None: nothing can be told from all else.

        A server may show an entry in a form that makes another key. Then it is the new one of its name.
        """
        found = self.get(change.key)
        if found is None:
            named = [entry for entry in self.new if entry.name == change.ours.name]
            found = replace(named[0], key=change.key) if len(named) == 1 else None
        return found


@dataclass(frozen=True, slots=True)
class Change(Stored):
    """One entry that this task changes. `before` is None where there was none.

    `ours` is the entry as it was sent, and as the destination showed it once it was there; `sure`: the destination has
    said that it is there. `origin` is what the source calls the entry that it came of, "" where it has no name for it;
    `theirs` is the digest of that entry as the source had it. `former` is what was ours until this task changed it once
    more, None where it has not, or surely has.
    """

    ours: Entry
    before: Entry | None = None
    sure: bool = False
    origin: str = ""
    theirs: str = ""
    former: Entry | None = None

    @property
    def key(self) -> str:
        """Of the entry."""
        return self.ours.key

    def is_as_before(self, now: Entry | None) -> bool:
        """True: the entry is what it was before the change."""
        return value_of(now) == value_of(self.before)

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
    """Every change of a task to one setting."""

    task_id: str
    content: Content
    changes: tuple[Change, ...] = ()

    def of(self, key: str) -> Change | None:
        """The change of the entry with that key."""
        return next((change for change in self.changes if change.key == key), None)

    def came_of(self, origin: str) -> Change | None:
        """The change that came of the entry that the source calls so. An entry may have another key since."""
        return next((change for change in self.changes if origin and change.origin == origin), None)

    def planned(self, entries: Iterable[Entry], there: There) -> Image:
        """With those entries to be sent. What an entry was before its first change stays as it was noted then."""
        known = {change.key: change for change in self.changes}
        for entry in entries:
            first = known.get(entry.key, Change(entry, there.get(entry.key), origin=entry.id))
            theirs = entry.theirs if isinstance(entry, Wanted) else first.theirs
            ours = Entry(entry.key, entry.name, entry.value, shown=entry.shown)
            known[entry.key] = replace(first, ours=ours, sure=False, theirs=theirs)
        return replace(self, changes=tuple(known.values()))

    def proved(self, keys: Iterable[str], there: There) -> Image:
        """With those entries noted as written; each is ours in the form in which the destination shows it."""
        keys = set(keys)
        return replace(self, changes=tuple(
            replace(change, ours=there.written(change) or change.ours, sure=True) if change.key in keys else change
            for change in self.changes
        ))

    def joined(self, other: Image) -> Image:
        """With what another image of the same setting knows beside it."""
        more = tuple(change for change in other.changes if self.of(change.key) is None)
        return replace(self, changes=(*self.changes, *more)) if more else self

    def same_changes(self, other: Image) -> bool:
        """True: both say the same of what was before and what was sent."""
        return _told(self) == _told(other)


def _told(image: Image) -> dict[str, tuple[Entry | None, Entry]]:
    return {change.key: (change.before, change.ours) for change in image.changes}


def value_of(entry: Entry | None) -> str | None:
    """Its value, None where there is no such entry."""
    return None if entry is None else entry.value
