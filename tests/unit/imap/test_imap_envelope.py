"""What a report calls a message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.messages.envelope import LONGEST, envelope
from engine.ports.items import Envelope


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        (b"plain", "plain"),
        (b"=?utf-8?q?caf=C3=A9?= au lait", "café au lait"),
        (b"=?utf-8?q?a?=\r\n =?utf-8?q?b?=", "ab"),
        (b"=?koi8-r?b?z9Teo9Q=?=", "отчёт"),
        (b"=?x-unknown?q?caf=C3=A9?=", "café"),
        (b"=?utf-8?b?!!!?=", "=?utf-8?b?!!!?="),
        ("Grüße".encode(), "Grüße"),
        ("Grüße".encode("latin-1"), "Grüße"),
        (b"two\r\n lines", "two lines"),
        ("safe \u202egnp.exe\u2066 \x07\x1b[31m".encode(), "safe gnp.exe [31m"),
        ("👩\u200d👧 family".encode(), "👩\u200d👧 family"),
    ],
)
def test_subjects(subject: bytes, words: str) -> None:
    """Encoded words, raw 8-bit and folded subjects are readable; tricks with the direction of writing are gone."""
    assert envelope(b"Subject: " + subject + b"\r\n\r\n").subject == words


def test_whole_envelope() -> None:
    """Sender, subject and date stand as a person reads them."""
    header = (
        b"From: =?utf-8?q?Zo=C3=A9?= <z@example.org>\r\nDATE: Tue, 1 Jul 2025 10:00:00 +0200\r\nsubject: Hi\r\n\r\n"
    )

    assert envelope(header) == Envelope("Hi", "2025-07-01 10:00", "Zoé <z@example.org>")


@given(st.binary())
def test_any_header_can_be_read(value: bytes) -> None:
    """Strangers write headers: none makes the report fail or grow."""
    found = envelope(b"Subject: " + value + b"\r\nFrom: " + value + b"\r\nDate: " + value)

    assert max(map(len, (found.subject, found.date, found.sender))) <= LONGEST
