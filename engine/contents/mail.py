"""Mail, forwards: messages with their folders. The way back is in mail_rollback.py."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from engine import threads
from engine.batches import Batch, Entry, Loss, Tally, batches
from engine.contents.mail_folders import PLACES, Placed, Placement
from engine.contents.mail_listing import Listing, Todo
from engine.contents.mail_rollback import age, deleted, unmodified
from engine.errors import FatalError, RefusedError, RetryableError, Side
from engine.keyset import KeySet
from engine.migration import Content, Counts, Failure, Reason, Step
from engine.ports import Envelope, FolderList, SourceFolder, SourceReader, TaggedItem
from engine.readers import FEWEST_READERS, Readers
from engine.repeat import gave_up
from engine.run import TICK, Run
from engine.tag_index import TagIndex
from engine.tags import parse_tag, source_key
from engine.task_id import compact
from engine.transfer import REMOVED, TOO_LARGE, Transfer

NAMED_AT_ONCE = 100
FOLDERS_A_READER = 10            # to list; more connections than that cost more than they bring
MOST_LISTINGS = 3                # of a folder whose messages get other numbers meanwhile
RENUMBERING = "the source numbers the messages of this folder anew each time it is opened"


@dataclass(slots=True)
class Census:
    """What of ours is at the destination: copied by this task, or by an earlier one."""

    task: str
    expected: dict[str, str] = field(default_factory=dict)     # folder code: the folder id that we write to
    mine: KeySet = field(default_factory=KeySet)
    home: KeySet = field(default_factory=KeySet)               # of mine, those seen where we write them
    others: KeySet = field(default_factory=KeySet)
    resent: frozenset[str] = frozenset()
    twice: dict[str, list[tuple[str, TaggedItem]]] = field(default_factory=dict)

    def see(self, folder_id: str, item: TaggedItem) -> None:
        """Takes note of one tagged item."""
        tag = parse_tag(item.tag)
        if tag is None or not tag.key or tag.key.endswith("~"):
            return
        at = tag.place
        if tag.task != self.task:
            self.others.add(at)
        else:
            self.mine.add(at)
            if folder_id == self.expected.get(tag.folder, folder_id):
                self.home.add(at)
        if item.tag in self.resent:
            self.twice.setdefault(item.tag, []).append((folder_id, item))


def migrate(run: Run) -> Counts:
    """Copies all mail of the source that is not at the destination yet.

    Raises FatalError or HaltedError; the destination then says what was done, and the next visit goes on.
    """
    if run.source is None:
        raise FatalError("The source is not open.", side=Side.SOURCE)
    readers = Readers(run.source, run.halt, patience=run.patience, on_wait=run.on_wait)
    try:
        return _Migration(run, readers).run()
    except RetryableError as error:
        raise gave_up(error, Side.SOURCE) from error
    finally:
        readers.close()


class _Migration:
    def __init__(self, run: Run, readers: Readers) -> None:
        self._run = run
        self._readers = readers
        self._census = Census(compact(run.task_id))
        self._index = TagIndex(run.destination, run.halt, self._census.see, on_wait=run.on_wait)
        self._copied = KeySet()
        self._lost = KeySet()
        self._tally = Tally(on_copied=self._note_copied)
        self._step = Step()
        self._already = self._before = self._failed = self._left_out = 0
        self._bytes_before = 0
        self._next_tick = 0.0

    def run(self) -> Counts:
        todo = self._missing(*self._look())
        self._tick(force=True)
        self._transfer(todo)
        return self._prove()

    def _note_copied(self, entry: Entry) -> None:
        self._copied.add(entry.place)

    def _look(self) -> tuple[list[Listing], dict[tuple[str, ...], Placed]]:
        """Lists the source; beside it, reads the destination's tags and then finds or makes its folders."""
        with threads.ThreadPoolExecutor(1, thread_name_prefix="census") as aside:
            known = aside.submit(self._index.read_all)
            try:
                folders = self._list_folders()
                placing = aside.submit(self._places, folders, known)
                listings = self._list(folders)
            except BaseException:
                self._run.halt.set()
                raise
            return listings, placing.result()

    # What there is

    def _list_folders(self) -> FolderList:
        reader = self._readers.take()
        try:
            folders = self._run.patiently(reader.folders, Side.SOURCE)
        except BaseException:
            self._readers.drop(reader)
            raise
        self._readers.give(reader)
        found = sum(v.messages for v in folders.virtual)
        self._left_out += found
        self._step = Step(counts=Counts(found=found, left_out=found))
        self._run.report([
            _left_out("/".join(v.path), v.messages, "the folder only shows messages of other folders again")
            for v in folders.virtual
        ])
        return folders

    def _list(self, folders: FolderList) -> list[Listing]:
        selectable = [f for f in folders.folders if f.selectable]
        at_once = min(self._readers.most, max(FEWEST_READERS, len(selectable) // FOLDERS_A_READER))
        with threads.ThreadPoolExecutor(at_once, thread_name_prefix="listing") as pool:
            listings = list(pool.map(self._list_folder, selectable))
        for listing in listings:
            if listing.deleted:
                self._left_out += listing.deleted
                self._run.report([_left_out("/".join(listing.folder.path), listing.deleted, "marked as deleted")])
            if listing.refusal:
                self._failed += 1
                self._run.report([_failure(listing.folder, "(messages that were not shown)", listing.refusal)])
        return listings

    def _list_folder(self, folder: SourceFolder) -> Listing:
        reader = self._readers.take()
        try:
            listing = self._run.patiently(lambda: self._listed(reader, folder), Side.SOURCE)
        except BaseException:
            self._readers.drop(reader)
            raise
        self._readers.give(reader)
        return listing

    def _listed(self, reader: SourceReader, folder: SourceFolder) -> Listing:
        listing = Listing(folder)
        twins: dict[bytes, int] = {}
        seen = KeySet()
        try:
            for message in reader.listing(folder):
                self._run.halt.check()
                if message.deleted:
                    listing.deleted += 1
                    continue
                key = source_key(self._run.source_account, message.identity, 0)
                if not seen.add(int.from_bytes(key[:8], "big") or 1):
                    twins[key] = twins.get(key, 0) + 1
                    key = source_key(self._run.source_account, message.identity, twins[key])
                listing.uids.append(message.uid)
                listing.sizes.append(message.size)
                listing.keys += key
        except RefusedError as error:
            listing.refusal = str(error)
        return listing

    # What is missing

    def _places(self, folders: FolderList, known: threads.Future[None]) -> dict[tuple[str, ...], Placed]:
        known.result()      # nothing is made at a destination that cannot be read
        places = {}
        for placed in Placement(self._run).place(folders.folders):
            places[placed.source.path] = placed
            if placed.made:
                self._index.start_empty(placed.folder_id)
            self._census.expected[placed.code] = placed.folder_id
        self._run.journal.remember(PLACES, json.dumps(self._census.expected))
        return places

    def _missing(self, listings: Sequence[Listing], places: dict[tuple[str, ...], Placed]) -> list[Todo]:
        """What is to be copied; counts what is there already and what is too large, before anything is sent."""
        largest = self._run.destination.limits.largest_message
        found = self._left_out
        size = 0
        missing = []
        for listing in listings:
            placed = places[listing.folder.path]
            todo = Todo(self._run.task_id, placed, listing)
            found += len(listing) + bool(listing.refusal)      # what was not shown counts as one that failed
            size += sum(listing.sizes)
            for number, at in enumerate(listing.places(placed.code)):
                if at in self._census.mine:
                    self._before += 1
                    self._bytes_before += listing.sizes[number]
                elif at in self._census.others:
                    self._already += 1
                    self._bytes_before += listing.sizes[number]
                elif placed.refusal or listing.sizes[number] > largest:
                    entry = listing.entry(number, self._run.task_id, placed.code)
                    self._tally.lose(Loss(listing.folder, entry, placed.refusal or TOO_LARGE))
                else:
                    todo.numbers.append(number)
            missing.append(todo)
        self._step = Step(counts=Counts(found=found), bytes_found=size)
        self._name_losses()
        return missing

    # Copying

    def _transfer(self, missing: list[Todo]) -> None:
        transfer = Transfer(
            self._run, readers=self._readers, index=self._index, tally=self._tally, on_tick=self._tick
        )
        self._take_up_open_tags(transfer, missing)
        transfer.copy(self._batches(missing))
        self._name_losses()
        for _ in range(MOST_LISTINGS):
            missing = self._listed_anew(missing, transfer.renumbered())
            if not missing:
                return
            transfer.copy(self._batches(missing))
            self._name_losses()
        self._give_up([todo for todo in missing if todo.listing.folder.ref in transfer.renumbered()])

    def _listed_anew(self, missing: list[Todo], renumbered: set[str]) -> list[Todo]:
        """What is still to be copied of those folders, by their messages' numbers of today."""
        return [self._anew(todo) for todo in missing if todo.listing.folder.ref in renumbered]

    def _anew(self, todo: Todo) -> Todo:
        again = Todo(todo.task_id, todo.placed, self._list_folder(todo.listing.folder))
        left = {entry.place: entry for entry in self._unsettled(todo)}
        for number, at in enumerate(again.listing.places(todo.placed.code)):
            if left.pop(at, None) is not None:
                again.numbers.append(number)
        refusal = again.listing.refusal
        for entry in left.values():
            self._tally.lose(Loss(todo.listing.folder, entry, refusal or REMOVED, gone=not refusal))
        return again

    def _unsettled(self, todo: Todo) -> Iterator[Entry]:
        return (e for e in todo.all_entries() if e.place not in self._copied and e.place not in self._lost)

    def _give_up(self, todos: list[Todo]) -> None:
        for todo in todos:
            for entry in self._unsettled(todo):
                self._tally.lose(Loss(todo.listing.folder, entry, RENUMBERING))
        self._name_losses()

    def _take_up_open_tags(self, transfer: Transfer, missing: list[Todo]) -> None:
        """An item that an earlier process sent without an answer is waited for, not sent at once."""
        opened = self._run.journal.opened()
        if not opened:
            return
        waiting = set()
        for todo in missing:
            rest = array("L")
            for number, entry in zip(todo.numbers, todo.entries(), strict=True):
                sent = opened.get(entry.tag)
                if sent is None:
                    rest.append(number)
                    continue
                again = replace(entry, sends=1)
                transfer.doubt(todo.placed.source, todo.placed.folder_id, again, seconds=self._run.grace - sent.age)
                waiting.add(entry.tag)
                todo.doubtful.append(number)
            todo.numbers = rest
        self._run.journal.close([tag for tag in opened if tag not in waiting])

    def _batches(self, missing: list[Todo]) -> Iterator[Batch]:
        for todo in missing:
            yield from batches(todo.placed.source, todo.placed.folder_id, todo.entries())

    # Telling

    def _tick(self, *, force: bool = False) -> None:
        now = threads.monotonic()
        if now < self._next_tick and not force:
            return
        self._next_tick = now + TICK
        self._run.on_step(self._current())

    def _current(self) -> Step:
        counts = Counts(
            found=self._step.counts.found,
            copied=self._before + self._tally.copied,
            already_there=self._already,
            failed=self._failed,
            left_out=self._left_out,
        )
        done = self._bytes_before + self._tally.bytes_done
        return Step(counts=counts, bytes_found=self._step.bytes_found, bytes_done=done)

    def _name_losses(self) -> None:
        """Puts into the report what was not copied since, by the names that its owner knows it by."""
        losses = self._tally.taken()
        for loss in losses:
            self._lost.add(loss.entry.place)
        by_folder: dict[str, list[Loss]] = {}
        for loss in losses:
            by_folder.setdefault(loss.source.ref, []).append(loss)
        for group in by_folder.values():
            for start in range(0, len(group), NAMED_AT_ONCE):
                self._report(group[start : start + NAMED_AT_ONCE])

    def _report(self, losses: list[Loss]) -> None:
        folder = losses[0].source
        envelopes = self._envelopes(folder, [loss.entry.uid for loss in losses])
        for loss in losses:
            if loss.gone:
                self._left_out += 1
            else:
                self._failed += 1
        self._run.report([
            _failure(folder, _named(envelopes.get(loss.entry.uid), loss.entry), loss.reason,
                     Reason.LEFT_OUT if loss.gone else Reason.FAILED)
            for loss in losses
        ])

    def _envelopes(self, folder: SourceFolder, uids: list[int]) -> dict[int, Envelope]:
        """Names for a report, where the source can tell them: it is asked once."""
        reader = self._readers.take()
        try:
            envelopes = reader.envelopes(folder, uids)
        except (RefusedError, RetryableError):
            self._readers.drop(reader)
            return {}
        self._readers.give(reader)
        return envelopes

    # Proving

    def _prove(self) -> Counts:
        """Reads the tags once more: every copied message is there, or its owner did something with it meanwhile."""
        self._census.resent = frozenset(self._run.journal.resent())
        index = self._index
        if self._census.resent:      # times are needed to tell our own second copy from its owner's
            index = TagIndex(
                self._run.destination, self._run.halt, self._census.see, detail=True, on_wait=self._run.on_wait
            )
        index.read_all(enough=lambda: not self._census.resent and not self._count_removed())
        self._remove_own_twins()
        removed = self._count_removed()
        if removed:
            index.read_all()
            removed = self._count_removed()
        moved = sum(1 for place in self._copied if place in self._census.mine and place not in self._census.home)
        counts = replace(self._current().counts, moved=moved, removed=removed)
        self._run.on_step(replace(self._current(), counts=counts))
        if counts.settled != counts.found:      # never seen; but nobody shall be told that all is well
            raise FatalError(f"Of {counts.found} items only {counts.settled} are accounted for. Resume to look again.")
        return counts

    def _count_removed(self) -> int:
        return sum(1 for place in self._copied if place not in self._census.mine)

    def _remove_own_twins(self) -> None:
        """Removes a second copy that we made ourselves: sent twice, where we wrote it, unmodified, and never more."""
        resent = self._run.journal.resent()
        extra: list[str] = []
        for tag, seen in self._census.twice.items():
            once = {item.id: item for folder_id, item in seen if folder_id == resent[tag].folder_id}
            ours = sorted(once.values(), key=age)
            spare = [item for item in ours[1:] if unmodified(item)]
            extra += [item.id for item in spare[: resent[tag].sends - 1]]
        for _ in deleted(self._run, extra):
            pass        # one that is refused stays: a copy too many is better than one too few


def _named(envelope: Envelope | None, entry: Entry) -> str:
    size = f"{entry.size / 1_000_000:.1f} MB" if entry.size >= 100_000 else f"{max(1, entry.size // 1000)} KB"
    if envelope is None:
        return f"message {entry.uid} ({size})"
    words = ", ".join(part for part in (envelope.sender, envelope.date, size) if part)
    return f"{envelope.subject or '(no subject)'} ({words})"


def _failure(folder: SourceFolder, item: str, reason: str, outcome: Reason = Reason.FAILED) -> Failure:
    return Failure(Content.MAIL, "/".join(folder.path), item, reason, outcome)


def _left_out(folder: str, count: int, reason: str) -> Failure:
    return Failure(Content.MAIL, folder, f"{count} message{'s' if count != 1 else ''}", reason, Reason.LEFT_OUT)
