"""The heart: batches in flight, nothing lost, nothing twice.

Readers bring batches from the source, writers send each once. What a server says of every item is taken at its place:

    done       counted, its tag closed
    refused    this item only, into the report
    busy       this item only, again after the server's back-off
    split      the request was refused whole: its halves are sent
    fatal      everybody stops
    unknown    sent, no sure answer: its tag stays open. After the commit grace it is looked for, first in its folder,
               then in the whole mailbox, and sent again only if it is nowhere

A tag is opened in the journal before its request leaves and closed only by a sure answer, so that a process killed at
any moment leaves behind the list of what may or may not have arrived.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain

from engine import threads
from engine.batches import Batch, Entry, Loss, Parcel, Tally
from engine.budget import Budget
from engine.errors import Cause, FatalError, RefusedError, RenumberedError, RetryableError, Side
from engine.gate import Gate
from engine.halt import HaltedError
from engine.ports import (
    NewMessage,
    Outcome,
    SourceFolder,
    SourceMessage,
    SourceReader,
    TaggedItem,
    Verdict,
)
from engine.readers import FEWEST_READERS, MOST_READERS, Readers
from engine.repeat import WORTH_TELLING, gave_up
from engine.run import Run
from engine.tag_index import TagIndex

MOST_WRITERS = 16
HUNGRY = 0.5                          # seconds that writers have nothing to send before another reader is set to work
MOST_REFUSALS = 50                    # in a row
MOST_LOST = 8                         # answers lost in a row before we stop to look
MOST_SENDS = 3                        # of one item, each after it was found nowhere
TOO_LARGE = "larger than the destination takes"
REMOVED = "removed at the source meanwhile"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Doubt:
    """An item of which nobody knows whether it arrived; `until` is the threads.monotonic() from which to look."""

    source: SourceFolder
    folder_id: str
    entry: Entry
    until: float


class Transfer:
    """Copies batches from a source to a destination."""

    def __init__(
        self, run: Run, *, readers: Readers, index: TagIndex, tally: Tally, on_tick: Callable[[], None] = lambda: None
    ) -> None:
        self._run = run
        self._readers = readers
        self._destination = run.destination
        self._journal = run.journal
        self._halt = run.halt
        self._index = index
        self._tally = tally
        self._on_tick = on_tick
        self._gate = Gate(MOST_WRITERS, run.halt)
        self._budget = Budget(run.halt)
        self._ready: threads.SimpleQueue[Parcel | None] = threads.SimpleQueue()
        self._doubts: list[Doubt] = []
        self._lock = threads.Lock()
        self._error: BaseException | None = None
        self._refused_in_a_row = 0
        self._lost_in_a_row = 0
        self._last_success = threads.monotonic()
        self._failing_since: float | None = None
        self._waiting = False              # for a destination that is busy, as people were told
        self._warm: set[int] = set()       # writers that have sent before
        self._renumbered: set[str] = set()

    def doubt(self, source: SourceFolder, folder_id: str, entry: Entry, *, seconds: float) -> None:
        """Notes an item that an earlier process sent and nobody answered for; to be looked for after `seconds`."""
        self._doubts.append(Doubt(source, folder_id, entry, threads.monotonic() + seconds))

    def copy(self, work: Iterator[Batch]) -> None:
        """Copies everything, then settles every doubt.

        Raises FatalError, or HaltedError when a stop was asked for; either way everything sent is in the journal.
        """
        self._last_success = threads.monotonic()
        try:
            finished = self._pump(work)
            while self._doubts or not finished:
                work = chain(self._resolve(), work)     # what was not reached stays in front of the rest
                self._lost_in_a_row = 0
                finished = self._pump(work)
        finally:
            self._waits_for_destination(False)  # noqa: FBT003 - as OnWait

    def renumbered(self) -> set[str]:
        """The refs of folders whose messages have other numbers than when they were listed, since asked last.

        What was left of them was not copied: it must be listed anew.
        """
        found, self._renumbered = self._renumbered, set()
        return found

    # Moving batches

    def _pump(self, work: Iterator[Batch]) -> bool:
        """Reads and writes until the work ends (True) or too many answers were lost (False)."""
        feed = _Feed(work, self._enough_lost)
        reading: list[threads.Thread] = []
        writing: list[threads.Thread] = []
        hungry_since = threads.monotonic()
        while not reading or any(t.is_alive() for t in reading):
            if not self._ready.empty():
                hungry_since = threads.monotonic()
            wanted = MOST_READERS if threads.monotonic() - hungry_since > HUNGRY else FEWEST_READERS
            if len(reading) < min(wanted, self._readers.most):
                reading.append(self._started(self._read, feed))
                continue
            self._staff(writing)
            next((t for t in reading if t.is_alive()), reading[0]).join(0.05)
            self._on_tick()
        self._ready.put(None)
        self._staff(writing)
        while any(t.is_alive() for t in writing):
            self._staff(writing)      # all that is left may be waiting to be sent
            next((t for t in writing if t.is_alive()), writing[0]).join(0.05)
            self._on_tick()
        self._drain()
        if self._error is not None:
            raise self._error
        self._halt.check()
        return feed.finished

    def _staff(self, writing: list[threads.Thread]) -> None:
        """As many writers as the gate lets through."""
        while len(writing) < self._gate.width:
            writing.append(self._started(self._write_all))

    def _started(self, work: Callable[..., None], *args: object) -> threads.Thread:
        thread = threads.Thread(target=self._guarded, args=(work, *args), daemon=True)
        thread.start()
        return thread

    def _drain(self) -> None:
        while not self._ready.empty():
            parcel = self._ready.get()
            if parcel is not None:
                self._release(parcel)

    def _guarded(self, work: Callable[..., None], *args: object) -> None:
        try:
            work(*args)
        except HaltedError:
            pass
        except RetryableError as error:
            self._fail(gave_up(error, Side.SOURCE))
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits for this one
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            if self._error is None:
                self._error = error
        self._halt.set()

    def _enough_lost(self) -> bool:
        return self._lost_in_a_row >= MOST_LOST

    # Reading

    def _read(self, feed: _Feed) -> None:
        reader = self._readers.take()
        try:
            while (batch := feed.next()) is not None:
                self._halt.check()
                if batch.source.ref not in self._renumbered:
                    self._read_batch(reader, batch)
        except BaseException:
            self._readers.drop(reader)
            raise
        self._readers.give(reader)

    def _read_batch(self, reader: SourceReader, batch: Batch) -> None:
        share = batch.share
        self._budget.take(share)
        try:
            parcel = Parcel(batch, self._fetched(reader, batch), share)
        except RenumberedError:
            self._budget.give(share)
            self._renumbered.add(batch.source.ref)
        except BaseException:
            self._budget.give(share)
            raise
        else:
            self._ready.put(parcel)

    def _fetched(self, reader: SourceReader, batch: Batch) -> list[tuple[Entry, SourceMessage]]:
        """Every message of the batch that can be had; a refused one costs no other its place."""
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
                    into.append((wanted.pop(message.uid), message))
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

    # Writing

    def _write_all(self) -> None:
        while (parcel := self._ready.get()) is not None:
            try:
                self._write(parcel.batch, parcel.contents)
            finally:
                self._release(parcel)
        self._ready.put(None)      # the end, for the next writer too

    def _release(self, parcel: Parcel) -> None:
        for _, message in parcel.contents:
            if not isinstance(message.mime, bytes):
                message.mime.close()
        parcel.contents = []
        self._budget.give(parcel.share)

    def _write(self, batch: Batch, contents: list[tuple[Entry, SourceMessage]]) -> None:
        pending = self._fitting(batch, contents)
        while pending:
            outcomes = self._send(batch, pending)
            if outcomes[0].verdict is Verdict.SPLIT:
                half = len(pending) // 2
                self._write(batch, pending[:half])
                self._write(batch, pending[half:])
                return
            pending = self._settle(batch, pending, outcomes)

    def _fitting(
        self, batch: Batch, contents: list[tuple[Entry, SourceMessage]]
    ) -> list[tuple[Entry, SourceMessage]]:
        largest = self._destination.limits.largest_message
        for entry, message in contents:
            if message.size > largest:
                self._tally.lose(Loss(batch.source, entry, TOO_LARGE))
        return [(e, m) for e, m in contents if m.size <= largest]

    def _send(self, batch: Batch, pending: list[tuple[Entry, SourceMessage]]) -> list[Outcome]:
        tags = [entry.tag for entry, _ in pending]
        size = sum(message.size for _, message in pending)
        with self._gate.turn():
            self._journal.open(batch.folder_id, tags)
            self._run.owner.cover(self._destination.deadline(size))     # last: the store may have been waited for
            sent = threads.monotonic()
            outcomes = self._destination.create(batch.folder_id, [NewMessage(e.tag, m) for e, m in pending])
            seconds = threads.monotonic() - sent
        self._journal.close(
            [tag for tag, outcome in zip(tags, outcomes, strict=True) if outcome.verdict is not Verdict.UNKNOWN]
        )
        self._pace(outcomes, seconds / _work(len(pending), size) if self._is_warm() else None)
        return outcomes

    def _is_warm(self) -> bool:
        """Whether this thread has sent before: its first request may have had to sign in."""
        me = threads.get_ident()
        with self._lock:
            if me in self._warm:
                return True
            self._warm.add(me)
            return False

    def _settle(
        self, batch: Batch, pending: list[tuple[Entry, SourceMessage]], outcomes: list[Outcome]
    ) -> list[tuple[Entry, SourceMessage]]:
        """Notes every item's outcome; returns those to be sent again."""
        again = []
        for (entry, message), outcome in zip(pending, outcomes, strict=True):
            if outcome.verdict is Verdict.BUSY:
                again.append((entry, message))
            else:
                self._note(batch, entry, outcome)
        for outcome in outcomes:
            if outcome.verdict is Verdict.FATAL:
                raise outcome.error or FatalError("The destination refused.", side=Side.DESTINATION)
        if self._refused_in_a_row >= MOST_REFUSALS:
            raise FatalError(
                f"The destination refused {MOST_REFUSALS} messages in a row; the last: {outcomes[-1].error}",
                cause=Cause.REFUSALS, side=Side.DESTINATION,
            )
        return again

    def _note(self, batch: Batch, entry: Entry, outcome: Outcome) -> None:
        if outcome.verdict is Verdict.DONE:
            self._tally.add(entry)
            self._refused_in_a_row = self._lost_in_a_row = 0
            self._last_success = threads.monotonic()
        elif outcome.verdict in (Verdict.REFUSED, Verdict.GONE):
            self._tally.lose(Loss(batch.source, entry, str(outcome.error)))
            self._refused_in_a_row += 1
        elif outcome.verdict is Verdict.UNKNOWN:
            sent = Entry(entry.uid, entry.size, entry.tag, entry.place, entry.sends + 1)
            with self._lock:
                self._doubts.append(Doubt(batch.source, batch.folder_id, sent, threads.monotonic() + self._run.grace))

    def _pace(self, outcomes: list[Outcome], pace: float | None) -> None:
        slow = [o for o in outcomes if o.verdict in (Verdict.BUSY, Verdict.UNKNOWN)]
        if not slow:
            self._gate.went_well(waiting=not self._ready.empty(), pace=pace)
            self._failing_since = None
            self._waits_for_destination(False)  # noqa: FBT003 - as OnWait
            return
        if all(o.verdict is Verdict.UNKNOWN for o in outcomes):
            self._lost_in_a_row += 1
        pause = max((o.back_off for o in slow if o.back_off is not None), default=0.0)
        self._gate.was_busy(pause)
        self._failing_since = self._failing_since or threads.monotonic()
        failing = threads.monotonic() - self._failing_since
        if max(failing, pause) > WORTH_TELLING:
            self._waits_for_destination(True)  # noqa: FBT003 - as OnWait
        if failing > self._run.patience:
            error = slow[0].error
            raise gave_up(error if isinstance(error, RetryableError) else RetryableError(str(error)))

    def _waits_for_destination(self, waits: bool) -> None:  # noqa: FBT001 - as OnWait
        """Lets people know, once, that a wait begins or is over."""
        with self._lock:
            if waits == self._waiting:
                return
            self._waiting = waits
        self._run.on_wait(Side.DESTINATION, waits)

    # Settling doubts

    def _resolve(self) -> list[Batch]:
        """Waits out the commit grace, looks for every doubtful item, and returns what is nowhere, to be sent again."""
        doubts, self._doubts = self._doubts, []
        if not doubts:
            return []
        try:
            self._wait_until(max(d.until for d in doubts))
            missing = self._looked_for(doubts)
        except BaseException:
            self._doubts = doubts
            raise
        return [Batch(d.source, d.folder_id, (d.entry,)) for d in missing if self._may_go_again(d)]

    def _wait_until(self, moment: float) -> None:
        while (left := moment - threads.monotonic()) > 0:
            self._on_tick()
            self._halt.wait(min(0.5, left))

    def _looked_for(self, doubts: list[Doubt]) -> list[Doubt]:
        wanted = {d.entry.tag: d for d in doubts}
        found: set[str] = set()

        def handle(_folder_id: str, item: TaggedItem) -> None:
            if item.tag in wanted:
                found.add(item.tag)

        self._index.read({d.folder_id for d in doubts}, handle)
        if found != set(wanted):
            self._index.read_all(handle)
        self._journal.close(sorted(found))
        for tag in found:
            self._tally.add(wanted[tag].entry)
            self._last_success = threads.monotonic()
        return [d for d in doubts if d.entry.tag not in found]

    def _may_go_again(self, doubt: Doubt) -> bool:
        if doubt.entry.sends < MOST_SENDS:
            return True
        if threads.monotonic() - self._last_success > self._run.grace * MOST_SENDS:
            raise FatalError("The destination breaks off every request.", cause=Cause.UNREACHABLE,
                             side=Side.DESTINATION)
        self._journal.close([doubt.entry.tag])
        self._tally.lose(Loss(doubt.source, doubt.entry, "the destination broke off each time it was sent"))
        return False


def _work(items: int, size: int) -> float:
    """How much a request asks of a server, in units that take about the same time each."""
    return 1 + items / 10 + size / 100_000


class _Feed:
    """Hands batches to several readers, one each."""

    def __init__(self, work: Iterator[Batch], enough: Callable[[], bool]) -> None:
        self._work = work
        self._enough = enough
        self._lock = threads.Lock()
        self.finished = False

    def next(self) -> Batch | None:
        """The next batch; None at the end, or when it is better to stop and look."""
        with self._lock:
            if self.finished or self._enough():
                return None
            batch = next(self._work, None)
            self.finished = batch is None
            return batch

