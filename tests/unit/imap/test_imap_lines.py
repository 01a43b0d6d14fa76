"""Lines as they should be: known at sight, and never changed by what mends the others."""

from __future__ import annotations

import re

import pytest

from engine.connectors.imap import lines

USUAL = [
    b"* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 1)",
    b"* 17 FETCH (FLAGS (\\Seen $Forwarded NonJunk) UID 4711 RFC822.SIZE 5120)",
    b'* 17 FETCH (UID 4711 FLAGS (\\Seen) INTERNALDATE "17-Jul-1996 02:44:25 -0700" BODY[] {5120}',
    b'* 17 FETCH (UID 4711 INTERNALDATE " 7-Jul-1996 02:44:25 +0000" BODY[]<1048576> {20}',
    b"* 17 FETCH (UID 4711 BODY[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT)] {200}",
]


@pytest.mark.parametrize("line", USUAL)
def test_a_usual_response_is_known_at_sight(line: bytes) -> None:
    """It is taken as it is, without its line end."""
    assert lines._USUAL_FETCH.fullmatch(line + b"\r\n")
    assert lines.opening(line + b"\r\n") == line


@pytest.mark.parametrize("line", USUAL)
def test_what_is_known_at_sight_needs_no_mending(line: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slow way comes to the same."""
    monkeypatch.setattr(lines, "_USUAL_FETCH", re.compile(rb"(?!)"))

    assert lines.opening(line + b"\r\n") == line


@pytest.mark.parametrize("line", [
    b"* 17 FETCH (UID 4711  FLAGS ())", b"* 17 FETCH (UID 4711 FLAGS (\\Seen)", b"* 17 FETCH (BODY.PEEK[] {20}",
    b"* 17 FETCH (UID 4711 BODY[] {20+}", b"* 17 FETCH (UID 4711 FLAGS ()) ", b"* 17 fetch (UID 4711 FLAGS ())",
])
def test_what_needs_mending_is_not_taken_for_usual(line: bytes) -> None:
    """Two spaces, a missing end, an echo of our request, a literal as clients write it, small letters."""
    assert not lines._USUAL_FETCH.fullmatch(line + b"\r\n")


def test_the_end_of_a_response_is_a_parenthesis() -> None:
    """Behind a literal, as nearly always."""
    assert lines.later(b")\r\n") == lines.later(b" )\r\n") == b")"


@pytest.mark.parametrize("labels", [
    b"(&U,BTFw-)", b'(\\Inbox "two  spaces" "a \\"b\\"" 2,Three)', b"(RFC822 BODY UID FLAGS() INTERNALDATE)",
    b"(BODY[] NIL)",
])
def test_labels_of_gmail_are_left_as_they_are(labels: bytes) -> None:
    """A label may look like anything that is mended elsewhere; so may what stands behind one that is a literal."""
    line = b"* 17 FETCH (UID 4711 X-GM-LABELS " + labels + b" FLAGS ())"

    assert lines.opening(line + b"\r\n") == line
    assert lines.later(line[20:] + b"\r\n") == line[20:]
    assert lines.later(b" " + labels[1:] + b"\r\n", as_it_is=True) == b" " + labels[1:]
