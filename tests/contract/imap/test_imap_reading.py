"""Reading a mailbox, on every server there is: all of it, byte for byte, and nothing changes."""

from __future__ import annotations

from imapclient import IMAPClient

from engine.connectors.imap.reader import PIECE
from engine.messages.source_key import message_key
from engine.ports.items import Marks
from engine.ports.source import SourceFolder
from tests.servers.mailbox import Message, files, generated


def folder_called(reader, *path: str) -> SourceFolder:
    return next(folder for folder in reader.folders().folders if folder.path == path)


def look(client: IMAPClient, path: tuple[str, ...]) -> dict[int, tuple[object, bytes]]:
    """Flags, size, date and content of every message, by another client."""
    client.select_folder("/".join(path), readonly=True)
    uids = client.search(["ALL"])
    found = client.fetch(uids, ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[]"]) if uids else {}
    return {
        uid: ((set(m[b"FLAGS"]) - {b"\\Recent"}, m[b"INTERNALDATE"], m[b"RFC822.SIZE"]), m[b"BODY[]"])
        for uid, m in found.items()
    }


def test_everything_is_read_and_nothing_changes(filled) -> None:
    """All folders, all messages, every byte of them; afterwards the mailbox is as it was."""
    reader = filled.source().connect()
    folders = [folder for folder in reader.folders().folders if folder.selectable]
    with filled.outside() as client:
        before = {folder.path: look(client, folder.path) for folder in folders}
    before_on_disk = files(filled.maildir)

    for folder in folders:
        listed = list(reader.listing(folder))
        read = {message.uid: message for message in reader.read(folder, [each.uid for each in listed])}
        assert [each.uid for each in listed] == sorted(before[folder.path])
        assert {uid: message.mime for uid, message in read.items()} == {
            uid: content for uid, (_, content) in before[folder.path].items()
        }
        assert all(message.size == len(message.mime) for message in read.values())
        spooled = reader.spool(folder, listed[0].uid) if listed else None
        if spooled:
            with spooled.mime:
                assert spooled.mime.read() == read[spooled.uid].mime
        assert set(reader.envelopes(folder, list(read))) == set(read)
    reader.close()

    assert sum(map(len, before.values())) == 101
    assert files(filled.maildir) == before_on_disk
    with filled.outside() as client:
        assert {folder.path: look(client, folder.path) for folder in folders} == before


def test_flags_dates_and_content_are_those_that_were_written(place, fill) -> None:
    """What lies in the server's files comes out: content, moment of arrival, marks."""
    written = list(generated(200, seed=7))
    fill(place, (), written)
    reader = place.source().connect()
    inbox = folder_called(reader, "INBOX")

    read = list(reader.read(inbox, range(1, 201)))
    reader.close()

    assert [message.mime for message in read] == [each.mime for each in written]
    assert [message.received for message in read] == [each.date.replace(microsecond=0) for each in written]
    for message, each in zip(read, written, strict=True):
        assert message.marks.read == ("S" in each.flags)
        assert message.marks.flagged == ("F" in each.flags)
        assert message.marks.answered == ("R" in each.flags)
        assert message.marks.draft == ("D" in each.flags)
        assert message.marks.forwarded == ("$Forwarded" in each.keywords)
        assert ("Important" in message.marks.categories) == ("$label1" in each.keywords)
        assert ("Zürich" in message.marks.categories) == ("Z&APw-rich" in each.keywords)


def test_new_mail_stays_new(place, fill) -> None:
    """Mail that no program has seen yet is still recent and unread after we have read it."""
    fill(place, (), generated(5), new=True)
    reader = place.source().connect()
    inbox = folder_called(reader, "INBOX")

    uids = [each.uid for each in reader.listing(inbox)]
    assert [message.marks for message in reader.read(inbox, uids)] == [Marks()] * 5
    reader.close()

    with place.outside() as client:
        assert client.folder_status("INBOX", ["RECENT", "UNSEEN"]) == {b"RECENT": 5, b"UNSEEN": 5}


def test_odd_content_comes_as_the_server_gives_it(place, fill) -> None:
    """No header, nothing at all, 8 bits, a line of 100,000 characters: whatever it is, it comes."""
    long = b"X: y\r\n\r\n" + b"a" * 100_000 + b"\r\n"
    odd = [b"", b"\r\n", b"no header at all", b"Subject: \xff\xfe\r\n\r\n\x80\x81", long]
    template = next(generated(1))
    fill(place, (), [Message(mime, template.date) for mime in odd])
    reader = place.source().connect()
    inbox = folder_called(reader, "INBOX")

    listed = list(reader.listing(inbox))
    read = list(reader.read(inbox, [each.uid for each in listed]))
    spooled = [reader.spool(inbox, each.uid) for each in listed]
    reader.close()

    assert [message.mime for message in read] == odd
    for message, content in zip(spooled, odd, strict=True):
        with message.mime:
            assert (message.mime.read(), message.size) == (content, len(content))
    assert [each.key for each in listed] == [message_key(content) for content in odd]
    assert len({each.key for each in listed}) == 5


def test_a_large_message_comes_in_pieces(place, fill) -> None:
    """A message larger than a piece, to the byte, and one that is a whole number of pieces."""
    template = next(generated(1))
    sizes = (3 * PIECE + 17, 2 * PIECE)
    large = [(b"Message-ID: <large@x>\r\n\r\n" + b"0123456789abcd\r\n" * (size // 16))[:size] for size in sizes]
    fill(place, (), [Message(mime, template.date, "FS") for mime in large])
    reader = place.source().connect()
    inbox = folder_called(reader, "INBOX")

    for uid, content in enumerate(large, start=1):
        message = reader.spool(inbox, uid)
        with message.mime:
            assert message.mime.read() == content
        assert (message.size, message.marks, message.received) == (
            len(content), Marks(read=True, flagged=True), template.date,
        )
    assert reader.spool(inbox, 99) is None
    reader.close()


def test_what_is_gone_is_left_out(place, fill) -> None:
    """Messages that disappear between listing and reading are left out, the others come."""
    fill(place, (), generated(6))
    reader = place.source().connect()
    inbox = folder_called(reader, "INBOX")
    uids = [each.uid for each in reader.listing(inbox)]
    with place.outside() as client:
        client.select_folder("INBOX")
        client.delete_messages([2, 4])
        client.expunge()

    assert [message.uid for message in reader.read(inbox, uids)] == [1, 3, 5, 6]
    assert reader.spool(inbox, 2) is None
    assert set(reader.envelopes(inbox, uids)) == {1, 3, 5, 6}
    assert [each.uid for each in reader.listing(inbox)] == [1, 3, 5, 6]
    reader.close()


def test_deleted_messages_are_marked(place, fill) -> None:
    r"""A message with \Deleted is listed as one its owner has thrown away."""
    one, two, three = generated(3)
    fill(place, (), [one, Message(two.mime, two.date, "T"), three])
    reader = place.source().connect()

    assert [each.deleted for each in reader.listing(folder_called(reader, "INBOX"))] == [False, True, False]
    reader.close()


def test_check_looks_around(filled) -> None:
    """The quick look counts folders and messages."""
    found = filled.source().check()

    assert "IMAP4REV1" in found.capabilities
    assert found.messages == 101
    assert ("Projects", "2025", "Ätlas") in [folder.path for folder in found.folders.folders]


def test_parents_that_hold_no_mail(filled) -> None:
    """Projects and 2025 exist for their children alone, whether the server lists them or not."""
    reader = filled.source().connect()
    found = {folder.path: folder.selectable for folder in reader.folders().folders}
    reader.close()

    assert found["Projects",] is found["Projects", "2025"] is False
    assert found["Projects", "2025", "Ätlas"] is True


def test_case_twins_and_emoji_are_folders_of_their_own(filled) -> None:
    """Names that differ in case only are two folders at the source."""
    reader = filled.source().connect()
    paths = [folder.path for folder in reader.folders().folders]
    reader.close()

    assert {("Work",), ("work",), ("Ideas 💡",)} <= set(paths)
