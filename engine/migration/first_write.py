"""Whether anything was written to a destination: a migration that is refused before that has nothing to roll back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from engine.migration.content import Content
from engine.ports.destination import MAIL_CLASS, Destination, DestinationFolder, ItemWriter
from engine.ports.items import Outcome, Tagged
from engine.ports.settings import Entry, Settings


class Watched:
    """A destination that knows whether anything may have been written through it. All else is passed on."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self.wrote = False

    def writer(self, content: Content) -> ItemWriter:
        """As the destination's, watched too."""
        return cast("ItemWriter", _Writing(self, self._destination.writer(content)))

    def create_folder(
        self, parent_id: str, name: str, tag: str, *, folder_class: str = MAIL_CLASS
    ) -> DestinationFolder:
        """As the destination's."""
        self.wrote = True
        return self._destination.create_folder(parent_id, name, tag, folder_class=folder_class)

    def create_folders(
        self, parent_id: str, new: Sequence[tuple[str, str]], *, folder_class: str = MAIL_CLASS
    ) -> list[Outcome]:
        """As the destination's."""
        self.wrote = True
        return self._destination.create_folders(parent_id, new, folder_class=folder_class)

    def settings(self, content: Content) -> Settings:
        """As the destination's, watched too."""
        return cast("Settings", _Changing(self, self._destination.settings(content)))

    def stash(self, name: str, data: bytes) -> None:
        """As the destination's."""
        self.wrote = True
        self._destination.stash(name, data)

    def __getattr__(self, name: str) -> Any:
        """What is no write."""
        return getattr(self._destination, name)


class _Writing:
    """A writer whose first item is noted. What comes after it needs no note."""

    def __init__(self, watched: Watched, writer: ItemWriter) -> None:
        self._watched = watched
        self._writer = writer

    def create(self, folder_id: str, items: Sequence[Tagged[Any]]) -> list[Outcome]:
        """As the destination's."""
        self._watched.wrote = True
        return self._writer.create(folder_id, items)

    def __getattr__(self, name: str) -> Any:
        """What creates nothing."""
        return getattr(self._writer, name)


class _Changing:
    """A setting whose first change is noted. What it was before is put back by a rollback, which needs no note."""

    def __init__(self, watched: Watched, settings: Settings) -> None:
        self._watched = watched
        self._settings = settings

    def apply(self, add: Sequence[Entry]) -> list[Outcome]:
        """As the destination's."""
        self._watched.wrote = True
        return self._settings.apply(add)

    def __getattr__(self, name: str) -> Any:
        """What adds nothing."""
        return getattr(self._settings, name)
