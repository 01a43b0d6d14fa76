"""Items of several requests: the further ones are sent, and what cannot be finished is removed again.

Such an item carries UNFINISHED at the end of its tag until its last request. Its tag stays open until then, so that
whoever comes after a killed process removes what there is of it (remainders.py) and makes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from engine.errors import OmmError, RetryableError
from engine.items.batches import Entry
from engine.items.moving.blame import is_for_the_item
from engine.items.run import Run
from engine.pace.gate import Gate
from engine.pace.halt import HaltedError
from engine.ports.destination import HalfWriting, ItemWriter
from engine.ports.items import Foretold, Item, Outcome, Tagged, Verdict
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
        removed = self._removed([outcomes[number].id or "" for number in numbers])
        for number in numbers:
            stays = said.verdict is Verdict.BUSY and outcomes[number].id not in removed
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
            return item_id in self._removed([item_id])

    def _removed(self, ids: Sequence[str]) -> set[str]:
        """Removes half-written items that nobody else has changed since; which of them are gone."""
        known = self._untouched(ids)
        untouched = [item_id for item_id in ids if item_id in known]
        if not untouched:
            return set()
        self._run.owner.cover(self._run.destination.deadline(0))
        outcomes = self._run.destination.delete(untouched)
        gone = zip(untouched, outcomes, strict=True)
        return {item_id for item_id, outcome in gone if outcome.verdict is Verdict.DONE}

    def _untouched(self, ids: Sequence[str]) -> set[str]:
        """Those of the half-written items of which the destination tells that they are as we have left them."""
        if not isinstance(self._writer, HalfWriting):
            return set()
        with suppress(OmmError):        # whoever comes after asks again
            return self._writer.untouched(ids)
        return set()
