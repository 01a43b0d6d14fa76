"""Appointments between two Exchanges: with mail, alone, again, and back; nobody is told of anything.

Most of it from an old server; tests/load does the same from a new one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from emulators.exchange.settings import VersionName
from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.record import Counts, Migration, State
from tests.servers.exchange.diary import HOUR, Diary, item, occurrence
from tests.servers.exchange.pair import SENT, Pair, new_folder, pair_of

TABLE = contents(CONTENTS[Content.MAIL], CONTENTS[Content.CALENDARS])

@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """From an old server."""
    with from_a(tmp_path, "2010 SP1") as made:
        yield made


@pytest.fixture(params=["2010 SP1", "2019"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    """From an old server, or from a new one."""
    with from_a(tmp_path, request.param) as made:
        yield made


@contextmanager
def from_a(directory: Path, version: VersionName) -> Iterator[Pair]:
    """Two mailboxes; the one that is left, on a server of that version, has a letter, an appointment and a series."""
    with pair_of(directory, version, contents=TABLE) as made:
        made.old.create("letter", "Message", "", SENT, "")
        Diary(made.old).single("Dentist")
        Diary(made.old).series("Round")
        yield made


def of(done: Migration) -> Counts:
    return done.step(Content.CALENDARS).counts


def said(pair: Pair, done: Migration) -> list[str]:
    """What the report says of calendars, a line each."""
    lines = pair.at.engine.store.reported(done.task_id).failures
    return [f"{line.folder}: {line.item}: {line.reason}" for line in lines if line.content is Content.CALENDARS]


def test_appointments_move_with_the_mail_and_a_second_run_copies_nothing(either: Pair) -> None:
    """Each occurrence is where and when it was, with its files, in the mailbox's own calendar."""
    done, again = either.at.migrate(), either.at.migrate()

    assert (done.state, again.state) == (State.COMPLETED, State.COMPLETED), said(either, done)
    assert of(done) == Counts(found=2, copied=2)
    assert of(again) == Counts(found=2, already_there=2)
    assert done.step(Content.MAIL).counts.copied == 1
    shown = Diary(either.new).shows()
    assert shown == Diary(either.old).shows()
    assert len(shown) == 1 + 7
    assert said(either, again) == []


def test_a_rollback_takes_the_appointments_back_and_keeps_what_its_owner_changed(pair: Pair) -> None:
    """Their owner has moved one occurrence of a series elsewhere: the series stays, and is named."""
    done = pair.at.migrate()
    diary = Diary(pair.new)
    diary.place(occurrence(diary.id_of("Round"), 5), "Nantes")
    back = pair.at.roll_back(done.task_id)

    assert back.state is State.ROLLED_BACK
    assert [one.subject for one in pair.at.messages()] == ["Round"]
    [kept] = [line for line in said(pair, done) if "changed since the migration" in line]
    assert "Round" in kept


def test_an_appointment_that_changed_at_the_source_is_named_and_not_doubled(pair: Pair) -> None:
    """A change of one occurrence is a change of its series."""
    pair.at.migrate()
    before = Diary(pair.new).shows()
    old = Diary(pair.old)
    old.place(occurrence(old.id_of("Round"), 6), "Brest")
    again = pair.at.migrate()

    assert of(again) == Counts(found=2, already_there=2, changed=1)
    assert Diary(pair.new).shows() == before
    [line] = said(pair, again)
    assert line.startswith("Calendar: Round (")
    assert line.endswith("changed at the source since it was copied; the copy stays as it was")


def test_a_reminder_that_was_dismissed_is_no_change(pair: Pair) -> None:
    """Neither at the source, where a later run counts what changed, nor here, where a rollback keeps it."""
    done = pair.at.migrate()
    for mailbox in (pair.old, pair.new):
        diary = Diary(mailbox)
        diary.set(item(diary.id_of("Dentist")), (("item:ReminderIsSet", "<t:ReminderIsSet>false</t:ReminderIsSet>"),))
    again = pair.at.migrate()
    assert of(again).changed == 0
    back = pair.at.roll_back(done.task_id)

    assert back.state is State.ROLLED_BACK
    assert Diary(pair.new).shows() == []


def test_what_was_removed_at_the_source_is_counted_and_stays(pair: Pair) -> None:
    """A deletion is not carried out."""
    pair.at.migrate()
    before = Diary(pair.new).shows()
    old = Diary(pair.old)
    old.delete(item(old.id_of("Dentist")))
    again = pair.at.migrate()

    assert of(again) == Counts(found=1, already_there=1, removed_at_source=1)
    assert said(pair, again) == [
        "Calendar: 1 event: removed at the source since; it was copied before, and its copy stays",
    ]
    assert Diary(pair.new).shows() == before


def test_what_is_not_kept_of_an_appointment_is_said_of_it_by_name(either: Pair) -> None:
    """Each stands in the report for itself, so that its owner finds it."""
    for subject in ("Plan", "Review"):
        Diary(either.old).put(
            f"<t:Subject>{subject}</t:Subject>{HOUR}<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>"
            "ann@example.net</t:EmailAddress></t:Mailbox></t:Attendee></t:RequiredAttendees>"
        )
    done = either.at.migrate()

    assert of(done) == Counts(found=4, copied=4)
    lines = said(either, done)
    assert sorted(line.partition(" (")[0] for line in lines) == ["Calendar: Plan", "Calendar: Review"]
    assert all("its invitations were never sent" in line for line in lines)


def test_calendars_are_named_in_the_report_of_mail_that_moves_alone(tmp_path: Path) -> None:
    """Whoever did not tick them reads that they are still in the old mailbox; else nothing is said of them."""
    with pair_of(tmp_path, "2019") as pair:
        Diary(pair.old).single("Dentist")
        done = pair.at.migrate()

        lines = pair.at.engine.store.reported(done.task_id).failures
        assert [(line.folder, line.item, line.reason) for line in lines if line.folder] == [
            ("Calendar", "1 item", "a folder for appointments, which this migration does not move"),
        ]


def test_a_calendar_of_its_own_is_made_and_goes_again(pair: Pair) -> None:
    """Below the calendar, with its name; a rollback leaves the mailbox's own calendar alone."""
    inner = new_folder(pair, "Choir", "IPF.Appointment", parent="calendar")
    Diary(pair.old, f'<t:FolderId Id="{inner}"/>').single("Rehearsal")
    Diary(pair.new).single("mine")
    done = pair.at.migrate()

    assert of(done).copied == 3
    assert ("Calendar", "Choir") in {one.folder for one in pair.at.messages()}
    pair.at.roll_back(done.task_id)
    assert [line[0] for line in Diary(pair.new).shows()] == ["mine"]


def test_a_mailbox_without_an_appointment_is_no_error(tmp_path: Path) -> None:
    """There is nothing to move, and the step says so."""
    with pair_of(tmp_path, "2019", contents=TABLE) as pair:
        pair.old.create("letter", "Message", "", SENT, "")
        done = pair.at.migrate()

        assert (done.state, of(done)) == (State.COMPLETED, Counts())
        assert done.step(Content.CALENDARS).ended is not None
