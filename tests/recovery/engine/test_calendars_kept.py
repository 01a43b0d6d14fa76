"""A rollback keeps what the owner has changed since: also an answer, a link, the name of a file, a reminder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emulators.exchange import Fault
from tests.contract.exchange.calendar_box import FILE, Box
from tests.contract.exchange.test_calendars_unproven import KINDEST
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import ATTENDEE, INVITED, Seed, clock, people
from tests.servers.exchange.pair import OLD

START = clock(2027, 3, 8, 9)
ME = people(ATTENDEE.format("old", OLD, "SMTP", "Unknown"))
LINK = '<t:Body BodyType="HTML">&lt;p&gt;&lt;a href="https://{}.example.org/"&gt;Join&lt;/a&gt;&lt;/p&gt;</t:Body>'


def _set(*change: tuple[str, str]) -> Callable[[Box, str], None]:
    return lambda box, item_id: box.update(f'<t:ItemId Id="{item_id}"/>', *change)


def _perhaps(box: Box, item_id: str) -> None:
    box.call(
        '<m:CreateItem MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone"><m:Items>'
        f'<t:TentativelyAcceptItem><t:ReferenceItemId Id="{item_id}"/>'
        "</t:TentativelyAcceptItem></m:Items></m:CreateItem>")


def _renamed(box: Box, item_id: str) -> None:
    item = box.shown(f'<t:ItemId Id="{item_id}"/>')
    [old] = [one.get("Id") for one in item.iter("{*}AttachmentId")]
    named = f'<m:AttachmentIds><t:AttachmentId Id="{old}"/></m:AttachmentIds>'
    box.call(f"<m:DeleteAttachment>{named}</m:DeleteAttachment>")
    box.attach(item_id, FILE.format("final plan.txt", "cGxhbg=="))


SEED = Seed("review", START, elements=ME | {"Body": LINK.format("old")}, files=(("plan.txt", b"plan"),),
            kept=INVITED | {"response": "NoResponseReceived", "busy": "Tentative"})
CHANGES: dict[str, Callable[[Box, str], None]] = {
    "answers perhaps": _perhaps,
    "puts in another link": _set(("item:Body", LINK.format("new"))),
    "gives a file another name": _renamed,
    "sets a reminder": _set(("item:ReminderIsSet", "<t:ReminderIsSet>true</t:ReminderIsSet>")),
    "lets nobody propose other times": _set(
        ("calendar:AllowNewTimeProposal", "<t:AllowNewTimeProposal>false</t:AllowNewTimeProposal>")),
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_what_the_owner_changed_in_the_new_mailbox_stays(tmp_path: Path, name: str) -> None:
    """It is named as changed since the migration."""
    seed = SEED if name != "lets nobody propose other times" else Seed("review", START)
    if name == "sets a reminder":
        seed = Seed("review", START, elements={"ReminderIsSet": "<t:ReminderIsSet>false</t:ReminderIsSet>"})
    with moving_from(tmp_path, "2019") as moving:
        moving.new.emulator.configure(**KINDEST)
        plant(moving.old.database, OLD, [seed])
        done = moving.migrate()
        [item_id] = moving.new.ids()
        CHANGES[name](moving.new, item_id)
        back = moving.at.roll_back(done.task_id)

        assert len(moving.new.ids()) == 1, (back.rollback, moving.said(back))


def test_an_appointment_with_a_file_that_cannot_be_read_stays(tmp_path: Path) -> None:
    """The file may be its owner's: nobody can tell, and what a rollback removes is gone for good."""
    with moving_from(tmp_path, "2019") as moving:
        plant(moving.old.database, OLD, [Seed("plain", START)])
        done = moving.migrate()
        [made] = moving.new.ids()
        moving.new.attach(made, FILE.format("mine.txt", "QUJD"))
        moving.new.emulator.add_fault(Fault(
            operation="GetAttachment", nth=1, action="items", code="ErrorCannotOpenFileAttachment", positions=(0,)))

        back = moving.at.roll_back(done.task_id)

        assert (moving.new.ids(), back.rollback.kept) == ([made], 1)
