"""Tasks: MS-OXWSTASK, and the pages of the operations on tasks."""

from datetime import UTC, date, datetime, timedelta

from lxml import etree

from emulators.exchange import moments
from emulators.exchange.call import Call, utc
from emulators.exchange.errors import ItemError
from emulators.exchange.fragments import fragment, parsed, plain, written
from emulators.exchange.item import Item
from emulators.exchange.soap import flag, local
from emulators.exchange.tasks import recurrence, state

RETURNED = frozenset({"ChangeCount", "IsComplete", "IsRecurring", "IsTeamTask", "Owner", "PercentComplete", "Status",
                      "StatusDescription", "ReminderDueBy"})
WITHHELD = frozenset({"ResponseObjects"})       # as in the example of "GetItem operation (task)"
# "Property sets and response shapes in EWS in Exchange", table 3.
DEFAULT = frozenset({"ItemId", "Subject", "HasAttachments", "DueDate", "PercentComplete", "StartDate", "Status"})
TIMES = ("StartDate", "DueDate", "ReminderDueBy")
_NUMBERS = ("ActualWork", "TotalWork")
# No names of the schema: kept, never shown.
_FRESH, _CHANGES, BY_MAPI = "RecurrenceIsNew", "Changes", "CompletedByMapi"


def apply(call: Call, item: Item, element: etree._Element) -> bool:
    """Set a property that tasks treat in a way of their own; raises ItemError."""
    name, value, extra = local(element), element.text or "", item.extra
    if name in TIMES:
        extra[name] = written(name, moments.utc_of(value))
    elif name == "CompleteDate":
        state.set_complete_date(extra, moments.utc_of(value), call.now)
    elif name == "Status":
        state.set_status(extra, value, call.now)
    elif name == "PercentComplete":
        state.set_percent(extra, value, call.now)
    elif name == "Recurrence":
        extra[name] = recurrence.read(fragment(element)).kept()
        extra[_FRESH] = "1"
    else:
        return False
    return True


def finish(call: Call, item: Item) -> None:
    """Count the change, and bring the dates of a new recurrence together; raises ItemError."""
    extra = item.extra
    extra[_CHANGES] = str(int(extra.get(_CHANGES, "0")) + 1)
    by_mapi = extra.pop(BY_MAPI, "")
    if by_mapi and call.settings.keeps_completion_date and state.is_complete(extra):
        extra["CompleteDate"] = written("CompleteDate", by_mapi)
    if extra.pop(_FRESH, "") and "Recurrence" in extra:
        found = recurrence.read(extra["Recurrence"])
        begin(extra, found.beginning(found.first()))
    if plain(extra.get("ReminderIsSet")) == "true" and "ReminderDueBy" not in extra:
        # Assumption: a reminder without a time rings when the task is due, begins, or now.
        due = plain(extra.get("DueDate")) or plain(extra.get("StartDate")) or call.now
        extra["ReminderDueBy"] = written("ReminderDueBy", due)


def begin(extra: dict[str, str], found: recurrence.Recurrence) -> None:
    """Let a recurring task begin with its recurrence ("CreateItem operation (task)").

    StartDate is moved there, DueDate as far as before behind it; without StartDate, DueDate is moved there.
    """
    extra["Recurrence"] = found.kept()
    start, due = moment(extra, "StartDate"), moment(extra, "DueDate")
    if start is not None:
        distance = found.start - start.date()
        extra["StartDate"] = _shifted("StartDate", start, distance)
        if due is not None:
            extra["DueDate"] = _shifted("DueDate", due, distance)
    elif due is not None:
        extra["DueDate"] = _shifted("DueDate", due, found.start - due.date())
    else:
        extra["DueDate"] = written("DueDate", f"{found.start.isoformat()}T00:00:00Z")


def _shifted(name: str, when: datetime, distance: timedelta) -> str:
    """A moved date; raises ItemError ErrorInvalidValueForProperty where it leaves the calendar."""
    try:
        return written(name, moments.utc_of(utc((when + distance).timestamp())))
    except OverflowError as error:
        raise ItemError("ErrorInvalidValueForProperty") from error


def moment(extra: dict[str, str], name: str) -> datetime | None:
    """A time of the task, or None."""
    found = plain(extra.get(name))
    return datetime.fromisoformat(found).astimezone(UTC) if found else None


def day(extra: dict[str, str]) -> date:
    """The day that this occurrence of a recurring task has in its pattern."""
    return recurrence.read(extra["Recurrence"]).start


def element(call: Call, item: Item, name: str, _search: bool) -> str | None:  # noqa: FBT001 - one signature for all kinds
    """One property as an element."""
    match name:
        case "Owner":       # Assumption: the owner of the mailbox, as in a task that nobody has assigned
            return written(name, call.mailbox.name)
        case "IsTeamTask":
            return written(name, "false")
        case "IsDraft":
            return written(name, "true")        # the example of "GetItem operation (task)"
        case "PercentComplete":
            return written(name, f"{state.percent(item.extra):.15g}")
        case "ChangeCount" | "IsComplete" | "IsRecurring" | "Status" | "StatusDescription":
            found = value(item, name)
            return written(name, flag(found) if isinstance(found, bool) else str(found))
    return None


def value(item: Item, name: str) -> str | int | float | bool | list[str] | None:
    """What filters and sort orders compare."""
    extra = item.extra
    computed: dict[str, str | int | float | bool] = {
        "ChangeCount": int(extra.get(_CHANGES, "1")), "IsComplete": state.is_complete(extra),
        "IsRecurring": "Recurrence" in extra, "PercentComplete": state.percent(extra), "Status": state.status(extra),
        "StatusDescription": state.DESCRIPTIONS[state.status(extra)], "IsTeamTask": False}
    if name in computed:
        return computed[name]
    if name not in extra:
        return None
    if name in ("Companies", "Contacts"):
        return [one.text or "" for one in parsed(extra[name])]
    found = plain(extra[name])
    return int(found) if name in _NUMBERS else found


def remove(item: Item, name: str) -> bool:
    """Delete what belongs together; whether that was it. Assumption: without one of the three a task is not started."""
    if name not in ("Status", "PercentComplete", "CompleteDate"):
        return False
    if name == "Status" or state.is_complete(item.extra):
        state.reopen(item.extra)
    item.extra.pop(name, None)
    return True
