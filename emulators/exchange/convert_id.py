"""ConvertId: between the EWS format and the MAPI entry id, in base64 and in hexadecimal.

Assumption: the other formats (OwaId, StoreId, EwsLegacyId) are refused; clients here convert to learn the
server's version (exchangelib, with an id that cannot be read) or to have an EWS id confirmed (DavMail).
"""

import base64
import binascii

from lxml import etree

from emulators.exchange import ids
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError, SoapFault
from emulators.exchange.soap import children, failure, response, success, text

_FORMATS = ("EwsId", "EntryId", "HexEntryId")


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
            answers.append(failure("ConvertId", error.code, error.text))
    return response("ConvertId", answers)


def _converted(call: Call, source: etree._Element, destination: str) -> str:
    """The AlternateId element.

    Raises ItemError: ErrorInvalidIdEmpty, ErrorInvalidIdMalformed, ErrorNonExistentMailbox (rule R14).
    """
    value, mailbox = _ews_id(source.get("Format", ""), source.get("Id", "")), source.get("Mailbox", "")
    ids.parse_id(value)
    if mailbox.lower() not in call.others | {call.mailbox.address}:
        raise ItemError("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
    return (f'<m:AlternateId xsi:type="t:AlternateIdType" Format="{destination}" '
            f'Id="{text(_written(value, destination))}" Mailbox="{text(mailbox)}"/>')


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
