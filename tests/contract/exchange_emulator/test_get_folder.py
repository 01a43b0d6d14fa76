"""GetFolder, MS-OXWSFOLD section 3.1.4.6."""

import base64

import pytest

from .soap import NS, Mailbox, distinguished, identity, keyless, local, names

IDS_ONLY = "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
EVERYTHING = "<m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>"


def test_MS_OXWSFOLD_R3864_a_known_folder_is_answered_with_success(mailbox: Mailbox) -> None:
    """A GetFolder that succeeds has the ResponseClass Success, whatever culture and time zone it asks for."""
    answer = mailbox.call(
        f"<m:GetFolder>{IDS_ONLY}<m:FolderIds><t:DistinguishedFolderId Id='inbox'/></m:FolderIds></m:GetFolder>",
        header="<t:MailboxCulture>fr-FR</t:MailboxCulture>"
        '<t:TimeZoneContext><t:TimeZoneDefinition Id="W. Europe Standard Time"/></t:TimeZoneContext>',
    )

    assert local(answer.body) == "GetFolderResponse"
    assert answer.classes == ["Success"]


def test_MS_OXWSFOLD_R38644_a_known_folder_is_answered_with_no_error(mailbox: Mailbox) -> None:
    """A GetFolder that succeeds has the ResponseCode NoError and exactly one folder a message."""
    answer = mailbox.call(
        f"<m:GetFolder>{IDS_ONLY}<m:FolderIds><t:DistinguishedFolderId Id='drafts'/></m:FolderIds></m:GetFolder>"
    )

    assert answer.codes == ["NoError"]
    assert names(answer.messages[0]) == ["ResponseCode", "Folders"]
    assert len(answer.one(".//m:Folders")) == 1


def test_MS_OXWSFOLD_R38645_a_deleted_folder_is_answered_with_error(mailbox: Mailbox) -> None:
    """A GetFolder that fails has the ResponseClass Error; the folder beside it is still answered."""
    gone = mailbox.folder("Gone")
    mailbox.call(f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{gone}</m:FolderIds></m:DeleteFolder>').ok()

    answer = mailbox.call(
        f"<m:GetFolder>{IDS_ONLY}<m:FolderIds>{gone}{distinguished('inbox')}</m:FolderIds></m:GetFolder>"
    )

    assert answer.classes == ["Error", "Success"]
    assert answer.codes == ["ErrorItemNotFound", "NoError"]
    assert names(answer.messages[0]) == ["MessageText", "ResponseCode", "DescriptiveLinkKey", "Folders"]
    assert len(answer.messages[0].find("m:Folders", NS)) == 0


def test_MS_OXWSFOLD_R42103_id_only_returns_nothing_but_the_id(mailbox: Mailbox) -> None:
    """The shape IdOnly returns the folder's id and change key and nothing else."""
    answer = mailbox.call(
        f"<m:GetFolder>{IDS_ONLY}<m:FolderIds>{distinguished('inbox')}{distinguished('calendar')}"
        "</m:FolderIds></m:GetFolder>"
    ).ok()

    assert [names(folder) for folder in answer.all(".//m:Folders/*")] == [["FolderId"], ["FolderId"]]
    assert all(set(found.attrib) == {"Id", "ChangeKey"} for found in answer.all(".//t:FolderId"))


def test_MS_OXWSFOLD_R42102_default_returns_the_default_properties(mailbox: Mailbox) -> None:
    """The shape Default returns the id, the name and the counts; a calendar has no unread count."""
    answer = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>"
        "<t:DistinguishedFolderId Id='inbox'/><t:DistinguishedFolderId Id='calendar'/></m:FolderIds></m:GetFolder>"
    ).ok()

    inbox, calendar = answer.all(".//m:Folders/*")
    assert names(inbox) == ["FolderId", "DisplayName", "TotalCount", "ChildFolderCount", "UnreadCount"]
    assert names(calendar) == ["FolderId", "DisplayName", "TotalCount", "ChildFolderCount"]


def test_MS_OXWSFOLD_R42101_all_properties_returns_rights_and_parent(mailbox: Mailbox) -> None:
    """The shape AllProperties adds the parent, the class, the rights and the permissions."""
    answer = mailbox.call(
        f"<m:GetFolder>{EVERYTHING}<m:FolderIds>{distinguished('inbox')}</m:FolderIds></m:GetFolder>"
    ).ok()

    found = names(answer.one(".//t:Folder"))
    assert {
        "FolderId",
        "ParentFolderId",
        "FolderClass",
        "DisplayName",
        "TotalCount",
        "ChildFolderCount",
        "EffectiveRights",
        "PermissionSet",
        "UnreadCount",
    } <= set(found)


def test_MS_OXWSFOLD_R42104_additional_properties_are_returned_beside_the_shape(mailbox: Mailbox) -> None:
    """AdditionalProperties adds to the base shape exactly the properties that it names."""
    answer = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        '<t:FieldURI FieldURI="folder:DisplayName"/><t:FieldURI FieldURI="folder:FolderClass"/>'
        '<t:FieldURI FieldURI="folder:UnreadCount"/></t:AdditionalProperties></m:FolderShape>'
        "<m:FolderIds><t:DistinguishedFolderId Id='sentitems'/></m:FolderIds></m:GetFolder>"
    ).ok()

    assert names(answer.one(".//t:Folder")) == ["FolderId", "FolderClass", "DisplayName", "UnreadCount"]


def test_MS_OXWSFOLD_R42105_a_path_may_name_a_mapi_property(mailbox: Mailbox) -> None:
    """A path to a MAPI property returns its value: the container class and the display name of the folder."""
    answer = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        '<t:ExtendedFieldURI PropertyTag="0x3613" PropertyType="String"/>'
        '<t:ExtendedFieldURI PropertyTag="12289" PropertyType="String"/>'
        "</t:AdditionalProperties></m:FolderShape>"
        "<m:FolderIds><t:DistinguishedFolderId Id='drafts'/></m:FolderIds></m:GetFolder>"
    ).ok()

    assert answer.texts(".//t:ExtendedProperty/t:Value") == ["IPF.Note", "Drafts"]


def test_MS_OXWSFOLD_R423_every_folder_asked_for_is_answered_in_order(mailbox: Mailbox) -> None:
    """FolderIds is an array: each folder has its own response message, in the order of the request."""
    mine = mailbox.folder("Mine")

    answer = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>"
        f"{distinguished('drafts')}{mine}{distinguished('inbox')}{mine}</m:FolderIds></m:GetFolder>"
    ).ok()

    assert answer.texts(".//t:DisplayName") == ["Drafts", "Mine", "Inbox", "Mine"]
    assert len(answer.messages) == 4


def test_MS_OXWSFOLD_R426_a_folder_is_found_by_its_id_with_and_without_a_change_key(mailbox: Mailbox) -> None:
    """FolderId names the folder; the change key beside it is optional and may be old."""
    folder = mailbox.folder("Before")
    mailbox.call(
        f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{folder}<t:Updates><t:SetFolderField>"
        '<t:FieldURI FieldURI="folder:DisplayName"/><t:Folder><t:DisplayName>After</t:DisplayName></t:Folder>'
        "</t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>"
    ).ok()

    answer = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{folder}{keyless(folder)}</m:FolderIds></m:GetFolder>"
    ).ok()

    assert answer.texts(".//t:DisplayName") == ["After", "After"]


def test_MS_OXWSFOLD_R428_a_distinguished_folder_may_name_its_mailbox(mailbox: Mailbox) -> None:
    """DistinguishedFolderId names the same folder with and without the address of the mailbox."""
    answer = mailbox.call(
        f"<m:GetFolder>{IDS_ONLY}<m:FolderIds><t:DistinguishedFolderId Id='inbox'/>"
        f"<t:DistinguishedFolderId Id='inbox'><t:Mailbox><t:EmailAddress>{mailbox.address}</t:EmailAddress>"
        "</t:Mailbox></t:DistinguishedFolderId></m:FolderIds></m:GetFolder>"
    ).ok()

    first, second = answer.all(".//t:FolderId")
    assert first.get("Id") == second.get("Id")


def test_MS_OXWSFOLD_R7201_total_count_counts_the_items(mailbox: Mailbox) -> None:
    """TotalCount is the number of items in the folder, not of those below it."""
    folder = mailbox.folder("Counted")
    below = mailbox.folder("Below", parent=keyless(folder))
    mailbox.messages(*["<t:Subject>One</t:Subject>"] * 3, folder=keyless(folder))
    mailbox.message(folder=keyless(below))

    answer = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{folder}</m:FolderIds></m:GetFolder>"
    ).ok()

    assert answer.text(".//t:TotalCount") == "3"


def test_MS_OXWSFOLD_R7501_child_folder_count_counts_the_folders_in_it(mailbox: Mailbox) -> None:
    """ChildFolderCount is the number of folders directly in the folder."""
    folder = mailbox.folder("Parent")
    child = mailbox.folder("Child", parent=keyless(folder))
    mailbox.folder("Second", parent=keyless(folder))
    mailbox.folder("Grandchild", parent=keyless(child))

    answer = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        '<t:FieldURI FieldURI="folder:ChildFolderCount"/></t:AdditionalProperties></m:FolderShape>'
        f"<m:FolderIds>{folder}{child}</m:FolderIds></m:GetFolder>"
    ).ok()

    assert answer.texts(".//t:ChildFolderCount") == ["2", "1"]


@pytest.mark.parametrize(
    ("folder", "kind", "folder_class"),
    [
        pytest.param("calendar", "CalendarFolder", "IPF.Appointment", id="R70"),
        pytest.param("contacts", "ContactsFolder", "IPF.Contact", id="R585"),
        pytest.param("journal", "Folder", "IPF.Journal", id="R586"),
        pytest.param("inbox", "Folder", "IPF.Note", id="R587"),
        pytest.param("notes", "Folder", "IPF.StickyNote", id="R588"),
        pytest.param("tasks", "TasksFolder", "IPF.Task", id="R589"),
    ],
)
def test_MS_OXWSFOLD_R70_R585_R586_R587_R588_R589_class_and_element_of_well_known_folders(
    mailbox: Mailbox, folder: str, kind: str, folder_class: str
) -> None:
    """Each kind of folder has its own class, and its own element where the schema has one."""
    answer = mailbox.call(
        f"<m:GetFolder>{EVERYTHING}<m:FolderIds>{distinguished(folder)}</m:FolderIds></m:GetFolder>"
    ).ok()

    found = answer.one(".//m:Folders")[0]
    assert local(found) == kind
    assert found.findtext("t:FolderClass", namespaces=NS) == folder_class


def test_MS_OXWSFOLD_R6603_R6604_ids_and_change_keys_are_base64_of_at_most_512_bytes(mailbox: Mailbox) -> None:
    """Id and ChangeKey of a folder decode as base64 to at most 512 bytes."""
    answer = mailbox.call(
        f"<m:GetFolder>{EVERYTHING}<m:FolderIds>{distinguished('inbox')}</m:FolderIds></m:GetFolder>"
    ).ok()

    found = answer.one(".//t:FolderId")
    for value in (found.get("Id"), found.get("ChangeKey")):
        assert 0 < len(base64.b64decode(str(value), validate=True)) <= 512


def test_MS_OXWSFOLD_R810107_R810109_R8101011_the_owner_may_delete_modify_and_read(mailbox: Mailbox) -> None:
    """EffectiveRights tells the owner of the mailbox that everything is allowed in a folder of their own."""
    folder = mailbox.folder("Mine")

    answer = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        '<t:FieldURI FieldURI="folder:EffectiveRights"/></t:AdditionalProperties></m:FolderShape>'
        f"<m:FolderIds>{folder}</m:FolderIds></m:GetFolder>"
    ).ok()

    rights = {local(right): right.text for right in answer.one(".//t:EffectiveRights")}
    assert rights == dict.fromkeys(
        ["CreateAssociated", "CreateContents", "CreateHierarchy", "Delete", "Modify", "Read"], "true"
    )


def test_MS_OXWSFOLD_R6801_the_parent_folder_id_is_the_id_of_the_parent(mailbox: Mailbox) -> None:
    """ParentFolderId is the id under which the parent itself is known."""
    parent = mailbox.folder("Parent")
    child = mailbox.folder("Child", parent=keyless(parent))

    answer = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        '<t:FieldURI FieldURI="folder:ParentFolderId"/></t:AdditionalProperties></m:FolderShape>'
        f"<m:FolderIds>{child}</m:FolderIds></m:GetFolder>"
    ).ok()

    assert answer.one(".//t:ParentFolderId").get("Id") == identity(parent)


def test_MS_OXWSFOLD_R406_the_answer_carries_the_server_version(mailbox: Mailbox) -> None:
    """The SOAP header ServerVersionInfo identifies the server's version."""
    answer = mailbox.call(
        f"<m:GetFolder>{IDS_ONLY}<m:FolderIds>{distinguished('inbox')}</m:FolderIds></m:GetFolder>"
    ).ok()

    assert (answer.server["MajorVersion"], answer.server["MinorVersion"]) == ("15", "2")
