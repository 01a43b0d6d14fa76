"""FindFolder.

The numbered requirements know FindFolder only through what it returns: shapes, folder properties and
extended properties. Traversal, paging and restrictions have no number there; those tests carry none and
follow Microsoft's page "FindFolder operation" and the pages of the elements.
"""

import pytest

from .soap import NS, Mailbox, distinguished, identity, keyless, local, names

IDS_ONLY = "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
NAMES = (
    "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="folder:DisplayName"/></t:AdditionalProperties></m:FolderShape>'
)


def tree(mailbox: Mailbox) -> dict[str, str]:
    """A top folder with three below it, one of which has another below."""
    top = keyless(mailbox.folder("Top"))
    made = {"Top": top}
    for name in ("Alpha", "Beta", "Gamma"):
        made[name] = keyless(mailbox.folder(name, parent=top))
    made["Alpha Two"] = keyless(mailbox.folder("Alpha Two", parent=made["Alpha"]))
    return made


def test_MS_OXWSCDATA_R62_id_only_returns_nothing_but_ids(mailbox: Mailbox) -> None:
    """The shape IdOnly returns the id of every folder found and nothing else."""
    top = tree(mailbox)["Top"]

    answer = mailbox.call(
        f'<m:FindFolder Traversal="Shallow">{IDS_ONLY}<m:ParentFolderIds>{top}</m:ParentFolderIds></m:FindFolder>'
    ).ok()

    assert [names(folder) for folder in answer.all(".//t:Folders/*")] == [["FolderId"]] * 3


def test_MS_OXWSCDATA_R61_default_returns_the_default_properties(mailbox: Mailbox) -> None:
    """The shape Default returns the id, the name and the counts of every folder."""
    top = tree(mailbox)["Top"]

    answer = mailbox.call(
        '<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
        f"<m:ParentFolderIds>{top}</m:ParentFolderIds></m:FindFolder>"
    ).ok()

    assert [names(folder) for folder in answer.all(".//t:Folders/*")] == [
        ["FolderId", "DisplayName", "TotalCount", "ChildFolderCount", "UnreadCount"]
    ] * 3


def test_MS_OXWSCDATA_R59_all_properties_leaves_out_the_permissions(mailbox: Mailbox) -> None:
    """The shape AllProperties returns what FindFolder can know, which the permissions of a folder are not."""
    top = keyless(mailbox.folder("Top"))
    mailbox.folder("Mail", parent=top, inside="<t:FolderClass>IPF.Note</t:FolderClass>")

    answer = mailbox.call(
        '<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape>'
        f"</m:FolderShape><m:ParentFolderIds>{top}</m:ParentFolderIds></m:FindFolder>"
    ).ok()

    assert names(answer.one(".//t:Folders/t:Folder")) == [
        "FolderId",
        "ParentFolderId",
        "FolderClass",
        "DisplayName",
        "TotalCount",
        "ChildFolderCount",
        "EffectiveRights",
        "UnreadCount",
    ]


def test_MS_OXWSCDATA_R1234_a_path_adds_a_property_to_every_folder(mailbox: Mailbox) -> None:
    """Each path in AdditionalProperties adds its property, and only it, to every folder found."""
    top = tree(mailbox)["Top"]

    answer = mailbox.call(
        f'<m:FindFolder Traversal="Shallow">{NAMES}<m:ParentFolderIds>{top}</m:ParentFolderIds></m:FindFolder>'
    ).ok()

    assert sorted(answer.texts(".//t:DisplayName")) == ["Alpha", "Beta", "Gamma"]
    assert {tuple(names(folder)) for folder in answer.all(".//t:Folders/*")} == {("FolderId", "DisplayName")}


def test_MS_OXWSFOLD_R7701_extended_properties_of_folders_are_found(mailbox: Mailbox) -> None:
    """ExtendedProperty returns a folder's extended property to whoever asks for it, and is absent elsewhere."""
    top = keyless(mailbox.folder("Top"))
    mailbox.folder("Plain", parent=top)
    path = (
        '<t:ExtendedFieldURI PropertySetId="9c4b3a1e-0f5d-4b9e-8d3f-7f4f1a2b3c4d" '
        'PropertyName="Source Path" PropertyType="String"/>'
    )
    mailbox.call(
        f"<m:CreateFolder><m:ParentFolderId>{top}</m:ParentFolderId><m:Folders><t:Folder>"
        "<t:DisplayName>Marked</t:DisplayName>"
        f"<t:ExtendedProperty>{path}<t:Value>INBOX/Marked</t:Value></t:ExtendedProperty>"
        "</t:Folder></m:Folders></m:CreateFolder>"
    ).ok()

    answer = mailbox.call(
        '<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>Default</t:BaseShape>'
        f"<t:AdditionalProperties>{path}</t:AdditionalProperties></m:FolderShape>"
        f"<m:ParentFolderIds>{top}</m:ParentFolderIds></m:FindFolder>"
    ).ok()

    found = {
        folder.findtext("t:DisplayName", namespaces=NS): folder.findtext("t:ExtendedProperty/t:Value", namespaces=NS)
        for folder in answer.all(".//t:Folders/*")
    }
    assert found == {"Plain": None, "Marked": "INBOX/Marked"}


def test_MS_OXWSFOLD_R5900_R5912_counts_are_returned_for_every_folder(mailbox: Mailbox) -> None:
    """TotalCount and ChildFolderCount are returned and right for each folder found."""
    made = tree(mailbox)
    mailbox.messages("<t:Subject>One</t:Subject>", "<t:Subject>Two</t:Subject>", folder=made["Beta"])

    answer = mailbox.call(
        '<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
        f"<m:ParentFolderIds>{made['Top']}</m:ParentFolderIds></m:FindFolder>"
    ).ok()

    counts = {
        folder.findtext("t:DisplayName", namespaces=NS): (
            folder.findtext("t:TotalCount", namespaces=NS),
            folder.findtext("t:ChildFolderCount", namespaces=NS),
        )
        for folder in answer.all(".//t:Folders/*")
    }
    assert counts == {"Alpha": ("0", "1"), "Beta": ("2", "0"), "Gamma": ("0", "0")}


def test_MS_OXWSFOLD_R2802_R2901_R3301_R3501_each_kind_of_folder_has_its_element(mailbox: Mailbox) -> None:
    """Folders of the kinds mail, calendar, contacts and tasks are returned in elements of their own."""
    top = keyless(mailbox.folder("Top"))
    for kind in ("Folder", "CalendarFolder", "ContactsFolder", "TasksFolder"):
        mailbox.folder(f"My {kind}", parent=top, kind=kind)

    answer = mailbox.call(
        f'<m:FindFolder Traversal="Shallow">{NAMES}<m:ParentFolderIds>{top}</m:ParentFolderIds></m:FindFolder>'
    ).ok()

    kinds = {local(found): found.findtext("t:DisplayName", namespaces=NS) for found in answer.all(".//t:Folders/*")}
    assert kinds == {kind: f"My {kind}" for kind in ("Folder", "CalendarFolder", "ContactsFolder", "TasksFolder")}


def test_MS_OXWSCDATA_R1094_several_parents_make_one_response_message_each(mailbox: Mailbox) -> None:
    """There is one ResponseMessages element, with one message for each parent folder in order."""
    made = tree(mailbox)
    gone = keyless(mailbox.folder("Gone"))
    mailbox.call(f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{gone}</m:FolderIds></m:DeleteFolder>').ok()

    answer = mailbox.call(
        f'<m:FindFolder Traversal="Shallow">{NAMES}<m:ParentFolderIds>{made["Alpha"]}{gone}{made["Top"]}'
        "</m:ParentFolderIds></m:FindFolder>"
    )

    assert names(answer.body) == ["ResponseMessages"]
    assert answer.codes == ["NoError", "ErrorItemNotFound", "NoError"]
    assert [len(message.findall(".//t:DisplayName", NS)) for message in answer.messages] == [1, 0, 3]


def test_MS_OXWSFOLD_R6801_every_folder_found_names_its_parent(mailbox: Mailbox) -> None:
    """ParentFolderId of each folder is the id of the folder that holds it, at any depth."""
    made = tree(mailbox)

    answer = mailbox.call(
        '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>'
        '<t:AdditionalProperties><t:FieldURI FieldURI="folder:DisplayName"/>'
        '<t:FieldURI FieldURI="folder:ParentFolderId"/></t:AdditionalProperties></m:FolderShape>'
        f"<m:ParentFolderIds>{made['Top']}</m:ParentFolderIds></m:FindFolder>"
    ).ok()

    parents = {
        folder.findtext("t:DisplayName", namespaces=NS): folder.find("t:ParentFolderId", NS).get("Id")
        for folder in answer.all(".//t:Folders/*")
    }
    assert parents == {
        **dict.fromkeys(["Alpha", "Beta", "Gamma"], identity(made["Top"])),
        "Alpha Two": identity(made["Alpha"]),
    }


def test_a_deep_traversal_finds_folders_at_every_depth(mailbox: Mailbox) -> None:
    """Traversal Deep finds every folder below the parent; Shallow only those directly in it."""
    top = tree(mailbox)["Top"]

    shallow, deep = (
        mailbox.call(
            f'<m:FindFolder Traversal="{traversal}">{NAMES}<m:ParentFolderIds>{top}</m:ParentFolderIds></m:FindFolder>'
        ).ok()
        for traversal in ("Shallow", "Deep")
    )

    assert sorted(shallow.texts(".//t:DisplayName")) == ["Alpha", "Beta", "Gamma"]
    assert sorted(deep.texts(".//t:DisplayName")) == ["Alpha", "Alpha Two", "Beta", "Gamma"]
    assert deep.one(".//m:RootFolder").get("TotalItemsInView") == "4"


def test_a_soft_deleted_traversal_finds_no_living_folder(mailbox: Mailbox) -> None:
    """Traversal SoftDeleted passes over every folder that has not been deleted."""
    top = tree(mailbox)["Top"]

    answer = mailbox.call(
        f'<m:FindFolder Traversal="SoftDeleted">{NAMES}<m:ParentFolderIds>{top}</m:ParentFolderIds></m:FindFolder>'
    ).ok()

    assert answer.texts(".//t:DisplayName") == []


def test_pages_from_the_beginning_tell_where_the_next_begins(mailbox: Mailbox) -> None:
    """Pages by index together are the whole, and IndexedPagingOffset is where the next page begins."""
    top = tree(mailbox)["Top"]
    view = '<m:IndexedPageFolderView MaxEntriesReturned="2" Offset="{}" BasePoint="Beginning"/>'
    request = f'<m:FindFolder Traversal="Deep">{NAMES}{view}<m:ParentFolderIds>{top}</m:ParentFolderIds></m:FindFolder>'

    first = mailbox.call(request.format(0)).ok()
    second = mailbox.call(request.format(first.one(".//m:RootFolder").get("IndexedPagingOffset"))).ok()

    assert dict(first.one(".//m:RootFolder").attrib) == {
        "IndexedPagingOffset": "2",
        "TotalItemsInView": "4",
        "IncludesLastItemInRange": "false",
    }
    assert dict(second.one(".//m:RootFolder").attrib) == {
        "IndexedPagingOffset": "4",
        "TotalItemsInView": "4",
        "IncludesLastItemInRange": "true",
    }
    assert sorted(first.texts(".//t:DisplayName") + second.texts(".//t:DisplayName")) == [
        "Alpha",
        "Alpha Two",
        "Beta",
        "Gamma",
    ]


def test_a_page_may_begin_at_a_fraction_of_the_whole(mailbox: Mailbox) -> None:
    """A fractional view begins at its fraction of all folders and says so in the answer."""
    top = tree(mailbox)["Top"]
    request = (
        '<m:FindFolder Traversal="Deep">'
        + NAMES
        + "{}<m:ParentFolderIds>"
        + top
        + "</m:ParentFolderIds></m:FindFolder>"
    )
    everything = mailbox.call(request.format("")).ok().texts(".//t:DisplayName")

    answer = mailbox.call(
        request.format('<m:FractionalPageFolderView MaxEntriesReturned="10" Numerator="1" Denominator="2"/>')
    ).ok()

    assert answer.texts(".//t:DisplayName") == everything[2:]
    found = answer.one(".//m:RootFolder").attrib
    assert (found["NumeratorOffset"], found["AbsoluteDenominator"], found["IncludesLastItemInRange"]) == (
        "4",
        "4",
        "true",
    )


@pytest.mark.parametrize(
    ("restriction", "found"),
    [
        pytest.param(
            '<t:IsEqualTo><t:FieldURI FieldURI="folder:DisplayName"/>'
            '<t:FieldURIOrConstant><t:Constant Value="Beta"/></t:FieldURIOrConstant></t:IsEqualTo>',
            ["Beta"],
            id="IsEqualTo",
        ),
        pytest.param(
            '<t:Not><t:IsEqualTo><t:FieldURI FieldURI="folder:DisplayName"/>'
            '<t:FieldURIOrConstant><t:Constant Value="Beta"/></t:FieldURIOrConstant></t:IsEqualTo></t:Not>',
            ["Alpha", "Alpha Two", "Gamma"],
            id="Not",
        ),
        pytest.param(
            '<t:Contains ContainmentMode="Prefixed" ContainmentComparison="IgnoreCase">'
            '<t:FieldURI FieldURI="folder:DisplayName"/><t:Constant Value="alpha"/></t:Contains>',
            ["Alpha", "Alpha Two"],
            id="Contains-Prefixed",
        ),
        pytest.param(
            '<t:Or><t:Contains ContainmentMode="FullString" ContainmentComparison="Exact">'
            '<t:FieldURI FieldURI="folder:DisplayName"/><t:Constant Value="Alpha"/></t:Contains>'
            '<t:IsEqualTo><t:ExtendedFieldURI PropertyTag="0x3001" PropertyType="String"/>'
            '<t:FieldURIOrConstant><t:Constant Value="Gamma"/></t:FieldURIOrConstant></t:IsEqualTo></t:Or>',
            ["Alpha", "Gamma"],
            id="Or-with-property-tag",
        ),
        pytest.param(
            '<t:And><t:IsGreaterThanOrEqualTo><t:FieldURI FieldURI="folder:ChildFolderCount"/>'
            '<t:FieldURIOrConstant><t:Constant Value="1"/></t:FieldURIOrConstant></t:IsGreaterThanOrEqualTo>'
            '<t:Exists><t:FieldURI FieldURI="folder:DisplayName"/></t:Exists></t:And>',
            ["Alpha"],
            id="And-IsGreaterThanOrEqualTo-Exists",
        ),
        pytest.param(
            '<t:IsLessThan><t:FieldURI FieldURI="folder:TotalCount"/>'
            '<t:FieldURIOrConstant><t:Constant Value="1"/></t:FieldURIOrConstant></t:IsLessThan>',
            ["Alpha", "Alpha Two", "Gamma"],
            id="IsLessThan",
        ),
    ],
)
def test_a_restriction_keeps_the_folders_that_satisfy_it(mailbox: Mailbox, restriction: str, found: list[str]) -> None:
    """A restriction returns exactly the folders below the parent that satisfy it."""
    made = tree(mailbox)
    mailbox.message(folder=made["Beta"])

    answer = mailbox.call(
        f'<m:FindFolder Traversal="Deep">{NAMES}<m:Restriction>{restriction}</m:Restriction>'
        f"<m:ParentFolderIds>{made['Top']}</m:ParentFolderIds></m:FindFolder>"
    ).ok()

    assert sorted(answer.texts(".//t:DisplayName")) == found
    assert answer.one(".//m:RootFolder").get("TotalItemsInView") == str(len(found))


def test_the_root_holds_the_well_known_folders(mailbox: Mailbox) -> None:
    """A new mailbox has the folders that every mailbox has, directly below the top of its mail."""
    answer = mailbox.call(
        f'<m:FindFolder Traversal="Shallow">{NAMES}<m:ParentFolderIds>{distinguished("msgfolderroot")}'
        "</m:ParentFolderIds></m:FindFolder>",
        header="<t:MailboxCulture>en-US</t:MailboxCulture>",
    ).ok()

    assert {
        "Inbox",
        "Drafts",
        "Sent Items",
        "Deleted Items",
        "Outbox",
        "Junk Email",
        "Calendar",
        "Contacts",
        "Tasks",
        "Notes",
        "Journal",
    } <= set(answer.texts(".//t:DisplayName"))
