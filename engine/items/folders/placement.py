"""Where the items of each source folder go: it is found again, adopted, or made.

A folder with a role goes to the destination's folder of that role, whatever either is called. Any other is known again
by the tag an earlier task left on it, wherever its owner has moved it since; else a folder of the same name at the same
place is adopted; else it is made. No two source folders share one folder: twins in a name get a number.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

from engine.errors import FatalError, NameTakenError, RefusedError, RetryableError
from engine.items.kind import ItemKind
from engine.items.moving.blame import is_for_the_item
from engine.items.run import Run
from engine.items.tags import folder_tag, parse_tag
from engine.ports.destination import DestinationFolder
from engine.ports.items import Verdict
from engine.ports.source import Role, SourceFolder

LONGEST_NAME = 255       # UTF-16 units, Exchange's limit for a display name
NOT_IN_A_NAME = re.compile("[\0-\x1f\ud800-\udfff\ufffe\uffff]")
NAMELESS = "(no name)"
MADE_AT_ONCE = 50
MOST_REFUSALS = 3        # of one folder: under other names if its own is taken, else under that
Path = tuple[str, ...]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Placed:
    """A source folder with its code and the id of its destination folder.

    Without an id, `refusal` says why there is none; without that either, nothing goes into it.
    """

    source: SourceFolder
    code: str
    folder_id: str = ""
    made: bool = False
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class FolderPlan:
    """`former` is the code of the folder that a renamed folder was; `unneeded` are folders that nothing goes into."""

    former: dict[Path, str] = field(default_factory=dict)
    unneeded: frozenset[Path] = frozenset()


def display_name(name: str) -> str:
    """The name as Exchange can carry it: no control characters, not empty, not too long."""
    clean = NOT_IN_A_NAME.sub("\ufffd", name)
    return _cut(clean, LONGEST_NAME) if clean.strip() else NAMELESS


def _cut(name: str, units: int) -> str:
    return name.encode("utf-16-le")[: units * 2].decode("utf-16-le", "ignore")


def numbered(name: str) -> Iterator[str]:
    """The name, and then the name with 2, 3, … behind it."""
    yield name
    for number in range(2, 1000):
        suffix = f" ({number})"
        yield _cut(name, LONGEST_NAME - len(suffix)) + suffix


class Placement:
    """The destination's folders, and which of them are taken."""

    def __init__(self, run: Run, kind: ItemKind, plan: FolderPlan = FolderPlan()) -> None:
        self._run = run
        self._kind = kind
        self._plan = plan
        self._taken: set[str] = set()
        self._reserved: set[str] = set()
        self._made: set[str] = set()
        self._denied: FatalError | None = None      # one was not made, for want of a right
        self._refresh()

    def place(self, folders: Sequence[SourceFolder]) -> list[Placed]:
        """Each folder's place, in the order given; what is missing is made, parents first.

        A folder that this account may not make costs no other its mail. Raises FatalError when it may make none.
        """
        at: dict[tuple[str, ...], str] = {}
        found: dict[tuple[str, ...], Placed] = {}
        self._reserve(folders)
        for _, level in groupby(sorted(folders, key=_depth), key=_depth):
            parents = [(folder, self._parent(at, folder.path)) for folder in level]
            self._make_ahead(parents)
            for folder, parent_id in parents:
                placed = found[folder.path] = self._placed(folder, parent_id)
                if placed.folder_id:
                    at[folder.path] = placed.folder_id
                    self._taken.add(placed.folder_id)
        if self._denied is not None and not self._tagged and not any(placed.made for placed in found.values()):
            raise self._denied      # the account may make none at all, as far as anybody can see
        return [found[folder.path] for folder in folders]

    def item_code(self, folder: SourceFolder) -> str:
        """The code that the tags of the folder's items name."""
        return self._kind.item_code(folder)

    def name_of(self, code: str) -> str | None:
        """What the destination calls the folder that earlier tasks wrote this source folder into; None: it is gone."""
        folder_id = self.written(code)
        return None if folder_id is None else self._names[folder_id]

    def _former(self, path: tuple[str, ...]) -> str | None:
        """Where the mail of a folder lies that was renamed at the source since."""
        code = self._plan.former.get(path)
        return None if code is None else self.written(code)

    def written(self, code: str) -> str | None:
        """The folder that earlier tasks wrote this source folder into, while it is there."""
        tagged = self._tagged.get(code)
        if tagged is not None:
            return tagged
        known = (task.folders.get(code) for task in self._run.earlier)
        return next((folder_id for folder_id in known if folder_id in self._usable), None)

    def _make_ahead(self, level: Sequence[tuple[SourceFolder, str]]) -> None:
        """Makes what is surely missing with few requests. What does not go well is left to be made one by one."""
        missing: dict[str, dict[str, tuple[str, str]]] = {}
        for folder, parent_id in level:
            code = self._kind.code(folder)
            name = display_name(folder.path[-1])
            own = (self._roles.get(folder.role) if folder.role else None) or self._tagged.get(code)
            there = own or self._former(folder.path) or self._children.get((parent_id, name.casefold()))
            if there is None and folder.path not in self._plan.unneeded:
                missing.setdefault(parent_id, {}).setdefault(name.casefold(), (name, code))
        for parent_id, named in missing.items():
            new = list(named.values())
            for start in range(0, len(new), MADE_AT_ONCE):
                self._make_several(parent_id, new[start : start + MADE_AT_ONCE])

    def _make_several(self, parent_id: str, new: Sequence[tuple[str, str]]) -> None:
        waiting = list(new)
        self._run.patiently(lambda: self._make_once(parent_id, waiting))

    def _make_once(self, parent_id: str, waiting: list[tuple[str, str]]) -> None:
        """Asks for those folders, by name and code. Raises RetryableError with those left that the server puts off."""
        self._run.owner.cover(self._run.destination.deadline(0))
        tagged = [(name, folder_tag(self._run.task_id, code)) for name, code in waiting]
        outcomes = self._run.destination.create_folders(
            parent_id, tagged, folder_class=self._kind.folder_class
        )
        for (name, code), (_, tag), outcome in zip(waiting, tagged, outcomes, strict=True):
            if outcome.verdict is Verdict.FATAL and outcome.error is not None and not is_for_the_item(outcome.error):
                raise outcome.error
            if outcome.verdict is Verdict.DONE and outcome.id:
                self._know(self._new(outcome.id, parent_id, name, tag), code)
        if any(outcome.verdict not in (Verdict.DONE, Verdict.BUSY) for outcome in outcomes):
            self._refresh()      # some may have been made although nobody said so
        put_off = [(each, o) for each, o in zip(waiting, outcomes, strict=True) if o.verdict is Verdict.BUSY]
        waiting[:] = [each for each, _ in put_off]
        if put_off:
            back_off = max((outcome.back_off or 0 for _, outcome in put_off), default=None)
            raise RetryableError("The destination is busy.", back_off=back_off)

    def _new(self, folder_id: str, parent_id: str, name: str, tag: str) -> DestinationFolder:
        kind = self._kind.folder_class
        return DestinationFolder(folder_id, parent_id, name, tag=tag, kind=kind, items=0, children=0)

    def _know(self, made: DestinationFolder, code: str) -> None:
        """Takes note of a folder that was made now."""
        self._children[made.parent_id or "", made.name.casefold()] = made
        self._tagged[code] = made.id
        self._made.add(made.id)
        self._reserved.add(made.id)

    def _reserve(self, folders: Iterable[SourceFolder]) -> None:
        """Notes what is one of these's by role or tag, so that another of that name does not take it first."""
        for folder in folders:
            code = self._kind.code(folder)
            own = (self._roles.get(folder.role) if folder.role else None) or self._tagged.get(code)
            own = own or self._former(folder.path)
            if own is not None:
                self._reserved.add(own)

    def _parent(self, at: dict[tuple[str, ...], str], path: tuple[str, ...]) -> str:
        """The nearest ancestor that has a place."""
        for length in range(len(path) - 1, 0, -1):
            if path[:length] in at:
                return at[path[:length]]
        return self._run.destination.top

    def _placed(self, folder: SourceFolder, parent_id: str) -> Placed:
        code = self._kind.code(folder)
        standard = self._roles.get(folder.role) if folder.role else None
        if standard is not None and standard not in self._taken:
            return Placed(folder, code, standard)
        for known in (self._former(folder.path), self._tagged.get(code)):
            if known is not None and known not in self._taken:
                return Placed(folder, code, known, made=known in self._made)
        if folder.path in self._plan.unneeded:
            return Placed(folder, code)
        try:
            return self._named(folder, code, parent_id)
        except RefusedError as error:
            return Placed(folder, code, refusal=f"its folder could not be made: {error}")
        except FatalError as error:
            if not is_for_the_item(error):
                raise
            self._denied = error
            return Placed(folder, code, refusal=f"its folder could not be made: {error}")

    def _named(self, folder: SourceFolder, code: str, parent_id: str) -> Placed:
        refusals = 0
        for name in numbered(display_name(folder.path[-1])):
            there = self._children.get((parent_id, name.casefold()))
            if there is None:
                try:
                    made = self._insisted(parent_id, name, code)
                except NameTakenError:  # the server may hold names for equal that are not equal here
                    refusals += 1
                    if refusals == MOST_REFUSALS:
                        raise
                    continue
                if made is not None:
                    return Placed(folder, code, made, made=True)
                there = self._children.get((parent_id, name.casefold()))
            if there is not None and there.holds(self._kind.folder_class) and self._is_free(there, code):
                return Placed(folder, code, there.id)
        raise RefusedError("too many folders have its name")

    def _is_free(self, there: DestinationFolder, code: str) -> bool:
        tag = parse_tag(there.tag or "")
        own = tag is not None and tag.folder == code
        return there.id not in self._taken and (own or there.id not in self._reserved)

    def _insisted(self, parent_id: str, name: str, code: str) -> str | None:
        """As `_make`, asked again after a refusal that another name would not help against."""
        make = partial(self._make, parent_id, name, code)
        for _ in range(MOST_REFUSALS - 1):
            try:
                return self._run.patiently(make)
            except NameTakenError:
                raise
            except RefusedError:
                continue
        return self._run.patiently(make)

    def _make(self, parent_id: str, name: str, code: str) -> str | None:
        """The new folder's id; None when a folder of that name has turned up, ours or not."""
        self._run.owner.cover(self._run.destination.deadline(0))
        try:
            made = self._run.destination.create_folder(
                parent_id, name, folder_tag(self._run.task_id, code), folder_class=self._kind.folder_class
            )
        except RefusedError:
            self._refresh()
            if (parent_id, name.casefold()) in self._children:
                return None
            raise
        except RetryableError:
            self._refresh()      # it may have been made although nobody said so
            if (parent_id, name.casefold()) in self._children:
                return None
            raise
        self._children[parent_id, name.casefold()] = made
        return made.id

    def _refresh(self) -> None:
        folders = self._run.patiently(self._run.destination.folders)
        deleted = _below(folders, {f.id for f in folders if f.role is Role.DELETED})
        self._roles = {f.role: f.id for f in folders if f.role is not None}
        self._names = {f.id: f.name for f in folders}
        self._usable = {f.id for f in folders if f.holds(self._kind.folder_class)} - deleted
        self._children = {(f.parent_id or "", f.name.casefold()): f for f in folders}
        self._tagged: dict[str, str] = {}
        for folder in folders:
            tag = parse_tag(folder.tag or "")
            if tag is not None and folder.id not in deleted:
                self._tagged.setdefault(tag.folder, folder.id)


def name_of(folders: Sequence[SourceFolder], placement: Placement, number: int) -> str | None:
    """A source folder by its code's number: its path where it is still there, else what the destination calls it.

    "" where the items of several folders name that one, which its owner does not know by a name.
    """
    code = f"{number:08x}"
    there = next((folder for folder in folders if placement.item_code(folder) == code), None)
    return placement.name_of(code) if there is None else "" if there.known_as else "/".join(there.path)


def _depth(folder: SourceFolder) -> int:
    return len(folder.path)


def _below(folders: Iterable[DestinationFolder], roots: set[str]) -> set[str]:
    """The ids of those folders and of all that lies in them."""
    children: dict[str, list[str]] = {}
    for folder in folders:
        children.setdefault(folder.parent_id or "", []).append(folder.id)
    found, todo = set(roots), list(roots)
    while todo:
        for child in children.get(todo.pop(), ()):
            if child not in found:
                found.add(child)
                todo.append(child)
    return found
