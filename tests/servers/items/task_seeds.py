"""Tasks as old mailboxes hold them: every pattern and end, done long ago, assigned, with all that may be attached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from emulators.exchange.fragments import parsed
from emulators.exchange.tasks import recurrence
from tests.servers.items.seeds import SCRIPTS, TASK, File, Seed, Value, body, named, strings, told, users_fields

DAYS = "<t:DaysOfWeek>{}</t:DaysOfWeek>"
EVERY = "<t:Interval>{}</t:Interval>"
# Each pattern that a task can have (schema, TaskRecurrencePatternTypes).
PATTERNS: Mapping[str, str] = {
    "daily": f"<t:DailyRecurrence>{EVERY.format(3)}</t:DailyRecurrence>",
    "weekly": f"<t:WeeklyRecurrence>{EVERY.format(2)}{DAYS.format('Monday Friday')}</t:WeeklyRecurrence>",
    "weeks that begin on Monday": f"<t:WeeklyRecurrence>{EVERY.format(2)}{DAYS.format('Sunday')}"
    "<t:FirstDayOfWeek>Monday"
    "</t:FirstDayOfWeek></t:WeeklyRecurrence>",
    "the 31st": f"<t:AbsoluteMonthlyRecurrence>{EVERY.format(1)}"
    "<t:DayOfMonth>31</t:DayOfMonth></t:AbsoluteMonthlyRecurrence>",
    "second Tuesday": f"<t:RelativeMonthlyRecurrence>{EVERY.format(2)}{DAYS.format('Tuesday')}<t:DayOfWeekIndex>Second"
    "</t:DayOfWeekIndex></t:RelativeMonthlyRecurrence>",
    "last day of work": f"<t:RelativeMonthlyRecurrence>{EVERY.format(1)}{DAYS.format('Weekday')}<t:DayOfWeekIndex>Last"
    "</t:DayOfWeekIndex></t:RelativeMonthlyRecurrence>",
    "29 February": "<t:AbsoluteYearlyRecurrence><t:DayOfMonth>29</t:DayOfMonth><t:Month>February</t:Month>"
    "</t:AbsoluteYearlyRecurrence>",
    "fourth Thursday of November": f"<t:RelativeYearlyRecurrence>{DAYS.format('Thursday')}<t:DayOfWeekIndex>Fourth"
    "</t:DayOfWeekIndex><t:Month>November</t:Month></t:RelativeYearlyRecurrence>",
    **{
        f"{name} after it is done": f"<t:{element}>{EVERY.format(number)}</t:{element}>"
        for number, (name, element) in enumerate(
            {
                "days": "DailyRegeneration",
                "weeks": "WeeklyRegeneration",
                "months": "MonthlyRegeneration",
                "years": "YearlyRegeneration",
            }.items(),
            1,
        )
    },
}
# Each end (schema, RecurrenceRangeTypes).
ENDS: Mapping[str, str] = {
    "without end": "<t:NoEndRecurrence>{0}</t:NoEndRecurrence>",
    "until a day": "<t:EndDateRecurrence>{0}<t:EndDate>2044-01-01</t:EndDate></t:EndDateRecurrence>",
    "ten times": "<t:NumberedRecurrence>{0}<t:NumberOfOccurrences>10</t:NumberOfOccurrences></t:NumberedRecurrence>",
}
FIRST = "<t:StartDate>{}</t:StartDate>"
# Who has given a task to whom ([MS-OXOTASK] 2.2.2.2): PidLidTaskOwner, PidLidTaskAssigner, PidLidTaskState,
# PidLidTaskOwnership, PidLidTaskAcceptanceState.
ASSIGNED = (0x811F, 0x8121, 0x8113, 0x8129, 0x812A)
# What only a server writes of it (MS-OXWSTASK 2.2.4.3: read-only), and what a request is about.
ASSIGNMENT = ("AssignedTime", "DelegationState", "Delegator", "IsAssignmentEditable")


def repeated(pattern: str, end: str, start: str) -> dict[str, str]:
    """A recurrence that begins on its first day, as servers keep it, and the dates that go with it."""
    element = f"<t:Recurrence>{PATTERNS[pattern]}{ENDS[end].format(FIRST.format(start))}</t:Recurrence>"
    found = recurrence.read(element)
    first = found.first()
    return {"Recurrence": found.beginning(first).kept()} | told(
        StartDate=f"{first.isoformat()}T00:00:00Z", DueDate=f"{first.isoformat()}T00:00:00Z"
    )


def recurring(start: str = "2030-01-15") -> Iterator[Seed]:
    """Every pattern with every end."""
    for pattern in PATTERNS:
        for end in ENDS:
            yield Seed(
                f"{pattern}, {end}",
                "Task",
                repeated(pattern, end, start),
                files=((File("plan.txt", b"plan", "text/plain"),) if end == "ten times" else ()),
            )


def full(number: int) -> Seed:
    """A task with every field that is not about how far it is or who does it."""
    _, last, town = SCRIPTS[number % len(SCRIPTS)]
    elements = told(
        ActualWork=str(90 + number),
        TotalWork=str(480 + number),
        BillingInformation=f"bill {last}",
        Mileage=f"{number} km",
        StartDate="2029-05-06T22:00:00Z",
        DueDate="2029-05-09T22:00:00Z",
        Culture="pl-PL",
        ReminderIsSet="true",
        ReminderDueBy="2029-05-08T07:00:00Z",
        ReminderMinutesBeforeStart="0",
    )
    elements |= strings("Companies", f"{town} & Co.", "Other") | strings("Contacts", last, "Łódź")
    elements |= body(f"<p>{last} &amp; {town}</p>", "HTML")
    return Seed(
        f"full {last} {number}",
        "Task",
        elements,
        users_fields("Customer number", "Is a member"),
        importance="Low",
        categories=("Red", "Ü & ö"),
        sensitivity="Confidential",
        files=(File("ł.bin", bytes(range(256)) * 30),),
    )


def progress() -> Iterator[Seed]:
    """How far tasks have come."""
    for status, percent in (
        ("NotStarted", "0"),
        ("InProgress", "0"),
        ("InProgress", "25"),
        ("InProgress", "33.25"),
        ("WaitingOnOthers", "50"),
        ("WaitingOnOthers", "0"),
        ("Deferred", "75"),
        ("Deferred", "0"),
    ):
        yield Seed(f"{status} {percent}", "Task", told(Status=status, PercentComplete=percent))
    for number, day in enumerate(("2009-08-07T00:00:00Z", "2023-12-31T23:00:00Z", "1999-12-31T00:00:00Z")):
        done = told(Status="Completed", PercentComplete="100", CompleteDate=day)
        yield Seed(f"done {day}", "Task", done | body(f"done {number}"))
        yield Seed(
            f"done {day}, with dates",
            "Task",
            done | told(StartDate=day, DueDate=day, ActualWork="3", TotalWork="4"),
            files=(File("receipt.txt", b"receipt"),),
        )
    yield Seed(
        "the last of a series, done",
        "Task",
        repeated("daily", "ten times", "2019-01-15")
        | told(Status="Completed", PercentComplete="100", CompleteDate="2019-02-15T00:00:00Z"),
    )


def dated() -> Iterator[Seed]:
    """Dates and reminders; whether one is past is told by its year."""
    yield Seed("no dates", "Task")
    yield Seed("begins alone", "Task", told(StartDate="2031-01-01T23:00:00Z"))
    yield Seed("due alone", "Task", told(DueDate="2031-01-01T00:00:00Z"))
    yield Seed("due before it begins", "Task", told(StartDate="2031-01-05T00:00:00Z", DueDate="2031-01-01T00:00:00Z"))
    yield Seed("overdue", "Task", told(StartDate="2012-01-01T00:00:00Z", DueDate="2012-01-02T00:00:00Z"))
    for year in ("2014", "2039"):
        rings = told(ReminderIsSet="true", ReminderDueBy=f"{year}-03-04T07:30:00Z", DueDate=f"{year}-03-04T00:00:00Z")
        yield Seed(f"rings in {year}", "Task", rings | told(ReminderMinutesBeforeStart="0"))
        yield Seed(f"rings each day since {year}", "Task", rings | repeated("daily", "without end", f"{year}-03-04"))


def assigned() -> Iterator[Seed]:
    """Tasks that somebody else does, and those of somebody else that the owner does."""
    cases = (
        ("Ann", "old", "2", "1", "1", "Owned"),
        ("old", "Boss", "1", "2", "2", "Accepted"),
        ("Ann", "old", "3", "1", "3", "Declined"),
    )
    for owner, giver, *numbers, state in cases:
        values = (owner, giver, *numbers)
        found: dict[str, Value] = {
            named(TASK, number): ("String" if place < 2 else "Integer", value)
            for place, (number, value) in enumerate(zip(ASSIGNED, values, strict=True))
        }
        elements = told(
            AssignedTime="2021-02-03T04:05:06Z", DelegationState=state, Delegator=giver, IsAssignmentEditable="1"
        )
        yield Seed(
            f"given by {giver} to {owner}, {state}",
            "Task",
            elements | told(Status="InProgress", PercentComplete="40", DueDate="2031-06-07T00:00:00Z"),
            found,
        )


def attached() -> Iterator[Seed]:
    """Items that are attached, and files that are odd."""
    task = "<t:Task><t:Subject>inner</t:Subject><t:DueDate>2031-01-01T00:00:00Z</t:DueDate></t:Task>"
    message = '<t:Message><t:Subject>mail</t:Subject><t:Body BodyType="Text">see this\r\n</t:Body></t:Message>'
    card = "<t:Contact><t:DisplayName>Ann</t:DisplayName><t:GivenName>Ann</t:GivenName></t:Contact>"
    for name, item in (("task", task), ("message", message), ("contact", card)):
        yield Seed(f"an attached {name}", "Task", files=(File(name, item=item), File("beside.txt", b"beside")))
    yield Seed(
        "many files", "Task", files=tuple(File(f"{number}.bin", bytes([number]) * 2_000) for number in range(12))
    )
    yield Seed("an empty file", "Task", files=(File("empty.txt"), File("same.txt", b"1"), File("same.txt", b"2")))
    yield Seed(
        "a picture in its text",
        "Task",
        body('<img src="cid:a@b">', "HTML"),
        files=(File("a.png", b"\x89PNG" + bytes(90), "image/png", inline=True, content_id="a@b"),),
    )


def others() -> Iterator[Seed]:
    """In folders of their own, with nothing, with much."""
    yield Seed("", "Task")
    yield Seed("a long text", "Task", body("Zażółć gęślą jaźń. " * 15_000))
    yield Seed("l" * 255, "Task", told(BillingInformation="b" * 2_000))
    yield Seed("users’ fields", "Task", {}, users_fields("Customer number", "Score", "Member since", "Топливо"))
    yield Seed("a short text", "Task", body("short"))
    yield Seed("a form of our own", "Task", item_class="IPM.Task.Order")
    yield Seed("in the bin", "Task", place=("Deleted Items", "Old tasks"))
    yield Seed("twin", "Task", told(DueDate="2031-01-01T00:00:00Z"))
    yield Seed("twin ", "Task", told(DueDate="2031-01-01T00:00:00Z"))
    for number, (_, last, town) in enumerate((*SCRIPTS, *SCRIPTS[:5])):
        yield Seed(
            f"{last} in {town} {number}", "Task", body(town), place=("Tasks", "Private", f"Of {town}")[: number % 3 + 1]
        )


def tasks() -> list[Seed]:
    """A hundred."""
    return [
        *recurring(),
        *recurring_for_years(),
        *(full(number) for number in range(7)),
        *progress(),
        *dated(),
        *assigned(),
        *attached(),
        *others(),
    ]


def recurring_for_years() -> Iterator[Seed]:
    """Series whose present task is long overdue."""
    for pattern in ("weekly", "the 31st", "weeks after it is done"):
        yield Seed(f"{pattern}, for years", "Task", repeated(pattern, "without end", "2015-03-31"))


def sample() -> list[Seed]:
    """One of each kind."""
    return [
        *[*recurring()][::4],
        *[*recurring_for_years()][::2],
        full(1),
        full(4),
        *progress(),
        *dated(),
        *assigned(),
        *attached(),
        *others(),
    ]


def elements_of(seed: Seed) -> list[etree._Element]:
    """What a seed says by elements."""
    return [parsed(one) for one in seed.elements.values() if one.startswith("<")]
