"""Whether a source has let us in: its password is then one that the server accepts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from engine.errors import OmmError
from engine.migration.content import Content
from engine.ports.settings import SettingReader
from engine.ports.source import ItemReader, Source


class Noticing:
    """A source that calls `let_in` when its first connection is signed in. All else is passed on."""

    def __init__(self, source: Source, let_in: Callable[[], None]) -> None:
        self._source = source
        self._let_in: Callable[[], None] | None = let_in

    def reader(self, content: Content) -> ItemReader:
        """As the source's."""
        reader = self._source.reader(content)
        try:
            self._is_in()
        except BaseException:       # the store is lost: nobody else has this connection
            with suppress(OmmError):
                reader.close()
            raise
        return reader

    def settings(self, content: Content) -> SettingReader:
        """As the source's."""
        reader = self._source.settings(content)
        self._is_in()
        return reader

    def _is_in(self) -> None:
        let_in, self._let_in = self._let_in, None
        if let_in is not None:
            let_in()

    def __getattr__(self, name: str) -> Any:
        """What opens no connection."""
        return getattr(self._source, name)
