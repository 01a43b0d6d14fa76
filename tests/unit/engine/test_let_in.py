"""A source that has let us in: the first connection says so."""

from __future__ import annotations

import pytest

from engine.errors import FatalError
from engine.migration.content import Content
from engine.migration.let_in import Noticing
from engine.ports.source import SourceFolder
from tests.servers.memory.source import MemorySource, mail


def test_a_connection_is_closed_where_nobody_gets_it() -> None:
    """The store cannot keep that it was let in: the error is told, and no connection stays open."""
    source = MemorySource({SourceFolder(("INBOX",), "INBOX"): [mail("a")]})
    closed = []
    opened = source.reader

    def reader(content: Content):
        made = opened(content)
        made.close = lambda: closed.append(made)  # type: ignore[method-assign]  # seen
        return made

    def lost() -> None:
        raise FatalError("The store is lost.")

    source.reader = reader  # type: ignore[method-assign]  # seen
    noticing = Noticing(source, lost)

    with pytest.raises(FatalError, match="The store is lost"):
        noticing.reader(Content.MAIL)
    assert len(closed) == 1
    noticing.reader(Content.MAIL)
    assert len(closed) == 1
