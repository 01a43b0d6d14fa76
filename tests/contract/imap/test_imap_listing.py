"""Listings in windows: of any size of folder, with any gaps."""

from __future__ import annotations

import random

import pytest

from engine.connectors.imap.listing import listing
from engine.messages.source_key import message_key
from tests.servers.mailbox import Message, generated


@pytest.mark.parametrize("window", [1, 7, 100, 1000])
def test_windows(place, fill, window: int) -> None:
    """However small the windows, each message comes once, in the order of its UIDs, gaps or not."""
    chance = random.Random(window)
    uids = sorted(chance.sample(range(1, 5_000), 50) + chance.sample(range(2**31, 2**32 - 2), 50))
    fill(place, (), generated(100), uids=uids)
    reader = place.source().connect()
    inbox = reader.folders().folders[0]

    assert [each.uid for each in listing(reader._steady, inbox, window=window)] == uids
    reader.close()


def test_empty_folders(place) -> None:
    """An empty folder is an empty listing."""
    reader = place.source().connect()

    assert [list(reader.listing(folder)) for folder in reader.folders().folders] == [[]] * 6
    reader.close()


def test_a_second_visit_sees_the_same(place, fill) -> None:
    """Another connection, another day: the same keys, sizes and order; each key is that of the message's own bytes."""
    without_id = [
        Message(start + b"\r\n\r\nno id", each.date)
        for start, each in zip((b"X: 1", b"To: a@b\r\nSubject: x", b"Received: from a by b"), generated(3), strict=True)
    ]
    fill(place, (), [*generated(50), *without_id])
    first, second = place.source().connect(), place.source().connect()
    inbox = first.folders().folders[0]

    listed = list(first.listing(inbox))
    assert listed == list(second.listing(inbox))
    assert len({each.key for each in listed}) == 53
    assert [each.key for each in listed] == [
        message_key(message.mime) for message in second.read(inbox, [each.uid for each in listed])
    ]
    first.close()
    second.close()


def test_a_listing_without_keys_asks_for_no_header(place, fill) -> None:
    """Numbers, sizes and what is deleted are enough where the messages are read anyway."""
    fill(place, (), generated(3))
    reader = place.source().connect()
    inbox = reader.folders().folders[0]

    plain, keyed = list(reader.listing(inbox, keys=False)), list(reader.listing(inbox))
    reader.close()

    assert [each.key for each in plain] == [b""] * 3
    assert [(each.uid, each.size, each.deleted) for each in plain] == [
        (each.uid, each.size, each.deleted) for each in keyed
    ]


def test_a_moved_message_keeps_its_key(place, fill) -> None:
    """A message copied to another folder of the same server is the same message."""
    fill(place, (), generated(5))
    with place.outside() as client:
        client.select_folder("INBOX")
        client.copy([2], "Archive")
    reader = place.source().connect()
    folders = {folder.path: folder for folder in reader.folders().folders}

    inbox, archive = list(reader.listing(folders["INBOX",])), list(reader.listing(folders["Archive",]))
    reader.close()

    assert archive[0].key == inbox[1].key


def test_twins_have_one_key(place, fill) -> None:
    """Two messages alike in everything are told apart by nothing but their order."""
    one = next(generated(1))
    fill(place, (), [one, one])
    reader = place.source().connect()

    listed = list(reader.listing(reader.folders().folders[0]))
    reader.close()

    assert [each.uid for each in listed] == [1, 2]
    assert listed[0].key == listed[1].key


def test_reading_between_two_windows(place, fill) -> None:
    """The same connection may read, and open other folders, while a listing is under way."""
    fill(place, (), generated(30))
    fill(place, ("Other",), generated(3, seed=2))
    reader = place.source().connect()
    folders = {folder.path: folder for folder in reader.folders().folders}
    inbox, other = folders["INBOX",], folders["Other",]

    seen = []
    for message in listing(reader._steady, inbox, window=10):
        seen.append(message.uid)
        assert [each.uid for each in reader.read(other, [1, 3])] == [1, 3]
        assert [each.uid for each in reader.read(inbox, [message.uid])] == [message.uid]
    reader.close()

    assert seen == list(range(1, 31))
