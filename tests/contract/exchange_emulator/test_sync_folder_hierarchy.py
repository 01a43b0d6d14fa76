"""SyncFolderHierarchy, MS-OXWSSYNC section 3.1.4.1."""

import base64

import pytest

from .soap import NS, Answer, Mailbox, distinguished, identity, keyless, local, names

ROOT = distinguished("msgfolderroot")
NAMES = (
    "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="folder:DisplayName"/></t:AdditionalProperties></m:FolderShape>'
)


def sync(mailbox: Mailbox, state: str = "", *, folder: str = ROOT, shape: str = NAMES) -> Answer:
    """One SyncFolderHierarchy that succeeds."""
    state = f"<m:SyncState>{state}</m:SyncState>" if state else ""
    place = f"<m:SyncFolderId>{folder}</m:SyncFolderId>" if folder else ""
    return mailbox.call(f"<m:SyncFolderHierarchy>{shape}{place}{state}</m:SyncFolderHierarchy>").ok()


def state_of(answer: Answer) -> str:
    """The sync state of an answer."""
    return answer.text(".//m:SyncState")


def changes(answer: Answer) -> list[tuple[str, str]]:
    """What has changed: the kind of each change and the id of its folder."""
    return [(local(change), str(change.find(".//t:FolderId", NS).get("Id"))) for change in answer.one(".//m:Changes")]


def test_MS_OXWSSYNC_R262_R2632_without_a_state_every_folder_is_new(mailbox: Mailbox) -> None:
    """Without SyncState every folder below the root is returned as created, at any depth."""
    top = mailbox.folder("Top")
    below = mailbox.folder("Below", parent=keyless(top))

    answer = sync(mailbox)

    assert {kind for kind, _ in changes(answer)} == {"Create"}
    assert {identity(top), identity(below)} <= {found for _, found in changes(answer)}
    assert "Inbox" in answer.texts(".//t:DisplayName")


def test_MS_OXWSSYNC_R503_R2631_with_a_state_only_what_is_new_is_returned(mailbox: Mailbox) -> None:
    """With a SyncState the server returns what has happened since, and nothing when nothing has."""
    quiet = sync(mailbox, state_of(sync(mailbox)))
    new = mailbox.folder("New")

    answer = sync(mailbox, state_of(quiet))

    assert changes(quiet) == []
    assert changes(answer) == [("Create", identity(new))]


def test_MS_OXWSSYNC_R460_there_is_one_response_message(mailbox: Mailbox) -> None:
    """The answer has exactly one SyncFolderHierarchyResponseMessage, whatever changed."""
    mailbox.folder("One")
    mailbox.folder("Two")

    answer = sync(mailbox)

    assert [local(message) for message in answer.messages] == ["SyncFolderHierarchyResponseMessage"]
    assert names(answer.messages[0]) == ["ResponseCode", "SyncState", "IncludesLastFolderInRange", "Changes"]


def test_MS_OXWSSYNC_R44_the_state_is_base64(mailbox: Mailbox) -> None:
    """SyncState is encoded as base64."""
    assert base64.b64decode(state_of(sync(mailbox)), validate=True)


def test_MS_OXWSSYNC_R4601_the_last_folder_is_always_included(mailbox: Mailbox) -> None:
    """IncludesLastFolderInRange is true, in the first answer and the next."""
    first = sync(mailbox)

    second = sync(mailbox, state_of(first))

    assert [answer.text(".//m:IncludesLastFolderInRange") for answer in (first, second)] == ["true", "true"]


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("Folder", id="R10010"),
        pytest.param("CalendarFolder", id="R1021"),
        pytest.param("ContactsFolder", id="R1041"),
        pytest.param("TasksFolder", id="R1081"),
    ],
)
def test_MS_OXWSSYNC_R84_R10010_R1021_R1041_R1081_a_new_folder_is_returned_by_its_kind(
    mailbox: Mailbox, kind: str
) -> None:
    """Create holds a new folder in the element of its kind."""
    state = state_of(sync(mailbox))
    folder = mailbox.folder("New", kind=kind)

    answer = sync(mailbox, state)

    assert changes(answer) == [("Create", identity(folder))]
    assert names(answer.one(".//t:Create")) == [kind]


def test_MS_OXWSSYNC_R85_R10020_a_renamed_folder_is_returned_as_updated(mailbox: Mailbox) -> None:
    """Update holds a folder that has changed on the server, once, with its new name."""
    folder = mailbox.folder("Before")
    state = state_of(sync(mailbox))
    for name in ("Between", "After"):
        mailbox.call(
            f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{keyless(folder)}<t:Updates><t:SetFolderField>"
            f'<t:FieldURI FieldURI="folder:DisplayName"/><t:Folder><t:DisplayName>{name}</t:DisplayName>'
            "</t:Folder>"
            "</t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>"
        ).ok()

    answer = sync(mailbox, state)

    assert changes(answer) == [("Update", identity(folder))]
    assert answer.text(".//t:Update/t:Folder/t:DisplayName") == "After"


def test_MS_OXWSSYNC_R117_a_deleted_folder_is_returned_by_its_id(mailbox: Mailbox) -> None:
    """Delete holds the id of a folder that is gone, and of those that were below it."""
    top = mailbox.folder("Top")
    below = mailbox.folder("Below", parent=keyless(top))
    state = state_of(sync(mailbox))
    mailbox.call(f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{top}</m:FolderIds></m:DeleteFolder>').ok()

    answer = sync(mailbox, state)

    assert sorted(changes(answer)) == sorted([("Delete", identity(top)), ("Delete", identity(below))])
    assert {tuple(names(change)) for change in answer.all(".//t:Delete")} == {("FolderId",)}


def test_MS_OXWSSYNC_R85_a_folder_moved_to_deleted_items_is_returned_as_updated(mailbox: Mailbox) -> None:
    """A folder in Deleted Items is still below the root: it has a new parent, which is a change."""
    folder = mailbox.folder("Thrown away")
    state = state_of(sync(mailbox))
    mailbox.call(
        f'<m:DeleteFolder DeleteType="MoveToDeletedItems"><m:FolderIds>{folder}</m:FolderIds></m:DeleteFolder>'
    ).ok()

    assert ("Update", identity(folder)) in changes(sync(mailbox, state))


@pytest.mark.parametrize(
    ("shape", "there", "missing"),
    [
        pytest.param(
            "AllProperties", {"FolderId", "ParentFolderId", "DisplayName", "EffectiveRights"}, set(), id="R2571"
        ),
        pytest.param("Default", {"FolderId", "DisplayName", "TotalCount"}, {"ParentFolderId"}, id="R2572"),
        pytest.param("IdOnly", {"FolderId"}, {"DisplayName"}, id="R2573"),
    ],
)
def test_MS_OXWSSYNC_R2571_R2572_R2573_the_base_shape_decides_the_properties(
    mailbox: Mailbox, shape: str, there: set[str], missing: set[str]
) -> None:
    """BaseShape returns all, the default or only the id of each folder."""
    state = state_of(sync(mailbox))
    mailbox.folder("Shaped")

    answer = sync(mailbox, state, shape=f"<m:FolderShape><t:BaseShape>{shape}</t:BaseShape></m:FolderShape>")

    found = set(names(answer.one(".//t:Create/t:Folder")))
    assert there <= found
    assert not missing & found


def test_MS_OXWSSYNC_R2574_R2575_additional_properties_are_returned_beside_the_shape(mailbox: Mailbox) -> None:
    """AdditionalProperties adds exactly the properties that its paths name."""
    state = state_of(sync(mailbox))
    mailbox.folder("Shaped", inside="<t:FolderClass>IPF.Note</t:FolderClass>")

    answer = sync(
        mailbox,
        state,
        shape="<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        '<t:FieldURI FieldURI="folder:ParentFolderId"/><t:ExtendedFieldURI PropertyTag="0x3613" PropertyType="String"/>'
        "</t:AdditionalProperties></m:FolderShape>",
    )

    assert names(answer.one(".//t:Create/t:Folder")) == ["FolderId", "ParentFolderId", "ExtendedProperty"]
    assert answer.text(".//t:ExtendedProperty/t:Value") == "IPF.Note"


@pytest.mark.parametrize("folder", [pytest.param(ROOT, id="R2601"), pytest.param("", id="R2602")])
def test_MS_OXWSSYNC_R2601_R2602_the_folder_to_begin_at_may_be_left_out(mailbox: Mailbox, folder: str) -> None:
    """SyncFolderId is optional: with and without it, the folders of the mailbox are returned."""
    mine = mailbox.folder("Mine")

    answer = sync(mailbox, folder=folder)

    assert ("Create", identity(mine)) in changes(answer)


def test_MS_OXWSSYNC_R259_only_what_is_below_the_folder_named_is_returned(mailbox: Mailbox) -> None:
    """SyncFolderId is the folder below which the hierarchy is synchronized, itself not included."""
    top = mailbox.folder("Top")
    below = mailbox.folder("Below", parent=keyless(top))
    mailbox.folder("Beside")

    assert changes(sync(mailbox, folder=keyless(top))) == [("Create", identity(below))]
