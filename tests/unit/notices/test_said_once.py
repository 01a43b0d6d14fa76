"""What the thread of a card says: each thing once, and the name of whoever asked for it."""

from __future__ import annotations

import pytest

from bot.notices.milestones import milestones
from bot.stored.threads import Act
from engine.migration.content import Content
from engine.migration.record import Counts, State, Step
from tests.servers.slack.notices import ADMIN, COLLEAGUE, OWNER, Office
from tests.unit.bot.records import NOW, migration, press

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


@pytest.mark.parametrize(("retries", "named"), [(1, COLLEAGUE), (2, None), (3, ADMIN)])
def test_a_retry_names_whoever_asked_for_this_one(retries: int, named: str | None) -> None:
    """Nothing is written down of the second: its message names nobody, although others asked for other runs."""
    record = migration(State.RUNNING, started=NOW, retries=retries, resumed=NOW)
    pressed = (press(Act.RETRY, minutes=90, user=COLLEAGUE, retry=1), press(Act.RETRY, user=ADMIN, retry=3))

    (told,) = (notice for notice in milestones(record, pressed) if notice.key == f"retried:{retries}")

    assert told.by == named
