"""A setting, forwards: the before-image is kept, then what is missing is added to what the mailbox has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from engine.errors import FatalError, RefusedError, Side
from engine.items.run import Run
from engine.migration.content import Content
from engine.migration.record import Counts, Failure, Reason, Step
from engine.ports.settings import Entry, Note, Noting, Wanted
from engine.settings.agreement import UNAGREED, not_agreed_to
from engine.settings.answers import Answers
from engine.settings.earlier import earlier_changes
from engine.settings.image import Change, Image, There
from engine.settings.keeping import BeforeImage
from engine.settings.plan import Adapt, Known, Merge, Plan, as_they_are, planned

UNSEEN = "the destination said that it took it, and does not show it; look whether it is there, and make it anew if not"
NOT_KEPT = "the destination does not keep what it was before, so it was not changed: {}"
GONE = (
    "the source has it no more since it was copied, be it removed or changed into another; it stays in the new "
    "mailbox: remove it there if it is not wanted"
)
CHANGED = "it was changed at the source since it was copied, and is as it was copied; change it in the new mailbox, too"


def copy(run: Run, content: Content, merge: Merge, adapt: Adapt = as_they_are) -> Counts:
    """Adds what is missing. Safe to call again after anything: nothing is written twice.

    The look after the last request is the proof: what is counted as copied was seen. Raises FatalError, HaltedError.
    """
    copying = _Copying(run, content, merge, adapt)
    plan = copying.run_to_its_end()
    counts = _counts(plan)
    run.note_counts_on(copying.earlier.counts_on(plan.found_ids))
    run.begin_report()
    run.report([*_lines(content, plan), *_notes(run, content, copying.notes)])
    run.on_step(Step(counts=counts))
    return counts


class _Copying:
    """The work on one setting.

    `notes` are what the source has to say beside its entries, `earlier` is what other tasks have written.
    """

    def __init__(self, run: Run, content: Content, merge: Merge, adapt: Adapt) -> None:
        self._run, self._merge = run, merge
        self._settings = run.destination.settings(content)
        self._kept = BeforeImage(run, content)
        self._answers = Answers(run)
        self.notes: Sequence[Note] = ()
        self._wanted = adapt(run, self._settings, self._read_source(content))
        self.earlier = earlier_changes(run, content, self._wanted)
        self._sent_now: set[str] = set()        # keys of what this process has sent

    def _read_source(self, content: Content) -> list[Entry]:
        if self._run.source is None:
            raise FatalError("There is no source to read from.", side=Side.SOURCE)
        with closing(self._run.source.settings(content)) as reader:
            found = list(self._run.patiently(reader.read, Side.SOURCE))
            if isinstance(reader, Noting):
                self.notes = self._run.patiently(reader.notes, Side.SOURCE)
            return found

    def run_to_its_end(self) -> Plan:
        """Sends until nothing is left to be sent; returns what became of each entry."""
        image = self._kept.load()
        while True:
            image, there = self._looked(image)
            known = Known(image, self.earlier.by_origin, self._answers.refused, frozenset(self._answers.no_room),
                          self.earlier.by_key)
            plan = planned(self._wanted, there, known, self._merge)
            self._hinder(plan)
            self._run.on_step(Step(counts=_counts(plan)))
            if not plan.add:
                return plan
            self._run.halt.check()
            add = plan.add[:1] if self._answers.alone else plan.add
            image = self._sent(image.planned(add, there, plan.instead), add)

    def _hinder(self, plan: Plan) -> None:
        """Leaves out what a person has not agreed to: what is written would destroy something else for good."""
        if plan.add and (missing := not_agreed_to(self._run, self._settings)):
            plan.hinder(UNAGREED[missing])

    def _looked(self, image: Image) -> tuple[Image, There]:
        """What is there, and the image with what is seen of what was sent.

        What was answered for and is not seen is looked for once more after the grace; then it has failed.
        """
        image, there = self._look(image)
        if self._unseen(image):
            self._run.halt.wait(self._run.grace)
            image, there = self._look(image)
            self._answers.refused |= dict.fromkeys(self._unseen(image), UNSEEN)
        return image, there

    def _unseen(self, image: Image) -> list[str]:
        known = self._answers.done - self._answers.refused.keys()
        return [change.key for change in image.changes if change.key in known and not change.sure]

    def _look(self, image: Image) -> tuple[Image, There]:
        there = There.of(self._run.patiently(self._settings.read))
        return self._proved(image, image.written(there, self._answers.done)), there

    def _proved(self, image: Image, written: Mapping[str, Entry]) -> Image:
        """Notes as written what was sent and is seen to be there.

        What an earlier process has sent, and is there in another form, may have been changed by its owner: it is known
        by its id, and not as ours.
        """
        if not written:
            return image
        after = image.proved({key: self._as_ours(change, written[key]) for change in image.changes
                              if (key := change.key) in written})
        self._kept.note(after)
        self._kept.close()
        return after

    def _as_ours(self, change: Change, now: Entry) -> Entry:
        is_known = change.key in self._sent_now or change.is_ours(now)
        return now if is_known else replace(change.ours, id=now.id)

    def _sent(self, image: Image, add: list[Entry]) -> Image:
        """Keeps the image, then sends the entries, once."""
        keys = [entry.key for entry in add]
        try:
            self._kept.keep(image)
        except RefusedError as error:
            self._answers.refused |= dict.fromkeys(keys, NOT_KEPT.format(error))
            self._kept.close()
            return image
        self._kept.open(sum(len(entry.value) for entry in add))
        self._sent_now.update(keys)
        if self._answers.take(keys, self._settings.apply(add)):
            self._kept.close()
        return image


def _counts(plan: Plan) -> Counts:
    """The sums; what is still to be sent is found, and no more."""
    def count(entries: Sequence[Entry]) -> int:
        return sum(entry.key not in plan.instead for entry in entries)

    copied, already_there = count(plan.copied), count(plan.already_there)
    failed, left_out = (count([entry for entry, _ in part]) for part in (plan.failed, plan.left_out))
    return Counts(
        found=copied + already_there + failed + left_out + count(plan.add), copied=copied, already_there=already_there,
        failed=failed, left_out=left_out, removed=count(plan.removed), changed=count(plan.changed),
        removed_at_source=len(plan.gone),
    )


def _lines(content: Content, plan: Plan) -> Iterator[Failure]:
    for parts, outcome in ((plan.failed, Reason.FAILED), (plan.left_out, Reason.LEFT_OUT)):
        for entry, reason in parts:
            if entry.key not in plan.instead:
                yield Failure(content, "", entry.name, reason + _of_its_place(entry, plan), outcome)
    for entry, words in plan.noted:
        yield Failure(content, "", entry.name, words, Reason.NOTED)
    for entry in plan.gone:
        yield Failure(content, "", entry.name, GONE, Reason.NOTED)
    for entry in plan.changed:
        if entry.key not in plan.instead:
            yield Failure(content, "", entry.name, CHANGED, Reason.NOTED)


def _of_its_place(entry: Entry, plan: Plan) -> str:
    """What its owner is told beside the reason, of what is there instead."""
    if not isinstance(entry, Wanted) or entry.instead is None or plan.hindered:
        return ""
    return entry.missing if entry.key in plan.unreplaced else entry.replaced


def _notes(run: Run, content: Content, notes: Sequence[Note]) -> Iterator[Failure]:
    for note in notes:
        if note.of is None or note.of is content or note.of not in run.contents:
            yield Failure(content, "", note.name, note.words, Reason.NOTED)
