"""Mail that is the same although the source shows it otherwise, and mail that is in no other folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.regressions.conftest import Person
from tests.servers.mail_servers.hard_imap import Folder, HardImap, hard_imap, letters
from tests.servers.mail_servers.scripted_pop3 import Kept, scripted_pop3

MESSAGES = 12


def account(server: HardImap) -> str:
    return f"imap://claire@localhost:{server.port}"


def a_message_is_filed_elsewhere(server: HardImap) -> None:
    inbox, work = server.folders[b"INBOX"], server.folders[b"Work"]
    work.messages = [*work.messages, replace(inbox.messages[2], uid=500)]
    inbox.messages = [each for each in inbox.messages if each.uid != inbox.messages[2].uid]


def a_folder_is_renamed(server: HardImap) -> None:
    server.folders[b"Jobs"] = server.folders.pop(b"Work")


def the_store_is_restored(server: HardImap) -> None:
    for folder in server.folders.values():
        folder.validity += 1
        folder.messages = [
            replace(each, uid=each.uid + 1000, date=each.date + timedelta(days=40)) for each in folder.messages
        ]


@pytest.mark.parametrize("change", [a_message_is_filed_elsewhere, a_folder_is_renamed, the_store_is_restored])
def test_what_changes_at_the_source_brings_nothing_twice(claire: Person, change) -> None:
    """A second run copies nothing after a message was filed, a folder renamed, or a store restored."""
    folders = {b"INBOX": Folder(letters(MESSAGES)), b"Work": Folder(letters(MESSAGES, name="work"))}
    with hard_imap(folders) as server:
        claire.migrate(account(server))
        before = claire.subjects()
        change(server)

        claire.migrate(account(server))

    assert len(before) == 2 * MESSAGES
    assert claire.subjects() == before


def test_another_protocol_brings_nothing_twice(claire: Person) -> None:
    """What came by POP3 is known by IMAP."""
    held = list(letters(MESSAGES))
    with scripted_pop3([Kept(f"uid-{each.uid}", each.mime) for each in held]) as pop3:
        claire.migrate(f"pop3://claire@localhost:{pop3.port}")
    before = claire.subjects()

    with hard_imap(held) as server:
        claire.migrate(account(server))

    assert len(before) == MESSAGES
    assert claire.subjects() == before


def test_archived_mail_arrives(claire: Person) -> None:
    """A folder of all mail is read for what is in no other; what is shown again is left out."""
    inbox = list(letters(MESSAGES))
    everything = [*inbox, *letters(MESSAGES, first=100, name="archived")]
    with hard_imap({b"INBOX": Folder(inbox), b"All": Folder(everything)}) as server:
        server.listed = b'* LIST () "/" INBOX\r\n* LIST (\\All) "/" All\r\n'
        claire.migrate(account(server))

    assert len(claire.subjects()) == 2 * MESSAGES
