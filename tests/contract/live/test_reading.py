"""Reading a mailbox as a source: what is listed, what a message gives, and that nothing is changed by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from engine.connectors.exchange.reading.reader import ExchangeReader
from engine.connectors.exchange.source import ExchangeSource
from engine.messages.source_key import message_key
from engine.migration.content import Content
from engine.ports.beside import NOTHING, Beside, FollowUp, Verb
from engine.ports.items import Marks, SourceMessage
from engine.ports.source import SourceFolder

from .server import Server

SENT, RECEIVED = datetime(2019, 3, 4, 5, 6, 7, tzinfo=UTC), datetime(2019, 3, 4, 6, 7, 8, tzinfo=UTC)
START, DUE = datetime(2030, 6, 1, tzinfo=UTC), datetime(2030, 6, 2, tzinfo=UTC)
MIME = (
    b"From: =?utf-8?b?w4RubmU=?= <ann@example.net>\r\nTo: bob@example.org\r\nSubject: =?utf-8?b?w4RwZmVs?= and\r\n"
    b" pears\r\nDate: Mon, 04 Mar 2019 06:06:07 +0100\r\nMessage-ID: <live-reading@example.net>\r\n\r\nhello\r\n"
)
WITHOUT_ID = MIME.replace(b"Message-ID: <live-reading@example.net>\r\n", b"")
CASES = {
    "importance": Beside(importance="High"),
    "sensitivity": Beside(sensitivity="Private"),
    "a class": Beside(item_class="IPM.Note.OmmLiveCheck"),
    "a flag with dates": Beside(follow_up=FollowUp(start=START, due=DUE, request="Call")),
    "a flag with one date": Beside(follow_up=FollowUp(due=DUE)),
    "a flag that is done": Beside(follow_up=FollowUp(complete=True, completed=SENT)),
    "a reply": Beside(verb=Verb.REPLIED_TO_ALL, acted=RECEIVED),
    "a forward": Beside(verb=Verb.FORWARDED, acted=RECEIVED),
    "hidden recipients": Beside(bcc=(("Carol", "carol@example.net"),)),
    "another time of sending": Beside(sent=datetime(2018, 1, 2, 3, 4, 5, tzinfo=UTC)),
}


@dataclass
class Reading:
    """A reader, and a folder of ours."""

    server: Server
    reader: ExchangeReader
    folder: SourceFolder

    def one(self) -> SourceMessage:
        """The one message of the folder."""
        [listed] = self.reader.listing(self.folder)
        found = list(self.reader.read(self.folder, [listed.uid]))
        assert len(found) == 1, self.server.says("lists a message that it does not give")
        return found[0]


@pytest.fixture
def reading(server: Server) -> Iterator[Reading]:
    source = ExchangeSource(server.account, server.password, server.network)
    reader = source.reader(Content.MAIL)
    folder = server.folder()
    yield Reading(server, reader, next(each for each in reader.folders().folders if each.ref == folder))
    reader.close()


def test_a_mailbox_is_the_same_at_either_end(server: Server) -> None:
    """The key of a source is that of a destination."""
    source = ExchangeSource(server.account, server.password, server.network)

    assert source.mailbox() == server.destination.mailbox(), server.says("names the root folder otherwise each time")


def test_a_message_has_the_key_of_its_bytes_in_a_listing(reading: Reading) -> None:
    """By what the server knows of it, and by what it renders: the very key that it has over IMAP."""
    reading.server.one(reading.folder.ref, MIME)
    [listed] = reading.reader.listing(reading.folder)
    message = reading.one()

    assert isinstance(message.mime, bytes)
    assert message_key(message.mime) == message_key(MIME), reading.server.says(f"renders {message.mime[:900]!r}")
    assert listed.key == message_key(MIME), reading.server.says("tells another From, Date, Subject or Message-ID")


def test_a_message_without_message_id_has_one_key_each_time(reading: Reading) -> None:
    """Its search key, or the Message-ID that the server made for it."""
    reading.server.one(reading.folder.ref, WITHOUT_ID)
    first, second = reading.one(), reading.one()
    keys = {one.key or message_key(one.mime) for one in (first, second)}

    assert len(keys) == 1, reading.server.says("renders a message without Message-ID otherwise each time")


@pytest.mark.parametrize("what", CASES)
def test_what_was_written_beside_a_message_is_read_again(reading: Reading, what: str) -> None:
    """So that it can move on from here."""
    given = CASES[what]
    marks = Marks(read=True, flagged=given.follow_up is not None and not given.follow_up.complete)
    new = reading.server.new(MIME, received=RECEIVED, marks=marks)
    reading.server.created(reading.folder.ref, [replace(new, item=replace(new.item, beside=given))])
    found = reading.one()

    assert found.received == RECEIVED
    assert found.marks.flagged == marks.flagged, reading.server.says(f"tells {what} otherwise: {found.marks}")
    for name in Beside.__slots__:
        wanted = getattr(given, name)
        if wanted != getattr(NOTHING, name):
            said = getattr(found.beside, name)
            assert said == wanted, reading.server.says(f"tells {what} otherwise: {said}")
    assert given.sent is not None or found.beside.sent == SENT


def test_a_post_is_read_as_one(reading: Reading) -> None:
    """With its class, and whether it was read."""
    new = reading.server.new(MIME, received=RECEIVED, marks=Marks(read=False))
    beside = Beside(item_class="IPM.Post")
    reading.server.created(reading.folder.ref, [replace(new, item=replace(new.item, beside=beside))])
    found = reading.one()

    assert (found.beside.item_class, found.marks.read) == ("IPM.Post", False), reading.server.says(
        f"tells a post as {found.beside.item_class}, {found.marks}"
    )


def test_reading_marks_nothing_as_read(reading: Reading) -> None:
    """Not in memory, and not through a file; a receipt that is asked for is not sent."""
    asking = MIME.replace(b"To:", b"Disposition-Notification-To: ann@example.net\r\nTo:")
    made, _ = reading.server.one(reading.folder.ref, asking)
    before = reading.server.look(made)
    reading.one()
    [listed] = reading.reader.listing(reading.folder)
    spooled = reading.reader.spool(reading.folder, listed.uid)
    assert spooled is not None
    spooled.close()
    after = reading.server.look(made)

    assert (before.said("IsRead"), after.said("IsRead")) == ("false", "false")
    assert after.moment("LastModifiedTime") == before.moment("LastModifiedTime"), reading.server.says(
        "dates an item anew when it is read"
    )
