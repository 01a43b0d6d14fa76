"""The Exchange emulator as stock exchangelib sees it."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from exchangelib import DELEGATE, Account, Configuration, Credentials, FaultTolerance, Folder, Message
from exchangelib.errors import ErrorFolderExists, ErrorItemNotFound, UnauthorizedError
from exchangelib.extended_properties import ExtendedProperty
from exchangelib.protocol import CachingProtocol

from emulators.exchange import ExchangeEmulator, Fault

ADDRESS, PASSWORD = "claire@example.org", "correct horse"
MAIL = (b"From: Ann <ann@example.com>\r\nTo: Claire <claire@example.org>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
        b"Date: Fri, 02 Jan 2026 10:00:00 +0100\r\nMessage-ID: <1@example.com>\r\n\r\nHello\r\n")


class Tag(ExtendedProperty):
    """A named property of ours."""

    property_set_id = "11111111-2222-3333-4444-555555555555"
    property_name = "SmokeTag"
    property_type = "String"


@pytest.fixture(autouse=True)
def clean_exchangelib() -> Iterator[None]:
    """exchangelib caches connections by address and credentials; Message knows the tag."""
    Message.register("smoke_tag", Tag)
    yield
    Message.deregister("smoke_tag")
    for protocol in list(CachingProtocol._protocol_cache.values()):  # type: ignore[attr-defined]  # private
        if not isinstance(protocol[0], Exception):
            protocol[0].close()
    CachingProtocol.clear_cache()


def account(emulator: ExchangeEmulator, *, user: str = ADDRESS, password: str = PASSWORD,
            auth: str | None = "basic") -> Account:
    """Claire's account."""
    config = Configuration(service_endpoint=emulator.url, credentials=Credentials(user, password), auth_type=auth)
    return Account(ADDRESS, config=config, autodiscover=False, access_type=DELEGATE)


@pytest.mark.parametrize(("user", "auth"), [(ADDRESS, "basic"), ("EXAMPLE\\claire", "NTLM"), (ADDRESS, "NTLM"),
                                            ("EXAMPLE\\claire", None)])
def test_a_sign_in_opens_the_mailbox(emulator: ExchangeEmulator, user: str, auth: str | None) -> None:
    """Basic, NTLM and exchangelib's own choice between them open the mailbox and learn the version."""
    mine = account(emulator, user=user, auth=auth)

    assert mine.inbox.name == "Inbox"
    assert str(mine.version.build) == "15.2.1748.10"
    assert all(one.accepted for one in emulator.sign_ins)


@pytest.mark.parametrize("auth", ["basic", "NTLM"])
def test_a_wrong_password_is_refused_and_recorded(emulator: ExchangeEmulator, auth: str) -> None:
    """A wrong password opens nothing, and the attempt is on record."""
    with pytest.raises(UnauthorizedError):
        _ = account(emulator, password="wrong", auth=auth).inbox

    assert emulator.sign_ins
    assert not any(one.accepted for one in emulator.sign_ins)


def test_a_changed_password_replaces_the_old_one(emulator: ExchangeEmulator) -> None:
    """After a change the old password is refused and the new one works."""
    emulator.change_password(ADDRESS, "new")

    with pytest.raises(UnauthorizedError):
        _ = account(emulator).inbox
    assert account(emulator, password="new").inbox.name == "Inbox"


@pytest.mark.parametrize(("version", "build"), [("2010", "14.3.513.0"), ("2013", "15.0.1497.48")])
def test_older_servers_are_recognised(emulator: ExchangeEmulator, version: str, build: str) -> None:
    """exchangelib finds its way to the version that an older server accepts."""
    emulator.configure(version=version)

    mine = account(emulator)

    assert mine.inbox.name == "Inbox"
    assert str(mine.version.build) == build


def test_mail_is_stored_byte_for_byte_and_read_back(emulator: ExchangeEmulator) -> None:
    """A message keeps the bytes it came with, and reads back with what its headers say."""
    mine = account(emulator)

    mine.bulk_create(mine.inbox, [Message(mime_content=MAIL, smoke_tag="one")])

    (stored,) = emulator.messages(ADDRESS)
    assert (stored.folder, stored.mime, stored.subject) == (("Inbox",), MAIL, "Grüße")
    assert stored.extended == {"{11111111-2222-3333-4444-555555555555}/name:SmokeTag": "one"}
    (read,) = mine.inbox.all()
    assert (read.subject, read.message_id, read.smoke_tag) == ("Grüße", "<1@example.com>", "one")
    assert read.sender.email_address == "ann@example.com"
    assert read.datetime_sent == datetime(2026, 1, 2, 9, tzinfo=UTC)
    assert read.mime_content != MAIL
    assert read.text_body.strip() == "Hello"


def test_a_restriction_finds_by_a_named_property(emulator: ExchangeEmulator) -> None:
    """A search by a named property finds the one message that has it."""
    mine = account(emulator)
    mine.bulk_create(mine.inbox, [Message(mime_content=MAIL, smoke_tag=tag) for tag in ("a", "b")])

    assert mine.inbox.filter(smoke_tag="b").count() == 1
    assert mine.inbox.filter(subject__contains="rüß").count() == 2


def test_an_item_moves_copies_changes_and_goes(emulator: ExchangeEmulator) -> None:
    """Update, move, copy, trash and delete do to a message what they say."""
    mine = account(emulator)
    mine.bulk_create(mine.inbox, [Message(mime_content=MAIL)])
    (message,) = mine.inbox.all()

    message.is_read, message.categories = True, ["Red"]
    message.save(update_fields=["is_read", "categories"])
    old = message.id
    message.move(mine.sent)
    message.copy(mine.drafts)
    message.move_to_trash()

    with pytest.raises(ErrorItemNotFound):
        mine.inbox.get(id=old, changekey=None)
    assert sorted((one.folder, one.is_read, one.categories) for one in emulator.messages(ADDRESS)) == [
        (("Deleted Items",), True, ("Red",)), (("Drafts",), True, ("Red",))]
    mine.trash.get().delete()
    assert [one.folder for one in emulator.messages(ADDRESS)] == [("Drafts",)]


def test_folders_are_made_renamed_and_removed(emulator: ExchangeEmulator) -> None:
    """A folder can be made once, renamed, and deleted with what it holds."""
    mine = account(emulator)
    made = Folder(parent=mine.inbox, name="Projects", folder_class="IPF.Note").save()

    with pytest.raises(ErrorFolderExists):
        Folder(parent=mine.inbox, name="PROJECTS").save()
    made.name = "Done"
    made.save()
    mine.bulk_create(made, [Message(mime_content=MAIL)])
    assert [one.name for one in mine.inbox.children] == ["Done"]
    made.delete()

    assert emulator.messages(ADDRESS) == []


def test_the_tree_is_walked_without_a_stumble(emulator: ExchangeEmulator) -> None:
    """exchangelib walks the whole tree, the odd folders of a real mailbox included."""
    names = {one.name for one in account(emulator).root.walk()}

    assert {"Inbox", "Sent Items", "Recoverable Items", "Conversation Action Settings", "Sync Issues"} <= names


def test_synchronisation_tells_only_what_is_new(emulator: ExchangeEmulator) -> None:
    """A second synchronisation reports what was created, read and deleted since the first."""
    mine = account(emulator)
    mine.bulk_create(mine.inbox, [Message(mime_content=MAIL) for _ in range(3)])
    first, state = _synchronised(mine, None)
    read, gone, _ = mine.inbox.all()
    read.is_read = True
    read.save(update_fields=["is_read"])
    gone.delete()
    mine.bulk_create(mine.inbox, [Message(mime_content=MAIL)])

    second, _ = _synchronised(mine, state)

    assert first == ["create"] * 3
    assert sorted(second) == ["create", "delete", "read_flag_change"]


def _synchronised(mine: Account, state: str | None) -> tuple[list[str], str]:
    """The kinds of change since a state, and the new state."""
    kinds = [kind for kind, _ in mine.inbox.sync_items(sync_state=state, only_fields=["subject"])]
    return kinds, mine.inbox.item_sync_state


def test_stock_retries_are_what_makes_duplicates(emulator: ExchangeEmulator) -> None:
    """A dropped answer after the commit and a client that tries again make two of each: the fault is real."""
    config = Configuration(service_endpoint=emulator.url, credentials=Credentials(ADDRESS, PASSWORD),
                           auth_type="basic", retry_policy=FaultTolerance(max_wait=1), max_connections=2)
    mine = Account(ADDRESS, config=config, autodiscover=False, access_type=DELEGATE)
    _ = mine.inbox
    mine.protocol.increase_poolsize()
    mine.protocol.RETRY_WAIT = 0
    emulator.add_fault(Fault(operation="CreateItem", nth=1, when="after", action="drop"))

    mine.bulk_create(mine.inbox, [Message(mime_content=MAIL)])

    assert len(emulator.messages(ADDRESS)) == 2
    assert [one.status for one in emulator.requests if one.operation == "CreateItem"] == [0, 200]


def test_the_mime_that_comes_back_has_no_blind_copies(emulator: ExchangeEmulator) -> None:
    """GetItem gives a message made anew: same text, no Bcc."""
    mine = account(emulator)
    raw = b"Bcc: secret@example.org\r\n" + MAIL
    mine.bulk_create(mine.inbox, [Message(mime_content=raw)])

    got = mine.inbox.get().mime_content

    assert b"secret" not in got
    assert b"Hello" in got
    assert base64.b64encode(raw) not in base64.b64encode(got)
