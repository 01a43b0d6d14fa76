"""MoveItem, MS-OXWSCORE section 3.1.4.7 and MS-OXWSMSG section 3.1.4.5."""

from .soap import NS, Mailbox, distinguished, identity, keyless, local, mime, names, reference


def test_MS_OXWSMSG_R162_a_move_is_answered_with_success(mailbox: Mailbox) -> None:
    """A MoveItem that succeeds has the ResponseClass Success and one item a message."""
    item = mailbox.message(folder=distinguished("inbox"))

    answer = mailbox.call(
        f"<m:MoveItem><m:ToFolderId>{distinguished('drafts')}</m:ToFolderId><m:ItemIds>{item}</m:ItemIds></m:MoveItem>",
        header="<t:MailboxCulture>fi-FI</t:MailboxCulture>",
    )

    assert local(answer.body) == "MoveItemResponse"
    assert answer.classes == ["Success"]
    assert names(answer.one(".//m:Items/t:Message")) == ["ItemId"]


def test_MS_OXWSMSG_R163_a_move_is_answered_with_no_error(mailbox: Mailbox) -> None:
    """A MoveItem that succeeds has the ResponseCode NoError, and the id returned is good for the item."""
    item = mailbox.message("<t:Subject>Wanders</t:Subject>", folder=distinguished("inbox"))

    answer = mailbox.call(
        f"<m:MoveItem><m:ToFolderId>{distinguished('drafts')}</m:ToFolderId><m:ItemIds>{item}</m:ItemIds></m:MoveItem>"
    )

    assert answer.codes == ["NoError"]
    moved = mailbox.item(reference(answer.one(".//t:ItemId")))
    assert moved.findtext("t:Subject", namespaces=NS) == "Wanders"


def test_MS_OXWSMSG_R163001_R163002_a_move_of_an_item_that_is_gone_is_answered_with_error(mailbox: Mailbox) -> None:
    """A MoveItem that fails has the ResponseClass Error and a known code; the others are moved."""
    gone, there = mailbox.messages("<t:Subject>Gone</t:Subject>", "<t:Subject>There</t:Subject>")
    folder = keyless(mailbox.folder("Target"))
    mailbox.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{gone}</m:ItemIds></m:DeleteItem>').ok()

    answer = mailbox.call(
        f"<m:MoveItem><m:ToFolderId>{folder}</m:ToFolderId><m:ItemIds>{gone}{there}</m:ItemIds></m:MoveItem>"
    )

    assert answer.classes == ["Error", "Success"]
    assert answer.codes == ["ErrorItemNotFound", "NoError"]
    assert mailbox.subjects(folder) == ["There"]


def test_MS_OXWSCORE_R388_a_moved_item_is_in_one_place_only(mailbox: Mailbox) -> None:
    """A move takes the item from where it was: it is in the other folder, under a new id."""
    item = mailbox.message("<t:Subject>Wanders</t:Subject>", folder=distinguished("inbox"))
    folder = keyless(mailbox.folder("Target"))

    answer = mailbox.call(
        f"<m:MoveItem><m:ToFolderId>{folder}</m:ToFolderId><m:ItemIds>{item}</m:ItemIds></m:MoveItem>"
    ).ok()

    assert mailbox.subjects(distinguished("inbox")) == []
    assert mailbox.subjects(folder) == ["Wanders"]
    assert answer.one(".//t:ItemId").get("Id") != identity(item)
    old = mailbox.call(
        "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
        f"<m:ItemIds>{keyless(item)}</m:ItemIds></m:GetItem>"
    )
    assert old.codes == ["ErrorItemNotFound"]


def test_MS_OXWSCORE_R45_a_target_that_is_gone_is_refused(mailbox: Mailbox) -> None:
    """ToFolderId is the folder that the items go to: without it, they stay where they are."""
    item = mailbox.message("<t:Subject>Stays</t:Subject>", folder=distinguished("inbox"))
    folder = keyless(mailbox.folder("Gone"))
    mailbox.call(f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{folder}</m:FolderIds></m:DeleteFolder>').ok()

    answer = mailbox.call(
        f"<m:MoveItem><m:ToFolderId>{folder}</m:ToFolderId><m:ItemIds>{item}</m:ItemIds></m:MoveItem>"
    )

    assert answer.codes == ["ErrorToFolderNotFound"]
    assert mailbox.subjects(distinguished("inbox")) == ["Stays"]


def test_MS_OXWSCORE_R46_every_item_of_the_array_is_moved(mailbox: Mailbox) -> None:
    """ItemIds is an array: each item is moved and answered in the order of the request."""
    items = mailbox.messages(
        *(f"<t:Subject>{name}</t:Subject>" for name in ("A", "B", "C")), folder=distinguished("inbox")
    )
    folder = keyless(mailbox.folder("Target"))

    answer = mailbox.call(
        f"<m:MoveItem><m:ToFolderId>{folder}</m:ToFolderId><m:ItemIds>{items[2]}{items[0]}</m:ItemIds></m:MoveItem>"
    ).ok()

    subjects = [
        mailbox.item(reference(found)).findtext("t:Subject", namespaces=NS) for found in answer.all(".//t:ItemId")
    ]
    assert subjects == ["C", "A"]
    assert mailbox.subjects(distinguished("inbox")) == ["B"]


def test_MS_OXWSCORE_R47_R1230_new_ids_are_left_out_when_not_wanted(mailbox: Mailbox) -> None:
    """ReturnNewItemIds false moves the item and returns no id; true returns it."""
    one, two = mailbox.messages("<t:Subject>One</t:Subject>", "<t:Subject>Two</t:Subject>")
    folder = keyless(mailbox.folder("Target"))

    silent, telling = (
        mailbox.call(
            f"<m:MoveItem><m:ToFolderId>{folder}</m:ToFolderId><m:ItemIds>{item}</m:ItemIds>"
            f"<m:ReturnNewItemIds>{wanted}</m:ReturnNewItemIds></m:MoveItem>"
        ).ok()
        for item, wanted in ((one, "false"), (two, "true"))
    )

    assert silent.all(".//t:ItemId") == []
    assert len(telling.all(".//t:ItemId")) == 1
    assert mailbox.subjects(folder) == ["One", "Two"]


def test_MS_OXWSCORE_R388_a_moved_item_keeps_what_it_is(mailbox: Mailbox) -> None:
    """A move changes neither flags nor dates nor headers of the message."""
    flags = '<t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/>'
    received = '<t:ExtendedFieldURI PropertyTag="0x0E06" PropertyType="SystemTime"/>'
    item = mailbox.message(
        f"<t:MimeContent>{mime('Old')}</t:MimeContent>"
        f"<t:ExtendedProperty>{flags}<t:Value>1</t:Value></t:ExtendedProperty>"
        f"<t:ExtendedProperty>{received}<t:Value>2011-02-03T04:05:06Z</t:Value></t:ExtendedProperty>",
        folder=distinguished("inbox"),
    )

    answer = mailbox.call(
        f"<m:MoveItem><m:ToFolderId>{distinguished('deleteditems')}</m:ToFolderId><m:ItemIds>{item}"
        "</m:ItemIds></m:MoveItem>"
    ).ok()

    moved = mailbox.item(reference(answer.one(".//t:ItemId")))
    assert [
        moved.findtext(f"t:{name}", namespaces=NS)
        for name in ("Subject", "IsRead", "IsDraft", "DateTimeReceived", "InternetMessageId")
    ] == ["Old", "true", "false", "2011-02-03T04:05:06Z", "<one@example.com>"]
