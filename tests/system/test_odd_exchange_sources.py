"""Each odd Exchange source from `omm migrate` to the last message, migrated again, and rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from emulators.exchange import Fault
from emulators.exchange.settings import VersionName
from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.exchange.reading.folders import FEEDS, KEPT_BY_PROGRAMS, OF_PROGRAMS
from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.items.batches import SPOOLED_FROM
from engine.ports.items import SourceMessage, Tagged
from tests.contract.exchange.conftest import account
from tests.servers.exchange.between_exchanges import (
    NEW,
    SERVICE,
    BetweenExchanges,
    between_exchanges,
    moves_once_and_back,
    seen,
    write,
)
from tests.servers.exchange.pair import OLD, SENT, named, tagged
from tests.servers.memory.source import mail
from tests.servers.world import PASSWORD

DATES = named("Task", 0x8104, "SystemTime", "2020-06-01T00:00:00Z") \
    + named("Task", 0x8105, "SystemTime", "2020-06-02T00:00:00Z")
RIGHTS = {"impersonation": (), "full_access": ("source",)}


@pytest.fixture
def at(tmp_path: Path) -> Iterator[BetweenExchanges]:
    with between_exchanges(tmp_path) as made:
        yield made


def filled(at: BetweenExchanges, *mime: bytes) -> None:
    """Puts messages into the old inbox, as an earlier migration of ours did."""
    mailbox = ExchangeDestination(account(at.old.url, OLD), PASSWORD, at.network)
    inbox = next(one.id for one in mailbox.folders() if one.name == "Inbox")
    for start in range(0, len(mime), 50):
        part = [Tagged(f"7K2F9QXD:0a1b2c3d:{start + n:032x}", SourceMessage(1, one, len(one), None))
                for n, one in enumerate(mime[start : start + 50])]
        assert all(made.error is None for made in mailbox.create(inbox, part))
    mailbox.close()


def test_2010_has_no_flag_element(at: BetweenExchanges) -> None:
    """Its flags and categories arrive, and it is asked for nothing that it does not know. 2010 SP1: tests/load."""
    marked(at, "2010")


def marked(at: BetweenExchanges, version: VersionName) -> None:
    """Moves a message with a flag and a category from such a server."""
    at.old.configure(version=version)
    write(at.box, "plain")
    at.box.create("until", "Message", "<t:Categories><t:String>Red</t:String></t:Categories>",
                  SENT + tagged("0x1090", "Integer", "2") + DATES, "")
    first = moves_once_and_back(at, 2)
    at.migrate()

    assert at.counts(first).found == 2
    assert seen(at.new, NEW) == seen(at.old, OLD)
    assert [one.flag_status for one in at.new.messages(NEW) if one.subject == "until"] == ["Flagged"]
    assert all(request.status == 200 for request in at.old.requests)


def test_streams_that_are_truncated(at: BetweenExchanges) -> None:
    """Each large message is read again until it is whole; no half of one arrives. In other ways: tests/load."""
    arrives_whole(at, {"action": "cut", "bytes": -40, "framing": "close"})


def arrives_whole(at: BetweenExchanges, fault: dict[str, object]) -> None:
    """Two large messages and a small one come, although three answers about them do not come whole."""
    large = [mail(f"Large {n}", size=SPOOLED_FROM + 100_000).mime for n in range(2)]
    filled(at, *large, mail("small").mime)
    at.old.configure(mime_roundtrip="verbatim")
    at.new.configure(mime_roundtrip="verbatim")
    for number in (2, 3, 5):
        at.old.add_fault(Fault(operation="GetItem", nth=number, when="after", **fault))  # type: ignore[arg-type]  # as above
    first = moves_once_and_back(at, 3, contents="mail")
    at.old.clear_faults()
    at.migrate(contents="mail")

    assert at.counts(first).found == 3
    new, old = (sorted(one.mime for one in server.messages(who)) for server, who in ((at.new, NEW), (at.old, OLD)))
    assert new == old


def test_folders_that_never_move(at: BetweenExchanges) -> None:
    """What is in them stays, and is named with its reason."""
    at.old.add_system_folders(OLD)
    at.old.add_archive(OLD)
    write(at.box, "plain", "conflict", "feed", "program's")
    for subject, folder in (("conflict", "Conflicts"), ("feed", "RSS Feeds"), ("program's", "Yammer Root")):
        into(at, subject, folder)
    first = moves_once_and_back(at, 1, contents="mail")

    assert at.counts(first).left_out == 3
    assert {(line.folder, line.reason) for line in at.engine.store.reported(first.task_id).failures} == {
        ("Sync Issues/Conflicts", OF_PROGRAMS), ("RSS Feeds", FEEDS), ("Yammer Root", KEPT_BY_PROGRAMS),
    }


def into(at: BetweenExchanges, subject: str, name: str) -> None:
    """Moves a message into the folder of that name."""
    found = at.box.asked(
        '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="root"/></m:ParentFolderIds></m:FindFolder>'
    )
    [folder] = [one.find(f"{TYPES}FolderId").get("Id") for one in found.iterfind(f".//{TYPES}Folders/*")
                if one.findtext(f"{TYPES}DisplayName") == name]
    [item] = [one.item_id for one in at.old.messages(OLD) if one.subject == subject]
    moved = at.box.asked(
        f'<m:MoveItem><m:ToFolderId><t:FolderId Id="{folder}"/></m:ToFolderId><m:ItemIds><t:ItemId Id="{item}"/>'
        "</m:ItemIds></m:MoveItem>"
    )
    assert moved.findtext(f".//{MESSAGES}ResponseCode") == "NoError"


def test_a_server_that_lets_in_only_by_ntlm_with_binding(at: BetweenExchanges) -> None:
    """Each sign-in to it is bound to its certificate. Another version: tests/load."""
    lets_in_by_binding(at, "2019")


def lets_in_by_binding(at: BetweenExchanges, version: VersionName) -> None:
    """Moves two messages from a server of that version, which asks for it."""
    write(at.box, "plain", "another")
    at.old.configure(auth=("ntlm",), extended_protection="require", version=version)
    before = len(at.old.sign_ins)
    moves_once_and_back(at, 2, contents="mail")

    assert {one.accepted for one in at.old.sign_ins[before:]} == {True}


@pytest.mark.parametrize(("right", "version"), [("impersonation", "2010 SP1"), ("full_access", "2019")])
def test_a_service_account_opens_it(at: BetweenExchanges, right: str, version: VersionName) -> None:
    """The mailbox that is named moves, and nothing of the service account's own. The other versions: tests/load."""
    opened_by_a_service_account(at, right, version)


def opened_by_a_service_account(at: BetweenExchanges, right: str, version: VersionName) -> None:
    """Moves a mailbox by an account with that right, which signs in by NTLM bound to its connection."""
    write(at.box, "plain", "another")
    at.old.add_mailbox(SERVICE, password=PASSWORD)
    at.old.deliver(SERVICE, mail("of the service account").mime)
    at.old.configure(**{right: {SERVICE: [OLD]}, "auth": ("ntlm",), "extended_protection": "require",
                        "version": version})
    first = moves_once_and_back(at, 2, login=SERVICE, mailbox=OLD, full_access=RIGHTS[right])

    assert first.request.source.owner == OLD
    assert {one.user for one in at.old.requests[-5:]} == {SERVICE}
