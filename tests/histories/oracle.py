"""Judges a history by what is true in the memory of its servers, whatever the engine says.

Nothing is lost unnamed, nothing is there twice beyond what a rule allows, nothing of the owner's is removed, what is
rolled back leaves nothing unnamed, and every record's sums are right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

from engine.items.moving.write_probe import MARK
from engine.items.report.lines import taken_away
from engine.items.tags import UNFINISHED, folder_code, parse_tag
from engine.migration.record import Counts, Failure, Migration, Reason, State
from engine.migration.states import GOING_BACK
from engine.migration.task_id import compact
from tests.histories.cards import KIND
from tests.histories.deeds import OWNER
from tests.histories.world import Work, World
from tests.servers.memory.mailbox import Deed, Item, subject_of
from tests.servers.memory.source import Kept

BROUGHT = (State.COMPLETED, State.CANCELLED)
NAMED = (Reason.FAILED, Reason.LEFT_OUT)
AT_ONCE = timedelta(seconds=5)      # in which a server may still work at what was made
LOOKED = timedelta(seconds=60)      # before its removal an item was looked at; both are not one request
SURE = timedelta(seconds=61)        # after which nobody takes what an owner does for something of the task's


@dataclass
class Known:
    """What is known of a task. `before` are the other tasks' items by letter when it looked for the first time."""

    source: int
    works: list[Work] = field(default_factory=list)
    before: dict[str, list[Item]] | None = None
    claimed: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def began(self) -> datetime:
        return self.works[0].began


class Oracle:
    """Remembers what it saw, and raises AssertionError with the letter and the task it is about."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.tasks: dict[str, Known] = {}
        self._judged = 0        # deeds
        self._most: Counter[tuple[str, str]] = Counter()       # of a letter in a folder of any source, ever
        world.on_stir = self._count
        self._count()

    # What it is shown

    def begins(self, task: str, source: int) -> None:
        """A task is in line."""
        self.tasks[task] = Known(source)

    def forgets(self, task: str) -> None:
        """A task is forgotten; what it brought stays, and counts."""
        del self.tasks[task]

    def works(self, work: Work) -> None:
        """A process begins to migrate."""
        self._count()
        known = self.tasks[work.task]
        known.works.append(work)
        if known.before is None:
            known.before = by_letter(self._there())

    def ended(self, *works: Work) -> None:
        """Processes have ended; judges what became of it."""
        assert self._world.strays == [], f"writes of processes whose work was over: {self._world.strays}"
        self._count()
        self._judge_removals()
        self._judge_twice()
        for work in works:
            if work.ended is None or work.task not in self.tasks:
                continue
            record, report = self._world.record(work.task), self._report(work.task)
            if work.what == "migrate" and record.state is State.COMPLETED:
                self._judge_completed(work.task, record, report)
            if work.what == "roll back" and record.state is State.ROLLED_BACK and work.error is None:
                self._judge_rolled_back(work.task, record, report)

    # Nothing lost, nothing twice

    def _judge_completed(self, task: str, record: Migration, report: list[Failure]) -> None:
        known, counts = self.tasks[task], _counts(record)
        assert counts.settled == counts.found, f"{task}: {counts}"
        failed = [failure for failure in report if failure.outcome is Reason.FAILED]
        assert len(failed) == counts.failed, f"{task}: {counts.failed} failed, named are {failed}"
        copies = self._copies(known.source)
        there = by_letter(self._there())
        away = self._taken_away(report)
        named = Counter(_letter_in(f.item) for f in report if f.outcome in NAMED and f not in away)
        # Of a message that is no longer there under its number, or of many that the mailbox has taken away.
        unknown = named.pop("", 0) + away.total()
        for letter, folders in copies.items():
            if letter in self._touched(known):
                continue
            wanted, found = sum(folders.values()), there.get(letter, [])
            unknown -= max(0, wanted - len(found) - named[letter])
            assert unknown >= 0, (
                f"lost: {task} completed, {letter!r} is {wanted} times at the source ({dict(folders)}), "
                f"{len(found)} times at the destination, named {named[letter]} times: {counts}"
            )
            mine = [item for item in found if self._is_of(item, task)]      # its owner's copies of them are not
            paired = self._pairable(known, letter, folders, there)
            assert len(mine) <= max(0, wanted - paired), (
                f"twice: {task} made {len(mine)} of {letter!r}, which is {wanted} times at the source "
                f"({dict(folders)}) and was there {paired} times: {counts}"
            )
        self._judge_counts(task, record)
        self._judge_whole(task)

    def _taken_away(self, report: list[Failure]) -> Counter[Failure]:
        """How many messages each line says to have been taken away: together no more than somebody removed."""
        reasons = {taken_away(rule) for rule in self._world.rules}
        said = Counter({f: int(f.item.partition(" ")[0]) for f in report if f.reason in reasons})
        removed = [d for d in self._world.box.deeds if d.verb == "removed" and d.by == OWNER and d.item and d.item.tag]
        assert said.total() <= len(removed), f"taken away: {said}, and only {len(removed)} were removed"
        return said

    def _judge_whole(self, task: str) -> None:
        """Nothing that the task made is half-written any more, unless its owner has changed it.

        A copy that its owner made of such a thing may be.
        """
        there = [item for item in self._world.box.items.values() if self._is_of(item, task)]
        half = [item for item in there if _is_half(item) and not item.edited]
        assert not half, f"half-written: {task} completed, and left {half}"

    def _judge_counts(self, task: str, record: Migration) -> None:
        """In a history in which nobody else did anything meanwhile, the record says what there is."""
        known, counts = self.tasks[task], _counts(record)
        deeds = [deed for deed in self._world.box.deeds if deed.at >= known.began and not deed.by.startswith(task)]
        if not deeds and all(at < known.began for at in self._world.stirs.values()):
            mine = [item for item in self._tagged() if self._is_of(item, task)]
            assert counts.copied == len(mine), f"{task} says {counts}, and made {len(mine)}"

    def _count(self) -> None:
        """Notes how often each letter is in each folder."""
        for source in range(len(self._world.sources)):
            for letter, folders in self._copies(source).items():
                for code, count in folders.items():
                    self._most[letter, code] = max(self._most[letter, code], count)

    def _judge_twice(self) -> None:
        """Whatever the tasks were, what ended tasks made of one place is never more than was ever in that place."""
        ended = {compact(task) for task in self.tasks if self._world.record(task).state in BROUGHT}
        made = Counter(
            (subject_of(item.mime), self._code(item)) for item in self._tagged()
            if item.of is None and self._task(item) in ended
        )
        more = {place: (count, self._most[place]) for place, count in made.items() if count > self._most[place]}
        assert not more, f"twice: {more}"

    def _pairable(
        self, known: Known, letter: str, folders: Counter[str], there: dict[str, list[Item]]
    ) -> int:
        """How many copies at the source are surely known to be there: by decision 1, pair by pair."""
        still = {item.number for item in there.get(letter, [])}
        found = {item.tag: item for item in (known.before or {}).get(letter, []) if item.number in still}
        before = list(found.values())
        tags = Counter(self._code(item) for item in before)
        same = {code: min(count, tags[code]) for code, count in folders.items()}
        rest = sum(folders.values()) - sum(same.values())
        moved = sum(
            1 for item in before
            if not folders[self._code(item)] and self._same_source(known, self._task(item), item.element)
        )
        return sum(same.values()) + min(rest, moved)

    def _same_source(self, known: Known, task: str, element: str) -> bool:
        """Whether surely more than half of what that task brought of one content is at the source of this one."""
        brought = [
            letter for letter, items in (known.before or {}).items()
            for i in items if self._task(i) == task and i.element == element
        ]
        now = self._copies(known.source)
        return sum(letter in now and letter not in self._touched(known) for letter in brought) * 2 > len(brought) + 1

    def _copies(self, source: int) -> dict[str, Counter[str]]:
        """Of each letter at the source, how many are in which folder, by the folder's code."""
        found: dict[str, Counter[str]] = {}
        for folder, messages in self._world.sources[source].folders.items():
            _add(found, messages, self._folder_code(source, folder.path))
        if self._world.cards:
            for folder, messages in self._world.cards[source].folders.items():
                _add(found, messages, KIND.code(folder))
        return found

    def _folder_code(self, source: int, path: Iterable[str]) -> str:
        return folder_code(path)

    def _touched(self, known: Known) -> set[str]:
        """Letters that somebody else did something to since the task began."""
        stirred = {letter for letter, at in self._world.stirs.items() if at >= known.began}
        deeds = [deed for deed in self._world.box.deeds if deed.by == OWNER and deed.at >= known.began]
        return stirred | {subject_of(deed.item.mime) for deed in deeds if deed.item is not None}

    # What is where

    def _there(self) -> list[Item]:
        """What has a tag, owners' copies too, and nobody is about to take back."""
        going = {compact(task) for task in self.tasks if self._world.record(task).state in GOING_BACK}
        return [item for item in self._tagged() if self._task(item) not in going]

    def _tagged(self) -> list[Item]:
        """What is half-written is as good as nothing."""
        there = self._world.box.items.values()
        return [item for item in there if item.tag and not self._is_canary(item) and not _is_half(item)]

    def _is_canary(self, item: Item) -> bool:
        """Whether it is a message of the engine's own, which says that the mailbox takes any."""
        return self._code(item) == MARK

    def _is_of(self, item: Item, task: str) -> bool:
        return item.of is None and self._task(item) == compact(task) and not self._is_canary(item)

    def _task(self, item: Item) -> str:
        tag = parse_tag(item.tag)
        return "" if tag is None else tag.task

    def _code(self, item: Item) -> str:
        tag = parse_tag(item.tag)
        return "" if tag is None else tag.folder

    def _report(self, task: str) -> list[Failure]:
        report = self._world.engine().store.reported(task)
        assert report.unnamed == 0
        return list(report.failures)

    # Nothing of the owner's

    def _judge_removals(self) -> None:
        deeds = self._world.box.deeds
        for place, deed in enumerate(deeds[self._judged:], self._judged):
            if deed.verb == "removed" and deed.by != OWNER:
                if deed.item is not None:
                    self._judge_removal(deed, deed.item)
                elif deed.room is not None:
                    assert deed.room.tag, f"{deed.by} removed the folder {deed.room.name!r}, which is none of ours"
                    assert place, "a folder was there"
        self._judged = len(deeds)

    def _judge_removal(self, deed: Deed, item: Item) -> None:
        task, _, what = deed.by.partition(" ")
        assert self._task(item) == compact(task), f"{deed.by} removed {item}"
        late = self._sure_after(task)
        if item.of is not None:
            assert item.by == OWNER
            assert self._true(item.created) <= late, f"{deed.by} removed a copy that its owner made: {item}"
        if item.edited:
            unseen = self._true(item.modified) >= deed.at - LOOKED or item.modified - item.created <= AT_ONCE
            assert unseen, f"{deed.by} removed its owner's work: {item}"
        if what.startswith("migrate") and not self._is_canary(item) and not _is_half(item):
            same = [there for there in self._world.box.items.values() if there.tag == item.tag]
            assert same, f"lost: {deed.by} removed the last copy of {item}"

    def _sure_after(self, task: str) -> datetime:
        """From when on whatever an owner does is surely later than the task.

        A request that was sent at the end of a run may still arrive within the grace, as far as anybody can know.
        """
        wrote = [d.at for d in self._world.box.deeds if d.by.startswith(f"{task} migrate")]
        ended = [work.ended for work in self.tasks[task].works if work.ended is not None]
        return max([*wrote, *ended]) + timedelta(seconds=self._world.grace) + SURE

    def _true(self, by_mailbox: datetime) -> datetime:
        return by_mailbox - timedelta(seconds=self._world.clocks.mailbox)

    # Rollbacks

    def _judge_rolled_back(self, task: str, record: Migration, report: list[Failure]) -> None:
        left = [item for item in self._world.box.items.values() if self._is_of(item, task)]
        kept = Counter(failure.item for failure in report if failure.outcome is Reason.KEPT)
        unnamed = [item for item in left if not kept[item.subject]]
        assert not unnamed, f"{task} is rolled back, and leaves unnamed {unnamed}: {record.rollback}"
        self._judge_taken_away(task)

    def _judge_taken_away(self, task: str) -> None:
        """Whoever counts on what was taken away says so."""
        there = by_letter(self._tagged())
        removed = {
            deed.item.number for deed in self._world.box.deeds
            if deed.verb == "removed" and deed.by.startswith(f"{task} roll back") and deed.item is not None
        }
        for other, known in self.tasks.items():
            record = self._world.record(other)
            if other == task or record.state is not State.COMPLETED:
                continue
            lost = [
                letter for letter in self._copies(known.source)
                if letter not in self._touched(known) and letter not in there
                and any(item.number in removed for item in (known.before or {}).get(letter, []))
            ]
            said = sum(record.taken_away.values())      # by this rollback and by those before
            assert said >= len(lost), f"what {other} counts on was taken away, and its record says {said} of {lost}"


def _counts(record: Migration) -> Counts:
    """The sums of all contents."""
    each = [step.counts for step in record.steps.values()]
    return Counts(**{name: sum(getattr(counts, name) for counts in each) for name in (f.name for f in fields(Counts))})


def _is_half(item: Item) -> bool:
    return item.tag.endswith(UNFINISHED)


def _add(found: dict[str, Counter[str]], messages: Iterable[Kept], code: str) -> None:
    for kept in messages:
        if not kept.deleted:
            found.setdefault(subject_of(kept.mime), Counter())[code] += 1


def by_letter(items: Iterable[Item]) -> dict[str, list[Item]]:
    """Items by the letter that they are."""
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(subject_of(item.mime), []).append(item)
    return found


def _letter_in(words: str) -> str:
    """The letter that an entry of a report names: its subject ends in a dot."""
    name, dot, _ = words.partition(".")
    return name + dot if dot and name.startswith("letter ") else ""
