"""Kinds: what is special about the items of one content. All else that is done with items is the same for all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.items.tags import folder_code
from engine.migration.content import Content
from engine.ports.destination import DestinationFolder
from engine.ports.items import TaggedItem
from engine.ports.source import LeftFolder, SourceFolder

Digests = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ItemKind:
    """The items of one content.

    `noun` is what their owner calls one, `folder_class` the class of the folders that they lie in. `key` gives the
    source key of an item that was read, 16 bytes. `digests` gives its two digests, *ours* and *theirs*, each of 12
    hex digits (DIGEST in tags.py); None where a tag holds none. `elements` are what Exchange calls such items in a
    list; without any they are all those that no other content claims. `changed` says of an item whether its owner has
    changed it, by what a list shows; where there are digests, these say it. `theirs` gives *theirs* alone, "" where
    there is none, of an item that the source tells it of with its listing. `by_this_way` gives the words of a report
    for an item whose key holds for this kind of source alone, "" for any other item. `codes_apart`: a folder's code
    holds the content's name too, so that a folder of the same path in another content has another code. `expires`: a
    mailbox's retention rules (engine/ports/facts.py) take such items away when they are old. `points_to` are the
    contents of the items that such an item may point to; those of its own content are written before it. `folders_of`
    is the content whose folders these items lie in, where that is another one. `staying` says, in words for the report,
    what becomes of one that stays because its owner has changed it, where there is more to say than that.
    """

    content: Content
    noun: str
    folder_class: str
    key: Callable[[Any], bytes]
    changed: Callable[[TaggedItem], bool] = lambda _item: False
    elements: frozenset[str] = frozenset()
    digests: Callable[[Any], Digests] | None = None
    theirs: Callable[[Any], str] = lambda _item: ""
    by_this_way: Callable[[Any], str] = lambda _item: ""
    codes_apart: bool = True
    expires: bool = False
    points_to: frozenset[Content] = frozenset()
    folders_of: Content | None = None
    staying: str = ""

    def code(self, folder: SourceFolder) -> str:
        """The code of a source folder: its own, which the tag of a folder made for it names."""
        return self._code(folder.lasting or folder.path)

    def item_code(self, folder: SourceFolder) -> str:
        """The code that the tags of the folder's items name; several folders may have one."""
        return self._code(folder.known_as or folder.lasting or folder.path)

    def left_code(self, left: LeftFolder) -> str:
        """The code that the tags of its items name, if it was moved before."""
        return self._code(left.lasting or left.path)

    def _code(self, names: Iterable[str]) -> str:
        return folder_code((f"\x01{(self.folders_of or self.content).value}", *names) if self.codes_apart else names)


def kind_of(kinds: Sequence[ItemKind], item: TaggedItem) -> ItemKind:
    """The kind of an item: the one that claims what it is called, else the one that claims nothing."""
    return next((kind for kind in kinds if item.element in kind.elements), kind_of_the_rest(kinds))


def kind_of_folder(kinds: Sequence[ItemKind], folder: DestinationFolder) -> ItemKind:
    """The kind whose items a folder of ours holds: of those whose class it has, the one with the narrowest."""
    holding = [kind for kind in kinds if folder.holds(kind.folder_class)]
    return max(holding, key=lambda kind: len(kind.folder_class), default=kind_of_the_rest(kinds))


def kind_of_the_rest(kinds: Sequence[ItemKind]) -> ItemKind:
    """The kind of what no content claims: the one that claims nothing."""
    return next((kind for kind in kinds if not kind.elements), kinds[0])
