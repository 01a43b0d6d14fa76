"""An attachment of a message that the server cannot render, as a part."""

from __future__ import annotations

from base64 import b64encode
from email.mime.multipart import MIMEMultipart

import pytest
from lxml import etree

from engine.connectors.exchange.reading.rebuilt import part, written
from engine.connectors.exchange.soap import TYPES


def attachment(element: str, inner: str) -> etree._Element:
    return etree.fromstring(f'<t:{element} xmlns:t="{TYPES[1:-1]}">{inner}</t:{element}>')


@pytest.mark.parametrize("letter", ["e", "\u00e9"], ids=["in 7 bits", "in 8 bits"])
def test_a_message_attached_keeps_its_bytes_however_deeply_it_is_nested(letter: str) -> None:
    """500 parts within one another; the part says whether it needs 8 bits."""
    inner = "From: x@y.example\r\nSubject: inner\r\n"
    for depth in range(500):
        inner += f"Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n"
    inner += f"\r\nh{letter}llo\r\n" + "".join(f"--b{depth}--\r\n" for depth in reversed(range(500)))
    made = part(attachment("ItemAttachment", (
        f"<t:Name>x</t:Name><t:Message><t:MimeContent>{b64encode(inner.encode()).decode()}</t:MimeContent></t:Message>"
    )))
    whole = MIMEMultipart()
    assert made is not None
    whole.attach(made)

    assert made["Content-Transfer-Encoding"] == ("8bit" if letter != "e" else None)
    assert b"\r\n\r\n" + inner.encode() + b"\r\n--" in written(whole)


@pytest.mark.parametrize("kind", ["text/pl\u00e4in", "multipart/mixed", "message/rfc822", "text", "a\nb: c/d"])
def test_a_type_that_no_part_may_have_is_left_out(kind: str) -> None:
    """The file arrives all the same."""
    made = part(attachment("FileAttachment", (
        f"<t:Name>x</t:Name><t:ContentType>{kind}</t:ContentType><t:Content>AAECAw==</t:Content>"
    )))

    assert made is not None
    assert (made.get_content_type(), made.get_payload(decode=True)) == ("application/octet-stream", bytes(range(4)))
    assert b"AAECAw==" in written(made)
