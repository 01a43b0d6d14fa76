"""CopyItem, MS-OXWSCORE section 3.1.4.1 and MS-OXWSMSG section 3.1.4.1."""

from .soap import NS, Mailbox, distinguished, identity, keyless, local, mime, names, reference

INBOX = distinguished("inbox")


def test_MS_OXWSMSG_R169_a_copy_is_answered_with_success(mailbox: Mailbox) -> None:
    """A CopyItem that succeeds has the ResponseClass Success and one item a message."""
    item = mailbox.message(folder=INBOX)

    answer = mailbox.call(
        f"<m:CopyItem><m:ToFolderId>{distinguished('drafts')}</m:ToFolderId><m:ItemIds>{item}</m:ItemIds></m:CopyItem>",
        header="<t:MailboxCulture>cs-CZ</t:MailboxCulture>",
    )

    assert local(answer.body) == "CopyItemResponse"
    assert answer.classes == ["Success"]
    assert names(answer.one(".//m:Items/t:Message")) == ["ItemId"]


def test_MS_OXWSMSG_R170_a_copy_is_answered_with_no_error(mailbox: Mailbox) -> None:
    """A CopyItem that succeeds has the ResponseCode NoError and an id of the copy's own."""
    item = mailbox.message(folder=INBOX)

    answer = mailbox.call(f"<m:CopyItem><m:ToFolderId>{INBOX}</m:ToFolderId><m:ItemIds>{item}</m:ItemIds></m:CopyItem>")

    assert answer.codes == ["NoError"]
    assert answer.one(".//t:ItemId").get("Id") != identity(item)


def test_MS_OXWSMSG_R170001_R170002_a_copy_of_an_item_that_is_gone_is_answered_with_error(mailbox: Mailbox) -> None:
    """A CopyItem that fails has the ResponseClass Error and a known code; the others are copied."""
    gone, there = mailbox.messages("<t:Subject>Gone</t:Subject>", "<t:Subject>There</t:Subject>")
    folder = keyless(mailbox.folder("Target"))
    mailbox.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{gone}</m:ItemIds></m:DeleteItem>').ok()

    answer = mailbox.call(
        f"<m:CopyItem><m:ToFolderId>{folder}</m:ToFolderId><m:ItemIds>{gone}{there}</m:ItemIds></m:CopyItem>"
    )

    assert answer.classes == ["Error", "Success"]
    assert answer.codes == ["ErrorItemNotFound", "NoError"]
    assert mailbox.subjects(folder) == ["There"]


def test_MS_OXWSCORE_R221_a_copied_item_is_in_both_places(mailbox: Mailbox) -> None:
    """A copy leaves the item where it was and is an item of its own: a change to one is none to the other."""
    item = mailbox.message("<t:Subject>Twin</t:Subject>", folder=INBOX)
    folder = keyless(mailbox.folder("Target"))

    mailbox.call(f"<m:CopyItem><m:ToFolderId>{folder}</m:ToFolderId><m:ItemIds>{item}</m:ItemIds></m:CopyItem>").ok()

    mailbox.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{item}</m:ItemIds></m:DeleteItem>').ok()
    assert mailbox.subjects(INBOX) == []
    assert mailbox.subjects(folder) == ["Twin"]


def test_MS_OXWSCORE_R1600_a_target_that_is_gone_is_refused(mailbox: Mailbox) -> None:
    """ToFolderId is the folder that the copies go to: without it, nothing is copied."""
    item = mailbox.message("<t:Subject>Alone</t:Subject>", folder=INBOX)
    folder = keyless(mailbox.folder("Gone"))
    mailbox.call(f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{folder}</m:FolderIds></m:DeleteFolder>').ok()

    answer = mailbox.call(
        f"<m:CopyItem><m:ToFolderId>{folder}</m:ToFolderId><m:ItemIds>{item}</m:ItemIds></m:CopyItem>"
    )

    assert answer.codes == ["ErrorToFolderNotFound"]
    assert mailbox.subjects(INBOX) == ["Alone"]


def test_MS_OXWSCORE_R1601_every_item_of_the_array_is_copied(mailbox: Mailbox) -> None:
    """ItemIds is an array: each item is copied and answered in order, twice if asked twice."""
    one, two = mailbox.messages("<t:Subject>One</t:Subject>", "<t:Subject>Two</t:Subject>", folder=INBOX)
    folder = keyless(mailbox.folder("Target"))

    answer = mailbox.call(
        f"<m:CopyItem><m:ToFolderId>{folder}</m:ToFolderId><m:ItemIds>{two}{one}{two}</m:ItemIds></m:CopyItem>"
    ).ok()

    subjects = [
        mailbox.item(reference(found)).findtext("t:Subject", namespaces=NS) for found in answer.all(".//t:ItemId")
    ]
    assert subjects == ["Two", "One", "Two"]
    assert mailbox.subjects(folder) == ["One", "Two", "Two"]


def test_MS_OXWSCORE_R47_new_ids_are_left_out_when_not_wanted(mailbox: Mailbox) -> None:
    """ReturnNewItemIds false copies the item and returns no id."""
    item = mailbox.message("<t:Subject>Twin</t:Subject>", folder=INBOX)
    folder = keyless(mailbox.folder("Target"))

    answer = mailbox.call(
        f"<m:CopyItem><m:ToFolderId>{folder}</m:ToFolderId><m:ItemIds>{item}</m:ItemIds>"
        "<m:ReturnNewItemIds>false</m:ReturnNewItemIds></m:CopyItem>"
    ).ok()

    assert answer.all(".//t:ItemId") == []
    assert mailbox.subjects(folder) == ["Twin"]


def test_MS_OXWSCORE_R221_a_copy_has_the_content_and_properties_of_the_item(mailbox: Mailbox) -> None:
    """A copy has the same message, flags, dates and extended properties."""
    source = (
        '<t:ExtendedFieldURI PropertySetId="9c4b3a1e-0f5d-4b9e-8d3f-7f4f1a2b3c4d" PropertyName="Source" '
        'PropertyType="String"/>'
    )
    flags = '<t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/>'
    item = mailbox.message(
        f"<t:MimeContent>{mime('Twin')}</t:MimeContent>"
        f"<t:ExtendedProperty>{flags}<t:Value>1</t:Value></t:ExtendedProperty>"
        f"<t:ExtendedProperty>{source}<t:Value>INBOX;1</t:Value></t:ExtendedProperty>",
        folder=INBOX,
    )

    answer = mailbox.call(
        f"<m:CopyItem><m:ToFolderId>{distinguished('sentitems')}</m:ToFolderId><m:ItemIds>{item}</m:ItemIds>"
        "</m:CopyItem>"
    ).ok()

    shape = f"<t:BaseShape>AllProperties</t:BaseShape><t:AdditionalProperties>{source}</t:AdditionalProperties>"
    copy, original = mailbox.item(reference(answer.one(".//t:ItemId")), shape=shape), mailbox.item(item, shape=shape)
    for path in (
        "t:Subject",
        "t:Body",
        "t:IsRead",
        "t:IsDraft",
        "t:DateTimeReceived",
        "t:InternetMessageId",
        "t:ExtendedProperty/t:Value",
    ):
        assert copy.findtext(path, namespaces=NS) == original.findtext(path, namespaces=NS), path
    assert copy.findtext("t:ExtendedProperty/t:Value", namespaces=NS) == "INBOX;1"
