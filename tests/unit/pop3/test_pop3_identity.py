"""What makes a message of a maildrop the same message."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.connectors.pop3 import identity

HEADER = b"Received: by mx\r\nSubject: hello\r\nStatusquo: kept\r\n"


def test_the_header_ends_at_the_first_empty_line() -> None:
    """Whatever the line ends are; a message may have no header, or nothing else."""
    assert identity.header(b"A: b\r\nC: d\r\n\r\nbody\r\n\r\nmore") == b"A: b\r\nC: d"
    assert identity.header(b"A: b\n\nbody") == b"A: b"
    assert identity.header(b"\r\nbody\r\n\r\n") == b""
    assert identity.header(b"A: b\r\n") == b"A: b\r\n"
    assert identity.header(b"") == b""


def test_what_a_server_notes_in_the_header_is_left_out() -> None:
    """A message stays the same when its server writes into it that it was read."""
    unread = HEADER + b"Status: O\r\nX-UID: 7\r\n"
    read = b"X-Status: A\r\n" + HEADER + b"Status: RO\r\n\tand more\r\nX-Keywords: a\r\n  b\r\n"

    assert identity.by_header(read) == identity.by_header(unread) == identity.by_header(HEADER)
    assert identity.by_header(HEADER) != identity.by_header(HEADER.replace(b"kept", b"lost"))


def test_the_body_does_not_matter() -> None:
    """TOP and RETR make the same identity."""
    assert identity.by_header(HEADER + b"\r\n") == identity.by_header(HEADER + b"\r\nStatus: in the body\r\n")


def test_a_name_is_no_header() -> None:
    """The two kinds of identity cannot be taken for one another."""
    assert identity.by_name(identity.by_header(HEADER)) != identity.by_header(HEADER)


@given(st.binary(max_size=60), st.binary(max_size=60), st.integers(0, 12), st.integers(0, 12))
def test_keys_differ_where_messages_differ(first: bytes, second: bytes, one: int, other: int) -> None:
    """Identity and number of the twin both count."""
    same = (first, one) == (second, other)

    assert (identity.key(first, one) == identity.key(second, other)) is same


@given(st.binary(max_size=300))
def test_any_bytes_have_an_identity(start: bytes) -> None:
    """Nothing that a message begins with makes it fail."""
    assert identity.by_header(start).startswith(b"header\n")
