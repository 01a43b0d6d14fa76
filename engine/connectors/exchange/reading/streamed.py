"""What is too large to hold: a message's MIME, or a file attached to one, is decoded out of the answer into a file."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.connectors.exchange.errors import AnswerLostError

MIME, FILE = "MimeContent", "Content"       # elements that hold base64
LONGEST_TAG = 256       # bytes; of the tag that opens such an element, wherever two pieces meet in it
CUT_OFF = "The source's answer was cut off."


class IntoFile:
    """Keeps of an answer all but what its first `element` holds, which goes into the file. Begins anew for each answer.

    `given`: the answer had any.
    """

    def __init__(self, file: BinaryIO, element: str = MIME) -> None:
        self._file = file
        self._opens = re.compile(rb"<(?:[\w.-]+:)?%s(?:\s[^<>]*)?(?<!/)>" % element.encode())
        self.given = False

    def __call__(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """What is left of the answer. Raises AnswerLostError when that is no base64, or the answer ends within it."""
        self._file.seek(0)
        self._file.truncate()
        self.given = False
        waiting = b""
        for piece in pieces:
            waiting += piece
            opened = self._opens.search(waiting)
            if opened is not None:
                self.given = True
                yield waiting[: opened.end()]
                yield from self._decoded(waiting[opened.end() :], pieces)
                return
            kept = max(0, len(waiting) - LONGEST_TAG)
            yield waiting[:kept]
            waiting = waiting[kept:]
        yield waiting

    def _decoded(self, begun: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Decodes up to the tag that closes the element; what follows is kept."""
        rest = b""
        piece: bytes | None = begun
        while piece is not None:
            text, closes, behind = piece.partition(b"<")
            rest = self._take(rest + b"".join(text.split()), last=bool(closes))
            if closes:
                yield closes + behind
                yield from pieces
                return
            piece = next(pieces, None)
        raise AnswerLostError(CUT_OFF)

    def _take(self, text: bytes, *, last: bool) -> bytes:
        """Writes what the text decodes to, and returns what of it waits for more."""
        end = len(text) if last else len(text) // 4 * 4
        try:
            self._file.write(binascii.a2b_base64(text[:end], strict_mode=True) if end else b"")
        except binascii.Error:
            raise AnswerLostError("The source's answer cannot be read.") from None
        return text[end:]
