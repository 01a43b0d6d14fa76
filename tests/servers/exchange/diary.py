"""The calendars of a mailbox by raw requests of the tests' own: what is put into them, and what they show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.connectors.exchange.soap import MESSAGES, TYPES
from tests.servers.exchange.pair import Mailbox

CALENDAR = '<t:DistinguishedFolderId Id="calendar"/>'
HOUR = "<t:Start>2026-03-02T09:00:00Z</t:Start><t:End>2026-03-02T10:00:00Z</t:End>"
PARIS = '<t:StartTimeZone Id="Romance Standard Time"/>'
WEEKLY = (
    "<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Monday</t:DaysOfWeek>"
    "</t:WeeklyRecurrence><t:NumberedRecurrence><t:StartDate>2026-03-02</t:StartDate>"
    "<t:NumberOfOccurrences>8</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>"
)
FIELDS = ("item:Subject", "calendar:Start", "calendar:End", "calendar:Location", "item:HasAttachments")


@dataclass
class Diary:
    """A calendar folder of a mailbox."""

    mailbox: Mailbox
    folder: str = CALENDAR

    def _done(self, body: str) -> Any:
        answer = self.mailbox.asked(body)
        assert {one.text for one in answer.iter(f"{MESSAGES}ResponseCode")} == {"NoError"}, body
        return answer

    def put(self, inside: str) -> str:
        """Creates an appointment; its id."""
        made = self._done(
            f'<m:CreateItem SendMeetingInvitations="SendToNone"><m:SavedItemFolderId>{self.folder}'
            f"</m:SavedItemFolderId><m:Items><t:CalendarItem>{inside}</t:CalendarItem></m:Items></m:CreateItem>"
        )
        return str(next(made.iter(f"{TYPES}ItemId")).get("Id"))

    def single(self, subject: str) -> str:
        """An appointment of an hour; its id."""
        return self.put(f"<t:Subject>{subject}</t:Subject>{HOUR}<t:Location>Room 1</t:Location>")

    def series(self, subject: str) -> str:
        """One that comes eight Mondays, by the clocks of Paris, with a file; its id.

        The second is moved, the third is not there, and the fourth has a file of its own.
        """
        made = self.put(f"<t:Subject>{subject}</t:Subject>{HOUR}<t:Location>Room 1</t:Location>{WEEKLY}{PARIS}")
        self.set(occurrence(made, 2), (
            ("calendar:Start", "<t:Start>2026-03-10T13:00:00Z</t:Start>"),
            ("calendar:End", "<t:End>2026-03-10T15:00:00Z</t:End>"),
            ("calendar:Location", "<t:Location>Lyon</t:Location>"),
        ))
        self.delete(occurrence(made, 3))
        self.attach(made)
        self.attach(self._own_id(occurrence(made, 4)))
        return made

    def _own_id(self, target: str) -> str:
        """The id of an occurrence."""
        shape = "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
        answer = self._done(f"<m:GetItem>{shape}<m:ItemIds>{target}</m:ItemIds></m:GetItem>")
        return str(next(answer.iter(f"{TYPES}ItemId")).get("Id"))

    def set(self, target: str, fields: tuple[tuple[str, str], ...]) -> None:
        """Sets fields of an appointment or of an occurrence."""
        sets = "".join(
            f'<t:SetItemField><t:FieldURI FieldURI="{path}"/><t:CalendarItem>{inside}</t:CalendarItem></t:SetItemField>'
            for path, inside in fields
        )
        self._done(
            '<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone">'
            f"<m:ItemChanges><t:ItemChange>{target}<t:Updates>{sets}</t:Updates></t:ItemChange></m:ItemChanges>"
            "</m:UpdateItem>"
        )

    def place(self, target: str, where: str) -> None:
        """Says that it takes place elsewhere."""
        self.set(target, (("calendar:Location", f"<t:Location>{where}</t:Location>"),))

    def delete(self, target: str) -> None:
        """Deletes an appointment or an occurrence."""
        self._done(
            '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"><m:ItemIds>'
            f"{target}</m:ItemIds></m:DeleteItem>"
        )

    def attach(self, item_id: str) -> None:
        """Attaches a file."""
        self._done(
            f'<m:CreateAttachment><m:ParentItemId Id="{item_id}"/><m:Attachments><t:FileAttachment><t:Name>plan.txt'
            "</t:Name><t:Content>QUJD</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>"
        )

    def attach_to(self, target: str) -> None:
        """Attaches a file to an occurrence alone."""
        self.attach(self._own_id(target))

    def shows(self, start: str = "2026-01-01T00:00:00Z", end: str = "2026-12-31T00:00:00Z") -> list[tuple[str, ...]]:
        """Subject, start, end, place and whether there are files, of all that happens in that time."""
        fields = "".join(f'<t:FieldURI FieldURI="{field}"/>' for field in FIELDS)
        found = self._done(
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
            f"{fields}</t:AdditionalProperties></m:ItemShape>"
            f'<m:CalendarView StartDate="{start}" EndDate="{end}"/>'
            f"<m:ParentFolderIds>{self.folder}</m:ParentFolderIds></m:FindItem>"
        )
        names = [field.partition(":")[2] for field in FIELDS]
        return sorted(
            tuple(item.findtext(f"{TYPES}{name}") or "" for name in names)
            for item in found.iterfind(f".//{TYPES}CalendarItem")
        )

    def parent_of(self, target: str) -> str:
        """The id of the folder that an item lies in."""
        answer = self._done(
            "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
            '<t:FieldURI FieldURI="item:ParentFolderId"/></t:AdditionalProperties></m:ItemShape>'
            f"<m:ItemIds>{target}</m:ItemIds></m:GetItem>"
        )
        return str(next(answer.iter(f"{TYPES}ParentFolderId")).get("Id"))

    def id_of(self, subject: str) -> str:
        """The id of the appointment or series with that subject."""
        found = self._done(
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
            '<t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties></m:ItemShape>'
            f"<m:ParentFolderIds>{self.folder}</m:ParentFolderIds></m:FindItem>"
        )
        named = {item.findtext(f"{TYPES}Subject"): item for item in found.iterfind(f".//{TYPES}CalendarItem")}
        return str(named[subject].find(f"{TYPES}ItemId").get("Id"))


def new_calendar(mailbox: Mailbox, name: str, parent: str = "") -> str:
    """Makes a calendar at the top, or in the folder of that id; its id."""
    where = f'<t:FolderId Id="{parent}"/>' if parent else '<t:DistinguishedFolderId Id="msgfolderroot"/>'
    made = mailbox.asked(
        f"<m:CreateFolder><m:ParentFolderId>{where}</m:ParentFolderId><m:Folders><t:CalendarFolder>"
        f"<t:DisplayName>{name}</t:DisplayName></t:CalendarFolder></m:Folders></m:CreateFolder>"
    )
    return str(next(made.iter(f"{TYPES}FolderId")).get("Id"))


def occurrence(master: str, index: int) -> str:
    """An occurrence of a series, in a request."""
    return f'<t:OccurrenceItemId RecurringMasterId="{master}" InstanceIndex="{index}"/>'


def item(item_id: str) -> str:
    """An item, in a request."""
    return f'<t:ItemId Id="{item_id}"/>'
