"""The census: which of our tags are at the destination, as read from there, and which source copy each stands for.

A tag is known by its task, its source folder and its source key. The folder and the key are numbers here (32 and 64
bits), and a tag costs at most 64 bytes, so that a mailbox with a million of them can be held.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from engine import threads
from engine.items.known.keyset import KeySet
from engine.items.known.on_record import OnRecord
from engine.items.tags import Tag, parse_tag
from engine.ports.items import TaggedItem

SMALLEST = 1024
USED = 1            # paired with a source copy
HELD = 2            # the source folder that it names still holds its key
SHOWN = 4           # the source shows its key somewhere
AT_HOME = 8         # it was seen in the folder that we write it to, or in one of several
LABELLED = 16       # it holds a digest of the labels that the source's message had, and no other
FLAG_BITS, TWIN_BITS, TASK_BITS = 5, 23, 16
MOST_TWINS, MOST_TASKS = 1 << TWIN_BITS, 1 << TASK_BITS
CROWDED = 32        # tags of one key from which on they are found by a dictionary of their own
MASK = 2**64 - 1


def key_number(key: bytes) -> int:
    """A source key's first 64 bits."""
    return int.from_bytes(key[:8], "big")


def folder_number(code: str) -> int:
    """A folder's code as a number."""
    return int(code, 16)


def place_number(folder: int, key: int, twin: int = 0) -> int:
    """Folder, key and twin as one number from 1 to 2**64 - 1, for a KeySet."""
    return ((key ^ (folder * 0x9E3779B97F4A7C15)) + twin * 0xD1342543DE82EF95) & MASK or 1


@dataclass(frozen=True, slots=True)
class Match:
    """The tag that stands for a source copy: whose it is, and the number of the source folder that it names.

    `labelled`: it holds a digest of the message's labels. `relabelled`: that is not the one that the source tells now.
    """

    task: str
    folder: int
    labelled: bool = False
    relabelled: bool = False


class Census:
    """Every counted tag of the mailbox, each once, however many copies of its item the owner has made."""

    def __init__(self, task: str, *, ignored: Collection[str] = (), record: OnRecord | None = None) -> None:
        """`task` is ours; tags of the `ignored` tasks (all compact IDs) do not count."""
        self._own = task
        self._ignored = frozenset(ignored)
        self.record = record or OnRecord()
        self._tasks: list[str] = []
        self._task_numbers: dict[str, int] = {}
        self._folders: list[int] = []
        self._folder_numbers: dict[int, int] = {}
        self._keys = array("Q")
        self._facts = array("Q")
        self._next = array("I")                                     # the next tag of the same key, as its number + 1
        self._heads = array("I", bytes(4 * SMALLEST))               # the newest tag of a key, by the key's hash
        self._mask = SMALLEST - 1
        self._crowds: dict[int, dict[int, int]] = {}                # of a key with many tags: each tag's number
        # of such a key, by task, folder and labels: its unused tags
        self._lanes: dict[int, dict[tuple[int, str], list[int]]] = {}
        self._marked: set[int] = set()                              # of such a key: the places that were marked
        self._homes: dict[int, set[str]] = {}
        self._shown: list[int] = []                                 # of each task: tags whose key is in the source
        self._totals: list[int] = []                                # of each task: its tags
        self._unsure: set[int] = set()
        self._as_copied = KeySet()                                  # each tag with its *theirs*, as `_copied_as`
        self._lock = threads.Lock()

    def __len__(self) -> int:
        return len(self._keys)

    def expect(self, folder: int, folder_id: str) -> None:
        """Notes where we write items whose tags name that source folder; that may be several folders."""
        self._homes.setdefault(folder, set()).add(folder_id)

    def anew(self) -> Census:
        """An empty census of the same task, which counts no other task's tags and knows where we write our items."""
        other = Census(self._own, ignored=self._ignored | (set(self._tasks) - {self._own}))
        other._homes = self._homes
        return other

    def count(self, task: str) -> int:
        """How many tags of that task were seen."""
        number = self._task_numbers.get(task)
        return 0 if number is None else self._totals[number]

    def holds(self, tag: str) -> bool:
        """True: exactly this tag was seen."""
        parsed = parse_tag(tag)
        if parsed is None or not parsed.key or parsed.task not in self._task_numbers:
            return False
        what = self._packed(parsed, folder_number(parsed.folder))
        return self._find(int(parsed.key[:16], 16), what) is not None

    def knows(self, key: int) -> bool:
        """True: a tag of this key was seen, whoever's and wherever."""
        return bool(self._heads[self._slot(key)])

    def own(self) -> Iterator[tuple[int, bool]]:
        """Our own tags, each as `place_number` and whether it was seen where we write it."""
        own = self._task_numbers.get(self._own)
        for at, (key, facts) in enumerate(zip(self._keys, self._facts, strict=True)):
            if self._task_of(at) == own:
                twin = facts >> FLAG_BITS & MOST_TWINS - 1
                yield place_number(self._folder_of(at), key, twin), bool(facts & AT_HOME)

    def folders_left(self) -> frozenset[int]:
        """The source folders in the tags of other tasks whose key was seen nowhere in the source."""
        own = self._task_numbers.get(self._own)
        return frozenset(
            self._folder_of(at) for at, facts in enumerate(self._facts)
            if not facts & (USED | SHOWN) and self._task_of(at) != own
        )

    def was_labelled_off_record(self) -> bool:
        """True: a task that is not on record has copied messages with labels, most of which are in this source."""
        tasks = {n for n, task in enumerate(self._tasks) if not self.record.has(task) and self._is_same_source(n)}
        return any(facts & LABELLED and self._task_of(at) in tasks for at, facts in enumerate(self._facts))

    def is_as_copied(self, key: int, theirs: str) -> bool:
        """True: a tag of this key, whoever's and wherever, holds this digest of the source's item."""
        return any(self._copied_as(at, theirs) in self._as_copied for at in self._of(key))

    def gone_at_the_source(self, *, same: Collection[str] = ()) -> Counter[int]:
        """By source folder, the tags of tasks of this source that no item of the source is left for. All were paired.

        `same` are tasks that are known to be of this source.
        """
        tasks = {number for number, task in enumerate(self._tasks) if task in same or self._is_mine(number)}
        left = [at for at, facts in enumerate(self._facts) if not facts & USED and self._task_of(at) in tasks]
        used = self._places_used({self._keys[at] for at in left if self._facts[at] & SHOWN})
        return Counter(
            self._folder_of(at) for at in left
            if not self._facts[at] & SHOWN or (self._keys[at], self._where(at)) in used
        )

    def _places_used(self, keys: Collection[int]) -> set[tuple[int, int]]:
        """By keys, the tasks and folders whose tags the source has items for: of the same key it has fewer by now."""
        return {(key, self._where(at)) for key in keys for at in self._of(key) if self._facts[at] & USED}

    def _where(self, at: int) -> int:
        """The task and the folder of a tag, as one number."""
        return self._facts[at] >> FLAG_BITS + TWIN_BITS

    # Pairing

    def doubt(self, folder: int) -> None:
        """Notes a source folder that was not listed to its end: it may still hold what it does not show."""
        self._unsure.add(folder)

    def trust(self, folder: int) -> None:
        """Notes that a source folder was listed to its end after all."""
        self._unsure.discard(folder)

    def mark(self, folder: int, key: int) -> None:
        """Notes that the source holds this key in this folder. Every copy is marked before any is paired."""
        if key in self._crowds:
            place = place_number(folder, key)
            if place in self._marked:
                return
            self._marked.add(place)
        for at in self._of(key):
            facts = self._facts[at]
            if not facts & SHOWN:
                self._shown[self._task_of(at)] += 1
            self._facts[at] = facts | SHOWN | (HELD if self._folder_of(at) == folder else 0)

    def take_same(self, folder: int, key: int, theirs: str = "") -> Match | None:
        """Pairs a source copy with a tag of the same place, whichever task's.

        One with labels, of which `theirs` is a digest, shares the place with those of other labels: a task of another
        source has not copied it, nor any of a place that was not listed to its end.
        """
        if theirs and folder in self._unsure:
            return None
        return self._take(key, lambda at: self._folder_of(at) == folder and (not theirs or self._is_ours(at)), theirs)

    def take_moved(self, key: int, theirs: str = "") -> Match | None:
        """Pairs a source copy with a tag of a task of this source whose folder no longer holds the key.

        One place alone shows a message with labels: its tag is one that no message of the tag's own place has taken.
        """
        return self._take(
            key, lambda at: self._is_left_over(at) if theirs and self._facts[at] & LABELLED else self._is_moved(at),
            theirs,
        )

    def take_as_copied(self, folder: int, key: int, theirs: str) -> Match | None:
        """Pairs a source copy with a tag that `take_same` or `take_moved` might, and that holds its digest."""
        return self._take(
            key, lambda at: self._may_stand_for(at, folder) and self._copied_as(at, theirs) in self._as_copied, theirs
        )

    def take_lying(self, folder: int, key: int) -> Match | None:
        """As `take_moved`, with a copy that had labels, and lies where this source folder's items are written."""
        return self._take(
            key, lambda at: bool(self._facts[at] & LABELLED) and self._is_moved(at) and self.record.is_in(at, folder)
        )

    def are_fewer(self, folder: int, key: int, copies: int) -> bool:
        """True: some tags may be paired with source copies of that place, but not with as many."""
        left = (at for at in self._of(key) if not self._facts[at] & USED and self._may_stand_for(at, folder))
        return 0 < sum(1 for _ in left) < copies

    def is_left(self, key: int) -> bool:
        """True: an unpaired tag has this key."""
        return next(self._unused(key), None) is not None

    def may_be_moved(self, key: int) -> bool:
        """True: an unpaired tag has this key, and names a folder that was not listed to its end."""
        return any(self._folder_of(at) in self._unsure for at in self._unused(key))

    def is_elsewhere(self, key: int) -> bool:
        """True: an unpaired tag names another folder that no longer holds the key, by a task of another source."""
        return any(self._is_left(at) for at in self._unused(key))

    def _is_left(self, at: int) -> bool:
        """True: the source folder that the tag names no longer holds its key."""
        return not self._facts[at] & HELD and self._folder_of(at) not in self._unsure

    def _is_ours(self, at: int) -> bool:
        """False: a task that is known to be of another source has left the tag."""
        return self.record.is_mine(self._tasks[self._task_of(at)], otherwise=True)

    def _is_moved(self, at: int) -> bool:
        return self._is_left(at) and (self._is_mine(self._task_of(at)) or self._is_same_source(self._task_of(at)))

    def _is_left_over(self, at: int) -> bool:
        return self._is_mine(self._task_of(at)) and self._folder_of(at) not in self._unsure

    def _may_stand_for(self, at: int, folder: int) -> bool:
        """True: `take_same` or `take_moved` might pair the tag with a source copy of that folder."""
        return self._folder_of(at) == folder or self._is_moved(at)

    def _copied_as(self, at: int, theirs: str) -> int:
        """A tag and the digest that it holds of the source's item, as one number."""
        return place_number(int(theirs or "0", 16), self._keys[at], self._facts[at] >> FLAG_BITS)

    def _take(self, key: int, fits: Callable[[int], bool], theirs: str = "") -> Match | None:
        with self._lock:
            at = next((at for at in self._unused(key) if fits(at)), None)
            if at is None:
                return None
            self._facts[at] |= USED
            labelled = bool(self._facts[at] & LABELLED)
            relabelled = labelled and bool(theirs) and self._copied_as(at, theirs) not in self._as_copied
            return Match(self._tasks[self._task_of(at)], self._folder_of(at), labelled, relabelled)

    def _is_mine(self, task: int) -> bool:
        """True: the task is on record as of this source, or is not on record and shares most keys with it."""
        return self.record.is_mine(self._tasks[task], otherwise=self._is_same_source(task))

    def _is_same_source(self, task: int) -> bool:
        """True: at least half of the task's keys are in this source."""
        return self._tasks[task] == self._own or self._shown[task] * 2 >= self._totals[task]

    def _unused(self, key: int) -> Iterator[int]:
        """The unused tags of a key; of a crowded one, one of each task, folder and labels: these tell them apart."""
        lanes = self._lanes.get(key)
        if lanes is None:
            yield from (at for at in self._of(key) if not self._facts[at] & USED)
            return
        for lane in lanes.values():
            while lane and self._facts[lane[-1]] & USED:
                lane.pop()
            if lane:
                yield lane[-1]

    def _task_of(self, at: int) -> int:
        return self._facts[at] >> FLAG_BITS + TWIN_BITS & MOST_TASKS - 1

    def _folder_of(self, at: int) -> int:
        return self._folders[self._facts[at] >> FLAG_BITS + TWIN_BITS + TASK_BITS]

    # Reading

    def see(self, folder_id: str, item: TaggedItem, *, given: KeySet | None = None) -> None:
        """Takes note of one tagged item. Unfinished ones and tags that are not an item's count as missing.

        Of an item that became several, the first part stands for all: it is unfinished until the last one is there.

        `given` are the tags, as `place_number`, that this visit gave to source copies: they stand for no other copy.
        """
        tag = parse_tag(item.tag)
        if tag is None or not tag.key or tag.unfinished or tag.part > 1 or tag.task in self._ignored:
            return
        try:
            folder = folder_number(tag.folder)
        except ValueError:          # of an `omm doctor`
            return
        key = int(tag.key[:16], 16)
        used = 0
        if given and tag.task == self._own and place_number(folder, key, tag.twin) in given:
            used = USED
        homes = self._homes.get(folder)
        home = AT_HOME if homes is None or folder_id in homes else 0
        labelled = LABELLED if tag.theirs and not tag.ours else 0
        at = self._add(key, self._packed(tag, folder), home | used | labelled, tag.theirs)
        if labelled:
            self.record.note(at, folder_id)

    def _add(self, key: int, what: int, seen: int, theirs: str) -> int:
        with self._lock:
            at = self._find(key, what)
            if at is None:
                at = self._append(key, what, theirs if seen & LABELLED else "")
            self._facts[at] |= seen
            if theirs:
                self._as_copied.add(self._copied_as(at, theirs))
            return at

    def _packed(self, tag: Tag, folder: int) -> int:
        task = self._task_numbers.get(tag.task)
        if task is None:
            task = self._task_numbers[tag.task] = len(self._tasks)
            self._tasks.append(tag.task)
            self._totals.append(0)
            self._shown.append(0)
        number = self._folder_numbers.get(folder)
        if number is None:
            number = self._folder_numbers[folder] = len(self._folders)
            self._folders.append(folder)
        return ((number << TASK_BITS | task) << TWIN_BITS | tag.twin % MOST_TWINS) << FLAG_BITS

    def _find(self, key: int, what: int) -> int | None:
        """The number of exactly this tag."""
        crowd = self._crowds.get(key)
        if crowd is not None:
            return crowd.get(what)
        count = 0
        for at in self._of(key):
            count += 1
            if self._facts[at] >> FLAG_BITS << FLAG_BITS == what:
                return at
        if count >= CROWDED:
            self._crowds[key] = {self._facts[at] >> FLAG_BITS << FLAG_BITS: at for at in self._of(key)}
            self._lanes[key] = {}
            for at in reversed(list(self._of(key))):
                self._put_in_lane(key, at, str(at) if self._facts[at] & LABELLED else "")
        return None

    def _put_in_lane(self, key: int, at: int, labels: str) -> None:
        self._lanes[key].setdefault((self._where(at), labels), []).append(at)

    def _append(self, key: int, what: int, labels: str) -> int:
        slot = self._slot(key)
        at = len(self._keys)
        self._keys.append(key)
        self._facts.append(what)
        self._next.append(self._heads[slot])
        self._heads[slot] = at + 1
        self._totals[self._task_of(at)] += 1
        if key in self._crowds:
            self._crowds[key][what] = at
            self._put_in_lane(key, at, labels)
        if (at + 1) * 4 > self._mask * 3:
            self._grow()
        return at

    def _of(self, key: int) -> Iterator[int]:
        """The numbers of the tags of that key."""
        at = self._heads[self._slot(key)]
        while at:
            yield at - 1
            at = self._next[at - 1]

    def _slot(self, key: int) -> int:
        """Where the newest tag of that key is noted, or would be."""
        heads, keys, mask = self._heads, self._keys, self._mask
        slot = key & mask
        while (head := heads[slot]) and keys[head - 1] != key:
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> None:
        old = self._heads
        self._mask = len(old) * 2 - 1
        self._heads = array("I", bytes(4 * len(old) * 2))
        for head in old:
            if head:
                self._heads[self._slot(self._keys[head - 1])] = head
