"""The write probe: a message of our own that says whether the destination takes anything at all.

It goes into Deleted Items, where nobody is told of it, under a tag that no census counts, and is removed at once. Where
that folder does not take it, the Inbox is asked before anything is said of the whole mailbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256

from engine.errors import Cause, FatalError, OmmError, RefusedError, RetryableError, Side, SignInError
from engine.items.run import Run
from engine.items.tags import item_tag, parse_tag
from engine.messages.dates import TRIAL
from engine.migration.content import Content
from engine.migration.task_id import compact
from engine.ports.items import Marks, Outcome, SourceMessage, Tagged, TaggedItem, Verdict
from engine.ports.source import Role

MARK = "_canary_"           # stands in tags where a migration has a source folder's code, which is hexadecimal
MOST_LOST = 3               # answers to one probe
WRITTEN_TO = "canary"       # the fact that says in which folder one may be; "" when it was removed
MIME = (
    "From: OMM check <check@omm.invalid>\r\nTo: OMM check <check@omm.invalid>\r\nSubject: OMM check\r\n"
    "Date: Sun, 03 Feb 2019 04:05:06 +0000\r\nMessage-ID: <{}@omm.invalid>\r\n\r\n"
    "Nothing is to be done about this message: it tries whether mail can be moved here.\r\n"
)


class WriteProbe:
    """Tries whether one mailbox takes a message. One thread at a time."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._places: list[str] = []        # folders that may take it, the first one first
        self._lost = 0
        self._count = 0

    def passes(self) -> None:
        """Writes the canary and removes it. Returns when it was written.

        A busy destination is asked again for as long as the run is patient. Raises FatalError with what the
        destination said of the canary, HaltedError.
        """
        self._lost = 0
        item = self._run.patiently(self._written, Side.DESTINATION)
        self._run.decided("write probe passed")
        with suppress(OmmError):        # it is ours, and under a tag that counts for nothing
            self._run.patiently(lambda: self._removed([item] if item else []), Side.DESTINATION)

    def clear_up(self) -> None:
        """Removes what a process that was killed may have left behind."""
        folder = self._run.journal.recall(WRITTEN_TO)
        if folder:
            with suppress(RefusedError):
                self._run.patiently(lambda: self._removed(self._left(folder)), Side.DESTINATION)

    def _left(self, folder: str) -> list[str]:
        tags = ((item.id, parse_tag(item.tag)) for item in self._tagged(folder))
        return [i for i, t in tags if t is not None and (t.task, t.folder) == (compact(self._run.task_id), MARK)]

    def _written(self) -> str:
        """The canary's id. Raises RetryableError when the destination puts it off."""
        self._count += 1
        key = sha256(f"{self._run.destination.now()} {self._count}".encode()).digest()[:16]
        mime = MIME.format(key.hex()).encode()
        message = SourceMessage(0, mime, len(mime), TRIAL, Marks(read=True))
        tag, folder = item_tag(self._run.task_id, MARK, key), self._place()
        self._run.journal.remember(WRITTEN_TO, folder)
        self._run.owner.cover(self._run.destination.deadline(len(mime)))
        (outcome,) = self._run.destination.writer(Content.MAIL).create(folder, [Tagged(tag, message)])
        if outcome.verdict is Verdict.DONE:
            return outcome.id or ""
        if outcome.verdict is Verdict.UNKNOWN:
            return self._looked_for(folder, tag, outcome)
        if outcome.verdict is Verdict.BUSY:
            raise _put_off(outcome)
        if not isinstance(outcome.error, SignInError) and len(self._places) > 1:
            self._places.pop(0)         # it may be about the folder
            return self._written()
        raise self._failed(outcome)

    def _place(self) -> str:
        if not self._places:
            roles = {folder.role: folder.id for folder in self._run.destination.folders()}
            found = [roles[role] for role in (Role.DELETED, Role.INBOX) if role in roles]
            self._places = found or [self._run.destination.top]
        return self._places[0]

    def _looked_for(self, folder: str, tag: str, outcome: Outcome) -> str:
        """The id of a canary whose answer was lost, when it is there after the commit grace."""
        self._run.halt.wait(self._run.grace)
        for item in self._tagged(folder):
            if item.tag == tag:
                return item.id
        self._lost += 1
        if self._lost < MOST_LOST:
            raise _put_off(outcome)
        raise self._failed(outcome)

    def _tagged(self, folder: str) -> Iterator[TaggedItem]:
        state, last = "", False
        while not last:
            page = self._run.destination.tags(folder, state)
            yield from page.items
            state, last = page.state, page.last

    def _failed(self, outcome: Outcome) -> FatalError:
        self._run.decided("write probe failed", verdict=outcome.verdict.value)
        if isinstance(outcome.error, FatalError):
            return outcome.error
        cause = Cause.UNREACHABLE if outcome.verdict is Verdict.UNKNOWN else Cause.REFUSALS
        return FatalError(
            f"The destination takes no message at all, not even one of our own: {outcome.error}",
            cause=cause, side=Side.DESTINATION,
        )

    def _removed(self, items: list[str]) -> None:
        """Removes canaries. Raises RetryableError when that is not sure."""
        if items:
            self._run.owner.cover(self._run.destination.deadline(0))
        for outcome in self._run.destination.delete(items) if items else ():
            if outcome.verdict in (Verdict.BUSY, Verdict.UNKNOWN):
                raise _put_off(outcome)
            if outcome.verdict not in (Verdict.DONE, Verdict.GONE):
                self._run.decided("canary left behind", verdict=outcome.verdict.value)
        self._run.journal.remember(WRITTEN_TO, "")


def _put_off(outcome: Outcome) -> RetryableError:
    if isinstance(outcome.error, RetryableError):
        return outcome.error
    return RetryableError(f"The destination puts everything off: {outcome.error}.", back_off=outcome.back_off)
