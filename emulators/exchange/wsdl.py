"""Services.wsdl, which a real server offers beside its schema: every operation of its version, and no service.

Clients that generate code from it must add the service element themselves, here as there ("EWS XML elements").
"""

from collections.abc import Iterable
from pathlib import Path

from emulators.exchange.soap import MESSAGES, TYPES

_SERVED = {"messages.xsd", "types.xsd"}
_HEADERS = ("ExchangeImpersonation", "MailboxCulture", "RequestServerVersion", "TimeZoneContext", "DateTimePrecision")


def document(path: str, schema: Path, operations: Iterable[str]) -> bytes | None:
    """What lies at a path below /EWS in lower case: the WSDL or a file of the schema; None when nothing does."""
    name = path.removeprefix("/ews/")
    if name == "services.wsdl":
        return services(sorted(operations)).encode()
    return (schema / name).read_bytes() if name in _SERVED else None


def services(requests: Iterable[str]) -> str:
    """The WSDL; `requests` are the elements in the body of a request."""
    elements = [(name.removesuffix("Request"), name) for name in requests]
    messages = "".join(_messages(operation, element) for operation, element in elements)
    ports = "".join(_port(operation) for operation, _ in elements)
    bindings = "".join(_binding(operation) for operation, _ in elements)
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<wsdl:definitions xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"'
        f' xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:tns="{MESSAGES}" xmlns:t="{TYPES}"'
        f' targetNamespace="{MESSAGES}"><wsdl:types><xs:schema><xs:import namespace="{MESSAGES}"'
        f' schemaLocation="messages.xsd"/></xs:schema></wsdl:types>{messages}'
        f'<wsdl:portType name="ExchangeServicePortType">{ports}</wsdl:portType>'
        '<wsdl:binding name="ExchangeServiceBinding" type="tns:ExchangeServicePortType"><soap:binding style="document"'
        f' transport="http://schemas.xmlsoap.org/soap/http"/>{bindings}</wsdl:binding></wsdl:definitions>'
    )


def _messages(operation: str, element: str) -> str:
    headers = "".join(f'<wsdl:part name="{name}" element="t:{name}"/>' for name in _HEADERS)
    return (f'<wsdl:message name="{operation}SoapIn"><wsdl:part name="request" element="tns:{element}"/>{headers}'
            f'</wsdl:message><wsdl:message name="{operation}SoapOut"><wsdl:part name="{operation}Result"'
            f' element="tns:{operation}Response"/><wsdl:part name="ServerVersion" element="t:ServerVersionInfo"/>'
            "</wsdl:message>")


def _port(operation: str) -> str:
    return (f'<wsdl:operation name="{operation}"><wsdl:input message="tns:{operation}SoapIn"/>'
            f'<wsdl:output message="tns:{operation}SoapOut"/></wsdl:operation>')


def _binding(operation: str) -> str:
    headers = "".join(
        f'<soap:header message="tns:{operation}SoapIn" part="{name}" use="literal"/>' for name in _HEADERS)
    return (f'<wsdl:operation name="{operation}"><soap:operation soapAction="{MESSAGES}/{operation}"/><wsdl:input>'
            f'{headers}<soap:body parts="request" use="literal"/></wsdl:input><wsdl:output>'
            f'<soap:body parts="{operation}Result" use="literal"/><soap:header message="tns:{operation}SoapOut"'
            ' part="ServerVersion" use="literal"/></wsdl:output></wsdl:operation>')
