"""Reading the messages of a batch: one that is refused costs no other its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from engine import threads
from engine.batches import Batch, Entry, Loss, Tally
from engine.decisions import decided
from engine.errors import RefusedError, RenumberedError, RetryableError, Side
from engine.ports import SourceFolder, SourceMessage, SourceReader
from engine.run import Run
from engine.words import sentence

MOST_TRIES = 3                  # of one message that the source keeps back for now
LARGEST_PROBE = 1024 * 1024     # bytes
REMOVED = "removed at the source meanwhile"


class Fetching:
    """Reads batches; what cannot be had is noted as lost."""

    def __init__(self, run: Run, tally: Tally) -> None:
        self._run = run
        self._tally = tally
        self._good: tuple[SourceFolder, int] | None = None      # a message that the source has given
        self._set_aside: list[Batch] = []
        self._lock = threads.Lock()

    def set_aside(self) -> list[Batch]:
        """Messages that the source kept back for now while it gave others, to be asked for once more at the end."""
        with self._lock:
            found, self._set_aside = self._set_aside, []
            return found

    def fetch(self, reader: SourceReader, batch: Batch) -> list[tuple[Entry, SourceMessage]]:
        """Every message of the batch that can be had. Raises RenumberedError, FatalError, HaltedError."""
        by_uid = {e.uid: e for e in batch.entries}
        contents: list[tuple[Entry, SourceMessage]] = []
        refusal = self._take(reader, batch, by_uid, contents)
        if refusal is not None and len(by_uid) > 1:
            for entry in list(by_uid.values()):
                alone = {entry.uid: by_uid.pop(entry.uid)}
                error = self._take(reader, batch, alone, contents)
                self._lose(batch, alone, error)
        else:
            self._lose(batch, by_uid, refusal)
        return contents

    def _take(
        self, reader: SourceReader, batch: Batch, wanted: dict[int, Entry], into: list[tuple[Entry, SourceMessage]]
    ) -> RefusedError | RetryableError | None:
        """Reads the wanted messages, each out of `wanted` and into the list; returns what the source refused.

        A source that is unwell is waited for; what it gave before is kept. Where it gives other messages meanwhile,
        the RetryableError is returned: these are the reason. Raises RenumberedError.
        """
        tries = count(1)

        def ask() -> RefusedError | RetryableError | None:
            try:
                return self._take_once(reader, batch, wanted, into)
            except RetryableError as error:
                if (len(wanted) > 1 or next(tries) >= MOST_TRIES) and self._others_are_given(reader):
                    return error
                raise

        refused = self._run.patiently(ask, Side.SOURCE)
        if isinstance(refused, RenumberedError):
            raise refused
        return refused

    def _others_are_given(self, reader: SourceReader) -> bool:
        """Whether the source gives out a message that it has given before."""
        good = self._good
        if good is None:
            return False
        try:
            return any(True for _ in reader.read(good[0], [good[1]]))
        except (RefusedError, RetryableError):
            return False

    def _take_once(
        self, reader: SourceReader, batch: Batch, wanted: dict[int, Entry], into: list[tuple[Entry, SourceMessage]]
    ) -> RefusedError | RenumberedError | None:
        try:
            for message in self._messages(reader, batch, list(wanted)):
                if message.uid in wanted:
                    entry = wanted.pop(message.uid)
                    into.append((entry, message))
                    if message.size <= LARGEST_PROBE:
                        self._good = batch.source, message.uid
                    if message.untold and not entry.sends:
                        self._tally.note(batch.source, message.untold)
        except (RefusedError, RenumberedError) as error:
            return error
        return None

    def _messages(self, reader: SourceReader, batch: Batch, uids: list[int]) -> Iterator[SourceMessage]:
        if not batch.spooled:
            yield from reader.read(batch.source, uids)
            return
        for uid in uids:
            one = reader.spool(batch.source, uid)
            if one is not None:
                yield one

    def _lose(self, batch: Batch, entries: dict[int, Entry], refusal: RefusedError | RetryableError | None) -> None:
        if entries and isinstance(refusal, RetryableError) and not batch.again:
            decided("messages set aside", task=self._run.task_id, folder=batch.code, count=len(entries))
            with self._lock:
                self._set_aside.append(replace(batch, entries=tuple(entries.values()), again=True))
            return
        for entry in entries.values():
            reason = REMOVED if refusal is None else str(refusal)
            if isinstance(refusal, RetryableError):
                reason = f"{sentence(reason)} It did so each time, while it gave other messages."
            self._tally.lose(Loss(batch.source, entry, reason, gone=refusal is None))
