"""Connections that break: reading goes on, or ends with clear words."""

from __future__ import annotations

import threading

import pytest

from engine.connectors.pop3.reader import INBOX
from engine.credentials import credential_of
from engine.errors import Cause, RetryableError, SignInError
from tests.contract.pop3.conftest import reading, source
from tests.servers.mail_servers.scripted_pop3 import SILENCE, Kept, multiline, scripted_pop3
from tests.servers.mailbox import Message, generated
from tests.servers.proxy import cutting_proxy


@pytest.fixture
def proxied(place, fill):
    fill(place, generated(200, size=20_000))
    with cutting_proxy(place.account.port) as proxy:
        yield place, proxy


def test_reading_goes_on_after_cuts(proxied) -> None:
    """Cut in the middle of answers, again and again, everything still comes once and whole, and stays unmarked."""
    place, proxy = proxied
    flags = place.flags()
    with reading(place.source()) as direct:
        uids = [each.uid for each in direct.listing(INBOX)]
        expected = {message.uid: message.mime for message in direct.read(INBOX, uids)}

    with reading(place.source(port=proxy.port)) as reader:
        proxy.cut_after(150_000, cuts=6)
        listed = [each.uid for each in reader.listing(INBOX)]
        read = [message for start in range(0, 200, 10) for message in reader.read(INBOX, listed[start:start + 10])]

    assert listed == uids
    assert {message.uid: message.mime for message in read} == expected
    assert len(read) == 200
    assert proxy.accepted > 3
    assert place.flags() == flags


def test_a_large_message_is_begun_again(place, fill) -> None:
    """POP3 knows no pieces: cut in its middle, a message comes anew, and once."""
    one = next(generated(1))
    content = b"Subject: large\r\n\r\n" + b"0123456789abcd\r\n" * 200_000
    fill(place, [Message(content, one.date)])
    with cutting_proxy(place.account.port) as proxy, reading(place.source(port=proxy.port)) as reader:
        (listed,) = reader.listing(INBOX)
        proxy.cut_after(1_500_000, cuts=2)

        message = reader.spool(INBOX, listed.uid)

    with message.mime:
        assert message.mime.read() == content
    assert proxy.accepted == 3


def test_a_server_that_is_gone(proxied) -> None:
    """After five attempts without progress the source is not to be reached, in those words."""
    place, proxy = proxied
    with reading(place.source(port=proxy.port)) as reader:
        proxy.refuse = True
        proxy.cut()
        with pytest.raises(RetryableError) as caught:
            list(reader.listing(INBOX))

    assert caught.value.cause is Cause.UNREACHABLE
    assert proxy.accepted == 1 + 4


def test_waits_can_be_interrupted(proxied) -> None:
    """Told to stop, a reader does not wait for its server any more."""
    place, proxy = proxied
    stop = threading.Event()
    subject = place.source(port=proxy.port, stop=stop)
    subject._waits = (600.0,)
    with reading(subject) as reader:
        proxy.refuse = True
        proxy.cut()
        stop.set()
        with pytest.raises(RetryableError):
            list(reader.listing(INBOX))


def test_a_password_that_was_changed_meanwhile(proxied) -> None:
    """Refused at the reconnection, the sign-in is not tried a second time."""
    place, proxy = proxied
    subject = place.source(port=proxy.port)
    with reading(subject) as reader:
        subject._credential = credential_of("changed")
        proxy.cut()
        with pytest.raises(SignInError):
            list(reader.listing(INBOX))

    assert proxy.accepted == 2


def test_a_maildrop_that_is_locked_for_a_moment() -> None:
    """The server may not have noticed yet that our lost session is over."""
    messages = [Kept("a", b"Subject: a\r\n\r\n")]
    with scripted_pop3(messages) as server, reading(source(server.port)) as reader:
        uids = [each.uid for each in reader.listing(INBOX)]
        refusals = iter([b"-ERR [IN-USE] locked\r\n"] * 2)
        server.answers["PASS"] = lambda _command: next(refusals, b"+OK\r\n")
        reader._steady.drop()

        assert [message.uid for message in reader.read(INBOX, uids)] == uids

    assert server.connections == 4


def test_a_pause_that_the_server_wants_is_left_to_the_migration() -> None:
    """A wait of minutes is not made in here, where nobody would see it."""
    with scripted_pop3([]) as server, reading(source(server.port)) as reader:
        server.answers["PASS"] = b"-ERR [LOGIN-DELAY] not yet\r\n"
        reader._steady.drop()
        with pytest.raises(RetryableError) as caught:
            list(reader.listing(INBOX))

    assert caught.value.back_off is not None
    assert server.connections == 2


def test_silence_in_the_middle() -> None:
    """A connection over which nothing comes any more is given up, and made again."""
    message = Kept("a", b"Subject: a\r\n\r\nbody\r\n")
    answers = iter([multiline(message.mime)[:20] + SILENCE])
    with scripted_pop3([message], {"TOP": lambda _command: next(answers, multiline(message.mime))}) as server:
        subject = source(server.port, answer_time=0.2)
        with reading(subject) as reader:
            uids = [each.uid for each in reader.listing(INBOX)]
            assert [each.mime for each in reader.read(INBOX, uids)] == [message.mime]

    assert server.connections == 2
