"""Reading the messages of a batch: one that is refused costs no other its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from engine import threads
from engine.errors import Cause, RefusedError, RenumberedError, RetryableError, Side
from engine.items.batches import Batch, Entry, Loss, Tally
from engine.items.run import Run
from engine.ports.items import Item
from engine.ports.source import ItemReader, SourceFolder
from engine.words import sentence

MOST_TRIES = 3                  # of one message that the source keeps back for now
MOST_UNWELL = 3                 # messages of a folder kept back in a row, before the others are not waited for either
MOST_PROBES = 3                 # other messages asked for, to see whether it is the source that is unwell
LARGEST_PROBE = 1024 * 1024     # bytes
_AWAY = frozenset({Cause.UNREACHABLE, Cause.TIMEOUT, Cause.HOST_UNKNOWN})
EMPTY = "the source lists this message with its size, and gives nothing of it"
REMOVED = "removed at the source meanwhile"


class Fetching:
    """Reads batches; what cannot be had is noted as lost."""

    def __init__(self, run: Run, tally: Tally, samples: Iterator[tuple[SourceFolder, int]]) -> None:
        """`samples` are small messages that are listed, of all folders in turn, each again and again."""
        self._run = run
        self._tally = tally
        self._samples = samples
        self._good: tuple[SourceFolder, int] | None = None      # a message that the source has given
        self._unwell: Counter[str] = Counter()      # by a folder's ref: messages kept back since it gave one
        self._set_aside: list[Batch] = []
        self._lock = threads.Lock()

    def set_aside(self) -> list[Batch]:
        """Messages that the source kept back for now while it gave others, to be asked for once more at the end."""
        with self._lock:
            found, self._set_aside = self._set_aside, []
            return found

    def fetch(self, reader: ItemReader, batch: Batch) -> list[tuple[Entry, Item]]:
        """Every message of the batch that can be had. Raises RenumberedError, FatalError, HaltedError."""
        by_uid = {e.uid: e for e in batch.entries}
        contents: list[tuple[Entry, Item]] = []
        refusal = self._take(reader, batch, by_uid, contents)
        if len(by_uid) > 1:
            refusal = self._one_by_one(reader, batch, by_uid, refusal, contents)
        self._lose(batch, by_uid, refusal)
        return contents

    def _one_by_one(
        self, reader: ItemReader, batch: Batch, by_uid: dict[int, Entry],
        refusal: RefusedError | RetryableError | None, contents: list[tuple[Entry, Item]],
    ) -> RefusedError | RetryableError | None:
        """After a refusal of several messages: asks for each alone. Returns what is said of those that are left.

        Some are left where it is the folder that is refused, or where it gives none of them now: then each is asked
        for alone at the end.
        """
        waits = isinstance(refusal, RetryableError) and not batch.again
        for entry in list(by_uid.values()):
            if refusal is None or refusal.of_folder or (waits and self._is_unwell(batch)):
                break
            alone = {entry.uid: by_uid.pop(entry.uid)}
            error = self._take(reader, batch, alone, contents)
            self._lose(batch, alone, error)
            if error is not None and error.of_folder:
                return error
        return refusal

    def _is_unwell(self, batch: Batch) -> bool:
        """True: the batch's folder has kept back one message after the other."""
        with self._lock:
            return self._unwell[batch.source.ref] >= MOST_UNWELL

    def _take(
        self, reader: ItemReader, batch: Batch, wanted: dict[int, Entry], into: list[tuple[Entry, Item]]
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
                enough = len(wanted) > 1 or error.of_folder or next(tries) >= MOST_TRIES or self._is_unwell(batch)
                if enough and self._others_are_given(reader, batch, wanted):
                    if len(wanted) == 1:
                        with self._lock:
                            self._unwell[batch.source.ref] += 1
                    return error
                raise

        refused = self._run.patiently(ask, Side.SOURCE)
        if isinstance(refused, RenumberedError):
            raise refused
        return refused

    def _others_are_given(self, reader: ItemReader, batch: Batch, wanted: dict[int, Entry]) -> bool:
        """True: the source gives out a message that it has given before, or some other that is listed."""
        for folder, uid in self._probes(batch, wanted):
            given = False
            try:
                for message in reader.read(folder, [uid]):
                    given = message.size > 0
                    message.close()
            except RefusedError:
                pass
            except RetryableError as error:
                if error.cause in _AWAY:
                    self._good = None       # the next look is at another message
                    return False
            self._good = (folder, uid) if given else None
            if given:
                return True
        return False

    def _probes(self, batch: Batch, wanted: dict[int, Entry]) -> Iterator[tuple[SourceFolder, int]]:
        """Messages to ask for, none of them the one that is wanted alone."""
        good = self._good
        if good is not None:
            yield good
        for _ in range(MOST_PROBES):
            with self._lock:
                sample = next(self._samples, None)
            if sample is not None and (len(wanted) > 1 or sample[0].ref != batch.source.ref or sample[1] not in wanted):
                yield sample

    def _take_once(
        self, reader: ItemReader, batch: Batch, wanted: dict[int, Entry], into: list[tuple[Entry, Item]]
    ) -> RefusedError | RenumberedError | None:
        """Raises RetryableError, also for a message that comes without a byte although it is listed with its size."""
        empty = False
        try:
            for message in self._messages(reader, batch, list(wanted)):
                if message.uid not in wanted:
                    continue
                if not message.size and wanted[message.uid].size:
                    empty = True
                    message.close()
                else:
                    self._given(batch, wanted.pop(message.uid), message, into)
        except (RefusedError, RenumberedError) as error:
            return error
        if empty:
            raise RetryableError(EMPTY, cause=Cause.OTHER)
        return None

    def _given(
        self, batch: Batch, entry: Entry, message: Item, into: list[tuple[Entry, Item]]
    ) -> None:
        into.append((entry, message))
        if message.size <= LARGEST_PROBE:
            self._good = batch.source, message.uid
        if self._unwell:
            with self._lock:
                self._unwell.pop(batch.source.ref, None)

    def _messages(self, reader: ItemReader, batch: Batch, uids: list[int]) -> Iterator[Item]:
        if not batch.spooled:
            yield from reader.read(batch.source, uids)
            return
        for uid in uids:
            one = reader.spool(batch.source, uid)
            if one is not None:
                yield one

    def _lose(self, batch: Batch, entries: dict[int, Entry], refusal: RefusedError | RetryableError | None) -> None:
        for_now = refusal is not None and (isinstance(refusal, RetryableError) or refusal.of_folder)
        if entries and for_now and not batch.again:
            self._run.decided("messages set aside", folder=batch.code, count=len(entries))
            with self._lock:
                self._set_aside.append(replace(batch, entries=tuple(entries.values()), again=True))
            return
        for entry in entries.values():
            reason = REMOVED if refusal is None else str(refusal)
            if isinstance(refusal, RetryableError):
                reason = f"{sentence(reason)} It did so each time, while it gave other messages."
            self._tally.lose(Loss(batch.source, entry, reason, gone=refusal is None))
