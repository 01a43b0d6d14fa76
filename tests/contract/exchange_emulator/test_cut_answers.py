"""Answers that a proxy cuts: whether a client can tell it from HTTP depends on how they are framed (RFC 9112 6.3)."""

import http.client
from typing import Literal

import pytest
from lxml import etree

from emulators.exchange import ExchangeEmulator, Fault

from .soap import Mailbox
from .test_faults import answered, count, creation, everything, posted


def test_a_cut_answer_with_its_length_is_shorter_than_promised(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Behind a proxy that states a Content-Length (RFC 9112 6.3), a client sees that the answer is cut."""
    emulator.add_fault(Fault(operation="CreateItem", action="cut", when="after", bytes=-40, framing="length"))

    with posted(emulator, mailbox, creation()) as plain, pytest.raises(http.client.IncompleteRead) as caught:
        answered(plain)

    assert caught.value.expected == 40
    assert b"NoError" in caught.value.partial
    assert count(emulator, mailbox) == 1


@pytest.mark.parametrize("action", ["cut", "truncate"])
def test_a_cut_answer_without_length_and_chunks_looks_whole(
    emulator: ExchangeEmulator, mailbox: Mailbox, action: Literal["cut", "truncate"]
) -> None:
    """Where the end of the connection ends the answer (RFC 9112 6.3), only the XML shows that it is cut."""
    emulator.add_fault(Fault(operation="CreateItem", action=action, when="after", bytes=-40, framing="close"))

    with posted(emulator, mailbox, creation()) as plain:
        status, headers, body = answered(plain)
        rest = everything(plain)

    assert (status, headers["Connection"], rest) == (200, "close", b"")
    assert {"Content-Length", "Transfer-Encoding"} & set(headers) == set()
    assert b"NoError" in body
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(body)


def test_a_truncated_answer_may_state_its_length(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A proxy that kept a part of the answer states the length of what it kept; the connection stays."""
    emulator.add_fault(
        Fault(operation="CreateItem", action="truncate", when="after", bytes=-40, framing="length", nth=1)
    )

    with posted(emulator, mailbox, creation()) as plain:
        status, headers, body = answered(plain)

    assert (status, int(headers["Content-Length"])) == (200, len(body))
    assert not body.rstrip().endswith(b"</s:Envelope>")
