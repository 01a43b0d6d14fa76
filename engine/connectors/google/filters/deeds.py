"""What a filter of Gmail does, and what of it no rule of Exchange can do.

Labels by their ids are those of the discovery document gmail.v1 (FilterAction) and of
developers.google.com/workspace/gmail/api/guides/filter_settings: to archive is to take INBOX away, to delete to add
TRASH.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.connectors.exchange.soap import NOT_XML
from engine.connectors.google.filters.words import CATEGORY
from engine.connectors.google.rest.asking import Json

OWNERS = "Label_"       # with which ids of the owner's labels begin
OTHERS = "it gives Gmail's own label {}"
GONE = "it gives a label that is there no more"
_UNDOABLE_ADDED = {
    "STARRED": "it stars the mail", "IMPORTANT": "it marks the mail as important", "SPAM": "it marks the mail as spam",
}
_UNDOABLE_REMOVED = {
    "SPAM": "it keeps the mail out of spam", "IMPORTANT": "it never marks the mail as important",
}
_DONE_ADDED, _DONE_REMOVED = frozenset({"TRASH"}), frozenset({"INBOX", "UNREAD"})


@dataclass(frozen=True, slots=True)
class Deeds:
    """What a filter does: `labels` are the names of those that it gives; `beyond` is what no rule can do, in words."""

    labels: tuple[str, ...] = ()
    archives: bool = False
    deletes: bool = False
    reads: bool = False
    forward: str = ""
    beyond: tuple[str, ...] = ()

    @property
    def moves(self) -> bool:
        """True: mail does not stay in the inbox."""
        return self.archives or self.deletes

    @property
    def any(self) -> bool:
        """True: there is something that a rule can do."""
        return bool(self.labels or self.moves or self.reads or self.forward)


def deeds_of(action: Json, labels: Mapping[str, str]) -> Deeds:
    """What that FilterAction does. `labels` are the names of the owner's labels by their ids."""
    added, removed = (tuple(action.get(name) or ()) for name in ("addLabelIds", "removeLabelIds"))
    return Deeds(
        labels=tuple(dict.fromkeys(labels[one] for one in added if one in labels)),
        archives="INBOX" in removed, deletes="TRASH" in added, reads="UNREAD" in removed,
        forward=NOT_XML.sub("\ufffd", str(action.get("forward") or "").strip()),
        beyond=tuple(dict.fromkeys((*_added(added, labels), *_removed(removed)))),
    )


def _added(ids: tuple[str, ...], labels: Mapping[str, str]) -> Iterator[str]:
    for one in ids:
        if one.startswith(CATEGORY):
            yield f"it puts the mail under Gmail's category {one.removeprefix(CATEGORY).lower()}"
        elif one not in labels and one not in _DONE_ADDED:
            others = OTHERS.format(NOT_XML.sub("\ufffd", one))
            yield _UNDOABLE_ADDED.get(one, GONE if one.startswith(OWNERS) else others)


def _removed(ids: tuple[str, ...]) -> Iterator[str]:
    for one in ids:
        if one not in _DONE_REMOVED:
            yield _UNDOABLE_REMOVED.get(one, "it takes a label away")
