"""Out-of-office settings that other programs have written, and a source that changes between visits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.errors import Side
from engine.migration.record import State
from engine.migration.request import Choice
from engine.migration.steering import retry
from engine.settings.switching_on import switch_on
from tests.contract.exchange.test_out_of_office_moved import (
    BLANK,
    DAY,
    NOW,
    ONE,
    OOF,
    Desk,
    _opened,
    away,
    schedule,
)
from tests.servers.world import PASSWORD


@pytest.fixture
def newest(tmp_path: Path) -> Iterator[Desk]:
    yield from _opened(tmp_path, "2019")


def reply(html: str, name: str = "InternalReply") -> str:
    html = html.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<t:{name}><t:Message>{html}</t:Message></t:{name}>"


HEAD_LEFT_OPEN = '<!DOCTYPE html><html><head><meta charset="utf-8"><body><p>Call Ann in urgent cases</p></body></html>'


def test_a_text_whose_head_has_no_end_tag_is_a_text(newest: Desk) -> None:
    """HTML 13.1.2.4 lets everybody leave out the end tag of head; the mailbox's own text stays."""
    own = away("Disabled", replies=reply(HEAD_LEFT_OPEN))
    newest.sets(newest.pair.old, away("Enabled"))
    newest.sets(newest.pair.new, own)

    newest.migrates()

    assert newest.has(newest.pair.new) == own


def test_a_text_whose_head_has_no_end_tag_is_not_lost(newest: Desk) -> None:
    newest.sets(newest.pair.old, away("Disabled", replies=reply(HEAD_LEFT_OPEN)))
    newest.sets(newest.pair.new, BLANK)

    done = newest.migrates()

    assert done.step(OOF).counts == ONE


@pytest.mark.parametrize("html", ["<p>Away <![urgent]> until Monday</p>", "Away <![ until ]> Monday"])
def test_a_text_that_is_no_good_html_comes(newest: Desk, html: str) -> None:
    newest.sets(newest.pair.old, away("Enabled", replies=reply(html) + reply(html, "ExternalReply")))
    newest.sets(newest.pair.new, BLANK)

    done = newest.migrates()

    assert (done.state, done.step(OOF).counts) == (State.COMPLETED, ONE), done.attention


def test_a_second_visit_where_the_source_gives_it_no_more(newest: Desk) -> None:
    """It came at the first visit, left off; the old mailbox is closed to its owner since. All ends well."""
    newest.sets(newest.pair.old, away("Enabled"))
    done = newest.migrates(Choice.LEAVE_OFF)
    newest.pair.left.add_fault(
        Fault(operation="GetUserOofSettingsRequest", action="items", positions=(0,), code="ErrorAccessDenied"))
    retry(newest.at.engine, done.task_id, {Side.SOURCE: PASSWORD})

    again = newest.at.run(done.task_id)

    assert again.state is State.COMPLETED, again.attention
    assert newest.offered(again)


def test_what_an_earlier_task_brought_is_not_called_the_mailboxs_own(newest: Desk) -> None:
    """It was left off, and stays so."""
    newest.sets(newest.pair.old, away("Enabled"))
    newest.sets(newest.pair.new, BLANK)
    newest.migrates(Choice.LEAVE_OFF)

    second = newest.migrates()

    ((_, _, why),) = newest.told(second)
    assert "this very out-of-office, switched off" in why


def test_it_is_switched_on_in_the_state_that_the_source_had(newest: Desk) -> None:
    """The owner changed the old one between the visits: the new one has the texts and the schedule of the first."""
    newest.sets(newest.pair.old, away("Enabled", schedule(NOW - DAY, NOW + DAY)))
    newest.sets(newest.pair.new, BLANK)
    done = newest.migrates(Choice.LEAVE_OFF)
    newest.sets(newest.pair.old, away("Scheduled", schedule(NOW + 20 * DAY, NOW + 30 * DAY)))
    retry(newest.at.engine, done.task_id, {Side.SOURCE: PASSWORD})
    newest.at.run(done.task_id)

    switch_on(newest.at.engine, done.task_id)

    assert newest.has(newest.pair.new) in (
        away("Enabled", schedule(NOW - DAY, NOW + DAY)), away("Scheduled", schedule(NOW + 20 * DAY, NOW + 30 * DAY)))
