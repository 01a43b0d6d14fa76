"""Mailbox names: from a LIST line to words, and back to the bytes that open the folder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imapclient.imap_utf7 import encode

from engine.connectors.imap.names import Row, as_ref, decode, from_ref, rows

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT)
def test_any_name_survives_modified_utf7(name: str) -> None:
    """Whatever a person calls a folder comes back as they wrote it."""
    assert decode(encode(name), utf8=False) == name


@given(TEXT)
def test_any_name_survives_utf8(name: str) -> None:
    """After ENABLE UTF8=ACCEPT names are plain UTF-8, ampersands included."""
    assert decode(name.encode(), utf8=True) == name


@given(st.binary())
def test_no_bytes_are_too_strange(raw: bytes) -> None:
    """Decoding never fails, and the reference opens the very folder again."""
    assert isinstance(decode(raw, utf8=False), str)
    assert from_ref(as_ref(raw)) == raw


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"R&D", "R&D"),
        (b"R&D-Projects", "R&D-Projects"),
        (b"AT&T - bills", "AT&T - bills"),
        (b"Tom &- Jerry", "Tom & Jerry"),
        (b"&AOk-t&AOk-", "été"),
        (b"&2D3coQ-", "💡"),
        (b"&2D3-", "&2D3-"),
        (b"caf\xc3\xa9", "café"),
        (b"caf\xe9", "café"),
        (b"&AOk-\xc3\xa9", "&AOk-é"),
    ],
)
def test_invalid_names_stay_as_they_are(raw: bytes, words: str) -> None:
    """What is no valid modified UTF-7, old servers' 8-bit names among it, is shown as it is."""
    assert decode(raw, utf8=False) == words


@pytest.mark.parametrize(
    ("record", "row"),
    [
        (b'(\\HasNoChildren) "/" INBOX', Row(b"INBOX", b"/", frozenset({b"\\hasnochildren"}))),
        (b'() "." "a \\"b\\" \\\\c"', Row(b'a "b" \\c', b".", frozenset())),
        (b'() NIL flat', Row(b"flat", b"", frozenset())),
        (b'() "\\\\" "a\\\\b"', Row(b"a\\b", b"\\", frozenset())),
        (b'() "/" 007', Row(b"007", b"/", frozenset())),
        (b'() "/" "NIL"', Row(b"NIL", b"/", frozenset())),
        (b'() "/" two words', Row(b"two words", b"/", frozenset())),
        (b'() "/" "trailing "', Row(b"trailing ", b"/", frozenset())),
        (b'(\\Sent) "/" "S" ("CHILDINFO" ("SUBSCRIBED"))', Row(b"S", b"/", frozenset({b"\\sent"}))),
    ],
)
def test_list_lines(record: bytes, row: Row) -> None:
    """Quoted, atomic, numeric and flat names are read to the letter."""
    assert list(rows([record])) == [row]


def test_list_literals() -> None:
    """A name sent as a literal keeps its line breaks, and the next line is read as usual."""
    records = [(b'(\\Marked) "/" {4}', b'a\r\n"'), b"", b'() "/" next']

    assert [row.raw for row in rows(records)] == [b'a\r\n"', b"next"]


def test_unreadable_lines_are_left_out() -> None:
    """A line that is no LIST answer does not spoil the others."""
    assert [row.raw for row in rows([b"nonsense", None, b'() "/" a'])] == [b"a"]
