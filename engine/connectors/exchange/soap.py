"""SOAP envelopes as bytes, and answers read whole.

An answer counts only when it arrived to its last tag and holds as many response messages as were asked for
([MS-OXWSCDATA] 2.2.4.63: one message an item, in the request's order). Anything less is a lost answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from engine.connectors.exchange import versions
from engine.connectors.exchange.errors import AnswerLostError, CodeError, raise_for
from engine.errors import Side

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"
MESSAGES = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
ERRORS = "{http://schemas.microsoft.com/exchange/services/2006/errors}"

VERSION = b"Exchange2013"
HEAD = (
    b'<?xml version="1.0" encoding="utf-8"?>'
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'
    b' xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"'
    b' xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">'
    b'<s:Header><t:RequestServerVersion Version="' + VERSION + b'"/></s:Header><s:Body>'
)
TAIL = b"</s:Body></s:Envelope>"
ENDS = re.compile(rb"</(?:\w+:)?Envelope\s*>\s*\Z")
NOT_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")      # XML 1.0, production 2


def envelope(body: str | bytes, *, version: bytes = VERSION) -> bytes:
    """The request that carries `body`."""
    head = HEAD.replace(VERSION, version)
    return head + (body.encode() if isinstance(body, str) else body) + TAIL


def text(value: str) -> str:
    """A string as XML text. Characters that XML cannot carry become U+FFFD."""
    return escape(NOT_XML.sub("\ufffd", value))


def attribute(value: str) -> str:
    """A string as a quoted XML attribute."""
    return quoteattr(NOT_XML.sub("\ufffd", value))


def parse(answer: bytes, side: Side = Side.DESTINATION) -> etree._Element:
    """The body's one element. Raises AnswerLostError on an incomplete answer, the mapped error on a fault."""
    if not ENDS.search(answer[-64:]):
        raise AnswerLostError(f"The {side}'s answer was cut off.")
    root = _root(answer, side)
    version = root.find(f"{SOAP}Header/{TYPES}ServerVersionInfo")
    body = root.find(f"{SOAP}Body")
    if body is None or not len(body):
        raise AnswerLostError(f"The {side}'s answer cannot be read.")
    if body[0].tag == f"{SOAP}Fault":
        raise_for_fault(body[0], version, side)
    return body[0]


def _root(answer: bytes, side: Side) -> etree._Element:
    for recover in (False, True):   # servers send characters that XML forbids; the strict parser goes first
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, recover=recover)
        try:
            root = etree.fromstring(answer, parser)
        except etree.XMLSyntaxError:
            continue
        if root is not None and root.tag == f"{SOAP}Envelope":
            return root
    raise AnswerLostError(f"The {side}'s answer cannot be read.")


def raise_for_fault(
    fault: etree._Element, version: etree._Element | None, side: Side = Side.DESTINATION
) -> NoReturn:
    """Raises what a SOAP fault means: it concerns the whole request."""
    code = fault.findtext(f"detail/{ERRORS}ResponseCode") or (fault.findtext("faultcode") or "").rpartition(":")[2]
    words = fault.findtext(f"detail/{ERRORS}Message") or fault.findtext("faultstring") or ""
    versions.refuse_old(version, side)
    if not code.startswith("Error"):    # not of Exchange Web Services: whoever said it may not know what was done
        raise AnswerLostError(f"The {side} could not say whether it did what was asked.")
    raise_for(CodeError(code or "an unnamed fault", words, back_off=back_off(fault), side=side))


def server_version(answer: bytes) -> etree._Element | None:
    """The ServerVersionInfo element of an answer; None where there is none, as beside a fault."""
    try:
        return _root(answer, Side.DESTINATION).find(f"{SOAP}Header/{TYPES}ServerVersionInfo")
    except AnswerLostError:
        return None


def refuse_old(answer: bytes, side: Side = Side.DESTINATION) -> None:
    """Raises FatalError, with the release's name, when the answer comes from a server that is too old for that side."""
    versions.refuse_old(server_version(answer), side)


def back_off(element: etree._Element) -> float | None:
    """The wait that the server asks for, in seconds ([MS-OXWSCDATA] BackOffMilliseconds)."""
    for value in element.iter(f"{TYPES}Value"):
        if value.get("Name") == "BackOffMilliseconds" and re.fullmatch(r"\s*[0-9]{1,12}\s*", value.text or ""):
            return int(str(value.text)) / 1000
    return None


def messages(
    answer: etree._Element, count: int, side: Side = Side.DESTINATION
) -> Iterator[etree._Element | CodeError]:
    """Each response message in order; a CodeError in the place of each that is not a success.

    An answer to an operation that knows no batches is itself the response message, such as that to GetInboxRules
    (messages.xsd). Raises AnswerLostError when there are not exactly `count`.
    """
    inside = answer.find(f"{MESSAGES}ResponseMessages")
    found = [answer] if answer.get("ResponseClass") is not None else None if inside is None else list(inside)
    if found is None or len(found) != count:
        raise AnswerLostError(f"The {side}'s answer does not say what became of every item.")
    for message in found:
        yield message if message.get("ResponseClass") == "Success" else code_error(message, side)


def code_error(message: etree._Element, side: Side = Side.DESTINATION) -> CodeError:
    """The error of one response message; a busy server hides in an internal error ([MS-OXWSCDATA] MessageXml)."""
    code = message.findtext(f"{MESSAGES}ResponseCode") or "an unnamed error"
    inner = {v.get("Name"): v.text for v in message.iter(f"{TYPES}Value")}.get("InnerErrorResponseCode")
    if code == "ErrorInternalServerError" and inner:
        code = inner
    return CodeError(code, message.findtext(f"{MESSAGES}MessageText") or "", back_off=back_off(message), side=side)


def single(answer: etree._Element, side: Side = Side.DESTINATION) -> etree._Element:
    """The one response message of a request for one thing. Raises what its code means."""
    message = next(messages(answer, 1, side))
    if isinstance(message, CodeError):
        raise_for(message)
    return message
