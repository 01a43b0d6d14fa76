"""ConvertId: only ever the EWS format into itself.

Assumption: real servers know six formats; clients here convert nothing, they ask to learn the server's
version (exchangelib, with an id that cannot be read) or to have an EWS id confirmed (DavMail).
"""

from lxml import etree

from emulators.exchange import ids
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.soap import children, failure, response, success, text


def convert_id(call: Call) -> str:
    """Answer a ConvertId request, each id by itself."""
    answers = []
    destination = call.request.get("DestinationFormat", "EwsId")
    for source in children(call.request, "SourceIds"):
        try:
            answers.append(success("ConvertId", _converted(source, destination)))
        except ItemError as error:
            answers.append(failure("ConvertId", error.code, error.text))
    return response("ConvertId", answers)


def _converted(source: etree._Element, destination: str) -> str:
    """The AlternateId element; raises ItemError ErrorInvalidIdMalformed."""
    value, mailbox = source.get("Id", ""), source.get("Mailbox", "")
    if source.get("Format") != "EwsId" or destination != "EwsId":
        raise ItemError("ErrorInvalidIdMalformed")
    ids.parse_id(value)
    return (f'<m:AlternateId xsi:type="t:AlternateIdType" Format="EwsId" Id="{text(value)}" '
            f'Mailbox="{text(mailbox)}"/>')
