"""Tasks and sticky notes of a mailbox by raw requests of the tests' own: what is put into it, and what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine.connectors.exchange.soap import MESSAGES, TYPES
from tests.servers.exchange.pair import Mailbox, named

NOTE_SET = "0006200E-0000-0000-C000-000000000046"       # PSETID_Note
LOOKS = {0x8B00: "1", 0x8B02: "200", 0x8B03: "166", 0x8B04: "110", 0x8B05: "111"}    # colour, size and place
# What a mailbox counts, dates or computes for itself.
OWN = frozenset({
    "ItemId", "ParentFolderId", "Size", "DateTimeSent", "DateTimeCreated", "LastModifiedTime", "LastModifiedName",
    "WebClientReadFormQueryString", "ConversationId", "Owner", "ChangeCount", "DateTimeReceived", "IsUnmodified",
    "ConversationIndex", "InstanceKey", "SearchKey", "MimeContent", "InternetMessageId", "StoreEntryId",
})
WEEKLY = (
    "<t:DueDate>2044-03-08T00:00:00Z</t:DueDate><t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval>"
    "<t:DaysOfWeek>Tuesday</t:DaysOfWeek></t:WeeklyRecurrence><t:NoEndRecurrence><t:StartDate>2044-03-08</t:StartDate>"
    "</t:NoEndRecurrence></t:Recurrence>"
)
PROPERTIES = (
    ("Task", 0x8103, "Boolean"), ("Task", 0x811F, "String"), ("Task", 0x8121, "String"), ("Task", 0x8123, "Integer"),
    ("Common", 0x85A0, "SystemTime"), ("Common", 0x85A1, "String"), ("Common", 0x8560, "SystemTime"),
)
SHAPE = (
    "<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:AdditionalProperties>"
    + "".join(
        f'<t:ExtendedFieldURI DistinguishedPropertySetId="{where}" PropertyId="{number}" PropertyType="{kind}"/>'
        for where, number, kind in PROPERTIES
    )
    + "".join(
        f'<t:ExtendedFieldURI PropertySetId="{NOTE_SET}" PropertyId="{number}" PropertyType="Integer"/>'
        for number in LOOKS
    )
    + '<t:ExtendedFieldURI PropertyTag="0x1080" PropertyType="Integer"/>'
    + "</t:AdditionalProperties></m:ItemShape>"
)


def standard(name: str) -> str:
    """A folder that every mailbox has, in a request."""
    return f'<t:DistinguishedFolderId Id="{name}"/>'


def looks(**values: str) -> str:
    """The properties of a note's looks, with others in the place of some: `colour`."""
    chosen = LOOKS | ({0x8B00: values["colour"]} if "colour" in values else {})
    return "".join(
        f'<t:ExtendedProperty><t:ExtendedFieldURI PropertySetId="{NOTE_SET}" PropertyId="{number}"'
        f' PropertyType="Integer"/><t:Value>{value}</t:Value></t:ExtendedProperty>' for number, value in chosen.items()
    )


def assigned(owner: str, assigner: str, ownership: int) -> str:
    """The properties of a task that was assigned: 1 is the copy of whoever assigned it, 2 that of whose it is."""
    return (
        named("Task", 0x811F, "String", owner) + named("Task", 0x8121, "String", assigner)
        + named("Task", 0x8129, "Integer", str(ownership))
    )


@dataclass
class Desk:
    """A folder of a mailbox, for tasks or for notes, by what its items are called in requests."""

    mailbox: Mailbox
    folder: str = standard("tasks")
    element: str = "Task"

    def done(self, body: str) -> Any:
        """The answer to a request that succeeds."""
        answer = self.mailbox.asked(body)
        codes = {one.text for one in answer.iter(f"{MESSAGES}ResponseCode")}
        assert codes == {"NoError"}, etree.tostring(answer)
        return answer

    def put(self, inside: str) -> str:
        """Creates an item; its id."""
        made = self.done(
            f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>{self.folder}</m:SavedItemFolderId>'
            f"<m:Items><t:{self.element}>{inside}</t:{self.element}></m:Items></m:CreateItem>"
        )
        return str(next(made.iter(f"{TYPES}ItemId")).get("Id"))

    def single(self, subject: str, more: str = "") -> str:
        """One with that subject; `more` are fields of tasks. Its id."""
        note = f"<t:ItemClass>IPM.StickyNote</t:ItemClass><t:Subject>{subject}</t:Subject>"
        return self.put(f"{note}{looks()}" if self.element == "Message" else f"<t:Subject>{subject}</t:Subject>{more}")

    def set(self, item_id: str, path: str, field: str) -> None:
        """Sets a field of an item."""
        change = f'<t:FieldURI FieldURI="{path}"/><t:{self.element}>{field}</t:{self.element}>'
        self.done(
            '<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges>'
            f'<t:ItemChange><t:ItemId Id="{item_id}"/><t:Updates><t:SetItemField>{change}</t:SetItemField></t:Updates>'
            "</t:ItemChange></m:ItemChanges></m:UpdateItem>"
        )

    def delete(self, item_id: str) -> None:
        """Deletes an item, all of its occurrences."""
        self.done(
            '<m:DeleteItem DeleteType="HardDelete" AffectedTaskOccurrences="AllOccurrences"><m:ItemIds>'
            f'<t:ItemId Id="{item_id}"/></m:ItemIds></m:DeleteItem>'
        )

    def move(self, item_id: str, folder: str) -> str:
        """Moves an item; the id that it has there."""
        moved = self.done(
            f"<m:MoveItem><m:ToFolderId>{folder}</m:ToFolderId><m:ItemIds><t:ItemId Id=\"{item_id}\"/></m:ItemIds>"
            "</m:MoveItem>"
        )
        return str(next(moved.iter(f"{TYPES}ItemId")).get("Id"))

    def attach(self, item_id: str, *attachments: str) -> None:
        """Attaches to an item."""
        self.done(
            f'<m:CreateAttachment><m:ParentItemId Id="{item_id}"/><m:Attachments>{"".join(attachments)}'
            "</m:Attachments></m:CreateAttachment>"
        )

    def attached(self, subject: str, name: str) -> dict[str, list[str]]:
        """The raw XML of each field of an item that is attached to the one with that subject."""
        [found] = [one for one in self.all() if one.findtext(f"{TYPES}Subject") == subject]
        [known] = [
            one.find(f"{TYPES}AttachmentId") for one in found.iterfind(f"{TYPES}Attachments/*")
            if one.findtext(f"{TYPES}Name") == name
        ]
        answer = self.done(
            "<m:GetAttachment><m:AttachmentIds><t:AttachmentId"
            f' Id="{known.get("Id")}"/></m:AttachmentIds></m:GetAttachment>'       # type: ignore[union-attr]  # it has one
        )
        return facts(next(answer.iter(f"{TYPES}Task")))

    def shown(self, item_id: str) -> etree._Element:
        """An item as GetItem shows it, with the properties beside its fields."""
        answer = self.done(f'<m:GetItem>{SHAPE}<m:ItemIds><t:ItemId Id="{item_id}"/></m:ItemIds></m:GetItem>')
        found = answer.find(f".//{MESSAGES}Items/*")
        assert found is not None
        return found

    def all(self) -> Iterator[etree._Element]:
        """Every item of the folder."""
        found = self.done(
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
            f"<m:ParentFolderIds>{self.folder}</m:ParentFolderIds></m:FindItem>"
        )
        ids = "".join(f'<t:ItemId Id="{one.get("Id")}"/>' for one in found.iter(f"{TYPES}ItemId"))
        if ids:
            answer = self.done(f"<m:GetItem>{SHAPE}<m:ItemIds>{ids}</m:ItemIds></m:GetItem>")
            yield from answer.iterfind(f".//{MESSAGES}Items/*")

    def facts(self) -> dict[str, dict[str, list[str]]]:
        """Of each item, by its subject, the raw XML of every field that a mailbox does not compute."""
        return {one.findtext(f"{TYPES}Subject") or "": facts(one) for one in self.all()}

    def id_of(self, subject: str) -> str:
        """The id of the item with that subject."""
        [found] = [one for one in self.all() if one.findtext(f"{TYPES}Subject") == subject]
        return str(found.find(f"{TYPES}ItemId").get("Id"))      # type: ignore[union-attr]  # each has one

    def parent_of(self, item_id: str) -> str:
        """The id of the folder that an item lies in."""
        return str(self.shown(item_id).find(f"{TYPES}ParentFolderId").get("Id"))    # type: ignore[union-attr]  # in one

    def subjects(self) -> list[str]:
        """The subjects of what lies in the folder, sorted."""
        return sorted(one.findtext(f"{TYPES}Subject") or "" for one in self.all())


def notes(mailbox: Mailbox, folder: str = standard("notes")) -> Desk:
    """The notes of a mailbox."""
    return Desk(mailbox, folder, "Message")


def facts(item: etree._Element) -> dict[str, list[str]]:
    """The raw XML of each field, by its name; those that a mailbox computes left out."""
    found: dict[str, list[str]] = {"element": [str(item.tag)]}
    for one in item:
        for known in list(one.iter(f"{TYPES}AttachmentId")):
            known.getparent().remove(known)         # type: ignore[union-attr]  # it has one
        name = str(one.tag).removeprefix(TYPES)
        if name not in OWN:
            found.setdefault(name, []).append(etree.tostring(one, method="c14n").decode())
    return found
