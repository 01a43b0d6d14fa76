"""A source of mail with labels, that lives in memory: labels look like folders, and three folders hold the messages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from engine.ports.source import Role, SourceFolder
from tests.servers.memory.source import Kept, MemorySource, mail

INBOX, TRASH = "Inbox", "Trash"
HOLDS_ALL, HOLDS_TRASH = ("\\All",), ("\\Trash",)
ROLES = {INBOX: Role.INBOX, TRASH: Role.DELETED}


def label_folder(label: str, *, copies: bool = False) -> SourceFolder:
    """The folder that a label looks like."""
    known_as = HOLDS_TRASH if label == TRASH else () if copies else HOLDS_ALL
    return SourceFolder(tuple(label.split("/")), label, ROLES.get(label), known_as=known_as)


class LabelledSource(MemorySource):
    """Messages by subject, each with its labels; it lies in the folder of the first of them."""

    def __init__(self, messages: Mapping[str, Iterable[str]], empty: Iterable[str] = ()) -> None:
        super().__init__({})
        self._empty = tuple(empty)
        self._labels: dict[str, tuple[str, ...]] = {}
        self._kept: dict[str, Kept] = {}
        self.label({subject: tuple(labels) for subject, labels in messages.items()})

    def copies(self) -> None:
        """Has each message lie in the folder of each label."""
        self._arrange(copies=True)

    def label(self, labels: Mapping[str, Iterable[str]]) -> None:
        """Gives those messages these labels, and no others; one that is not there arrives."""
        for subject, some in labels.items():
            self._labels[subject] = tuple(some)
            digest = hashlib.sha256("\0".join(sorted(self._labels[subject])).encode()).hexdigest()[:12]
            known = self._kept.get(subject, mail(subject))
            self._kept[subject] = known if known.theirs == digest else replace(known, theirs=digest)
        self._arrange(copies=False)

    def refuse(self, label: str) -> None:
        """From now on that label's folder is listed and not opened."""
        folder = label_folder(label)
        self.before_listing = lambda listed: self.folders.pop(folder, None) and None if listed == folder else None

    def _arrange(self, *, copies: bool) -> None:
        found: dict[SourceFolder, list[Kept]] = {
            label_folder(label, copies=copies): [] for label in (INBOX, TRASH, *self._empty)
        }
        for subject, labels in self._labels.items():
            for label in labels if copies else labels[:1]:
                kept = self._kept[subject]
                there = found.setdefault(label_folder(label, copies=copies), [])
                there.append(replace(kept, theirs="") if copies else kept)
        self.folders = dict(sorted(found.items(), key=lambda each: each[0].path))
