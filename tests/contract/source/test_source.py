"""What the engine asks of every source, and every source keeps: engine/ports/source.py."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from engine.errors import InputError
from engine.messages.source_key import message_key
from engine.migration.content import Content
from engine.ports.items import Listed, SourceMessage
from engine.ports.source import ItemReader, Role, SourceFolder
from tests.contract.source.conftest import INBOX, TWIN, Opened


@contextmanager
def reading(opened: Opened) -> Iterator[ItemReader]:
    reader = opened.source.reader(Content.MAIL)
    try:
        yield reader
    finally:
        reader.close()


def folder_at(reader: ItemReader, path: tuple[str, ...]) -> SourceFolder:
    return next(folder for folder in reader.folders().folders if folder.path == path)


def listed(reader: ItemReader, path: tuple[str, ...] = INBOX) -> list[Listed]:
    return list(reader.listing(folder_at(reader, path)))


def content(item: object) -> bytes:
    """What a message holds, wherever it holds it."""
    assert isinstance(item, SourceMessage)
    return item.mime if isinstance(item.mime, bytes) else item.mime.read()


def test_it_gives_mail_and_refuses_what_it_has_not(opened: Opened) -> None:
    """Its contents are declared, and a reader of any other content is refused before anything is connected."""
    assert Content.MAIL in opened.source.contents
    assert opened.source.max_connections >= 1
    for absent in set(Content) - opened.source.contents:
        with pytest.raises(InputError):
            opened.source.reader(absent)


def test_every_folder_is_listed_once_with_its_parents_before_it(opened: Opened) -> None:
    """By the names that their owner sees; the inbox is known as such, and each can be listed."""
    with reading(opened) as reader:
        found = reader.folders()

    paths = [folder.path for folder in found.folders]
    assert sorted(paths) == sorted(opened.held)
    assert [path for place, path in enumerate(paths) if path[:-1] and path[:-1] not in paths[:place]] == []
    assert [folder.path for folder in found.folders if folder.role is Role.INBOX] == [INBOX]
    assert all(folder.selectable for folder in found.folders)
    assert len({folder.ref for folder in found.folders}) == len(paths)


def test_a_listing_has_every_item_once_in_the_order_of_arrival(opened: Opened) -> None:
    """Each with a UID of its own, about its size, and the key of its content or none; nothing in an empty folder."""
    with reading(opened) as reader:
        for path, held in opened.held.items():
            items = listed(reader, path)
            assert len(items) == len(held)
            assert len({item.uid for item in items}) == len(held)
            assert all(item.key in (b"", message_key(mime)) for item, mime in zip(items, held, strict=True))
            assert all(abs(item.size - len(mime)) <= len(mime) / 2 for item, mime in zip(items, held, strict=True))
            assert not any(item.deleted for item in items)


def test_keys_are_left_out_where_nobody_asks_for_them(opened: Opened) -> None:
    """The same items by the same UIDs, without keys."""
    with reading(opened) as reader:
        whole = listed(reader)
        bare = list(reader.listing(folder_at(reader, INBOX), keys=False))

    assert [item.uid for item in bare] == [item.uid for item in whole]
    assert {item.key for item in bare} == {b""}


def test_another_connection_knows_the_same_items_by_the_same_uids(opened: Opened) -> None:
    """What one reader lists, the next one reads."""
    with reading(opened) as first:
        uids = [item.uid for item in listed(first)]
    with reading(opened) as second:
        assert [item.uid for item in listed(second)] == uids
        read = {item.uid: content(item) for item in second.read(folder_at(second, INBOX), uids)}

    assert [read[uid] for uid in uids] == list(opened.held[INBOX])


def test_every_byte_is_read_in_whatever_order_it_is_asked_for(opened: Opened) -> None:
    """Held in memory, with its true size; a moment of arrival has its zone."""
    with reading(opened) as reader:
        for path, held in opened.held.items():
            folder, uids = folder_at(reader, path), [item.uid for item in listed(reader, path)]
            read = {item.uid: item for item in reader.read(folder, [*uids[1::2], *uids[::2]])}
            assert [content(read[uid]) for uid in uids] == list(held)
            for uid, mime in zip(uids, held, strict=True):
                item = read[uid]
                assert (item.size, item.held, item.is_whole) == (len(mime), True, True)
                assert isinstance(item, SourceMessage)
                assert item.received is None or item.received.tzinfo is not None


def test_what_is_asked_for_alone_comes_alone(opened: Opened) -> None:
    """One of two messages that are the same to the byte is no other's."""
    with reading(opened) as reader:
        inbox = folder_at(reader, INBOX)
        twins = [item.uid for item, mime in zip(listed(reader), opened.held[INBOX], strict=True) if mime == TWIN]
        read = list(reader.read(inbox, twins[1:]))

    assert len(twins) == 2
    assert [item.uid for item in read] == twins[1:]


def test_a_large_item_is_spooled_into_a_file(opened: Opened) -> None:
    """To the byte, at its start, with its true size; closing the item closes the file."""
    with reading(opened) as reader:
        inbox = folder_at(reader, INBOX)
        for each, mime in zip(listed(reader), opened.held[INBOX], strict=True):
            item = reader.spool(inbox, each.uid)
            assert isinstance(item, SourceMessage)
            assert not isinstance(item.mime, bytes)
            assert (item.uid, item.size, item.held, content(item)) == (each.uid, len(mime), False, mime)
            item.close()
            assert item.mime.closed


def test_items_are_named_for_the_report(opened: Opened) -> None:
    """By their subject, in plain letters; a UID that nobody has is left out."""
    with reading(opened) as reader:
        uids = [item.uid for item in listed(reader)]
        named = reader.envelopes(folder_at(reader, INBOX), [*uids, max(uids) + 1000])

    assert set(named) <= set(uids)
    assert named[uids[0]].subject == "First"
    assert all(len(text) <= 200 for one in named.values() for text in (one.subject, one.date, one.sender))


def test_what_is_gone_meanwhile_is_left_out(opened: Opened) -> None:
    """Whoever reads, spools or names it gets the others; a new listing does not show it, and numbers no other anew."""
    with reading(opened) as reader:
        uids = [item.uid for item in listed(reader)]
    opened.remove(INBOX, 1)
    with reading(opened) as reader:
        inbox = folder_at(reader, INBOX)
        left = [uids[0], *uids[2:]]
        assert sorted(item.uid for item in reader.read(inbox, uids)) == sorted(left)
        assert reader.spool(inbox, uids[1]) is None
        assert uids[1] not in reader.envelopes(inbox, uids)
        assert [item.uid for item in listed(reader)] == left


def test_as_many_connections_as_it_names_can_be_open_at_once(opened: Opened) -> None:
    """Each of them lists, while the others stay open."""
    readers = [opened.source.reader(Content.MAIL) for _ in range(opened.source.max_connections)]
    counts = [len(listed(reader)) for reader in readers]
    for reader in readers:
        reader.close()

    assert counts == [len(opened.held[INBOX])] * len(readers)


def test_reading_changes_nothing(opened: Opened) -> None:
    """After everything that a reader can be asked for, the owner sees what was there before."""
    before = opened.seen()
    with reading(opened) as reader:
        for folder in reader.folders().folders:
            uids = [item.uid for item in reader.listing(folder)]
            list(reader.read(folder, uids))
            reader.envelopes(folder, uids)
            for uid in uids:
                spooled = reader.spool(folder, uid)
                assert spooled is not None
                spooled.close()

    assert opened.seen() == before
