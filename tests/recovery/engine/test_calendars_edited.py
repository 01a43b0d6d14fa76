"""Whatever somebody changes of one occurrence, on either side, is noticed: by a second run, and by a rollback."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from emulators.exchange.recurrence import Series
from tests.contract.exchange.calendar_box import FILE, Box, occurrence
from tests.contract.exchange.test_calendars_unproven import KINDEST
from tests.recovery.engine.test_calendars_seeded import Planted, planted
from tests.servers.calendars.planting import written
from tests.servers.calendars.seeds import ANN, HOUR, Seed, clock, exceptions, people, told
from tests.servers.world import ADDRESS

Edit = Callable[[Box, str, Seed], None]
PLAIN, ODD = 1, 4       # an occurrence that is as its series, and one that has a subject of its own


def _set(index: int, field: str, element: str) -> Edit:
    return lambda box, master, _: box.update(occurrence(master, index), (field, element))


def _moved(box: Box, master: str, seed: Seed) -> None:
    start = seed.utc(seed.wall(PLAIN)) + HOUR
    box.update(
        occurrence(master, PLAIN), ("calendar:Start", f"<t:Start>{written(start)}</t:Start>"),
        ("calendar:End", f"<t:End>{written(start + HOUR)}</t:End>"))


def _attached(box: Box, master: str, _: Seed) -> None:
    box.attach(box.occurrence_id(master, PLAIN), FILE.format("late.txt", "AAAA"))


def _detached(index: int) -> Edit:
    def detach(box: Box, master: str, _: Seed) -> None:
        item = box.shown(occurrence(master, index))
        [attachment] = [one.get("Id") for one in item.iter("{*}AttachmentId")]
        box.call(f'<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id="{attachment}"/></m:AttachmentIds>'
                 "</m:DeleteAttachment>")
    return detach


def _whole(field: str, element: str) -> Edit:
    return lambda box, item_id, _: box.update(item(item_id), (field, element))


def _without(box: Box, item_id: str, _: Seed) -> None:
    """Takes the only file away."""
    [attachment] = [one.get("Id") for one in box.shown(item(item_id)).iter("{*}AttachmentId")]
    box.call(f'<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id="{attachment}"/></m:AttachmentIds>'
             "</m:DeleteAttachment>")


def _with(box: Box, item_id: str, _: Seed) -> None:
    box.attach(item_id, FILE.format("late.txt", "AAAA"))


# Of an appointment, or of a whole series.
WHOLE: dict[str, Edit] = {
    "subject": _whole("item:Subject", "<t:Subject>Edited</t:Subject>"),
    "sensitivity": _whole("item:Sensitivity", "<t:Sensitivity>Private</t:Sensitivity>"),
    "importance": _whole("item:Importance", "<t:Importance>Low</t:Importance>"),
    "body": _whole("item:Body", '<t:Body BodyType="HTML">&lt;i&gt;Edited&lt;/i&gt;</t:Body>'),
    "no category": _whole("item:Categories", ""),
    "when it reminds": _whole("item:ReminderMinutesBeforeStart", told(ReminderMinutesBeforeStart="7")[
        "ReminderMinutesBeforeStart"]),
    "no place": _whole("calendar:Location", ""),
    "people": _whole("calendar:RequiredAttendees", people(ANN)["RequiredAttendees"]),
    "more people": _whole("calendar:OptionalAttendees", f"<t:OptionalAttendees>{ANN}</t:OptionalAttendees>"),
    "rooms": _whole("calendar:Resources", f"<t:Resources>{ANN}</t:Resources>"),
    "whole days": _whole("calendar:IsAllDayEvent", "<t:IsAllDayEvent>true</t:IsAllDayEvent>"),
    "free or busy": _whole("calendar:LegacyFreeBusyStatus", told(LegacyFreeBusyStatus="Tentative")[
        "LegacyFreeBusyStatus"]),
    "no answers wanted": _whole("calendar:IsResponseRequested", "<t:IsResponseRequested>false</t:IsResponseRequested>"),
    "zone": _whole("calendar:StartTimeZone", '<t:StartTimeZone Id="AUS Eastern Standard Time"/>'),
    "how long": lambda box, item_id, seed: box.update(item(item_id), ("calendar:End", (
        f"<t:End>{written(seed.utc(seed.start) + 2 * HOUR)}</t:End>"))),
    "zone alone": lambda box, item_id, seed: box.update(
        item(item_id), ("calendar:StartTimeZone", '<t:StartTimeZone Id="AUS Eastern Standard Time"/>'),
        ("calendar:Start", f"<t:Start>{written(seed.utc(seed.start))}</t:Start>"),
        ("calendar:End", f"<t:End>{written(seed.utc(seed.start) + HOUR)}</t:End>")),
    "another guest": _whole("calendar:RequiredAttendees", people(ANN.replace("ann@", "zoe@"))["RequiredAttendees"]),
    "file": _with,
    "no file": _without,
}
# At the source alone: in the new mailbox a guest's item may say something else than was written.
AT_THE_SOURCE: dict[str, Edit] = {
    "no other times": _whole("calendar:AllowNewTimeProposal", "<t:AllowNewTimeProposal>false</t:AllowNewTimeProposal>"),
}
EDITS: dict[str, Edit] = {
    "subject": _set(PLAIN, "item:Subject", "<t:Subject>Edited</t:Subject>"),
    "the subject of one that has its own": _set(ODD, "item:Subject", "<t:Subject>Edited</t:Subject>"),
    "body": _set(PLAIN, "item:Body", '<t:Body BodyType="Text">Edited</t:Body>'),
    "place": _set(PLAIN, "calendar:Location", "<t:Location>Edited</t:Location>"),
    "no place": _set(PLAIN, "calendar:Location", ""),
    "people": _set(PLAIN, "calendar:RequiredAttendees", people(ANN)["RequiredAttendees"]),
    "categories": _set(PLAIN, "item:Categories", "<t:Categories><t:String>Edited</t:String></t:Categories>"),
    "free or busy": _set(PLAIN, "calendar:LegacyFreeBusyStatus", told(LegacyFreeBusyStatus="Free")[
        "LegacyFreeBusyStatus"]),
    "importance": _set(PLAIN, "item:Importance", "<t:Importance>High</t:Importance>"),
    "when it reminds": _set(PLAIN, "item:ReminderMinutesBeforeStart", told(ReminderMinutesBeforeStart="5")[
        "ReminderMinutesBeforeStart"]),
    "time": _moved,
    "deleted": lambda box, master, _: box.delete(occurrence(master, PLAIN)),
    "one that had its own, deleted": lambda box, master, _: box.delete(occurrence(master, ODD)),
    "file": _attached,
    "no file": _detached(PLAIN),
    "no file, of one that has its own subject": _detached(ODD),
}


def item(item_id: str) -> str:
    """An item, in a request."""
    return f'<t:ItemId Id="{item_id}"/>'


def whole_seeds(*, repeated: bool) -> list[Seed]:
    """An appointment or a series for each edit of all of it, and one that nobody edits."""
    found = []
    for minute, name in enumerate([*WHOLE, *AT_THE_SOURCE, "nothing"]):
        start = clock(2027, 1, 6, 6, minute)
        found.append(Seed(
            name, start, series=of_daily(start.date()) if repeated else None, files=(("plan.txt", b"plan"),),
            categories=("Red",), elements=told(Location="Room 1") | (people(ANN) if name == "another guest" else {}),
            kept={"sent": name == "another guest"}))
    return found


@pytest.mark.parametrize("repeated", [False, True], ids=["an appointment", "a series"])
def test_any_field_that_somebody_edits_is_noticed_on_both_sides(tmp_path: Path, repeated: bool) -> None:
    """A second run counts what changed at the source; a rollback takes only what nobody edited, reminders apart."""
    with planted(tmp_path, KINDEST, whole_seeds(repeated=repeated)) as at:
        moving, named = at.moving, {seed.subject: seed for seed in at.seeds}
        done, there, here = moving.migrate(), at.old.ids(), at.new.ids()
        for name, change in WHOLE.items():
            change(moving.old, there[name][0], named[name])
            change(moving.new, here[name][0], named[name])
        for name, change in AT_THE_SOURCE.items():
            change(moving.old, there[name][0], named[name])
        dismissed = told(ReminderIsSet="false")["ReminderIsSet"]
        moving.new.update(item(here["nothing"][0]), ("item:ReminderIsSet", dismissed))
        again = moving.migrate()
        back = moving.at.roll_back(done.task_id)

        names = {line.split(": ")[1].partition(" (")[0] for line in moving.said(again)}
        assert names == ({*WHOLE, *AT_THE_SOURCE} - {"subject"}) | {"Edited"}
        assert moving.counts(again).changed == len(WHOLE) + len(AT_THE_SOURCE)
        stays = ["Edited" if name == "subject" else name for name in WHOLE]
        assert sorted(moving.said(back)) == sorted(
            f"Calendar: {name}: changed since the migration, so it stays" for name in stays)
        assert (back.rollback.removed, back.rollback.kept) == (1 + len(AT_THE_SOURCE), len(WHOLE))


def seeds() -> list[Seed]:
    """A series for each edit, and one that nobody edits."""
    found = []
    for day, name in enumerate([*EDITS, "nothing"]):
        start = clock(2025, 1, 6, 6, day)
        plain = Seed(name, start, series=of_daily(start.date()), files=(("plan.txt", b"plan"),), categories=("Red",),
                     elements=told(Location="Room 1"))
        own = exceptions([plain.wall(index) for index in range(1, 13)])
        found.append(Seed(name, start, series=plain.series, files=plain.files, categories=("Red",),
                          elements=plain.elements, own={ODD: own[ODD]}))
    return found


def of_daily(start: date) -> Series:
    """Every third day, without end."""
    return Series("DailyRecurrence", start, interval=3)


def edit(at: Planted, box: Box, ids: dict[str, list[str]]) -> None:
    """Edits each series otherwise."""
    for seed in at.seeds:
        if seed.subject in EDITS:
            EDITS[seed.subject](box, ids[seed.subject][0], seed)


def test_what_changed_at_the_source_is_counted_and_named_and_never_copied_again(tmp_path: Path) -> None:
    """A series that nobody edited is not among it."""
    with planted(tmp_path, KINDEST, seeds()) as at:
        moving = at.moving
        moving.migrate()
        before = moving.new.emulator.dump(ADDRESS)
        edit(at, moving.old, at.old.ids())
        again = moving.migrate()
        counts, said = moving.counts(again), moving.said(again)

        assert (counts.copied, counts.already_there, counts.changed) == (0, len(at.seeds), len(EDITS)), said
        assert {name for name in EDITS if any(f": {name} (" in line for line in said)} == set(EDITS)
        assert not any(": nothing (" in line for line in said)
        assert moving.new.emulator.dump(ADDRESS) == before


def test_what_its_owner_changed_of_one_occurrence_stays(tmp_path: Path) -> None:
    """A rollback takes the one that nobody edited, and names the others."""
    with planted(tmp_path, KINDEST, seeds()) as at:
        done = at.moving.migrate()
        edit(at, at.moving.new, at.new.ids())
        back = at.moving.at.roll_back(done.task_id)

        assert {one for one in at.new.ids() if not one.startswith("my ")} == set(EDITS)
        assert (back.rollback.removed, back.rollback.kept) == (1, len(EDITS))
        said = at.moving.said(back)
        # The subject is that of the series, whatever its occurrences are called.
        assert sorted(said) == sorted(f"Calendar: {name}: changed since the migration, so it stays" for name in EDITS)
