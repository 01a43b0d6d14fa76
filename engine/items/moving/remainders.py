"""What was left half-written by an earlier process: it is removed, unless its owner has changed it meanwhile.

Where they have, it stays as it is, is named, and the whole item is made beside it: twice and named is better than lost
(docs/decisions/0040-an-edited-half-stays.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.items.back.changes import changed
from engine.items.back.removing import deleted
from engine.items.back.spared import spare, spared
from engine.items.kind import ItemKind, kind_of
from engine.items.run import Run, Sent
from engine.items.tags import PART, UNFINISHED, undigested, whole_of
from engine.ports.items import TaggedItem


@dataclass(frozen=True, slots=True)
class Half:
    """An unfinished item, and the folder that it lies in."""

    item: TaggedItem
    folder_id: str

    @property
    def tag(self) -> str:
        """Its tag without digests."""
        return undigested(self.item.tag)


def _ours(halves: Mapping[str, Half], sent: Sent) -> list[str]:
    """The ids of those that we have made, of all that carry the tag of one item or of a part of it."""
    most, ours = max(1, sent.sends), list[str]()
    counts = Counter(half.tag for half in halves.values())
    left = Counter(dict.fromkeys(counts, most))
    for item_id, half in halves.items():
        if counts[half.tag] <= most or (half.folder_id == sent.folder_id and left[half.tag] > 0):
            left[half.tag] -= 1
            ours.append(item_id)
    return ours


class Remainders:
    """Items that were seen unfinished, by their tags as `whole_of` has them: of this task, or of others.

    Of an item that became several, the whole is finished last. So its parts may be finished, and it is not.
    """

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, Half]] = {}        # by tag and id
        self._parts: dict[str, dict[str, TaggedItem]] = {}       # those that are finished

    def see(self, folder_id: str, item: TaggedItem) -> bool:
        """Takes note of an item. True: it is unfinished."""
        is_unfinished = item.tag.endswith(UNFINISHED)
        if is_unfinished:
            self._seen.setdefault(whole_of(item.tag), {})[item.id] = Half(item, folder_id)
            return True
        if self._seen and (halves := self._seen.get(whole := whole_of(item.tag))):      # it was finished since
            halves.pop(item.id, None)
            if not halves:
                del self._seen[whole]
        if PART in item.tag:
            self._parts.setdefault(whole_of(item.tag), {})[item.id] = item
        return False

    def gone(self, item_id: str) -> None:
        """Forgets an item that is no longer where it was seen."""
        for halves in self._seen.values():
            halves.pop(item_id, None)
        for parts in self._parts.values():
            parts.pop(item_id, None)

    def once_each(self) -> dict[str, Sent]:
        """What other tasks have sent, as far as it can be known without their records.

        Of several with one tag none can be told from what its owner has copied: then all of them stay.
        """
        return {tag: Sent("", 0.0, 1) for tag in self._seen}

    def staying(self, run: Run) -> list[TaggedItem]:
        """What was seen and not removed: unfinished items, and parts of such that are noted as their owner's."""
        theirs = spared(run) if self._parts else set()
        halves = [half.item for halves in self._seen.values() for half in halves.values()]
        parts = (item for parts in self._parts.values() for item in parts.values())
        return [*halves, *(item for item in parts if item.id in theirs)]

    def remove(
        self, run: Run, kinds: Sequence[ItemKind], sent: Mapping[str, Sent], *, is_whole: Callable[[str], bool]
    ) -> list[TaggedItem]:
        """Removes those whose tag was `sent` without a last answer: nobody else can have made them.

        Of more than were sent some are copies that their owner has made. Then those go that lie where we wrote them.
        Finished parts of one go with it, unless it was made another time and `is_whole` by now: they may be of that.
        Returns those that stay, as their owner has changed them.
        """
        ours = {item.id: item for item in self._ours(run, sent, is_whole)}
        theirs = _changed(run, kinds, ours.values())
        if theirs:
            run.decided("changed unfinished items kept", count=len(theirs))
            spare(run, theirs)
        self._remove(run, [item_id for item_id in ours if item_id not in theirs])
        return [item for item_id, item in ours.items() if item_id in theirs]

    def _ours(self, run: Run, sent: Mapping[str, Sent], is_whole: Callable[[str], bool]) -> list[TaggedItem]:
        """What the task has made of the items of those tags. What there is beside that is noted as its owner's."""
        known = {undigested(tag): each for tag, each in sent.items()}
        tags, found, copies = [tag for tag in self._seen if tag in known], list[TaggedItem](), set[str]()
        theirs = spared(run) if tags else set()
        for tag in tags:
            halves = {each: half for each, half in self._seen[tag].items() if each not in theirs}
            ours = _ours(halves, known[tag])
            copies |= halves.keys() - set(ours)
            found += [halves[each].item for each in ours]
            parts = {} if is_whole(tag) else self._parts.get(tag, {})
            found += [item for each, item in parts.items() if each not in theirs]
        if copies:
            spare(run, copies)
        return found

    def _remove(self, run: Run, ids: Sequence[str]) -> None:
        """Removes those. What is refused stays, and was seen."""
        if ids:
            run.decided("unfinished items removed", count=len(ids))
        refused = {item_id for removed in deleted(run, ids) for item_id in removed.refused}
        for item_id in ids:
            if item_id not in refused:
                self.gone(item_id)
        self._seen = {tag: halves for tag, halves in self._seen.items() if halves}


def _changed(run: Run, kinds: Sequence[ItemKind], items: Iterable[TaggedItem]) -> set[str]:
    """The ids of those that their owner has changed, of whatever kind."""
    by_kind: dict[int, list[TaggedItem]] = {}
    for item in items:
        by_kind.setdefault(kinds.index(kind_of(kinds, item)), []).append(item)
    return {item_id for number, some in by_kind.items() for item_id in changed(run, kinds[number], some)}
