"""What Google lets be downloaded in a day is mail by IMAP: nothing else counts, and nothing else waits for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.errors import LaterError
from engine.migration.content import Content
from engine.pace.rationing import Rationed
from tests.servers.memory.source import MemorySource


class Spent:
    """An allowance of which nothing is left."""

    def check(self) -> None:
        raise self.cut()

    def take(self, _size: int) -> None:
        raise self.cut()

    def keep(self) -> None:
        """Nothing."""

    def cut(self) -> LaterError:
        return LaterError("used up", until=datetime(2026, 6, 1, tzinfo=UTC), a_day=1)


class Source(MemorySource):
    """Gives a reader of everything."""

    def reader(self, content: Content) -> object:       # type: ignore[override]
        return content


def test_only_mail_waits_for_the_next_day() -> None:
    """Calendars come on a day on which no mail comes any more."""
    rationed = Rationed(Source({}), Spent())        # type: ignore[arg-type]

    assert rationed.reader(Content.CALENDARS) is Content.CALENDARS          # type: ignore[comparison-overlap]
    with pytest.raises(LaterError):
        rationed.reader(Content.MAIL)
