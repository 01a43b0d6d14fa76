"""Flags and keywords, in words for people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.connectors.imap.marks import is_deleted, marks_of
from engine.ports.items import Marks


@pytest.mark.parametrize(
    ("flags", "marks"),
    [
        ([], Marks()),
        ([rb"\Seen"], Marks(read=True)),
        ([rb"\SEEN", rb"\flagged"], Marks(read=True, flagged=True)),
        ([rb"\Answered", b"$Forwarded"], Marks(answered=True, forwarded=True)),
        ([b"Forwarded"], Marks(forwarded=True)),
        ([rb"\Draft", rb"\Recent"], Marks(draft=True)),
        ([b"$label1", b"$Label5"], Marks(categories=("Important", "Later"))),
        ([b"next_week", b"Z&APw-rich", b"R&D"], Marks(categories=("next_week", "Zürich", "R&D"))),
        ([b"$Junk", b"NonJunk", b"$MDNSent", b"$HasAttachment", b"$Phishing", b"$Submitted"], Marks()),
        ([b"Work", b"$label2"], Marks(categories=("Work",))),
        ([b"bell&AAc-"], Marks()),
    ],
)
def test_marks(flags: list[bytes], marks: Marks) -> None:
    """System flags become marks, people's keywords categories; programs' notes are nobody's business."""
    assert marks_of(flags) == marks


def test_deleted() -> None:
    r"""\Deleted is seen in any case, and is no category."""
    assert is_deleted([rb"\deleted"])
    assert not is_deleted([rb"\Seen"])
    assert marks_of([rb"\Deleted"]) == Marks()


@given(st.lists(st.binary(max_size=20)))
def test_any_flags_can_be_read(flags: list[bytes]) -> None:
    """No keyword is too strange, and every category is a printable word."""
    assert all(word.strip() == word and word.isprintable() for word in marks_of(flags).categories)
