"""ConvertId: between the EWS format and the MAPI entry id, in base64 and in hexadecimal.

Microsoft's page "ConvertId operation": the format of the address in Mailbox is checked, whether it is a
mailbox is not. The id itself names its mailbox by GUID (MS-OXWSITEMID), and the answer carries that mailbox's
primary address: DavMail converts an id under a made-up address to learn whose mailbox it is in.

Assumption: the other formats (OwaId, StoreId, EwsLegacyId) are refused.
"""

import base64
import binascii
import re

from lxml import etree

from emulators.exchange import ids, mailbox
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError, SoapFault
from emulators.exchange.soap import children, failure, response, success, text

_FORMATS = ("EwsId", "EntryId", "HexEntryId")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


def convert_id(call: Call) -> str:
    """Answer a ConvertId request, each id by itself."""
    answers = []
    destination = call.request.get("DestinationFormat", "EwsId")
    for position, source in enumerate(children(call.request, "SourceIds")):
        if source.get("Format") not in _FORMATS or destination not in _FORMATS:
            raise SoapFault("ErrorInvalidOperation", "This server converts EwsId, EntryId and HexEntryId only.")
        try:
            call.injected(position)
            answers.append(success("ConvertId", _converted(call, source, destination)))
        except ItemError as error:
            answers.append(failure("ConvertId", error.code, error.text, values=error.values))
    return response("ConvertId", answers)


def _converted(call: Call, source: etree._Element, destination: str) -> str:
    """The AlternateId element.

    Raises ItemError: ErrorInvalidIdEmpty, ErrorInvalidIdMalformed, ErrorNonExistentMailbox;
    ErrorInvalidSmtpAddress (Assumption: that this is the code for an address of no valid format).
    """
    value = _ews_id(source.get("Format", ""), source.get("Id", ""))
    named = ids.parse_id(value)
    if not _ADDRESS.fullmatch(source.get("Mailbox", "")):
        raise ItemError("ErrorInvalidSmtpAddress")
    address = mailbox.address_of(call.db, named.mailbox)
    if address is None:
        raise ItemError("ErrorNonExistentMailbox")
    return (f'<m:AlternateId xsi:type="t:AlternateIdType" Format="{destination}" '
            f'Id="{text(_written(value, destination))}" Mailbox="{text(address)}"/>')


def _ews_id(kind: str, value: str) -> str:
    if kind == "EwsId":
        return value
    try:
        entry = bytes.fromhex(value) if kind == "HexEntryId" else base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error) as error:
        raise ItemError("ErrorInvalidIdMalformed") from error
    return ids.from_entry_id(entry)


def _written(value: str, destination: str) -> str:
    if destination == "EwsId":
        return value
    entry = ids.entry_id(value)
    return entry.hex().upper() if destination == "HexEntryId" else base64.b64encode(entry).decode()
