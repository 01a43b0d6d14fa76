"""Sets of sequence numbers and UIDs (RFC 3501 §9)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from emulators.google.imap.mailbox import Message
from emulators.google.imap.session import AnsweredError, Selected

_SET = re.compile(rb"(?:\d+|\*)(?::(?:\d+|\*))?(?:,(?:\d+|\*)(?::(?:\d+|\*))?)*")


def contained(numbers: bytes, highest: int) -> Callable[[int], bool]:
    """Return what says whether a number is in that set; * is the highest."""
    if not _SET.fullmatch(numbers):
        raise AnsweredError("BAD Could not parse command")
    spans = []
    for part in numbers.split(b","):
        ends = [highest if end == b"*" else int(end) for end in part.split(b":")]
        spans.append((min(ends), max(ends)))
    if any(first == 0 for first, _ in spans if highest):
        raise AnsweredError("BAD Could not parse command")
    return lambda number: any(first <= number <= last for first, last in spans)


def picked(selected: Selected, numbers: bytes, *, by_uid: bool) -> Sequence[tuple[int, int, Message]]:
    """The messages of a set: sequence number, UID, message. A sequence number that is not there is BAD."""
    rows = selected.rows
    highest = (rows[-1][0] if rows else 0) if by_uid else len(rows)
    wanted = contained(numbers, highest)
    if not by_uid and any(int(one) > highest for one in re.findall(rb"\d+", numbers)):
        raise AnsweredError("BAD Invalid message sequence number")
    numbered = ((number, uid, message) for number, (uid, message) in enumerate(rows, 1))
    return [row for row in numbered if wanted(row[1] if by_uid else row[0])]
