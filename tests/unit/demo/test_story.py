"""The demo compares a mailbox with what has to be in it, and its exit status says whether it found a difference."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from unittest.mock import sentinel

import pytest

from demo.story import NAMED, Story
from demo.truth import Seen, differences
from terminal.output import Output

ONE = Seen(
    folder=("Inbox",), subject="One", text="1", files=(), received=datetime(2024, 2, 29, tzinfo=UTC), read=True,
    flagged=False, draft=False, categories=(),
)
TWO = replace(ONE, folder=("Clients", "Acme"), subject="Two")
NAME = f"{'/'.join(TWO.folder)}: {TWO.subject}"


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ([ONE, TWO], []),
        ([ONE], [f"missing: {NAME}"]),
        ([ONE, TWO, TWO], [f"too much: {NAME}"]),
        ([ONE, replace(TWO, draft=True)], [f"otherwise: {NAME}: draft is True and not False"]),
        ([ONE, replace(TWO, files=("x",))], [f"otherwise: {NAME}: files differs"]),
    ],
)
def test_mailboxes_are_compared_message_by_message(found: list[Seen], told: list[str]) -> None:
    """Each difference is told as what it is; equal mailboxes have none."""
    assert differences([ONE, TWO], found) == told


OTHERWISE = {
    "folder": ("Outbox",), "subject": "Three", "text": "3", "files": ("x",),
    "received": datetime(2001, 1, 1, tzinfo=UTC),
    "read": False, "flagged": True, "draft": True, "categories": ("Red",),
}


@pytest.mark.parametrize("field", [one.name for one in fields(Seen)])
def test_whatever_differs_is_told_by_its_name(field: str) -> None:
    """No field of a message is left out."""
    [told] = differences([ONE, TWO], [ONE, replace(TWO, **{field: OTHERWISE[field]})])  # type: ignore[arg-type]  # as above

    assert told.startswith(f"otherwise: {NAME}: {field} ")


@pytest.mark.parametrize(("wrong", "status"), [([], 0), (["missing: One"], 1), (["too much: One"] * (NAMED + 5), 1)])
def test_whatever_is_wrong_is_told_and_is_the_exit_status(wrong: list[str], status: int) -> None:
    """The first twenty of a scene by themselves, the others by their number; nothing wrong is forgotten later."""
    told = StringIO()
    story = Story(Output(told, told, as_json=False), sentinel.servers, sentinel.google, Path())

    story.judge("All is there.", wrong)
    story.judge("The second scene is well.", [])

    assert (story.verdict(), "Everything was as it should be" in told.getvalue()) == (status, status == 0)
    assert ("All is there." in told.getvalue()) is (status == 0)
    assert told.getvalue().count(": One") == min(len(wrong), NAMED)
    assert ("and 5 more" in told.getvalue()) is (len(wrong) > NAMED)
