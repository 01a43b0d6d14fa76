"""The rules that a server enforces beyond its schema: one request that breaks each, and the code it gets.

| rule | about | here |
|---|---|---|
| R1 | read-only elements | yes; those of meetings and tasks too as far as they are created |
| R2 | the received and sent dates | yes |
| R3 | drafts and the message flags | yes |
| R4 | dispositions that must be said | yes |
| R5 | the kind of folder and the kind of item | yes |
| R6 | names, parents and well-known folders | yes |
| R7 | MIME content | yes |
| R8 | extended properties | yes |
| R9 | dates of appointments | the two codes that CreateItem gives without recurrence |
| R10 | ids and change keys | yes, except ErrorStaleObject, which belongs to SendItem |
| R11 | what FindItem cuts and refuses | yes |
| R12 | absence messages and inbox rules | no: neither has to do with items or folders |
| R13 | sync states | yes |
| R14 | other mailboxes and impersonation | yes |
| R15 | batches | yes |
"""

import base64
import datetime as dt
from collections.abc import Callable

import pytest

from emulators.exchange import ExchangeEmulator, Fault

from .soap import NS, Mailbox, change_key, distinguished, identity, keyless, mime

INBOX, CALENDAR = distinguished("inbox"), distinguished("calendar")
GUID = 'PropertySetId="9c4b3a1e-0f5d-4b9e-8d3f-7f4f1a2b3c4d"'


def create(
    inside: str, *, kind: str = "Message", folder: str = INBOX, attributes: str = ' MessageDisposition="SaveOnly"'
) -> str:
    """A CreateItem of one item."""
    return (
        f"<m:CreateItem{attributes}><m:SavedItemFolderId>{folder}</m:SavedItemFolderId>"
        f"<m:Items><t:{kind}>{inside}</t:{kind}></m:Items></m:CreateItem>"
    )


def set_field(
    item: str, path: str, inside: str, *, kind: str = "Message", attributes: str = ' MessageDisposition="SaveOnly"'
) -> str:
    """An UpdateItem that sets one property."""
    return (
        f'<m:UpdateItem ConflictResolution="AlwaysOverwrite"{attributes}><m:ItemChanges>'
        f"<t:ItemChange>{item}<t:Updates>"
        f"<t:SetItemField>{path}<t:{kind}>{inside}</t:{kind}></t:SetItemField></t:Updates></t:ItemChange>"
        "</m:ItemChanges></m:UpdateItem>"
    )


def extended(path: str, value: str) -> str:
    """An extended property with its value."""
    return f"<t:ExtendedProperty>{path}<t:Value>{value}</t:Value></t:ExtendedProperty>"


# R1

BODY = '<t:{0} BodyType="Text">x</t:{0}>'
RIGHTS = (
    "<t:EffectiveRights><t:CreateAssociated>true</t:CreateAssociated>"
    "<t:CreateContents>true</t:CreateContents>"
    "<t:CreateHierarchy>true</t:CreateHierarchy><t:Delete>true</t:Delete>"
    "<t:Modify>true</t:Modify><t:Read>true</t:Read>"
    "</t:EffectiveRights>"
)
LICENSE = (
    "<t:RightsManagementLicenseData>"
    "<t:RightsManagedMessageDecryptionStatus>0</t:RightsManagedMessageDecryptionStatus>"
    "</t:RightsManagementLicenseData>"
)
READ_ONLY = {
    "item:ItemId": ('<t:ItemId Id="AAAA"/>', "R2347"),
    "item:ParentFolderId": ('<t:ParentFolderId Id="AAAA"/>', "R2348"),
    "item:DateTimeReceived": ("<t:DateTimeReceived>2020-01-01T00:00:00Z</t:DateTimeReceived>", "R2349"),
    "item:Size": ("<t:Size>7</t:Size>", "R2272"),
    "item:DateTimeSent": ("<t:DateTimeSent>2020-01-01T00:00:00Z</t:DateTimeSent>", "R2273"),
    "item:DateTimeCreated": ("<t:DateTimeCreated>2020-01-01T00:00:00Z</t:DateTimeCreated>", "R2274"),
    "item:DisplayCc": ("<t:DisplayCc>Ann</t:DisplayCc>", "rule"),
    "item:DisplayTo": ("<t:DisplayTo>Ann</t:DisplayTo>", "R2275"),
    "item:EffectiveRights": (RIGHTS, "R2276"),
    "item:LastModifiedName": ("<t:LastModifiedName>Ann</t:LastModifiedName>", "R2277"),
    "item:WebClientReadFormQueryString": (
        "<t:WebClientReadFormQueryString>x</t:WebClientReadFormQueryString>",
        "R2043",
    ),
    "item:WebClientEditFormQueryString": ("<t:WebClientEditFormQueryString>x</t:WebClientEditFormQueryString>", "rule"),
    "item:InstanceKey": ("<t:InstanceKey>AAAA</t:InstanceKey>", "R2350"),
    "item:NormalizedBody": (BODY.format("NormalizedBody"), "R2351"),
    "item:Preview": ("<t:Preview>x</t:Preview>", "R2352"),
    "item:RightsManagementLicenseData": (LICENSE, "R2353"),
    "item:BlockStatus": ("<t:BlockStatus>true</t:BlockStatus>", "R2355"),
    "item:TextBody": (BODY.format("TextBody"), "R2356"),
    "item:IconIndex": ("<t:IconIndex>MailRead</t:IconIndex>", "R2358"),
    "message:ConversationIndex": ("<t:ConversationIndex>AAAA</t:ConversationIndex>", "MSG-R49"),
    "message:ConversationTopic": ("<t:ConversationTopic>x</t:ConversationTopic>", "MSG-R52"),
    "message:InternetMessageId": ("<t:InternetMessageId>&lt;x@example.com&gt;</t:InternetMessageId>", "MSG-R58"),
    "message:ReceivedBy": (
        "<t:ReceivedBy><t:Mailbox><t:EmailAddress>x@example.com</t:EmailAddress></t:Mailbox></t:ReceivedBy>",
        "MSG-R72001",
    ),
    "message:ReceivedRepresenting": (
        "<t:ReceivedRepresenting><t:Mailbox><t:EmailAddress>x@example.com</t:EmailAddress>"
        "</t:Mailbox></t:ReceivedRepresenting>",
        "MSG-R73001",
    ),
}


@pytest.mark.parametrize(
    "field", [pytest.param(field, id=f"{field}-{number}") for field, (_, number) in READ_ONLY.items()]
)
def test_R1_MS_OXWSCORE_R2347_read_only_elements_are_refused_in_a_creation(mailbox: Mailbox, field: str) -> None:
    """A CreateItem with a read-only element is ErrorInvalidPropertySet and creates nothing."""
    answer = mailbox.call(create(READ_ONLY[field][0]))

    assert answer.codes == ["ErrorInvalidPropertySet"]
    assert mailbox.subjects(INBOX) == []


@pytest.mark.parametrize(
    "field",
    [
        pytest.param(field, id=f"{field}-{number}")
        for field, (_, number) in READ_ONLY.items()
        if number != "R2355"  # says so of CreateItem only
    ],
)
def test_R1_MS_OXWSCORE_R2348_read_only_elements_are_refused_in_an_update(mailbox: Mailbox, field: str) -> None:
    """An UpdateItem that sets a read-only element is ErrorInvalidPropertySet and leaves the change key as it was."""
    item = mailbox.message()

    answer = mailbox.call(set_field(keyless(item), f'<t:FieldURI FieldURI="{field}"/>', READ_ONLY[field][0]))

    assert answer.codes == ["ErrorInvalidPropertySet"]
    found = mailbox.item(keyless(item), shape="<t:BaseShape>IdOnly</t:BaseShape>").find("t:ItemId", NS)
    assert found is not None
    assert found.get("ChangeKey") == change_key(item)


@pytest.mark.parametrize(
    ("kind", "inside", "folder", "attributes"),
    [
        pytest.param(
            "CalendarItem",
            "<t:IsOnlineMeeting>true</t:IsOnlineMeeting>",
            CALENDAR,
            ' SendMeetingInvitations="SendToNone"',
            id="meeting",
        ),
        pytest.param("Task", "<t:IsComplete>true</t:IsComplete>", distinguished("tasks"), "", id="IsComplete"),
        pytest.param("Task", "<t:IsRecurring>true</t:IsRecurring>", distinguished("tasks"), "", id="IsRecurring"),
        pytest.param(
            "Task", "<t:StatusDescription>x</t:StatusDescription>", distinguished("tasks"), "", id="StatusDescription"
        ),
    ],
)
def test_R1_read_only_elements_of_meetings_and_tasks_are_refused(
    mailbox: Mailbox, kind: str, inside: str, folder: str, attributes: str
) -> None:
    """IsOnlineMeeting of an appointment, and what a server computes of a task, cannot be set."""
    answer = mailbox.call(create(inside, kind=kind, folder=folder, attributes=attributes))

    assert answer.codes == ["ErrorInvalidPropertySet"]


# R2

RECEIVED = '<t:ExtendedFieldURI PropertyTag="0x0E06" PropertyType="SystemTime"/>'
SENT = '<t:ExtendedFieldURI PropertyTag="0x0039" PropertyType="SystemTime"/>'


def test_R2_dates_are_set_by_their_mapi_properties(mailbox: Mailbox) -> None:
    """The received and the sent date are those given as MAPI properties, over the Date of the MIME."""
    item = mailbox.message(
        f"<t:MimeContent>{mime('Dated')}</t:MimeContent>"
        + extended(RECEIVED, "2011-02-03T04:05:06Z")
        + extended(SENT, "2011-02-03T04:05:00Z")
    )

    found = mailbox.item(item)
    assert found.findtext("t:DateTimeReceived", namespaces=NS) == "2011-02-03T04:05:06Z"
    assert found.findtext("t:DateTimeSent", namespaces=NS) == "2011-02-03T04:05:00Z"


def test_R2_a_message_without_a_received_date_is_received_now(mailbox: Mailbox) -> None:
    """Without the MAPI property the received date is the time of the creation, whatever the MIME says."""
    before = dt.datetime.now(dt.UTC).replace(microsecond=0)
    item = mailbox.message(f"<t:MimeContent>{mime('Dated')}</t:MimeContent>")

    received = dt.datetime.fromisoformat(str(mailbox.item(item).findtext("t:DateTimeReceived", namespaces=NS)))

    assert before <= received <= dt.datetime.now(dt.UTC)


# R3

FLAGS = '<t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/>'


@pytest.mark.parametrize(
    ("flags", "draft", "read"),
    [(None, "true", "true"), ("8", "true", "false"), ("0", "false", "false"), ("1", "false", "true")],
)
def test_R3_the_flags_given_at_creation_decide_what_is_a_draft(
    mailbox: Mailbox, flags: str | None, draft: str, read: str
) -> None:
    """A message is an unsent draft, and read (MS-OXCMSG 3.2.5.2), unless it is created with flags of its own."""
    item = mailbox.message("<t:Subject>x</t:Subject>" + (extended(FLAGS, flags) if flags else ""))

    found = mailbox.item(item)
    assert (found.findtext("t:IsDraft", namespaces=NS), found.findtext("t:IsRead", namespaces=NS)) == (draft, read)


@pytest.mark.parametrize(("first", "draft"), [("1", "false"), (None, "true")])
def test_R3_a_draft_stays_a_draft(mailbox: Mailbox, first: str | None, draft: str) -> None:
    """After the creation no change of the message flags makes a draft of a message, or the reverse."""
    item = mailbox.message("<t:Subject>x</t:Subject>" + (extended(FLAGS, first) if first else ""))

    mailbox.call(set_field(keyless(item), FLAGS, extended(FLAGS, "9" if first else "1")))

    assert mailbox.item(keyless(item)).findtext("t:IsDraft", namespaces=NS) == draft


# R4

WHEN = "<t:Start>2020-01-01T09:00:00Z</t:Start><t:End>2020-01-01T10:00:00Z</t:End>"


@pytest.mark.parametrize(
    ("request_for", "code"),
    [
        pytest.param(
            lambda _: create("<t:Subject>x</t:Subject>", attributes=""),
            "ErrorMessageDispositionRequired",
            id="create-message",
        ),
        pytest.param(
            lambda mailbox: set_field(
                mailbox.message(), '<t:FieldURI FieldURI="item:Subject"/>', "<t:Subject>y</t:Subject>", attributes=""
            ),
            "ErrorMessageDispositionRequired",
            id="update-message",
        ),
        pytest.param(
            lambda _: create(f"<t:Subject>x</t:Subject>{WHEN}", kind="CalendarItem", folder=CALENDAR, attributes=""),
            "ErrorSendMeetingInvitationsRequired",
            id="create-appointment",
        ),
    ],
)
def test_R4_what_must_be_said_cannot_be_left_out(
    mailbox: Mailbox, request_for: Callable[[Mailbox], str], code: str
) -> None:
    """A request that leaves out how messages, meetings or tasks are to be handled is refused."""
    assert mailbox.call(request_for(mailbox)).codes == [code]


# R5


@pytest.mark.parametrize(
    ("kind", "inside", "attributes", "code"),
    [
        (
            "CalendarItem",
            WHEN,
            ' SendMeetingInvitations="SendToNone"',
            "ErrorCannotCreateCalendarItemInNonCalendarFolder",
        ),
        ("Contact", "<t:DisplayName>Ann</t:DisplayName>", "", "ErrorCannotCreateContactInNonContactFolder"),
        ("Task", "<t:Subject>Do</t:Subject>", "", "ErrorCannotCreateTaskInNonTaskFolder"),
    ],
)
def test_R5_an_item_goes_into_a_folder_of_its_kind(
    mailbox: Mailbox, kind: str, inside: str, attributes: str, code: str
) -> None:
    """Appointments, contacts and tasks cannot be created in a mail folder."""
    assert mailbox.call(create(inside, kind=kind, attributes=attributes)).codes == [code]


@pytest.mark.parametrize("kind", ["CalendarFolder", "ContactsFolder", "TasksFolder"])
def test_R5_the_class_of_a_typed_folder_cannot_be_chosen(mailbox: Mailbox, kind: str) -> None:
    """A typed folder element with a class of its own is ErrorNoFolderClassOverride."""
    answer = mailbox.call(
        f"<m:CreateFolder><m:ParentFolderId>{distinguished('msgfolderroot')}</m:ParentFolderId><m:Folders><t:{kind}>"
        f"<t:FolderClass>IPF.Note</t:FolderClass><t:DisplayName>Odd</t:DisplayName></t:{kind}></m:Folders>"
        "</m:CreateFolder>"
    )

    assert answer.codes == ["ErrorNoFolderClassOverride"]


# R6


@pytest.mark.parametrize("name", ["Twin", "TWIN", "tWiN"])
def test_R6_a_name_is_taken_in_any_case(mailbox: Mailbox, name: str) -> None:
    """Two folders in one parent cannot differ by the case of their names only."""
    mailbox.folder("Twin")

    answer = mailbox.call(
        f"<m:CreateFolder><m:ParentFolderId>{distinguished('msgfolderroot')}</m:ParentFolderId><m:Folders>"
        f"<t:Folder><t:DisplayName>{name}</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>"
    )

    assert answer.codes == ["ErrorFolderExists"]
    assert answer.text(".//m:MessageText") == "A folder with the specified name already exists."


def test_R6_the_name_of_a_well_known_folder_is_taken(mailbox: Mailbox) -> None:
    """A folder named inbox cannot be created beside the inbox."""
    answer = mailbox.call(
        f"<m:CreateFolder><m:ParentFolderId>{distinguished('msgfolderroot')}</m:ParentFolderId><m:Folders>"
        "<t:Folder><t:DisplayName>inbox</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>"
    )

    assert answer.codes == ["ErrorFolderExists"]


def test_R6_a_parent_that_is_gone_is_not_found(mailbox: Mailbox) -> None:
    """A folder in a parent that is gone is ErrorParentFolderNotFound."""
    parent = keyless(mailbox.folder("Gone"))
    mailbox.call(f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{parent}</m:FolderIds></m:DeleteFolder>').ok()

    answer = mailbox.call(
        f"<m:CreateFolder><m:ParentFolderId>{parent}</m:ParentFolderId><m:Folders>"
        "<t:Folder><t:DisplayName>New</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>"
    )

    assert answer.codes == ["ErrorParentFolderNotFound"]
    assert answer.text(".//m:MessageText") == "The specified parent folder could not be found."


@pytest.mark.parametrize("how", ["HardDelete", "SoftDelete", "MoveToDeletedItems"])
def test_R6_a_well_known_folder_stays(mailbox: Mailbox, how: str) -> None:
    """A well-known folder cannot be deleted in any of the ways."""
    answer = mailbox.call(
        f'<m:DeleteFolder DeleteType="{how}"><m:FolderIds>{distinguished("junkemail")}</m:FolderIds></m:DeleteFolder>'
    )

    assert answer.codes == ["ErrorDeleteDistinguishedFolder"]


# R7


def encoded(source: bytes) -> str:
    """A MimeContent element."""
    return f"<t:MimeContent>{base64.b64encode(source).decode()}</t:MimeContent>"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(create("<t:MimeContent>!!!</t:MimeContent>"), "ErrorMimeContentInvalidBase64String", id="base64"),
        pytest.param(
            create("<t:MimeContent>QUJ</t:MimeContent>"), "ErrorMimeContentInvalidBase64String", id="base64-short"
        ),
        pytest.param(
            create(
                encoded(b"BEGIN:NOTHING\r\nEND:NOTHING\r\n"),
                kind="CalendarItem",
                folder=CALENDAR,
                attributes=' SendMeetingInvitations="SendToNone"',
            ),
            "ErrorMimeContentConversionFailed",
            id="calendar",
        ),
        pytest.param(
            create(
                encoded(b"BEGIN:VCARD\r\nEND:VCARD\r\n"),
                kind="Contact",
                folder=distinguished("contacts"),
                attributes="",
            ),
            "ErrorUnsupportedMimeConversion",
            id="contact",
        ),
        pytest.param(
            create(encoded(b"Subject: x\r\n\r\nx\r\n"), kind="Task", folder=distinguished("tasks"), attributes=""),
            "ErrorUnsupportedMimeConversion",
            id="task",
        ),
    ],
)
def test_R7_mime_that_is_none_is_refused(mailbox: Mailbox, body: str, code: str) -> None:
    """MIME that cannot be decoded, read or taken by the kind of item is refused."""
    assert mailbox.call(body).codes == [code]


def test_R7_mime_comes_back_as_a_message_and_not_as_its_bytes(mailbox: Mailbox) -> None:
    """The MIME returned says the same as the MIME received without being the same bytes."""
    source = mime("Round trip")
    item = mailbox.message(f"<t:MimeContent>{source}</t:MimeContent>")

    found = mailbox.item(
        item, shape="<t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"
    )

    content = base64.b64decode(str(found.findtext("t:MimeContent", namespaces=NS)))
    assert content != base64.b64decode(source)
    assert b"subject: round trip" in content.lower()


# R8


@pytest.mark.parametrize("tag", ["0x8000", "0x8005", "0xFFFE", "32768"])
def test_R8_custom_properties_have_no_tag(mailbox: Mailbox, tag: str) -> None:
    """A property tag from 0x8000 to 0xFFFE is ErrorNoPropertyTagForCustomProperties."""
    path = f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="String"/>'

    assert mailbox.call(create(extended(path, "x"))).codes == ["ErrorNoPropertyTagForCustomProperties"]


@pytest.mark.parametrize(
    "attributes",
    [
        f'PropertyTag="0x3001" {GUID}',
        'PropertyTag="0x3001" PropertyName="x"',
        f'{GUID} PropertyName="x" PropertyId="7"',
        f"{GUID}",
        'PropertyName="x"',
        f'DistinguishedPropertySetId="PublicStrings" {GUID} PropertyName="x"',
    ],
)
def test_R8_attributes_that_do_not_fit_are_an_invalid_property(mailbox: Mailbox, attributes: str) -> None:
    """An extended property that is named in two ways, or in none, is ErrorInvalidExtendedProperty."""
    path = f'<t:ExtendedFieldURI {attributes} PropertyType="String"/>'

    assert mailbox.call(create(extended(path, "x"))).codes == ["ErrorInvalidExtendedProperty"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Integer", "abc"),
        ("Integer", "99999999999"),
        ("Short", "70000"),
        ("Boolean", "perhaps"),
        ("SystemTime", "yesterday"),
        ("SystemTime", "1500-01-01T00:00:00Z"),
        ("Integer", "1_0"),
        ("Integer", "١٢"),
        ("Binary", "!!!"),
        ("CLSID", "not-a-guid"),
        ("Double", "1,5"),
        ("Long", "x"),
    ],
)
def test_R8_a_value_that_is_not_of_its_type_is_refused(mailbox: Mailbox, kind: str, value: str) -> None:
    """A value that does not match the type of its property is ErrorInvalidExtendedPropertyValue."""
    path = f'<t:ExtendedFieldURI {GUID} PropertyName="x" PropertyType="{kind}"/>'

    assert mailbox.call(create(extended(path, value))).codes == ["ErrorInvalidExtendedPropertyValue"]


def test_R8_a_list_needs_a_type_of_lists(mailbox: Mailbox) -> None:
    """Several values for a property of one value are ErrorInvalidExtendedPropertyValue."""
    inside = (
        f'<t:ExtendedProperty><t:ExtendedFieldURI {GUID} PropertyName="x" PropertyType="String"/>'
        "<t:Values><t:Value>a</t:Value><t:Value>b</t:Value></t:Values></t:ExtendedProperty>"
    )

    assert mailbox.call(create(inside)).codes == ["ErrorInvalidExtendedPropertyValue"]


@pytest.mark.parametrize("kind", ["Object", "ObjectArray", "Error", "Null"])
def test_R8_some_types_are_not_supported(mailbox: Mailbox, kind: str) -> None:
    """Properties of the types object, error and null are ErrorUnsupportedMapiPropertyType."""
    path = f'<t:ExtendedFieldURI {GUID} PropertyName="x" PropertyType="{kind}"/>'
    body = create(extended(path, "x"))

    assert mailbox.call(body).codes == ["ErrorUnsupportedMapiPropertyType"]


# R9


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("2020-01-01T10:00:00Z", "2020-01-01T09:00:00Z", "ErrorCalendarEndDateIsEarlierThanStartDate"),
        ("2020-01-01T10:00:00Z", "2026-01-01T10:00:00Z", "ErrorCalendarDurationIsTooLong"),
    ],
)
def test_R9_an_appointment_ends_after_it_begins_and_within_five_years(
    mailbox: Mailbox, start: str, end: str, code: str
) -> None:
    """An appointment that ends before it begins, or lasts longer than five years, is refused."""
    body = create(
        f"<t:Start>{start}</t:Start><t:End>{end}</t:End>",
        kind="CalendarItem",
        folder=CALENDAR,
        attributes=' SendMeetingInvitations="SendToNone"',
    )

    assert mailbox.call(body).codes == [code]


# R10


def get(item: str) -> str:
    """A GetItem of one item."""
    return (
        "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
        f"<m:ItemIds>{item}</m:ItemIds></m:GetItem>"
    )


def get_folder(folder: str) -> str:
    """A GetFolder of one folder."""
    return (
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{folder}</m:FolderIds></m:GetFolder>"
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(get('<t:ItemId Id=""/>'), "ErrorInvalidIdEmpty", id="item-empty"),
        pytest.param(get_folder('<t:FolderId Id=""/>'), "ErrorInvalidIdEmpty", id="folder-empty"),
        pytest.param(get('<t:ItemId Id="DUMMY"/>'), "ErrorInvalidIdMalformed", id="item-junk"),
        pytest.param(get('<t:ItemId Id="AAMkADhh"/>'), "ErrorInvalidIdMalformed", id="item-short"),
        pytest.param(get_folder('<t:FolderId Id="malformedparentid"/>'), "ErrorInvalidIdMalformed", id="folder-junk"),
        pytest.param(
            '<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId Id=""/></m:ItemIds></m:DeleteItem>',
            "ErrorInvalidIdEmpty",
            id="delete-empty",
        ),
    ],
)
def test_R10_an_id_that_is_none_is_refused(mailbox: Mailbox, body: str, code: str) -> None:
    """An empty id is ErrorInvalidIdEmpty, one that is no id ErrorInvalidIdMalformed."""
    assert mailbox.call(body).codes == [code]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(get('<t:ItemId Id="{item}" ChangeKey="!!!"/>'), "ErrorInvalidChangeKey", id="change-key"),
        pytest.param(get('<t:ItemId Id="{folder}"/>'), "ErrorCannotUseFolderIdForItemId", id="folder-as-item"),
        pytest.param(get_folder('<t:FolderId Id="{item}"/>'), "ErrorCannotUseItemIdForFolderId", id="item-as-folder"),
    ],
)
def test_R10_an_id_is_used_for_what_it_is(mailbox: Mailbox, body: str, code: str) -> None:
    """A change key that is none, and an id of the other kind, are refused with codes of their own."""
    item, folder = identity(mailbox.message()), identity(mailbox.folder("Any"))

    assert mailbox.call(body.format(item=item, folder=folder)).codes == [code]


def test_R10_a_folder_to_save_in_that_is_gone_is_not_found(mailbox: Mailbox) -> None:
    """A message cannot be saved in a folder that is gone."""
    folder = keyless(mailbox.folder("Gone"))
    mailbox.call(f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{folder}</m:FolderIds></m:DeleteFolder>').ok()

    answer = mailbox.call(create("<t:Subject>x</t:Subject>", folder=folder))

    assert answer.codes == ["ErrorSavedItemFolderNotFound"]


def test_R10_ids_are_long_and_minded_by_case(mailbox: Mailbox) -> None:
    """An item id has about 152 characters, and with the case of its letters changed it is not that item's."""
    item = keyless(mailbox.message())
    value = identity(item)

    answer = mailbox.call(get(f'<t:ItemId Id="{value.swapcase()}"/>'))

    assert 120 <= len(value) <= 200
    assert answer.classes == ["Error"]


@pytest.mark.parametrize("resolution", ["NeverOverwrite", "AutoResolve"])
def test_R10_a_change_meant_for_an_older_version_is_a_conflict(mailbox: Mailbox, resolution: str) -> None:
    """An update with a change key that is no longer current is ErrorIrresolvableConflict."""
    item = mailbox.message("<t:Subject>First</t:Subject>")
    subject = '<t:FieldURI FieldURI="item:Subject"/>'
    mailbox.call(set_field(item, subject, "<t:Subject>Second</t:Subject>")).ok()

    answer = mailbox.call(
        set_field(item, subject, "<t:Subject>Third</t:Subject>").replace("AlwaysOverwrite", resolution)
    )

    assert answer.codes == ["ErrorIrresolvableConflict"]
    assert mailbox.item(keyless(item)).findtext("t:Subject", namespaces=NS) == "Second"


# R11

SUBJECT_ONLY = "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"


def find(before: str = "", *, shape: str = SUBJECT_ONLY) -> str:
    """A FindItem in the inbox."""
    return f'<m:FindItem Traversal="Shallow">{shape}{before}<m:ParentFolderIds>{INBOX}</m:ParentFolderIds></m:FindItem>'


def equal(field: str, value: str) -> str:
    """A restriction to one value of a property."""
    return (
        f'<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI="{field}"/><t:FieldURIOrConstant>'
        f'<t:Constant Value="{value}"/>'
        "</t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>"
    )


def test_R11_long_texts_are_cut_to_255_characters(mailbox: Mailbox) -> None:
    """FindItem cuts an extended text to 255 characters; GetItem returns it whole."""
    path = f'<t:ExtendedFieldURI {GUID} PropertyName="Long" PropertyType="String"/>'
    text = "é" * 300
    item = mailbox.message("<t:Subject>x</t:Subject>" + extended(path, text), folder=INBOX)
    shape = f"<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{path}</t:AdditionalProperties>"

    found = mailbox.call(find(shape=f"<m:ItemShape>{shape}</m:ItemShape>")).ok()

    assert found.text(".//t:ExtendedProperty/t:Value") == text[:255]
    assert mailbox.item(item, shape=shape).findtext("t:ExtendedProperty/t:Value", namespaces=NS) == text


@pytest.mark.parametrize("field", ["item:Body", "item:MimeContent", "message:ToRecipients", "item:ResponseObjects"])
def test_R11_what_find_item_never_returns_cannot_be_asked_for(mailbox: Mailbox, field: str) -> None:
    """A FindItem that asks for a body, the MIME or the recipients is refused."""
    shape = (
        "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        f'<t:FieldURI FieldURI="{field}"/></t:AdditionalProperties></m:ItemShape>'
    )

    answer = mailbox.call(find(shape=shape))

    assert answer.codes[0] in {"ErrorInvalidPropertyRequest", "ErrorInvalidPropertyForOperation"}


@pytest.mark.parametrize("field", ["item:EffectiveRights", "item:ResponseObjects", "item:WebClientReadFormQueryString"])
def test_R11_calculated_properties_cannot_be_searched(mailbox: Mailbox, field: str) -> None:
    """A restriction on a property that the server calculates is ErrorUnsupportedPathForQuery."""
    mailbox.message(folder=INBOX)

    assert mailbox.call(find(equal(field, "x"))).codes == ["ErrorUnsupportedPathForQuery"]


def test_R11_calculated_properties_cannot_be_sorted_by(mailbox: Mailbox) -> None:
    """A sort order by a property that the server calculates is refused."""
    order = (
        '<m:SortOrder><t:FieldOrder Order="Ascending"><t:FieldURI FieldURI="item:EffectiveRights"/>'
        "</t:FieldOrder></m:SortOrder>"
    )

    assert mailbox.call(find(order)).codes[0] in {"ErrorUnsupportedPathForSortGroup", "ErrorUnsupportedPathForQuery"}


@pytest.mark.parametrize(
    "field", ["item:IsDraft", "item:IsSubmitted", "item:IsUnmodified", "item:IsResend", "item:IsFromMe"]
)
def test_R11_flags_always_exist(mailbox: Mailbox, field: str) -> None:
    """Exists on a property that is a flag is ErrorInvalidPropertyForExists."""
    answer = mailbox.call(find(f'<m:Restriction><t:Exists><t:FieldURI FieldURI="{field}"/></t:Exists></m:Restriction>'))

    assert answer.codes == ["ErrorInvalidPropertyForExists"]


@pytest.mark.parametrize("rows", [0, -1])
@pytest.mark.parametrize(
    "view",
    [
        '<m:IndexedPageItemView MaxEntriesReturned="{}" Offset="0" BasePoint="Beginning"/>',
        '<m:FractionalPageItemView MaxEntriesReturned="{}" Numerator="0" Denominator="1"/>',
    ],
)
def test_R11_a_page_has_rows(mailbox: Mailbox, view: str, rows: int) -> None:
    """A page of no rows is ErrorInvalidPagingMaxRows."""
    assert mailbox.call(find(view.format(rows))).codes == ["ErrorInvalidPagingMaxRows"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("item:DateTimeReceived", "yesterday"), ("item:Size", "big"), ("message:IsRead", "perhaps")],
)
def test_R11_a_value_of_another_type_cannot_be_compared(mailbox: Mailbox, field: str, value: str) -> None:
    """A restriction that compares a property with a value of another type is ErrorInvalidValueForProperty."""
    mailbox.message(folder=INBOX)

    assert mailbox.call(find(equal(field, value))).codes == ["ErrorInvalidValueForProperty"]


# R13


@pytest.mark.parametrize("state", ["x", "AAAA", "SGVsbG8gd29ybGQ="])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
            f"<m:SyncFolderId>{INBOX}</m:SyncFolderId><m:SyncState>{{}}</m:SyncState>"
            "<m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>",
            id="items-CDATA-R518",
        ),
        pytest.param(
            "<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
            f"<m:SyncFolderId>{distinguished('msgfolderroot')}</m:SyncFolderId><m:SyncState>{{}}</m:SyncState>"
            "</m:SyncFolderHierarchy>",
            id="hierarchy-CDATA-R5188",
        ),
    ],
)
def test_R13_MS_OXWSCDATA_R518_R5188_a_state_that_is_none_is_refused(mailbox: Mailbox, body: str, state: str) -> None:
    """A sync state that the server never gave is ErrorInvalidSyncStateData."""
    answer = mailbox.call(body.format(state))

    assert answer.codes == ["ErrorInvalidSyncStateData"]
    assert answer.text(".//m:MessageText") == "Synchronization state data is corrupted or otherwise invalid."


def test_R13_a_state_of_the_hierarchy_is_none_of_the_items(mailbox: Mailbox) -> None:
    """The state of a hierarchy is refused for items, and that of one folder for another."""
    hierarchy = (
        mailbox.call(
            "<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
            "</m:SyncFolderHierarchy>"
        )
        .ok()
        .text(".//m:SyncState")
    )
    body = (
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
        "<m:SyncFolderId>{}</m:SyncFolderId>{}<m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>"
    )
    drafts = mailbox.call(body.format(distinguished("drafts"), "")).ok().text(".//m:SyncState")

    answers = [mailbox.call(body.format(INBOX, f"<m:SyncState>{state}</m:SyncState>")) for state in (hierarchy, drafts)]

    assert [answer.codes for answer in answers] == [["ErrorInvalidSyncStateData"]] * 2


# R14

STRANGER = "<t:Mailbox><t:EmailAddress>nobody@example.org</t:EmailAddress></t:Mailbox>"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            get_folder(f'<t:DistinguishedFolderId Id="inbox">{STRANGER}</t:DistinguishedFolderId>'), id="GetFolder"
        ),
        pytest.param(
            f'<m:FindItem Traversal="Shallow">{SUBJECT_ONLY}<m:ParentFolderIds>'
            f'<t:DistinguishedFolderId Id="inbox">{STRANGER}</t:DistinguishedFolderId></m:ParentFolderIds>'
            "</m:FindItem>",
            id="FindItem",
        ),
    ],
)
def test_R14_a_mailbox_that_does_not_exist_is_not_found(mailbox: Mailbox, body: str) -> None:
    """A folder of an unknown address is ErrorNonExistentMailbox."""
    assert mailbox.call(body).codes == ["ErrorNonExistentMailbox"]


def test_R14_nobody_acts_for_another_without_the_right(
    mailbox: Mailbox, emulator: ExchangeEmulator, open_mailbox: Callable[..., Mailbox]
) -> None:
    """Impersonation without the right is the fault ErrorImpersonateUserDenied."""
    other = open_mailbox(emulator)

    answer = mailbox.call(
        get_folder(INBOX),
        header="<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>"
        f"{other.address}</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>",
    )

    assert answer.status == 500
    assert answer.fault == "ErrorImpersonateUserDenied"


# R15


def test_R15_each_item_of_a_batch_is_answered_in_order(mailbox: Mailbox) -> None:
    """A batch of good and bad items has one answer for each, in order, and the good ones are stored."""
    subjects = ["a", None, "c", None, "e"]
    items = "".join(
        f"<t:Message><t:Subject>{subject}</t:Subject></t:Message>"
        if subject
        else "<t:Message><t:Subject>x</t:Subject><t:Size>1</t:Size></t:Message>"
        for subject in subjects
    )

    answer = mailbox.call(
        f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>{INBOX}</m:SavedItemFolderId>'
        f"<m:Items>{items}</m:Items></m:CreateItem>"
    )

    assert answer.codes == ["NoError" if subject else "ErrorInvalidPropertySet" for subject in subjects]
    assert mailbox.subjects(INBOX) == ["a", "c", "e"]


def test_R15_a_batch_that_is_stopped_warns_about_the_rest(mailbox: Mailbox, emulator: ExchangeEmulator) -> None:
    """After an item that stops the batch, the rest gets the warning ErrorBatchProcessingStopped and is not stored."""
    emulator.add_fault(
        Fault(
            operation="CreateItem", action="items", code="ErrorMailboxStoreUnavailable", positions=(1,), stop_batch=True
        )
    )

    answer = mailbox.call(
        f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>{INBOX}</m:SavedItemFolderId><m:Items>'
        + "".join(f"<t:Message><t:Subject>{name}</t:Subject></t:Message>" for name in "abcd")
        + "</m:Items></m:CreateItem>"
    )

    assert answer.codes == ["NoError", "ErrorMailboxStoreUnavailable"] + ["ErrorBatchProcessingStopped"] * 2
    assert answer.classes == ["Success", "Error", "Warning", "Warning"]
    assert mailbox.subjects(INBOX) == ["a"]
