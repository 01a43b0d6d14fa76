"""Second copies that we made ourselves: a request that was sent twice may have been carried out twice."""

from __future__ import annotations

from collections.abc import Mapping

from engine.items.back.changes import original_first, untouched
from engine.items.back.removing import deleted
from engine.items.back.spared import spared
from engine.items.kind import ItemKind
from engine.items.run import Run, Sent
from engine.items.tags import undigested, whole_of
from engine.ports.items import TaggedItem


class OwnTwins:
    """What was seen of items that were sent more than once."""

    def __init__(self) -> None:
        self._sent: dict[str, Sent] = {}
        self._seen: dict[str, list[tuple[str, TaggedItem]]] = {}

    def look_for(self, resent: Mapping[str, Sent]) -> None:
        """From now on takes note of items with these tags, and of parts of them."""
        self._sent = {undigested(tag): sent for tag, sent in resent.items()}

    def see(self, folder_id: str, item: TaggedItem) -> None:
        """Takes note of one tagged item."""
        tag = undigested(item.tag)
        if whole_of(tag) in self._sent:
            self._seen.setdefault(tag, []).append((folder_id, item))

    def remove(self, run: Run, kind: ItemKind) -> None:
        """Removes second copies that lie where we wrote them, unmodified, and never more than were sent.

        One that the destination refuses to remove stays: a copy too many is better than one too few. What is noted as
        its owner's is no copy of ours.
        """
        extra: list[str] = []
        theirs = spared(run) if self._seen else set()
        for tag, seen in self._seen.items():
            sent = self._sent[whole_of(tag)]
            once = {item.id: item for folder_id, item in seen if folder_id == sent.folder_id and item.id not in theirs}
            ours = sorted(once.values(), key=original_first)
            spare = untouched(run, kind, ours[1:])
            extra += [item.id for item in ours[1:] if item.id in spare][: sent.sends - 1]
        if extra:
            run.decided("second copies removed", count=len(extra))
        for _ in deleted(run, extra):
            pass
