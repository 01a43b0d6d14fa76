"""A setting, back: what was added is taken away, what was changed is as before, and what its owner changed stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from engine.errors import Cause, FatalError, RefusedError
from engine.items.back.removal import Removal
from engine.items.back.removing import Removed
from engine.items.run import Run
from engine.migration.content import Content
from engine.ports.settings import Settings
from engine.settings.agreement import STAYS, not_agreed_to, tell
from engine.settings.answers import Answers
from engine.settings.image import Change, Image, There
from engine.settings.keeping import BeforeImage, lost_key

SENT = "settings put back until"      # the fact that says until when a request may be under way; '' when answered
ALL = "(everything that was copied)"
UNMOVED = "the destination said that it was put back, and does not show that"
LOST = "what it was before is not known any more, so it stays as it is"


def look(run: Run, content: Content) -> Removal:
    """What a rollback would put back, and what stays as its owner has changed it since. Changes nothing."""
    try:
        image = BeforeImage(run, content).load()
    except FatalError as error:
        if error.cause is not Cause.STORE:
            raise
        return all_stay(content, lost_key(error))
    if not image.changes:
        return all_stay(content, LOST) if _copied(run) else Removal()
    settings = run.destination.settings(content)
    try:
        there = There.of(run.patiently(settings.read))
    except RefusedError as error:
        return Removal(apart=dict.fromkeys(_ids(content, image.changes), f"{error}, so it stays"), closed=True)
    changed = [change for change in image.changes if not change.is_as_before(there.now(change))]
    ours = [change for change in changed if change.is_ours(there.now(change))]
    theirs = [change for change in changed if change not in ours and there.now(change) is not None]
    if changed and (missing := not_agreed_to(run, settings)):
        return Removal(apart=dict.fromkeys(_ids(content, changed), STAYS[missing]), asks=frozenset({missing}))
    uncounted = frozenset(_ids(content, [change for change in changed if change.is_instead]))
    return Removal(_ids(content, ours), _ids(content, theirs), parts=uncounted)


def _copied(run: Run) -> int:
    """How many entries the record says that this task has copied."""
    return sum(task.copied for task in run.earlier if task.task_id == run.task_id)


def all_stay(content: Content, why: str) -> Removal:
    """A rollback that leaves all of a setting as it is, for that reason."""
    return Removal(apart=MappingProxyType({_id(content, ""): why}))


def _id(content: Content, key: str) -> str:
    return f"{content}/{key}"


def _ids(content: Content, changes: Sequence[Change]) -> tuple[str, ...]:
    return tuple(_id(content, change.key) for change in changes)


def names(run: Run, content: Content, ids: Sequence[str]) -> dict[str, str]:
    """What the owner calls the entries with those ids."""
    if list(ids) == [_id(content, "")]:
        return {ids[0]: ALL}
    known = {_id(content, change.key): change.ours.name for change in BeforeImage(run, content).load().changes}
    return {i: known[i] for i in ids if i in known}


def put_back(run: Run, content: Content, ids: Sequence[str], *, on_removed: Callable[[int], None]) -> Removed:
    """Puts those entries back to what they were; tells how many more are as before as it goes on.

    Raises FatalError, HaltedError.
    """
    if not ids:
        return Removed()
    image = BeforeImage(run, content).load()
    wanted = set(ids)
    return _Restoring(run, content, image, on_removed).of(
        [change for change in image.changes if _id(content, change.key) in wanted]
    )


@dataclass(slots=True)
class _Restoring:
    """The work on one setting."""

    run: Run
    content: Content
    image: Image
    on_removed: Callable[[int], None]

    def of(self, left: list[Change]) -> Removed:
        """Sends until each of those changes is taken back or refused."""
        answers, removed = Answers(self.run), Removed()
        settings = self.run.destination.settings(self.content)
        tell(self.run, settings)
        if left and self._waited_for_what_was_sent():
            left = self._still_left(left, settings, answers, removed)
        while left:
            self.run.halt.check()
            self._send(left[:1] if answers.alone else left, settings, answers)
            left = self._still_left(left, settings, answers, removed)
        removed.refused = {_id(self.content, key): why for key, why in answers.refused.items()
                           if key not in answers.done}
        return removed

    def _send(self, batch: list[Change], settings: Settings, answers: Answers) -> None:
        deadline, keys = self.run.destination.deadline(0), [change.key for change in batch]
        until = self.run.destination.now() + timedelta(seconds=deadline)
        self.run.journal.remember(SENT, until.isoformat())
        self.run.owner.cover(deadline)
        before = [change.before for change in batch if change.before is not None]
        if answers.take(keys, settings.restore(before, [change.ours for change in batch])):
            self.run.journal.remember(SENT, "")

    def _still_left(
        self, left: list[Change], settings: Settings, answers: Answers, removed: Removed
    ) -> list[Change]:
        """What is neither as before nor refused; counts what is."""
        there = There.of(self.run.patiently(settings.read))
        if any(_is_unmoved(c, there, answers) for c in left):
            self.run.halt.wait(self.run.grace)
            there = There.of(self.run.patiently(settings.read))
        unmoved = [c.key for c in left if _is_unmoved(c, there, answers)]
        answers.done.difference_update(unmoved)
        answers.refused |= dict.fromkeys(unmoved, UNMOVED)
        back = [c for c in left if c.key in answers.done or c.is_as_before(there.now(c))]
        count = sum(not change.is_instead for change in back)
        removed.count += count
        self.on_removed(count)
        return [c for c in left if c not in back and c.key not in answers.refused]

    def _waited_for_what_was_sent(self) -> bool:
        """Waits until nothing that an earlier process has sent can still arrive. False: there was nothing."""
        until = self.run.journal.recall(SENT)
        if until:
            over = datetime.fromisoformat(until) + timedelta(seconds=self.run.grace)
            self.run.halt.wait((over - self.run.destination.now()).total_seconds())
        return bool(until)


def _is_unmoved(change: Change, there: There, answers: Answers) -> bool:
    """True: the destination said that it has put it back, and shows it as it was written."""
    return change.key in answers.done and change.is_ours(now := there.now(change)) and not change.is_as_before(now)
