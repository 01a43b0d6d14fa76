"""SOAP: what counts as an answer, and what it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from engine.connectors.exchange.errors import AnswerLostError, CodeError
from engine.connectors.exchange.soap import (
    MESSAGES,
    attribute,
    back_off,
    code_error,
    envelope,
    messages,
    parse,
    single,
    text,
)
from engine.errors import Cause, FatalError, RefusedError, RetryableError

T = "http://schemas.microsoft.com/exchange/services/2006/types"
M = "http://schemas.microsoft.com/exchange/services/2006/messages"
VERSION = '<h:ServerVersionInfo MajorVersion="{}" MinorVersion="{}" xmlns:h="' + T + '"/>'
# As Exchange 2010 sent it, recorded by evolution-ews.
SCHEMA_VALIDATION = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
    f'<faultcode xmlns:a="{T}">a:ErrorSchemaValidation</faultcode><faultstring xml:lang="en-US">The request failed '
    "schema validation: The element is invalid.</faultstring><detail><e:ResponseCode "
    'xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">ErrorSchemaValidation</e:ResponseCode>'
    '<e:Message xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">The request failed schema '
    f'validation.</e:Message><t:MessageXml xmlns:t="{T}"><t:LineNumber>2</t:LineNumber><t:LinePosition>630'
    "</t:LinePosition><t:Violation>The element is invalid.</t:Violation></t:MessageXml></detail></s:Fault></s:Body>"
    "</s:Envelope>"
).encode()


def answer(*response_messages: str, header: str = "") -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">'
        f'<s:Header>{header}</s:Header><s:Body><m:CreateItemResponse xmlns:m="{M}" xmlns:t="{T}">'
        f"<m:ResponseMessages>{''.join(response_messages)}</m:ResponseMessages></m:CreateItemResponse></s:Body>"
        "</s:Envelope>"
    ).encode()


def fault(code: str, *, detail: str = "", header: str = "", message_xml: str = "") -> bytes:
    detail = detail or (
        f'<e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">{code}</e:ResponseCode>'
        f'<t:MessageXml xmlns:t="{T}">{message_xml}</t:MessageXml>'
    )
    return (
        f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>{header}</s:Header><s:Body><s:Fault>'
        f"<faultcode>a:{code}</faultcode><faultstring>words</faultstring><detail>{detail}</detail></s:Fault></s:Body>"
        "</s:Envelope>"
    ).encode()


def success(number: int = 0) -> str:
    return (
        '<m:CreateItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
        f'<m:Items><t:Message><t:ItemId Id="id{number}"/></t:Message></m:Items></m:CreateItemResponseMessage>'
    )


def failure(code: str, *, kind: str = "Error", message_xml: str = "", words: str = "words") -> str:
    xml = f"<m:MessageXml>{message_xml}</m:MessageXml>" if message_xml else ""
    return (
        f'<m:CreateItemResponseMessage ResponseClass="{kind}"><m:MessageText>{words}</m:MessageText>'
        f"<m:ResponseCode>{code}</m:ResponseCode>{xml}<m:Items/></m:CreateItemResponseMessage>"
    )


def test_a_whole_answer_is_read() -> None:
    """The body's element comes back, with every response message in order."""
    found = list(messages(parse(answer(success(1), success(2))), 2))

    assert [one.find(f"{MESSAGES}Items")[0][0].get("Id") for one in found] == ["id1", "id2"]


@given(st.integers(0, len(answer(success(1), success(2))) - 1))
def test_an_answer_cut_anywhere_is_a_lost_one(length: int) -> None:
    """Up to its very last character, an answer without its end says nothing."""
    with pytest.raises(AnswerLostError):
        parse(answer(success(1), success(2))[:length])


@pytest.mark.parametrize("content", [
    b"", b"<", b"not xml", b"<html><body>x</body></html>", b"<x></Envelope>", b"</s:Envelope>",
    b"<s:Envelope></s:Envelope>", b'<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"><Body/></Envelope>',
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>',
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"></s:Envelope>',
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body></s:Body></s:Envelope>',
])
def test_what_is_no_answer_is_a_lost_one(content: bytes) -> None:
    """Pages, fragments, other SOAP versions and empty bodies say nothing about what was done."""
    with pytest.raises(AnswerLostError):
        parse(content)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    """Whatever a server sends, with a proper end or not, is a lost answer and no other error."""
    for whole in (content, content + b"</s:Envelope>"):
        with pytest.raises(AnswerLostError):
            parse(whole)


def test_an_end_may_be_followed_by_white_space_and_have_any_prefix() -> None:
    """soap:Envelope, Envelope and a line end behind it are ends too."""
    long = answer(success())
    for short, prefix in ((b"xmlns:s=", b"xmlns:soap="), (b"<s:", b"<soap:"), (b"</s:", b"</soap:")):
        long = long.replace(short, prefix)
    none = long.replace(b"xmlns:soap=", b"xmlns=").replace(b"soap:", b"")

    for whole in (long + b"\r\n ", none, none[:-1] + b" >"):
        assert len(list(messages(parse(whole), 1))) == 1


@pytest.mark.parametrize("character", [b"&#x0;", b"&#x1;", b"\x0b", b"&#xFFFF;", b"&", b"\xff"])
def test_characters_that_xml_forbids_do_not_lose_an_answer(character: bytes) -> None:
    """Servers send them in subjects and texts; every item's answer is still taken at its place."""
    spoilt = answer(success(1), failure("ErrorX", words="WORDS"), success(3)).replace(b"WORDS", b"a" + character + b"b")
    found = list(messages(parse(spoilt), 3))

    assert [isinstance(one, CodeError) for one in found] == [False, True, False]


@pytest.mark.parametrize("count", [0, 1, 3, 50])
def test_a_wrong_number_of_messages_is_a_lost_answer(count: int) -> None:
    """An answer for two says nothing about one or three."""
    with pytest.raises(AnswerLostError):
        list(messages(parse(answer(success(), success())), count))


def test_an_entity_is_not_followed() -> None:
    """An answer cannot make us read a file or grow without end."""
    for entity in (b'<!ENTITY x SYSTEM "file:///etc/hostname">', b'<!ENTITY x "yyyyyyyy">'):
        declared = b"<!DOCTYPE d [" + entity + b"]><s:Envelope"
        whole = answer(failure("ErrorX", words="[&x;]")).replace(b"<s:Envelope", declared, 1)
        found = next(messages(parse(whole), 1))

        assert isinstance(found, CodeError)
        assert "yyy" not in str(found)
        assert str(found).endswith((": [])", "(ErrorX)", ": [)"))


# What codes say


def test_warnings_and_errors_are_no_successes() -> None:
    """A message counts as done only when the server says Success."""
    found = list(messages(parse(answer(failure("ErrorBatchProcessingStopped", kind="Warning"), failure("ErrorX"))), 2))

    assert [one.code for one in found if isinstance(one, CodeError)] == ["ErrorBatchProcessingStopped", "ErrorX"]


def test_a_busy_server_inside_an_internal_error_is_found() -> None:
    """HTTP 200 with ErrorInternalServerError may hold ErrorServerBusy and a back-off."""
    inner = (
        '<t:Value Name="InnerErrorResponseCode">ErrorServerBusy</t:Value>'
        '<t:Value Name="BackOffMilliseconds">2500</t:Value>'
    )
    found = next(messages(parse(answer(failure("ErrorInternalServerError", message_xml=inner))), 1))

    assert isinstance(found, CodeError)
    assert (found.code, found.back_off) == ("ErrorServerBusy", 2.5)


def test_an_inner_code_counts_only_in_an_internal_error() -> None:
    """Any other code stands for itself."""
    inner = '<t:Value Name="InnerErrorResponseCode">ErrorServerBusy</t:Value>'

    assert code_error(parse(answer(failure("ErrorX", message_xml=inner)))[0][0]).code == "ErrorX"


@pytest.mark.parametrize(("value", "seconds"), [
    ("178510", 178.51), ("0", 0.0), (" 5 ", 0.005), ("", None), ("-5", None), ("soon", None),
    ("\N{SUPERSCRIPT TWO}", None),
])
def test_the_back_off_is_in_seconds(value: str, seconds: float | None) -> None:
    """Milliseconds become seconds, wherever among the values they stand; nonsense is no back-off."""
    xml = f'<t:Value Name="Policy">x</t:Value><t:Value Name="BackOffMilliseconds">{value}</t:Value>'

    assert back_off(parse(answer(failure("ErrorServerBusy", message_xml=xml)))) == seconds


def test_a_fault_for_a_busy_server_is_retryable_with_its_back_off() -> None:
    """ErrorServerBusy as a fault names how long to wait."""
    with pytest.raises(RetryableError) as caught:
        parse(fault("ErrorServerBusy", message_xml='<t:Value Name="BackOffMilliseconds">1500</t:Value>'))

    assert not isinstance(caught.value, AnswerLostError)
    assert caught.value.back_off == 1.5


def test_the_recorded_fault_of_a_request_that_cannot_be_read_is_a_refusal() -> None:
    """Nothing of the request was done: its parts may be sent."""
    with pytest.raises(RefusedError, match="could not read the request"):
        parse(SCHEMA_VALIDATION)


@pytest.mark.parametrize(("content", "kind"), [
    (fault("ErrorAccessDenied"), FatalError), (fault("ErrorNonExistentMailbox"), FatalError),
    (fault("ErrorInternalServerError"), AnswerLostError), (fault("ErrorSomethingNew"), AnswerLostError),
    (fault("ErrorFolderExists"), RefusedError),
    (fault("ErrorServerBusy", detail="<x/>"), RetryableError), (fault("", detail="<x/>"), AnswerLostError),
    (fault("InternalServiceFault", detail="<x/>"), AnswerLostError), (fault("Server"), AnswerLostError),
])
def test_a_fault_concerns_the_whole_request(content: bytes, kind: type[Exception]) -> None:
    """The code in the detail counts; else that of the faultcode. What is no code of EWS says nothing for sure."""
    with pytest.raises(kind):
        parse(content)


@pytest.mark.parametrize(("major", "minor", "name"), [
    ("8", "3", "Exchange 2007"), ("14", "0", "Exchange 2010"), ("14", "3", "Exchange 2010"),
])
def test_a_server_that_is_too_old_is_called_by_its_name(major: str, minor: str, name: str) -> None:
    """A fault of a server before 2013 says which it is."""
    with pytest.raises(FatalError, match=name) as caught:
        parse(fault("ErrorInvalidServerVersion", header=VERSION.format(major, minor)))

    assert caught.value.cause is Cause.TOO_OLD


@pytest.mark.parametrize("major", ["15", "16", "", "new", "-1"])
def test_a_fault_of_any_other_server_is_taken_by_its_code(major: str) -> None:
    """A version that is new or unreadable does not hide what went wrong."""
    with pytest.raises(RetryableError):
        parse(fault("ErrorServerBusy", header=VERSION.format(major, "0")))


def test_a_request_for_one_thing_raises_what_its_code_means() -> None:
    """single gives the message, or raises."""
    assert single(parse(answer(success(4)))).get("ResponseClass") == "Success"
    with pytest.raises(RefusedError):
        single(parse(answer(failure("ErrorFolderExists"))))
    with pytest.raises(AnswerLostError):
        single(parse(answer(success(), success())))


# Writing


@given(st.text(st.characters()))
def test_any_text_can_be_written_and_read_back(value: str) -> None:
    """Text and attributes of any characters make XML; what XML cannot carry becomes U+FFFD."""
    whole = envelope(f"<x a={attribute(value)}>{text(value)}</x>")
    element = etree.fromstring(whole)[1][0]
    carried = "".join(c if is_xml(c) else "\ufffd" for c in value)

    assert (element.text or "") == lines(carried)       # a parser reads every line end as LF (XML 1.0 2.11)
    assert lines(element.get("a") or "") == lines(carried)


def is_xml(c: str) -> bool:
    """XML 1.0 2.2."""
    return c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"


def lines(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n")
