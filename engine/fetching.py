"""Reading the messages of a batch: one that is refused costs no other its place."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from engine.batches import Batch, Entry, Loss, Tally
from engine.errors import RefusedError, RenumberedError, Side
from engine.ports import SourceMessage, SourceReader
from engine.run import Run

REMOVED = "removed at the source meanwhile"


class Fetching:
    """Reads batches; what cannot be had is noted as lost."""

    def __init__(self, run: Run, tally: Tally) -> None:
        self._run = run
        self._tally = tally

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
    ) -> RefusedError | None:
        """Reads the wanted messages, each out of `wanted` and into the list; returns what the source refused.

        A source that is unwell is waited for; what it gave before is kept. Raises RenumberedError.
        """
        ask = partial(self._take_once, reader, batch, wanted, into)
        refused = self._run.patiently(ask, Side.SOURCE)
        if isinstance(refused, RenumberedError):
            raise refused
        return refused

    def _take_once(
        self, reader: SourceReader, batch: Batch, wanted: dict[int, Entry], into: list[tuple[Entry, SourceMessage]]
    ) -> RefusedError | RenumberedError | None:
        try:
            for message in self._messages(reader, batch, list(wanted)):
                if message.uid in wanted:
                    entry = wanted.pop(message.uid)
                    into.append((entry, message))
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

    def _lose(self, batch: Batch, entries: dict[int, Entry], refusal: RefusedError | None) -> None:
        for entry in entries.values():
            reason = REMOVED if refusal is None else str(refusal)
            self._tally.lose(Loss(batch.source, entry, reason, gone=refusal is None))
