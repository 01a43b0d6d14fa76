"""What a rollback does in the mailbox: looks at what was brought, removes it content by content, then the folders."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from engine.contents.way import Way
from engine.errors import FatalError, RefusedError, Side
from engine.items.back.mailbox_clock import Window
from engine.items.back.removal import Removal, what_is_there
from engine.items.back.removing import Removed
from engine.items.folders.emptied import own_folders, paths, remove_folders
from engine.items.kind import ItemKind, kind_of, kind_of_folder
from engine.items.run import Run
from engine.migration.content import Content
from engine.migration.record import Failure, Reason, Rollback
from engine.migration.request import Choice
from engine.migration.visit import Visit
from engine.ports.destination import Destination
from engine.ports.settings import Filing
from engine.store.lease import Lease
from engine.words import noun, number, plural

REPORTED_AT_ONCE = 100
MOST_LOOKS = 3           # for items that were gone when their removal was asked for


@dataclass(slots=True)
class Back:
    """A rollback under way. `removals` say of each content, the last that moved first, what is to be done with it.

    `places` is the id of the folder that an item lay in when it was looked at, by the item's. `acted`: this process has
    begun to remove something.
    """

    at: Visit
    runs: Mapping[Content, Run]
    window: Window
    removals: dict[Content, Removal] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    acted: bool = False
    places: dict[str, str] = field(default_factory=dict)

    @classmethod
    def prepared(
        cls, at: Visit, destination: Destination, lease: Lease, choices: Collection[Choice] = ()
    ) -> Back:
        """Nothing was looked at yet. `choices` are made beside those of the record."""
        wanted = [content for content in at.engine.contents if content in at.migration.request.contents]
        runs = {content: at.run(content, destination, lease) for content in reversed(wanted)}
        runs = {content: replace(run, choices=(*run.choices, *choices)) for content, run in runs.items()}
        some = next(iter(runs.values()))
        window = some.mailbox_clock.window(some.grace)
        if window is None:
            raise FatalError("The time of this migration's first write is not known.")
        return cls(at, runs, window)

    @property
    def run(self) -> Run:
        """For what is not of one content."""
        return next(iter(self.runs.values()))

    @property
    def ways(self) -> list[Way]:
        """How each content goes back."""
        return [self.at.engine.contents[content] for content in self.runs]

    @property
    def kinds(self) -> list[ItemKind]:
        """The contents that are items."""
        return [way.kind for way in self.ways if way.kind is not None]

    @property
    def whole(self) -> Removal:
        """All contents together."""
        return sum(self.removals.values(), Removal())

    @property
    def settings(self) -> list[Content]:
        """The contents that are no items, but settings."""
        return [way.content for way in self.ways if way.kind is None]

    @property
    def of_items(self) -> Removal:
        """All contents that are items."""
        settings = self.settings
        return sum((removal for content, removal in self.removals.items() if content not in settings), Removal())

    def look(self, only: Content | None = None) -> None:
        """Reads what carries the task's tags, and says of each content, or `only` one, what is to be done with it.

        Changes nothing.
        """
        there = what_is_there(self.run)
        self.places = {found.item.id: found.folder_id for found in there}
        for way in self.ways if only is None else [self.at.engine.contents[only]]:
            own = [found for found in there if self.kinds and kind_of(self.kinds, found.item) is way.kind]
            self.removals[way.content] = way.look_back(self.runs[way.content], self.window, own)
        self.folders = own_folders(self.run)

    def paths(self) -> dict[str, str]:
        """What the owner calls each folder of the mailbox, with those above it, by its id."""
        return paths(self.run.patiently(self.run.destination.folders))


def wait_for_what_was_sent(back: Back) -> None:
    """Takes all that was sent without an answer into the window: it may be carried out until the grace is over."""
    run, opened = back.run, back.at.journal.opened()
    if not opened:
        return
    left = max(run.grace - sent.age for sent in opened.values())
    if left > 0:
        back.at.update(stage="checking whether what was sent last has arrived")
        run.halt.wait(left)
    back.window = run.mailbox_clock.lengthen(back.window, run.grace)
    back.at.journal.close(list(opened))


def remove_items(back: Back, *, discard_changes: bool) -> None:
    """Removes what was brought, the content that moved last first. Raises FatalError, HaltedError."""
    kept = sum(_remove_items(back, content, discard_changes=discard_changes) for content in back.runs)
    back.at.update(rollback=so_far(back.at).balanced(kept=kept))


def _remove_items(back: Back, content: Content, *, discard_changes: bool) -> int:
    """Removes the items of one content, and looks again for those that were gone when asked for. How many stay.

    Whoever moves an item gives it another id. Raises FatalError when they are still being moved after some looks: to go
    on would be to say "rolled back" too soon.
    """
    at, way, run = back.at, back.at.engine.contents[content], back.runs[content]
    refused: dict[str, str] = {}
    gone: set[str] = set()      # a server may go on listing what it does not find
    unsure = 0
    for look in range(MOST_LOOKS + 1):
        if look or back.acted:      # an owner may have worked at it while another content was removed
            back.look(content)
        removal = back.removals[content]
        if discard_changes:
            removal = back.removals[content] = removal.discarding()
        _note_found(at, back.whole, unsure=unsure if look or back.acted else None)
        left = [item for item in removal.items if item not in refused and item not in gone]
        if left and look == MOST_LOOKS:
            raise FatalError(_still_moving(len(left), noun(at.migration)), side=Side.DESTINATION)
        back.acted = back.acted or bool(left)
        done = Removed()
        parts = [] if way.kind is None else [item for item in left if item in removal.parts]
        if parts:       # first, for what counts goes last; a setting goes back as a whole
            done.add(way.backwards(run, parts, on_removed=lambda _count: None))
        counting = way.backwards(run, [i for i in left if i not in parts], on_removed=partial(_count, at))
        done.add(counting)
        refused |= done.refused
        gone.update(done.gone)
        unsure = counting.unsure
        if not done.gone and not done.unsure:
            break
        at.decided("items gone at their removal", count=len(done.gone), unsure=done.unsure)
    back.removals[content] = removal.after(refused)
    report_kept(back, content, removal.staying)
    report_kept(back, content, {item: f"the destination does not remove it: {why}" for item, why in refused.items()})
    return removal.count(removal.staying) + removal.count(refused)


def _still_moving(left: int, name: str) -> str:
    return (
        f"Somebody is moving the {plural(name)} of this migration while OMM removes them: {number(left, name)} left. "
        "Wait until that is over, then roll back again."
    )


def _note_found(at: Visit, removal: Removal, *, unsure: int | None) -> None:
    """Notes how many there are. What an earlier process was removing when it was killed was removed by us.

    At another look, of `unsure` that were counted as removed some may be there all the same: None at the first look of
    this process, before it removes anything.
    """
    sums = so_far(at)
    missing = sums.found - removal.found
    least = sums.removed if unsure is None else sums.removed - unsure
    removed = max(least, missing if unsure is None else min(sums.removed, missing))
    found = max(sums.found, removed + removal.found)
    at.update(rollback=replace(sums, removed=removed, found=found, kept=removal.count(removal.staying)))


def so_far(at: Visit) -> Rollback:
    return at.migration.rollback or Rollback(started=at.engine.clock())


def _count(at: Visit, removed: int) -> None:
    at.update(rollback=replace(so_far(at), removed=so_far(at).removed + removed))


def report_kept(back: Back, content: Content, reasons: Mapping[str, str]) -> None:
    """Names items that stay, by their ids, with the reason of each and the folder that they lie in."""
    ids, run, way = tuple(reasons), back.runs[content], back.at.engine.contents[content]
    paths = back.paths() if back.places.keys() & reasons.keys() else {}
    for start in range(0, len(ids), REPORTED_AT_ONCE):
        named = way.names(run, ids[start : start + REPORTED_AT_ONCE])
        back.at.report([
            Failure(content, paths.get(back.places.get(item, ""), ""), name, reasons[item], Reason.KEPT)
            for item, name in named.items()
        ])


def remove_folders_of(back: Back) -> None:
    """Removes the folders that the task made and that are empty now; names those that stay under their contents."""
    at = back.at
    at.update(rollback=replace(so_far(at), folders_kept=0))
    for folder in remove_folders(back.run, back.folders, _needed(back) if back.folders else ()):
        sums = so_far(at)
        if folder.kept:
            content = kind_of_folder(back.kinds, folder.folder).content
            at.report([Failure(content, folder.name, "(the folder itself)", folder.kept, Reason.KEPT)])
            at.update(rollback=replace(sums, folders_kept=sums.folders_kept + 1))
        else:
            at.update(rollback=replace(sums, folders_removed=sums.folders_removed + 1))


def _needed(back: Back) -> Collection[str]:
    """The ids of the folders that settings need as they are now; none where the destination does not tell."""
    found: set[str] = set()
    for content in back.settings:
        settings = back.run.destination.settings(content)
        if isinstance(settings, Filing):
            with suppress(RefusedError):
                found |= set(back.run.patiently(settings.folders))
    return found
