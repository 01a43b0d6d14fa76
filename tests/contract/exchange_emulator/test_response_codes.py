"""Refusals that the page of the element ResponseCode describes."""

import pytest

from .attachments import attach, attached_item
from .calendars import HOUR, created, delete, update, view
from .meetings import found as lying
from .meetings import identifier
from .people import compared, equal, field, find
from .soap import Mailbox, distinguished, identity, reference
from .test_meetings_sent import MEETING

SUBJECT = ("item:Subject", "<t:Subject>New</t:Subject>")


def in_deleted_items(mailbox: Mailbox, inside: str) -> str:
    """The id of an appointment that lies in Deleted Items."""
    made = created(mailbox, inside)
    mailbox.call(delete(made).replace("HardDelete", "MoveToDeletedItems")).ok()
    return identifier(lying(mailbox, "deleteditems")[-1])


@pytest.mark.parametrize("send", ["SendOnlyToAll", "SendOnlyToChanged", "SendToAllAndSaveCopy"])
def test_the_page_response_code_nothing_is_sent_of_an_item_in_deleted_items(mailbox: Mailbox, send: str) -> None:
    """A meeting that was deleted is changed only where nobody hears of it."""
    deleted = in_deleted_items(mailbox, MEETING)

    assert mailbox.call(update(deleted, SUBJECT, send=send)).codes == ["ErrorCalendarCannotUpdateDeletedItem"]
    mailbox.call(update(deleted, SUBJECT)).ok()


def test_an_appointment_is_moved_to_deleted_items_and_back(mailbox: Mailbox) -> None:
    """Moved back to the calendar, an appointment is as it was before it was moved away."""
    made = created(mailbox, f"<t:Subject>Plan</t:Subject>{HOUR}")
    for folder in ("deleteditems", "calendar"):
        moved = mailbox.call(
            f"<m:MoveItem><m:ToFolderId>{distinguished(folder)}</m:ToFolderId><m:ItemIds>{made}</m:ItemIds></m:MoveItem>"
        )
        made = reference(moved.ok().one(".//t:ItemId"))

    assert mailbox.subjects(distinguished("calendar")) == ["Plan"]


@pytest.mark.parametrize("name", ["IsReadReceiptRequested", "IsDeliveryReceiptRequested"])
def test_the_page_response_code_what_was_sent_asks_for_no_receipt_any_more(mailbox: Mailbox, name: str) -> None:
    """Of a sent message it cannot be changed whether a receipt is asked for; of a draft it can."""
    flags = '<t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/><t:Value>1</t:Value>'
    draft, sent = mailbox.messages("", f"<t:ExtendedProperty>{flags}</t:ExtendedProperty>")

    codes = [
        mailbox.call(
            '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges>'
            f"<t:ItemChange>{item}<t:Updates><t:SetItemField>{field(f'message:{name}')}<t:Message><t:{name}>true</t:{name}>"
            "</t:Message></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
        ).codes
        for item in (draft, sent)
    ]

    assert codes == [["NoError"], ["ErrorInvalidPropertyUpdateSentMessage"]]


def test_the_page_response_code_a_change_needs_its_change_key(mailbox: Mailbox) -> None:
    """Without a change key nothing is written, unless it is to be overwritten whatever it is."""
    made = f'<t:ItemId Id="{identity(created(mailbox, HOUR))}"/>'

    answer = mailbox.call(update(made, SUBJECT).replace("AlwaysOverwrite", "AutoResolve"))

    assert answer.codes == ["ErrorChangeKeyRequiredForWriteOperations"]


def test_the_page_response_code_a_response_names_what_it_answers(mailbox: Mailbox) -> None:
    """A response object without ReferenceItemId is refused by a code of its own."""
    answer = mailbox.call(
        '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:AcceptItem/></m:Items></m:CreateItem>'
    )

    assert answer.codes == ["ErrorMissingInformationReferenceItemId"]


def test_the_page_response_code_attachments_are_nested_ten_deep_at_most(mailbox: Mailbox) -> None:
    """Ten levels of attached messages are taken, an eleventh is not."""
    inside = "<t:Subject>Inmost</t:Subject>"
    for _ in range(9):
        inside = f"<t:Subject>Outer</t:Subject><t:Attachments>{attached_item(inside)}</t:Attachments>"
    item = mailbox.message()

    attach(mailbox, item, attached_item(inside)).ok()
    deeper = f"<t:Subject>Outer</t:Subject><t:Attachments>{attached_item(inside)}</t:Attachments>"

    assert attach(mailbox, item, attached_item(deeper)).codes == ["ErrorAttachmentNestLevelLimitExceeded"]


@pytest.mark.parametrize(
    ("start", "end"),
    [("0001-01-01T00:00:00Z", "0001-01-02T00:00:00Z"), ("9999-12-01T00:00:00Z", "9999-12-31T23:59:59Z")],
)
def test_the_page_response_code_a_view_does_not_begin_or_end_with_time_itself(
    mailbox: Mailbox, start: str, end: str
) -> None:
    """The first second of the first year and the last of the last are no dates of a calendar view."""
    assert mailbox.call(view(start, end)).codes == ["ErrorValueOutOfRange"]


def test_the_page_response_code_a_restriction_has_255_nodes(mailbox: Mailbox) -> None:
    """An Or of 254 comparisons is taken, of 255 it is too long."""
    one = equal(field("item:Subject"), "x")

    mailbox.call(find("inbox", f"<t:Or>{one * 254}</t:Or>")).ok()
    assert mailbox.call(find("inbox", f"<t:Or>{one * 255}</t:Or>")).codes == ["ErrorRestrictionTooLong"]


@pytest.mark.parametrize("mask", ["", "0x"])
def test_the_page_response_code_a_bitmask_is_a_number(mailbox: Mailbox, mask: str) -> None:
    """A mask that the schema lets pass and that is no number is refused by a code of its own."""
    path = f'<t:Excludes>{field("item:Size")}<t:Bitmask Value="{mask}"/></t:Excludes>'

    assert mailbox.call(find("inbox", path)).codes == ["ErrorInvalidExcludesRestriction"]


@pytest.mark.parametrize(
    ("path", "value"),
    [("item:DateTimeCreated", "true"), ("item:Importance", "Top"), ("message:IsRead", "maybe"), ("item:Size", "big")],
)
def test_the_page_response_code_a_constant_fits_its_property(mailbox: Mailbox, path: str, value: str) -> None:
    """A date that is true, a choice that there is not: refused, rows or no rows."""
    assert mailbox.call(find("inbox", compared("IsGreaterThan", field(path), value))).codes == [
        "ErrorInvalidValueForProperty"
    ]


def test_the_page_response_code_a_search_folder_holds_no_folders(mailbox: Mailbox) -> None:
    """A folder is neither created in a search folder nor moved into one (ErrorInvalidParentFolder)."""
    inside, plain = distinguished("todosearch"), mailbox.folder("Plain")

    made = mailbox.call(
        f"<m:CreateFolder><m:ParentFolderId>{inside}</m:ParentFolderId><m:Folders><t:Folder>"
        "<t:DisplayName>New</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>"
    )
    moved = mailbox.call(
        f"<m:MoveFolder><m:ToFolderId>{inside}</m:ToFolderId><m:FolderIds>{plain}</m:FolderIds></m:MoveFolder>"
    )

    assert made.codes + moved.codes == ["ErrorInvalidParentFolder", "ErrorInvalidParentFolder"]


@pytest.mark.parametrize(
    ("element", "code"),
    [("CalendarFolder", "NoError"), ("Folder", "NoError"), ("TasksFolder", "ErrorUpdatePropertyMismatch")],
)
def test_the_page_property_errors_a_change_is_in_the_element_of_its_folder(
    mailbox: Mailbox, element: str, code: str
) -> None:
    """A calendar is renamed as a calendar or as a folder, and never as a folder of tasks."""
    calendar = mailbox.folder("Old", kind="CalendarFolder")

    answer = mailbox.call(
        f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{calendar}<t:Updates><t:SetFolderField>"
        f'<t:FieldURI FieldURI="folder:DisplayName"/><t:{element}><t:DisplayName>New</t:DisplayName></t:{element}>'
        "</t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>"
    )

    assert answer.codes == [code]


def test_the_page_response_code_a_view_takes_no_restriction(mailbox: Mailbox) -> None:
    """A calendar view with a restriction is refused, and not by ErrorInvalidRestriction, which is not used."""
    narrowed = view("2024-03-01T00:00:00Z", "2024-04-01T00:00:00Z").replace(
        "<m:ParentFolderIds>",
        '<m:Restriction><t:Exists><t:FieldURI FieldURI="calendar:Location"/></t:Exists></m:Restriction>'
        "<m:ParentFolderIds>",
    )

    assert mailbox.call(narrowed).codes == ["ErrorUnsupportedPathForQuery"]


@pytest.mark.parametrize("name", ["IsResponseRequested", "LegacyFreeBusyStatus", "IsAllDayEvent", "UID", "Start"])
def test_the_page_response_code_what_every_appointment_has_is_not_deleted(mailbox: Mailbox, name: str) -> None:
    """Deleting it is ErrorInvalidPropertyDelete, and never a success that changes nothing."""
    made = created(mailbox, HOUR)

    answer = mailbox.call(
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone">'
        f"<m:ItemChanges><t:ItemChange>{made}<t:Updates><t:DeleteItemField>{field(f'calendar:{name}')}"
        "</t:DeleteItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    )

    assert answer.codes == ["ErrorInvalidPropertyDelete"]
