"""What the page ResponseCode refuses about types of items and properties, and headers that must be understood."""

import pytest
from lxml import etree

from emulators.exchange import ExchangeEmulator

from .meetings import arrive, identifier
from .people import asking, contact, create, drop, equal, extended, field, find, indexed, made, put, update, uri
from .soap import NS, Answer, M, Mailbox, Schema, T, distinguished, local

NAME = "<t:GivenName>Jane</t:GivenName>"
SUBJECT = "<t:Subject>Do</t:Subject>"


def get(mailbox: Mailbox, item: str, *uris: str) -> list[str]:
    """The codes of a GetItem that asks for these properties."""
    shape = f"<m:ItemShape>{asking(*uris)}</m:ItemShape>"
    return mailbox.call(f"<m:GetItem>{shape}<m:ItemIds>{item}</m:ItemIds></m:GetItem>").codes


def contains(path: str) -> str:
    """A Contains."""
    return f'<t:Contains ContainmentMode="Substring" ContainmentComparison="Exact">{path}<t:Constant Value="1"/></t:Contains>'  # noqa: E501 - one element


def test_properties_of_another_type_are_refused_by_get_item(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """As documented, a property that the type of an item does not have is ErrorInvalidPropertyRequest."""
    emulator.configure(refuses_foreign_properties=True)
    items = {
        "message": mailbox.message(),
        "contacts": contact(mailbox, NAME),
        "task": made(mailbox, "Task", SUBJECT, folder="tasks"),
    }
    paths = {"message": "message:ToRecipients", "contacts": "contacts:GivenName", "task": "task:DueDate"}

    for kind, item in items.items():
        for asked, path in paths.items():
            expected = "NoError" if asked == kind else "ErrorInvalidPropertyRequest"
            assert get(mailbox, item, field(path)) == [expected], (kind, path)
    assert get(mailbox, items["task"], indexed("contacts:PhoneNumber", "Pager")) == ["ErrorInvalidPropertyRequest"]
    for item in items.values():
        assert get(mailbox, item, field("calendar:Start")) == ["ErrorInvalidPropertyRequest"]


def test_properties_of_another_type_are_left_out_unless_refused(mailbox: Mailbox) -> None:
    """Without the setting GetItem answers without them, as a client in wide use expects."""
    item = mailbox.message()

    assert get(mailbox, item, field("calendar:Start"), field("contacts:GivenName")) == ["NoError"]


def test_a_group_and_a_post_share_some_properties(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A group has contacts:DisplayName and no contacts:GivenName; a post message:From and no message:ToRecipients."""
    emulator.configure(refuses_foreign_properties=True)
    group = made(mailbox, "DistributionList", "<t:DisplayName>Team</t:DisplayName>")
    post = made(mailbox, "PostItem", SUBJECT, folder="inbox")

    assert get(mailbox, group, field("contacts:DisplayName"), field("distributionlist:Members")) == ["NoError"]
    assert get(mailbox, group, field("contacts:GivenName")) == ["ErrorInvalidPropertyRequest"]
    assert get(mailbox, post, field("message:From"), field("postitem:PostedTime")) == ["NoError"]
    assert get(mailbox, post, field("message:ToRecipients")) == ["ErrorInvalidPropertyRequest"]


def test_properties_of_another_type_are_refused_by_update_item(mailbox: Mailbox) -> None:
    """Deleting a task's property from a contact, or a contact's from a task, is refused."""
    item, task = contact(mailbox, NAME), made(mailbox, "Task", SUBJECT, folder="tasks")

    assert update(mailbox, item, drop(field("task:DueDate"))).codes == ["ErrorInvalidPropertyRequest"]
    assert update(mailbox, task, drop(field("contacts:GivenName"))).codes == ["ErrorInvalidPropertyRequest"]


@pytest.mark.parametrize("path", ["contacts:GivenName", "task:Status", "postitem:PostedTime"])
def test_a_meeting_request_has_no_properties_of_other_types(
    emulator: ExchangeEmulator, mailbox: Mailbox, path: str
) -> None:
    """Changing a property of contacts, tasks or posts is refused for a meeting request as for other mail."""
    request = identifier(arrive(emulator, mailbox, "REQUEST"))

    answer = mailbox.call(
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges><t:ItemChange>'
        f"{request}<t:Updates>{drop(field(path))}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    )

    assert answer.codes == ["ErrorInvalidPropertyRequest"]


def test_a_search_leaves_out_what_an_item_does_not_have(mailbox: Mailbox) -> None:
    """FindItem over a folder of contacts and groups may ask for the properties of both."""
    contact(mailbox, NAME)
    made(mailbox, "DistributionList", "<t:DisplayName>Team</t:DisplayName>")

    answer = mailbox.call(find("contacts", names=["contacts:GivenName", "contacts:DisplayName"])).ok()

    assert sorted(answer.texts(".//t:DisplayName")) == ["Jane", "Team"]
    assert answer.texts(".//t:GivenName") == ["Jane"]


@pytest.mark.parametrize(
    "path",
    [
        field("item:Size"),
        field("item:DateTimeReceived"),
        field("item:Importance"),
        field("task:PercentComplete"),
        field("contacts:Birthday"),
        uri('PropertyTag="0x0E08"', "Integer"),
    ],
)
def test_contains_looks_into_texts_alone(mailbox: Mailbox, path: str) -> None:
    """Contains on a number, a date or a choice is ErrorContainsFilterWrongType, rows or no rows."""
    assert mailbox.call(find("inbox", contains(path))).codes == ["ErrorContainsFilterWrongType"]


def test_contains_looks_into_texts_of_every_kind(mailbox: Mailbox) -> None:
    """Subjects, names and named text properties can be looked into."""
    contact(mailbox, "<t:GivenName>Jane1</t:GivenName>")

    assert mailbox.call(find("contacts", contains(field("contacts:GivenName")))).ok().texts(".//t:Subject") == ["Jane1"]
    mailbox.call(find("contacts", contains(uri('PropertyTag="0x3A06"')))).ok()


@pytest.mark.parametrize(
    ("tag", "kind", "value"),
    [
        ("0x0E02", "String", "x"),
        ("0x0E03", "String", "x"),
        ("0x0E04", "String", "x"),
        ("0x0E09", "Binary", "AAAA"),
        ("0x65E2", "Binary", "AAAA"),
        ("0x65E3", "Binary", "AAAA"),
    ],
)
def test_what_the_store_computes_is_refused(mailbox: Mailbox, tag: str, kind: str, value: str) -> None:
    """Display names of recipients, the parent and change keys are the store's, at creation and by update."""
    mine = extended(f'PropertyTag="{tag}"', value, kind)
    item = contact(mailbox, NAME)

    assert mailbox.call(create("Contact", mine, folder="contacts")).codes == ["ErrorInvalidPropertySet"]
    change = put("Contact", uri(f'PropertyTag="{tag}"', kind), mine)
    assert update(mailbox, item, change).codes == ["ErrorInvalidPropertySet"]


def send_with(mailbox: Mailbox, header: str) -> Answer:
    """Sends a search with one more header."""
    return mailbox.call(find("inbox", equal(field("item:Subject"), "x")), header=header, valid=False)


def test_a_header_that_must_be_understood_is_a_fault(mailbox: Mailbox) -> None:
    """An unknown header with mustUnderstand is SOAP's fault MustUnderstand; without it nobody minds."""
    unknown = '<o:Security xmlns:o="urn:other"{}/>'

    refused = send_with(mailbox, unknown.format(' s:mustUnderstand="1"'))
    ignored = send_with(mailbox, unknown.format(""))

    assert (refused.status, local(refused.body)) == (500, "Fault")
    assert refused.body.findtext("faultcode") == "s:MustUnderstand"
    assert "'Security' from the namespace 'urn:other'" in str(refused.body.findtext("faultstring"))
    assert refused.body.find("detail", NS) is None
    assert ignored.codes == ["NoError"]


def schema_knows(schema: Schema, element: str) -> bool:
    """Whether the schema at hand has this request; that of 2013 lacks words that a newer one has."""
    return not schema.faults(etree.fromstring(f'<r xmlns:m="{M}" xmlns:t="{T}">{element}</r>')[0])


def refusal(mailbox: Mailbox, schema: Schema, request: str) -> str:
    """The code of a request that may be refused by the schema already."""
    known = schema_knows(schema, request)
    answer = mailbox.call(request, valid=known)
    return answer.codes[0] if known else answer.fault


@pytest.mark.parametrize(
    "request_",
    [
        "<m:GetItem>{}<m:ItemIds><t:ItemId Id='AAMk'/></m:ItemIds></m:GetItem>",
        "<m:FindItem Traversal='Shallow'>{}<m:ParentFolderIds>{}</m:ParentFolderIds></m:FindItem>",
        "<m:SyncFolderItems>{}<m:SyncFolderId>{}</m:SyncFolderId><m:MaxChangesReturned>9</m:MaxChangesReturned>"
        "</m:SyncFolderItems>",
        "<m:GetFolder>{}<m:FolderIds>{}</m:FolderIds></m:GetFolder>",
        "<m:FindFolder Traversal='Shallow'>{}<m:ParentFolderIds>{}</m:ParentFolderIds></m:FindFolder>",
        "<m:SyncFolderHierarchy>{}</m:SyncFolderHierarchy>",
    ],
)
def test_the_shape_of_the_people_search_is_refused_by_name(mailbox: Mailbox, schema: Schema, request_: str) -> None:
    """PcxPeopleSearch, which no page describes, is an error of the operation and never one of the server."""
    holder = "FolderShape" if "Folder>" in request_ or "Hierarchy" in request_ else "ItemShape"
    shape = f"<m:{holder}><t:BaseShape>PcxPeopleSearch</t:BaseShape></m:{holder}>"

    code = refusal(mailbox, schema, request_.format(shape, distinguished("inbox")))

    assert code in ("ErrorInvalidOperation", "ErrorSchemaValidation")


@pytest.mark.parametrize(
    ("kind", "element"),
    [
        ("Message", "<t:LikesPreview>AAAA</t:LikesPreview>"),
        ("Task", "<t:IsClutter>true</t:IsClutter>"),
        ("CalendarItem", "<t:InferenceClassification>Other</t:InferenceClassification>"),
        ("PostItem", "<t:AtAllMention>true</t:AtAllMention>"),
        ("DistributionList", "<t:MentionsPreview>AAAA</t:MentionsPreview>"),
        ("Contact", "<t:XboxLiveTag>x</t:XboxLiveTag>"),
        ("Contact", "<t:IsPrivate>true</t:IsPrivate>"),
    ],
)
def test_what_no_specification_describes_is_refused(mailbox: Mailbox, schema: Schema, kind: str, element: str) -> None:
    """An element that the schema has and no page tells of is not stored as it came."""
    request = (
        '<m:CreateItem MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone"><m:Items>'
        f"<t:{kind}>{element}</t:{kind}></m:Items></m:CreateItem>"
    )

    assert refusal(mailbox, schema, request) in ("ErrorInvalidPropertySet", "ErrorSchemaValidation")
