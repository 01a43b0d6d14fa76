"""When a message was received."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.connectors.imap.internal_date import received


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (b"17-Jul-1996 02:44:25 -0700", datetime(1996, 7, 17, 9, 44, 25, tzinfo=UTC)),
        (b" 7-Feb-2020 00:00:00 +0530", datetime(2020, 2, 6, 18, 30, tzinfo=UTC)),
        (b"01-Jan-1970 00:00:00 +0000", datetime(1970, 1, 1, tzinfo=UTC)),
        (b"31-Dec-1969 23:59:59 +0000", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (b"01-Jan-0001 00:00:00 +0100", None),
        (b"32-Foo-2020 00:00:00 +0000", None),
        (b"", None),
        (None, None),
    ],
)
def test_received(text: bytes | None, moment: datetime | None) -> None:
    """INTERNALDATE becomes a moment in UTC; what is no date becomes nothing."""
    assert received(text) == moment
