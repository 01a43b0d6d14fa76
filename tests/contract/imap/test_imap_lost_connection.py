"""Connections that break: reading goes on, or ends with clear words."""

from __future__ import annotations

import threading

import pytest

from engine.connectors.imap import ImapSource
from engine.credentials import credential_of
from engine.errors import Cause, RetryableError, SignInError
from tests.servers.mailbox import generated
from tests.servers.proxy import cutting_proxy


@pytest.fixture
def proxied(place, fill):
    fill(place, (), generated(200, size=20_000))
    with cutting_proxy(place.account.port) as proxy:
        yield place, proxy


def test_reading_goes_on_after_cuts(proxied) -> None:
    """Cut in the middle of answers, again and again, everything still comes once and whole."""
    place, proxy = proxied
    reader = place.source(port=proxy.port).connect()
    inbox = reader.folders().folders[0]
    direct = place.source().connect()
    expected = {message.uid: message.mime for message in direct.read(inbox, range(1, 201))}
    direct.close()
    proxy.cut_after(150_000, cuts=6)

    listed = [each.uid for each in reader.listing(inbox)]
    read = [message for start in range(0, 200, 10) for message in reader.read(inbox, listed[start:start + 10])]
    reader.close()

    assert listed == list(range(1, 201))
    assert {message.uid: message.mime for message in read} == expected
    assert len(read) == 200
    assert proxy.accepted > 3


def test_a_large_message_goes_on_where_it_was_cut(place, fill) -> None:
    """Pieces that have come are not asked for again."""
    one = next(generated(1))
    content = one.mime + b"0123456789abcd\r\n" * 400_000
    fill(place, (), [type(one)(content, one.date)])
    with cutting_proxy(place.account.port) as proxy:
        reader = place.source(port=proxy.port).connect()
        inbox = reader.folders().folders[0]
        proxy.cut_after(2_500_000, cuts=2)

        message = reader.spool(inbox, 1)
        with message.mime:
            assert message.mime.read() == content
        reader.close()

    assert proxy.accepted == 3


def test_a_server_that_is_gone(proxied) -> None:
    """After five attempts without progress the source is not to be reached, in those words."""
    place, proxy = proxied
    reader = place.source(port=proxy.port).connect()
    inbox = reader.folders().folders[0]
    proxy.refuse = True
    proxy.cut()

    with pytest.raises(RetryableError) as caught:
        list(reader.listing(inbox))
    assert caught.value.cause is Cause.UNREACHABLE
    assert proxy.accepted == 1 + 4
    reader.close()


def test_waits_can_be_interrupted(proxied) -> None:
    """Told to stop, a reader does not wait for its server any more."""
    place, proxy = proxied
    stop = threading.Event()
    source = place.source(port=proxy.port, stop=stop)
    source._waits = (600.0,)
    reader = source.connect()
    inbox = reader.folders().folders[0]
    proxy.refuse = True
    proxy.cut()
    stop.set()

    with pytest.raises(RetryableError):
        list(reader.listing(inbox))


def test_a_password_that_was_changed_meanwhile(proxied, server) -> None:
    """Refused at the reconnection, the sign-in is not tried a second time."""
    place, proxy = proxied
    source = place.source(port=proxy.port)
    reader = source.connect()
    inbox = reader.folders().folders[0]
    source._credential = credential_of("changed")
    proxy.cut()

    with pytest.raises(SignInError):
        list(reader.listing(inbox))
    assert proxy.accepted == 2


def test_messages_that_were_numbered_anew(place, fill) -> None:
    """A folder deleted and made again under the same name is not read by its old numbers."""
    fill(place, ("Old",), generated(3))
    source: ImapSource = place.source()
    reader, second = source.connect(), source.connect()
    folder = next(each for each in reader.folders().folders if each.path == ("Old",))
    assert len(list(reader.listing(folder))) == 3
    with place.outside() as client:
        client.delete_folder("Old")
        client.create_folder("Old")
        client.append("Old", b"Subject: another\r\n\r\n")

    with pytest.raises(RetryableError) as caught:
        list(second.read(folder, [1]))
    assert "numbered" in str(caught.value)
    assert len(list(second.listing(folder))) == 1
    assert [message.mime for message in second.read(folder, [1])] == [b"Subject: another\r\n\r\n"]
    reader.close()
    second.close()
