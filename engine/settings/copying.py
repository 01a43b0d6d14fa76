"""A setting, forwards: the before-image is kept, then what is missing is added to what the mailbox has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from engine.errors import FatalError, RefusedError, Side
from engine.items.run import Run
from engine.migration.content import Content
from engine.migration.record import Counts, Failure, Reason, Step
from engine.ports.settings import Entry
from engine.settings.agreement import UNAGREED, not_agreed_to
from engine.settings.answers import Answers
from engine.settings.image import Image, There
from engine.settings.keeping import BeforeImage
from engine.settings.plan import Adapt, Merge, Plan, as_they_are, planned

NOT_KEPT = "the destination does not keep what it was before, so it was not changed: {}"


def copy(run: Run, content: Content, merge: Merge, adapt: Adapt = as_they_are) -> Counts:
    """Adds what is missing. Safe to call again after anything: nothing is written twice.

    The look after the last request is the proof: what is counted as copied was seen. Raises FatalError, HaltedError.
    """
    copying = _Copying(run, content, merge, adapt)
    plan = copying.run_to_its_end()
    counts = _counts(plan)
    run.begin_report()
    run.report(list(_lines(content, plan)))
    run.on_step(Step(counts=counts))
    return counts


class _Copying:
    """The work on one setting."""

    def __init__(self, run: Run, content: Content, merge: Merge, adapt: Adapt) -> None:
        self._run, self._merge = run, merge
        self._settings = run.destination.settings(content)
        self._kept = BeforeImage(run, content)
        self._answers = Answers(run)
        self._wanted = adapt(run, self._settings, self._read_source(content))

    def _read_source(self, content: Content) -> list[Entry]:
        if self._run.source is None:
            raise FatalError("There is no source to read from.", side=Side.SOURCE)
        with closing(self._run.source.settings(content)) as reader:
            return list(self._run.patiently(reader.read, Side.SOURCE))

    def run_to_its_end(self) -> Plan:
        """Sends until nothing is left to be sent; returns what became of each entry."""
        image = self._kept.load()
        while True:
            there = There.of(self._run.patiently(self._settings.read))
            image = self._proved(image, there)
            plan = planned(self._wanted, there, image, self._merge, self._answers.refused)
            self._hinder(plan)
            self._run.on_step(Step(counts=_counts(plan)))
            if not plan.add:
                return plan
            self._run.halt.check()
            add = plan.add[:1] if self._answers.alone else plan.add
            image = self._sent(image.planned(add, there), add)

    def _hinder(self, plan: Plan) -> None:
        """Leaves out what a person has not agreed to: what is written would destroy something else for good."""
        if plan.add and (missing := not_agreed_to(self._run, self._settings)):
            plan.left_out += [(entry, UNAGREED[missing]) for entry in plan.add]
            plan.add.clear()

    def _proved(self, image: Image, there: There) -> Image:
        """Notes as written what was answered for, or was sent and is seen to be there."""
        seen = {change.key for change in image.changes
                if not change.sure and change.is_ours(there.get(change.key))}
        proved = (self._answers.done & {change.key for change in image.changes if not change.sure}) | seen
        if not proved:
            return image
        after = image.proved(proved, there)
        self._kept.note(after)
        self._kept.close()
        return after

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
        if self._answers.take(keys, self._settings.apply(add)):
            self._kept.close()
        return image


def _counts(plan: Plan) -> Counts:
    """The sums; what is still to be sent is found, and no more."""
    settled = [len(part) for part in (plan.copied, plan.already_there, plan.failed, plan.left_out)]
    copied, already_there, failed, left_out = settled
    return Counts(
        found=sum(settled) + len(plan.add), copied=copied, already_there=already_there, failed=failed,
        left_out=left_out, removed=len(plan.removed),
    )


def _lines(content: Content, plan: Plan) -> Iterator[Failure]:
    for parts, outcome in ((plan.failed, Reason.FAILED), (plan.left_out, Reason.LEFT_OUT)):
        for entry, reason in parts:
            yield Failure(content, "", entry.name, reason, outcome)
