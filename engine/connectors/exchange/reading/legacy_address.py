"""The address by which an Exchange organization knows the mailbox's owner: its legacyExchangeDN ("/o=…/cn=…").

Mail between two people of an organization names its sender by it (PidTagSenderEmailAddress of the type EX, [MS-OXOMSG]
2.2.1.48 and 2.2.1.49), and so do the addresses that Outlook remembers: replies bounce once it is no one's (Microsoft,
"IMCEAEX non-delivery report when you send email messages to an internal user in Microsoft 365").

No operation tells it outright. But FindItem gives the organizer of an appointment by it, with RoutingType EX, where
GetItem gives the SMTP address: recorded from Exchange 2019 (15.2.1748) and Exchange Online (15.20.3370). MyResponseType
says of which appointments the owner is the organizer ([MS-OXWSMTGS] 2.2.4.6).
"""

from __future__ import annotations

from lxml import etree

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.reading.asking import Asking, Question
from engine.connectors.exchange.soap import TYPES
from engine.errors import FatalError, RefusedError, RetryableError, SignInError

APPOINTMENTS = 100      # that are looked at
LONGEST = 1024          # characters; more than any directory keeps
_ASKED = (
    '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
    '<t:FieldURI FieldURI="calendar:MyResponseType"/><t:FieldURI FieldURI="calendar:Organizer"/>'
    "</t:AdditionalProperties></m:ItemShape>"
    f'<m:IndexedPageItemView MaxEntriesReturned="{APPOINTMENTS}" Offset="0" BasePoint="Beginning"/>'
    '<m:ParentFolderIds><t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds></m:FindItem>'
)


def legacy_address(asking: Asking) -> str:
    """The owner's legacyExchangeDN; "" where the mailbox does not tell it, or tells several. Raises SignInError."""
    try:
        message = asking.all(Question(_ASKED))[0]
    except SignInError:
        raise
    except (RefusedError, RetryableError, FatalError):
        return ""
    if isinstance(message, CodeError):
        return ""
    found = {address.lower(): address for address in map(_told, message.iterfind(f".//{TYPES}CalendarItem")) if address}
    return next(iter(found.values())) if len(found) == 1 else ""


def _told(item: etree._Element) -> str:
    """The address of the organizer, where that is the owner and it is one of Exchange's own."""
    if item.findtext(f"{TYPES}MyResponseType") != "Organizer":
        return ""
    mailbox = f"{TYPES}Organizer/{TYPES}Mailbox"
    address = item.findtext(f"{mailbox}/{TYPES}EmailAddress") or ""
    is_own = item.findtext(f"{mailbox}/{TYPES}RoutingType") == "EX" and address.lower().startswith("/o=")
    return address if is_own and len(address) <= LONGEST else ""
