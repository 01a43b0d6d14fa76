"""The write probe: a message of our own that says whether the destination takes anything at all.

It goes into Deleted Items, where nobody is told of it, under a tag that no census counts, and is removed at once.
"""

from __future__ import annotations

import secrets
from contextlib import suppress

from engine.canary import RECEIVED, canary
from engine.clock import utc_now
from engine.decisions import decided
from engine.errors import Cause, FatalError, OmmError, RetryableError, Side
from engine.ports import Marks, NewMessage, Outcome, Role, SourceMessage, Verdict
from engine.run import Run
from engine.tags import item_tag

MARK = "_canary_"           # stands in tags where a migration has a source folder's code, which is hexadecimal
MOST_LOST = 3               # answers to one probe


class WriteProbe:
    """Tries whether one mailbox takes a message. One thread at a time."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._folder = ""
        self._lost = 0

    def passes(self) -> None:
        """Writes the canary and removes it. Returns when it was written.

        A busy destination is asked again for as long as the run is patient. Raises FatalError with what the
        destination said of the canary, HaltedError.
        """
        self._lost = 0
        item = self._run.patiently(self._written, Side.DESTINATION)
        decided("write probe passed", task=self._run.task_id)
        with suppress(OmmError):        # it is ours, and under a tag that counts for nothing
            self._run.patiently(lambda: self._removed(item), Side.DESTINATION)

    def _written(self) -> str:
        """The canary's id. Raises RetryableError when the destination puts it off."""
        mime = canary(utc_now())
        message = SourceMessage(0, mime, len(mime), RECEIVED, Marks(read=True))
        tag = item_tag(self._run.task_id, MARK, secrets.token_bytes(16))
        folder = self._place()
        self._run.owner.cover(self._run.destination.deadline(len(mime)))
        (outcome,) = self._run.destination.create(folder, [NewMessage(tag, message)])
        if outcome.verdict is Verdict.DONE:
            return outcome.id or ""
        if outcome.verdict is Verdict.UNKNOWN:
            return self._looked_for(folder, tag, outcome)
        if outcome.verdict is Verdict.BUSY:
            raise _put_off(outcome)
        raise self._failed(outcome)

    def _place(self) -> str:
        if not self._folder:
            folders = self._run.destination.folders()
            roles = {folder.role: folder.id for folder in folders}
            self._folder = roles.get(Role.DELETED) or roles.get(Role.INBOX) or self._run.destination.top
        return self._folder

    def _looked_for(self, folder: str, tag: str, outcome: Outcome) -> str:
        """The id of a canary whose answer was lost, when it is there after the commit grace."""
        self._run.halt.wait(self._run.grace)
        state, last = "", False
        while not last:
            page = self._run.destination.tags(folder, state)
            found = next((item.id for item in page.items if item.tag == tag), None)
            if found is not None:
                return found
            state, last = page.state, page.last
        self._lost += 1
        if self._lost < MOST_LOST:
            raise _put_off(outcome)
        raise self._failed(outcome)

    def _failed(self, outcome: Outcome) -> FatalError:
        decided("write probe failed", task=self._run.task_id, verdict=outcome.verdict.value)
        if isinstance(outcome.error, FatalError):
            return outcome.error
        cause = Cause.UNREACHABLE if outcome.verdict is Verdict.UNKNOWN else Cause.REFUSALS
        return FatalError(
            f"The destination takes no message at all, not even one of our own: {outcome.error}",
            cause=cause, side=Side.DESTINATION,
        )

    def _removed(self, item: str) -> None:
        if not item:
            return
        self._run.owner.cover(self._run.destination.deadline(0))
        (outcome,) = self._run.destination.delete([item])
        if outcome.verdict in (Verdict.BUSY, Verdict.UNKNOWN):
            raise _put_off(outcome)
        if outcome.verdict not in (Verdict.DONE, Verdict.GONE):
            decided("canary left behind", task=self._run.task_id, verdict=outcome.verdict.value)


def _put_off(outcome: Outcome) -> RetryableError:
    if isinstance(outcome.error, RetryableError):
        return outcome.error
    return RetryableError(f"The destination puts everything off: {outcome.error}.", back_off=outcome.back_off)
