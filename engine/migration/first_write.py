"""Whether anything was written to a destination: a migration that is refused before that has nothing to roll back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.ports.destination import Destination, DestinationFolder
from engine.ports.items import NewMessage, Outcome


class Watched:
    """A destination that knows whether anything may have been written through it. All else is passed on."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self.wrote = False

    def create(self, folder_id: str, messages: Sequence[NewMessage]) -> list[Outcome]:
        """As the destination's."""
        self.wrote = True
        return self._destination.create(folder_id, messages)

    def create_folder(self, parent_id: str, name: str, tag: str) -> DestinationFolder:
        """As the destination's."""
        self.wrote = True
        return self._destination.create_folder(parent_id, name, tag)

    def create_folders(self, parent_id: str, new: Sequence[tuple[str, str]]) -> list[Outcome]:
        """As the destination's."""
        self.wrote = True
        return self._destination.create_folders(parent_id, new)

    def __getattr__(self, name: str) -> Any:
        """What is no write."""
        return getattr(self._destination, name)
