"""Times that the schema lets pass and no server can hold are refused; none is an error of the server."""

import pytest

from .calendars import shown
from .people import create, equal, field, find, put, update
from .rules import code, rule
from .rules import create as creating
from .rules import update as change_rules
from .soap import Mailbox, distinguished
from .test_recurring_tasks import interval, recurrence, task

BEYOND = "9999-12-31T23:30:00-05:00"        # in UTC, a year that DateTime does not have


@pytest.mark.parametrize(("kind", "name"), [("Contact", "Birthday"), ("Task", "DueDate"), ("Task", "CompleteDate")])
def test_the_page_response_code_a_time_beyond_the_calendar_is_no_value(mailbox: Mailbox, kind: str, name: str) -> None:
    """ErrorInvalidValueForProperty, at creation and by update; the item stays as it was."""
    folder = "contacts" if kind == "Contact" else "tasks"
    value, path = f"<t:{name}>{BEYOND}</t:{name}>", f"{'contacts' if kind == 'Contact' else 'task'}:{name}"
    item = mailbox.call(create(kind, "", folder=folder)).ok().one(".//t:ItemId").get("Id")

    created = mailbox.call(create(kind, value, folder=folder))
    changed = update(mailbox, f'<t:ItemId Id="{item}"/>', put(kind, field(path), value))

    assert created.codes == changed.codes == ["ErrorInvalidValueForProperty"]
    assert shown(mailbox.item(f'<t:ItemId Id="{item}"/>'), name) == [None]


def test_a_filter_and_a_rule_refuse_it_by_their_own_codes(mailbox: Mailbox) -> None:
    """ErrorInvalidValueForProperty for a constant, InvalidDateRange for a condition."""
    mailbox.call(create("Task", "<t:DueDate>2030-01-01T00:00:00Z</t:DueDate>", folder="tasks")).ok()
    dates = f"<t:WithinDateRange><t:StartDateTime>{BEYOND}</t:StartDateTime></t:WithinDateRange>"

    filtered = mailbox.call(find("tasks", equal(field("task:DueDate"), BEYOND)))
    ruled = change_rules(mailbox, creating(rule(dates)))

    assert filtered.codes == ["ErrorInvalidValueForProperty"]
    assert code(ruled) == "ErrorInboxRulesValidationError"
    assert ruled.text(".//t:ErrorCode") == "InvalidDateRange"


def test_settings_of_an_absence_refuse_it(mailbox: Mailbox) -> None:
    """ErrorInvalidScheduledOofDuration."""
    ends = f"<t:Duration><t:StartTime>2030-01-01T00:00:00Z</t:StartTime><t:EndTime>{BEYOND}</t:EndTime></t:Duration>"

    answer = mailbox.call(
        f"<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>{mailbox.address}</t:Address></t:Mailbox>"
        f"<t:UserOofSettings><t:OofState>Disabled</t:OofState><t:ExternalAudience>All</t:ExternalAudience>{ends}"
        "</t:UserOofSettings></m:SetUserOofSettingsRequest>"
    )

    assert answer.text("m:ResponseMessage/m:ResponseCode") == "ErrorInvalidScheduledOofDuration"


def test_a_user_configuration_refuses_it(mailbox: Mailbox) -> None:
    """ErrorInvalidValueForProperty."""
    answer = mailbox.call(
        "<m:CreateUserConfiguration><m:UserConfiguration>"
        f'<t:UserConfigurationName Name="Late">{distinguished("drafts")}</t:UserConfigurationName><t:Dictionary>'
        "<t:DictionaryEntry><t:DictionaryKey><t:Type>String</t:Type><t:Value>k</t:Value></t:DictionaryKey>"
        f"<t:DictionaryValue><t:Type>DateTime</t:Type><t:Value>{BEYOND}</t:Value></t:DictionaryValue>"
        "</t:DictionaryEntry></t:Dictionary></m:UserConfiguration></m:CreateUserConfiguration>"
    )

    assert answer.codes == ["ErrorInvalidValueForProperty"]


@pytest.mark.parametrize("start", ["0001-01-01", "1600-12-31"])
def test_MS_OXWSTASK_R123_a_recurrence_begins_when_its_store_does(mailbox: Mailbox, start: str) -> None:
    """Its days are counted from 1601 on (MS-OXOCAL 2.2.1.44.1): ErrorCalendarInvalidRecurrence before."""
    weekly = interval("WeeklyRecurrence", 1, "<t:DaysOfWeek>Friday</t:DaysOfWeek>")
    inside = recurrence(weekly).replace("2030-01-15", start)

    assert mailbox.call(create("Task", inside, folder="tasks")).codes == ["ErrorCalendarInvalidRecurrence"]


def test_a_due_date_is_not_moved_beyond_the_calendar(mailbox: Mailbox) -> None:
    """A task whose recurrence would move its due date out of the calendar is ErrorInvalidValueForProperty."""
    dates = "<t:DueDate>9999-12-01T00:00:00Z</t:DueDate>"
    daily = recurrence(interval("DailyRecurrence", 1)).replace("2030-01-15", "4000-01-01")
    begun = "<t:StartDate>2030-01-01T00:00:00Z</t:StartDate>"

    assert mailbox.call(create("Task", dates + daily + begun, folder="tasks")).codes == [
        "ErrorInvalidValueForProperty"]
    assert task(mailbox, daily + begun)
