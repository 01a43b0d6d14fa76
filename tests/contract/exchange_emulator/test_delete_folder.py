"""DeleteFolder, MS-OXWSFOLD section 3.1.4.4."""

import pytest

from .soap import Mailbox, distinguished, identity, keyless, local, names


def folders_in(mailbox: Mailbox, parent: str) -> dict[str, str]:
    """Names and ids of the folders in a folder."""
    answer = mailbox.call(
        '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
        f"<m:ParentFolderIds>{parent}</m:ParentFolderIds></m:FindFolder>"
    ).ok()
    return dict(
        zip(answer.texts(".//t:DisplayName"), [str(one.get("Id")) for one in answer.all(".//t:FolderId")], strict=True)
    )


def test_MS_OXWSFOLD_R3104_a_folder_deleted_is_answered_with_success(mailbox: Mailbox) -> None:
    """A DeleteFolder that succeeds has the ResponseClass Success."""
    folder = mailbox.folder("Old")

    answer = mailbox.call(
        f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{folder}</m:FolderIds></m:DeleteFolder>',
        header="<t:MailboxCulture>en-GB</t:MailboxCulture>",
    )

    assert local(answer.body) == "DeleteFolderResponse"
    assert answer.classes == ["Success"]


def test_MS_OXWSFOLD_R31044_a_folder_deleted_is_answered_with_no_error(mailbox: Mailbox) -> None:
    """A DeleteFolder that succeeds has the ResponseCode NoError and no other child."""
    folder = mailbox.folder("Old")

    answer = mailbox.call(
        f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{keyless(folder)}</m:FolderIds></m:DeleteFolder>'
    )

    assert answer.codes == ["NoError"]
    assert names(answer.messages[0]) == ["ResponseCode"]


def test_MS_OXWSFOLD_R31045_a_folder_deleted_twice_is_answered_with_error(mailbox: Mailbox) -> None:
    """A DeleteFolder that fails has the ResponseClass Error and no list of folders."""
    folder = mailbox.folder("Old")

    answer = mailbox.call(
        f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{folder}{folder}</m:FolderIds></m:DeleteFolder>'
    )

    assert answer.classes == ["Success", "Error"]
    assert answer.codes == ["NoError", "ErrorItemNotFound"]
    assert names(answer.messages[1]) == ["MessageText", "ResponseCode", "DescriptiveLinkKey"]


@pytest.mark.parametrize("folder", ["inbox", "deleteditems", "sentitems", "drafts", "msgfolderroot"])
@pytest.mark.parametrize("by", ["name", "id"])
def test_MS_OXWSFOLD_R308_well_known_folders_cannot_be_deleted(mailbox: Mailbox, folder: str, by: str) -> None:
    """A default folder stays, whether it is named or given by its id."""
    got = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{distinguished(folder)}</m:FolderIds></m:GetFolder>"
    ).ok()
    target = distinguished(folder) if by == "name" else f'<t:FolderId Id="{got.one(".//t:FolderId").get("Id")}"/>'

    answer = mailbox.call(
        f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{target}</m:FolderIds></m:DeleteFolder>'
    )

    assert answer.codes == ["ErrorDeleteDistinguishedFolder"]
    assert answer.text(".//m:MessageText") == "Distinguished folders cannot be deleted."


def test_MS_OXWSFOLD_R341_every_folder_of_the_array_is_deleted(mailbox: Mailbox) -> None:
    """FolderIds is an array: each folder has its own answer in order, and one refusal leaves the others."""
    one, two = mailbox.folder("One"), mailbox.folder("Two")

    answer = mailbox.call(
        f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{one}{distinguished("inbox")}{two}'
        "</m:FolderIds></m:DeleteFolder>"
    )

    assert answer.codes == ["NoError", "ErrorDeleteDistinguishedFolder", "NoError"]
    assert not {"One", "Two"} & set(folders_in(mailbox, distinguished("msgfolderroot")))


def test_MS_OXWSFOLD_R34301_a_hard_deleted_folder_is_gone_with_all_in_it(mailbox: Mailbox) -> None:
    """HardDelete removes the folder, the folders below it and their messages for good."""
    top = mailbox.folder("Top")
    below = mailbox.folder("Below", parent=keyless(top))
    item = mailbox.message(folder=keyless(below))

    mailbox.call(f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{top}</m:FolderIds></m:DeleteFolder>').ok()

    folders = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{top}{below}</m:FolderIds></m:GetFolder>"
    )
    items = mailbox.call(
        "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
        f"<m:ItemIds>{item}</m:ItemIds></m:GetItem>"
    )
    assert folders.codes == ["ErrorItemNotFound"] * 2
    assert items.codes == ["ErrorItemNotFound"]


def test_MS_OXWSFOLD_R34302_a_folder_is_moved_to_deleted_items(mailbox: Mailbox) -> None:
    """MoveToDeletedItems puts the folder, with what is in it, into Deleted Items under the same id."""
    top = mailbox.folder("Top")
    below = mailbox.folder("Below", parent=keyless(top))

    mailbox.call(
        f'<m:DeleteFolder DeleteType="MoveToDeletedItems"><m:FolderIds>{top}</m:FolderIds></m:DeleteFolder>'
    ).ok()

    assert folders_in(mailbox, distinguished("deleteditems")) == {"Top": identity(top), "Below": identity(below)}


def test_MS_OXWSFOLD_R34303_a_soft_deleted_folder_is_in_no_ordinary_folder(mailbox: Mailbox) -> None:
    """SoftDelete takes the folder out of sight: it is neither in its place nor in Deleted Items."""
    top = mailbox.folder("Top")

    mailbox.call(f'<m:DeleteFolder DeleteType="SoftDelete"><m:FolderIds>{top}</m:FolderIds></m:DeleteFolder>').ok()

    assert "Top" not in folders_in(mailbox, distinguished("msgfolderroot"))


def test_MS_OXWSFOLD_R306_the_name_of_a_deleted_folder_is_free_again(mailbox: Mailbox) -> None:
    """A folder deleted is out of the mailbox: another may be created under its name."""
    first = mailbox.folder("Again")

    mailbox.call(f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{first}</m:FolderIds></m:DeleteFolder>').ok()

    assert identity(mailbox.folder("Again")) != identity(first)
