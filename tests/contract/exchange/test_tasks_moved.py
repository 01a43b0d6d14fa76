"""Tasks and sticky notes, read as elements that another mailbox takes, and what is said of what it does not keep."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from emulators.exchange.fragments import written
from emulators.exchange.settings import VersionName
from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.record import Counts, Migration, State
from tests.servers.exchange.pair import SOMEONES, Pair, named, new_folder, pair_of, tagged
from tests.servers.exchange.tasks import WEEKLY, Desk, assigned, looks, notes, standard

FULL = (
    "<t:Subject>Write &amp; send</t:Subject><t:Sensitivity>Private</t:Sensitivity>"
    '<t:Body BodyType="HTML">&lt;html&gt;&lt;body&gt;&lt;b&gt;all&lt;/b&gt; of it&lt;/body&gt;&lt;/html&gt;</t:Body>'
    "<t:Categories><t:String>Red</t:String><t:String>Ü</t:String></t:Categories><t:Importance>High</t:Importance>"
    "<t:ReminderDueBy>2044-03-04T08:00:00Z</t:ReminderDueBy><t:ReminderIsSet>true</t:ReminderIsSet>"
    "<t:ReminderMinutesBeforeStart>0</t:ReminderMinutesBeforeStart>"
    + named("Task", 0x8123, "Integer", "-7") + named("Common", 0x85A0, "SystemTime", "2043-01-02T03:04:05Z")
    + named("Common", 0x85A1, "String", "5555") + named("Task", 0x8103, "Boolean", "true")
    + "<t:ActualWork>90</t:ActualWork><t:BillingInformation>on the house</t:BillingInformation>"
    "<t:Companies><t:String>Zeta</t:String><t:String>Alpha</t:String></t:Companies>"
    "<t:Contacts><t:String>Ann</t:String></t:Contacts><t:DueDate>2044-03-05T00:00:00Z</t:DueDate>"
    "<t:Mileage>12 km</t:Mileage><t:PercentComplete>40</t:PercentComplete>"
    "<t:StartDate>2044-03-01T00:00:00Z</t:StartDate><t:Status>WaitingOnOthers</t:Status><t:TotalWork>480</t:TotalWork>"
)
PAST = "<t:CompleteDate>2019-03-05T10:20:30Z</t:CompleteDate>"
# How each pattern is written, and the day on or after 2044-03-07, a Monday, on which it begins.
PATTERNS = {
    "daily": "<t:DailyRecurrence><t:Interval>3</t:Interval></t:DailyRecurrence>",
    "weekly": "<t:WeeklyRecurrence><t:Interval>2</t:Interval><t:DaysOfWeek>Monday Friday</t:DaysOfWeek>"
              "<t:FirstDayOfWeek>Monday</t:FirstDayOfWeek></t:WeeklyRecurrence>",
    "monthly": "<t:AbsoluteMonthlyRecurrence><t:Interval>2</t:Interval><t:DayOfMonth>31</t:DayOfMonth>"
               "</t:AbsoluteMonthlyRecurrence>",
    "relative monthly": "<t:RelativeMonthlyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Weekday</t:DaysOfWeek>"
                        "<t:DayOfWeekIndex>Last</t:DayOfWeekIndex></t:RelativeMonthlyRecurrence>",
    "yearly": "<t:AbsoluteYearlyRecurrence><t:DayOfMonth>29</t:DayOfMonth><t:Month>February</t:Month>"
              "</t:AbsoluteYearlyRecurrence>",
    "relative yearly": "<t:RelativeYearlyRecurrence><t:DaysOfWeek>Sunday</t:DaysOfWeek>"
                       "<t:DayOfWeekIndex>Second</t:DayOfWeekIndex><t:Month>May</t:Month></t:RelativeYearlyRecurrence>",
    **{
        f"{name.lower()} again": f"<t:{name}Regeneration><t:Interval>2</t:Interval></t:{name}Regeneration>"
        for name in ("Daily", "Weekly", "Monthly", "Yearly")
    },
}
ENDS = {
    "for ever": "<t:NoEndRecurrence><t:StartDate>2044-03-07</t:StartDate></t:NoEndRecurrence>",
    "by a day": "<t:EndDateRecurrence><t:StartDate>2044-03-07</t:StartDate><t:EndDate>2050-01-01</t:EndDate>"
                "</t:EndDateRecurrence>",
    "by number": "<t:NumberedRecurrence><t:StartDate>2044-03-07</t:StartDate>"
                 "<t:NumberOfOccurrences>4</t:NumberOfOccurrences></t:NumberedRecurrence>",
}


@pytest.fixture(params=["2010", "2019"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    """A mailbox on a server of that version, and an empty one."""
    yield from _opened(tmp_path, request.param)


@pytest.fixture
def newest(tmp_path: Path) -> Iterator[Pair]:
    """The same, on the newest version."""
    yield from _opened(tmp_path, "2019")


def _opened(directory: Path, version: VersionName) -> Iterator[Pair]:
    table = contents(CONTENTS[Content.TASKS], CONTENTS[Content.NOTES])
    with pair_of(directory, version, contents=table) as made:
        yield made


@dataclass(frozen=True)
class Moved:
    """A migration, and what its report says: the item, or where, and the words."""

    done: Migration
    said: tuple[tuple[str, str], ...]

    def counts(self, content: Content = Content.TASKS) -> Counts:
        return self.done.step(content).counts


def move(pair: Pair) -> Moved:
    """Migrates; everything is copied or there already."""
    done = pair.at.migrate()
    assert done.state is State.COMPLETED
    lines = pair.at.engine.store.reported(done.task_id).failures
    return Moved(done, tuple((line.item.partition(" (")[0], line.reason) for line in lines))


def as_it_was(pair: Pair) -> None:
    """Both mailboxes say the same of their tasks and notes; a second run finds all of it, and a rollback removes it."""
    again = move(pair)
    assert again.counts().copied == again.counts().changed == 0
    assert Desk(pair.new).facts() == Desk(pair.old).facts()
    assert notes(pair.new).facts() == notes(pair.old).facts()


def rolled_back(pair: Pair, moved: Moved) -> list[str]:
    """What is there after a rollback."""
    assert pair.at.roll_back(moved.done.task_id).state is State.ROLLED_BACK
    return [*Desk(pair.new).subjects(), *notes(pair.new).subjects()]


def test_a_task_with_every_field_is_the_same(pair: Pair) -> None:
    """By raw XML, the properties beside its fields too; nothing is said of it, and its digest is that of a rollback."""
    Desk(pair.old).put(FULL)
    moved = move(pair)

    assert (moved.counts(), moved.said) == (Counts(found=1, copied=1), ())
    as_it_was(pair)
    assert rolled_back(pair, moved) == []


def test_tasks_of_every_pattern_and_end_recur_as_before(newest: Pair) -> None:
    """Those that come again some time after they are done, too."""
    for (name, pattern), end in product(PATTERNS.items(), ENDS):
        days = "<t:StartDate>2044-03-07T00:00:00Z</t:StartDate>" if "again" in name else ""
        due = "<t:DueDate>2044-03-09T00:00:00Z</t:DueDate>"
        series = f"<t:Recurrence>{pattern}{ENDS[end]}</t:Recurrence>"
        Desk(newest.old).put(f"<t:Subject>{name}, {end}</t:Subject>{due}{series}{days}")
    moved = move(newest)

    assert (moved.counts().copied, moved.said) == (len(PATTERNS) * len(ENDS), ())
    as_it_was(newest)
    assert rolled_back(newest, moved) == []


def test_how_far_a_task_has_come_stays(newest: Pair) -> None:
    """Its status, how much is done, and when it was completed, in the past."""
    statuses = ("NotStarted", "InProgress", "WaitingOnOthers", "Deferred", "Completed")
    for status in statuses:
        done = PAST if status == "Completed" else f"<t:Status>{status}</t:Status>"
        part = "<t:PercentComplete>30.5</t:PercentComplete>" if status not in ("NotStarted", "Completed") else ""
        Desk(newest.old).put(f"<t:Subject>{status}</t:Subject>{done if status == 'Completed' else part + done}")
    moved = move(newest)

    assert (moved.counts().copied, moved.said) == (len(statuses), ())
    as_it_was(newest)
    assert rolled_back(newest, moved) == []


def test_a_series_that_is_over_stays_one_task(newest: Pair) -> None:
    """Its last one is done, and no next one comes of it at the destination."""
    old = Desk(newest.old)
    made = old.put(
        "<t:Subject>Round</t:Subject><t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>"
        "<t:NumberedRecurrence><t:StartDate>2019-03-07</t:StartDate><t:NumberOfOccurrences>1</t:NumberOfOccurrences>"
        "</t:NumberedRecurrence></t:Recurrence>"
    )
    old.set(made, "task:Status", "<t:Status>Completed</t:Status>")
    moved = move(newest)

    assert moved.counts() == Counts(found=1, copied=1)
    as_it_was(newest)
    assert rolled_back(newest, moved) == []


def test_an_open_series_stays_open_beside_what_was_done_of_it(newest: Pair) -> None:
    """Each that was completed is a task of its own; the series stands for its next day."""
    old = Desk(newest.old)
    old.set(old.single("Round", WEEKLY), "task:Status", "<t:Status>Completed</t:Status>")
    moved = move(newest)

    assert moved.counts() == Counts(found=2, copied=2)
    assert sorted(_days(Desk(newest.new))) == sorted(_days(old))
    assert rolled_back(newest, moved) == []


def test_a_series_that_says_it_began_before_stands_where_it_stood(newest: Pair, tmp_path: Path) -> None:
    """Some programs leave the day on which it began in it. Where it has a number of times, they are kept instead."""
    stands = {"for ever": True, "by a day": True, "by number": False}
    for end in stands:
        days = "<t:DueDate>2044-03-07T00:00:00Z</t:DueDate>{}<t:StartDate>2044-03-07T00:00:00Z</t:StartDate>"
        series = f"<t:Recurrence>{PATTERNS['daily']}{ENDS[end]}</t:Recurrence>"
        Desk(newest.old).put(f"<t:Subject>{end}</t:Subject>{days.format(series)}")
        as_stored(tmp_path, end, StartDate="2044-03-13T00:00:00Z", DueDate="2044-03-13T00:00:00Z")
    moved = move(newest)

    due = {one.findtext("{*}Subject"): (one.findtext("{*}DueDate") or "")[:10] for one in Desk(newest.new).all()}
    assert due == {end: "2044-03-13" if stays else "2044-03-07" for end, stays in stands.items()}
    assert [item for item, _ in moved.said] == ["by number"]
    assert rolled_back(newest, moved) == []


def as_stored(directory: Path, subject: str, **fields: str | None) -> None:
    """Gives what is so called at the source what no request could: these fields; one that is None is taken away."""
    with sqlite3.connect(directory / "old.sqlite", timeout=30) as db:
        for name, value in fields.items():
            change = f"json_remove(extra, '$.{name}')" if value is None else f"json_set(extra, '$.{name}', ?)"
            values = () if value is None else (written(name, value),)
            done = db.execute(f"UPDATE item SET extra = {change} WHERE subject = ?", (*values, subject))
            assert done.rowcount == 1
    db.close()


def test_what_no_server_takes_of_how_far_a_task_has_come_is_named(newest: Pair, tmp_path: Path) -> None:
    """It arrives all the same: completed, or not begun."""
    fields: dict[str, dict[str, str | None]] = {
        "does not tell when it was completed": {"CompleteDate": None},
        "at a time that is still to come": {"CompleteDate": "2101-01-01T00:00:00Z"},
        "for it has not been started": {"Status": "NotStarted", "PercentComplete": "40"},
    }
    for words, stored in fields.items():
        Desk(newest.old).put(f"<t:Subject>{words}</t:Subject>{PAST}")
        as_stored(tmp_path, words, **stored)
    moved = move(newest)

    found = {one.findtext("{*}Subject"): one for one in Desk(newest.new).all()}
    assert sorted(item for item, _ in moved.said) == sorted(found) == sorted(fields)
    assert all(words in reason for words, reason in moved.said)
    for words, one in found.items():
        assert one.findtext("{*}Status") == fields[words].get("Status", "Completed")
        assert (one.findtext("{*}CompleteDate") or "") < "2101"
    assert rolled_back(newest, moved) == []


def _days(desk: Desk) -> list[tuple[str, ...]]:
    fields = ("Subject", "DueDate", "Status", "IsRecurring", "CompleteDate")
    return [tuple(one.findtext(f"{{*}}{name}") or "" for name in fields) for one in desk.all()]


def test_reminders_of_what_is_past_keep_silent_and_others_ring(newest: Pair) -> None:
    """One that its owner has put off rings when they said so."""
    old = Desk(newest.old)
    rings = "<t:ReminderDueBy>{}-03-04T08:00:00Z</t:ReminderDueBy><t:ReminderIsSet>true</t:ReminderIsSet>{}"
    put_off = named("Common", 0x8560, "SystemTime", "2044-03-06T08:00:00Z")
    for name, year, more in (("past", 2019, ""), ("to come", 2044, ""), ("put off", 2019, put_off)):
        old.put(f"<t:Subject>{name}</t:Subject>{rings.format(year, more)}")
    moved = move(newest)

    found = Desk(newest.new).facts()
    assert {name: "true" in one["ReminderIsSet"][0] for name, one in found.items()} == {
        "past": False, "to come": True, "put off": True,
    }
    assert all(one["ReminderDueBy"] == old.facts()[name]["ReminderDueBy"] for name, one in found.items())
    assert "2044-03-06T08:00:00Z" in "".join(found["put off"]["ExtendedProperty"])
    assert rolled_back(newest, moved) == []


def test_an_assigned_task_is_readable_and_said_to_stand_alone(newest: Pair) -> None:
    """With whose it is and who has assigned it; nobody is written to."""
    old = Desk(newest.old)
    old.put(f"<t:Subject>given</t:Subject>{assigned('Bob', 'Claire', 1)}")
    old.put(f"<t:Subject>taken</t:Subject>{assigned('Claire', 'Ann', 2)}")
    old.put(f"<t:Subject>own</t:Subject>{assigned('Claire', '', 0)}")
    moved = move(newest)

    alone = "here it is a task of this mailbox alone, and nobody is told how it goes on"
    assert set(moved.said) == {
        ("given", f"it was assigned to “Bob”; {alone}"), ("taken", f"it was assigned by “Ann”; {alone}"),
    }
    names = {
        name: re.findall("<t:Value[^>]*>(.*?)</t:Value>", "".join(one.get("ExtendedProperty", [])))
        for name, one in Desk(newest.new).facts().items()
    }
    assert names == {"given": ["Bob", "Claire"], "taken": ["Claire", "Ann"], "own": []}
    assert newest.at.emulator.outgoing() == []
    assert rolled_back(newest, moved) == []


def test_files_and_items_that_are_attached_arrive(newest: Pair) -> None:
    """A file as it is, a message and an appointment as such."""
    old = Desk(newest.old)
    old.attach(
        old.single("Write"),
        "<t:FileAttachment><t:Name>plan.txt</t:Name><t:Content>QUJD</t:Content></t:FileAttachment>",
        "<t:ItemAttachment><t:Name>talk</t:Name><t:CalendarItem><t:Subject>talk</t:Subject>"
        "<t:Start>2024-03-04T09:00:00Z</t:Start><t:End>2024-03-04T10:00:00Z</t:End></t:CalendarItem></t:ItemAttachment>",
        f"<t:ItemAttachment><t:Name>before</t:Name><t:Task><t:Subject>before</t:Subject>{PAST}</t:Task></t:ItemAttachment>",
    )
    moved = move(newest)

    here = next(Desk(newest.new).all())
    attached = [(one.tag.rpartition("}")[2], one.findtext("{*}Name")) for one in here.iterfind("{*}Attachments/*")]
    assert attached == [("FileAttachment", "plan.txt"), ("ItemAttachment", "talk"), ("ItemAttachment", "before")]
    assert moved.said == ()
    inner = [Desk(mailbox).attached("Write", "before") for mailbox in (newest.old, newest.new)]
    assert inner[0] == inner[1]
    assert "2019-03-05T10:20:30Z" in inner[1]["CompleteDate"][0]
    assert rolled_back(newest, moved) == []


def test_what_a_program_left_on_a_task_stays_behind(newest: Pair) -> None:
    """An earlier tag of ours among it."""
    Desk(newest.old).put(f"<t:Subject>Write</t:Subject>{SOMEONES}")
    move(newest)

    [found] = Desk(newest.new).all()
    assert "Theirs" not in "".join(str(one) for one in found.itertext())


def test_folders_of_tasks_and_of_notes_come_with_their_own_below(newest: Pair) -> None:
    """Below the mailbox's own ones; and go again."""
    inner = new_folder(newest, "Home", "IPF.Task", parent="tasks")
    deeper = new_folder(newest, "Garden", "IPF.Task", parent=f'<t:FolderId Id="{inner}"/>')
    Desk(newest.old, f'<t:FolderId Id="{deeper}"/>').single("Dig")
    former = new_folder(newest, "Old", "IPF.StickyNote", parent="notes")
    notes(newest.old, f'<t:FolderId Id="{former}"/>').single("Milk")
    Desk(newest.new).single("mine")
    moved = move(newest)

    assert sorted(one.folder for one in newest.at.messages()) == [
        ("Notes", "Old"), ("Tasks",), ("Tasks", "Home", "Garden"),
    ]
    assert rolled_back(newest, moved) == ["mine"]


def test_a_note_is_the_same_with_its_looks(pair: Pair) -> None:
    """Text, colour, size and place, categories, picture, whether it is read, and when it came."""
    inside = (
        "<t:ItemClass>IPM.StickyNote</t:ItemClass><t:Subject>Milk</t:Subject>"
        '<t:Body BodyType="Text">Milk\nand eggs</t:Body><t:Categories><t:String>Red</t:String></t:Categories>'
    )
    came = tagged("0x0E06", "SystemTime", "2020-05-17T08:30:07Z") + tagged("0x0E07", "Integer", "1")
    notes(pair.old).put(inside + came + tagged("0x1080", "Integer", "772") + looks(colour="4"))
    notes(pair.old).put(inside.replace("Milk", "Bread") + looks(colour="0"))
    moved = move(pair)

    assert (moved.counts(Content.NOTES), moved.said) == (Counts(found=2, copied=2), ())
    as_it_was(pair)
    received = {one.findtext("{*}Subject"): one.findtext("{*}DateTimeReceived") for one in notes(pair.new).all()}
    assert received["Milk"] == "2020-05-17T08:30:07Z"
    assert rolled_back(pair, moved) == []


def test_a_note_without_a_colour_is_yellow(newest: Pair) -> None:
    """As mail programs show it; by its colour a list tells it from mail."""
    notes(newest.old).put("<t:ItemClass>IPM.StickyNote</t:ItemClass><t:Subject>Milk</t:Subject>")
    moved, again = move(newest), move(newest)

    [found] = notes(newest.new).all()
    assert [one.findtext("{*}Value") for one in found.iterfind("{*}ExtendedProperty")] == ["3"]
    assert again.counts(Content.NOTES) == Counts(found=1, already_there=1)
    assert rolled_back(newest, moved) == []


def test_what_is_no_note_in_a_folder_for_notes_is_left_out_and_named(newest: Pair) -> None:
    """A message that somebody has filed there."""
    notes(newest.old).single("Milk")
    notes(newest.old).put("<t:Subject>a letter</t:Subject>")
    moved = move(newest)

    assert moved.counts(Content.NOTES) == Counts(found=2, copied=1, left_out=1)
    assert [item for item, _ in moved.said] == ["1 item"]
    assert notes(newest.new).subjects() == ["Milk"]


def test_a_note_that_its_owner_changed_stays_and_is_named(newest: Pair) -> None:
    """One that was only moved to Deleted Items is known again, and goes."""
    for name in ("Milk", "Eggs", "Bread"):
        notes(newest.old).single(name)
    moved = move(newest)
    desk = notes(newest.new)
    desk.set(desk.id_of("Milk"), "item:Body", '<t:Body BodyType="Text">Bread</t:Body>')
    desk.set(desk.id_of("Eggs"), "item:Categories", "<t:Categories><t:String>Red</t:String></t:Categories>")
    desk.move(desk.id_of("Bread"), standard("deleteditems"))
    again = move(newest)

    assert again.counts(Content.NOTES) == Counts(found=3, already_there=3)
    assert sorted(rolled_back(newest, moved)) == ["Eggs", "Milk"]
    assert notes(newest.new, standard("deleteditems")).subjects() == []


CHANGES = (
    ("task:DueDate", "<t:DueDate>2044-04-01T00:00:00Z</t:DueDate>"),
    ("task:Status", "<t:Status>Completed</t:Status>"),
    ("item:ReminderDueBy", "<t:ReminderDueBy>2044-04-01T08:00:00Z</t:ReminderDueBy>"),
    ("task:Mileage", "<t:Mileage>5</t:Mileage>"),
    ("task:PercentComplete", "<t:PercentComplete>70</t:PercentComplete>"),
    ("task:Companies", "<t:Companies><t:String>Alpha</t:String></t:Companies>"),
)


def test_tasks_that_their_owner_changed_stay_and_are_named(newest: Pair) -> None:
    """Whatever was changed of them. The others go."""
    for name in ("Read", *(path for path, _ in CHANGES)):
        due = "<t:DueDate>2044-03-04T00:00:00Z</t:DueDate><t:PercentComplete>40</t:PercentComplete>"
        Desk(newest.old).single(name, due)
    moved = move(newest)
    desk = Desk(newest.new)
    for path, field in CHANGES:
        desk.set(desk.id_of(path), path, field)

    assert sorted(rolled_back(newest, moved)) == sorted(path for path, _ in CHANGES)


def test_a_reminder_that_was_dismissed_is_no_change(newest: Pair) -> None:
    """Neither at the source, where a later run counts what changed, nor here, where a rollback keeps it."""
    Desk(newest.old).put(FULL)
    moved = move(newest)
    for mailbox in (newest.old, newest.new):
        desk = Desk(mailbox)
        desk.set(desk.id_of("Write & send"), "item:ReminderIsSet", "<t:ReminderIsSet>false</t:ReminderIsSet>")
    again = move(newest)

    assert again.counts() == Counts(found=1, already_there=1)
    assert rolled_back(newest, moved) == []


def test_another_time_of_its_completion_that_a_server_keeps_is_no_change(newest: Pair) -> None:
    """Midnight of whichever time zone it counts in."""
    times = ("2019-03-04T11:00:00Z", "2019-03-05T00:00:00Z", "2019-03-06T00:00:00Z")
    for kept in times:
        Desk(newest.old).put(f"<t:Subject>{kept}</t:Subject>{PAST}")
    moved = move(newest)
    desk = Desk(newest.new)
    for kept in times:
        desk.set(desk.id_of(kept), "task:CompleteDate", f"<t:CompleteDate>{kept}</t:CompleteDate>")

    assert rolled_back(newest, moved) == []


def test_a_task_that_changed_at_the_source_is_counted(newest: Pair) -> None:
    """Its copy stays as it was."""
    desk = Desk(newest.old)
    made = [desk.single(name) for name in ("Write", "Read", "Rest")]
    move(newest)
    before = Desk(newest.new).facts()
    desk.set(made[0], "task:Status", "<t:Status>Completed</t:Status>")
    desk.set(made[1], "item:Importance", "<t:Importance>High</t:Importance>")
    again = move(newest)

    assert again.counts() == Counts(found=3, already_there=3, changed=2)
    assert Desk(newest.new).facts() == before


def test_flagged_mail_is_no_task(tmp_path: Path) -> None:
    """The list that shows both is a search folder; the message comes with the mail, once."""
    with pair_of(tmp_path, "2019", contents=CONTENTS) as pair:
        pair.old.create("flagged", "Message", "", "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>", "")
        Desk(pair.old).single("Write")
        done = pair.at.migrate()

        assert done.step(Content.MAIL).counts == done.step(Content.TASKS).counts == Counts(found=1, copied=1)
        assert Desk(pair.new).subjects() == ["Write"]
        assert pair.at.engine.store.reported(done.task_id).failures == ()
