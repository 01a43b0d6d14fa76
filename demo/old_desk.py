"""What else is in the mailbox that is left: contacts, a contact group of them, tasks and a sticky note.

By plain requests of Exchange Web Services, without a line of the engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from demo.old_mailbox import Service, named
from demo.servers import Exchange

CONTACTS = (
    ("Anouk", "Leroy", "anouk@editions.example", "+33 1 40 00 00 01"),
    ("Paul", "Moreau", "paul@editions.example", "+33 1 40 00 00 02"),
    ("Zofia", "Żółtowska", "zofia@druk.example", "+48 22 000 00 03"),
)
GROUP = "Comité de lecture"
DAVID = "<t:Member><t:Mailbox><t:Name>David</t:Name><t:EmailAddress>david@lecteurs.example</t:EmailAddress></t:Mailbox>"
TASKS = (
    "<t:Subject>Rendre les épreuves</t:Subject><t:DueDate>2044-03-18T00:00:00Z</t:DueDate>"
    "<t:PercentComplete>40</t:PercentComplete><t:Status>InProgress</t:Status>",
    "<t:Subject>Signer le contrat</t:Subject><t:CompleteDate>2025-02-03T00:00:00Z</t:CompleteDate>",
)
NOTE = (
    "<t:ItemClass>IPM.StickyNote</t:ItemClass><t:Subject>Code du portail</t:Subject>"
    '<t:Body BodyType="Text">Code du portail : demander à Paul</t:Body><t:ExtendedProperty><t:ExtendedFieldURI'
    ' PropertySetId="0006200E-0000-0000-C000-000000000046" PropertyId="35584" PropertyType="Integer"/>'
    "<t:Value>4</t:Value></t:ExtendedProperty>"        # PidLidNoteColor [MS-OXONOTE] 2.2.1.1: white
)
ITEMS = len(CONTACTS) + 1 + len(TASKS) + 1
_SHOWN = {
    "contacts": ("DisplayName", "Entry", "Name", "EmailAddress"),
    "tasks": ("Subject", "DueDate", "CompleteDate", "PercentComplete", "Status"),
    "notes": ("Subject", "Body"),
}
_ONE = re.compile(r"<t:(Contact|DistributionList|Task|Message)>(.*?)</t:\1>", re.DOTALL)


def fill(exchange: Exchange) -> None:
    """Puts all of it there. Raises RuntimeError when the server refuses anything."""
    service = Service(exchange)
    ids = [_created(service, "contacts", "Contact", _contact(*one)) for one in CONTACTS]
    members = "".join(_member(*each) for each in zip(ids[:2], CONTACTS, strict=False)) + f"{DAVID}</t:Member>"
    _created(
        service, "contacts", "DistributionList",
        f"<t:DisplayName>{GROUP}</t:DisplayName><t:Members>{members}</t:Members>",
    )
    for inside in TASKS:
        _created(service, "tasks", "Task", inside)
    _created(service, "notes", "Message", NOTE)


def shown(exchange: Exchange) -> list[str]:
    """What a mailbox shows of it, an item a line."""
    return sorted(line for folder in _SHOWN for line in _lines(Service(exchange), folder))


def _lines(service: Service, folder: str) -> Iterator[str]:
    found = service.ask(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
        f"<m:ParentFolderIds>{named(folder)}</m:ParentFolderIds></m:FindItem>"
    )
    ids = re.findall(r"<t:ItemId [^>]*>", found)
    answer = "" if not ids else service.ask(
        "<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>"
        f"<m:ItemIds>{''.join(ids)}</m:ItemIds></m:GetItem>"
    )
    for kind, inside in _ONE.findall(answer):
        values = [text for name in _SHOWN[folder] for text in re.findall(rf"<t:{name}\b[^>]*>([^<]+)<", inside)]
        yield f"{kind}: {', '.join(dict.fromkeys(values))}"


def _contact(given: str, surname: str, address: str, phone: str) -> str:
    return (
        f"<t:DisplayName>{given} {surname}</t:DisplayName><t:GivenName>{given}</t:GivenName><t:EmailAddresses>"
        f'<t:Entry Key="EmailAddress1">{address}</t:Entry></t:EmailAddresses><t:PhoneNumbers>'
        f'<t:Entry Key="BusinessPhone">{phone}</t:Entry></t:PhoneNumbers><t:Surname>{surname}</t:Surname>'
    )


def _member(item_id: str, contact: tuple[str, str, str, str]) -> str:
    """A member that is a contact."""
    given, surname, address, _ = contact
    return (
        f"<t:Member><t:Mailbox><t:Name>{given} {surname}</t:Name><t:EmailAddress>{address}</t:EmailAddress>"
        "<t:RoutingType>SMTP</t:RoutingType><t:MailboxType>Contact</t:MailboxType>"
        f'<t:ItemId Id="{escape(item_id)}"/></t:Mailbox></t:Member>'
    )


def _created(service: Service, folder: str, element: str, inside: str) -> str:
    """Saves an item there. Its id."""
    answer = service.ask(
        f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>{named(folder)}</m:SavedItemFolderId>'
        f"<m:Items><t:{element}>{inside}</t:{element}></m:Items></m:CreateItem>"
    )
    return "".join(re.findall(r'<t:ItemId Id="([^"]+)"', answer)[:1])
