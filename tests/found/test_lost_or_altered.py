"""What an Exchange source has, and what arrives of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.migration.record import State
from tests.recovery.engine.test_exchange_marks import OLD, SENT, Pair, pair_of


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with pair_of(tmp_path, "2019") as made:
        yield made


def said(pair: Pair, task: str) -> list[str]:
    return [f"{line.folder}: {line.item}: {line.reason}" for line in pair.at.engine.store.reported(task).failures]


def new_folder(pair: Pair, name: str, kind: str, parent: str = "msgfolderroot") -> str:
    made = pair.old.asked(
        f'<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="{parent}"/></m:ParentFolderId><m:Folders>'
        f"<t:Folder><t:FolderClass>{kind}</t:FolderClass><t:DisplayName>{name}</t:DisplayName></t:Folder>"
        "</m:Folders></m:CreateFolder>"
    )
    return str(made.find(f".//{TYPES}FolderId").get("Id"))


def put(pair: Pair, subject: str, folder: str) -> None:
    """A message, moved into a folder by its id."""
    pair.old.create(subject, "Message", "", SENT, "")
    [one] = [one for one in pair.left.messages(OLD) if one.subject == subject]
    moved = pair.old.asked(
        f'<m:MoveItem><m:ToFolderId><t:FolderId Id="{folder}"/></m:ToFolderId>'
        f'<m:ItemIds><t:ItemId Id="{one.item_id}"/></m:ItemIds></m:MoveItem>'
    )
    assert moved.find(f".//{MESSAGES}ResponseCode").text == "NoError"


@pytest.mark.parametrize("kind", ["IPF", "IPF.Custom", "IPF.ShortcutFolder", "IPF.Appointment", "IPF.Task"])
def test_mail_in_a_folder_of_another_class_is_copied_or_named(pair: Pair, kind: str) -> None:
    """A folder is not silently left behind: the guide says that each that stays is named with its number of items."""
    put(pair, "kept there", new_folder(pair, "Odd", kind))
    done = pair.at.migrate("old")

    assert "kept there" in [one.subject for one in pair.at.messages()] or said(pair, done.task_id)


@pytest.mark.parametrize("code", ["ErrorAccessDenied", "ErrorMailboxStoreUnavailable"])
def test_an_archive_that_cannot_be_looked_at_costs_no_mail(pair: Pair, code: str) -> None:
    """It is only counted for the report: another database, or other rights. The mailbox itself answers."""
    pair.at.engine = replace(pair.at.engine, patience=1.0)
    pair.left.add_archive(OLD)
    pair.old.create("here", "Message", "", SENT, "")
    away = Fault(operation="FindFolder", action="items", positions=(0,), code=code)
    for number in range(300):       # each look asks below the top, for search folders, and twice for the archive
        if number % 4 > 1:
            pair.left.add_fault(replace(away, nth=number + 1))
    done = pair.at.migrate("old")

    assert (done.state, [one.subject for one in pair.at.messages()]) == (State.COMPLETED, ["here"]), done.attention
