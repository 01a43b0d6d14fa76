"""The envelope: requests in, answers and faults out."""

import re
from dataclasses import dataclass

from lxml import etree

from emulators.exchange.errors import SoapFault
from emulators.exchange.settings import ServerVersion

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
ERRORS = "http://schemas.microsoft.com/exchange/services/2006/errors"

_PARSER_OPTIONS = {"huge_tree": True, "resolve_entities": False, "no_network": True, "remove_comments": True,
                   "remove_pis": True}
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOCALS: dict[object, str] = {}     # the schema has some hundred names
_MARKED = re.compile("[&<>\"\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")     # what `text` changes
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#xD;"})

MUST_UNDERSTAND = "MustUnderstand"     # SOAP's own fault, which carries no detail
_HEADERS = ("RequestServerVersion", "ExchangeImpersonation", "MailboxCulture", "TimeZoneContext", "DateTimePrecision",
            "SerializedSecurityContext", "ManagementRole")
_UNDERSTOOD = frozenset(f"{{{TYPES}}}{name}" for name in _HEADERS)
XMLNS = f'xmlns:m="{MESSAGES}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" ' \
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:t="{TYPES}"'


def m(name: str) -> str:
    """A name in the messages namespace, as lxml spells it."""
    return f"{{{MESSAGES}}}{name}"


def t(name: str) -> str:
    """A name in the types namespace, as lxml spells it."""
    return f"{{{TYPES}}}{name}"


def local(element: etree._Element) -> str:
    """An element's name without its namespace."""
    tag = element.tag
    return _LOCALS.get(tag) or _LOCALS.setdefault(tag, str(tag).rpartition("}")[2])


def children(element: etree._Element, name: str) -> list[etree._Element]:
    """The children of the child with this name; none when it is not there."""
    holder = element.find(f"{{*}}{name}")
    return [] if holder is None else list(holder)


def text(value: str) -> str:
    """Text for XML: escaped, a carriage return kept, characters XML cannot hold left out."""
    return _ILLEGAL.sub("", value).translate(_ESCAPES) if _MARKED.search(value) else value


def flag(value: object) -> str:
    """An xs:boolean."""
    return "true" if value else "false"


def is_true(value: str | None) -> bool:
    """Whether an xs:boolean attribute or text is true."""
    return value is not None and value.strip() in ("true", "1")


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request: the one child of its body, and what its header asks for."""

    request: etree._Element
    version: str | None
    impersonation: etree._Element | None
    precise: bool = False
    zone: etree._Element | None = None      # the TimeZoneDefinition of a TimeZoneContext

    @property
    def operation(self) -> str:
        """The EWS operation, for example CreateItem."""
        return local(self.request)


def read_envelope(body: bytes) -> Envelope:
    """Parse a request.

    Raises SoapFault ErrorSchemaValidation when it is not XML, or not an envelope with one child in its
    body. Document types are refused, as WCF refuses them.
    """
    parser = etree.XMLParser(**_PARSER_OPTIONS)  # type: ignore[arg-type]  # lxml-stubs want each named
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line, column = getattr(error, "position", (0, 0))
        raise _invalid(line, column, str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _invalid(1, 1, "For security reasons DTD is prohibited in this XML document.")
    soap_body = root.find(f"{{{SOAP}}}Body")
    if root.tag != f"{{{SOAP}}}Envelope" or soap_body is None or len(soap_body) != 1:
        raise _invalid(1, 1, "The root element is not a SOAP 1.1 envelope with one request in its body.")
    header = root.find(f"{{{SOAP}}}Header")
    _check_understood(header)
    said = {} if header is None else {local(element): element for element in reversed(header)
                                      if element.tag in _UNDERSTOOD}
    version, precision, zones = (said.get(name) for name in ("RequestServerVersion", "DateTimePrecision",
                                                             "TimeZoneContext"))
    return Envelope(
        soap_body[0], None if version is None else version.get("Version"), said.get("ExchangeImpersonation"),
        precision is not None and (precision.text or "").strip() == "Milliseconds",
        None if zones is None else zones.find(t("TimeZoneDefinition")))


def _check_understood(header: etree._Element | None) -> None:
    """Refuse a header that must be understood and is none of EWS (SOAP 1.1, 4.2.3); raises SoapFault."""
    for element in [] if header is None else header:
        known = element.tag in _UNDERSTOOD
        if not known and is_true(element.get(f"{{{SOAP}}}mustUnderstand")):
            name, space = local(element), etree.QName(element).namespace
            raise SoapFault(MUST_UNDERSTAND, f"The header '{name}' from the namespace '{space}' was not understood by "
                            "the recipient of this message, causing the message to not be processed.")


def _invalid(line: int, column: int, words: str) -> SoapFault:
    return SoapFault("ErrorSchemaValidation", violation=(line, column, words))


def answer(body: str, server: ServerVersion) -> bytes:
    """A whole answer around the response element `body`, as a real server frames it."""
    major, minor, build, revision = server.build
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<s:Envelope xmlns:s="{SOAP}"><s:Header>'
        f'<h:ServerVersionInfo MajorVersion="{major}" MinorVersion="{minor}" MajorBuildNumber="{build}" '
        f'MinorBuildNumber="{revision}" Version="{server.schema}" xmlns:h="{TYPES}" '
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>'
        f"</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def fault(error: SoapFault) -> bytes:
    """A SOAP fault as recorded from Exchange 2010: no ServerVersionInfo, three details."""
    if error.code == MUST_UNDERSTAND:
        return (f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault>'
                f'<faultcode>s:{error.code}</faultcode><faultstring xml:lang="en-US">{text(error.text)}</faultstring>'
                "</s:Fault></s:Body></s:Envelope>").encode()
    words, summary = error.text, error.text
    inner = "".join(f'<t:Value Name="{text(name)}">{text(value)}</t:Value>' for name, value in error.values)
    if error.violation is not None:
        line, column, violation = error.violation
        words = f"{error.text.removesuffix('.')}: {violation}"
        inner = (f"<t:LineNumber>{line}</t:LineNumber><t:LinePosition>{column}</t:LinePosition>"
                 f"<t:Violation>{text(violation)}</t:Violation>")
    message_xml = f'<t:MessageXml xmlns:t="{TYPES}">{inner}</t:MessageXml>' if inner else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault><faultcode xmlns:a="{TYPES}">a:{error.code}</faultcode>'
        f'<faultstring xml:lang="en-US">{text(words)}</faultstring><detail>'
        f'<e:ResponseCode xmlns:e="{ERRORS}">{error.code}</e:ResponseCode>'
        f'<e:Message xmlns:e="{ERRORS}">{text(summary)}</e:Message>{message_xml}'
        "</detail></s:Fault></s:Body></s:Envelope>"
    ).encode()


def response(operation: str, messages: list[str]) -> str:
    """The response element of a batch operation around its response messages."""
    return (f"<m:{operation}Response {XMLNS}><m:ResponseMessages>{''.join(messages)}</m:ResponseMessages>"
            f"</m:{operation}Response>")


def success(operation: str, inner: str = "") -> str:
    """One response message that says NoError."""
    name = f"m:{operation}ResponseMessage"
    return f'<{name} ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>{inner}</{name}>'


def failure(operation: str, code: str, words: str, *, inner: str = "", warning: bool = False,
            values: tuple[tuple[str, str], ...] = ()) -> str:
    """One response message that says no.

    `inner` is the empty container real servers add, `values` what MessageXml tells.
    """
    name = f"m:{operation}ResponseMessage"
    kind = "Warning" if warning else "Error"
    told = "".join(f'<t:Value Name="{text(one)}">{text(value)}</t:Value>' for one, value in values)
    inner = (f"<m:MessageXml>{told}</m:MessageXml>" if told else "") + inner
    return (f'<{name} ResponseClass="{kind}"><m:MessageText>{text(words)}</m:MessageText>'
            f"<m:ResponseCode>{code}</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>{inner}"
            f"</{name}>")
