"""Flags and keywords, in words for people.

RFC 3501 §2.3.2 (system flags), RFC 5788 and the IANA registry of IMAP keywords (`$…`); `$label1` to `$label5` are
the five labels that Thunderbird ships with.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from engine.connectors.imap.names import decode
from engine.ports.items import Marks

LABELS = {b"$label1": "Important", b"$label2": "Work", b"$label3": "Personal", b"$label4": "To Do", b"$label5": "Later"}

# What programs note for themselves. Every other name with a leading $ is a program's note too.
_NOT_FOR_PEOPLE = frozenset({
    b"junk", b"nonjunk", b"notjunk", b"xnotjunk", b"junkrecorded", b"mdnsent", b"receipt-handled", b"redirected",
    b"forwarded", b"kmailforwarded", b"kmailtodo", b"old", b"nil", b"()",
})
_NOT_FOR_PEOPLE_STARTS = (b"\\", b"$", b"oib-seen-", b"dtag", b"unknown-")


def marks_of(flags: Iterable[bytes]) -> Marks:
    r"""The marks that a message's flags stand for.

    A message is a draft exactly if it carries \Draft, in whatever folder: one in Drafts without it was finished
    somewhere, one with it elsewhere can still be edited.
    """
    return _marks(tuple(flags))


@lru_cache(maxsize=1024)        # the messages of a mailbox carry few different sets of flags
def _marks(flags: tuple[bytes, ...]) -> Marks:
    known = {flag.lower() for flag in flags}
    return Marks(
        read=b"\\seen" in known,
        flagged=b"\\flagged" in known,
        answered=b"\\answered" in known,
        forwarded=not known.isdisjoint((b"$forwarded", b"forwarded", b"kmailforwarded")),
        draft=b"\\draft" in known,
        categories=_categories(flags),
    )


def is_deleted(flags: Iterable[bytes]) -> bool:
    r"""True: the owner has thrown the message away and not yet purged it (\Deleted)."""
    return any(flag.lower() == b"\\deleted" for flag in flags)


def _categories(flags: Iterable[bytes]) -> tuple[str, ...]:
    words = (_word(flag) for flag in flags)
    return tuple(dict.fromkeys(word for word in words if word))


def _word(flag: bytes) -> str | None:
    lower = flag.lower()
    if lower in LABELS:
        return LABELS[lower]
    if lower in _NOT_FOR_PEOPLE or lower.startswith(_NOT_FOR_PEOPLE_STARTS):
        return None
    word = decode(flag, utf8=False).strip()
    return word if word.isprintable() else None
