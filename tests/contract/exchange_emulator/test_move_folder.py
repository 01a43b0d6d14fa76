"""MoveFolder."""

import pytest

from .calendars import shown
from .soap import Answer, Mailbox, distinguished, identity, keyless, names

ROOT = distinguished("msgfolderroot")


def move(mailbox: Mailbox, target: str, *folders: str) -> Answer:
    """Sends a MoveFolder."""
    ids = f"<m:FolderIds>{''.join(folders)}</m:FolderIds>"
    return mailbox.call(f"<m:MoveFolder><m:ToFolderId>{target}</m:ToFolderId>{ids}</m:MoveFolder>")


def below(mailbox: Mailbox, parent: str) -> list[str]:
    """The names of the folders in a folder."""
    answer = mailbox.call(
        '<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
        f"<m:ParentFolderIds>{parent}</m:ParentFolderIds></m:FindFolder>"
    ).ok()
    return answer.texts(".//t:DisplayName")


def test_MS_OXWSFOLD_R429_a_folder_leaves_its_parent_for_another(mailbox: Mailbox) -> None:
    """It is in the new parent alone, under the id that it had (recorded)."""
    old, new = mailbox.folder("Old"), mailbox.folder("New")
    folder = mailbox.folder("Letters", parent=old)

    answer = move(mailbox, new, folder).ok()

    assert answer.one(".//t:FolderId").get("Id") == identity(folder)
    assert (below(mailbox, old), below(mailbox, new)) == ([], ["Letters"])


def test_MS_OXWSFOLD_R594_its_class_and_its_name_move_along(mailbox: Mailbox) -> None:
    """A folder of contacts below mail stays one, with its name."""
    contacts = mailbox.folder("Friends", kind="ContactsFolder")
    move(mailbox, distinguished("inbox"), contacts).ok()

    answer = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{keyless(contacts)}</m:FolderIds></m:GetFolder>"
    ).ok()

    assert shown(answer.one(".//t:ContactsFolder"), "FolderClass", "DisplayName") == ["IPF.Contact", "Friends"]


def test_MS_OXWSFOLD_R595_R596_its_items_and_subfolders_move_along(mailbox: Mailbox) -> None:
    """What is in it is in it afterwards, with the ids that it had."""
    folder = mailbox.folder("Letters")
    inner = mailbox.folder("2024", parent=folder)
    item = mailbox.message("<t:Subject>Kept</t:Subject>", folder=inner)

    move(mailbox, distinguished("inbox"), folder).ok()

    assert below(mailbox, keyless(folder)) == ["2024"]
    assert mailbox.subjects(keyless(inner)) == ["Kept"]
    assert shown(mailbox.item(item), "Subject") == ["Kept"]


def test_MS_OXWSFOLD_R43144_R4314_R4315_each_folder_is_answered_by_itself(mailbox: Mailbox) -> None:
    """One that cannot be moved stops none of the others."""
    first, last, target = mailbox.folder("First"), mailbox.folder("Last"), mailbox.folder("Target")

    answer = move(mailbox, target, first, distinguished("inbox"), last)

    assert answer.classes == ["Success", "Error", "Success"]
    assert answer.codes == ["NoError", "ErrorMoveDistinguishedFolder", "NoError"]
    assert [names(one)[-1] for one in answer.messages] == ["Folders"] * 3
    assert below(mailbox, keyless(target)) == ["First", "Last"]


@pytest.mark.parametrize(
    ("target", "code"),
    [("Other", "ErrorMoveCopyFailed"), ("Letters", "ErrorMoveCopyFailed"), ("2024", "ErrorMoveCopyFailed"),
     ("Gone", "ErrorToFolderNotFound")],
)  # fmt: skip
def test_MS_OXWSFOLD_R4315_where_a_folder_cannot_go_it_does_not(mailbox: Mailbox, target: str, code: str) -> None:
    """Not where its name is taken, whatever the case, not into itself or below, and not where nothing is."""
    made = {name: mailbox.folder(name) for name in ("Letters", "Other", "Gone")}
    made["2024"] = mailbox.folder("2024", parent=made["Letters"])
    mailbox.folder("LETTERS", parent=made["Other"])
    mailbox.call(f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{made["Gone"]}</m:FolderIds></m:DeleteFolder>')

    assert move(mailbox, keyless(made[target]), keyless(made["Letters"])).codes == [code]
    assert "Letters" in below(mailbox, ROOT)


def test_MS_OXWSFOLD_R429_synchronization_tells_of_the_move(mailbox: Mailbox) -> None:
    """SyncFolderHierarchy shows a moved folder as updated, with its new parent."""
    folder, target = mailbox.folder("Letters"), mailbox.folder("Target")
    request = (
        "<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>{}"
        "</m:SyncFolderHierarchy>"
    )
    state = mailbox.call(request.format("")).ok().text(".//m:SyncState")

    move(mailbox, target, folder).ok()

    answer = mailbox.call(request.format(f"<m:SyncState>{state}</m:SyncState>")).ok()
    changed = answer.one(".//t:Update/t:Folder/t:ParentFolderId")
    assert changed.get("Id") == identity(target)
