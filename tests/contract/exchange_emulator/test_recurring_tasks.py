"""Recurring tasks: every pattern and end, what comes after a completion, and the pages of the operations on tasks."""

import calendar
from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil import rrule

from emulators.exchange import ExchangeEmulator

from .people import create, drop, field, made, put, update
from .soap import Mailbox, identity, reference

FIRST = date(2030, 1, 15)       # a Tuesday
ENDS = {
    "NoEnd": "<t:NoEndRecurrence><t:StartDate>{start}</t:StartDate></t:NoEndRecurrence>",
    "EndDate": "<t:EndDateRecurrence><t:StartDate>{start}</t:StartDate><t:EndDate>{end}</t:EndDate>"
    "</t:EndDateRecurrence>",
    "Numbered": "<t:NumberedRecurrence><t:StartDate>{start}</t:StartDate>"
    "<t:NumberOfOccurrences>4</t:NumberOfOccurrences></t:NumberedRecurrence>",
}


def interval(name: str, number: int, more: str = "") -> str:
    """A pattern with an interval."""
    return f"<t:{name}><t:Interval>{number}</t:Interval>{more}</t:{name}>"


def relative(name: str, days: str, index: str, number: int = 0, month: str = "") -> str:
    """A pattern of the n-th weekday."""
    first = f"<t:Interval>{number}</t:Interval>" if number else ""
    last = f"<t:Month>{month}</t:Month>" if month else ""
    inside = f"{first}<t:DaysOfWeek>{days}</t:DaysOfWeek><t:DayOfWeekIndex>{index}</t:DayOfWeekIndex>{last}"
    return f"<t:{name}>{inside}</t:{name}>"


WEEKDAYS = (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR)
# Each pattern beside the rule of another implementation; a day that a month lacks is its last one (MS-OXOCAL).
PATTERNS = {
    interval("DailyRecurrence", 3): {"freq": rrule.DAILY, "interval": 3},
    interval("WeeklyRecurrence", 2, "<t:DaysOfWeek>Monday Friday</t:DaysOfWeek>"): {
        "freq": rrule.WEEKLY, "interval": 2, "byweekday": (rrule.MO, rrule.FR), "wkst": rrule.SU},
    interval("WeeklyRecurrence", 2, "<t:DaysOfWeek>Sunday</t:DaysOfWeek><t:FirstDayOfWeek>Monday</t:FirstDayOfWeek>"): {
        "freq": rrule.WEEKLY, "interval": 2, "byweekday": (rrule.SU,), "wkst": rrule.MO},
    interval("WeeklyRecurrence", 1, "<t:DaysOfWeek>Weekday</t:DaysOfWeek>"): {
        "freq": rrule.WEEKLY, "byweekday": WEEKDAYS, "wkst": rrule.SU},
    interval("AbsoluteMonthlyRecurrence", 1, "<t:DayOfMonth>31</t:DayOfMonth>"): {
        "freq": rrule.MONTHLY, "bymonthday": (28, 29, 30, 31), "bysetpos": -1},
    interval("AbsoluteMonthlyRecurrence", 5, "<t:DayOfMonth>3</t:DayOfMonth>"): {
        "freq": rrule.MONTHLY, "interval": 5, "bymonthday": 3},
    relative("RelativeMonthlyRecurrence", "Tuesday", "Second", 2): {
        "freq": rrule.MONTHLY, "interval": 2, "byweekday": rrule.TU(2)},
    relative("RelativeMonthlyRecurrence", "WeekendDay", "Last", 1): {
        "freq": rrule.MONTHLY, "byweekday": (rrule.SA, rrule.SU), "bysetpos": -1},
    relative("RelativeMonthlyRecurrence", "Weekday", "First", 1): {
        "freq": rrule.MONTHLY, "byweekday": WEEKDAYS, "bysetpos": 1},
    relative("RelativeMonthlyRecurrence", "Day", "Last", 1): {"freq": rrule.MONTHLY, "bymonthday": -1},
    "<t:AbsoluteYearlyRecurrence><t:DayOfMonth>29</t:DayOfMonth><t:Month>February</t:Month>"
    "</t:AbsoluteYearlyRecurrence>": {"freq": rrule.YEARLY, "bymonth": 2, "bymonthday": (28, 29), "bysetpos": -1},
    relative("RelativeYearlyRecurrence", "Thursday", "Fourth", month="November"): {
        "freq": rrule.YEARLY, "bymonth": 11, "byweekday": rrule.TH(4)},
}  # fmt: skip
REGENERATIONS = ("DailyRegeneration", "WeeklyRegeneration", "MonthlyRegeneration", "YearlyRegeneration")


def recurrence(pattern: str, end: str = "NoEnd", start: date = FIRST, last: str = "") -> str:
    """A Recurrence."""
    return f"<t:Recurrence>{pattern}{ENDS[end].format(start=start, end=last)}</t:Recurrence>"


def task(mailbox: Mailbox, inside: str) -> str:
    """Creates a task and returns its id."""
    return made(mailbox, "Task", f"<t:Subject>Water the plants</t:Subject>{inside}", folder="tasks")


def begins(mailbox: Mailbox, item: str) -> str:
    """The day with which the range of a recurring task begins."""
    return str(mailbox.item(item).findtext("{*}Recurrence/*/{*}StartDate")).removesuffix("Z")


def finish(mailbox: Mailbox, item: str) -> str:
    """Completes a task and returns the id that the answer names."""
    answer = update(mailbox, item, put("Task", field("task:Status"), "<t:Status>Completed</t:Status>")).ok()
    return reference(answer.one(".//t:ItemId"), key=False)


def series(mailbox: Mailbox, item: str, most: int) -> list[str]:
    """The days of a recurring task, completing one after the other, until it ends or at most so many."""
    days = [begins(mailbox, item)]
    while identity(finish(mailbox, item)) != identity(item) and len(days) < most:
        days.append(begins(mailbox, item))
    return days


@pytest.mark.parametrize("end", ENDS)
def test_MS_OXWSTASK_R115_R117_R119_R121_R123_R125_every_pattern_with_every_end(mailbox: Mailbox, end: str) -> None:
    """Completing occurrence after occurrence goes through the days that another implementation expands."""
    for pattern, rule in PATTERNS.items():
        expected = [one.date() for one in rrule.rrule(dtstart=datetime(2030, 1, 15, tzinfo=UTC), count=4, **rule)]
        last = expected[2].isoformat()

        days = series(mailbox, task(mailbox, recurrence(pattern, end, last=last)), 4)

        assert days == [str(one) for one in (expected[:3] if end == "EndDate" else expected)], pattern


def test_the_example_of_the_page_create_item_operation_task(mailbox: Mailbox) -> None:
    """Every Monday from a Thursday on begins on the next Monday, and StartDate and DueDate are moved along."""
    monday = interval("WeeklyRecurrence", 1, "<t:DaysOfWeek>Monday</t:DaysOfWeek>")
    item = task(
        mailbox,
        "<t:DueDate>2006-01-03T00:00:00Z</t:DueDate>" + recurrence(monday, start=date(2006, 10, 26))
        + "<t:StartDate>2006-01-01T00:00:00Z</t:StartDate>",
    )  # fmt: skip

    found = mailbox.item(item)

    assert begins(mailbox, item) == "2006-10-30"
    assert found.findtext("{*}StartDate") == "2006-10-30T00:00:00Z"
    assert found.findtext("{*}DueDate") == "2006-11-01T00:00:00Z"


def test_without_a_start_only_the_due_date_is_moved(mailbox: Mailbox) -> None:
    """A recurring task without StartDate is due when its recurrence begins, and still has no StartDate."""
    item = task(mailbox, "<t:DueDate>2006-01-03T00:00:00Z</t:DueDate>" + recurrence(interval("DailyRecurrence", 1)))

    found = mailbox.item(item)

    assert found.findtext("{*}DueDate") == "2030-01-15T00:00:00Z"
    assert found.find("{*}StartDate") is None


def test_MS_OXWSTASK_R5666_R5667_a_task_recurs_as_long_as_it_has_a_recurrence(mailbox: Mailbox) -> None:
    """IsRecurring is true with a recurrence, and false once that is deleted."""
    item = task(mailbox, recurrence(interval("DailyRecurrence", 1)))
    assert mailbox.item(item).findtext("{*}IsRecurring") == "true"

    update(mailbox, item, drop(field("task:Recurrence"))).ok()
    assert mailbox.item(item).findtext("{*}IsRecurring") == "false"


def test_the_page_update_item_operation_task_a_completion_makes_a_task_of_its_own(mailbox: Mailbox) -> None:
    """The answer names a new, completed task that does not recur; the id asked for stands for the next occurrence."""
    item = task(mailbox, recurrence(interval("DailyRecurrence", 2), "Numbered"))

    single = finish(mailbox, item)

    done, following = mailbox.item(single), mailbox.item(item)
    assert identity(single) != identity(item)
    assert [done.findtext(f"{{*}}{one}") for one in ("IsComplete", "IsRecurring", "DueDate")] == [
        "true", "false", "2030-01-15T00:00:00Z",
    ]  # fmt: skip
    assert [following.findtext(f"{{*}}{one}") for one in ("IsComplete", "IsRecurring", "Status", "DueDate")] == [
        "false", "true", "NotStarted", "2030-01-17T00:00:00Z",
    ]  # fmt: skip
    assert following.findtext("{*}Recurrence/{*}NumberedRecurrence/{*}NumberOfOccurrences") == "3"
    assert done.findtext("{*}Subject") == following.findtext("{*}Subject") == "Water the plants"


def test_the_last_occurrence_is_the_task_itself(mailbox: Mailbox) -> None:
    """Completing the last occurrence completes the task, and the answer names its own id."""
    pattern = interval("DailyRecurrence", 1)
    item = task(mailbox, recurrence(pattern, "EndDate", last="2030-01-15"))

    assert identity(finish(mailbox, item)) == identity(item)
    assert mailbox.item(item).findtext("{*}IsComplete") == "true"


def test_another_start_makes_a_task_of_its_own_unless_it_regenerates(mailbox: Mailbox) -> None:
    """A new StartDate of an occurrence takes it out of the series; a regenerating task is just changed."""
    later = put("Task", field("task:StartDate"), "<t:StartDate>2030-01-16T00:00:00Z</t:StartDate>")
    start = "<t:StartDate>2030-01-15T00:00:00Z</t:StartDate>"
    fixed = task(mailbox, recurrence(interval("DailyRecurrence", 7)) + start)
    regenerating = task(mailbox, recurrence(interval("DailyRegeneration", 7)) + start)

    single = reference(update(mailbox, fixed, later).ok().one(".//t:ItemId"), key=False)
    same = reference(update(mailbox, regenerating, later).ok().one(".//t:ItemId"), key=False)

    assert mailbox.item(single).findtext("{*}StartDate") == "2030-01-16T00:00:00Z"
    assert mailbox.item(fixed).findtext("{*}StartDate") == "2030-01-22T00:00:00Z"
    assert identity(same) == identity(regenerating)
    assert mailbox.item(same).findtext("{*}IsRecurring") == "true"


@pytest.mark.parametrize("name", REGENERATIONS)
def test_MS_OXWSTASK_R127_R129_R131_R133_regenerating_tasks_count_from_the_completion(
    mailbox: Mailbox, name: str
) -> None:
    """The next task comes some days, weeks, months or years after this one was completed, whenever it was due."""
    item = task(mailbox, recurrence(interval(name, 2), "Numbered", start=date(2020, 1, 31)))
    done = date(2023, 12, 31)
    completed = f"<t:CompleteDate>{done}T08:00:00Z</t:CompleteDate>"

    update(mailbox, item, put("Task", field("task:CompleteDate"), completed)).ok()

    expected = {
        "DailyRegeneration": done + timedelta(2),
        "WeeklyRegeneration": done + timedelta(14),
        "MonthlyRegeneration": date(2024, 2, calendar.monthrange(2024, 2)[1]),
        "YearlyRegeneration": date(2025, 12, 31),
    }
    assert begins(mailbox, item) == str(expected[name])


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        (recurrence(interval("DailyRecurrence", 0)), "ErrorCalendarOutOfRange"),
        (
            recurrence(interval("WeeklyRecurrence", 1, "<t:DaysOfWeek></t:DaysOfWeek>")),
            "ErrorCalendarInvalidRecurrence",
        ),
        (
            recurrence(interval("AbsoluteMonthlyRecurrence", 1, "<t:DayOfMonth>32</t:DayOfMonth>")),
            "ErrorCalendarOutOfRange",
        ),
        (
            recurrence(interval("DailyRecurrence", 1), "EndDate", last="2030-01-14"),
            "ErrorRecurrenceHasNoOccurrence",
        ),
        (
            recurrence(
                interval("WeeklyRecurrence", 1, "<t:DaysOfWeek>Monday</t:DaysOfWeek>"), "EndDate", last="2030-01-18"
            ),
            "ErrorRecurrenceHasNoOccurrence",
        ),
    ],
)
def test_a_recurrence_that_means_nothing_is_refused(mailbox: Mailbox, inside: str, code: str) -> None:
    """An interval of none, no day of the week, a 32nd day, and an end before the first occurrence are refused."""
    assert mailbox.call(create("Task", inside, folder="tasks")).codes == [code]


def test_MS_OXWSTASK_R174_R175_one_occurrence_or_all_are_deleted(mailbox: Mailbox) -> None:
    """SpecifiedOccurrenceOnly goes on to the next occurrence and cannot delete the last; AllOccurrences deletes all."""
    item = task(mailbox, recurrence(interval("DailyRecurrence", 1), "EndDate", last="2030-01-16"))

    def delete(which: str) -> list[str]:
        attributes = f'DeleteType="HardDelete" AffectedTaskOccurrences="{which}"'
        return mailbox.call(f"<m:DeleteItem {attributes}><m:ItemIds>{item}</m:ItemIds></m:DeleteItem>").codes

    assert delete("SpecifiedOccurrenceOnly") == ["NoError"]
    assert begins(mailbox, item) == "2030-01-16"
    assert delete("SpecifiedOccurrenceOnly") == ["ErrorCannotDeleteTaskOccurrence"]
    assert delete("AllOccurrences") == ["NoError"]
    assert delete("AllOccurrences") == ["ErrorItemNotFound"]


def test_a_full_mailbox_has_no_room_for_a_task_of_its_own(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A completion that makes a task of its own needs room for it: ErrorQuotaExceeded, and the series stays."""
    long = f'<t:Body BodyType="Text">{"x" * 5000}</t:Body>'
    item = task(mailbox, long + recurrence(interval("DailyRecurrence", 1)))
    emulator.configure(quota_bytes=8000)

    answer = update(mailbox, item, put("Task", field("task:Status"), "<t:Status>Completed</t:Status>"))

    assert answer.codes == ["ErrorQuotaExceeded"]
    assert begins(mailbox, item) == FIRST.isoformat()
    assert mailbox.item(item).findtext("{*}Status") == "NotStarted"
