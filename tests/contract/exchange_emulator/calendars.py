"""Requests about calendars, as strings, and what an answer shows of an appointment."""

from lxml import etree

from .soap import NS, Answer, Mailbox, distinguished, identity, reference

HOUR = "<t:Start>2024-03-04T09:00:00Z</t:Start><t:End>2024-03-04T10:00:00Z</t:End>"
PARIS = '<t:StartTimeZone Id="Romance Standard Time"/>'
EVERYTHING = "<t:BaseShape>AllProperties</t:BaseShape>"


def create(*insides: str, send: str = "SendToNone") -> str:
    """A CreateItem of appointments in the calendar."""
    items = "".join(f"<t:CalendarItem>{inside}</t:CalendarItem>" for inside in insides)
    return (
        f'<m:CreateItem SendMeetingInvitations="{send}"><m:SavedItemFolderId>{distinguished("calendar")}'
        f"</m:SavedItemFolderId><m:Items>{items}</m:Items></m:CreateItem>"
    )


def created(mailbox: Mailbox, inside: str, *, send: str = "SendToNone") -> str:
    """Creates one appointment and returns its ItemId element as a string."""
    return reference(mailbox.call(create(inside, send=send)).ok().one(".//t:ItemId"))


def asking(*fields: str) -> str:
    """A shape of everything and some properties more."""
    more = "".join(f'<t:FieldURI FieldURI="{name}"/>' for name in fields)
    return f"{EVERYTHING}<t:AdditionalProperties>{more}</t:AdditionalProperties>" if more else EVERYTHING


def shown(item: etree._Element, *names: str) -> list[str | None]:
    """The texts of some elements; None where one is missing."""
    return [item.findtext(f"t:{name}", namespaces=NS) for name in names]


def weekly(days: str, *, start: str, number: int) -> str:
    """A recurrence on days of the week that ends after a number of times."""
    return (
        f"<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>{days}</t:DaysOfWeek>"
        f"</t:WeeklyRecurrence><t:NumberedRecurrence><t:StartDate>{start}</t:StartDate>"
        f"<t:NumberOfOccurrences>{number}</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>"
    )


def occurrence(master: str, index: int) -> str:
    """The OccurrenceItemId of an occurrence by its index."""
    return f'<t:OccurrenceItemId RecurringMasterId="{identity(master)}" InstanceIndex="{index}"/>'


def get(*ids: str, shape: str = EVERYTHING) -> str:
    """A GetItem."""
    return f"<m:GetItem><m:ItemShape>{shape}</m:ItemShape><m:ItemIds>{''.join(ids)}</m:ItemIds></m:GetItem>"


def update(item_id: str, *changes: tuple[str, str], send: str = "SendToNone") -> str:
    """An UpdateItem that sets properties: (path, element)."""
    sets = "".join(
        f'<t:SetItemField><t:FieldURI FieldURI="{path}"/><t:CalendarItem>{element}</t:CalendarItem></t:SetItemField>'
        for path, element in changes
    )
    return (
        f'<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="{send}">'
        f"<m:ItemChanges><t:ItemChange>{item_id}<t:Updates>{sets}</t:Updates></t:ItemChange></m:ItemChanges>"
        "</m:UpdateItem>"
    )


def delete(item_id: str, *, send: str = "SendToNone") -> str:
    """A DeleteItem for good."""
    return (
        f'<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="{send}"><m:ItemIds>{item_id}</m:ItemIds>'
        "</m:DeleteItem>"
    )


def view(start: str, end: str, *, shape: str = EVERYTHING, more: str = "") -> str:
    """A FindItem with a CalendarView."""
    return (
        f'<m:FindItem Traversal="Shallow"><m:ItemShape>{shape}</m:ItemShape>'
        f'<m:CalendarView {more} StartDate="{start}" EndDate="{end}"/>'
        f"<m:ParentFolderIds>{distinguished('calendar')}</m:ParentFolderIds></m:FindItem>"
    )


def starts(answer: Answer) -> list[str]:
    """The starts of what was found."""
    return answer.ok().texts(".//t:Items/*/t:Start")
