"""Tasks, and sticky notes, from one Exchange to another: the first of four tasks recurs, and has a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from tests.contract.contents.bench import NAMES, AtExchange, BetweenExchanges, Example
from tests.servers.exchange.pair import OLD, Mailbox, Pair, new_folder, pair_of
from tests.servers.exchange.tasks import WEEKLY, Desk, notes

FILE = "<t:FileAttachment><t:Name>plan.txt</t:Name><t:Content>QUJD</t:Content></t:FileAttachment>"


def _of_tasks(mailbox: Mailbox, folder: str = "") -> Desk:
    return Desk(mailbox, f'<t:FolderId Id="{folder}"/>')


def _of_notes(mailbox: Mailbox, folder: str = "") -> Desk:
    return notes(mailbox, f'<t:FolderId Id="{folder}"/>')


@dataclass(frozen=True)
class Kind:
    """A content with the class of its folders, and the desk on which its items are seen."""

    content: Content
    folder_class: str
    desk: Callable[..., Desk]

    @property
    def example(self) -> Example:
        """As the suite asks it."""
        return Example(contents(CONTENTS[self.content]), source=dict)


KINDS = {
    "tasks": Kind(Content.TASKS, "IPF.Task", _of_tasks),
    "notes": Kind(Content.NOTES, "IPF.StickyNote", _of_notes),
}


@dataclass
class DesksBetween(BetweenExchanges):
    """Two Exchanges with items of one of these kinds."""

    kind: Kind

    def loses_at_the_source(self, name: str) -> None:
        self.kind.desk(self.pair.old).delete(self._old(name))

    def changes_at_the_source(self, name: str) -> None:
        body = '<t:Body BodyType="Text">elsewhere</t:Body>'
        self.kind.desk(self.pair.old).set(self._old(name), "item:Body", body)

    def edits(self, name: str) -> None:
        [found] = [one.item_id for one in self.at.messages() if one.subject == name]
        self.kind.desk(self.pair.new).set(found, "item:Subject", f"<t:Subject>{name}, edited</t:Subject>")

    def files_a_message(self, *path: str) -> None:
        found = next(one for one in self.at.messages() if one.folder == path)
        desk = self.kind.desk(self.pair.new)
        self.kind.desk(self.pair.new, desk.parent_of(found.item_id)).single("mine")

    def _old(self, name: str) -> str:
        return next(one.item_id for one in self.pair.left.messages(OLD) if one.subject == name)


def _fill(pair: Pair, kind: Kind) -> None:
    parent = '<t:DistinguishedFolderId Id="msgfolderroot"/>'
    for place, names in NAMES.items():
        folder = new_folder(pair, place.path[-1], kind.folder_class, parent=parent)
        parent = f'<t:FolderId Id="{folder}"/>'
        desk = kind.desk(pair.old, folder)
        for name in names:
            if (kind.content, name) == (Content.TASKS, "a"):
                desk.attach(desk.single(name, WEEKLY), FILE)
            else:
                desk.single(name)


@contextmanager
def bench(directory: Path, name: str) -> Iterator[AtExchange]:
    """With the four items at the source."""
    kind = KINDS[name]
    with pair_of(directory, "2019", contents=kind.example.table) as pair:
        _fill(pair, kind)
        yield DesksBetween(kind.example, pair.at, pair, kind)
