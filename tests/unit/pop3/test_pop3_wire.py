"""Answers as they come over a socket: whole, however they are cut, and nothing that was not meant."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.connectors.pop3.wire import LONGEST_LINE, LostError, Wire
from tests.servers.mail_servers.scripted_pop3 import multiline

PARTS = st.sampled_from([b".", b"..", b"...", b"\r\n", b"\n", b"\r", b"\0", b"\xff\x80", b"word", b"a: b", b" ", b""])
ENDLESS = b"x" * (LONGEST_LINE * 3)
MESSAGES = st.lists(PARTS, max_size=30).map(b"".join)


class Pieces:
    """A socket on which those pieces arrive one by one, and then nothing more."""

    def __init__(self, data: bytes, cuts: list[int]) -> None:
        places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
        self._pieces = [data[start:end] for start, end in pairwise(places)]

    def recv(self, _most: int) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


def taken(data: bytes, cuts: list[int] | None = None) -> tuple[bytes, bytes]:
    """The body of an answer, and the line behind it."""
    wire = Wire(Pieces(data, cuts if cuts is not None else list(range(len(data)))))
    body = b"".join(wire.body(wire.line()))
    return body, wire.line()


def starts_in_crlf(mime: bytes) -> bool:
    """Whether the first line ends as the standard has it."""
    first, end, _ = mime.partition(b"\n")
    return not end or first.endswith(b"\r")


@given(MESSAGES.filter(starts_in_crlf), st.lists(st.integers(0, 400), max_size=12))
def test_a_message_comes_whole_wherever_it_is_cut(mime: bytes, cuts: list[int]) -> None:
    """Dots, NULs, 8 bits, lone CR and LF in the middle: all as it was, and the next answer begins behind it."""
    body, following = taken(multiline(mime) + b"+OK next\r\n", cuts)

    assert body == (mime if not mime or mime.endswith(b"\r\n") else mime + b"\r\n")
    assert following == b"+OK next\r\n"


@given(st.lists(PARTS.filter(lambda part: b"\r" not in part), min_size=1, max_size=30), st.lists(st.integers(0, 400)))
def test_bare_line_feeds_stay_what_they_are(parts: list[bytes], cuts: list[int]) -> None:
    """A server that sends messages as they lie on its disk is understood, and no line end is changed."""
    mime = b"Subject: x\n" + b"".join(parts) + b"\n"
    stuffed = mime.replace(b"\n.", b"\n..")

    body, following = taken(b"+OK\r\n" + stuffed + b".\r\n+OK next\r\n", cuts)

    assert body == mime
    assert following == b"+OK next\r\n"


def test_a_server_without_any_cr() -> None:
    """Where status lines end in a bare LF, the final dot's line may, too."""
    body, following = taken(b"+OK\na: b\n\n..x\n.\n+OK next\n")

    assert body == b"a: b\n\n.x\n"
    assert following == b"+OK next\n"


def test_a_dot_between_bare_line_feeds_is_no_end() -> None:
    """Only a line of the protocol ends a message; one of the message itself does not."""
    body, _ = taken(b"+OK\r\na: b\r\n\r\nx\n.\ny\r\n.\r\n+OK\r\n")

    assert body == b"a: b\r\n\r\nx\n.\ny\r\n"


def test_a_dot_that_was_not_doubled_stays() -> None:
    """A server that forgets to double a dot does not lose it."""
    body, _ = taken(b"+OK\r\n.hidden\r\n.\r\n+OK\r\n")

    assert body == b".hidden\r\n"


def test_lines_of_any_length() -> None:
    """A line of a megabyte comes in pieces, none of them much larger than what arrived."""
    long = b"X: y\r\n\r\n" + b"a" * 1_000_000 + b"\r\n"
    wire = Wire(Pieces(multiline(long), list(range(0, 1_100_000, 50_000))))

    pieces = list(wire.body(wire.line()))

    assert b"".join(pieces) == long
    assert max(map(len, pieces)) < 60_000


def test_the_first_line_may_be_long() -> None:
    """A message that is one line without an end, longer than any line that is held."""
    long = b"x" * (LONGEST_LINE * 3) + b"\r\n"

    assert taken(multiline(long) + b"+OK\r\n", cuts=[])[0] == long


def test_entries_of_a_list() -> None:
    """Lists come line by line, and one without entries is empty."""
    wire = Wire(Pieces(b"+OK\r\n1 20\r\n2 30\r\n.\r\n+OK\r\n.\r\n", list(range(40))))

    assert list(wire.lines(wire.line())) == [b"1 20", b"2 30"]
    assert list(wire.lines(wire.line())) == []


@pytest.mark.parametrize("data", [b"+OK\r\nhalf a mess", b"+OK\r\na: b\r\n\r\nx\r\n.", b"+OK\r\n", b"+OK"])
def test_half_an_answer_is_none(data: bytes) -> None:
    """A connection that ends too early is lost, whatever had come."""
    with pytest.raises(LostError):
        taken(data)


@pytest.mark.parametrize("data", [ENDLESS, b"+OK\r\n1 " + ENDLESS + b"\r\n.\r\n"])
def test_a_line_without_an_end(data: bytes) -> None:
    """Neither a status nor an entry fills the memory."""
    wire = Wire(Pieces(data, list(range(0, len(data), 8192))))

    with pytest.raises(LostError):
        list(wire.lines(wire.line()))


@contextmanager
def pair() -> Iterator[tuple[socket.socket, Wire]]:
    theirs, ours = socket.socketpair()
    wire = Wire(ours)
    try:
        yield theirs, wire
    finally:
        theirs.close()
        wire.drop()


def test_silence_is_not_waited_for_for_ever() -> None:
    """The cause of what is lost can be told."""
    with pair() as (_, wire):
        wire.wait_at_most(0.05)
        with pytest.raises(LostError) as caught:
            wire.line()

    assert isinstance(caught.value.__cause__, TimeoutError)


def test_an_answer_that_drips() -> None:
    """A byte now and then is no answer, although each of them comes in time."""
    with pair() as (theirs, wire):
        wire.wait_at_most(0.2)
        theirs.send(b"+OK\r\n")
        status = wire.line()
        given_up = threading.Event()
        dripping = threading.Thread(target=drip, args=(theirs, given_up))
        dripping.start()

        with pytest.raises(LostError):
            list(wire.body(status))
        given_up.set()
        dripping.join()


def drip(connection: socket.socket, given_up: threading.Event) -> None:
    while not given_up.wait(0.02):
        connection.send(b"x")


def test_words_before_encryption_are_not_believed() -> None:
    """What somebody slipped in between STLS and TLS ends the connection."""
    with pair() as (theirs, wire):
        theirs.send(b"+OK\r\n+OK I am the server\r\n")
        wire.line()
        with pytest.raises(LostError):
            wire.secure(None, "mail.example.org")
