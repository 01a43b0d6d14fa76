"""The contacts of a mailbox by raw requests of the tests' own: what is put into them, and what they show."""

from __future__ import annotations

import struct
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from engine.connectors.exchange.soap import MESSAGES, TYPES, envelope, parse
from tests.servers.exchange.pair import Mailbox, named, tagged

CONTACTS = '<t:DistinguishedFolderId Id="contacts"/>'
PHOTO = (
    "<t:FileAttachment><t:Name>ContactPicture.jpg</t:Name><t:IsContactPhoto>true</t:IsContactPhoto>"
    "<t:Content>/9j/4AAQ</t:Content></t:FileAttachment>"
)
FILE = "<t:FileAttachment><t:Name>plan.txt</t:Name><t:Content>QUJD</t:Content></t:FileAttachment>"
PHONES = (
    "AssistantPhone", "BusinessFax", "BusinessPhone", "BusinessPhone2", "Callback", "CarPhone", "CompanyMainPhone",
    "HomeFax", "HomePhone", "HomePhone2", "Isdn", "MobilePhone", "OtherFax", "OtherTelephone", "Pager", "PrimaryPhone",
    "RadioPhone", "Telex", "TtyTddPhone",
)
# Named by the numbers of [MS-OXPROPS], by hand: what Outlook shows of a contact and the schema has no field for.
KEPT_BY_OUTLOOK = (
    *(tagged(number, "String", f"text of {number}") for number in (
        "0x3A45", "0x3A43", "0x3A47", "0x3A0C", "0x3A0D", "0x3A07", "0x3A00", "0x3A10", "0x3A4A", "0x3A4C", "0x3A49",
        "0x3A50", "0x3A5E", "0x3A64",
    )),
    tagged("0x3A4D", "Short", "1"), tagged("0x3A22", "Binary", "AAEC"),
    *(named("Address", number, "String", f"text of {number}") for number in (
        0x802C, 0x802D, 0x802E, 0x802B, 0x80D8, 0x804A, 0x804F, 0x8050, 0x8051, 0x8052, 0x801A, 0x801B, 0x801C, 0x8084,
        0x80B2, 0x80B3, 0x80B4, 0x80DA, 0x80DD,
    )),
    named("Address", 0x80DE, "SystemTime", "1975-06-01T00:00:00Z"), named("Address", 0x8025, "Boolean", "true"),
    named("Common", 0x8535, "String", "text of billing"), named("Common", 0x8530, "String", "Call"),
    named("Task", 0x8105, "SystemTime", "2020-06-02T00:00:00Z"), tagged("0x1090", "Integer", "2"),
)
OF_THE_MAILBOX = {
    "ItemId", "ParentFolderId", "Size", "DateTimeCreated", "DateTimeReceived", "DateTimeSent", "LastModifiedTime",
    "LastModifiedName", "ConversationId", "WebClientReadFormQueryString", "WebClientEditFormQueryString", "InstanceKey",
    "SearchKey", "EffectiveRights",
}


def full(name: str) -> str:
    """The inside of a contact with every field that a client may write, in the schema's order."""
    phones = "".join(f'<t:Entry Key="{key}">+49 {number}</t:Entry>' for number, key in enumerate(PHONES, 100))
    emails = "".join(
        f'<t:Entry Key="EmailAddress{n}" Name="{name} &lt;{n}&gt;" RoutingType="SMTP">{name.lower()}{n}@example.net'
        "</t:Entry>" for n in (1, 2, 3)
    )
    places = "".join(
        f'<t:Entry Key="{key}"><t:Street>{key} St. 1&#13;\n2nd floor</t:Street><t:City>Lyon</t:City>'
        f"<t:State>ARA</t:State><t:CountryOrRegion>France</t:CountryOrRegion><t:PostalCode>6900{at}</t:PostalCode>"
        "</t:Entry>" for at, key in enumerate(("Home", "Business", "Other"))
    )
    chats = "".join(f'<t:Entry Key="ImAddress{n}">xmpp:{name}{n}</t:Entry>' for n in (1, 2, 3))
    return (
        "<t:Subject>Not its name</t:Subject><t:Sensitivity>Private</t:Sensitivity>"
        '<t:Body BodyType="Text">Met in Łódź\n&amp; on the train</t:Body>'
        f"<t:Attachments>{PHOTO}{FILE}</t:Attachments>"
        "<t:Categories><t:String>Red</t:String><t:String>Ü</t:String></t:Categories><t:Importance>High</t:Importance>"
        f"{''.join(KEPT_BY_OUTLOOK)}<t:Culture>fr-FR</t:Culture>"
        f"<t:FileAs>by hand</t:FileAs><t:DisplayName>Dr. {name} X</t:DisplayName><t:GivenName>{name}</t:GivenName>"
        "<t:Initials>A.B.</t:Initials><t:MiddleName>Middle</t:MiddleName><t:Nickname>Nick</t:Nickname>"
        "<t:CompanyName>Contoso &amp; Co</t:CompanyName>"
        f"<t:EmailAddresses>{emails}</t:EmailAddresses><t:PhysicalAddresses>{places}</t:PhysicalAddresses>"
        f"<t:PhoneNumbers>{phones}</t:PhoneNumbers><t:AssistantName>Ann</t:AssistantName>"
        "<t:Birthday>1975-06-01T11:59:00Z</t:Birthday><t:BusinessHomePage>https://example.net/a?b=c</t:BusinessHomePage>"
        "<t:Children><t:String>Kim</t:String><t:String>Bo</t:String></t:Children>"
        "<t:Companies><t:String>Contoso</t:String></t:Companies><t:Department>R&amp;D</t:Department>"
        f"<t:Generation>III</t:Generation><t:ImAddresses>{chats}</t:ImAddresses><t:JobTitle>Chief</t:JobTitle>"
        "<t:Manager>Max</t:Manager><t:Mileage>12 km</t:Mileage><t:OfficeLocation>B/12</t:OfficeLocation>"
        "<t:PostalAddressIndex>Business</t:PostalAddressIndex><t:Profession>Baker</t:Profession>"
        "<t:SpouseName>Sam</t:SpouseName><t:Surname>Muster</t:Surname>"
        "<t:WeddingAnniversary>2001-02-03T11:59:00Z</t:WeddingAnniversary>"
    )


def plain(name: str, more: str = "", *, before: str = "") -> str:
    """The inside of a contact with a name and an address; `before` and `more` stand before and behind these."""
    return (
        f"{before}<t:DisplayName>{name}</t:DisplayName><t:GivenName>{name}</t:GivenName><t:EmailAddresses>"
        f'<t:Entry Key="EmailAddress1">{name.lower()}@example.net</t:Entry></t:EmailAddresses>{more}'
    )


# Of each type in Outlook's dialog for a new field its number there, its VARENUM, its property type and a value.
USER_FIELDS = (
    ("Favourite", 0, 8, "String", "Tee & Kuchen"), ("Größe", 1, 5, "Double", "1.75"), ("Share", 2, 5, "Double", "0.5"),
    ("Fee", 3, 6, "Currency", "125000"), ("Member", 4, 11, "Boolean", "true"),
    ("Since", 5, 7, "SystemTime", "2020-05-17T08:30:07Z"), ("Call for", 6, 3, "Integer", "30"),
    ("Points", 14, 3, "Integer", "7"),
)


def packed(text: bytes) -> bytes:
    """A PackedAnsiString."""
    return (bytes([len(text)]) if len(text) < 255 else b"\xff" + struct.pack("<H", len(text))) + text


def definition(name: str, dialog: int, variant: int, *, version: int = 0x0103, rule: bytes = b"") -> bytes:
    """A FieldDefinition of an owner's field, as Outlook notes it beside an item."""
    wide = name.encode("utf-16-le")
    narrow = name.encode("cp1252", "replace")
    head = struct.pack("<IHIH", 0x45, variant, 0, len(name)) + wide
    strings = packed(narrow) + packed(b"") + packed(rule) + 2 * packed(b"")
    block = bytes([len(name)]) + wide
    more = struct.pack("<II", dialog, len(block)) + block + struct.pack("<I", 0) if version == 0x0103 else b""
    return head + strings + more


def definitions(*each: bytes, version: int = 0x0103) -> bytes:
    """A PropertyDefinition stream of those."""
    return struct.pack("<HI", version, len(each)) + b"".join(each)


def user_field(name: str, kind: str, value: str) -> str:
    """A property that its owner has named, in raw XML."""
    held = escape(value)
    return (
        f'<t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="{name}"'
        f' PropertyType="{kind}"/><t:Value>{held}</t:Value></t:ExtendedProperty>'
    )


def defined() -> str:
    """The fields of an owner's own, with their definitions, in raw XML."""
    stream = definitions(*(definition(name, dialog, variant) for name, dialog, variant, *_ in USER_FIELDS))
    return named("Common", 0x8540, "Binary", b64encode(stream).decode()) + "".join(
        user_field(name, kind, value) for name, _, _, kind, value in USER_FIELDS
    )


@dataclass
class Cards:
    """A folder for contacts of a mailbox."""

    mailbox: Mailbox
    folder: str = CONTACTS
    version: bytes = b"Exchange2010_SP1"

    def done(self, body: str) -> Any:
        sessions = self.mailbox.sessions
        answer = parse(sessions.ask(envelope(body, version=self.version)), sessions.side)
        assert {one.text for one in answer.iter(f"{MESSAGES}ResponseCode")} == {"NoError"}, etree.tostring(answer)
        return answer

    def put(self, inside: str, element: str = "Contact") -> str:
        """Creates a contact; its id."""
        made = self.done(
            f"<m:CreateItem><m:SavedItemFolderId>{self.folder}</m:SavedItemFolderId><m:Items><t:{element}>{inside}"
            f"</t:{element}></m:Items></m:CreateItem>"
        )
        return str(next(made.iter(f"{TYPES}ItemId")).get("Id"))

    def set(self, item_id: str, path: str, inside: str) -> None:
        """Sets a field of a contact."""
        self.done(
            '<m:UpdateItem ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>'
            f'<t:ItemId Id="{item_id}"/><t:Updates><t:SetItemField>{path}<t:Contact>{inside}</t:Contact>'
            "</t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
        )

    def note(self, item_id: str, words: str) -> None:
        """Its owner writes something down about it."""
        body = f'<t:Body BodyType="Text">{words}</t:Body>'
        self.set(item_id, '<t:FieldURI FieldURI="item:Body"/>', body)

    def rename(self, item_id: str, name: str) -> None:
        """Its owner calls it otherwise."""
        path = '<t:FieldURI FieldURI="contacts:DisplayName"/>'
        self.set(item_id, path, f"<t:DisplayName>{name}</t:DisplayName>")

    def delete(self, item_id: str) -> None:
        """Deletes an item."""
        self.done(
            f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId Id="{item_id}"/></m:ItemIds></m:DeleteItem>'
        )

    def new_folder(self, name: str, kind: str = "") -> str:
        """Makes a folder in this one; its FolderId as a request has it."""
        inside = f"<t:FolderClass>{kind}</t:FolderClass>" if kind else ""
        element = "Folder" if kind else "ContactsFolder"
        made = self.done(
            f"<m:CreateFolder><m:ParentFolderId>{self.folder}</m:ParentFolderId><m:Folders><t:{element}>{inside}"
            f"<t:DisplayName>{name}</t:DisplayName></t:{element}></m:Folders></m:CreateFolder>"
        )
        return f'<t:FolderId Id="{next(made.iter(f"{TYPES}FolderId")).get("Id")}"/>'

    def folder_id(self) -> str:
        """The id of the folder."""
        answer = self.done(
            "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
            f"<m:FolderIds>{self.folder}</m:FolderIds></m:GetFolder>"
        )
        return str(next(answer.iter(f"{TYPES}FolderId")).get("Id"))

    def entry_id(self) -> bytes:
        """The folder's PidTagEntryId."""
        answer = self.done(
            "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
            '<t:ExtendedFieldURI PropertyTag="0x0FFF" PropertyType="Binary"/></t:AdditionalProperties></m:FolderShape>'
            f"<m:FolderIds>{self.folder}</m:FolderIds></m:GetFolder>"
        )
        return b64decode(next(answer.iter(f"{TYPES}Value")).text)

    def set_folder(self, distinguished: str, property_: str) -> None:
        """A program notes a property with a folder."""
        path = property_.partition("<t:Value>")[0].removeprefix("<t:ExtendedProperty>")
        self.done(
            f'<m:UpdateFolder><m:FolderChanges><t:FolderChange><t:DistinguishedFolderId Id="{distinguished}"/>'
            f"<t:Updates><t:SetFolderField>{path}<t:Folder>{property_}</t:Folder></t:SetFolderField></t:Updates>"
            "</t:FolderChange></m:FolderChanges></m:UpdateFolder>"
        )

    def folders(self) -> dict[str, str]:
        """Every folder of the mailbox by its name, as a request has it."""
        answer = self.done(
            '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
            '<m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds></m:FindFolder>'
        )
        return {
            str(one.findtext(f"{TYPES}DisplayName")): f'<t:FolderId Id="{one.find(f"{TYPES}FolderId").get("Id")}"/>'
            for one in answer.iterfind(f".//{TYPES}Folders/*")
        }

    def ids(self) -> list[str]:
        """The ids of all that lies in the folder."""
        answer = self.done(
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
            f"<m:ParentFolderIds>{self.folder}</m:ParentFolderIds></m:FindItem>"
        )
        return [str(one.get("Id")) for one in answer.iter(f"{TYPES}ItemId")]

    def shown(self, item_id: str) -> Any:
        """An item with every property that the schema names, and those that Outlook keeps beside it."""
        own = (user_field(name, kind, "") for name, _, _, kind, _ in USER_FIELDS)
        uris = "".join(etree.tostring(etree.fromstring(f'<x xmlns:t="{TYPES[1:-1]}">{one}</x>')[0][0]).decode()
                       for one in (*KEPT_BY_OUTLOOK, *own))
        answer = self.done(
            "<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:AdditionalProperties>"
            f'<t:FieldURI FieldURI="item:Culture"/>{uris}</t:AdditionalProperties></m:ItemShape><m:ItemIds>'
            f'<t:ItemId Id="{item_id}"/></m:ItemIds></m:GetItem>'
        )
        return answer.find(f".//{MESSAGES}Items/*")

    def facts(self, item_id: str) -> list[str]:
        """The raw XML of all that an item says of itself, but what its mailbox counts, dates and numbers."""
        found = self.shown(item_id)
        for one in [each for name in ("AttachmentId", "LastModifiedTime") for each in found.iter(f"{TYPES}{name}")]:
            one.getparent().remove(one)
        return sorted(
            etree.tostring(one, method="c14n").decode() for one in found
            if one.tag.removeprefix(TYPES) not in OF_THE_MAILBOX
        )

    def all_facts(self) -> list[list[str]]:
        """Those of all that lies in the folder."""
        return sorted(map(self.facts, self.ids()))
