"""Gmail's folders: its own ones in every language, labels as a tree, and what a person's settings hide of them."""

from __future__ import annotations

import pytest
from imapclient.exceptions import IMAPClientError

from tests.contract.gmail_imap.world import ANN, LANGUAGES, World
from tests.servers.gmail.account import System
from tests.servers.gmail.seeds import EMPTY, LABELS

SPECIAL = {b"\\All", b"\\Drafts", b"\\Important", b"\\Sent", b"\\Junk", b"\\Flagged", b"\\Trash"}
TREE = {b"\\HasChildren", b"\\HasNoChildren", b"\\Noselect"}
ALL_MAIL = {"en": "[Gmail]/All Mail", "en-GB": "[Google Mail]/All Mail", "de": "[Gmail]/Alle Nachrichten",
            "fr": "[Gmail]/Tous les messages", "ja": "[Gmail]/すべてのメール", "zh-TW": "[Gmail]/全部郵件"}


@pytest.mark.parametrize("address", LANGUAGES)
def test_special_folders_are_known_by_their_attributes_in_every_language(world: World, address: str) -> None:
    """Names are in the owner's language; what they are for says LIST, without being asked."""
    with world.client(address) as client:
        listed = client.list_folders()
    special = {flag: name for flags, _, name in listed for flag in flags if flag in SPECIAL}
    root = ALL_MAIL[LANGUAGES[address]].partition("/")[0]

    assert special.keys() == SPECIAL
    assert special[b"\\All"] == ALL_MAIL[LANGUAGES[address]]
    assert {name.partition("/")[0] for name in special.values()} == {root}
    assert ((b"\\HasChildren", b"\\Noselect"), b"/", root) in listed


def test_labels_are_a_tree_of_folders_empty_ones_among_them(world: World) -> None:
    """Each label is there by its name; a level that is no label cannot be selected."""
    with world.client(ANN) as client:
        listed = {name: set(flags) & TREE for flags, _, name in client.list_folders()}
        with pytest.raises(IMAPClientError, match="NONEXISTENT"):
            client.select_folder("Kunden", readonly=True)

    assert set(LABELS) | set(EMPTY) <= listed.keys()
    assert listed["Work"] == listed["Work/Projects/Atlas/Proofs"] == {b"\\HasChildren"}
    assert listed["Famille/Été"] == listed["\\Wichtig"] == {b"\\HasNoChildren"}
    assert listed["Kunden"] == listed["Famille"] == {b"\\HasChildren", b"\\Noselect"}


def test_each_folder_can_be_selected_by_the_name_that_was_listed(world: World) -> None:
    """Quotes, backslashes, wildcards and other scripts among them; STATUS counts the same."""
    with world.client(ANN) as client:
        for flags, _, name in client.list_folders():
            if b"\\Noselect" not in flags:
                selected = client.select_folder(name, readonly=True)
                status = client.folder_status(name, ["MESSAGES", "UIDNEXT", "UIDVALIDITY"])
                assert selected[b"READ-ONLY"] is not None
                assert status == {b"MESSAGES": selected[b"EXISTS"], b"UIDNEXT": selected[b"UIDNEXT"],
                                  b"UIDVALIDITY": selected[b"UIDVALIDITY"]}


def test_wildcards_stay_within_a_level_or_do_not(world: World) -> None:
    """% stops at a slash, * does not."""
    with world.client(ANN) as client:
        levels = {name for _, _, name in client.list_folders(pattern="Work/%")}
        below = {name for _, _, name in client.list_folders(directory="Work/", pattern="*")}
        special = {name for _, _, name in client.xlist_folders(pattern="[Gmail]/%")}

    assert levels == {"Work/Inbox", "Work/Projects"}
    assert below == {name for name in LABELS if name.startswith("Work/")}
    assert len(special) == 7


def test_hidden_labels_are_not_there_and_a_service_account_sees_them(world: World) -> None:
    """Without "Show in IMAP", whatever it is, All Mail among them; the scope for admins overrides it."""
    who = world.newcomer()
    world.gmail.control.configure(who, hidden=frozenset({System.ALL, "Work"}))

    with world.client(who) as client, world.client(who, world.admin_token(who)) as admin:
        shown = {name for _, _, name in client.list_folders()}
        assert not shown & {"[Gmail]/All Mail", "Work"}
        for hidden in ("[Gmail]/All Mail", "Work"):
            with pytest.raises(IMAPClientError, match="NONEXISTENT"):
                client.select_folder(hidden, readonly=True)
            assert admin.select_folder(hidden, readonly=True)[b"EXISTS"]
        client.select_folder("INBOX", readonly=True)
        assert client.fetch([12], ["X-GM-LABELS"])[12][b"X-GM-LABELS"] == ()


def test_a_limited_folder_shows_its_newest_messages_alone(world: World) -> None:
    """Each folder of its own; a service account is not limited."""
    who = world.newcomer()
    world.gmail.control.configure(who, folder_limit=3)

    with world.client(who) as client, world.client(who, world.admin_token(who)) as admin:
        assert client.select_folder("[Gmail]/All Mail", readonly=True)[b"EXISTS"] == 3
        assert client.search() == [12, 13, 14]
        assert client.folder_status("[Gmail]/All Mail", ["MESSAGES"]) == {b"MESSAGES": 3}
        assert client.select_folder("INBOX", readonly=True)[b"EXISTS"] == 2
        assert admin.select_folder("[Gmail]/All Mail", readonly=True)[b"EXISTS"] == 4


def test_chats_are_a_folder_of_old_accounts_and_nowhere_else(world: World) -> None:
    """They are not in All Mail; the folder is shown where the account has it."""
    who = world.newcomer()
    world.gmail.mailbox(who).deliver(b"From: a@b\r\n\r\nhello\r\n", [System.CHAT])

    with world.client(who) as client:
        assert not client.folder_exists("[Gmail]/Chats")
        world.gmail.control.configure(who, chats=True)
        assert client.select_folder("[Gmail]/Chats", readonly=True)[b"EXISTS"] == 1
        assert client.select_folder("[Gmail]/All Mail", readonly=True)[b"EXISTS"] == 4


def test_what_is_offered_is_answered(world: World) -> None:
    """NAMESPACE, quotas, ENABLE, the extended LIST with STATUS, ESEARCH, UNSELECT."""
    with world.client(ANN) as client:
        plain = client._imap
        assert client.namespace().personal == (("", "/"),)
        assert plain.getquotaroot("INBOX")[1][0] == [b'"INBOX" ""']
        assert client.enable("CONDSTORE", "QRESYNC") == [b"CONDSTORE"]
        typ, _ = plain._simple_command(
            "LIST", "(SPECIAL-USE)", '""', '("*" "%")', "RETURN", "(CHILDREN STATUS (MESSAGES))")
        assert typ == "OK"
        assert len(plain._untagged_response(typ, [None], "LIST")[1]) == 7
        assert len(plain._untagged_response(typ, [None], "STATUS")[1]) == 7
        client.select_folder("INBOX", readonly=True)
        found = client.search()
        plain._simple_command("UID", "SEARCH", "RETURN", "(COUNT MAX)", "ALL")
        assert plain._untagged_response("OK", [None], "ESEARCH")[1] == [
            b"UID COUNT %d MAX %d" % (len(found), found[-1])]
        client.unselect_folder()


def test_the_mailbox_cannot_be_changed_but_for_flags(world: World) -> None:
    """What would move, label, add or remove something is refused, and so is any STORE in a folder opened by EXAMINE."""
    who = world.newcomer()
    before = world.gmail.mailbox(who).truth()
    with world.client(who) as client:
        client.select_folder("INBOX", readonly=True)
        for change in (lambda: client.add_flags([11], ["\\Seen"]), lambda: client.copy([11], "Work"),
                       lambda: client.create_folder("New"), lambda: client.append("INBOX", b"x: y\r\n\r\n"),
                       lambda: client.add_gmail_labels([11], ["Work"]), lambda: client.expunge([11])):
            with pytest.raises(IMAPClientError, match="CANNOT"):
                change()
        client.fetch([11], ["BODY[]"])
        assert world.gmail.mailbox(who).truth() == before
        client.select_folder("INBOX")
        client.add_flags([11], ["\\Flagged"])
        assert client.fetch([12], ["BODY[]"])[12][b"FLAGS"] == (b"\\Seen",)

    after = world.gmail.mailbox(who).messages
    assert after[100].labels == {System.INBOX, System.STARRED}
    assert after[101].flags == {"\\Seen"}
