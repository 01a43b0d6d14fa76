"""What changed at the source since it was copied counts as changed: also what no pattern or text tells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emulators.exchange.recurrence import Series
from tests.contract.exchange.calendar_box import FILE, Box
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.recovery.engine.test_calendars_seeded import invitation
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import ATTENDEE, INVITED, Own, Seed, clock, people, told
from tests.servers.exchange.pair import OLD

START = clock(2027, 3, 8, 9)
ME = people(ATTENDEE.format("old", OLD, "SMTP", "Unknown"))
BOSS = f"ORGANIZER:mailto:boss@example.net\r\nATTENDEE:mailto:{OLD}\r\n"


def _answered(name: str) -> Callable[[Box, str], None]:
    def answer(box: Box, item_id: str) -> None:
        box.call(
            f'<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:{name}><t:ReferenceItemId Id="{item_id}"/>'
            f"</t:{name}></m:Items></m:CreateItem>")
    return answer


def _cancelled(box: Box, _item_id: str) -> None:
    raw = invitation("CANCEL", "invited@example.net", SEED.utc(START), people=BOSS)
    assert box.emulator.receive_meeting(OLD, raw) == "cancelled"


def _renamed(box: Box, item_id: str) -> None:
    item = box.shown(f'<t:ItemId Id="{item_id}"/>')
    [old] = [one.get("Id") for one in item.iter("{*}AttachmentId")]
    named = f'<m:AttachmentIds><t:AttachmentId Id="{old}"/></m:AttachmentIds>'
    box.call(f"<m:DeleteAttachment>{named}</m:DeleteAttachment>")
    box.attach(item_id, FILE.format("final plan.txt", "cGxhbg=="))


def _answered_once(box: Box, item_id: str) -> None:
    _answered("TentativelyAcceptItem")(box, box.occurrence_id(item_id, 3))


SEED = Seed("review", START, elements=ME, files=(("plan.txt", b"plan"),),
            kept=INVITED | {"response": "NoResponseReceived", "busy": "Tentative"})
CHANGES: dict[str, tuple[Seed, Callable[[Box, str], None]]] = {
    "the owner accepts perhaps": (SEED, _answered("TentativelyAcceptItem")),
    "the owner answers one day of a series otherwise": (
        Seed("review", START, elements=ME, series=Series("DailyRecurrence", START.date(), number=5),
             own={3: Own(elements=told(Location="Lyon"))},
             kept=INVITED | {"response": "NoResponseReceived", "busy": "Tentative"}), _answered_once),
    "the organizer cancels what blocks no time": (
        Seed("review", START, elements=ME, kept=INVITED | {"busy": "Free"}), _cancelled),
    "a file gets another name": (SEED, _renamed),
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_what_changed_at_the_source_counts_as_changed(tmp_path: Path, name: str) -> None:
    """An answer, a cancellation, the name of a file."""
    seed, change = CHANGES[name]
    with moving_from(tmp_path, "2019") as moving:
        plant(moving.old.database, OLD, [seed, Seed("else", START)])
        moving.migrate()
        [item_id] = [one for one in moving.old.ids()
                     if moving.old.shown(f'<t:ItemId Id="{one}"/>').findtext("{*}Subject") == "review"]
        change(moving.old, item_id)
        again = moving.migrate()

        assert moving.counts(again).changed == 1, (moving.counts(again), moving.said(again))
