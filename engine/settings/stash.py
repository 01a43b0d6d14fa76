"""What lies in the mailbox itself: a before-image, and what a rollback must know of the task if the store is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from engine.migration.record import Migration
from engine.settings.image import Image
from engine.store import stored


@dataclass(frozen=True, slots=True)
class Stash(Image):
    """A before-image with the task's record, as it was when this was written, and its facts about the time it worked.

    `record` is as the store keeps one, with its own version; "" in what an older release has left.
    """

    record: str = ""
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def task(self) -> Migration | None:
        """The record; None where there is none. Raises UnreadableError for one of a newer release."""
        name = f"Migration {self.task_id}"
        return stored.read(Migration, self.record, name=name) if self.record else None
