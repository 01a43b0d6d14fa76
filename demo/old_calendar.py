"""The calendar of the mailbox that is left: what is put into it, and what a calendar shows.

By plain requests of Exchange Web Services, without a line of the engine.
"""

from __future__ import annotations

import re

from demo.old_mailbox import Service, named
from demo.servers import Exchange

FIELDS = (
    "item:Subject", "calendar:Start", "calendar:End", "calendar:IsAllDayEvent", "calendar:LegacyFreeBusyStatus",
    "calendar:Location", "calendar:CalendarItemType",
)
PARIS = '<t:StartTimeZone Id="Romance Standard Time"/>'
READING = (
    "<t:Subject>Relecture</t:Subject><t:Categories><t:String>Relectures</t:String></t:Categories>"
    "<t:Start>2025-03-03T08:00:00Z</t:Start><t:End>2025-03-03T09:30:00Z</t:End><t:Location>Salle bleue</t:Location>"
    "<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Monday</t:DaysOfWeek>"
    "</t:WeeklyRecurrence><t:NumberedRecurrence><t:StartDate>2025-03-03</t:StartDate>"
    f"<t:NumberOfOccurrences>40</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>{PARIS}"
)       # over both changes of the clocks in 2025
SINGLE = (
    "<t:Subject>Dentiste</t:Subject><t:Sensitivity>Private</t:Sensitivity><t:Start>2025-03-13T15:00:00Z</t:Start>"
    "<t:End>2025-03-13T15:30:00Z</t:End><t:Location>12, rue des Lilas</t:Location>",
    "<t:Subject>Salon du livre</t:Subject><t:Start>2025-04-10T22:00:00Z</t:Start><t:End>2025-04-13T22:00:00Z</t:End>"
    f"<t:IsAllDayEvent>true</t:IsAllDayEvent><t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus>{PARIS}",
    "<t:Subject>La couverture</t:Subject><t:Start>2025-03-20T13:00:00Z</t:Start><t:End>2025-03-20T14:00:00Z</t:End>"
    "<t:RequiredAttendees><t:Attendee><t:Mailbox><t:Name>Anouk Leroy</t:Name><t:EmailAddress>anouk@editions.example"
    "</t:EmailAddress></t:Mailbox></t:Attendee></t:RequiredAttendees>",
)
EVENTS = len(SINGLE) + 1
MOVED = (
    ("calendar:Start", "<t:Start>2025-03-11T13:00:00Z</t:Start>"),
    ("calendar:End", "<t:End>2025-03-11T14:30:00Z</t:End>"),
    ("calendar:Location", "<t:Location>Chez Anouk</t:Location>"),
)


def fill(exchange: Exchange) -> None:
    """Puts three appointments into it, and a series of which one occurrence was moved and another one deleted."""
    service = Service(exchange)
    for inside in SINGLE:
        _create(service, inside)
    series = "".join(re.findall(r'<t:ItemId Id="([^"]+)"', _create(service, READING))[:1])
    sets = "".join(
        f'<t:SetItemField><t:FieldURI FieldURI="{path}"/><t:CalendarItem>{inside}</t:CalendarItem></t:SetItemField>'
        for path, inside in MOVED
    )
    service.ask(
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone">'
        f"<m:ItemChanges><t:ItemChange>{_occurrence(series, 2)}<t:Updates>{sets}</t:Updates></t:ItemChange>"
        "</m:ItemChanges></m:UpdateItem>"
    )
    service.ask(
        '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"><m:ItemIds>'
        f"{_occurrence(series, 4)}</m:ItemIds></m:DeleteItem>"
    )


def shown(exchange: Exchange) -> list[str]:
    """What happens in 2025 by a mailbox's calendar: each occurrence in a line of its own."""
    fields = "".join(f'<t:FieldURI FieldURI="{field}"/>' for field in FIELDS)
    answer = Service(exchange).ask(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
        f"{fields}</t:AdditionalProperties></m:ItemShape>"
        '<m:CalendarView StartDate="2025-01-01T00:00:00Z" EndDate="2026-01-01T00:00:00Z"/>'
        f"<m:ParentFolderIds>{named('calendar')}</m:ParentFolderIds></m:FindItem>"
    )
    return sorted(_line(one) for one in re.findall(r"<t:CalendarItem>(.*?)</t:CalendarItem>", answer, re.DOTALL))


def _create(service: Service, inside: str) -> str:
    return service.ask(
        f'<m:CreateItem SendMeetingInvitations="SendToNone"><m:SavedItemFolderId>{named("calendar")}'
        f"</m:SavedItemFolderId><m:Items><t:CalendarItem>{inside}</t:CalendarItem></m:Items></m:CreateItem>"
    )


def _occurrence(series: str, index: int) -> str:
    return f'<t:OccurrenceItemId RecurringMasterId="{series}" InstanceIndex="{index}"/>'


def _line(item: str) -> str:
    values = (re.search(rf"<t:{name}>(.*?)</t:{name}>", item) for name in (field.split(":")[1] for field in FIELDS))
    return ", ".join(found[1] for found in values if found)
