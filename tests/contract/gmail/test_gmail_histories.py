"""One mailbox after several migrations: by IMAP with an app password and as Gmail, from one account and from two."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from engine.connectors.imap.source import ImapSource
from engine.connectors.network.pinning import Network
from engine.credentials import KINDS
from engine.migration.account import Account
from engine.systems import CredentialKind, Transport
from engine.systems import System as AccountSystem
from tests.contract.gmail.owner import APP_PASSWORD, FAST, Owner, message
from tests.servers.gmail.account import System


def opened_as(there, *owners: Owner) -> None:
    """Has the world open those people's mailboxes, as Gmail or as IMAP accounts."""
    there.engine = replace(there.engine, credentials={CredentialKind.GRANT: KINDS[CredentialKind.PASSWORD], **KINDS})
    known = {owner.address: owner for owner in owners}

    def opened(account, _password, halt):
        owner = known[account.login]
        if account.system is AccountSystem.GOOGLE:
            return owner.source(stop=halt.event)
        at = Account(AccountSystem.IMAP, owner.address, "localhost", owner.gmail.port, Transport.TLS)
        network = Network(trusts_person=True, ca_file=owner.gmail.ca_file)
        return ImapSource(at, APP_PASSWORD, network, stop=halt.event, waits=FAST)

    there.connectors.source = opened


def migrated(there, owner: Owner, system: AccountSystem):
    """A migration of that mailbox, at imap.gmail.com."""
    source = Account(system, owner.address, "imap.gmail.com", 993, Transport.TLS)
    return there.run(there.begin_with(replace(there.request(), source=source)).task_id)


def lines(there, task) -> list[str]:
    return [f"{each.folder}: {each.reason}" for each in there.engine.store.reported(task.task_id).failures]


@pytest.mark.parametrize("order", [
    (AccountSystem.IMAP, AccountSystem.GOOGLE), (AccountSystem.GOOGLE, AccountSystem.IMAP),
])
def test_imap_and_gmail_of_one_account(moving, order) -> None:
    """Nobody has moved a message: nothing is told to have moved."""
    owner, there = moving
    owner.has([
        message(1, ["Work"]), message(2, [System.INBOX]), message(3, [System.TRASH]), message(4, ["Family"]),
        message(5),
    ])
    opened_as(there, owner)
    migrated(there, owner, order[0])

    again = migrated(there, owner, order[1])

    assert there.counts(again).copied == 0
    assert [line for line in lines(there, again) if "moved here" in line] == []


def test_two_accounts_of_one_person(moving, server) -> None:
    """A letter from one account to the other: sent mail of the first, and in the inbox of the second."""
    owner, there = moving
    running, unused = server
    other = Owner(running, unused.pop())
    letter = message(1, [System.SENT])
    owner.has([letter])
    other.has([replace(letter, labels=frozenset({System.INBOX}))])
    opened_as(there, owner, other)
    migrated(there, owner, AccountSystem.GOOGLE)

    again = migrated(there, other, AccountSystem.GOOGLE)

    assert [line for line in lines(there, again) if "labels changed" in line] == []
    assert Counter(each.folder for each in there.messages()) == Counter({("Sent Items",): 1, ("Inbox",): 1})


def test_gmail_and_then_imap_do_not_fill_one_folder_twice(moving) -> None:
    """As Gmail it went into one of two labels' folders; by IMAP the other gets a copy, and that one has it already."""
    owner, there = moving
    owner.has([message(1, ["Work", "Family"])])
    opened_as(there, owner)
    migrated(there, owner, AccountSystem.GOOGLE)

    migrated(there, owner, AccountSystem.IMAP)

    assert Counter(each.folder for each in there.messages()) == Counter({("Work",): 1, ("Family",): 1})
