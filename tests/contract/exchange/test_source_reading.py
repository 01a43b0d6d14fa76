"""An Exchange mailbox as a source, beyond what is asked of every source (tests/contract/source)."""

from __future__ import annotations

import random
from base64 import encodebytes
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from exchangelib import Contact

from emulators.exchange import Fault
from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.exchange.reading.reader import ExchangeReader
from engine.connectors.exchange.reading.rebuilt import REBUILT, WITHOUT_FILES, WITHOUT_TEXT
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.errors import FatalError, RefusedError, RetryableError
from engine.messages.source_key import message_key
from engine.migration.content import Content
from engine.ports.items import Listed, SourceMessage, Tagged
from engine.ports.source import Role, SourceFolder
from tests.contract.exchange.conftest import PASSWORD, Server, account, mime
from tests.servers.owner import owner

LARGE = 5 * 1024 * 1024     # bytes


@dataclass
class Mailbox:
    """A mailbox with its source, and whoever puts mail into it."""

    server: Server
    address: str
    source: ExchangeSource
    owner: ExchangeDestination

    @contextmanager
    def reading(self) -> Iterator[ExchangeReader]:
        reader = self.source.reader(Content.MAIL)
        try:
            yield reader
        finally:
            reader.close()

    def put(self, *contents: bytes, path: tuple[str, ...] = (), second: int = 0) -> None:
        """Files those messages in a folder, in that order, from that second on; in the inbox by itself."""
        folder = next(f for f in self.owner.folders() if (f.name == path[-1] if path else f.role is Role.INBOX))
        for number, content in enumerate(contents, second):
            received = datetime(2020, 5, 17, 8, 30, number, tzinfo=UTC)
            message = SourceMessage(1, content, len(content), received)
            assert self.owner.create(folder.id, [Tagged("tag", message)])[0].error is None

    def ids(self) -> list[str]:
        return [message.item_id for message in self.server.emulator.messages(self.address)]

    def requests(self, operation: str) -> int:
        mine = (one for one in self.server.emulator.requests if one.user == self.address)
        return sum(one.operation == operation for one in mine)


@pytest.fixture
def box(plain: Server) -> Mailbox:
    """A mailbox that shows its mail as it came."""
    plain.emulator.configure(mime_roundtrip="verbatim", auth=("basic",))
    address = plain.mailbox()
    there = account(plain.emulator.url, address)
    source = ExchangeSource(there, PASSWORD, Network(trusts_person=True), waits=(0.0, 0.0))
    return Mailbox(plain, address, source, plain.open(address))


def inbox(reader: ExchangeReader) -> SourceFolder:
    return next(folder for folder in reader.folders().folders if folder.role is Role.INBOX)


def listed(reader: ExchangeReader, *, keys: bool = True) -> list[Listed]:
    return list(reader.listing(inbox(reader), keys=keys))


def read(reader: ExchangeReader) -> list[SourceMessage]:
    return list(reader.read(inbox(reader), [item.uid for item in listed(reader)]))


def named(number: int) -> bytes:
    """A message with a Message-ID."""
    return mime(f"Message {number}", header=f"Message-ID: <{number}@example.net>\r\n")


def test_folders_that_never_move_are_named_with_what_is_in_them(box: Mailbox) -> None:
    """By distinguished id, class and being hidden; not a folder of the owner's, and none that is empty."""
    box.server.emulator.add_system_folders(box.address)
    box.put(named(1), path=("Conflicts",))
    box.put(named(2), named(3), path=("RSS Feeds",))
    box.put(named(4), path=("Yammer Root",))

    with box.reading() as reader:
        found = reader.folders()

    assert [folder.path for folder in found.folders] == [
        ("INBOX",), ("Archive",), ("Conversation History",), ("Deleted Items",), ("Drafts",), ("Junk Email",),
        ("Sent Items",),
    ]
    assert {(folder.path, folder.items, folder.counted) for folder in found.left} == {
        (("Sync Issues", "Conflicts"), 1, True), (("RSS Feeds",), 2, True), (("Yammer Root",), 1, True),
    }
    assert all(folder.reason for folder in found.left)


def test_a_mailbox_in_another_language_has_its_inbox_under_the_same_path(box: Mailbox) -> None:
    """As over IMAP, where INBOX is never translated; what lies in it lies below that path."""
    made = box.owner.create_folder(next(f.id for f in box.owner.folders() if f.role is Role.INBOX), "Büro", "tag")
    assert made.id

    with box.reading() as reader:
        paths = [folder.path for folder in reader.folders().folders]

    assert paths[:2] == [("INBOX",), ("INBOX", "Büro")]


def test_a_second_listing_asks_only_for_what_changed(box: Mailbox) -> None:
    """It names what came and leaves out what went, and numbers no message anew."""
    box.put(*map(named, range(3)))
    with box.reading() as reader:
        before = listed(reader)
        box.owner.delete(box.ids()[:1])
        box.put(named(3), second=3)
        asked = box.requests("SyncFolderItems")
        after = listed(reader)

    assert [item.uid for item in after] == [item.uid for item in before[1:]] + [4]
    assert box.requests("SyncFolderItems") == asked + 1


def test_a_folder_whose_state_the_server_forgot_is_listed_from_its_start(box: Mailbox) -> None:
    """Under the same numbers."""
    box.put(*map(named, range(3)))
    with box.reading() as reader:
        before = listed(reader)
        box.owner.delete(box.ids()[:1])
        box.server.emulator.expire_sync_states()
        after = listed(reader)

    assert after == before[1:]


def test_keys_that_were_told_before_a_pause_are_not_asked_for_again(box: Mailbox) -> None:
    """Nor at a later listing, but of a message that changed."""
    box.put(*(named(number) for number in range(60)))
    box.put(*(named(number) for number in range(60, 110)))
    busy = Fault(operation="GetItem", nth=2, action="fault", code="ErrorServerBusy", back_off_ms=10)
    with box.reading() as reader:
        box.server.emulator.add_fault(busy)
        with pytest.raises(RetryableError):
            listed(reader)
        asked = box.requests("GetItem")
        after = listed(reader)
        again = listed(reader)
        once = box.requests("GetItem")
        with owner(box.server.emulator.url, box.address, PASSWORD) as them:
            changed = them.one(them.account.inbox, "Message 7")
            changed.subject = "Another"
            changed.save(update_fields=["subject"])
        later = listed(reader)

    assert once == asked + 1
    assert again == after
    assert len({item.key for item in after}) == 110
    assert [new.uid for old, new in zip(after, later, strict=True) if old.key != new.key] == [8]


def test_more_items_than_a_page_holds_are_listed(box: Mailbox) -> None:
    """Each once; a page has 512."""
    content = named(1)
    folder = next(f.id for f in box.owner.folders() if f.role is Role.INBOX)
    for _ in range(11):
        box.owner.create(folder, [Tagged("tag", SourceMessage(1, content, len(content), None))] * 50)
    with box.reading() as reader:
        assert len({item.uid for item in listed(reader, keys=False)}) == 550


def test_a_listing_knows_the_key_of_what_has_a_message_id(box: Mailbox) -> None:
    """The very key that the same bytes have over IMAP; of anything else it is known when it has been read."""
    contents = [
        mime("=?utf-8?q?Gr=C3=BC=C3=9Fe?= aus  Wien", header="Message-ID:\r\n <odd one@example.net>\r\n"),
        b"From: =?utf-8?b?w4Q=?= (a comment) <ANN@Example.net>\r\nMessage-ID: <2@example.net>\r\n"
        b"Date: 17 May 2020 10:29:00 +0200 (CEST)\r\nSubject: Re: two\r\n lines\r\n\r\nx",
        mime("Without"),
    ]
    box.put(*contents)
    with box.reading() as reader:
        items, messages = listed(reader), read(reader)

    assert [item.key for item in items] == [message_key(contents[0]), message_key(contents[1]), b""]
    assert [message.key == b"" for message in messages] == [True, True, False]


def test_the_key_of_a_message_without_message_id_stays_when_it_is_rendered_anew(box: Mailbox) -> None:
    """It is made of the search key, which a server keeps, and not of what a server may write another way."""
    box.put(b"Subject: caf\xe9\r\n\r\nno date, no id\r\n")
    with box.reading() as reader:
        [verbatim] = read(reader)
        box.server.emulator.configure(mime_roundtrip="regenerate")
        [rendered] = read(reader)

    assert verbatim.mime != rendered.mime
    assert verbatim.key == rendered.key != b""


@pytest.mark.parametrize("fault", [
    Fault(operation="GetItem", nth=1, when="after", action="drop"),
    Fault(operation="GetItem", nth=1, when="after", action="cut", bytes=900),
    Fault(operation="GetItem", nth=1, when="after", action="truncate", bytes=900),
    Fault(operation="GetItem", nth=1, when="after", action="cut", bytes=-40, framing="close"),
    Fault(operation="GetItem", nth=1, when="before", action="status", status=503),
], ids=["lost", "cut", "truncated", "without its end", "unwell"])
def test_an_answer_that_is_lost_or_cut_off_is_asked_for_again(box: Mailbox, fault: Fault) -> None:
    """In memory and through a file; nobody takes half a message for a whole one."""
    content = named(1) + b"y" * 2000
    box.put(content)
    with box.reading() as reader:
        [item] = listed(reader, keys=False)
        box.server.emulator.add_fault(fault)
        [held] = reader.read(inbox(reader), [item.uid])
        box.server.emulator.clear_faults()
        box.server.emulator.add_fault(fault)
        spooled = reader.spool(inbox(reader), item.uid)

    assert held.mime == content
    assert spooled is not None
    with closing(spooled):
        assert spooled.mime.read() == content    # type: ignore[union-attr]  # a file


def test_a_large_message_is_never_held_in_memory(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """It passes piece by piece, however the pieces fall; a limit of answers that are held does not touch it."""
    monkeypatch.setattr("engine.connectors.exchange.session.LARGEST_ANSWER", 64 * 1024)
    monkeypatch.setattr("engine.connectors.exchange.session.CHUNK", 1021)
    content = mime("Large", size=LARGE, header="Message-ID: <large@example.net>\r\n")
    box.put(content)
    with box.reading() as reader:
        [item] = listed(reader)
        spooled = reader.spool(inbox(reader), item.uid)

    assert spooled is not None
    with closing(spooled):
        assert (spooled.size, spooled.held) == (len(content), False)
        assert spooled.mime.read() == content    # type: ignore[union-attr]  # a file


def test_a_large_message_that_is_asked_for_another_way_is_not_held_either(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a kind that has not all that a message has: the server refuses the first question."""
    monkeypatch.setattr("engine.connectors.exchange.session.LARGEST_ANSWER", 64 * 1024)
    content = mime("Large", size=LARGE, header="Message-ID: <large@example.net>\r\n")
    box.put(content)
    with box.reading() as reader:
        [item] = listed(reader, keys=False)
        box.server.emulator.add_fault(Fault(
            operation="GetItem", nth=1, action="items", positions=(0,), code="ErrorInvalidPropertyRequest"
        ))
        spooled = reader.spool(inbox(reader), item.uid)

    assert spooled is not None
    with closing(spooled):
        assert spooled.held is False
        assert spooled.mime.read() == content    # type: ignore[union-attr]  # a file


def test_a_large_message_that_cannot_be_rendered_is_put_together_in_a_file(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer with an attachment is held, however the pieces fall; each attachment is whole."""
    monkeypatch.setattr("engine.connectors.exchange.session.LARGEST_ANSWER", 64 * 1024)
    monkeypatch.setattr("engine.connectors.exchange.session.CHUNK", 10_007)
    file, inner = random.Random(1).randbytes(LARGE), named(2) + b"y" * 200_000 + b"\xff\r\n"
    box.put(with_attached(named(1) + b"hello", file, inner))
    box.server.emulator.spoil(box.address, box.ids()[0])
    with box.reading() as reader:
        [item] = listed(reader)
        spooled = reader.spool(inbox(reader), item.uid)

    assert spooled is not None
    with closing(spooled):
        content = spooled.mime.read()       # type: ignore[union-attr]  # a file
    made = message_from_bytes(content)
    assert (spooled.held, spooled.size, spooled.untold) == (False, len(content), REBUILT)
    assert made.get_payload(1).get_payload(decode=True) == file
    assert inner.replace(b"\r\n", b"\n") in content.replace(b"\r\n", b"\n")
    assert made.get_payload(2)["Content-Transfer-Encoding"] == "8bit"
    assert content.endswith(b"--\r\n")


def with_attached(message: bytes, file: bytes, inner: bytes) -> bytes:
    """The message with a file and another message attached to it."""
    head, _, body = message.partition(b"\r\n\r\n")
    return b"".join((
        head, b"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n", body,
        b"\r\n--b\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n", encodebytes(file),
        b"\r\n--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n", inner,
        b"\r\n--b--\r\n",
    ))


def test_a_busy_source_is_left_alone_for_as_long_as_it_asks(box: Mailbox) -> None:
    """Its pause goes up to whoever waits for it, after one request."""
    box.put(named(1))
    with box.reading() as reader:
        uids = [item.uid for item in listed(reader)]
        there = inbox(reader)
        asked = box.requests("GetItem")
        box.server.emulator.add_fault(
            Fault(operation="GetItem", action="fault", code="ErrorServerBusy", back_off_ms=7000)
        )
        with pytest.raises(RetryableError) as raised:
            list(reader.read(there, uids))

    assert raised.value.back_off == 7.0
    assert box.requests("GetItem") == asked + 1


def test_messages_that_are_put_off_cost_the_others_nothing(box: Mailbox) -> None:
    """All others come first, then the reason."""
    box.put(*map(named, range(4)))
    given: list[int] = []
    with box.reading() as reader:
        uids = [item.uid for item in listed(reader)]
        box.server.emulator.add_fault(
            Fault(operation="GetItem", nth=1, action="items", positions=(1,), code="ErrorServerBusy", back_off_ms=500)
        )
        with pytest.raises(RetryableError):
            given.extend(message.uid for message in reader.read(inbox(reader), uids))

    assert given == [uids[0], uids[2], uids[3]]


def test_a_wrong_password_is_said_of_the_source(box: Mailbox) -> None:
    """And nothing but that is asked."""
    source = ExchangeSource(box.source.account, "wrong", Network(trusts_person=True), waits=(0.0,))
    with pytest.raises(FatalError, match="source server refused the login"):
        source.reader(Content.MAIL)


def test_a_look_counts_folders_and_mail(box: Mailbox) -> None:
    """In the folders that would move."""
    box.put(*map(named, range(3)))
    seen = box.source.check()

    assert seen.messages == 3
    assert len(seen.folders.folders) == 5


def test_what_is_no_message_is_told_apart(box: Mailbox) -> None:
    """A contact in Deleted Items, say: it is listed as something else, and nobody reads it as mail."""
    with owner(box.server.emulator.url, box.address, PASSWORD) as them:
        contact = Contact(account=them.account, folder=them.account.contacts, display_name="Ann", given_name="Ann")
        contact.save().move_to_trash()
    box.put(named(1), path=("Deleted Items",))
    with box.reading() as reader:
        bin_ = next(folder for folder in reader.folders().folders if folder.role is Role.DELETED)
        items = list(reader.listing(bin_))

    assert [item.other for item in items] == [False, True]


def test_a_folder_that_is_gone_is_refused(box: Mailbox) -> None:
    """The owner removed it after it was shown."""
    with box.reading() as reader:
        gone = box.owner.create_folder(box.owner.top, "Gone", "tag")
        box.owner.delete_folder(gone.id)
        with pytest.raises(RefusedError):
            list(reader.listing(SourceFolder(("Gone",), gone.id)))


RICH = (
    b"Received: from a.example.net by b.example.org; Sun, 17 May 2020 08:29:01 +0000\r\n"
    b"From: =?utf-8?b?w4RubmU=?= <ann@example.net>\r\nTo: Bob <bob@example.org>, carol@example.org\r\n"
    b"Cc: dave@example.org\r\nSubject: =?utf-8?b?w4RwZmVs?= and\r\n pears\r\nMessage-ID: <rich@x>\r\n"
    b"In-Reply-To: <before@x>\r\nReferences: <first@x> <before@x>\r\nList-Id: <list.example.net>\r\n"
    b"Date: Sun, 17 May 2020 08:29:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<p>\xc3\x84pfel</p>\r\n"
    b"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nAAECAwQF\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment; filename=inner.eml\r\n\r\n"
    b"From: eve@example.net\r\nSubject: Inner\r\nMessage-ID: <inner@x>\r\n\r\nwithin\r\n\r\n--b--\r\n"
)


@pytest.mark.parametrize("code", ["ErrorMimeContentConversionFailed", "ErrorContentConversionFailed"])
@pytest.mark.parametrize("large", [False, True], ids=["in memory", "in a file"])
def test_what_cannot_be_rendered_is_put_together_from_its_fields(box: Mailbox, code: str, *, large: bool) -> None:
    """Under its own key, with its header, text and attachments; and the report is told so."""
    box.put(named(1), RICH, named(2))
    box.server.emulator.spoil(box.address, box.ids()[1], code=code)
    with box.reading() as reader:
        items = listed(reader)
        if large:
            message = reader.spool(inbox(reader), items[1].uid)
            assert message is not None
        else:
            first, third, message = reader.read(inbox(reader), [item.uid for item in items])
            assert (first.untold, third.untold) == ("", "")

    mime = message.mime if isinstance(message.mime, bytes) else message.mime.read()
    message.close()
    made = message_from_bytes(mime, policy=policy.default)
    assert items[1].key == message_key(mime) == message_key(RICH)
    assert message.untold == REBUILT
    assert (message.size, made["From"], made["Subject"]) == (len(mime), "Änne <ann@example.net>", "Äpfel and pears")
    assert (made["To"], made["Cc"]) == ("Bob <bob@example.org>, carol@example.org", "dave@example.org")
    assert (made["In-Reply-To"], made["References"]) == ("<before@x>", "<first@x> <before@x>")
    assert (made["List-Id"], made["Received"][:19]) == ("<list.example.net>", "from a.example.net ")
    assert [len(made.get_all(name, [])) for name in ("Content-Type", "MIME-Version", "Subject", "Date")] == [1, 1, 1, 1]
    body, file, inner = made.iter_parts()
    assert body.get_content().strip() == "<p>Äpfel</p>"
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == (
        "a.pdf", "application/pdf", bytes(range(6)),
    )
    assert inner.get_content()["Subject"] == "Inner"


def test_of_a_damaged_message_what_is_left_is_kept_and_what_is_lacking_is_said(box: Mailbox) -> None:
    """Its text, and files that cannot be opened, are named as lacking."""
    box.put(RICH)
    for code in ("ErrorItemCorrupt", "ErrorCannotOpenFileAttachment"):
        box.server.emulator.spoil(box.address, box.ids()[0], code=code)
    with box.reading() as reader:
        [message] = read(reader)

    assert isinstance(message.mime, bytes)
    made = message_from_bytes(message.mime, policy=policy.default)
    assert message_key(message.mime) == message_key(RICH)
    assert message.untold == f"{REBUILT}; {WITHOUT_TEXT}; {WITHOUT_FILES}"
    assert [part.get_filename() for part in made.iter_attachments()] == ["inner.eml"]


def test_a_header_that_nobody_should_write_stays_harmless(box: Mailbox) -> None:
    """What a stranger put into a subject or a name makes no field of its own when a message is put together."""
    box.put(
        b'From: "a\\" <b@c>" <ann@example.net>\r\nSubject: =?utf-8?q?one=0D=0ABcc:_x@y?=\r\nMessage-ID: <odd@x>\r\n'
        b"Date: Sun, 17 May 2020 08:29:00 +0000\r\n\r\nhello\r\n"
    )
    box.server.emulator.spoil(box.address, box.ids()[0])
    with box.reading() as reader:
        [message] = read(reader)

    assert isinstance(message.mime, bytes)
    made = message_from_bytes(message.mime, policy=policy.default)
    assert made["Bcc"] is None
    assert made["From"].addresses[0].addr_spec == "ann@example.net"
    assert made["Message-ID"] == "<odd@x>"


def test_a_mailbox_has_the_same_key_at_either_end(box: Mailbox) -> None:
    """Another mailbox has another one; the check tells it too."""
    other = ExchangeSource(
        account(box.server.emulator.url, box.server.mailbox()), PASSWORD, Network(trusts_person=True), waits=(0.0,)
    )

    assert box.source.mailbox() == box.source.check().mailbox == box.owner.mailbox()
    assert other.mailbox() != box.owner.mailbox()


def test_a_folder_that_is_closed_to_the_account_is_refused_and_an_inbox_stops_it_all(box: Mailbox) -> None:
    """Whoever may not read the inbox has not been given the mailbox."""
    box.server.emulator.add_fault(
        Fault(operation="SyncFolderItems", action="items", positions=(0,), code="ErrorAccessDenied")
    )
    with box.reading() as reader:
        first, second, *_ = reader.folders().folders
        with pytest.raises(FatalError, match="may not do this"):
            list(reader.listing(first))
        with pytest.raises(RefusedError, match="does not let this account read the folder"):
            list(reader.listing(second))


def test_a_message_that_is_closed_is_kept_back_for_whoever_asks_to_look_at_others(box: Mailbox) -> None:
    """It is not named at once: the account may have lost its right to all of them."""
    box.put(*map(named, range(3)))
    given: list[int] = []
    with box.reading() as reader:
        uids = [item.uid for item in listed(reader)]
        box.server.emulator.add_fault(
            Fault(operation="GetItem", nth=1, action="items", positions=(1,), code="ErrorAccessDenied")
        )
        with pytest.raises(RetryableError, match="ErrorAccessDenied"):
            given.extend(message.uid for message in reader.read(inbox(reader), uids))

    assert given == [uids[0], uids[2]]


def test_connections_are_shared_by_readers_and_end_with_the_last_one(box: Mailbox) -> None:
    """Two readers that ask in turn need one sign-in; whoever comes after both have gone signs in anew."""
    box.server.emulator.configure(auth=("ntlm",))
    with box.reading() as first, box.reading() as second:
        for reader in (first, second, first):
            listed(reader)
        before = len(box.server.accepted(box.address))
    with box.reading() as third:
        listed(third)

    assert (before, len(box.server.accepted(box.address))) == (1, 2)


def test_messages_whose_keys_break_every_answer_are_listed_without_them(box: Mailbox) -> None:
    """As long as the server answers for something else; where it does not, it is the server that is unwell."""
    box.put(*map(named, range(3)))
    with box.reading() as reader:
        folder = inbox(reader)
        box.server.emulator.add_fault(Fault(operation="GetItem", when="after", action="truncate", bytes=700))
        items = list(reader.listing(folder))
        box.server.emulator.add_fault(Fault(operation="GetFolder", when="after", action="truncate", bytes=100))
        with pytest.raises(RetryableError):
            list(reader.listing(folder))

    assert [item.key for item in items] == [b"", b"", b""]


def test_one_message_that_breaks_every_answer_hides_no_other(box: Mailbox) -> None:
    """It is found by halves; the others have their keys."""
    box.put(*map(named, range(3)), mime("x" * 4000, header="Message-ID: <long@x>\r\n"))
    with box.reading() as reader:
        folder = inbox(reader)
        box.server.emulator.add_fault(Fault(operation="GetItem", when="after", action="truncate", bytes=1600))
        items = list(reader.listing(folder))

    assert [item.key != b"" for item in items] == [True, True, True, False]


def test_one_request_brings_as_many_messages_as_are_small(box: Mailbox) -> None:
    """Fifty, and no more of large ones than make two megabytes."""
    box.put(*(mime(f"Small {number}") for number in range(60)))
    box.put(*(mime(f"Large {number}", size=900_000) for number in range(5)), path=("Drafts",))
    with box.reading() as reader:
        drafts = next(folder for folder in reader.folders().folders if folder.role is Role.DRAFTS)
        small, large = listed(reader, keys=False), list(reader.listing(drafts, keys=False))
        before = box.requests("GetItem")
        assert len(list(reader.read(inbox(reader), [item.uid for item in small]))) == 60
        between = box.requests("GetItem")
        assert len(list(reader.read(drafts, [item.uid for item in large]))) == 5

    assert (between - before, box.requests("GetItem") - between) == (2, 3)


def test_what_may_pass_is_said_before_what_never_will(box: Mailbox) -> None:
    """So that whoever asks comes again for those; one that is damaged is refused when it is asked for alone."""
    box.put(*map(named, range(4)))
    for number, code in ((1, "ErrorItemCorrupt"), (2, "ErrorServerBusy")):
        box.server.emulator.add_fault(
            Fault(operation="GetItem", action="items", containing=f"Subject: Message {number}", code=code)
        )
    given: list[int] = []
    with box.reading() as reader:
        uids = [item.uid for item in listed(reader, keys=False)]
        there = inbox(reader)
        with pytest.raises(RetryableError, match="busy"):
            given.extend(message.uid for message in reader.read(there, uids))
        with pytest.raises(RefusedError, match="damaged"):
            list(reader.read(there, uids[1:2]))
        with pytest.raises(RefusedError, match="damaged"):
            reader.spool(there, uids[1])

    assert given == [uids[0], uids[3]]
