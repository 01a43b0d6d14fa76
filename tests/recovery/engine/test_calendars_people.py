"""A rollback knows whether the owner has changed whom an appointment is with, however a server shows these people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.exchange.calendar_box import HOUR, Box
from tests.contract.exchange.conftest import PASSWORD
from tests.recovery.engine.test_calendars_moved import Moving, moving_from
from tests.servers.calendars.seeds import ATTENDEE

GUEST, BOB = "ann.lee@example.org", "bob@example.org"      # whom the new organization knows
STRANGER = "zoe@elsewhere.example.net"


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[Moving]:
    """Two of the guests have a mailbox where the owner moves to."""
    with moving_from(tmp_path, "2019") as made:
        for guest in (GUEST, BOB):
            made.new.emulator.add_mailbox(guest, password=PASSWORD)
        yield made


def put(box: Box, subject: str, *guests: str) -> None:
    """An appointment with them."""
    people = "".join(ATTENDEE.format(one.partition("@")[0], one, "SMTP", "Unknown") for one in guests)
    box.put(f"<t:Subject>{subject}</t:Subject>{HOUR}<t:RequiredAttendees>{people}</t:RequiredAttendees>")


def shows(box: Box, subject: str, *shown: tuple[str, str]) -> None:
    """From now on the server shows an address in the place of another one."""
    for was, now in shown:
        box.sql("UPDATE item SET extra=replace(extra, ?, ?) WHERE subject=?", was, now, subject)


def test_people_whom_the_server_shows_otherwise_are_not_taken_for_others(moving: Moving) -> None:
    """By the directory's own address, in capitals, under another name; nor is it a change that somebody answered."""
    for subject in ("directory's own", "capitals", "name", "answer"):
        put(moving.old, subject, GUEST, BOB, STRANGER)
    done = moving.migrate()
    [internal] = moving.new.emulator.ex_addresses(GUEST)
    shows(moving.new, "directory's own", (GUEST, internal), ("SMTP", "EX"))
    shows(moving.new, "capitals", (STRANGER, STRANGER.upper()))
    shows(moving.new, "name", ("<t:Name>zoe</t:Name>", "<t:Name>Zoe Stranger</t:Name>"))
    shows(moving.new, "answer", ("<t:ResponseType>Unknown", "<t:ResponseType>Accept"))
    back = moving.at.roll_back(done.task_id)

    assert (back.rollback.removed, back.rollback.kept) == (4, 0), moving.said(back)
    assert moving.new.ids() == []


@pytest.mark.parametrize("other", ["somebody@elsewhere.example.net", "bob@elsewhere.example.net"])
def test_one_guest_in_the_place_of_another_is_a_change(moving: Moving, other: str) -> None:
    """There are as many as before; whoever changed it finds it again, and reads why it stayed."""
    put(moving.old, "swapped", GUEST, BOB)
    put(moving.old, "as it was", GUEST, BOB)
    done = moving.migrate()
    shows(moving.new, "swapped", (BOB, other))
    back = moving.at.roll_back(done.task_id)

    assert (back.rollback.removed, back.rollback.kept) == (1, 1)
    assert "Calendar: swapped: changed since the migration, so it stays" in moving.said(back)


def test_a_guest_in_the_place_of_a_colleague_of_the_same_organization_is_a_change(moving: Moving) -> None:
    """Though the directory knows both of them."""
    put(moving.old, "swapped", GUEST, STRANGER)
    done = moving.migrate()
    shows(moving.new, "swapped", (GUEST, BOB))
    back = moving.at.roll_back(done.task_id)

    assert (back.rollback.removed, back.rollback.kept) == (0, 1)
