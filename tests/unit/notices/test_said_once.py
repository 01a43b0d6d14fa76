"""What the thread of a card says: each thing once, and the name of whoever asked for it."""

from __future__ import annotations

import pytest

from engine.migration import Content, Counts, State, Step
from tests.servers.notices import OWNER, Office

COUNTED = "15 of 20 messages copied"


def test_a_single_content_is_counted_once_in_the_thread(desk: Office) -> None:
    """The end does not repeat what the message above it says; the owner's own message, which stands alone, does."""
    desk.complete(desk.begin())
    desk.run(60)

    thread = [one["text"] for one in desk.messages() if "thread_ts" in one]
    (letter,) = desk.messages(OWNER)
    assert [COUNTED in text for text in thread] == [False, True, False]
    assert sum("The report names what was not copied" in text for text in thread) == 1
    assert "can be rolled back for 48 hours" in thread[-1]
    assert COUNTED in letter["text"]


@pytest.mark.parametrize("contents", [(Content.MAIL, Content.CALENDARS), (Content.MAIL,)], ids=["several", "one"])
def test_the_end_says_what_nothing_above_it_has_said(desk: Office, contents: tuple[Content, ...]) -> None:
    """Of several contents it is the summary; of a single one that was stopped half-way it is the only word."""
    task = desk.begin(contents=contents)
    ended = desk.clock() if len(contents) > 1 else None
    step = Step(Counts(20, 15), started=desk.clock(), ended=ended)
    desk.save(task, state=State.CANCELLED, started=desk.clock(), ended=desk.clock(), steps={Content.MAIL: step})
    desk.run(60)

    assert COUNTED in desk.messages()[-1]["text"]
