"""Task IDs: what a person reads out, types and pastes. 40 random bits in Crockford's base32, as `7K2F-9QXD`."""

from __future__ import annotations

import secrets

from engine.errors import InputError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
READ_AS = str.maketrans("ILO", "110")


def new_task_id() -> str:
    """A fresh task ID, as people see it."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return f"{letters[:4]}-{letters[4:]}"


def parse_task_id(text: str) -> str:
    """The task ID that `text` means: case, dash and spaces are ignored, I and L read as 1, O as 0.

    Raises InputError.
    """
    letters = "".join(text.split()).replace("-", "").upper().translate(READ_AS)
    if len(letters) != LENGTH or any(c not in ALPHABET for c in letters):
        raise InputError("A task ID has eight letters and digits, as 7K2F-9QXD.")
    return f"{letters[:4]}-{letters[4:]}"


def compact(task_id: str) -> str:
    """The eight characters without the dash, as item tags carry them."""
    return task_id.replace("-", "")


def as_shown(compacted: str) -> str:
    """The task ID that `compact` was given, as people see it."""
    return f"{compacted[:4]}-{compacted[4:]}"
