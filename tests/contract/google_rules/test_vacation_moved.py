"""The vacation responder moved: asked about before, brought once, left off where that was chosen, taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.connectors.exchange.out_of_office import asked
from engine.connectors.google.live import live
from engine.migration.content import Content
from engine.migration.questions import Question, questions
from engine.migration.record import Counts
from engine.migration.request import Choice
from engine.ports.facts import Facts
from engine.ports.out_of_office import Audience, OofState, OutOfOffice
from engine.ports.settings import Live
from tests.contract.google_rules.account import FILTERS, VACATION, Moving, filter_, moving_from
from tests.servers.google_told import Told

DAY = timedelta(days=1)


def has(moving: Moving) -> OutOfOffice:
    """What the new mailbox has."""
    return asked(moving.new.sessions, moving.at.address)


def away(moving: Moving, start: datetime) -> None:
    milliseconds = [str(int(when.timestamp() * 1000)) for when in (start, start + 3 * DAY)]
    moving.gmail.tell(VACATION, {
        "enableAutoReply": True, "responseSubject": "Away", "responseBodyPlainText": "Back soon\nAnn & Co <ann>",
        "restrictToContacts": True, "startTime": milliseconds[0], "endTime": milliseconds[1],
    })


def test_it_comes_with_its_days_and_goes_back(tmp_path: Path) -> None:
    """In one world: left off and taken back, then on, found again, and taken back."""
    start = datetime.now(UTC).replace(microsecond=0) - DAY
    with moving_from(tmp_path, ()) as moving:
        away(moving, start)
        before = has(moving)
        left_off = moving.migrate(Choice.LEAVE_OFF)
        off = has(moving)
        moving.at.roll_back(left_off.task_id)
        back = has(moving)
        first = moving.migrate()
        on = has(moving)
        again = moving.migrate()
        moving.at.roll_back(first.task_id)
        after = has(moving)

    assert off.state is OofState.OFF
    assert off.inside.shown == "Away Back soon Ann & Co <ann>"
    assert left_off.left_off is not None
    assert left_off.left_off.until == start + 3 * DAY
    assert back == before == after
    assert (on.state, on.audience, on.start, on.end) == (OofState.SCHEDULED, Audience.KNOWN, start, start + 3 * DAY)
    assert on.inside.shown == on.outside.shown == off.inside.shown
    assert first.step(Content.OUT_OF_OFFICE).counts == Counts(found=1, copied=1)
    assert again.step(Content.OUT_OF_OFFICE).counts == Counts(found=1, already_there=1)
    assert any("everybody in the organization" in words for words in moving.notes(first))


def test_what_is_asked_before(tmp_path: Path) -> None:
    """Filters that send mail on and a responder that is on are asked about, as those of an Exchange mailbox."""
    now = datetime.now(UTC)
    with moving_from(tmp_path, ("Work",)) as moving:
        away(moving, now - DAY)
        moving.gmail.has(filter_("1", {"from": "a@x.example"}, labels=["Work"]),
                         filter_("2", {"from": "b@x.example OR y.example"}, forward="c@x.example"),
                         filter_("3", {"query": "stays here"}, forward="c@x.example"))
        found = live(moving.gmail.told, now)  # type: ignore[arg-type]  # as an Asking
        moving.gmail.told.single = {VACATION: moving.gmail.told.single[VACATION]}
        without_filters = live(moving.gmail.told, now)  # type: ignore[arg-type]  # as an Asking

    contents = (Content.INBOX_RULES, Content.OUT_OF_OFFICE)
    assert found == Live(rules=3, sending=1, answers=True, keeps_replies=True)
    assert questions(contents, Facts(1, None, live=found), Facts(1, None, live=Live())) == (
        Question(Choice.FORWARDING, 1), Question(Choice.LEAVE_OFF))
    assert without_filters == Live(rules=None, answers=True, keeps_replies=True)
    assert live(Told(single={FILTERS: {}}), now) == Live(answers=None)  # type: ignore[arg-type]  # as an Asking
    assert live(Told(), now) is None  # type: ignore[arg-type]  # as an Asking
