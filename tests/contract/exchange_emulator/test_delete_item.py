"""DeleteItem, MS-OXWSCORE section 3.1.4.3 and MS-OXWSMSG section 3.1.4.3."""

import pytest

from emulators.exchange import ExchangeEmulator

from .soap import Mailbox, distinguished, keyless, local, mime, names

INBOX = distinguished("inbox")


def delete(*items: str, kind: str = "HardDelete", attributes: str = "") -> str:
    """A DeleteItem of several items."""
    return f'<m:DeleteItem DeleteType="{kind}"{attributes}><m:ItemIds>{"".join(items)}</m:ItemIds></m:DeleteItem>'


def test_MS_OXWSMSG_R153_an_item_deleted_is_answered_with_success(mailbox: Mailbox) -> None:
    """A DeleteItem that succeeds has the ResponseClass Success, whatever it says about meetings and tasks."""
    item = mailbox.message()

    answer = mailbox.call(
        delete(
            item,
            attributes=' SendMeetingCancellations="SendToNone" AffectedTaskOccurrences="AllOccurrences" '
            'SuppressReadReceipts="true"',
        ),
        header="<t:MailboxCulture>da-DK</t:MailboxCulture>",
    )

    assert local(answer.body) == "DeleteItemResponse"
    assert answer.classes == ["Success"]


def test_MS_OXWSMSG_R154_an_item_deleted_is_answered_with_no_error(mailbox: Mailbox) -> None:
    """A DeleteItem that succeeds has the ResponseCode NoError and no other child."""
    answer = mailbox.call(delete(keyless(mailbox.message())))

    assert answer.codes == ["NoError"]
    assert names(answer.messages[0]) == ["ResponseCode"]


def test_MS_OXWSMSG_R154001_R154002_an_item_deleted_twice_is_answered_with_error(mailbox: Mailbox) -> None:
    """A DeleteItem that fails has the ResponseClass Error, a known code and no list of items."""
    item = mailbox.message()

    answer = mailbox.call(delete(item, item))

    assert answer.classes == ["Success", "Error"]
    assert answer.codes == ["NoError", "ErrorItemNotFound"]
    assert names(answer.messages[1]) == ["MessageText", "ResponseCode", "DescriptiveLinkKey"]


def test_MS_OXWSCORE_R341_every_item_of_the_collection_is_deleted(mailbox: Mailbox) -> None:
    """ItemIds is a collection: each item has its own answer in order, and one refusal leaves the others."""
    one, two, three = mailbox.messages(*(f"<t:Subject>{name}</t:Subject>" for name in "ABC"), folder=INBOX)

    answer = mailbox.call(delete(three, '<t:ItemId Id="DUMMY"/>', one))

    assert answer.codes == ["NoError", "ErrorInvalidIdMalformed", "NoError"]
    assert mailbox.subjects(INBOX) == ["B"]
    assert two


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        pytest.param("HardDelete", [], id="R1667"),
        pytest.param("MoveToDeletedItems", ["Thrown away"], id="R1668"),
        pytest.param("SoftDelete", [], id="R1669"),
    ],
)
def test_MS_OXWSCORE_R1667_R1668_R1669_where_a_deleted_item_goes(mailbox: Mailbox, kind: str, kept: list[str]) -> None:
    """Only MoveToDeletedItems leaves the item in Deleted Items; it is gone from its folder in any case."""
    item = mailbox.message("<t:Subject>Thrown away</t:Subject>", folder=INBOX)

    mailbox.call(delete(item, kind=kind)).ok()

    assert mailbox.subjects(INBOX) == []
    assert mailbox.subjects(distinguished("deleteditems")) == kept


def test_MS_OXWSCORE_R1669_a_soft_deleted_item_can_be_recovered(mailbox: Mailbox) -> None:
    """SoftDelete puts the item into the dumpster, the folder Deletions of the recoverable items."""
    item = mailbox.message("<t:Subject>Thrown away</t:Subject>", folder=INBOX)

    mailbox.call(delete(item, kind="SoftDelete")).ok()

    assert mailbox.subjects(distinguished("recoverableitemsdeletions")) == ["Thrown away"]


def test_MS_OXWSCORE_R343_the_kind_of_deletion_must_be_said(mailbox: Mailbox) -> None:
    """DeleteType is required: without it the request is not even valid, and nothing is deleted."""
    item = mailbox.message("<t:Subject>Stays</t:Subject>", folder=INBOX)

    answer = mailbox.call(f"<m:DeleteItem><m:ItemIds>{item}</m:ItemIds></m:DeleteItem>", valid=False)

    assert answer.status == 500
    assert answer.fault == "ErrorSchemaValidation"
    assert mailbox.subjects(INBOX) == ["Stays"]


def test_MS_OXWSCORE_R303_a_deleted_item_is_counted_no_more(mailbox: Mailbox) -> None:
    """A deletion takes the item off the counts of its folder."""
    one, _ = mailbox.messages(*["<t:Subject>x</t:Subject><t:IsRead>false</t:IsRead>"] * 2, folder=INBOX)

    mailbox.call(delete(one)).ok()

    answer = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{INBOX}</m:FolderIds></m:GetFolder>"
    ).ok()
    assert (answer.text(".//t:TotalCount"), answer.text(".//t:UnreadCount")) == ("1", "1")


@pytest.mark.parametrize(("suppress", "sent"), [("true", 0), ("false", 1)])
def test_MS_OXWSCORE_R2311_receipts_are_suppressed_when_asked(
    mailbox: Mailbox, emulator: ExchangeEmulator, suppress: str, sent: int
) -> None:
    """Deleting an unread message tells its sender, who wanted to know, unless SuppressReadReceipts is true."""
    flags = '<t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/>'
    item = mailbox.message(
        "<t:MimeContent>"
        + mime("Receipt", header="Disposition-Notification-To: ann@example.com")
        + f"</t:MimeContent><t:ExtendedProperty>{flags}<t:Value>0</t:Value></t:ExtendedProperty>",
        folder=INBOX,
    )

    mailbox.call(delete(item, attributes=f' SuppressReadReceipts="{suppress}"')).ok()

    told = [one for one in emulator.outgoing() if one.mailbox == mailbox.address]
    assert [(one.kind, tuple(one.recipients), one.subject) for one in told] == [
        ("not-read receipt", ("ann@example.com",), "Receipt")
    ] * sent
