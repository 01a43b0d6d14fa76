"""What makes a message the same message on a second visit."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.connectors.imap import identity

DATE = b"17-Jul-1996 02:44:25 -0700"
FIELDS = b"Message-ID: <a@b>\r\nDate: Wed, 17 Jul 1996 02:44:25 -0700\r\n\r\n"


def test_the_zone_of_the_internal_date_does_not_count() -> None:
    """A server that writes the same moment in another zone shows the same message."""
    assert identity.by_header(FIELDS, DATE) == identity.by_header(FIELDS, b"17-Jul-1996 09:44:25 +0000")


@pytest.mark.parametrize(
    "fields",
    [
        b"date: Wed, 17 Jul 1996 02:44:25 -0700\r\nMESSAGE-ID:<a@b>\r\n\r\n",
        b"Message-ID:\r\n <a@b>\r\nDate: Wed, 17 Jul 1996\r\n 02:44:25 -0700\r\n\r\n",
        b"Message-Id: <a@b>\nDate:  Wed, 17 Jul 1996 02:44:25 -0700 \n\n",
        FIELDS + b"Message-ID: <second@b>\r\n",
    ],
)
def test_the_way_a_header_is_written_does_not_count(fields: bytes) -> None:
    """Order, case, folding, line ends and a second field of the same name change nothing."""
    assert identity.by_header(fields, DATE) == identity.by_header(FIELDS, DATE)


@pytest.mark.parametrize(
    ("fields", "date"),
    [
        (FIELDS.replace(b"a@b", b"a@c"), DATE),
        (FIELDS.replace(b"1996", b"1997"), DATE),
        (FIELDS, b"17-Jul-1996 02:44:26 -0700"),
        (b"Message-ID: <a@b>\r\n\r\n", DATE),
    ],
)
def test_each_part_counts(fields: bytes, date: bytes) -> None:
    """Another Message-ID, Date or INTERNALDATE makes another message."""
    assert identity.by_header(fields, date) != identity.by_header(FIELDS, DATE)


@given(st.text("ab \n\r\t<>:", max_size=12), st.text("ab \n\r\t<>:", max_size=12))
def test_parts_cannot_be_shifted(message_id: str, date: str) -> None:
    """The parts of an identity are apart: exactly four lines, whatever the headers hold."""
    found = identity.by_header(f"Message-ID: {message_id}\r\nDate: {date}\r\n\r\n".encode(), DATE)

    assert found is None or found.count(b"\n") == 3


@pytest.mark.parametrize("fields", [b"", b"\r\n", b"Date: today\r\n\r\n", b"Message-ID:  \r\nDate: x\r\n\r\n"])
def test_without_message_id_there_is_no_identity_by_header(fields: bytes) -> None:
    """A missing or empty Message-ID names nothing."""
    assert identity.by_header(fields, DATE) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (DATE, datetime(1996, 7, 17, 9, 44, 25, tzinfo=UTC)),
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
    assert identity.received(text) == moment


def test_kinds_of_identity_never_meet() -> None:
    """Identities by header, digest and UID cannot be taken for each other."""
    kinds = {identity.by_header(FIELDS, DATE), identity.by_digest(b"X: y\r\n"), identity.by_uid("h", 1, 2)}

    assert len({(kind or b"").split(b"\n")[0] for kind in kinds}) == 3
