"""The contacts and contact groups of a mailbox by raw requests of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.connectors.exchange.soap import MESSAGES, TYPES
from tests.servers.exchange.pair import Mailbox

CONTACTS = '<t:DistinguishedFolderId Id="contacts"/>'


def folder_of(folder_id: str) -> str:
    """A folder, in a request."""
    return f'<t:FolderId Id="{folder_id}"/>'


def by_address(address: str, name: str = "") -> str:
    """A member who is no item of the mailbox."""
    return (
        f"<t:Member><t:Mailbox><t:Name>{name or address}</t:Name><t:EmailAddress>{address}</t:EmailAddress>"
        "<t:RoutingType>SMTP</t:RoutingType><t:MailboxType>OneOff</t:MailboxType></t:Mailbox></t:Member>"
    )


def by_item(item_id: str, kind: str = "Contact", *, address: str = "") -> str:
    """A member that is a contact, by one of its addresses; or a group: PrivateDL."""
    by = f"<t:EmailAddress>{address}</t:EmailAddress>" if address else ""
    kind_of = f"<t:MailboxType>{kind}</t:MailboxType>"
    return f'<t:Member><t:Mailbox>{by}{kind_of}<t:ItemId Id="{item_id}"/></t:Mailbox></t:Member>'


def nested(item_id: str) -> str:
    """A member that is a group."""
    return by_item(item_id, "PrivateDL")


@dataclass(frozen=True)
class Member:
    """A member as ExpandDL tells it. `id` is that of the contact or group that it is, "" where it is none."""

    name: str
    address: str
    kind: str
    id: str = ""


@dataclass
class People:
    """A mailbox with contacts and groups."""

    mailbox: Mailbox

    def done(self, body: str) -> Any:
        """The answer to a request of which all is done."""
        answer = self.mailbox.asked(body)
        assert {one.text for one in answer.iter(f"{MESSAGES}ResponseCode")} == {"NoError"}, body
        return answer

    def _made(self, element: str, folder: str) -> str:
        made = self.done(
            f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>{folder}</m:SavedItemFolderId>'
            f"<m:Items>{element}</m:Items></m:CreateItem>"
        )
        return str(next(made.iter(f"{TYPES}ItemId")).get("Id"))

    def folder(self, name: str, parent: str = CONTACTS) -> str:
        """Makes a folder for contacts; it, in a request."""
        made = self.done(
            f"<m:CreateFolder><m:ParentFolderId>{parent}</m:ParentFolderId><m:Folders><t:ContactsFolder>"
            f"<t:DisplayName>{name}</t:DisplayName></t:ContactsFolder></m:Folders></m:CreateFolder>"
        )
        return folder_of(next(made.iter(f"{TYPES}FolderId")).get("Id"))

    def contact(self, name: str, *addresses: str, folder: str = CONTACTS) -> str:
        """A contact; its id."""
        entries = "".join(
            f'<t:Entry Key="EmailAddress{number}">{address}</t:Entry>' for number, address in enumerate(addresses, 1)
        )
        mails = f"<t:EmailAddresses>{entries}</t:EmailAddresses>" if entries else ""
        return self._made(f"<t:Contact><t:DisplayName>{name}</t:DisplayName>{mails}</t:Contact>", folder)

    def group(self, name: str, *members: str, folder: str = CONTACTS, before: str = "", behind: str = "") -> str:
        """A group; its id. `before` are fields that all items have, `behind` stands behind its name."""
        inside = f"<t:Members>{''.join(members)}</t:Members>" if members else ""
        return self._made(
            f"<t:DistributionList>{before}<t:DisplayName>{name}</t:DisplayName>{behind}{inside}"
            "</t:DistributionList>", folder
        )

    def add(self, item_id: str, *members: str) -> None:
        """Makes them members too."""
        self.done(
            '<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges>'
            f'<t:ItemChange><t:ItemId Id="{item_id}"/><t:Updates><t:AppendToItemField>'
            '<t:FieldURI FieldURI="distributionlist:Members"/><t:DistributionList><t:Members>'
            f"{''.join(members)}</t:Members></t:DistributionList></t:AppendToItemField></t:Updates></t:ItemChange>"
            "</m:ItemChanges></m:UpdateItem>"
        )

    def without_address(self, item_id: str, number: int = 1) -> None:
        """Takes the address of that number from a contact."""
        self.done(
            '<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges>'
            f'<t:ItemChange><t:ItemId Id="{item_id}"/><t:Updates><t:DeleteItemField>'
            f'<t:IndexedFieldURI FieldURI="contacts:EmailAddress" FieldIndex="EmailAddress{number}"/>'
            "</t:DeleteItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
        )

    def rename(self, item_id: str, name: str) -> None:
        """Gives a contact or a group another name."""
        self.done(
            '<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges>'
            f'<t:ItemChange><t:ItemId Id="{item_id}"/><t:Updates><t:SetItemField>'
            '<t:FieldURI FieldURI="contacts:DisplayName"/><t:DistributionList><t:DisplayName>'
            f"{name}</t:DisplayName></t:DistributionList></t:SetItemField></t:Updates></t:ItemChange>"
            "</m:ItemChanges></m:UpdateItem>"
        )

    def parent_of(self, item_id: str) -> str:
        """The id of the folder that an item lies in."""
        answer = self.done(
            "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
            '<t:FieldURI FieldURI="item:ParentFolderId"/></t:AdditionalProperties></m:ItemShape>'
            f'<m:ItemIds><t:ItemId Id="{item_id}"/></m:ItemIds></m:GetItem>'
        )
        return str(next(answer.iter(f"{TYPES}ParentFolderId")).get("Id"))

    def delete(self, *ids: str) -> None:
        """Deletes items for good."""
        listed = "".join(f'<t:ItemId Id="{one}"/>' for one in ids)
        self.done(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{listed}</m:ItemIds></m:DeleteItem>')

    def move(self, item_id: str, folder: str) -> None:
        """Moves an item into another folder."""
        self.done(
            f"<m:MoveItem><m:ToFolderId>{folder}</m:ToFolderId>"
            f'<m:ItemIds><t:ItemId Id="{item_id}"/></m:ItemIds></m:MoveItem>'
        )

    def copy(self, item_id: str, folder: str) -> None:
        """Copies an item into another folder."""
        self.done(
            f"<m:CopyItem><m:ToFolderId>{folder}</m:ToFolderId>"
            f'<m:ItemIds><t:ItemId Id="{item_id}"/></m:ItemIds></m:CopyItem>'
        )

    def folders(self) -> dict[str, str]:
        """The folders below the contacts, in a request, by their names."""
        found = self.done(
            '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
            f"<m:ParentFolderIds>{CONTACTS}</m:ParentFolderIds></m:FindFolder>"
        )
        return {
            one.findtext(f"{TYPES}DisplayName") or "": folder_of(one.find(f"{TYPES}FolderId").get("Id"))
            for one in found.iterfind(f".//{TYPES}Folders/*")
        }

    def members(self, item_id: str) -> list[Member]:
        """The members of a group, by ExpandDL."""
        answer = self.done(f'<m:ExpandDL><m:Mailbox><t:ItemId Id="{item_id}"/></m:Mailbox></m:ExpandDL>')
        return list(_members(answer.iter(f"{TYPES}Mailbox")))

    def ids(self, folder: str = CONTACTS) -> dict[str, str]:
        """The ids of the contacts and groups of a folder, by their subjects."""
        found = self.done(
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
            '<t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties></m:ItemShape>'
            f"<m:ParentFolderIds>{folder}</m:ParentFolderIds></m:FindItem>"
        )
        return {
            item.findtext(f"{TYPES}Subject") or "": item.find(f"{TYPES}ItemId").get("Id")
            for item in found.iterfind(f".//{TYPES}Items/*")
        }

    def people(self, item_id: str, seen: Sequence[str] = ()) -> set[str]:
        """The addresses of all who are in a group, and in the groups within it."""
        found: set[str] = set()
        for one in self.members(item_id):
            if one.kind != "PrivateDL":
                found.add(one.address)
            elif one.id and one.id not in (*seen, item_id):
                found |= self.people(one.id, (*seen, item_id))
        return found


def _members(mailboxes: Iterator[Any]) -> Iterator[Member]:
    for one in mailboxes:
        known = one.find(f"{TYPES}ItemId")
        yield Member(
            one.findtext(f"{TYPES}Name") or "", one.findtext(f"{TYPES}EmailAddress") or "",
            one.findtext(f"{TYPES}MailboxType") or "", "" if known is None else known.get("Id"),
        )
