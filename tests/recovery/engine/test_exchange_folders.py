"""The folders of an Exchange mailbox: what arrives of each, and what the report says of those that stay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulators.exchange import Fault
from engine.connectors.exchange.reading.folders import ARCHIVE_UNSEEN, NOT_FOR_MAIL, OF_PROGRAMS
from engine.connectors.exchange.soap import TYPES
from engine.migration.record import State
from tests.servers.exchange.pair import OLD, SENT, Pair, new_folder, put, said


@pytest.mark.parametrize("kind", ["IPF", "IPF.Custom", "IPF.ShortcutFolder", "IPM.Something", "IPF.Notebook"])
def test_mail_in_a_folder_of_a_class_that_nobody_knows_arrives(pair: Pair, kind: str) -> None:
    """In a folder for mail, once; a second run copies nothing."""
    put(pair, "kept there", new_folder(pair, "Odd", kind))
    done = pair.at.migrate("old")
    again = pair.at.migrate("old")

    assert [(one.folder, one.subject) for one in pair.at.messages()] == [(("Odd",), "kept there")]
    assert (said(pair, done.task_id), pair.at.counts(again).copied) == ([], 0)


@pytest.mark.parametrize("kind", ["IPF.Task", "IPF.Contact", "IPF.StickyNote", "IPF.Journal"])
def test_a_folder_for_something_else_than_mail_is_named_with_what_is_in_it(pair: Pair, kind: str) -> None:
    """Once, with its own words, and not as mail that was left out; a folder for mail below it moves."""
    odd = new_folder(pair, "Odd", f"{kind}.Special")
    put(pair, "kept there", odd)
    below = pair.old.asked(
        f'<m:CreateFolder><m:ParentFolderId><t:FolderId Id="{odd}"/></m:ParentFolderId><m:Folders><t:Folder>'
        "<t:DisplayName>Below</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>"
    ).find(f".//{TYPES}FolderId").get("Id")
    put(pair, "below", below)
    done = pair.at.migrate("old")

    assert said(pair, done.task_id) == [f"Odd: 1 item: {NOT_FOR_MAIL[kind.lower()]}"]
    assert (pair.at.counts(done).copied, pair.at.counts(done).left_out) == (1, 0)
    assert [one.subject for one in pair.at.messages()] == ["below"]


@pytest.mark.parametrize("version", ["2010 SP1", "2010", "2013", "2019"])
def test_what_a_mail_program_noted_of_its_work_stays_in_every_version_and_language(pair: Pair, version: str) -> None:
    """Conflicts and the like are known by ids, which 2010 tells in another way, and never by a name."""
    found = pair.old.asked(
        '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds></m:FindFolder>'
    ).iterfind(f".//{TYPES}Folder")
    for folder in found:
        name = folder.findtext(f"{TYPES}DisplayName")
        if name in ("Sync Issues", "Conflicts", "Local Failures", "Server Failures"):
            put(pair, name, folder.find(f"{TYPES}FolderId").get("Id"))
    pair.left.name_folders(OLD, {"syncissues": "Probleme", "conflicts": "Konflikte"})
    put(pair, "mine", new_folder(pair, "Sync Issues", "IPF.Note"))
    pair.left.configure(version=version)
    before = pair.left.dump()
    done = pair.at.migrate("old")

    assert [(one.folder, one.subject) for one in pair.at.messages()] == [(("Sync Issues",), "mine")]
    assert (pair.at.counts(done).copied, pair.at.counts(done).left_out) == (1, 4)
    assert set(said(pair, done.task_id)) == {f"{name}: 1 message: {OF_PROGRAMS}" for name in (
        "Probleme", "Probleme/Konflikte", "Probleme/Local Failures", "Probleme/Server Failures")}
    assert pair.left.dump() == before


@pytest.mark.parametrize("code", ["ErrorAccessDenied", "ErrorMailboxStoreUnavailable"])
def test_an_archive_that_cannot_be_looked_at_costs_no_mail(pair: Pair, code: str) -> None:
    """It is only counted for the report: another database, or other rights. The mailbox itself answers."""
    pair.at.engine = replace(pair.at.engine, patience=1.0)
    pair.left.add_archive(OLD)
    pair.old.create("here", "Message", "", SENT, "")
    for number in range(3, 20):     # the first look is below the top, the second for search folders
        pair.left.add_fault(Fault(operation="FindFolder", action="items", positions=(0,), code=code, nth=number))
    done = pair.at.migrate("old")

    assert (done.state, [one.subject for one in pair.at.messages()]) == (State.COMPLETED, ["here"]), done.attention
    assert said(pair, done.task_id) == [f"In-Place Archive: an unknown number of items: {ARCHIVE_UNSEEN}"]


def test_odd_names_of_folders_arrive(pair: Pair) -> None:
    """Each once, with its mail, and a second run copies nothing."""
    names = ["a|b", "con", "Ünï", "x" * 255, "a&amp;b", "..", "Sent", "Trash", "Archive", "~", "INBOX.x",
             "7K2F9QXD:0a1b2c3d", "\u202eabc", "e\u0301", "\u00e9"]
    for n, name in enumerate(names):
        put(pair, f"m {n}", new_folder(pair, name, "IPF.Note"))
    put(pair, "below", new_folder(pair, "Sent Items", "IPF.Note", "inbox"))
    put(pair, "again", new_folder(pair, "INBOX", "IPF.Note", "inbox"))
    before = pair.left.dump()
    done = pair.at.migrate("old")
    again = pair.at.migrate("old")

    places = lambda found: sorted((one.folder, one.subject) for one in found)  # noqa: E731
    assert places(pair.at.messages()) == places(pair.left.messages(OLD)), said(pair, done.task_id)
    assert pair.at.counts(again).copied == 0
    assert pair.left.dump() == before
