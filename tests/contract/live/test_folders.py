"""What placing folders relies on."""

from __future__ import annotations

import pytest

from engine.connectors.exchange.errors import CodeError
from engine.errors import RefusedError
from engine.ports.source import Role

from .server import Server

USUAL = (
    Role.INBOX, Role.SENT, Role.DRAFTS, Role.DELETED, Role.JUNK, Role.CONTACTS, Role.CALENDAR, Role.TASKS, Role.NOTES,
)


def test_the_usual_folders_are_known_by_their_distinguished_ids(server: Server) -> None:
    """Each is listed once, whatever it is called: those for mail, and contacts, the calendar, tasks and notes."""
    roles = [folder.role for folder in server.destination.folders() if folder.role is not None]

    assert sorted(roles) == sorted(USUAL), server.says(
        f"FindFolder (Deep, msgfolderroot) lists the distinguished folders {sorted(roles)}"
    )


def test_every_folder_has_a_parent_that_is_listed_or_the_top(server: Server) -> None:
    """FindFolder with Deep gives the whole tree with ParentFolderId."""
    found = server.destination.folders()
    known = {folder.id for folder in found} | {server.destination.top}

    orphans = [folder.name for folder in found if folder.parent_id not in known]
    assert orphans == [], server.says(f"{len(orphans)} folders have a ParentFolderId that is not listed")


def test_a_folder_is_made_with_its_tag(server: Server) -> None:
    """A named property in CreateFolder is read back by FindFolder, with name, class and counts."""
    made = server.destination.create_folder(server.room, "Tagged & <named> été 💡", server.folder_tag)

    (found,) = [folder for folder in server.destination.folders() if folder.id == made.id]
    assert (found.name, found.tag, found.parent_id) == ("Tagged & <named> été 💡", server.folder_tag, server.room), (
        server.says(f"a folder that was made with name and tag is listed as {found.name!r} with tag {found.tag!r}")
    )
    assert (found.items, found.children, found.holds_mail) == (0, 0, True), server.says(
        f"a new folder for mail has TotalCount {found.items} and ChildFolderCount {found.children}"
    )


@pytest.mark.parametrize("again", ["Taken", "tAKEN"])
def test_a_name_that_is_taken_is_refused(server: Server, again: str) -> None:
    """In any case of letters, and by the code that placing folders knows."""
    parent = server.folder()
    server.destination.create_folder(parent, "Taken", server.folder_tag)

    with pytest.raises(RefusedError) as caught:
        server.destination.create_folder(parent, again, server.folder_tag)

    cause = caught.value.__cause__
    assert isinstance(cause, CodeError)
    assert cause.code == "ErrorFolderExists", server.says(f"a taken folder name is refused with {cause.code}")


@pytest.mark.parametrize("name", [" leading", "a/b", "a\\b", "x" * 255, "trailing "])
def test_a_folder_keeps_its_name(server: Server, name: str) -> None:
    """Slashes and spaces are part of a name."""
    made = server.folder(name)

    (found,) = [folder for folder in server.destination.folders() if folder.id == made]
    assert found.name == name, server.says(f"the folder {name[:20]!r} is listed as {found.name[:20]!r}")


def test_only_an_empty_folder_goes(server: Server) -> None:
    """A folder with a message stays; emptied, it goes, and going twice is going."""
    folder = server.folder()
    item, _ = server.one(folder)

    kept = server.destination.delete_folder(folder)
    server.deleted(item, "HardDelete")
    gone, again = server.destination.delete_folder(folder), server.destination.delete_folder(folder)

    assert not kept, server.says("DeleteFolder was sent for a folder whose TotalCount was 0 although it held a message")
    assert gone, server.says("an empty folder could not be removed")
    assert again, server.says("a folder that is gone is not answered with ErrorItemNotFound or ErrorFolderNotFound")


def test_a_folder_that_was_set_aside_keeps_its_id(server: Server) -> None:
    """DeleteFolder with MoveToDeletedItems moves it with all that is in it, and MoveFolder brings it back."""
    folder = server.folder("Set aside")
    server.one(folder)

    server.destination.set_aside(folder)
    aside = server.destination.folder(folder)
    server.destination.put_back(folder, server.room, "Set aside")
    back = server.destination.folder(folder)

    assert aside.parent_id != server.room, server.says("DeleteFolder (MoveToDeletedItems) left the folder where it was")
    assert aside.items == 1, server.says(f"a folder moved to Deleted Items holds {aside.items} items instead of 1")
    assert (back.parent_id, back.name, back.items) == (server.room, "Set aside", 1), server.says(
        f"MoveFolder and UpdateFolder brought a folder back as {back.name!r} with {back.items} items"
    )
