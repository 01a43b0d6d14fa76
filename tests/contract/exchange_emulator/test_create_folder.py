"""CreateFolder, MS-OXWSFOLD section 3.1.4.2."""

import pytest

from .soap import NS, Mailbox, distinguished, keyless, local, names

ROOT = distinguished("msgfolderroot")


def test_MS_OXWSFOLD_R2202_a_folder_created_is_answered_with_success(mailbox: Mailbox) -> None:
    """A CreateFolder that succeeds has the ResponseClass Success and tells id and change key of the folder."""
    answer = mailbox.call(
        f"<m:CreateFolder><m:ParentFolderId>{ROOT}</m:ParentFolderId><m:Folders>"
        "<t:Folder><t:DisplayName>New</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>",
        header="<t:MailboxCulture>de-DE</t:MailboxCulture>",
    )

    assert local(answer.body) == "CreateFolderResponse"
    assert answer.classes == ["Success"]
    assert set(answer.one(".//m:Folders/t:Folder/t:FolderId").attrib) == {"Id", "ChangeKey"}


def test_MS_OXWSFOLD_R22202_a_folder_created_is_answered_with_no_error(mailbox: Mailbox) -> None:
    """A CreateFolder that succeeds has the ResponseCode NoError, and the folder is there afterwards."""
    answer = mailbox.call(
        f"<m:CreateFolder><m:ParentFolderId>{ROOT}</m:ParentFolderId><m:Folders>"
        "<t:Folder><t:DisplayName>Æøå &amp; 受信</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>"
    )

    assert answer.codes == ["NoError"]
    found = mailbox.call(
        '<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
        f"<m:ParentFolderIds>{ROOT}</m:ParentFolderIds></m:FindFolder>"
    ).ok()
    assert found.texts(".//t:DisplayName").count("Æøå & 受信") == 1


def test_MS_OXWSFOLD_R22203_a_folder_not_created_is_answered_with_error(mailbox: Mailbox) -> None:
    """A CreateFolder that fails has the ResponseClass Error and an empty list of folders."""
    answer = mailbox.call(
        "<m:CreateFolder><m:ParentFolderId><t:FolderId Id='malformedparentid'/></m:ParentFolderId><m:Folders>"
        "<t:Folder><t:DisplayName>New</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>"
    )

    assert answer.classes == ["Error"]
    assert answer.codes == ["ErrorInvalidIdMalformed"]
    assert names(answer.one(".//m:Folders")) == []


def test_MS_OXWSFOLD_R216_the_parent_folder_must_exist(mailbox: Mailbox) -> None:
    """A folder cannot be created in a folder that is gone."""
    parent = keyless(mailbox.folder("Gone"))
    mailbox.call(f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{parent}</m:FolderIds></m:DeleteFolder>').ok()

    answer = mailbox.call(
        f"<m:CreateFolder><m:ParentFolderId>{parent}</m:ParentFolderId><m:Folders>"
        "<t:Folder><t:DisplayName>New</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>"
    )

    assert answer.codes == ["ErrorParentFolderNotFound"]


def test_MS_OXWSFOLD_R217_a_folder_that_exists_cannot_be_created_again(mailbox: Mailbox) -> None:
    """A second folder of the same name in the same parent is an error; in another parent it is not."""
    first = mailbox.folder("Twin")

    again = mailbox.call(
        f"<m:CreateFolder><m:ParentFolderId>{ROOT}</m:ParentFolderId><m:Folders>"
        "<t:Folder><t:DisplayName>Twin</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>"
    )

    assert again.codes == ["ErrorFolderExists"]
    assert mailbox.folder("Twin", parent=keyless(first))


def test_MS_OXWSFOLD_R252_the_folder_is_created_in_the_parent_named(mailbox: Mailbox) -> None:
    """ParentFolderId is the folder that holds the new one."""
    parent = mailbox.folder("Parent")

    answer = mailbox.call(
        f"<m:CreateFolder><m:ParentFolderId>{parent}</m:ParentFolderId><m:Folders>"
        "<t:Folder><t:DisplayName>Child</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>"
    ).ok()

    found = mailbox.call(
        '<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
        f"<m:ParentFolderIds>{keyless(parent)}</m:ParentFolderIds></m:FindFolder>"
    ).ok()
    assert found.texts(".//t:DisplayName") == ["Child"]
    assert found.one(".//t:FolderId").get("Id") == answer.one(".//t:FolderId").get("Id")


def test_MS_OXWSFOLD_R2531_every_folder_of_the_array_is_created(mailbox: Mailbox) -> None:
    """Folders is an array: each has its own response message in order, and one refusal leaves the others."""
    mailbox.folder("Taken")

    answer = mailbox.call(
        f"<m:CreateFolder><m:ParentFolderId>{ROOT}</m:ParentFolderId><m:Folders>"
        "<t:Folder><t:DisplayName>First</t:DisplayName></t:Folder>"
        "<t:Folder><t:DisplayName>Taken</t:DisplayName></t:Folder>"
        "<t:ContactsFolder><t:DisplayName>Third</t:DisplayName></t:ContactsFolder></m:Folders></m:CreateFolder>"
    )

    assert answer.codes == ["NoError", "ErrorFolderExists", "NoError"]
    assert [names(found) for found in answer.all(".//m:Folders")] == [["Folder"], [], ["ContactsFolder"]]


def test_MS_OXWSFOLD_R71021_a_display_name_is_required(mailbox: Mailbox) -> None:
    """A folder without a display name is not created."""
    answer = mailbox.call(
        f"<m:CreateFolder><m:ParentFolderId>{ROOT}</m:ParentFolderId><m:Folders>"
        "<t:Folder><t:FolderClass>IPF.Note</t:FolderClass></t:Folder></m:Folders></m:CreateFolder>"
    )

    assert answer.classes == ["Error"]


@pytest.mark.parametrize("element", ["FolderId", "ParentFolderId"])
def test_MS_OXWSFOLD_R67_R6802_ids_cannot_be_set_during_creation(mailbox: Mailbox, element: str) -> None:
    """FolderId and ParentFolderId are the server's to give: a folder that brings one is not created."""
    other = mailbox.folder("Other")

    answer = mailbox.call(
        f"<m:CreateFolder><m:ParentFolderId>{ROOT}</m:ParentFolderId><m:Folders><t:Folder>"
        f"{other.replace('t:FolderId', f't:{element}')}<t:DisplayName>New</t:DisplayName></t:Folder></m:Folders>"
        "</m:CreateFolder>"
    )

    assert answer.classes == ["Error"]
    assert answer.codes == ["ErrorInvalidPropertySet"]


def test_MS_OXWSFOLD_R7801_extended_properties_are_stored(mailbox: Mailbox) -> None:
    """A folder may be created with extended properties of any named kind, and they are read back."""
    named = (
        '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="X-Source" PropertyType="String"/>'
    )
    numbered = (
        '<t:ExtendedFieldURI PropertySetId="9c4b3a1e-0f5d-4b9e-8d3f-7f4f1a2b3c4d" PropertyId="7" '
        'PropertyType="Integer"/>'
    )
    answer = mailbox.call(
        f"<m:CreateFolder><m:ParentFolderId>{ROOT}</m:ParentFolderId><m:Folders><t:Folder>"
        f"<t:DisplayName>Marked</t:DisplayName><t:ExtendedProperty>{named}<t:Value>a/b</t:Value></t:ExtendedProperty>"
        f"<t:ExtendedProperty>{numbered}<t:Value>42</t:Value></t:ExtendedProperty></t:Folder></m:Folders>"
        "</m:CreateFolder>"
    ).ok()

    folder_id = answer.one(".//t:FolderId").get("Id")
    got = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        f"{named}{numbered}</t:AdditionalProperties></m:FolderShape>"
        f'<m:FolderIds><t:FolderId Id="{folder_id}"/></m:FolderIds></m:GetFolder>'
    ).ok()
    assert got.texts(".//t:ExtendedProperty/t:Value") == ["a/b", "42"]


@pytest.mark.parametrize(
    ("inside", "found"),
    [
        pytest.param("<t:FolderClass>IPF.Note</t:FolderClass>", "IPF.Note", id="R589201"),
        pytest.param("", None, id="R589202"),
        pytest.param("<t:FolderClass>IPF.Note.Custom</t:FolderClass>", "IPF.Note.Custom", id="R5890"),
    ],
)
def test_MS_OXWSFOLD_R589201_R589202_R5890_a_folder_class_may_be_given(
    mailbox: Mailbox, inside: str, found: str | None
) -> None:
    """A folder is created with the class given, standard or custom; without one it has none, as real servers show."""
    folder = mailbox.folder("Classed", inside=inside)

    got = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{folder}</m:FolderIds></m:GetFolder>"
    ).ok()
    assert got.one(".//t:Folder").findtext("t:FolderClass", namespaces=NS) == found


@pytest.mark.parametrize(
    ("kind", "folder_class"),
    [
        pytest.param("CalendarFolder", "IPF.Appointment", id="R70"),
        pytest.param("ContactsFolder", "IPF.Contact", id="R585"),
        pytest.param("TasksFolder", "IPF.Task", id="R589"),
    ],
)
def test_MS_OXWSFOLD_R70_R585_R589_the_element_decides_the_class(
    mailbox: Mailbox, kind: str, folder_class: str
) -> None:
    """A folder created by a typed element has the class of its type."""
    folder = mailbox.folder("Typed", kind=kind)

    got = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{folder}</m:FolderIds></m:GetFolder>"
    ).ok()
    assert got.text(".//t:FolderClass") == folder_class
    assert names(got.one(".//m:Folders")) == [kind]
