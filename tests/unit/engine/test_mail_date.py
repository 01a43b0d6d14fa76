"""Dates of mail: the usual form is read as quickly as possible, and means what Python's own parser says."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.messages.dates import MONTHS, _usual, moment

NOON = datetime(2021, 6, 4, 12, 0, 5, tzinfo=UTC)
NUMBERS = st.integers(0, 99)
DAYS = st.sampled_from(["", "Fri, ", "fri,  ", "Fri "])
ENDS = st.sampled_from(["", " (CEST)", "  (a b)"])


@pytest.mark.parametrize("value", [
    b"Fri, 4 Jun 2021 14:00:05 +0200", b" Fri,\r\n\t04 Jun 2021 12:00:05 +0000 (UTC)\r", b"4 JUN 2021 07:00:05 -0500",
    b"4 Jun 21 12:00:05 GMT", b"Fri, 4 Jun 2021 12:00:05",
])
def test_one_moment_in_many_forms(value: bytes) -> None:
    """Usual or not, folded or not, with a zone or without."""
    assert moment(value) == NOON


@pytest.mark.parametrize("value", [
    b"", b"soon", b"31 Feb 2021 12:00:00 +0000", b"4 Jun 2021 25:00:00 +0000", b"4 Jun 2021 12:00:00 +9900",
    b"4 Mai 2021 12:00:00 +0000",
])
def test_what_is_no_date_is_none(value: bytes) -> None:
    """Numbers that make no date are none, however usual they look."""
    assert moment(value) is None


@given(
    day=DAYS, date=NUMBERS, month=st.sampled_from(sorted(MONTHS)), year=st.integers(0, 9999),
    time=st.tuples(NUMBERS, NUMBERS, NUMBERS), sign=st.sampled_from("+-"), zone=st.tuples(NUMBERS, NUMBERS), end=ENDS,
)
def test_the_usual_form_means_what_pythons_parser_says(
    day: str, date: int, month: bytes, year: int, time: tuple[int, int, int], sign: str, zone: tuple[int, int], end: str
) -> None:
    """Whatever the numbers are."""
    clock, ahead = ":".join(f"{part:02}" for part in time), f"{zone[0]:02}{zone[1]:02}"
    value = f"{day}{date} {month.decode()} {year:04} {clock} {sign}{ahead}{end}"
    try:
        said = parsedate_to_datetime(" ".join(value.split()))
        meant = said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
    except (ValueError, OverflowError):
        meant = None

    assert moment(value.encode()) == meant


def test_a_date_of_any_length_is_read_and_none_is_kept() -> None:
    """A header may be as long as somebody likes; what is remembered is small."""
    before = _usual.cache_info().currsize
    for number in range(100):
        assert moment(b"4 Jun 2021 12:00:05 +0000 (%d%s)" % (number, b"x" * 1000)) == NOON

    assert _usual.cache_info().currsize == before
