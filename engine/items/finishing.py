"""Items of several requests: the further ones are sent, and what was left half-written is removed.

Such an item carries UNFINISHED at the end of its tag until its last request. Its tag stays open until then, so that
whoever comes after a killed process removes what there is of it and makes it anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.items.batches import Entry
from engine.items.removing import deleted
from engine.items.run import Run
from engine.items.tags import UNFINISHED
from engine.pace.gate import Gate
from engine.ports.destination import ItemWriter
from engine.ports.items import Item, Outcome, Tagged, TaggedItem, Verdict


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
        there, finished or not.
        """
        return [
            outcome if outcome.verdict is not Verdict.DONE or item.is_whole
            else self._finish(folder_id, entry, item, outcome)
            for (entry, item), outcome in zip(pending, outcomes, strict=True)
        ]

    def _finish(self, folder_id: str, entry: Entry, item: Item, made: Outcome) -> Outcome:
        item_id = made.id or ""
        with self._gate.turn():
            deadline = self._run.destination.deadline(item.size)
            self._run.journal.open(folder_id, [entry.tag], deadline=deadline, further=True)
            self._run.owner.cover(deadline)
            outcome = self._writer.finish(item_id, Tagged(entry.tag, item))
        if outcome.verdict is Verdict.DONE:
            return made
        self._run.decided("not finished", verdict=outcome.verdict.value)
        if outcome.verdict in (Verdict.UNKNOWN, Verdict.FATAL):
            return outcome
        said = replace(outcome, verdict=Verdict.REFUSED) if outcome.verdict is Verdict.GONE else outcome
        return said if self._is_removed(item_id) else replace(outcome, verdict=Verdict.UNKNOWN)

    def _is_removed(self, item_id: str) -> bool:
        """Removes what there is of an item. True: it is surely gone."""
        with self._gate.turn():
            self._run.owner.cover(self._run.destination.deadline(0))
            (outcome,) = self._run.destination.delete([item_id])
        return outcome.verdict in (Verdict.DONE, Verdict.GONE)


class Remainders:
    """Items of this task that were seen unfinished, by their tags without the mark."""

    def __init__(self) -> None:
        self._seen: dict[str, set[str]] = {}

    def see(self, item: TaggedItem) -> bool:
        """Takes note of an item. True: it is unfinished."""
        if not item.tag.endswith(UNFINISHED):
            return False
        self._seen.setdefault(item.tag.removesuffix(UNFINISHED), set()).add(item.id)
        return True

    def gone(self, item_id: str) -> None:
        """Forgets an item that is no longer where it was seen."""
        for ids in self._seen.values():
            ids.discard(item_id)

    def remove(self, run: Run, sent: Mapping[str, object]) -> None:
        """Removes those whose tag was `sent` without a last answer: nobody else can have made them."""
        tags = [tag for tag in self._seen if tag in sent]
        ids = [item_id for tag in tags for item_id in self._seen.pop(tag)]
        if ids:
            run.decided("unfinished items removed", count=len(ids))
        for _ in deleted(run, ids):
            pass
