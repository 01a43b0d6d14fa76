"""Reading a maildrop of a real server: all of it, byte for byte, and nothing changes there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from engine.connectors.pop3.reader import INBOX
from engine.errors import RefusedError
from engine.ports.items import Marks
from engine.ports.source import FolderList, Role
from tests.contract.pop3.conftest import reading
from tests.servers.mailbox import Message, files, generated

KNOWN = Marks(read=True)


def ended(mime: bytes) -> bytes:
    """The message as POP3 can say it: with a line end after its last line."""
    return mime if not mime or mime.endswith(b"\r\n") else mime + b"\r\n"


def test_everything_is_read_and_nothing_changes(encrypted, fill) -> None:
    """Every byte of every message, over TLS from the start and by STLS; no file, flag or time is another afterwards."""
    written = list(generated(150, seed=4))
    fill(encrypted, written)
    flags, before = encrypted.flags(), files(encrypted.maildir)
    with reading(encrypted.source()) as reader:
        listed = list(reader.listing(INBOX))
        read = {message.uid: message for message in reader.read(INBOX, [each.uid for each in listed])}
        spooled = reader.spool(INBOX, listed[0].uid)
        named = reader.envelopes(INBOX, list(read))

    assert [each.uid for each in listed] == list(range(1, 151))
    assert [read[each.uid].mime for each in listed] == [ended(each.mime) for each in written]
    assert [each.size for each in listed] == [len(each.mime) for each in written]
    assert all(message.size == len(message.mime) for message in read.values())
    with spooled.mime:
        assert spooled.mime.read() == read[spooled.uid].mime
    assert set(named) == set(read)
    assert encrypted.flags() == flags
    assert files(encrypted.maildir) == before
    assert {frozenset(each) for each in flags.values()} > {frozenset(), frozenset({b"\\Seen"})}


def test_there_is_one_folder(place) -> None:
    """POP3 knows the inbox alone; an empty one lists nothing."""
    with reading(place.source()) as reader:
        assert reader.folders() == FolderList((INBOX,))
        assert (INBOX.path, INBOX.role) == (("INBOX",), Role.INBOX)
        assert list(reader.listing(INBOX)) == []
        assert list(reader.read(INBOX, [1])) == []


def test_what_pop3_does_not_tell(place, fill) -> None:
    """Messages come as read, whatever they are at the server, and have the date of their newest Received field."""
    plain, stamped = list(generated(2))
    trace = b"Received: by b; Fri, 4 Jun 2021 14:00:05 +0200\r\nReceived: by a; Thu, 3 Jun 2021 12:00:05 +0200\r\n"
    fill(place, [replace(plain, flags=""), replace(stamped, mime=trace + stamped.mime, flags="F")])
    with reading(place.source()) as reader:
        first, second = reader.read(INBOX, [each.uid for each in reader.listing(INBOX)])

    assert (first.received, first.marks) == (None, KNOWN)
    assert (second.received, second.marks) == (datetime(2021, 6, 4, 12, 0, 5, tzinfo=UTC), KNOWN)


def test_odd_content_comes_as_the_server_gives_it(place, fill) -> None:
    """No header, nothing at all, 8 bits, NULs, dots at line starts, a line of a million characters: it comes."""
    template = next(generated(1))
    long = b"X: y\r\n\r\n" + b"a" * 1_000_000 + b"\r\n"
    dots = b"A: b\r\n\r\n.\r\n..\r\n...\r\n.x\r\n\r\n.\r\n"
    odd = [b"", b"\r\n", b"no header at all", b"Subject: \xff\xfe\r\n\r\n\x80\x81\0\0", long, dots, b"\r\n.\r\n.."]
    fill(place, [Message(mime, template.date) for mime in odd])
    with reading(place.source()) as reader:
        listed = list(reader.listing(INBOX))
        read = list(reader.read(INBOX, [each.uid for each in listed]))
        spooled = [reader.spool(INBOX, each.uid) for each in listed]

    expected = [ended(mime) if mime else b"\r\n" for mime in odd]       # this server gives an empty message one line
    assert [message.mime for message in read] == expected
    for message, content in zip(spooled, expected, strict=True):
        with message.mime:
            assert (message.mime.read(), message.size) == (content, len(content))


def test_a_message_that_the_server_cannot_say(place, fill) -> None:
    """Dovecot does not double a dot that a message begins with: no wrong message arrives for it, and all others do."""
    template = next(generated(1))
    contents = [b"A: b\r\n\r\n1\r\n", b".\r\n", b"A: b\r\n\r\n3\r\n"]
    fill(place, [Message(mime, template.date) for mime in contents])
    with reading(place.source()) as reader:
        uids = [each.uid for each in reader.listing(INBOX)]

        read = reader.read(INBOX, uids)
        first, third = next(read), next(read)
        with pytest.raises(RefusedError, match="where this message ends"):
            next(read)

    assert [first.mime, third.mime] == [contents[0], contents[2]]


def test_a_large_message_goes_through_a_file(place, fill) -> None:
    """Ten megabytes come without being held."""
    content = b"Message-ID: <large@x>\r\n\r\n" + b"0123456789abcd\r\n" * 650_000
    fill(place, [Message(content, next(generated(1)).date)])
    with reading(place.source()) as reader:
        (listed,) = reader.listing(INBOX)

        message = reader.spool(INBOX, listed.uid)

    with message.mime:
        assert message.mime.read() == content
    assert (message.size, message.marks) == (len(content), KNOWN)


def test_the_same_message_on_a_second_visit(place, fill) -> None:
    """Keys hold although numbers move up when something is deleted in between."""
    fill(place, generated(6))
    with reading(place.source()) as reader:
        first = {each.uid: each.key for each in reader.listing(INBOX)}
    with place.outside() as client:
        client.delete_messages([1, 4])
        client.expunge()

    with reading(place.source()) as reader:
        second = [each.key for each in reader.listing(INBOX)]

    assert len(set(first.values())) == 6
    assert second == [first[uid] for uid in (2, 3, 5, 6)]


def test_what_is_gone_is_left_out(place, fill) -> None:
    """Messages that disappear between listing and reading are left out, the others come; new ones wait their turn."""
    written = [replace(each, mime=ended(each.mime)) for each in generated(6)]
    fill(place, written)
    with reading(place.source()) as reader:
        uids = [each.uid for each in reader.listing(INBOX)]
        with place.outside() as client:
            client.delete_messages([2, 4])
            client.expunge()
            client.append("INBOX", b"Subject: new\r\n\r\n")

        read = {message.uid: message.mime for message in reader.read(INBOX, uids)}

        assert read == {uid: written[uid - 1].mime for uid in (1, 3, 5, 6)}
        assert reader.spool(INBOX, 2) is None
        assert set(reader.envelopes(INBOX, uids)) == {1, 3, 5, 6}
        assert [each.uid for each in reader.listing(INBOX)] == [1, 3, 5, 6, 7]


def test_envelopes_are_what_a_person_knows(place, fill) -> None:
    """Sender, subject and date, decoded."""
    head = b"From: =?utf-8?q?J=C3=B6rg?= <j@x.example>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    mime = head + b"Date: Fri, 4 Jun 2021 12:00 +0000\r\n\r\nhello\r\n"
    fill(place, [Message(mime, datetime(2021, 6, 4, tzinfo=UTC))])
    with reading(place.source()) as reader:
        (listed,) = reader.listing(INBOX)

        named = reader.envelopes(INBOX, [listed.uid])[listed.uid]

    assert (named.sender, named.subject, named.date) == ("Jörg <j@x.example>", "Grüße", "2021-06-04 12:00")


def test_a_check_counts(place, fill) -> None:
    """A quick look signs in and says how many messages there are."""
    fill(place, generated(12))

    greeting = place.source().check()

    assert (greeting.messages, len(greeting.folders.folders)) == (12, 1)
    assert {"TOP", "UIDL", "PIPELINING"} <= greeting.capabilities


@pytest.mark.parametrize("new", [True, False])
def test_unread_mail_stays_unread(place, fill, new: bool) -> None:
    """Mail that its owner has not seen yet, delivered a moment ago or lying there, is not marked by our reading it."""
    fill(place, [replace(each, flags="", keywords=()) for each in generated(8)], new=new)
    with reading(place.source()) as reader:
        assert len(list(reader.read(INBOX, [each.uid for each in reader.listing(INBOX)]))) == 8

    assert place.flags() == {uid: set() for uid in range(1, 9)}
