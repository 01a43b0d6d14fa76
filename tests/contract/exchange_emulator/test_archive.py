"""The archive of a mailbox: folders of its own, named by the ids of the page of DistinguishedFolderId."""

from collections.abc import Callable

import pytest

from emulators.exchange import ExchangeEmulator

from .soap import NS, Answer, Mailbox, distinguished, identity, keyless

IDS = "<t:BaseShape>IdOnly</t:BaseShape>"
FOLDERS = [
    "archiveroot",
    "archivemsgfolderroot",
    "archivedeleteditems",
    "archiverecoverableitemsroot",
    "archiverecoverableitemsdeletions",
    "archiverecoverableitemsversions",
    "archiverecoverableitemspurges",
]
TOP = distinguished("archivemsgfolderroot")


def get(mailbox: Mailbox, *folders: str, version: str = "Exchange2013") -> Answer:
    """A GetFolder of these folders."""
    return mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{''.join(folders)}</m:FolderIds></m:GetFolder>",
        version=version,
    )


def names(mailbox: Mailbox, top: str, traversal: str = "Deep") -> set[str]:
    """The names of the folders below another one."""
    answer = mailbox.call(
        f'<m:FindFolder Traversal="{traversal}"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
        f"<m:ParentFolderIds>{top}</m:ParentFolderIds></m:FindFolder>"
    )
    return set(answer.ok().texts(".//t:DisplayName"))


def synchronized(mailbox: Mailbox, folder: str, state: str = "") -> Answer:
    """A SyncFolderItems that succeeds."""
    return mailbox.call(
        f"<m:SyncFolderItems><m:ItemShape>{IDS}</m:ItemShape><m:SyncFolderId>{folder}</m:SyncFolderId>"
        f"<m:SyncState>{state}</m:SyncState><m:MaxChangesReturned>512</m:MaxChangesReturned></m:SyncFolderItems>"
    ).ok()


@pytest.fixture
def archived(emulator: ExchangeEmulator, mailbox: Mailbox) -> Mailbox:
    """A mailbox that has an archive."""
    emulator.add_archive(mailbox.address)
    return mailbox


def test_a_mailbox_without_an_archive_has_no_such_folder(mailbox: Mailbox) -> None:
    """Each id of an archive is ErrorFolderNotFound by itself, and the mailbox's own folders beside it are told."""
    answer = get(mailbox, *(distinguished(one) for one in FOLDERS), distinguished("inbox"))

    assert answer.codes == ["ErrorFolderNotFound"] * len(FOLDERS) + ["NoError"]
    assert {len(one.findall("m:Folders/*", NS)) for one in answer.messages[:-1]} == {0}


def test_the_page_distinguishedfolderid_an_archive_is_reached_by_its_ids(archived: Mailbox) -> None:
    """Each id of an archive names a folder of its own, in one request with those of the mailbox."""
    ids = [*FOLDERS, "root", "msgfolderroot", "deleteditems", "inbox"]

    answer = get(archived, *(distinguished(one) for one in ids)).ok()

    assert len({found.get("Id") for found in answer.all(".//t:FolderId")}) == len(ids)
    assert get(archived, TOP, version="Exchange2010").fault == "ErrorIncorrectSchemaVersion"


def test_the_page_distinguishedfolderid_folders_say_who_they_are(emulator: ExchangeEmulator, archived: Mailbox) -> None:
    """Default folders of an archive tell their own ids, as far as the schema of the version has them."""
    answer = archived.call(
        '<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>Default</t:BaseShape><t:AdditionalProperties>'
        '<t:FieldURI FieldURI="folder:DistinguishedFolderId"/></t:AdditionalProperties></m:FolderShape>'
        f"<m:ParentFolderIds>{TOP}</m:ParentFolderIds></m:FindFolder>"
    ).ok()
    told = {
        one.findtext("t:DisplayName", "", NS): one.findtext("t:DistinguishedFolderId", "", NS)
        for one in answer.one(".//t:Folders")
    }

    newer = "archiveinbox" if "archiveinbox" in emulator._service.schema.folder_ids else ""
    assert told == {"Deleted Items": "archivedeleteditems", "Inbox": newer}


def test_neither_tree_holds_the_other(emulator: ExchangeEmulator, archived: Mailbox) -> None:
    """Folders of the archive are found and synchronized below its root alone, those of the mailbox below its own."""
    archived.folder("Old", parent=TOP)
    archived.folder("New")
    emulator.add_archive(archived.address)
    hierarchy = archived.call(
        "<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        "</m:SyncFolderHierarchy>"
    ).ok()

    assert names(archived, TOP) == {"Deleted Items", "Inbox", "Old"}
    assert "Old" in names(archived, distinguished("archiveroot"))
    assert "Old" not in names(archived, distinguished("root")) | set(hierarchy.texts(".//t:DisplayName"))
    assert "New" in names(archived, distinguished("root"))


def test_items_live_in_an_archive(emulator: ExchangeEmulator, archived: Mailbox) -> None:
    """Items are saved in, moved into and synchronized from folders of the archive."""
    old = keyless(archived.folder("Old", parent=TOP))
    item = archived.message("<t:Subject>saved</t:Subject>", folder=old)
    state = synchronized(archived, old).text(".//m:SyncState")
    moved = archived.message("<t:Subject>moved</t:Subject>", folder=distinguished("inbox"))
    archived.call(f"<m:MoveItem><m:ToFolderId>{old}</m:ToFolderId><m:ItemIds>{moved}</m:ItemIds></m:MoveItem>").ok()

    assert identity(item)
    assert archived.subjects(old) == ["moved", "saved"]
    assert len(synchronized(archived, old, state).all(".//t:Create")) == 1
    assert {one.folder for one in emulator.messages(archived.address)} == {("In-Place Archive", "Old")}
    assert '"In-Place Archive", "Top of Information Store", "Old"' in emulator.dump(archived.address)


@pytest.mark.parametrize(
    ("how", "place"),
    [
        ("MoveToDeletedItems", "archivedeleteditems"),
        ("SoftDelete", "archiverecoverableitemsdeletions"),
        ("HardDelete", "archiverecoverableitemspurges"),
    ],
)
def test_what_is_deleted_from_an_archive_stays_in_it(archived: Mailbox, how: str, place: str) -> None:
    """An archive has its own Deleted Items and Recoverable Items; what is purged from there is gone."""
    item = archived.message("<t:Subject>deleted</t:Subject>", folder=keyless(archived.folder("Old", parent=TOP)))

    archived.call(f'<m:DeleteItem DeleteType="{how}"><m:ItemIds>{item}</m:ItemIds></m:DeleteItem>').ok()

    assert archived.subjects(distinguished(place)) == ["deleted"]
    assert archived.subjects(distinguished(place.removeprefix("archive"))) == []


def test_what_is_purged_from_an_archive_is_gone(archived: Mailbox) -> None:
    """What is deleted hard once more, out of the archive's Recoverable Items, is nowhere."""
    item = archived.message(folder=distinguished("archiverecoverableitemspurges"))

    archived.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{item}</m:ItemIds></m:DeleteItem>').ok()

    assert [archived.subjects(distinguished(one)) for one in FOLDERS] == [[]] * len(FOLDERS)


def test_a_folder_deleted_from_an_archive_is_no_change_of_the_mailbox(archived: Mailbox) -> None:
    """MoveToDeletedItems leaves a folder in the archive, and synchronizing the mailbox tells nothing of its end."""
    sync = f"<m:SyncFolderHierarchy><m:FolderShape>{IDS}</m:FolderShape>{{}}</m:SyncFolderHierarchy>"
    kept = archived.folder("Kept", parent=TOP)
    gone = archived.folder("Gone", parent=TOP)
    state = archived.call(sync.format("")).ok().text(".//m:SyncState")

    for how, one in (("MoveToDeletedItems", kept), ("HardDelete", gone)):
        archived.call(f'<m:DeleteFolder DeleteType="{how}"><m:FolderIds>{one}</m:FolderIds></m:DeleteFolder>').ok()

    assert names(archived, distinguished("archivedeleteditems")) == {"Kept"}
    told = archived.call(sync.format(f"<m:SyncState>{state}</m:SyncState>")).ok()
    assert len(told.one(".//m:Changes")) == 0


def test_full_access_reaches_the_archive_of_another(
    emulator: ExchangeEmulator, archived: Mailbox, open_mailbox: Callable[..., Mailbox]
) -> None:
    """The ids of an archive with a Mailbox name the archive of that mailbox, for whom may open it."""
    other = open_mailbox(emulator)
    theirs = (
        '<t:DistinguishedFolderId Id="archivemsgfolderroot"><t:Mailbox>'
        f"<t:EmailAddress>{archived.address}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>"
    )

    assert get(other, theirs).codes == ["ErrorAccessDenied"]
    emulator.configure(full_access={other.address: [archived.address]})
    assert get(other, theirs).ok().text(".//t:DisplayName") == "Top of Information Store"
