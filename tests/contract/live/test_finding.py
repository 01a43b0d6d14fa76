"""What resuming and rolling back rely on: tags, listed folder by folder, that stay whatever the owner does."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from engine.connectors.exchange.read import PAGE
from engine.errors import RefusedError
from engine.messages.dates import TRIAL as RECEIVED

from .server import Server

SMALL = b"Subject: small\r\n\r\nx\r\n"


def test_every_tag_is_listed_page_by_page(server: Server) -> None:
    """More messages than fit into one answer: each once, and the last page says that it is the last."""
    folder, wanted = server.folder(), set()
    for _ in range(11):
        new = [server.new(SMALL) for _ in range(50)]
        wanted |= set(zip(server.created(folder, new), (one.tag for one in new), strict=True))

    first = server.destination.tags(folder, "")
    found = [(item.id, item.tag) for item in server.tagged(folder)]

    assert len(wanted) > PAGE
    assert not first.last, server.says(f"SyncFolderItems gave {len(first.items)} items and called the page the last")
    assert len(found) == len(set(found)), server.says("SyncFolderItems lists items twice")
    assert set(found) == wanted, server.says(
        f"of {len(wanted)} tagged items SyncFolderItems lists {len(set(found) & wanted)} with their tags"
    )


def test_a_state_brings_what_changed_since(server: Server) -> None:
    """New items and removed ones, and nothing that was listed before."""
    folder = server.folder()
    old, _ = server.one(folder)
    state = _state(server, folder)
    new, tag = server.one(folder)
    server.deleted(old, "HardDelete")

    page = server.destination.tags(folder, state)

    assert [(item.id, item.tag) for item in page.items] == [(new, tag)], server.says(
        f"after one item was added, SyncFolderItems since then lists {len(page.items)}"
    )
    assert page.removed == (old,), server.says("an item that was removed since is not listed as Delete")


def _state(server: Server, folder: str) -> str:
    state, last = "", False
    while not last:
        page = server.destination.tags(folder, state)
        state, last = page.state, page.last
    return state


def test_a_state_that_is_none_is_refused(server: Server) -> None:
    """The folder is then read from the beginning."""
    folder = server.folder()

    with pytest.raises(RefusedError):
        server.destination.tags(folder, "AAAA")


def test_a_tag_is_kept_on_a_move(server: Server) -> None:
    """The item has a new id, its tag and its time of creation, and is gone from where it was."""
    here, there = server.folder(), server.folder()
    old, tag = server.one(here)
    created = server.look(old).moment("DateTimeCreated")

    new = server.carried("MoveItem", old, there)

    (moved,) = server.tagged(there)
    assert server.tagged(here) == [], server.says("an item that was moved is still listed where it was")
    assert (moved.id, moved.tag) == (new, tag), server.says("an item that was moved is listed with another id or tag")
    assert moved.created == created, server.says(
        f"MoveItem changes DateTimeCreated from {created} to {moved.created}: a rollback would not know the item"
    )


def test_a_copy_has_the_tag_and_a_time_of_its_own(server: Server) -> None:
    """CopyItem copies the named property; the copy is created (or changed) later than its original."""
    here, there = server.folder(), server.folder()
    new = server.new(SMALL, received=RECEIVED)
    (old,) = server.created(here, [new])
    _wait_for_the_next_second(server)

    server.carried("CopyItem", old, there)

    (original,), (copy,) = server.tagged(here), server.tagged(there)
    assert copy.tag == new.tag, server.says(f"CopyItem leaves the copy with the tag {copy.tag!r}")
    assert original.created is not None
    assert copy.created is not None
    assert copy.created > original.created, server.says(
        f"a copy made later has DateTimeCreated {copy.created}, its original {original.created}: they are told apart "
        f"by it (LastModifiedTime: {copy.modified} and {original.modified})"
    )


def _wait_for_the_next_second(server: Server) -> None:
    """Times are whole seconds: something that happens now must not share one with what happened before."""
    server.destination.probe()
    until = server.destination.now() + timedelta(seconds=1.5)
    while server.destination.now() < until:
        threading.Event().wait((until - server.destination.now()).total_seconds())
        server.destination.probe()


def test_what_the_owner_changes_is_seen_as_changed(server: Server) -> None:
    """LastModifiedTime follows an update; the time of creation and the tag stay."""
    folder = server.folder()
    item, tag = server.one(folder)
    (before,) = server.tagged(folder)
    _wait_for_the_next_second(server)

    server.updated(item, "item:Subject", "<t:Subject>changed</t:Subject>")

    (after,) = server.tagged(folder)
    assert (after.tag, after.created) == (tag, before.created), server.says(
        f"an update changes tag or DateTimeCreated: {before} has become {after}"
    )
    assert before.modified is not None
    assert after.modified is not None
    assert after.modified > before.modified, server.says(f"LastModifiedTime stays {after.modified} on an update")


def test_reading_changes_nothing(server: Server) -> None:
    """GetItem and a listing leave LastModifiedTime as it is."""
    folder = server.folder()
    item, _ = server.one(folder)
    before = server.tagged(folder)
    _wait_for_the_next_second(server)

    server.look(item)

    assert server.tagged(folder) == before, server.says("GetItem changes what SyncFolderItems lists of an item")


def test_marking_as_read_keeps_the_tag(server: Server) -> None:
    """Whether it is listed as an update or as ReadFlagChange, the item is known afterwards."""
    folder = server.folder()
    item, tag = server.one(folder)
    state = _state(server, folder)

    server.updated(item, "message:IsRead", "<t:IsRead>true</t:IsRead>")

    page = server.destination.tags(folder, state)
    assert page.removed == (), server.says("an item that was marked as read is listed as removed")
    assert [one.tag for one in server.tagged(folder)] == [tag], server.says("a message marked as read loses its tag")
