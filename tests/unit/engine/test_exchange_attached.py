"""An attachment of a message that the server cannot render, as a part."""

from __future__ import annotations

from io import BytesIO

import pytest
from lxml import etree

from engine.connectors.exchange.reading.rebuilt import part, write_content, written
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
    content, into = BytesIO(inner.encode()), BytesIO()
    made = part(attachment("ItemAttachment", "<t:Name>x</t:Name><t:Message><t:MimeContent/></t:Message>"), content)
    assert made is not None
    write_content(made, content, into)

    assert made["Content-Transfer-Encoding"] == ("8bit" if letter != "e" else None)
    assert written(made).endswith(b"\r\n\r\n")
    assert into.getvalue() == inner.encode()


@pytest.mark.parametrize("kind", ["text/pl\u00e4in", "multipart/mixed", "message/rfc822", "text", "a\nb: c/d"])
def test_a_type_that_no_part_may_have_is_left_out(kind: str) -> None:
    """The file arrives all the same."""
    content, into = BytesIO(bytes(range(4))), BytesIO()
    made = part(attachment(
        "FileAttachment", f"<t:Name>x</t:Name><t:ContentType>{kind}</t:ContentType><t:Content/>"
    ), content)
    assert made is not None
    write_content(made, content, into)

    assert made.get_content_type() == "application/octet-stream"
    assert written(made).endswith(b"\r\n\r\n")
    assert into.getvalue() == b"AAECAw==\r\n"
