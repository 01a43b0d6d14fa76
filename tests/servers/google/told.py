"""A Google account in memory, as far as its interfaces are asked for contents other than mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.google.contents import READINGS
from engine.connectors.google.reading.items import GoogleItems, Shelves
from engine.connectors.google.rest.interfaces import Interface
from engine.errors import OmmError, RefusedError
from engine.migration.content import Content
from engine.ports.source import SourceFolder
from engine.ports.typed import TypedItem

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
Json = dict[str, Any]


@dataclass
class Told:
    """Answers by path, and what was asked; stands in the place of an Asking."""

    lists: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    single: Mapping[str, Json] = field(default_factory=dict)
    files: Mapping[str, bytes | OmmError] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def one(self, interface: Interface, path: str, **query: Any) -> Json:
        """The answer that is there for the path."""
        self.asked.append((path, query))
        if path not in self.single:
            raise RefusedError("Google answers with status 404.")
        return self.single[path]

    def pages(self, interface: Interface, path: str, items: str, **query: Any) -> Iterator[Json]:
        """All that is there for the path."""
        self.asked.append((path, query))
        yield from self.lists[path]

    def fetched(self, url: str, *, largest: int, once: bool = False) -> bytes:
        """The file that is there for the address."""
        self.asked.append((url, {"largest": largest}))
        found = self.files.get(url, b"")
        if isinstance(found, OmmError):
            raise found
        return found

    def query(self, path: str) -> dict[str, Any]:
        """What was asked last of a path."""
        return [query for asked, query in self.asked if asked == path][-1]


@dataclass
class Account:
    """The account as a source; `ports.source.Source` as far as a migration asks for it."""

    told: Told
    shelves: dict[Content, Shelves] = field(default_factory=dict)
    contents: frozenset[Content] = frozenset(READINGS)
    max_connections: int = 3
    owner: str = "ann@gmail.example"

    def reader(self, content: Content) -> GoogleItems:
        """A reader of that content."""
        shelves = self.shelves.setdefault(content, Shelves())
        directory = Directory(lambda _address: (), owner=self.owner, becomes="claire@example.org")
        return GoogleItems(READINGS[content](), self.told, shelves, directory, clock=lambda: NOW)  # type: ignore[arg-type]  # as an Asking

    def folders(self, content: Content) -> tuple[SourceFolder, ...]:
        """The folders of a content."""
        return self.reader(content).folders().folders

    def items(self, content: Content, folder: SourceFolder | None = None) -> list[TypedItem]:
        """All items of a folder, of the first one where none is named, in the order of the listing."""
        reader = self.reader(content)
        there = folder or reader.folders().folders[0]
        return list(reader.read(there, [one.uid for one in reader.listing(there)]))
