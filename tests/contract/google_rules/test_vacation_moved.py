"""The vacation responder moved: asked about before, brought once, left off where that was chosen, taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from engine.connectors.exchange.out_of_office import asked
from engine.connectors.google.live import live
from engine.connectors.google.vacation import Vacation
from engine.migration.content import Content
from engine.migration.question_words import live as words_of
from engine.migration.questions import Question, questions
from engine.migration.record import Counts, Migration
from engine.migration.request import Choice
from engine.ports.facts import Facts
from engine.ports.out_of_office import Audience, OofState, OutOfOffice
from engine.ports.settings import Live, SettingReader
from tests.contract.google_rules.account import FILTERS, VACATION, Json, Moving, filter_, moving_from
from tests.servers.google.told import Told

DAY = timedelta(days=1)
ONLY = (Content.OUT_OF_OFFICE,)
GONE = "Google answers with status 404."


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
    assert without_filters == Live(rules=None, answers=True, keeps_replies=True, rules_unread=GONE)
    assert live(Told(single={FILTERS: {}}), now) == Live(answers=None, answers_unread=GONE)  # type: ignore[arg-type]  # as an Asking
    neither = live(Told(), now)  # type: ignore[arg-type]  # as an Asking
    assert neither == Live(rules=None, answers=None, rules_unread=GONE, answers_unread=GONE)
    assert dict(words_of(contents, Facts(1, None, live=neither))) == {
        Content.INBOX_RULES: f"OMM cannot read them now. {GONE}",
        Content.OUT_OF_OFFICE: f"OMM cannot read it now. {GONE}",
    }


def test_a_second_run_finds_it_again(tmp_path: Path) -> None:
    """One without days, and one whose first day has come since. One that is off at Gmail by then is named."""
    start = datetime.now(UTC).replace(microsecond=0) - DAY
    told: Json = {"enableAutoReply": True, "responseBodyPlainText": "Away"}
    with moving_from(tmp_path, ()) as moving:
        moving.gmail.tell(VACATION, told)
        first = moving.migrate(contents=ONLY)
        found = [counts(moving.migrate(contents=ONLY))]
        moving.gmail.tell(VACATION, told | {"enableAutoReply": False})
        off = moving.migrate(contents=ONLY)
        moving.gmail.tell(VACATION, {"enableAutoReply": False})
        gone = moving.migrate(contents=ONLY)
        moving.at.roll_back(first.task_id)
        nothing = moving.migrate(contents=ONLY)
        moving.gmail.tell(VACATION, told | {"startTime": str(int(start.timestamp() * 1000))})
        moving.gmail.settings = _at(moving, start - DAY)  # type: ignore[method-assign]  # before its first day
        moving.migrate(contents=ONLY)
        moving.gmail.settings = _at(moving, start + DAY)  # type: ignore[method-assign]  # behind it
        found.append(counts(moving.migrate(contents=ONLY)))
        has_now = has(moving)
    assert found == [Counts(found=1, already_there=1)] * 2
    assert counts(off) == Counts(found=1, left_out=1)
    assert "goes on replying" in moving.lines(off, Content.OUT_OF_OFFICE)["Out-of-office"]
    assert counts(gone) == Counts(removed_at_source=1)
    assert "the source has it no more" in moving.lines(gone, Content.OUT_OF_OFFICE)["Out-of-office"]
    assert (counts(nothing), moving.lines(nothing, Content.OUT_OF_OFFICE)) == (Counts(), {})
    assert (has_now.state, has_now.start) == (OofState.SCHEDULED, start)


def test_what_comes_otherwise_is_said(tmp_path: Path) -> None:
    """Of one that is off as well. Moments are those of UTC, and what cannot be written is marked."""
    start = datetime(2030, 12, 1, tzinfo=timezone(timedelta(hours=1)))
    told: Json = {"responseBodyPlainText": "Away", "responseSubject": "On leave \ud83c\x07", "restrictToContacts": True,
                  "startTime": str(int(start.timestamp() * 1000))}
    with moving_from(tmp_path, ()) as moving:
        moving.gmail.tell(VACATION, told)
        off = moving.migrate(contents=ONLY)
        moving.at.roll_back(off.task_id)
        moving.gmail.tell(VACATION, told | {"enableAutoReply": True})
        on = moving.migrate(contents=ONLY)
        said = [moving.notes(done) for done in (off, on)]
    assert all(any("“On leave \ufffd\ufffd”" in words for words in each) for each in said)
    assert all(any("contacts of the new mailbox" in words for words in each) for each in said)
    assert [any("2030-11-30, 23:00 UTC" in words for words in each) for each in said] == [False, True]


def counts(done: Migration) -> Counts:
    return done.step(Content.OUT_OF_OFFICE).counts


def _at(moving: Moving, now: datetime) -> Callable[[Content], SettingReader]:
    """Readers of the responder at that time."""
    return lambda _content: Vacation(moving.gmail.told, lambda: now)  # type: ignore[arg-type]  # as an Asking
