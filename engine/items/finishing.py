"""Items of several requests: the further ones are sent, and what was left half-written is removed.

Such an item carries UNFINISHED at the end of its tag until its last request. Its tag stays open until then, so that
whoever comes after a killed process removes what there is of it and makes it anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from engine.errors import RetryableError
from engine.items.batches import Entry
from engine.items.blame import is_for_the_item
from engine.items.removing import deleted
from engine.items.run import Run, Sent
from engine.items.spared import spare, spared
from engine.items.tags import PART, UNFINISHED, undigested, whole_of
from engine.pace.gate import Gate
from engine.pace.halt import HaltedError
from engine.ports.destination import ItemWriter
from engine.ports.items import Foretold, Item, Outcome, Tagged, TaggedItem, Verdict
from engine.store.open_tags import NOTHING_FORETOLD


def is_settled(created: Outcome, ended: Outcome) -> bool:
    """True: the item is there whole, or nothing of it is there, and nothing can arrive any more."""
    half_written = created.verdict is Verdict.DONE and ended.verdict is Verdict.FATAL
    return ended.verdict is not Verdict.UNKNOWN and not half_written


class Finishing:
    """Finishes the items of one content. Any thread may use it."""

    def __init__(self, run: Run, writer: ItemWriter, gate: Gate) -> None:
        self._run = run
        self._writer = writer
        self._gate = gate

    def finished(
        self, folder_id: str, pending: Sequence[tuple[Entry, Item]], outcomes: Sequence[Outcome]
    ) -> list[Outcome]:
        """What became of items that were created, now that their further requests were sent too.

        An item that could not be finished is removed again, so that it can be refused, or made anew. UNKNOWN: it may be
        there, finished or not. When all is over, for a destination says so or a stop is asked for, no further item is
        begun, and what is half-written is removed: it would be the owner's until somebody resumes.
        """
        ended = list(outcomes)
        created = [
            number for number, ((_, item), outcome) in enumerate(zip(pending, outcomes, strict=True))
            if outcome.verdict is Verdict.DONE and (outcome.unfinished or not item.is_whole)
        ]
        for at, number in enumerate(created):
            try:
                ended[number] = said = self._finish(folder_id, *pending[number], outcomes[number])
            except HaltedError:
                said = Outcome(Verdict.BUSY, error=RetryableError("Stopped; it can be resumed."))
            else:
                if said.verdict is not Verdict.FATAL:
                    continue
            for each, outcome in self._taken_back(created[at:], outcomes, said):
                ended[each] = outcome
            break
        return ended

    def _taken_back(
        self, numbers: Sequence[int], outcomes: Sequence[Outcome], said: Outcome
    ) -> Iterator[tuple[int, Outcome]]:
        """Removes what is half-written with one request, stop or no stop. UNKNOWN instead of BUSY: it may be there."""
        self._run.owner.cover(self._run.destination.deadline(0))
        removed = self._run.destination.delete([outcomes[number].id or "" for number in numbers])
        for number, outcome in zip(numbers, removed, strict=True):
            stays = said.verdict is Verdict.BUSY and outcome.verdict is not Verdict.DONE
            yield number, replace(said, verdict=Verdict.UNKNOWN) if stays else said

    def _finish(self, folder_id: str, entry: Entry, item: Item, made: Outcome) -> Outcome:
        item_id = made.id or ""
        with self._gate.turn():
            before = partial(self._cover, folder_id, entry.tag, made.untold)
            outcome = self._writer.finish(item_id, Tagged(entry.tag, item), before)
        outcome = replace(outcome, untold=(*made.untold, *outcome.untold))      # it may be there, and then it is told
        if outcome.verdict is Verdict.DONE:
            return replace(made, untold=outcome.untold, others=outcome.others)
        self._run.decided("not finished", verdict=outcome.verdict.value)
        stops_all = outcome.verdict is Verdict.FATAL and not is_for_the_item(outcome.error)
        if outcome.verdict in (Verdict.UNKNOWN, Verdict.GONE) or stops_all:     # its owner may have moved it
            return outcome if stops_all else replace(outcome, verdict=Verdict.UNKNOWN)
        if outcome.verdict is Verdict.BUSY:
            self._gate.was_busy(outcome.back_off)
        else:       # whatever it was that was refused, of this item nothing more can be sent
            outcome = replace(outcome, verdict=Verdict.REFUSED)
        return outcome if self._is_removed(item_id) else replace(outcome, verdict=Verdict.UNKNOWN)

    def _cover(
        self, folder_id: str, tag: str, known: Sequence[str], size: int, untold: Sequence[str] = ()
    ) -> None:
        """Notes that a request of that size leaves now, and that nobody else may write while it is under way.

        It notes, too, what is to be reported of the item: what was `known` when it was created, and `untold`.
        """
        deadline = self._run.destination.deadline(size)
        told = (*known, *untold)
        foretold = {tag: Foretold(told)} if told else NOTHING_FORETOLD
        self._run.journal.open(folder_id, [tag], deadline=deadline, further=True, foretold=foretold)
        self._run.owner.cover(deadline)

    def _is_removed(self, item_id: str) -> bool:
        """Removes what there is of an item. True: it is gone. One that is not found may have been moved."""
        with self._gate.turn():
            self._run.owner.cover(self._run.destination.deadline(0))
            (outcome,) = self._run.destination.delete([item_id])
        return outcome.verdict is Verdict.DONE


@dataclass(frozen=True, slots=True)
class Half:
    """An unfinished item: its tag without digests, and the folder that it lies in."""

    tag: str
    folder_id: str


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
    """Items of this task that were seen unfinished, by their tags as `whole_of` has them.

    Of an item that became several, the whole is finished last. So its parts may be finished, and it is not.
    """

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, Half]] = {}        # by tag and id
        self._parts: dict[str, set[str]] = {}       # those that are finished

    def see(self, folder_id: str, item: TaggedItem) -> bool:
        """Takes note of an item. True: it is unfinished."""
        is_unfinished = item.tag.endswith(UNFINISHED)
        if is_unfinished:
            self._seen.setdefault(whole_of(item.tag), {})[item.id] = Half(undigested(item.tag), folder_id)
            return True
        if self._seen and (halves := self._seen.get(whole := whole_of(item.tag))):      # it was finished since
            halves.pop(item.id, None)
            if not halves:
                del self._seen[whole]
        if PART in item.tag:
            self._parts.setdefault(whole_of(item.tag), set()).add(item.id)
        return False

    def gone(self, item_id: str) -> None:
        """Forgets an item that is no longer where it was seen."""
        for halves in self._seen.values():
            halves.pop(item_id, None)
        for ids in self._parts.values():
            ids.discard(item_id)

    def remove(self, run: Run, sent: Mapping[str, Sent], *, is_whole: Callable[[str], bool]) -> None:
        """Removes those whose tag was `sent` without a last answer: nobody else can have made them.

        Of more than were sent some are copies that their owner has made. Then those go that lie where we wrote them.
        Finished parts of one go with it, unless it was made another time and `is_whole` by now: they may be of that.
        """
        known = {undigested(tag): each for tag, each in sent.items()}
        ids: list[str] = []
        for tag in [tag for tag in self._seen if tag in known]:
            theirs = spared(run)
            halves = {each: half for each, half in self._seen.pop(tag).items() if each not in theirs}
            ours = _ours(halves, known[tag])
            if len(ours) < len(halves):
                spare(run, halves.keys() - set(ours))
            ids += ours
            ids += [] if is_whole(tag) else self._parts.pop(tag, ())
        if ids:
            run.decided("unfinished items removed", count=len(ids))
        for _ in deleted(run, ids):
            pass
