"""What was typed or set in the environment and cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.errors import InputError, OmmError
from terminal.output import Output


class UsageError(OmmError):
    """The command cannot be begun as it was typed."""


@contextmanager
def usage() -> Iterator[None]:
    """Inside it, what cannot be used is a matter of how the command was typed, not of how things stand."""
    try:
        yield
    except InputError as error:
        raise UsageError(str(error)) from None


def parsed_task(task_id: str) -> str:
    """The task ID that was typed, as it is stored. Raises UsageError."""
    from engine.migration.task_id import parse_task_id  # noqa: PLC0415 - help and demo need none

    try:
        return parse_task_id(task_id)
    except InputError as error:
        raise UsageError(f"{error} To see the task IDs of all migrations: omm status") from None


def check_output(out: Output, csv: str | None) -> None:
    """Raises UsageError when a table and an object would both go to standard output."""
    if csv == "-" and out.as_json:
        raise UsageError("Standard output takes one of the two: --json, or --csv -.")
