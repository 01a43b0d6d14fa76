"""The heart: batches in flight, nothing lost, nothing twice.

Readers bring batches from the source, writers send each once. What a server says of every item is taken at its place:

    done       counted, its tag closed
    refused    this item only, into the report, once the server has taken something else (see `blame`)
    busy       this item only, again after the server's back-off; alone, and not for ever
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
from dataclasses import replace
from functools import partial
from itertools import chain

from engine import threads
from engine.errors import FatalError, LaterError, RenumberedError, RetryableError, Side
from engine.items.batches import Batch, Entry, Loss, Parcel, Tally, loads, work
from engine.items.kind import ItemKind
from engine.items.known.tag_index import TagIndex
from engine.items.moving.blame import MOST_BLAMED, MOST_BUSY, AbsentFolders, Blame, is_for_the_item
from engine.items.moving.doubts import Doubts
from engine.items.moving.feed import Feed
from engine.items.moving.finishing import Finishing, is_settled
from engine.items.moving.pointing import Pointing
from engine.items.moving.reading_back import ReadingBack
from engine.items.moving.staff import Staff
from engine.items.report.noted import foretold, untold_of, with_untold
from engine.items.run import Run
from engine.items.source.fetching import Fetching
from engine.items.source.readers import FEWEST_READERS, MOST_READERS, Readers
from engine.pace.budget import Budget
from engine.pace.gate import MOST_WRITERS, Gate
from engine.pace.halt import HaltedError
from engine.pace.repeat import WORTH_TELLING, gave_up
from engine.ports.items import Item, Outcome, Tagged, Verdict
from engine.ports.source import ItemReader, SourceFolder

WRITERS_IDLE = 0.5                    # seconds that writers have nothing to send before another reader is set to work
AHEAD = 12                            # batches read beyond two a writer: where few write, troubles meet various items
MOST_LOST = 8                         # answers lost in a row before we stop to look
TOO_LARGE = "larger than the destination takes"
PUT_OFF = "the destination put it off each time it was sent: {}"
log = logging.getLogger(__name__)


class Transfer:
    """Copies batches from a source to a destination."""

    def __init__(
        self, run: Run, kind: ItemKind, *, readers: Readers, index: TagIndex, tally: Tally, pointing: Pointing,
        samples: Iterator[tuple[SourceFolder, int]], on_tick: Callable[[], None] = lambda: None,
    ) -> None:
        """`pointing` gives messages of a batch that were read their tags, and knows what they wait for.

        `samples` are messages of the source, as `Fetching` takes them.
        """
        self._run = run
        self._readers = readers
        self._destination = run.destination
        self._writer = run.destination.writer(kind.content)
        self._journal = run.journal
        self._halt = run.halt
        self._tally = tally
        self._on_tick = on_tick
        self._gate = Gate(MOST_WRITERS, run.halt)
        self._budget = Budget(run.halt, most=lambda: AHEAD + 2 * self._gate.width)
        self._ready: threads.SimpleQueue[Parcel | None] = threads.SimpleQueue()
        self._blame = Blame(run, tally)
        self._staff = Staff(self._gate, partial(self._started, self._write_all))
        self._back = ReadingBack(index)
        self._doubts = Doubts(run, index, tally, self._blame, self._back)
        self._pointing = pointing
        self._fetching = Fetching(run, tally, samples)
        self._finishing = Finishing(run, self._writer, self._gate)
        self._lock = threads.Lock()
        self._error: BaseException | None = None
        self._spent: LaterError | None = None       # the source gives no more for now
        self._lost_in_a_row = 0
        self._failing_since: float | None = None
        self._waiting = False              # for a destination that is busy, as people were told
        self._warm: set[int] = set()       # writers that have sent before
        self._renumbered: set[str] = set()
        self._absent = AbsentFolders()

    def copy(self, work: Iterator[Batch]) -> None:
        """Copies everything, then settles every doubt.

        Raises FatalError, or HaltedError when a stop was asked for; either way everything sent is in the journal. Where
        the source gives no more for now, what was read is written first.
        """
        self._blame.start()
        try:
            self._copy(work)
            while more := self._fetching.set_aside() or self._pointing.due():      # each batch once
                self._copy(iter(more))
            self._blame.finish()
        finally:
            self._waits_for_destination(False)  # noqa: FBT003 - as OnWait

    def _copy(self, work: Iterator[Batch]) -> None:
        finished = self._pump(work)
        while self._doubts or not finished:
            again = self._doubts.resolve(self._on_tick)
            work = chain(again, work)     # what was not reached stays in front of the rest
            self._lost_in_a_row = 0
            finished = self._pump(work)

    def renumbered(self) -> set[str]:
        """The refs of folders whose messages have other numbers than when they were listed, since asked last.

        What was left of them was not copied: it must be listed anew.
        """
        found, self._renumbered = self._renumbered, set()
        return found

    # Moving batches

    def _pump(self, work: Iterator[Batch]) -> bool:
        """Reads, writes and reads back until the work ends (True) or too many answers were lost (False).

        No thread outlives it, whatever happens.
        """
        feed = Feed(work, lambda: self._enough_lost() or self._spent is not None)
        reading: list[threads.Thread] = []
        self._staff = Staff(self._gate, partial(self._started, self._write_all))
        with self._back.beside():
            try:
                self._read_all(feed, reading)
                self._ready.put(None)
                self._staff.fill()
                while self._staff.works(0.05):
                    self._staff.fill()      # all that is left may be waiting to be sent
                    self._on_tick()
            except BaseException as error:  # noqa: BLE001 - raised again below, once no thread is left
                self._fail(error)
            finally:
                self._join(reading)
        if self._error is not None:
            raise self._error
        self._halt.check()
        if self._spent is not None:
            raise self._spent
        return feed.finished

    def _read_all(self, feed: Feed, reading: list[threads.Thread]) -> None:
        idle_since = threads.monotonic()
        while not reading or any(t.is_alive() for t in reading):
            if not self._ready.empty():
                idle_since = threads.monotonic()
            wanted = MOST_READERS if threads.monotonic() - idle_since > WRITERS_IDLE else FEWEST_READERS
            if len(reading) < min(wanted, self._readers.most):
                reading.append(self._started(self._read, feed))
                continue
            self._staff.fill()
            next((t for t in reading if t.is_alive()), reading[0]).join(0.05)
            self._on_tick()

    def _join(self, reading: list[threads.Thread]) -> None:
        """Waits until every request that is under way was answered or given up, and lets go of what was read."""
        for thread in reading:
            thread.join()
        self._ready.put(None)
        self._staff.join()
        while not self._ready.empty():
            parcel = self._ready.get()
            if parcel is not None:
                self._release(parcel)

    def _started(self, work: Callable[..., None], *args: object) -> threads.Thread:
        thread = threads.Thread(target=self._guarded, args=(work, *args), daemon=True)
        thread.start()
        return thread

    def _guarded(self, work: Callable[..., None], *args: object) -> None:
        try:
            work(*args)
        except HaltedError:
            pass
        except LaterError as error:
            self._spent = error
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

    def _read(self, feed: Feed) -> None:
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

    def _read_batch(self, reader: ItemReader, batch: Batch) -> None:
        share = batch.share
        self._budget.take(share)
        try:
            contents = self._fetching.fetch(reader, batch)
            share = self._corrected(share, contents)
            parcel = Parcel(batch, self._pointing.identified(batch, contents), share)
        except RenumberedError:
            self._budget.give(share)
            self._renumbered.add(batch.source.ref)
        except BaseException:
            self._budget.give(share)
            raise
        else:
            self._ready.put(parcel)

    def _corrected(self, share: int, contents: list[tuple[Entry, Item]]) -> int:
        """The share of what was read by its true size: a listed one is a hint."""
        true = sum(message.size for _, message in contents if message.held)
        if true <= share:
            return share
        self._budget.correct(share, true)
        return true

    # Writing

    def _write_all(self) -> None:
        while (parcel := self._ready.get()) is not None:
            try:
                for load in loads(parcel.contents):
                    self._write(parcel.batch, load)
            finally:
                self._release(parcel)
        self._ready.put(None)      # the end, for the next writer too

    def _release(self, parcel: Parcel) -> None:
        for _, message in parcel.contents:
            message.close()
        parcel.contents = []
        self._budget.give(parcel.share)

    def _write(self, batch: Batch, contents: list[tuple[Entry, Item]]) -> None:
        pending = self._fitting(batch, contents)
        while pending:
            outcomes = self._send(batch, pending)
            if outcomes[0].verdict is Verdict.SPLIT:
                self._run.decided("request halved", folder=batch.code, count=len(pending))
                half = len(pending) // 2
                self._write(batch, pending[:half])
                self._write(batch, pending[half:])
                return
            pending = self._settle(batch, pending, outcomes)
            if len(pending) > 1 and any(entry.busy >= MOST_BUSY for entry, _ in pending):
                for each in pending:        # which of them is it?
                    self._write(batch, [each])
                return

    def _fitting(
        self, batch: Batch, contents: list[tuple[Entry, Item]]
    ) -> list[tuple[Entry, Item]]:
        largest = self._writer.largest
        for entry, message in contents:
            if message.size > largest:
                self._tally.lose(Loss(batch.source, entry, TOO_LARGE))
        return [(e, m) for e, m in contents if m.size <= largest]

    def _send(self, batch: Batch, pending: list[tuple[Entry, Item]]) -> list[Outcome]:
        tags, pending = [entry.tag for entry, _ in pending], self._pointing.resolved(pending)
        size = sum(message.size for _, message in pending)
        new = [Tagged(entry.tag, message) for entry, message in pending]
        told = foretold(self._writer, new)
        with self._gate.turn():
            deadline = self._destination.deadline(size)
            self._journal.open(batch.folder_id, tags, deadline=deadline, foretold=told)
            self._back.sent(tags)
            self._run.owner.cover(deadline)     # last: the store may have been waited for
            sent = threads.monotonic()
            created = with_untold(pending, self._writer.create(batch.folder_id, new))
            seconds = threads.monotonic() - sent
        outcomes = self._finishing.finished(batch.folder_id, pending, created)
        self._pointing.written(pending, outcomes)
        settled = [tag for tag, *both in zip(tags, created, outcomes, strict=True) if is_settled(*both)]
        self._journal.close(settled, untold=untold_of(tags, outcomes))
        self._back.answered(settled)
        self._back.arrived(batch.folder_id, sum(outcome.verdict is Verdict.DONE for outcome in outcomes))
        self._pace(outcomes, seconds / work(len(pending), size) if self._is_warm() else None)
        self._learn_clock(outcomes, seconds)        # asks the destination, and holds nobody up
        return outcomes

    def _learn_clock(self, outcomes: list[Outcome], seconds: float) -> None:
        if (made := next((outcome.id for outcome in outcomes if outcome.verdict is Verdict.DONE), None)) is not None:
            self._run.mailbox_clock.learn(made, seconds=seconds)

    def _is_warm(self) -> bool:
        """True: this thread has sent before: its first request may have had to sign in."""
        me = threads.get_ident()
        with self._lock:
            if me in self._warm:
                return True
            self._warm.add(me)
            return False

    def _settle(
        self, batch: Batch, pending: list[tuple[Entry, Item]], outcomes: list[Outcome]
    ) -> list[tuple[Entry, Item]]:
        """Notes every item's outcome; returns those to be sent again."""
        again = []
        for (entry, message), outcome in zip(pending, outcomes, strict=True):
            if outcome.verdict is Verdict.GONE and (pause := self._absent.pause(batch.folder_id, entry)):
                self._gate.was_busy(pause)
                again.append((replace(entry, absent=entry.absent + 1), message))
            elif outcome.verdict is not Verdict.BUSY:
                self._note(batch, entry, outcome)
            elif (later := self._later(batch, entry, outcome, alone=len(pending) == 1)) is not None:
                again.append((later, message))
        for outcome in outcomes:
            if outcome.verdict is Verdict.FATAL and not is_for_the_item(outcome.error):
                raise outcome.error or FatalError("The destination refused.", side=Side.DESTINATION)
        self._blame.check()
        return again

    def _later(self, batch: Batch, entry: Entry, outcome: Outcome, *, alone: bool) -> Entry | None:
        """The entry, to be sent again. None: it is put off although others are taken, and was named for it."""
        entry = self._blame.busy(entry, alone=alone)
        if entry.blamed >= MOST_BLAMED:
            self._run.decided("put off too often", folder=batch.code, count=entry.busy)
            self._tally.lose(Loss(batch.source, entry, PUT_OFF.format(outcome.error)))
            return None
        if alone and entry.busy >= MOST_BUSY:
            self._blame.try_destination()
            self._failing_since = None
        return entry

    def _note(self, batch: Batch, entry: Entry, outcome: Outcome) -> None:
        if outcome.verdict is Verdict.DONE:
            self._absent.is_there(batch.folder_id)
            self._tally.add(entry)
            for words in outcome.untold:
                self._tally.note(batch.source, entry, words)
            self._lost_in_a_row = 0
            self._blame.wrote()
        elif outcome.verdict in (Verdict.REFUSED, Verdict.GONE) or is_for_the_item(outcome.error):
            self._blame.refused(batch, entry, outcome)
        elif outcome.verdict is Verdict.UNKNOWN:
            self._doubts.add(batch, replace(entry, sends=entry.sends + 1), outcome)

    def _pace(self, outcomes: list[Outcome], pace: float | None) -> None:
        slow = [o for o in outcomes if o.verdict in (Verdict.BUSY, Verdict.UNKNOWN)]
        if not slow:
            self._gate.went_well(waiting=not self._ready.empty(), pace=pace)
            self._staff.fill()
            self._failing_since = None
            self._waits_for_destination(False)  # noqa: FBT003 - as OnWait
            return
        if all(o.verdict is Verdict.UNKNOWN for o in outcomes):
            self._run.decided("answer lost", count=len(outcomes))
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
