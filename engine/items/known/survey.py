"""The survey: what a visit knows of our tags at the destination. It is read once, and serves every content.

Each content has a census of its own: which source a task is of is told by the share of its keys, content by content.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from engine.errors import Side
from engine.items.folders.places import written
from engine.items.kind import ItemKind, kind_of, kind_of_the_rest
from engine.items.known.census import Census
from engine.items.known.links import Links
from engine.items.known.on_record import OnRecord
from engine.items.known.parts_there import PartsThere
from engine.items.known.tag_index import TagIndex
from engine.items.moving.remainders import Remainders
from engine.items.run import Run
from engine.items.tags import undigested
from engine.migration.content import Content
from engine.migration.record import State
from engine.migration.task_id import compact
from engine.pace.repeat import OnWait, nobody_asks
from engine.ports.items import TaggedItem

See = Callable[[str, TaggedItem], None]
TRIAL = "_"     # with which begins what stands in tags of a doctor where a migration has a source folder's code


class Survey:
    """The tags of the whole mailbox. `index` reads them, and what came since; each content sees its own.

    `links` knows where the items are that others may point to.
    """

    def __init__(self, run: Run, kinds: Sequence[ItemKind]) -> None:
        self._task = compact(run.task_id)
        self.kinds = kinds
        rolling_back = [compact(task.task_id) for task in run.earlier if task.is_rolling_back]
        self._ignored = frozenset(rolling_back)
        self._contents = {element: kind.content for kind in kinds for element in kind.elements}
        self._others = kind_of_the_rest(kinds).content if kinds else None
        mine = {compact(task.task_id): not task.of_another_source for task in run.earlier}
        self._censuses = {
            kind.content: Census(self._task, ignored=rolling_back, record=OnRecord(mine, written(run.earlier)))
            for kind in kinds
        }
        self._sees: dict[Content, See] = {content: census.see for content, census in self._censuses.items()}
        self._pointed_to = {content for kind in kinds for content in kind.points_to}
        self.links = Links(self._task, ignored=rolling_back)
        self._parts = {kind.content: PartsThere(ignored=rolling_back) for kind in kinds}
        self._remainders = Remainders()
        self._abandoned = Remainders()          # by other tasks
        self._opened = {undigested(tag) for tag in run.journal.opened()}
        self.tasks: set[str] = set()            # compact IDs of all tasks that have left a tag
        self._arrived: dict[str, str] = {}      # ids of items whose tags an earlier process has left open
        self._on_wait: OnWait = nobody_asks
        self.index = TagIndex(
            run.destination, run.halt, self._see, gone=self._gone, patience=run.patience, on_wait=self._waits
        )

    def serve(self, kind: ItemKind, run: Run, see: See) -> Census:
        """Begins to serve a content: from now on `see` is shown its items. Returns its census, with all seen so far."""
        self._sees[kind.content] = see
        self._on_wait = run.on_wait
        return self._censuses[kind.content]

    def look(self) -> None:
        """Reads what is new to it, for who asks before any content of items has. Raises FatalError, HaltedError."""
        self.index.read_all()

    def remove_remainders(self, run: Run) -> None:
        """Removes what an earlier visit has left unfinished, of whatever content: it is made anew.

        What its owner has changed meanwhile stays. All at once, for the end of a step closes the tags by which they are
        known as ours. What another task has left unfinished goes as well, of the contents that this one moves: that
        task makes it anew, should it go on. The mailbox has one lease, so nobody is at work on it now.
        """
        sent = {**run.journal.resent(), **run.journal.opened()}
        self._remainders.remove(run, self.kinds, sent, is_whole=self._holds)
        self._abandoned.remove(run, self.kinds, self._abandoned.once_each(), is_whole=self._holds)
        for item in self._staying(run):         # they are no parts of what is made anew
            for parts in self._parts.values():
                parts.gone(item.id)

    def half_written(self, kind: ItemKind, run: Run) -> list[TaggedItem]:
        """Items of that kind that were only half written, and stay so, for their owner has made them their own."""
        return [item for item in self._staying(run) if kind_of(self.kinds, item) is kind]

    def _staying(self, run: Run) -> list[TaggedItem]:
        return [*self._remainders.staying(run), *self._abandoned.staying(run)]

    def stand_in(self, kind: ItemKind, run: Run) -> None:
        """Has what is left of an item stand for its first part, which its owner has deleted.

        Only of another task that has come to its end and still counts: its items had all their parts then.
        """
        finished = [] if run.copy_again else [
            compact(one.task_id) for one in run.earlier
            if one.counts and one.state is State.COMPLETED and one.task_id != run.task_id
        ]
        census = self._censuses[kind.content]
        for folder_id, item in list(self._parts[kind.content].without_first(census.holds, of=finished)):
            self._sees[kind.content](folder_id, item)

    def lacking(self, kind: ItemKind, run: Run) -> list[tuple[str, str]]:
        """What the destination calls items of that content of which parts are no longer there.

        Each stands behind the code of its source folder.
        """
        found = self._parts[kind.content].lacking(self._censuses[kind.content].holds)
        names = run.patiently(partial(run.destination.names, list(found))) if found else {}
        return sorted((found[item_id], name) for item_id, name in names.items())

    def arrived(self, tags: Sequence[str]) -> dict[str, str]:
        """The ids of items that are there, by those tags, which an earlier process has sent and left open."""
        return {tag: self._arrived[bare] for tag in tags if (bare := undigested(tag)) in self._arrived}

    def _holds(self, tag: str) -> bool:
        return any(census.holds(tag) for census in self._censuses.values())

    def _see(self, folder_id: str, item: TaggedItem) -> None:
        task = item.tag.partition(":")[0]
        self.tasks.add(task)
        if task == self._task and self._remainders.see(folder_id, item):
            return
        if self._is_of_another(task, item) and self._abandoned.see(folder_id, item):
            return
        if self._opened and (bare := undigested(item.tag)) in self._opened:
            self._arrived.setdefault(bare, item.id)
        content = self._contents.get(item.element, self._others)
        if content is not None:
            self._sees[content](folder_id, item)
            self._parts[content].see(folder_id, item)
        if content in self._pointed_to:
            self.links.see(item)

    def _is_of_another(self, task: str, item: TaggedItem) -> bool:
        """True: another migration has made it, of a content that this one moves; no doctor has, whose trials pass."""
        others = task != self._task and task not in self._ignored
        return others and item.element in self._contents and not item.tag.startswith(f"{task}:{TRIAL}")

    def _gone(self, item_id: str) -> None:
        self._remainders.gone(item_id)
        self._abandoned.gone(item_id)
        self._arrived = {bare: known for bare, known in self._arrived.items() if known != item_id}
        self.links.gone(item_id)
        for parts in self._parts.values():
            parts.gone(item_id)

    def _waits(self, side: Side, waits: bool) -> None:  # noqa: FBT001 - as OnWait
        self._on_wait(side, waits)
