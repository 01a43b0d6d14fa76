"""Items, forwards: those of one content that the destination lacks are copied, with their folders.

The way back is back/removal.py.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from engine.errors import FatalError, OmmError, RetryableError, Side
from engine.items.batches import Batch, Entry, Loss, Tally, batches
from engine.items.compared.both_sides import BothSides
from engine.items.compared.outdated import Outdated
from engine.items.compared.pairing import Copy, Pairing, copied_before, is_move, pair, pair_late
from engine.items.compared.taken_away import TakenAway
from engine.items.folders.placement import Path, Placed, Placement, name_of
from engine.items.folders.places import note_places
from engine.items.folders.renames import plan_folders
from engine.items.kind import ItemKind
from engine.items.known.census import Match, key_number
from engine.items.known.survey import Survey
from engine.items.moving.pointing import Pointing
from engine.items.moving.proof import Proof
from engine.items.moving.tagging import Tagging
from engine.items.moving.transfer import TOO_LARGE, Transfer
from engine.items.report.lines import SHOWN_AGAIN, half_written, left_behind, left_out, moved_lines, not_whole
from engine.items.report.losses import Losses
from engine.items.report.noted import close_arrived, notes_of
from engine.items.report.sums import Sums
from engine.items.run import Run
from engine.items.source.lister import Lister
from engine.items.source.listing import KEY, MOST_OFF, Listing, Todo, copies_in, samples
from engine.items.source.readers import Readers, Reading
from engine.items.source.relisting import RENUMBERING, Relisting
from engine.migration.earlier import check_found, check_not_emptied
from engine.migration.record import Counts, Failure
from engine.migration.same_choice import check_nothing_forgotten
from engine.migration.task_id import compact
from engine.pace.repeat import gave_up
from engine.ports.items import TaggedItem
from engine.ports.source import FolderList

MOST_LISTINGS = 3                # of a folder whose messages get other numbers meanwhile


def copy(run: Run, kind: ItemKind) -> Counts:
    """Copies all items of that kind which the source has and the destination has not.

    Raises FatalError or HaltedError; the destination then says what was done, and the next visit goes on.
    """
    if run.source is None:
        raise FatalError("The source is not open.", side=Side.SOURCE)
    readers = Readers(Reading(run.source, kind.content), run.halt, patience=run.patience, on_wait=run.on_wait)
    try:
        return _Copying(run, kind, readers).run()
    except RetryableError as error:
        raise gave_up(error, Side.SOURCE) from error
    finally:
        readers.close()


class _Copying:
    def __init__(self, run: Run, kind: ItemKind, readers: Readers) -> None:
        self._run = run
        self._kind = kind
        self._readers = readers
        self._lister = Lister(run, kind, readers)
        self._survey = run.survey or Survey(run, (kind,))
        self._census = self._survey.serve(kind, run, self._see)
        self._in_doubt: list[Entry] = []        # read, and perhaps there under the tag of another folder
        self._index = self._survey.index
        self._left_before = self._index.left
        self._both = BothSides(run.halt, self._index, self._census)
        self._tagging = Tagging(
            run.task_id, kind, self._census, on_key=self._note_key, on_there=self._is_there,
            on_doubt=self._in_doubt.append,
        )
        self._tally = Tally(on_copied=self._settle, named=kind.digests is not None)
        self._folders = FolderList(())
        self._listings: list[Listing] = []
        self._noticed: list[Failure] = []       # while looking: what a report has to say of it
        self._noted: dict[str, tuple[str, ...]] = {}    # by earlier visits, of items that they have written
        self._keys_listed = False
        self._held: list[array[int]] = []       # of each listing: what may have come from a folder that is late
        self._placed: dict[Path, Placed] = {}
        self._losses = Losses(run, kind, readers, self._tally, self._listings)
        self._taken_away = TakenAway(run, kind, self._census)
        self._outdated = Outdated(run, kind, readers, self._census, self._listings, self._losses)
        self._sums = Sums(run, self._tally, self._losses, self._outdated)
        self._relisting = Relisting(
            run, kind, self._lister, self._census, self._losses, self._sums,
            largest=lambda: self._largest, on_there=self._is_there,
        )

    def run(self) -> Counts:
        self._look()
        todo = self._missing()
        try:
            self._sums.tick(force=True)
            self._transfer(todo)
            self._outdated.look()
            return self._prove()
        except BaseException:
            self._tell_what_was_done()
            raise

    @property
    def _largest(self) -> int:
        """Bytes; an item that is listed to be larger is left out unread. Others are, once their true size is known."""
        return MOST_OFF * self._run.destination.writer(self._kind.content).largest

    def _settle(self, entry: Entry) -> None:
        self._listings[entry.listing].done[entry.number] = 1

    def _note_key(self, entry: Entry, key: bytes) -> None:
        self._listings[entry.listing].keys[entry.number * KEY : entry.number * KEY + KEY] = key

    def _is_there(self, entry: Entry, match: Match) -> None:
        """A message whose listing did not show its true key, and that was copied before."""
        self._settle(entry)
        self._sums.there.add(match, entry.size, own=match.task == compact(self._run.task_id))
        copy = Copy(entry.listing, entry.number, match.task)
        self._outdated.add([copy])
        if match.relabelled and match.folder == self._listings[entry.listing].folder_number:
            self._outdated.add_relabelled([copy])

    def _see(self, folder_id: str, item: TaggedItem) -> None:
        self._tagging.see(folder_id, item)
        self._both.note_seen()

    # What there is

    def _look(self) -> None:
        """Lists the source, and beside it reads the destination's tags."""
        self._both.look(self._list_source)
        if not self._run.copy_again:
            check_found(self._run.earlier, lambda task_id: self._census.count(compact(task_id)))
        self._survey.remove_remainders(self._run)
        self._survey.stand_in(self._kind, self._run)
        opened = [tag for tag in self._run.journal.opened() if self._census.holds(tag)]
        close_arrived(self._run, self._kind, opened, self._survey.arrived(opened))
        self._noted = self._run.journal.noted()

    def _list_source(self) -> None:
        folders = self._list_folders()
        self._list(folders, keys=self._need_keys(folders))

    def _need_keys(self, folders: FolderList) -> bool:
        """True: the listing must tell keys. Into a mailbox without tags they come from the messages themselves.

        Which items have the same key must be known before one points to another.
        """
        shows_again = any(folder.everything for folder in folders.folders)
        return shows_again or self._kind.content in self._kind.points_to or self._both.has_tags()

    def _list_folders(self) -> FolderList:
        with self._readers.one() as reader:
            folders = self._run.patiently(reader.folders, Side.SOURCE)
        found = folders.left_out
        self._losses.left_out += found
        self._sums.begin(found)
        self._noticed += left_behind(self._kind, folders, self._run.contents)
        self._folders = folders
        return folders

    def _list(self, folders: FolderList, *, keys: bool) -> None:
        selectable = sorted((f for f in folders.folders if f.selectable), key=lambda folder: folder.everything)
        self._keys_listed = keys
        self._listings += self._lister.all(selectable, keys=keys)
        some_put_off = any(listing.put_off for listing in self._listings)
        for listing in self._listings:
            listing.late = listing.late or (some_put_off and listing.folder.everything)
            self._noticed += self._losses.listed(listing)

    # What is missing

    def _missing(self) -> list[Todo]:
        """What is to be copied; counts what is there already and what is too large, before anything is sent."""
        found = self._losses.left_out + self._losses.failed + sum(len(listing) for listing in self._listings)
        size = sum(sum(listing.sizes) for listing in self._listings)
        if not any(listing.put_off for listing in self._listings):
            check_not_emptied(found, self._census.count(compact(self._run.task_id)), self._kind.noun)
        self._outdated.note()
        pairing = pair(self._listings, self._census, compact(self._run.task_id), each=self._outdated.compares)
        check_nothing_forgotten(self._run.source, self._run.choices, self._census.was_labelled_off_record)
        self._tagging.start()
        self._run.begin_report()
        self._run.report(self._noticed)
        lacking = self._survey.lacking(self._kind, self._run)
        self._run.report(not_whole(self._kind, self._folders.folders, lacking))
        self._tell_half_written(self._survey.half_written(self._kind, self._run))
        self._taken_away.look()
        self._note_pairing(pairing)
        task = compact(self._run.task_id)
        self._sums.copied_before = copied_before(self._listings, self._census, task, own=pairing.own)
        self._sums.begin(found, size)
        todos = [self._fitting(index, left, placed) for index, left, placed in self._places(pairing)]
        self._taken_away.leave_out(todos, self._losses)
        self._losses.name()
        return todos

    def _note_pairing(self, pairing: Pairing) -> None:
        self._sums.there.take_in(pairing)
        self._outdated.add(pairing.copies or ())
        self._outdated.add_relabelled(pairing.relabelled)
        self._held = pairing.held
        for index, count in pairing.shown_again.items():
            self._losses.left_out += count
            self._run.report([left_out(self._kind, self._listings[index].name, count, SHOWN_AGAIN)])
        self._run.note_counts_on(self._sums.there.counts_on)

    def _places(self, pairing: Pairing) -> Iterator[tuple[int, Sequence[int], Placed]]:
        """Finds or makes the folders; what of each listing is to be copied, and where it goes."""
        folders = self._folders.folders
        placement = Placement(self._run, self._kind, plan_folders(self._kind, folders, self._listings, pairing))
        placed = self._placed = {each.source.path: each for each in placement.place(folders)}
        for each in placed.values():
            if each.made:
                self._index.start_empty(each.folder_id)
            if each.folder_id:
                self._census.expect(int(self._kind.item_code(each.source), 16), each.folder_id)
        note_places(self._run, self._kind, placed.values())
        self._placement, self._name_of = placement, partial(name_of, folders, placement)
        self._tell_moved(pairing)
        self._outdated.gone(pairing, self._name_of, self._folders.left)
        for index, left in enumerate(pairing.left):
            yield index, left, placed[self._listings[index].folder.path]

    def _fitting(self, index: int, left: Sequence[int], placed: Placed) -> Todo:
        todo = Todo(index, self._listings[index], placed)
        largest = self._largest
        for number in left:
            if placed.refusal or todo.listing.sizes[number] > largest:
                self._tally.lose(Loss(placed.source, todo.entry(number), placed.refusal or TOO_LARGE))
            else:
                todo.numbers.append(number)
        return todo

    def _missing_late(self) -> list[Todo]:
        """What is to be copied of folders that were put off: each is listed once more, now that all others are done."""
        put_off = [index for index, listing in enumerate(self._listings) if listing.put_off]
        self._noticed.clear()
        settled = self._losses.left_out + self._losses.failed
        for index in put_off:
            self._listings[index] = self._lister.last_try(self._listings[index].folder, keys=self._keys_listed)
            self._noticed += self._losses.listed(self._listings[index])
        settled = self._losses.left_out + self._losses.failed - settled
        late = [self._listings[index] for index in put_off]
        self._sums.add(settled + sum(map(len, late)), sum(sum(listing.sizes) for listing in late))
        task, each = compact(self._run.task_id), self._outdated.compares
        pairing = pair_late(self._listings, self._held, self._census, task, each=each)
        self._run.report(self._noticed)
        self._note_pairing(pairing)
        self._tell_moved(pairing)
        todos = [
            self._fitting(index, pairing.left[index], self._placed[listing.folder.path])
            for index, listing in enumerate(self._listings) if pairing.left[index]
        ]
        self._losses.name()
        return todos

    # Copying

    def _transfer(self, missing: list[Todo]) -> None:
        links, identify = self._survey.links, self._tagging.identify
        copies = copies_in(self._listings) if self._kind.points_to else {}
        pointing = Pointing(self._kind, links, self._folders.folders, identify, copies=copies)
        transfer = Transfer(
            self._run, self._kind, readers=self._readers, index=self._index, tally=self._tally,
            samples=samples(self._listings), on_tick=self._sums.tick, pointing=pointing,
        )
        self._copy(transfer, missing)
        if any(listing.late for listing in self._listings):
            self._copy(transfer, self._missing_late())

    def _copy(self, transfer: Transfer, missing: list[Todo]) -> None:
        for _ in range(1 + MOST_LISTINGS):
            transfer.copy(self._batches(missing))
            renumbered = transfer.renumbered()
            self._losses.name(renumbered=renumbered)
            doubtful = self._doubtful(missing, renumbered)
            again = [todo for todo in missing if todo.listing.folder.ref in renumbered]
            missing = [self._relisting.anew(todo, self._listings, self._held) for todo in again]
            missing += doubtful
            if not missing:
                return
        for todo in missing:
            self._relisting.lose_rest(todo.listing, RENUMBERING)

    def _doubtful(self, todos: list[Todo], renumbered: Collection[str]) -> list[Todo]:
        """What of those messages was not moved, now that every message has told its key: it is to be copied."""
        doubts, self._in_doubt[:] = list(self._in_doubt), []
        late = Pairing()
        again: dict[int, Todo] = {}
        for entry in doubts:
            listing = self._listings[entry.listing]
            if listing.folder.ref in renumbered:        # listed anew
                continue
            match = self._match(listing, entry.number)
            if match is not None:
                if is_move(listing, entry.number, match):
                    late.moved[match.folder, entry.listing] += 1
                self._is_there(entry, match)
                continue
            if self._held and self._census.may_be_moved(key_number(listing.key(entry.number))):
                self._held[entry.listing].append(entry.number)
                continue
            placed = next(todo.placed for todo in todos if todo.index == entry.listing)
            again.setdefault(entry.listing, Todo(entry.listing, listing, placed)).numbers.append(entry.number)
        self._tell_moved(late)
        return list(again.values())

    def _match(self, listing: Listing, number: int) -> Match | None:
        """The tag of a message that was in doubt. One with labels may have been copied with others, too."""
        key, theirs = key_number(listing.key(number)), listing.theirs(number)
        same = self._census.take_same(listing.folder_number, key, theirs) if theirs else None
        return same or self._census.take_moved(key, theirs)

    def _batches(self, missing: list[Todo]) -> Iterator[Batch]:
        for todo in missing:
            yield from batches(todo.placed.source, todo.placed.folder_id, todo.listing.code, todo.entries())

    # Telling

    def _tell_what_was_done(self) -> None:
        """At a stop: names what was lost so far, and counts to the last item."""
        with suppress(OmmError):      # the stop itself is told by its own error
            self._losses.name(ask=False)
            self._tell_what_is_noted(ask=False)
            self._run.note_counts_on(self._sums.there.counts_on)
            self._taken_away.note(self._tally.copied, ended=False)
            self._sums.tick(force=True)

    def _tell_half_written(self, kept: Sequence[TaggedItem]) -> None:
        """Names items that were half-written, and that their owner has made their own meanwhile."""
        names = self._run.patiently(partial(self._run.destination.names, [item.id for item in kept])) if kept else {}
        found = [(item.tag.split(":")[1], names[item.id]) for item in kept if item.id in names]
        self._run.report(half_written(self._kind, self._folders.folders, found))

    def _tell_what_is_noted(self, *, ask: bool = True) -> None:
        earlier = notes_of(self._noted, self._listings, self._tagging.is_given)
        self._losses.tell(self._tagging.perhaps_twice(), earlier, ask=ask)

    def _tell_moved(self, pairing: Pairing) -> None:
        self._run.report(list(moved_lines(
            self._kind, pairing, self._listings, self._name_of, is_renamed=self._is_renamed,
        )))

    def _is_renamed(self, folder: int, index: int) -> bool:
        """True: the code's number is that of the listed folder by a former name, in a mailbox of another language."""
        source, home = self._listings[index].folder, self._placement.written(f"{folder:08x}")
        return source.role is not None and home == self._placed[source.path].folder_id

    # Proving

    def _prove(self) -> Counts:
        """Reads the tags once more: every copied message is there, or its owner did something with it meanwhile."""
        proof = Proof(
            self._run, self._kind, self._index, self._census, self._tagging.given,
            kinds=self._survey.kinds, copied=self._tally.copied, left=self._left_before,
        )
        removed, moved = proof.read()
        self._tell_half_written(proof.half_written)
        counts = replace(self._sums.current().counts, moved=moved, removed=removed)
        self._run.on_step(replace(self._sums.current(), counts=counts))
        self._run.journal.close(list(self._run.journal.opened()))
        self._tell_what_is_noted()
        self._run.note_counts_on(self._sums.there.counts_on)
        if counts.settled != counts.found:      # never seen; but nobody shall be told that all is well
            raise FatalError(f"Of {counts.found} items only {counts.settled} are accounted for. Resume to look again.")
        self._taken_away.note(self._tally.copied)
        return counts
