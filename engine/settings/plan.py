"""What is to be done with each entry of a source's setting: a plan, which changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.items.run import Run
from engine.ports.settings import Entry, Settings, Wanted
from engine.settings.image import Change, Image, There, value_of


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An entry stays as it is at the destination; `reason` says why, in the owner's words."""

    reason: str


Merge = Callable[[Entry | None, Entry], Entry | LeftOut]
Adapt = Callable[[Run, Settings, Sequence[Entry]], Sequence[Entry]]
OWNERS = LeftOut("the mailbox has one of its own by this name, which stays as it is")


def keep_the_owners(there: Entry | None, wanted: Entry) -> Entry | LeftOut:
    """What is missing is added; what the mailbox has stays."""
    return wanted if there is None else OWNERS


def as_they_are(_run: Run, _settings: Settings, wanted: Sequence[Entry]) -> Sequence[Entry]:
    """Entries that mean the same at both sides."""
    return wanted


@dataclass(slots=True)
class Plan:
    """Entries by what is to be done with them.

    `add` are to be written as they are here, in this order. `copied` were written by this task, `removed` of them are
    gone again. `changed` of those that are there changed at the source since they were written. `instead` are the keys
    of entries that are written in the place of others and not counted; `unreplaced` those of entries that are neither
    carried nor replaced. `hindered`: nothing more may be written. `gone` are those that whatever task has written,
    that are there, and that the source has no more. `noted` are those of which there is something to say. `found_ids`
    is what the mailbox calls those that are there already.
    """

    add: list[Entry] = field(default_factory=list)
    copied: list[Entry] = field(default_factory=list)
    removed: list[Entry] = field(default_factory=list)
    changed: list[Entry] = field(default_factory=list)
    already_there: list[Entry] = field(default_factory=list)
    left_out: list[tuple[Entry, str]] = field(default_factory=list)
    failed: list[tuple[Entry, str]] = field(default_factory=list)
    instead: set[str] = field(default_factory=set)
    unreplaced: set[str] = field(default_factory=set)
    hindered: bool = False
    noted: list[tuple[Entry, str]] = field(default_factory=list)
    gone: list[Entry] = field(default_factory=list)
    found_ids: list[str] = field(default_factory=list)

    def there(self, entry: Entry, now: Entry | None) -> None:
        """Notes that an entry is there already, as the one that the mailbox has `now`."""
        self.already_there.append(entry)
        if now is not None and now.id:
            self.found_ids.append(now.id)

    def hinder(self, reason: str) -> None:
        """Leaves out all that is still to be written."""
        self.left_out += [(entry, reason) for entry in self.add if entry.key not in self.instead]
        self.add.clear()
        self.hindered = True


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of entries beside what is there.

    `image` is this task's, `earlier` are the changes of earlier tasks by what the source calls their entries, `by_key`
    those that it has no name for. `refused`
    tells why the destination did not take an entry, `no_room` those among them that it had no room for.
    """

    image: Image
    earlier: Mapping[str, Change]
    refused: Mapping[str, str]
    no_room: frozenset[str] = frozenset()
    by_key: Mapping[str, Change] = field(default_factory=dict)


def planned(wanted: Sequence[Entry], there: There, known: Known, merge: Merge) -> Plan:
    """The plan for those entries of the source, by what is there and what was written already.

    An entry that this task has surely written is not written again, whatever its owner has made of it since; nor is
    one that an earlier task has written and that is still there, however it was changed at either side.
    """
    planner = _Planner(there, known, merge)
    for entry in wanted:
        planner.place(entry)
    planner.count_the_rest(wanted)
    planner.put_in_order()
    return planner.plan


@dataclass(slots=True)
class _Planner:
    there: There
    known: Known
    merge: Merge
    plan: Plan = field(default_factory=Plan)
    _own: set[str] = field(default_factory=set)     # keys of this task's changes that came of what is wanted
    _order: list[Entry | str] = field(default_factory=list)    # what is to be written, and ids of what a task has
    full: str = ""      # why nothing more is written, once there was no room for what keeps the later entries' meaning

    def count_the_rest(self, wanted: Sequence[Entry]) -> None:
        """Counts what was surely written and the source has no more; `wanted` is what it has."""
        for change in self.known.image.changes:
            if change.sure and not change.is_instead and change.key not in self._own:
                self.plan.copied.append(change.ours)
                (self.plan.removed if self.there.now(change) is None else self.plan.gone).append(change.ours)
        known = {change.key for change in self.known.image.changes}
        for change in self._brought_earlier({name for entry in wanted for name in (entry.id, entry.key)}):
            now = self.there.now(change)
            if now is not None and change.key not in known and change.sure and not change.is_instead:
                self.plan.gone.append(now)

    def _brought_earlier(self, wanted: Collection[str]) -> list[Change]:
        """What earlier tasks have changed, but for what is `wanted`, by names and keys; unchanged if it has no id."""
        named = [
            change for origin, change in self.known.earlier.items()
            if origin not in wanted and change.key not in wanted     # else it was made anew at the source
        ]
        others = [change for key, change in self.known.by_key.items() if key not in wanted]
        return named + [change for change in others if not change.ours.id and change.is_ours(self.there.now(change))
                        and not change.is_as_before(change.ours)]

    def put_in_order(self) -> None:
        """Has each entry written in front of the next one of the source that a task has brought, if there is any.

        It is in front of those, too, that a task has brought and the source has no more, or has made into this one.
        """
        places = {one: place for place, one in enumerate(self.there.by_id)}
        gone = sorted(places[one.id] for one in self.plan.gone if one.id in places)
        names, behind = list(places), -1
        following = _following(self._order)
        for one, before in zip(self._order, following, strict=True):
            if isinstance(one, str):
                behind = max(behind, places[one])
                continue
            place = next((place for place in gone if behind < place < places.get(before, len(names))), None)
            ahead = before if place is None else names[place]
            self.plan.add.append(replace(one, ahead_of=ahead) if ahead else one)

    def place(self, entry: Entry) -> None:
        """Decides about one entry, and about what is written instead of it."""
        if not self._is_ours(entry) and not self._is_known(entry):
            self._decide(entry)

    def _is_ours(self, entry: Entry) -> bool:
        """True: this task has written it."""
        image = self.known.image
        change = image.of(entry.key) or image.came_of(entry.id)
        if change is None or change.is_as_before(change.ours):      # found there, and never written
            return False
        now = self.there.now(change)
        if not change.sure and change.is_as_before(now):
            return False
        self._own.add(change.key)
        self.plan.noted += [(entry, one.note) for one in (entry, now) if one is not None and one.note]
        self.plan.copied.append(entry)
        self._order += [now.id] if now is not None and now.id else []
        if now is None:
            self.plan.removed.append(entry)
        elif change.is_of_another(entry):
            self.plan.changed.append(entry)
        return True

    def _is_known(self, entry: Entry) -> bool:
        """True: an earlier task has written it, and it is there, whatever its owner has made of it."""
        change = self.known.earlier.get(entry.id) if entry.id else None
        now = None if change is None else self.there.now(change)
        if change is None or now is None:
            return False
        self.plan.there(entry, now)
        self._order += [now.id] if now.id else []
        if change.is_of_another(entry):
            self.plan.changed.append(entry)
        return True

    def _decide(self, entry: Entry) -> None:
        now = self.there.standing(entry.key)
        result = entry if value_of(now) == entry.value else self.merge(now, entry)
        if not isinstance(result, LeftOut) and value_of(now) == result.value:
            self.plan.there(entry, now)
        elif entry.stays or isinstance(result, LeftOut):
            reason = result.reason if isinstance(result, LeftOut) and not entry.stays else entry.stays
            self._replace(entry, reason, self.plan.left_out)
        elif entry.key in self.known.refused:
            no_room = entry.key in self.known.no_room
            self._replace(entry, self.known.refused[entry.key], self.plan.left_out if no_room else self.plan.failed)
        elif self.full:
            self.plan.left_out.append((entry, self.full))
        else:
            self._order.append(result)

    def _replace(self, entry: Entry, reason: str, part: list[tuple[Entry, str]]) -> None:
        """Notes why an entry is not carried, and decides about what is written in its place."""
        part.append((entry, reason))
        if not isinstance(entry, Wanted) or entry.instead is None:
            return
        other = entry.instead
        self.plan.instead.add(other.key)
        self.place(other)
        if other.key in self.known.no_room:
            self.full = self.known.refused[other.key]
        elif any(other is each for each, _ in (*self.plan.failed, *self.plan.left_out)):
            self.plan.unreplaced.add(entry.key)


def _following(order: Sequence[Entry | str]) -> list[str]:
    """For each of them, the next id that stands at its place or behind it; "" where none does."""
    following, found = "", list[str]()
    for one in reversed(order):
        following = one if isinstance(one, str) else following
        found.append(following)
    return found[::-1]
