"""What was typed or set in the environment and cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.errors import InputError, OmmError


class UsageError(OmmError):
    """The command cannot be begun as it was typed."""


@contextmanager
def usage() -> Iterator[None]:
    """Inside it, what cannot be used is a matter of how the command was typed, not of how things stand."""
    try:
        yield
    except InputError as error:
        raise UsageError(str(error)) from None
