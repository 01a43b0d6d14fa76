"""How a message is taken out of an answer, in memory and piece by piece."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO

import pytest
from lxml import etree

from engine.connectors.exchange.errors import AnswerLostError
from engine.connectors.exchange.reading.content import NO_ADDRESS, PROTECTED, held
from engine.connectors.exchange.reading.streamed import IntoFile
from engine.connectors.exchange.soap import TYPES
from engine.messages.source_key import key_by_search_key
from engine.ports.beside import FollowUp

MIME = b"Message-ID: <1@x>\r\nSubject: \xc3\xa4\r\n\r\n" + bytes(range(256))
ENCODED = b64encode(MIME)
OPENS, ENDS = b'<a xmlns:t="u"><t:MimeContent CharacterSet="UTF-8">', b"</t:MimeContent><t:Size>4</t:Size></a>"
WRAPPED = b"\r\n".join(ENCODED[start : start + 76] for start in range(0, len(ENCODED), 76))


def pieces(text: bytes, size: int) -> Iterator[bytes]:
    return (text[start : start + size] for start in range(0, len(text), size))


@pytest.mark.parametrize("encoded", [ENCODED, WRAPPED], ids=["in one line", "in lines"])
def test_a_message_is_decoded_wherever_its_pieces_meet(encoded: bytes) -> None:
    """What is left of the answer is the answer without it."""
    whole = OPENS + encoded + ENDS
    for size in (*range(1, 90), len(whole)):
        file = BytesIO()
        rest = b"".join(IntoFile(file)(pieces(whole, size)))

        assert (file.getvalue(), rest) == (MIME, OPENS + ENDS), size


def test_a_second_answer_begins_anew() -> None:
    """Nothing of the first one, which was cut off, is left in the file."""
    file = BytesIO()
    through = IntoFile(file)
    with pytest.raises(AnswerLostError):
        list(through(pieces(OPENS + ENCODED[:100], 10)))
    list(through(pieces(OPENS + b64encode(b"short") + ENDS, 10)))

    assert (file.getvalue(), through.given) == (b"short", True)


@pytest.mark.parametrize("answer", [b"<a><t:Fault/></a>", b"<a><t:MimeContent/></a>", b""])
def test_an_answer_without_a_message_is_left_as_it_is(answer: bytes) -> None:
    """And is said to have had none."""
    through = IntoFile(BytesIO())

    assert b"".join(through(pieces(answer, 3))) == answer
    assert not through.given


@pytest.mark.parametrize("encoded", [b"AAAA=AAA", b"AAAA*", b"AAAAA", "AAÄA".encode()])
def test_what_is_no_base64_is_no_message(encoded: bytes) -> None:
    """Neither through a file nor in memory: it is asked for again."""
    with pytest.raises(AnswerLostError):
        list(IntoFile(BytesIO())(pieces(OPENS + encoded + ENDS, 7)))
    with pytest.raises(AnswerLostError):
        held(1, item(f"<t:MimeContent>{encoded.decode()}</t:MimeContent>"))


def item(inner: str) -> etree._Element:
    return etree.fromstring(f'<t:Message xmlns:t="{TYPES[1:-1]}">{inner}</t:Message>')


GIVEN = f"<t:MimeContent>{ENCODED.decode()}</t:MimeContent>"


def test_a_message_whose_content_is_not_there_is_none() -> None:
    """An empty one is one."""
    with pytest.raises(AnswerLostError):
        held(1, item("<t:Subject>x</t:Subject>"))

    assert held(1, item("<t:MimeContent/>")).mime == b""


def test_importance_and_sensitivity_are_those_of_the_fields() -> None:
    """A server need not say them in the header that it renders."""
    found = held(1, item(
        f"{GIVEN}<t:ItemClass>IPM.Note</t:ItemClass><t:Sensitivity>Private</t:Sensitivity><t:Importance>High"
        "</t:Importance>"
    ))

    assert (found.beside.importance, found.beside.sensitivity) == ("High", "Private")


def test_a_hidden_recipient_without_an_address_of_mail_is_said_to_be_lacking() -> None:
    """An address that only the old organisation knows would lead nowhere."""
    found = held(1, item(
        f"{GIVEN}<t:BccRecipients><t:Mailbox><t:Name>Ann</t:Name><t:EmailAddress>ann@x</t:EmailAddress></t:Mailbox>"
        "<t:Mailbox><t:Name>Bob</t:Name><t:EmailAddress>/O=ORG/CN=BOB</t:EmailAddress><t:RoutingType>EX</t:RoutingType>"
        "</t:Mailbox></t:BccRecipients>"
    ))

    assert (found.beside.bcc, found.untold) == ((("Ann", "ann@x"),), NO_ADDRESS)


def prop(name: str, value: str, where: str = "") -> str:
    path = f'DistinguishedPropertySetId="{where}" PropertyId="{int(name, 16)}"' if where else f'PropertyTag="{name}"'
    uri = f'<t:ExtendedFieldURI {path} PropertyType="x"/>'
    return f"<t:ExtendedProperty>{uri}<t:Value>{value}</t:Value></t:ExtendedProperty>"


DAY = datetime(2020, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(("told", "flagged", "follow_up"), [
    ("", False, None),
    ("<t:Flag><t:FlagStatus>NotFlagged</t:FlagStatus></t:Flag>" + prop("0x1090", "2"), False, None),
    (prop("0x1090", "2"), True, FollowUp()),
    (prop("0x1090", "1") + prop("0x1091", "2020-06-01T00:00:00Z"), False, FollowUp(complete=True, completed=DAY)),
    ("<t:Flag><t:FlagStatus>Flagged</t:FlagStatus><t:DueDate>2020-06-01T00:00:00Z</t:DueDate></t:Flag>"
     + prop("0x8530", "Call", "Common") + prop("0x8104", "no date", "Task"), True, FollowUp(due=DAY, request="Call")),
    (prop("0x1090", "7"), False, None),
])
def test_a_flag_is_what_the_element_says_and_else_the_properties(
    told: str, flagged: bool, follow_up: FollowUp | None,
) -> None:
    """2010 has no element; where there is one it decides, and what is no date is none."""
    found = held(1, item(GIVEN + told))

    assert (found.marks.flagged, found.beside.follow_up) == (flagged, follow_up)


PART = "--b\r\nContent-Type: application/x-microsoft-rpmsg-message; name=message.rpmsg\r\n\r\nAAAA\r\n--b--\r\n"


@pytest.mark.parametrize(("mime", "protected"), [
    ("Content-Class: rpmsg.message\r\n\r\nHello\r\n", True),
    ("content-class:\r\n RPMSG.message\r\nSubject: x\r\n\r\nHello\r\n", True),
    (f"Content-Type: multipart/mixed;\r\n boundary=\"b\"\r\n\r\n{PART}", True),
    (f"Subject: boundary=a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{PART}", True),
    ("Content-Type: application/x-microsoft-rpmsg-message\r\n\r\nAAAA\r\n", True),
    ("Subject: What is rpmsg.message?\r\n\r\nHello\r\n", False),
    ("Subject: x\r\n\r\nContent-Class: rpmsg.message\r\n\r\nWhat is application/x-microsoft-rpmsg-message?", False),
    (f"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: text/plain\r\n\r\n{PART}--c--", False),
])
def test_only_a_message_that_rights_protect_is_said_to_be_so(mime: str, protected: bool) -> None:
    """By its header, or by the type of a part of its own: others only speak of it, or quote one."""
    found = held(1, item(f"<t:MimeContent>{b64encode(mime.encode()).decode()}</t:MimeContent>"))

    assert found.untold == (PROTECTED if protected else "")


@pytest.mark.parametrize("mime", ["Subject: x\r\n\r\nHe wrote:\r\n\r\nMessage-ID: <quoted@x>\r\nHello\r\n",
                                  "\r\nMessage-ID: <a@x>"])
def test_a_message_without_message_id_is_known_by_its_search_key(mime: str) -> None:
    """Whatever its text says."""
    given = f"<t:MimeContent>{b64encode(mime.encode()).decode()}</t:MimeContent>"

    assert held(1, item(given + prop("0x300B", "AAEC"))).key == key_by_search_key(bytes(range(3)))
