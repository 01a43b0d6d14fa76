"""What a client sees when the mailbox's owner goes on using Gmail while it reads."""

from __future__ import annotations

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from tests.contract.gmail_imap.world import World
from tests.servers.gmail.account import System

RAW = b"Message-ID: <new@few>\r\nSubject: new\r\n\r\nnew\r\n"


def shown(client: IMAPClient, folder: str) -> set[int]:
    """The MSGIDs in a folder."""
    client.select_folder(folder, readonly=True)
    return {one[b"X-GM-MSGID"] for one in client.fetch(client.search(), ["X-GM-MSGID"]).values()}


def test_archived_mail_leaves_the_inbox_and_stays_in_all_mail(world: World) -> None:
    """An open folder tells it as gone, and reads it no more; the message keeps its MSGID, and its UID in All Mail."""
    who = world.newcomer()
    with world.client(who) as client:
        before = client.select_folder("[Gmail]/All Mail", readonly=True)[b"EXISTS"]
        client.select_folder("INBOX", readonly=True)
        world.gmail.mailbox(who).archive(101)
        assert list(client.fetch([11, 12], ["BODY.PEEK[]"])) == [11]
        assert client.search() == [11]
        assert shown(client, "INBOX") == {100}
        assert client.select_folder("[Gmail]/All Mail", readonly=True)[b"EXISTS"] == before
        assert client.fetch([12], ["X-GM-MSGID", "X-GM-LABELS"])[12] == {
            b"SEQ": 2, b"X-GM-MSGID": 101, b"X-GM-LABELS": (b"Work",)}


def test_a_label_put_on_shows_the_message_in_another_folder_under_a_new_number(world: World) -> None:
    """Taken off and put on again, it has another UID there; the folder's UIDNEXT never goes back."""
    who, mailbox = (name := world.newcomer()), world.gmail.mailbox(name)
    with world.client(who) as client:
        assert shown(client, "Work") == {101, 102}
        mailbox.relabel(100, add=["Work", "New/Über"])
        assert shown(client, "New/Über") == {100}
        mailbox.relabel(101, remove=["Work"])
        mailbox.relabel(101, add=["Work"])
        assert shown(client, "Work") == {100, 101, 102}
        assert client.search(["X-GM-MSGID", "101"]) == [14]
        assert client.folder_status("Work", ["UIDNEXT"]) == {b"UIDNEXT": 15}


def test_deleted_and_spam_mail_is_in_one_folder_alone_and_keeps_its_labels(world: World) -> None:
    """Trash and Spam are no part of All Mail; deleted for ever, a message is nowhere."""
    who, mailbox = (name := world.newcomer()), world.gmail.mailbox(name)
    mailbox.trash(101)
    mailbox.spam(102)
    with world.client(who) as client:
        assert shown(client, "[Gmail]/All Mail") == {100, 103}
        assert shown(client, "Work") == set()
        assert shown(client, "[Gmail]/Spam") == {102, 104}
        assert shown(client, "[Gmail]/Trash") == {101, 105}
        assert client.fetch([12], ["X-GM-LABELS"])[12][b"X-GM-LABELS"] == (b"Work",)
        mailbox.delete(101)
        assert shown(client, "[Gmail]/Trash") == {105}


def test_a_waiting_client_hears_of_new_mail_and_of_mail_that_left(world: World) -> None:
    """IDLE tells both as they happen; whoever does not wait hears at its next command."""
    who, mailbox = (name := world.newcomer()), world.gmail.mailbox(name)
    with world.client(who) as waiting, world.client(who) as other:
        for client in (waiting, other):
            client.select_folder("INBOX", readonly=True)
        waiting.idle()
        new = mailbox.deliver(RAW, [System.INBOX, "Work"])
        assert waiting.idle_check(timeout=60) == [(3, b"EXISTS")]
        mailbox.archive(100)
        assert waiting.idle_check(timeout=60) == [(1, b"EXPUNGE")]
        waiting.idle_done()
        assert other.noop()[1] == [(1, b"EXPUNGE"), (2, b"EXISTS")]
        told = other.fetch([13], ["X-GM-MSGID", "BODY.PEEK[]", "FLAGS"])[13]
        assert (told[b"X-GM-MSGID"], told[b"BODY[]"], told[b"FLAGS"]) == (new, RAW, ())


def test_stars_drafts_and_read_mail_are_flags_in_every_folder(world: World) -> None:
    """A message has its flags once, whatever folder shows it."""
    who, mailbox = (name := world.newcomer()), world.gmail.mailbox(name)
    mailbox.star(101)
    mailbox.mark(101, add=["\\Seen"])
    with world.client(who) as client:
        for folder in ("INBOX", "Work", "[Gmail]/All Mail", "[Gmail]/Starred"):
            client.select_folder(folder, readonly=True)
            (uid,) = client.search(["X-GM-MSGID", "101"])
            assert set(client.fetch([uid], ["FLAGS"])[uid][b"FLAGS"]) == {b"\\Flagged", b"\\Seen"}


def test_changes_of_labels_and_flags_have_numbers(world: World) -> None:
    """CONDSTORE: what has changed since a number is found by it; what has is not stored into on condition."""
    who, mailbox = (name := world.newcomer()), world.gmail.mailbox(name)
    with world.client(who) as client:
        before = client.select_folder("[Gmail]/All Mail")[b"HIGHESTMODSEQ"]
        mailbox.relabel(102, add=["Later"])
        mailbox.mark(100, add=["\\Answered"])
        changed = client.fetch(client.search(), ["X-GM-MSGID"], [f"CHANGEDSINCE {before}"])
        assert {one[b"X-GM-MSGID"] for one in changed.values()} == {100, 102}
        assert all(one[b"MODSEQ"][0] > before for one in changed.values())
        found = client.search(["MODSEQ", str(before + 1)])
        assert set(found) == set(changed)
        assert found.modseq == client.folder_status("Work", ["HIGHESTMODSEQ"])[b"HIGHESTMODSEQ"] == before + 2
        plain = client._imap
        plain.uid("STORE", "11:12", f"(UNCHANGEDSINCE {before})", "+FLAGS.SILENT", "(\\Seen)")
        assert plain.response("MODIFIED")[1] == [b"11"]
    assert "\\Seen" not in mailbox.messages[100].flags
    assert "\\Seen" in mailbox.messages[101].flags


def test_a_client_is_told_of_flags_that_others_set(world: World) -> None:
    """Unasked, at its next command."""
    who, mailbox = (name := world.newcomer()), world.gmail.mailbox(name)
    with world.client(who) as client:
        client.select_folder("INBOX", readonly=True)
        mailbox.star(101)
        assert client.noop()[1] == [(2, b"FETCH", (b"UID", 12, b"FLAGS", (b"\\Flagged",)))]


def test_renamed_and_deleted_labels(world: World) -> None:
    """A renamed label is another folder; a deleted one leaves its messages where they are otherwise."""
    who, mailbox = (name := world.newcomer()), world.gmail.mailbox(name)
    with world.client(who) as client:
        validity = client.folder_status("Work", ["UIDVALIDITY"])
        mailbox.rename_label("Work", "Labour")
        assert shown(client, "Labour") == {101, 102}
        assert client.folder_status("Labour", ["UIDVALIDITY"]) != validity
        mailbox.delete_label("Labour")
        with pytest.raises(IMAPClientError, match="NONEXISTENT"):
            client.select_folder("Labour", readonly=True)
        assert shown(client, "[Gmail]/All Mail") == {100, 101, 102, 103}
        mailbox.create_label("Labour/Later")
        assert client.select_folder("Labour/Later", readonly=True)[b"EXISTS"] == 0


def test_a_renumbered_folder_has_another_validity_and_the_same_messages(world: World) -> None:
    """A session that has it open ends; MSGIDs outlive UIDVALIDITY."""
    who = world.newcomer()
    with world.client(who) as client:
        validity = client.folder_status("[Gmail]/All Mail", ["UIDVALIDITY"])
        client.select_folder("[Gmail]/All Mail", readonly=True)
        world.gmail.mailbox(who).renumber(System.ALL)
        with pytest.raises(IMAPClientAbortError, match="Session expired"):
            client.fetch([11, 12], ["FLAGS"])
    with world.client(who) as client:
        assert client.folder_status("[Gmail]/All Mail", ["UIDVALIDITY"]) != validity
        assert shown(client, "[Gmail]/All Mail") == {100, 101, 102, 103}


def test_the_truth_can_be_read_as_data(world: World) -> None:
    """For a judge: each message with its Message-ID, labels and flags, and which folder shows what."""
    mailbox = world.gmail.mailbox(world.newcomer())
    new = mailbox.deliver(RAW, ["Work"], flags=["\\Seen"])
    truth = mailbox.truth()

    assert [one.msgid for one in truth.inside("Work")] == [101, 102, new]
    assert truth.messages[-1].name == "<new@few>"
    assert truth.messages[-1].flags == {"\\Seen"}
    assert truth.labels == ["Work", "Empty"]
