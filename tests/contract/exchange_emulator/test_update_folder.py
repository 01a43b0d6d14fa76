"""UpdateFolder, MS-OXWSFOLD section 3.1.4.8."""

import pytest

from .soap import NS, Mailbox, change_key, identity, keyless, local, names

PATH = (
    '<t:ExtendedFieldURI PropertySetId="9c4b3a1e-0f5d-4b9e-8d3f-7f4f1a2b3c4d" '
    'PropertyName="Note" PropertyType="String"/>'
)


def rename(folder: str, name: str, *, kind: str = "Folder") -> str:
    """A change that renames one folder."""
    return (
        f"<t:FolderChange>{folder}<t:Updates><t:SetFolderField>"
        f'<t:FieldURI FieldURI="folder:DisplayName"/><t:{kind}><t:DisplayName>{name}</t:DisplayName>'
        f"</t:{kind}>"
        "</t:SetFolderField></t:Updates></t:FolderChange>"
    )


def display_name(mailbox: Mailbox, folder: str) -> str:
    """The name of a folder now."""
    return (
        mailbox.call(
            "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
            f"<m:FolderIds>{keyless(folder)}</m:FolderIds></m:GetFolder>"
        )
        .ok()
        .text(".//t:DisplayName")
    )


def test_MS_OXWSFOLD_R46444_a_change_is_answered_with_success(mailbox: Mailbox) -> None:
    """An UpdateFolder that succeeds has the ResponseClass Success, the same id and a new change key."""
    folder = mailbox.folder("Before")

    answer = mailbox.call(
        f"<m:UpdateFolder><m:FolderChanges>{rename(folder, 'After')}</m:FolderChanges></m:UpdateFolder>",
        header="<t:MailboxCulture>ja-JP</t:MailboxCulture>",
    )

    assert local(answer.body) == "UpdateFolderResponse"
    assert answer.classes == ["Success"]
    found = answer.one(".//m:Folders/t:Folder/t:FolderId")
    assert found.get("Id") == identity(folder)
    assert found.get("ChangeKey") != change_key(folder)


def test_MS_OXWSFOLD_R4644_a_change_is_answered_with_no_error(mailbox: Mailbox) -> None:
    """An UpdateFolder that succeeds has the ResponseCode NoError, and the change is kept."""
    folder = mailbox.folder("Before")

    answer = mailbox.call(
        f"<m:UpdateFolder><m:FolderChanges>{rename(keyless(folder), 'After')}</m:FolderChanges></m:UpdateFolder>"
    )

    assert answer.codes == ["NoError"]
    assert display_name(mailbox, folder) == "After"


def test_MS_OXWSFOLD_R4645_a_change_to_a_folder_that_is_gone_is_answered_with_error(mailbox: Mailbox) -> None:
    """An UpdateFolder that fails has the ResponseClass Error."""
    folder = mailbox.folder("Gone")
    mailbox.call(f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{folder}</m:FolderIds></m:DeleteFolder>').ok()

    answer = mailbox.call(
        f"<m:UpdateFolder><m:FolderChanges>{rename(folder, 'After')}</m:FolderChanges></m:UpdateFolder>"
    )

    assert answer.classes == ["Error"]
    assert answer.codes == ["ErrorItemNotFound"]


def test_MS_OXWSFOLD_R5051_every_folder_of_the_array_is_changed(mailbox: Mailbox) -> None:
    """FolderChanges is an array: each folder has its own answer, and one refusal leaves the others."""
    one, two, three = (mailbox.folder(name) for name in ("One", "Two", "Three"))

    answer = mailbox.call(
        f"<m:UpdateFolder><m:FolderChanges>{rename(one, 'Uno')}{rename(two, 'Three')}{rename(three, 'Tre')}"
        "</m:FolderChanges></m:UpdateFolder>"
    )

    assert answer.codes == ["NoError", "ErrorFolderExists", "NoError"]
    assert [display_name(mailbox, folder) for folder in (one, two, three)] == ["Uno", "Two", "Tre"]


def test_MS_OXWSFOLD_R507_appending_to_a_folder_property_is_an_error(mailbox: Mailbox) -> None:
    """AppendToFolderField always fails and changes nothing."""
    folder = mailbox.folder("Before")

    answer = mailbox.call(
        f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{folder}<t:Updates><t:AppendToFolderField>"
        '<t:FieldURI FieldURI="folder:DisplayName"/><t:Folder><t:DisplayName> and after</t:DisplayName></t:Folder>'
        "</t:AppendToFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>"
    )

    assert answer.classes == ["Error"]
    assert display_name(mailbox, folder) == "Before"


def test_MS_OXWSFOLD_R5261_a_property_is_deleted(mailbox: Mailbox) -> None:
    """DeleteFolderField takes a property away; asking for it afterwards returns nothing."""
    folder = mailbox.folder("Marked")
    mailbox.call(
        f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{folder}<t:Updates><t:SetFolderField>{PATH}"
        f"<t:Folder><t:ExtendedProperty>{PATH}<t:Value>kept</t:Value></t:ExtendedProperty></t:Folder>"
        "</t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>"
    ).ok()

    mailbox.call(
        f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{keyless(folder)}<t:Updates><t:DeleteFolderField>{PATH}"
        "</t:DeleteFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>"
    ).ok()

    got = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>"
        f"<t:AdditionalProperties>{PATH}</t:AdditionalProperties></m:FolderShape>"
        f"<m:FolderIds>{keyless(folder)}</m:FolderIds></m:GetFolder>"
    ).ok()
    assert got.all(".//t:ExtendedProperty") == []


def test_MS_OXWSFOLD_R5251_a_property_is_set(mailbox: Mailbox) -> None:
    """SetFolderField sets an extended property on a folder that exists, and sets it anew the next time."""
    folder = keyless(mailbox.folder("Marked"))
    for value in ("first", "second"):
        mailbox.call(
            f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{folder}<t:Updates><t:SetFolderField>{PATH}"
            f"<t:Folder><t:ExtendedProperty>{PATH}<t:Value>{value}</t:Value></t:ExtendedProperty></t:Folder>"
            "</t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>"
        ).ok()

    got = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>"
        f"<t:AdditionalProperties>{PATH}</t:AdditionalProperties></m:FolderShape>"
        f"<m:FolderIds>{folder}</m:FolderIds></m:GetFolder>"
    ).ok()
    assert got.texts(".//t:ExtendedProperty/t:Value") == ["second"]


def test_MS_OXWSFOLD_R531_several_changes_to_one_folder_are_one_answer(mailbox: Mailbox) -> None:
    """FolderChange is a collection of changes to one folder: all are made, and there is one response message."""
    folder = mailbox.folder("Before")

    answer = mailbox.call(
        f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{folder}<t:Updates>"
        '<t:SetFolderField><t:FieldURI FieldURI="folder:DisplayName"/>'
        "<t:Folder><t:DisplayName>After</t:DisplayName></t:Folder></t:SetFolderField>"
        f"<t:SetFolderField>{PATH}<t:Folder><t:ExtendedProperty>{PATH}<t:Value>both</t:Value></t:ExtendedProperty>"
        "</t:Folder></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>"
    ).ok()

    assert len(answer.messages) == 1
    got = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape>"
        f"<t:AdditionalProperties>{PATH}</t:AdditionalProperties></m:FolderShape>"
        f"<m:FolderIds>{keyless(folder)}</m:FolderIds></m:GetFolder>"
    ).ok()
    assert (got.text(".//t:DisplayName"), got.text(".//t:Value")) == ("After", "both")


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("Folder", id="R534"),
        pytest.param("CalendarFolder", id="R536"),
        pytest.param("ContactsFolder", id="R538"),
        pytest.param("TasksFolder", id="R542"),
    ],
)
def test_MS_OXWSFOLD_R534_R536_R538_R542_every_kind_of_folder_is_changed(mailbox: Mailbox, kind: str) -> None:
    """SetFolderField carries the new value in the element of the folder's kind."""
    folder = mailbox.folder("Before", kind=kind)

    answer = mailbox.call(
        f"<m:UpdateFolder><m:FolderChanges>{rename(folder, 'After', kind=kind)}</m:FolderChanges></m:UpdateFolder>"
    ).ok()

    assert names(answer.one(".//m:Folders")) == [kind]
    assert display_name(mailbox, folder) == "After"


def test_MS_OXWSCDATA_R335_a_change_sets_one_property_only(mailbox: Mailbox) -> None:
    """A change description with two properties is ErrorIncorrectUpdatePropertyCount."""
    folder = mailbox.folder("Before")

    answer = mailbox.call(
        f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{folder}<t:Updates><t:SetFolderField>"
        '<t:FieldURI FieldURI="folder:DisplayName"/><t:Folder><t:FolderClass>IPF.Note</t:FolderClass>'
        "<t:DisplayName>After</t:DisplayName></t:Folder></t:SetFolderField></t:Updates></t:FolderChange>"
        "</m:FolderChanges></m:UpdateFolder>"
    )

    assert answer.codes == ["ErrorIncorrectUpdatePropertyCount"]
    assert display_name(mailbox, folder) == "Before"


@pytest.mark.parametrize(
    ("field", "element"),
    [
        pytest.param("folder:TotalCount", "<t:TotalCount>7</t:TotalCount>", id="R73"),
        pytest.param("folder:ChildFolderCount", "<t:ChildFolderCount>7</t:ChildFolderCount>", id="R76"),
    ],
)
def test_MS_OXWSFOLD_R73_R76_counts_are_read_only(mailbox: Mailbox, field: str, element: str) -> None:
    """TotalCount and ChildFolderCount cannot be set by a client."""
    folder = mailbox.folder("Counted")

    answer = mailbox.call(
        f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{folder}<t:Updates><t:SetFolderField>"
        f'<t:FieldURI FieldURI="{field}"/><t:Folder>{element}</t:Folder></t:SetFolderField></t:Updates>'
        "</t:FolderChange></m:FolderChanges></m:UpdateFolder>"
    )

    assert answer.codes == ["ErrorInvalidPropertySet"]
    got = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{keyless(folder)}</m:FolderIds></m:GetFolder>"
    ).ok()
    assert got.one(".//t:Folder").findtext(f"t:{field.partition(':')[2]}", namespaces=NS) == "0"
