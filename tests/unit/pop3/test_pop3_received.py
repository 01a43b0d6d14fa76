"""The date that a message arrived at."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.connectors.pop3.received import received

NOON = datetime(2021, 6, 4, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize("value", [
    b"from a by b; Fri, 4 Jun 2021 12:00:05 +0000",
    b"from a by b (x;y) with ESMTPS\r\n\tid 7 for <c@d>;\r\n Fri,  4 Jun 2021 14:00:05 +0200 (CEST)",
    b"by b; 4 Jun 2021 12:00:05 GMT",
    b"by b; Fri, 4 Jun 21 05:00:05 -0700 (PDT)",
    b"by b;Fri, 04 Jun 2021 12:00:05",
    b"by b; Fri, 4 Jun 2021 12:00:05 -0000",
    b"by b; Fri, 4 Jun 2021 07:00:05 EST",
])
def test_dates_as_servers_write_them(value: bytes) -> None:
    """Zones, comments, folded lines and old forms are understood; without a zone it is UTC."""
    assert received(b"Subject: x\r\nReceived: " + value + b"\r\nDate: Mon, 1 Jan 1990 00:00:00 +0000\r\n") == NOON


def test_the_newest_counts() -> None:
    """Each server writes its line above those that are there."""
    header = b"Received: by c; Fri, 4 Jun 2021 12:00:05 +0000\r\nRECEIVED: by b; Thu, 3 Jun 2021 12:00:05 +0000\r\n"

    assert received(header) == NOON


def test_one_without_a_date_is_passed_over() -> None:
    """Where the newest has no date, the next one was written a moment before."""
    header = b"Received: by d\r\nReceived: by c; nonsense\r\nReceived: by b; Fri, 4 Jun 2021 12:00:05 +0000\r\n"

    assert received(header) == NOON


@pytest.mark.parametrize("header", [
    b"", b"Subject: x\r\n", b"Received: ;", b"Received: by b; Fri, 99 Foo 2021 12:00 +0000\r\n",
    b"X-Received: by b; Fri, 4 Jun 2021 12:00:05 +0000\r\n", b"Received: by b; Fri, 31 Dec 9999 23:00:00 -1200\r\n",
    b"Received: Fri, 4 Jun 2021 12:00:05 +0000\r\n", b"Received: by \xff\xfe; \x80\x81\r\n",
])
def test_where_there_is_none(header: bytes) -> None:
    """None, and the destination falls back on the message's own date."""
    assert received(header) is None


@given(st.one_of(st.binary(max_size=200), st.text(max_size=60).map(str.encode)))
def test_nothing_makes_it_fail(date: bytes) -> None:
    """Headers are written by strangers."""
    found = received(b"Received: by b; " + date + b"\r\n")

    assert found is None or found.tzinfo is UTC
