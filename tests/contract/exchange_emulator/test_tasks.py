"""Tasks: MS-OXWSTASK, the pages of the operations on tasks, and the error codes of the page ResponseCode."""

import pytest

from emulators.exchange import ExchangeEmulator

from .people import create, drop, equal, extended, field, find, made, put, update, uri, values
from .soap import Mailbox, names

SUBJECT = "<t:Subject>Write</t:Subject>"
TASK_SET = 'DistinguishedPropertySetId="Task"'
PROGRESS = ("Status", "PercentComplete", "IsComplete", "CompleteDate")
PAST = "2019-03-05T10:20:30Z"


def task(mailbox: Mailbox, inside: str = SUBJECT) -> str:
    """Creates a task and returns its id."""
    return made(mailbox, "Task", inside, folder="tasks")


def progress(mailbox: Mailbox, item: str) -> list[str | None]:
    """Status, percentage, whether it is complete, and when it was completed."""
    found = mailbox.item(item)
    return [found.findtext(f"{{*}}{name}") for name in PROGRESS]


def change(name: str, inside: str) -> str:
    """A SetItemField of a task."""
    return put("Task", field(f"task:{name}"), f"<t:{name}>{inside}</t:{name}>")


def test_the_example_of_the_page_get_item_operation_task(mailbox: Mailbox) -> None:
    """A task with a subject alone is not started, changed once, and has neither answers nor a completion."""
    found = mailbox.item(task(mailbox))

    told = {name: found.findtext(f"{{*}}{name}") for name in names(found)}
    assert told.items() >= {
        "ItemClass": "IPM.Task", "Subject": "Write", "IsDraft": "true", "ChangeCount": "1", "IsComplete": "false",
        "IsRecurring": "false", "PercentComplete": "0", "Status": "NotStarted", "StatusDescription": "Not Started",
        "IsTeamTask": "false", "ReminderIsSet": "false", "Owner": mailbox.address.partition("@")[0],
    }.items()  # fmt: skip
    assert {"ResponseObjects", "CompleteDate", "DelegationState", "Delegator", "Recurrence"} & set(told) == set()


def test_MS_OXWSTASK_R67001_each_way_to_complete_does_the_same(mailbox: Mailbox) -> None:
    """CompleteDate, PercentComplete 100 and Status Completed each set the other two."""
    by_date = task(mailbox, f"<t:CompleteDate>{PAST}</t:CompleteDate>")
    by_percent = task(mailbox, "<t:PercentComplete>100</t:PercentComplete>")
    by_status = task(mailbox, "<t:Status>Completed</t:Status>")

    assert progress(mailbox, by_date) == ["Completed", "100", "true", PAST]
    for item in (by_percent, by_status):
        assert progress(mailbox, item)[:3] == ["Completed", "100", "true"]
        found = mailbox.item(item)
        assert str(found.findtext("{*}CompleteDate")) >= str(found.findtext("{*}DateTimeCreated"))


def test_MS_OXWSTASK_R67002_the_last_one_processed_decides(mailbox: Mailbox) -> None:
    """Of CompleteDate, PercentComplete and Status in one request the last one decides about all three."""
    inside = (
        f"<t:CompleteDate>{PAST}</t:CompleteDate><t:PercentComplete>100</t:PercentComplete>"
        "<t:Status>NotStarted</t:Status>"
    )
    item = task(mailbox, inside)
    assert progress(mailbox, item) == ["NotStarted", "0", "false", None]

    update(mailbox, item, change("Status", "Completed"), change("CompleteDate", PAST)).ok()
    assert progress(mailbox, item) == ["Completed", "100", "true", PAST]

    update(mailbox, item, change("CompleteDate", PAST), change("Status", "Completed")).ok()
    assert str(progress(mailbox, item)[3]) > PAST

    update(mailbox, item, change("Status", "Completed"), change("PercentComplete", "40")).ok()
    assert progress(mailbox, item) == ["InProgress", "40", "false", None]


@pytest.mark.parametrize("value", ["150", "-1", "100.5", "NaN", "INF"])
def test_MS_OXWSTASK_R60_a_percentage_is_between_0_and_100(mailbox: Mailbox, value: str) -> None:
    """Anything else is ErrorInvalidPercentCompleteValue, at creation and by update."""
    inside = f"<t:PercentComplete>{value}</t:PercentComplete>"

    assert mailbox.call(create("Task", inside, folder="tasks")).codes == ["ErrorInvalidPercentCompleteValue"]
    answer = update(mailbox, task(mailbox), change("PercentComplete", value))
    assert answer.codes == ["ErrorInvalidPercentCompleteValue"]


def test_the_page_response_code_a_completion_is_not_in_the_future(mailbox: Mailbox) -> None:
    """A CompleteDate that is still to come is ErrorInvalidCompleteDate."""
    inside = "<t:CompleteDate>2101-01-01T00:00:00Z</t:CompleteDate>"

    assert mailbox.call(create("Task", inside, folder="tasks")).codes == ["ErrorInvalidCompleteDate"]
    tomorrow = change("CompleteDate", "2101-01-01T00:00:00Z")
    assert update(mailbox, task(mailbox), tomorrow).codes == ["ErrorInvalidCompleteDate"]


def test_MS_OXWSTASK_R102_R103_R104_R105_R106_every_status_and_its_description(mailbox: Mailbox) -> None:
    """Each status comes back with a description; those under way keep their percentage."""
    wanted = {
        "NotStarted": "Not Started",
        "InProgress": "In Progress",
        "WaitingOnOthers": "Waiting on someone else",
        "Deferred": "Deferred",
        "Completed": "Completed",
    }
    for status, description in wanted.items():
        found = mailbox.item(task(mailbox, f"<t:Status>{status}</t:Status>"))
        assert found.findtext("{*}Status") == status
        assert found.findtext("{*}StatusDescription") == description

    item = task(mailbox, "<t:PercentComplete>25</t:PercentComplete><t:Status>Deferred</t:Status>")
    assert progress(mailbox, item)[:2] == ["Deferred", "25"]
    update(mailbox, item, change("PercentComplete", "30.5")).ok()
    assert progress(mailbox, item)[:2] == ["Deferred", "30.5"]


def test_MS_OXWSTASK_R5555_R5556_a_completed_task_is_begun_anew(mailbox: Mailbox) -> None:
    """A completed task that is in progress again has no completion and nothing done."""
    item = task(mailbox, f"<t:CompleteDate>{PAST}</t:CompleteDate>")

    update(mailbox, item, change("Status", "InProgress")).ok()
    assert progress(mailbox, item) == ["InProgress", "0", "false", None]

    update(mailbox, item, change("PercentComplete", "100")).ok()
    update(mailbox, item, drop(field("task:CompleteDate"))).ok()
    assert progress(mailbox, item) == ["NotStarted", "0", "false", None]


def test_MS_OXWSTASK_R45_changes_are_counted(mailbox: Mailbox) -> None:
    """ChangeCount is 1 at first and grows with each update."""
    item = task(mailbox)

    for _ in range(2):
        update(mailbox, item, change("Mileage", "12 km")).ok()

    assert mailbox.item(item).findtext("{*}ChangeCount") == "3"


def test_MS_OXWSTASK_R42_R44_R47_R49_R58_R67_every_field_comes_back(mailbox: Mailbox) -> None:
    """Work, billing, companies, contacts and mileage come back as they were set."""
    item = task(
        mailbox,
        "<t:ActualWork>90</t:ActualWork><t:BillingInformation>Acme</t:BillingInformation>"
        "<t:Companies><t:String>Acme</t:String><t:String>Bolt</t:String></t:Companies>"
        "<t:Contacts><t:String>Ann</t:String></t:Contacts><t:Mileage>12</t:Mileage><t:TotalWork>120</t:TotalWork>",
    )

    found = mailbox.item(item)

    texts = ("ActualWork", "BillingInformation", "Mileage", "TotalWork")
    assert [found.findtext(f"{{*}}{name}") for name in texts] == ["90", "Acme", "12", "120"]
    assert [one.text for one in found.iterfind("{*}Companies/{*}String")] == ["Acme", "Bolt"]
    assert [one.text for one in found.iterfind("{*}Contacts/{*}String")] == ["Ann"]


def test_MS_OXWSTASK_R53_R63_times_are_told_in_utc(mailbox: Mailbox) -> None:
    """StartDate, DueDate and ReminderDueBy are given back in UTC."""
    item = task(
        mailbox,
        "<t:ReminderDueBy>2030-05-06T08:00:00+02:00</t:ReminderDueBy><t:ReminderIsSet>true</t:ReminderIsSet>"
        "<t:DueDate>2030-05-07T01:30:00+02:00</t:DueDate><t:StartDate>2030-05-06T00:00:00-08:00</t:StartDate>",
    )

    found = mailbox.item(item)

    assert [found.findtext(f"{{*}}{name}") for name in ("ReminderDueBy", "DueDate", "StartDate")] == [
        "2030-05-06T06:00:00Z", "2030-05-06T23:30:00Z", "2030-05-06T08:00:00Z",
    ]  # fmt: skip


def test_a_reminder_without_a_time_rings_when_the_task_is_due(mailbox: Mailbox) -> None:
    """ReminderIsSet alone takes its time from DueDate, in MAPI too."""
    item = task(mailbox, "<t:ReminderIsSet>true</t:ReminderIsSet><t:DueDate>2030-05-07T00:00:00Z</t:DueDate>")

    assert mailbox.item(item).findtext("{*}ReminderDueBy") == "2030-05-07T00:00:00Z"
    common = 'DistinguishedPropertySetId="Common"'
    told = values(
        mailbox,
        item,
        uri(f'{common} PropertyId="34051"', "Boolean"),
        uri(f'{common} PropertyId="34050"', "SystemTime"),
    )
    assert told == ["true", "2030-05-07T00:00:00Z"]


@pytest.mark.parametrize(
    "element",
    [
        "<t:AssignedTime>2020-01-01T00:00:00Z</t:AssignedTime>",
        "<t:ChangeCount>5</t:ChangeCount>",
        "<t:DelegationState>Accepted</t:DelegationState>",
        "<t:Delegator>x</t:Delegator>",
        "<t:IsAssignmentEditable>1</t:IsAssignmentEditable>",
        "<t:IsComplete>true</t:IsComplete>",
        "<t:IsRecurring>true</t:IsRecurring>",
        "<t:IsTeamTask>true</t:IsTeamTask>",
        "<t:Owner>x</t:Owner>",
        "<t:StatusDescription>x</t:StatusDescription>",
    ],
)
def test_MS_OXWSTASK_R85_R88_what_the_server_sets_is_refused(mailbox: Mailbox, element: str) -> None:
    """Assignment, owner, counts and descriptions are the server's, and none is ever set by a client."""
    assert mailbox.call(create("Task", element, folder="tasks")).codes == ["ErrorInvalidPropertySet"]


def test_progress_has_twins_in_mapi(mailbox: Mailbox) -> None:
    """Status, part done, completion and IsComplete are told and set as MAPI does (MS-OXOTASK 2.2.2.2)."""
    item = task(mailbox, "<t:PercentComplete>25</t:PercentComplete>")
    numbers = {0x8101: "Integer", 0x8102: "Double", 0x811C: "Boolean"}
    paths = [uri(f'{TASK_SET} PropertyId="{number}"', kind) for number, kind in numbers.items()]

    assert values(mailbox, item, *paths) == ["1", "0.25", "false"]

    update(mailbox, item, put("Task", paths[0], extended(f'{TASK_SET} PropertyId="33025"', "2", "Integer"))).ok()
    assert progress(mailbox, item)[:3] == ["Completed", "100", "true"]
    assert values(mailbox, item, *paths) == ["2", "1", "true"]


def test_a_completion_date_by_mapi_loses_to_the_status_behind_it_unless_configured(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """PidLidTaskDateCompleted alone completes; with a Status behind it a setting says which one wins."""
    by_mapi = extended(f'{TASK_SET} PropertyId="33039"', PAST, "SystemTime")
    both = by_mapi + "<t:Status>Completed</t:Status>"

    assert progress(mailbox, task(mailbox, by_mapi)) == ["Completed", "100", "true", PAST]
    assert progress(mailbox, task(mailbox, both))[3] != PAST
    emulator.configure(keeps_completion_date=True)
    assert progress(mailbox, task(mailbox, both))[3] == PAST


def test_a_task_belongs_into_a_task_folder(mailbox: Mailbox) -> None:
    """A task in the inbox is refused; without a folder it goes to Tasks."""
    answer = mailbox.call(create("Task", SUBJECT, folder="inbox"))
    mailbox.call(f"<m:CreateItem><m:Items><t:Task>{SUBJECT}</t:Task></m:Items></m:CreateItem>").ok()

    assert answer.codes == ["ErrorCannotCreateTaskInNonTaskFolder"]
    assert mailbox.call(find("tasks")).ok().texts(".//t:Subject") == ["Write"]


def test_the_default_shape_of_a_task(mailbox: Mailbox) -> None:
    """Default returns what Microsoft's table of response shapes lists for tasks, dates only where there are any."""
    shape = "<t:BaseShape>Default</t:BaseShape>"
    plain, dated = task(mailbox), task(mailbox, f"{SUBJECT}<t:DueDate>{PAST}</t:DueDate><t:Mileage>1</t:Mileage>")

    assert names(mailbox.item(plain, shape=shape)) == [
        "ItemId", "Subject", "HasAttachments", "PercentComplete", "Status",
    ]  # fmt: skip
    assert "DueDate" in names(mailbox.item(dated, shape=shape))
    assert "Mileage" not in names(mailbox.item(dated, shape=shape))


def test_tasks_are_found_and_sorted_by_their_fields(mailbox: Mailbox) -> None:
    """Status, IsComplete, PercentComplete, dates and recurrence filter, and DueDate sorts."""
    daily = (
        "<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>"
        "<t:NoEndRecurrence><t:StartDate>2030-01-02</t:StartDate></t:NoEndRecurrence></t:Recurrence>"
    )
    due = "<t:DueDate>2030-01-0{}T00:00:00Z</t:DueDate>"
    task(mailbox, f"<t:Subject>done</t:Subject>{due.format(3)}<t:Status>Completed</t:Status>")
    task(mailbox, f"<t:Subject>half</t:Subject>{due.format(1)}<t:PercentComplete>50</t:PercentComplete>")
    task(mailbox, f"<t:Subject>daily</t:Subject>{daily}")
    wanted = {
        (field("task:Status"), "Completed"): ["done"],
        (field("task:IsComplete"), "true"): ["done"],
        (field("task:PercentComplete"), "50"): ["half"],
        (field("task:IsRecurring"), "true"): ["daily"],
        (field("task:DueDate"), "2030-01-01T01:00:00+01:00"): ["half"],
    }

    for (path, constant), expected in wanted.items():
        assert mailbox.call(find("tasks", equal(path, constant))).ok().texts(".//t:Subject") == expected, path
    found = mailbox.call(find("tasks", order=field("task:DueDate"))).ok()
    assert found.texts(".//t:Subject") == ["half", "daily", "done"]


def test_deleting_a_task_says_which_occurrences(mailbox: Mailbox) -> None:
    """AffectedTaskOccurrences is required, and a task that does not recur has no occurrence to delete."""
    item = task(mailbox)

    def delete(attributes: str) -> list[str]:
        return mailbox.call(
            f'<m:DeleteItem DeleteType="HardDelete"{attributes}><m:ItemIds>{item}</m:ItemIds></m:DeleteItem>'
        ).codes

    assert delete("") == ["ErrorAffectedTaskOccurrencesRequired"]
    assert delete(' AffectedTaskOccurrences="SpecifiedOccurrenceOnly"') == ["ErrorCannotDeleteTaskOccurrence"]
    assert delete(' AffectedTaskOccurrences="AllOccurrences"') == ["NoError"]


def test_MS_OXWSTASK_R60_R229_a_percentage_keeps_its_digits(mailbox: Mailbox) -> None:
    """PercentComplete is a double, by its element and by PidLidPercentComplete."""
    path = uri(f'{TASK_SET} PropertyId="33026"', "Double")
    item = task(mailbox, "<t:PercentComplete>12.345678912345</t:PercentComplete>")

    assert progress(mailbox, item)[1] == "12.345678912345"
    assert values(mailbox, item, path) == ["0.12345678912345"]
    update(mailbox, item, put("Task", path, extended(f'{TASK_SET} PropertyId="33026"', "0.987654321", "Double"))).ok()
    assert progress(mailbox, item)[1] == "98.7654321"


@pytest.mark.parametrize("minutes", ["-1", "2629801", "0", "2629800", "1525252321"])
def test_minutes_by_mapi_are_those_that_an_answer_can_tell(mailbox: Mailbox, minutes: str) -> None:
    """PidLidReminderDelta holds what ReminderMinutesBeforeStartType of the schema allows, and nothing else."""
    delta = extended('DistinguishedPropertySetId="Common" PropertyId="34049"', minutes, "Integer")
    item = task(mailbox)

    answer = update(mailbox, item, put("Task", uri('DistinguishedPropertySetId="Common" PropertyId="34049"', "Integer"),
                                       delta))

    told = mailbox.item(item).findtext("{*}ReminderMinutesBeforeStart")
    refused = minutes in ("-1", "2629801")
    assert (answer.codes, told) == ((["ErrorInvalidExtendedPropertyValue"], "0") if refused else (["NoError"], minutes))
