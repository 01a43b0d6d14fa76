"""The journal of one task: its open tags and small facts, as the work on a content is given them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.items.run import Sent
from engine.migration.content import Content
from engine.ports.items import Foretold
from engine.store.facts import LAST_WRITE
from engine.store.open_tags import NOTHING_FORETOLD, NOTHING_NOTED, OpenTag
from engine.store.store import Store


@dataclass(frozen=True, slots=True)
class TaskJournal:
    """The store's open tags, bound to one task. `written_at` tells the destination's time, while it is open.

    `content` is what the items are of that something is noted of.
    """

    store: Store
    task_id: str
    clock: Callable[[], datetime]
    written_at: Callable[[], datetime] | None = None
    content: Content | None = None

    def open(
        self, folder_id: str, tags: Sequence[str], *, deadline: float, further: bool = False,
        foretold: Mapping[str, Foretold] = NOTHING_FORETOLD,
    ) -> None:
        """Before a request leaves, which may be under way for `deadline` seconds."""
        now = self._destination_time()
        last = now + timedelta(seconds=deadline) if now else None
        self.store.open_tags(
            self.task_id, folder_id, tags, deadline=deadline, written=last, further=further, foretold=foretold
        )

    def close(self, tags: Sequence[str], *, untold: Mapping[str, Sequence[str]] = NOTHING_NOTED) -> None:
        """After a sure answer."""
        self.store.close_tags(
            self.task_id, tags, written=self._destination_time(), content=self.content, untold=untold
        )

    def foretold(self) -> dict[str, Foretold]:
        """What was foretold of items whose tags are open."""
        return self.store.tags.foretold(self.task_id)

    def noted(self) -> dict[str, tuple[str, ...]]:
        """What is noted of items that have arrived."""
        return {} if self.content is None else self.store.tags.noted(self.task_id, self.content)

    def _destination_time(self) -> datetime | None:
        return None if self.written_at is None else self.written_at()

    def last_write(self) -> datetime | None:
        """When something was last answered, or may last have been under way."""
        said = self.store.recall(self.task_id, LAST_WRITE)
        return None if said is None else datetime.fromisoformat(said)

    def opened(self) -> dict[str, Sent]:
        """Tags without a sure answer."""
        return {tag: self._sent(o) for tag, o in self.store.opened(self.task_id).items()}

    def resent(self) -> dict[str, Sent]:
        """Tags that were sent more than once."""
        return {tag: self._sent(o) for tag, o in self.store.resent(self.task_id).items()}

    def _sent(self, tag: OpenTag) -> Sent:
        return Sent(tag.folder_id, tag.age(self.clock()), tag.sends)

    def remember(self, key: str, value: str) -> None:
        """A small fact."""
        self.store.remember(self.task_id, key, value)

    def recall(self, key: str) -> str | None:
        """The fact, None if there is none."""
        return self.store.recall(self.task_id, key)
