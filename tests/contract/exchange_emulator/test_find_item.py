"""FindItem.

The numbered requirements know FindItem only through what it returns: shapes, item properties and extended
properties. Traversal, paging, sorting, grouping and restrictions have no number there; those tests carry
none and follow Microsoft's page "FindItem operation" and the pages of the elements.
"""

import base64

import pytest

from .soap import NS, Mailbox, distinguished, identity, keyless, mime, names

INBOX = distinguished("inbox")
SUBJECTS = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties></m:ItemShape>'
)
FLAGS = '<t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/>'
RECEIVED = '<t:ExtendedFieldURI PropertyTag="0x0E06" PropertyType="SystemTime"/>'
SOURCE = (
    '<t:ExtendedFieldURI PropertySetId="9c4b3a1e-0f5d-4b9e-8d3f-7f4f1a2b3c4d" '
    'PropertyName="Source" PropertyType="String"/>'
)
FIND = '<m:FindItem Traversal="Shallow">{shape}{before}<m:ParentFolderIds>{folder}</m:ParentFolderIds></m:FindItem>'


def subject(value: str) -> str:
    """The element of a subject."""
    return f"<t:Subject>{value}</t:Subject>"


def find(mailbox: Mailbox, before: str = "", *, folder: str = INBOX, shape: str = SUBJECTS):  # type: ignore[no-untyped-def]  # Answer
    """A shallow FindItem with whatever stands before the folders."""
    return mailbox.call(FIND.format(shape=shape, before=before, folder=folder)).ok()


def test_MS_OXWSCDATA_R62_id_only_returns_nothing_but_ids(mailbox: Mailbox) -> None:
    """The shape IdOnly returns the id of every item found and nothing else."""
    mailbox.messages(subject("One"), subject("Two"), folder=INBOX)

    answer = find(mailbox, shape="<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>")

    assert [names(item) for item in answer.all(".//t:Items/*")] == [["ItemId"], ["ItemId"]]


def test_MS_OXWSCDATA_R61_default_leaves_out_what_is_in_the_message(mailbox: Mailbox) -> None:
    """The shape Default returns what a list of messages shows, neither body nor recipients."""
    mailbox.message(f"<t:MimeContent>{mime('Listed')}</t:MimeContent>", folder=INBOX)

    answer = find(mailbox, shape="<m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>")

    found = names(answer.one(".//t:Message"))
    assert {
        "ItemId",
        "Subject",
        "Sensitivity",
        "Size",
        "DateTimeSent",
        "DateTimeCreated",
        "HasAttachments",
        "From",
    } <= set(found)
    assert not {"Body", "MimeContent", "ToRecipients", "Attachments", "TextBody", "UniqueBody"} & set(found)


def test_MS_OXWSCDATA_R59_all_properties_leaves_out_body_recipients_and_mime(mailbox: Mailbox) -> None:
    """The shape AllProperties returns what FindItem can know, which bodies and recipients are not."""
    mailbox.message(f"<t:MimeContent>{mime('Listed')}</t:MimeContent>", folder=INBOX)

    answer = find(mailbox, shape="<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>")

    found = names(answer.one(".//t:Message"))
    assert {
        "ItemId",
        "ParentFolderId",
        "ItemClass",
        "DateTimeReceived",
        "DisplayTo",
        "EffectiveRights",
        "ConversationId",
        "InternetMessageId",
    } <= set(found)
    assert not {"Body", "MimeContent", "ToRecipients", "CcRecipients", "Attachments", "ResponseObjects"} & set(found)


def test_MS_OXWSCDATA_R1197_additional_properties_are_returned_for_every_item(mailbox: Mailbox) -> None:
    """AdditionalProperties adds its properties, extended ones too, where an item has them."""
    mailbox.messages(
        subject("Marked") + f"<t:ExtendedProperty>{SOURCE}<t:Value>INBOX;7</t:Value></t:ExtendedProperty>",
        subject("Plain"),
        folder=INBOX,
    )

    answer = find(
        mailbox,
        shape="<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        f'<t:FieldURI FieldURI="item:Subject"/><t:FieldURI FieldURI="message:IsRead"/>{SOURCE}'
        "</t:AdditionalProperties></m:ItemShape>",
    )

    found = {
        item.findtext("t:Subject", namespaces=NS): (
            names(item),
            item.findtext("t:ExtendedProperty/t:Value", namespaces=NS),
        )
        for item in answer.all(".//t:Items/*")
    }
    assert found == {
        "Marked": (["ItemId", "Subject", "ExtendedProperty", "IsRead"], "INBOX;7"),
        "Plain": (["ItemId", "Subject", "IsRead"], None),
    }


@pytest.mark.parametrize("tag", ["0x0037", "0X37", "55"])
def test_MS_OXWSXPROP_R50_a_property_tag_is_hexadecimal_or_a_short_integer(mailbox: Mailbox, tag: str) -> None:
    """A property tag is the same property as a hexadecimal value and as a short integer."""
    mailbox.message(subject("Tagged"), folder=INBOX)

    answer = find(
        mailbox,
        shape="<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="String"/></t:AdditionalProperties></m:ItemShape>',
    )

    assert answer.texts(".//t:ExtendedProperty/t:Value") == ["Tagged"]


GUID = 'PropertySetId="9c4b3a1e-0f5d-4b9e-8d3f-7f4f1a2b3c4d"'


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param(f'DistinguishedPropertySetId="Common" {GUID} PropertyId="1"', id="R42-R157"),
        pytest.param('DistinguishedPropertySetId="Common" PropertyTag="0x0037"', id="R161-R51"),
        pytest.param('DistinguishedPropertySetId="Common"', id="R43"),
        pytest.param(f'{GUID} PropertyTag="0x0037"', id="R158-R138"),
        pytest.param(f"{GUID}", id="R47"),
        pytest.param('PropertyTag="0x0037" PropertyName="Subject"', id="R139"),
        pytest.param('PropertyTag="0x0037" PropertyId="7"', id="R140"),
        pytest.param('PropertyName="Subject"', id="R53"),
        pytest.param('PropertyId="7"', id="R55"),
    ],
)
def test_MS_OXWSXPROP_R42_R43_R47_R51_R53_R55_R138_R139_R140_R157_R158_R161_attributes_that_do_not_fit(
    mailbox: Mailbox, attributes: str
) -> None:
    """A path to an extended property names its property in exactly one of the ways there are."""
    mailbox.message(folder=INBOX)

    answer = mailbox.call(
        FIND.format(
            shape="<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
            f'<t:ExtendedFieldURI {attributes} PropertyType="String"/></t:AdditionalProperties></m:ItemShape>',
            before="",
            folder=INBOX,
        )
    )

    assert answer.codes == ["ErrorInvalidExtendedProperty"]


def test_MS_OXWSCDATA_R1094_several_folders_make_one_response_message_each(mailbox: Mailbox) -> None:
    """There is one ResponseMessages element, with one message for each folder in order."""
    one, two = keyless(mailbox.folder("One")), keyless(mailbox.folder("Two"))
    gone = keyless(mailbox.folder("Gone"))
    mailbox.call(f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{gone}</m:FolderIds></m:DeleteFolder>').ok()
    mailbox.message(subject("In one"), folder=one)
    mailbox.messages(subject("In two"), subject("In two"), folder=two)

    answer = mailbox.call(FIND.format(shape=SUBJECTS, before="", folder=two + gone + one))

    assert names(answer.body) == ["ResponseMessages"]
    assert answer.codes == ["NoError", "ErrorItemNotFound", "NoError"]
    assert [[found.text for found in message.iterfind(".//t:Subject", NS)] for message in answer.messages] == [
        ["In two", "In two"],
        [],
        ["In one"],
    ]


def test_MS_OXWSCORE_R2015_R158_ids_found_are_good_for_getting(mailbox: Mailbox) -> None:
    """The id and change key found are those of the item: the same that its creation returned."""
    item = mailbox.message(subject("Found"), folder=INBOX)

    answer = find(mailbox)

    found = answer.one(".//t:ItemId")
    assert f'<t:ItemId Id="{found.get("Id")}" ChangeKey="{found.get("ChangeKey")}"/>' == item


def test_MS_OXWSCORE_R71_the_parent_folder_id_is_that_of_the_folder_searched(mailbox: Mailbox) -> None:
    """ParentFolderId of an item found is the id of the folder that was searched."""
    folder = mailbox.folder("Searched")
    mailbox.message(folder=keyless(folder))

    answer = find(
        mailbox,
        folder=keyless(folder),
        shape="<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        '<t:FieldURI FieldURI="item:ParentFolderId"/></t:AdditionalProperties></m:ItemShape>',
    )

    assert answer.one(".//t:ParentFolderId").get("Id") == identity(folder)


def test_MS_OXWSCORE_R1619_associated_items_are_apart(mailbox: Mailbox) -> None:
    """A traversal of associated items does not return the ordinary ones."""
    mailbox.message(folder=INBOX)

    answer = mailbox.call(
        f'<m:FindItem Traversal="Associated">{SUBJECTS}<m:ParentFolderIds>{INBOX}</m:ParentFolderIds></m:FindItem>'
    ).ok()

    assert answer.all(".//t:ItemId") == []
    assert answer.one(".//m:RootFolder").get("TotalItemsInView") == "0"


def test_a_soft_deleted_traversal_finds_no_living_item(mailbox: Mailbox) -> None:
    """Traversal SoftDeleted passes over every item that has not been deleted."""
    mailbox.message(folder=INBOX)

    answer = mailbox.call(
        f'<m:FindItem Traversal="SoftDeleted">{SUBJECTS}<m:ParentFolderIds>{INBOX}</m:ParentFolderIds></m:FindItem>'
    ).ok()

    assert answer.all(".//t:ItemId") == []


def test_an_empty_folder_is_found_empty(mailbox: Mailbox) -> None:
    """A folder without items has an empty list, the last of which is included."""
    answer = find(mailbox)

    assert dict(answer.one(".//m:RootFolder").attrib) == {"TotalItemsInView": "0", "IncludesLastItemInRange": "true"}
    assert names(answer.one(".//m:RootFolder")) == ["Items"]


def numbered(mailbox: Mailbox, count: int) -> None:
    """So many messages with their number as subject."""
    mailbox.messages(*(subject(str(number)) for number in range(count)), folder=INBOX)


BY_SUBJECT = '<m:SortOrder><t:FieldOrder Order="{}"><t:FieldURI FieldURI="item:Subject"/></t:FieldOrder></m:SortOrder>'


@pytest.mark.parametrize(("order", "found"), [("Ascending", list("01234")), ("Descending", list("43210"))])
def test_items_are_sorted_by_a_property(mailbox: Mailbox, order: str, found: list[str]) -> None:
    """SortOrder decides the order of the items found."""
    numbered(mailbox, 5)

    assert find(mailbox, BY_SUBJECT.format(order)).texts(".//t:Subject") == found


def test_items_are_sorted_by_several_properties(mailbox: Mailbox) -> None:
    """The second field order decides among items that are equal by the first, extended properties too."""

    def message(name: str, importance: str, when: int) -> str:
        return (
            f"{subject(name)}<t:Importance>{importance}</t:Importance>"
            f"<t:ExtendedProperty>{RECEIVED}<t:Value>2012-01-0{when}T00:00:00Z</t:Value></t:ExtendedProperty>"
        )

    mailbox.messages(
        message("low", "Low", 3), message("high late", "High", 2), message("high early", "High", 1), folder=INBOX
    )

    answer = find(
        mailbox,
        '<m:SortOrder><t:FieldOrder Order="Descending"><t:FieldURI FieldURI="item:Importance"/></t:FieldOrder>'
        f'<t:FieldOrder Order="Ascending">{RECEIVED}</t:FieldOrder></m:SortOrder>',
    )

    assert answer.texts(".//t:Subject") == ["high early", "high late", "low"]


def test_pages_from_the_beginning_tell_where_the_next_begins(mailbox: Mailbox) -> None:
    """Pages by index together are the whole, and IndexedPagingOffset is where the next page begins."""
    numbered(mailbox, 5)
    seen, offset, told = [], "0", []
    while True:
        view = f'<m:IndexedPageItemView MaxEntriesReturned="2" Offset="{offset}" BasePoint="Beginning"/>'
        answer = find(mailbox, view + BY_SUBJECT.format("Ascending"))
        root = answer.one(".//m:RootFolder")
        seen += answer.texts(".//t:Subject")
        offset = str(root.get("IndexedPagingOffset"))
        told.append((offset, root.get("TotalItemsInView"), root.get("IncludesLastItemInRange")))
        if root.get("IncludesLastItemInRange") == "true":
            break

    assert seen == list("01234")
    assert told == [("2", "5", "false"), ("4", "5", "false"), ("5", "5", "true")]


def test_a_page_from_the_end_holds_the_last_items(mailbox: Mailbox) -> None:
    """A page with base point End and offset 0 holds the last items of the order asked for."""
    numbered(mailbox, 5)

    answer = find(
        mailbox,
        '<m:IndexedPageItemView MaxEntriesReturned="2" Offset="0" BasePoint="End"/>' + BY_SUBJECT.format("Ascending"),
    )

    assert set(answer.texts(".//t:Subject")) == {"3", "4"}


def test_a_page_behind_the_last_item_is_empty(mailbox: Mailbox) -> None:
    """An offset at or behind the end returns nothing and says that the last item has been reached."""
    numbered(mailbox, 3)

    answer = find(mailbox, '<m:IndexedPageItemView MaxEntriesReturned="2" Offset="7" BasePoint="Beginning"/>')

    assert answer.texts(".//t:Subject") == []
    assert answer.one(".//m:RootFolder").get("IncludesLastItemInRange") == "true"
    assert answer.one(".//m:RootFolder").get("TotalItemsInView") == "3"


def test_a_page_may_begin_at_a_fraction_of_the_whole(mailbox: Mailbox) -> None:
    """A fractional view begins at its fraction of all items and says so in the answer."""
    numbered(mailbox, 6)

    answer = find(
        mailbox,
        '<m:FractionalPageItemView MaxEntriesReturned="2" Numerator="1" Denominator="3"/>'
        + BY_SUBJECT.format("Ascending"),
    )

    root = answer.one(".//m:RootFolder")
    assert answer.texts(".//t:Subject") == ["2", "3"]
    assert (root.get("NumeratorOffset"), root.get("AbsoluteDenominator"), root.get("IncludesLastItemInRange")) == (
        "4",
        "6",
        "false",
    )


def test_grouping_is_refused_and_not_ignored(mailbox: Mailbox) -> None:
    """A FindItem that wants groups never gets a plain list instead: it is refused as a whole."""
    mailbox.messages(subject("a"), subject("b"), folder=INBOX)

    answer = mailbox.call(
        FIND.format(
            shape=SUBJECTS,
            before='<m:GroupBy Order="Ascending"><t:FieldURI FieldURI="item:Importance"/>'
            '<t:AggregateOn Aggregate="Maximum"><t:FieldURI FieldURI="item:DateTimeReceived"/></t:AggregateOn>'
            "</m:GroupBy>",
            folder=INBOX,
        )
    )

    assert answer.status == 500
    assert answer.fault == "ErrorInvalidOperation"


TITLES = ["Quarterly report", "quarterly REPORT", "Report", "Reporting lines", "Résumé"]


@pytest.mark.parametrize(
    ("mode", "comparison", "value", "found"),
    [
        ("FullString", "Exact", "Report", ["Report"]),
        ("FullString", "IgnoreCase", "QUARTERLY report", ["Quarterly report", "quarterly REPORT"]),
        ("FullString", "Exact", "report", []),
        ("Prefixed", "Exact", "Report", ["Report", "Reporting lines"]),
        ("Prefixed", "IgnoreCase", "quart", ["Quarterly report", "quarterly REPORT"]),
        ("Substring", "Exact", "report", ["Quarterly report"]),
        ("Substring", "IgnoreCase", "report", ["Quarterly report", "Report", "Reporting lines", "quarterly REPORT"]),
        ("PrefixOnWords", "IgnoreCase", "lin", ["Reporting lines"]),
        ("PrefixOnWords", "IgnoreCase", "ines", []),
        ("ExactPhrase", "IgnoreCase", "quarterly report", ["Quarterly report", "quarterly REPORT"]),
        ("Substring", "IgnoreNonSpacingCharacters", "Resume", ["Résumé"]),
        ("Substring", "IgnoreCaseAndNonSpacingCharacters", "resume", ["Résumé"]),
        ("Substring", "IgnoreCase", "resume", []),
    ],
)
def test_contains_compares_as_it_is_told(
    mailbox: Mailbox, mode: str, comparison: str, value: str, found: list[str]
) -> None:
    """Contains finds by whole string, prefix, part, word or phrase, and minds case and accents as told."""
    mailbox.messages(*map(subject, TITLES), folder=INBOX)

    answer = find(
        mailbox,
        f'<m:Restriction><t:Contains ContainmentMode="{mode}" ContainmentComparison="{comparison}">'
        f'<t:FieldURI FieldURI="item:Subject"/><t:Constant Value="{value}"/></t:Contains></m:Restriction>',
    )

    assert sorted(answer.texts(".//t:Subject")) == sorted(found)


def compared(operator: str, field: str, value: str) -> str:
    """A comparison of a property with a constant."""
    return (
        f'<t:{operator}><t:FieldURI FieldURI="{field}"/>'
        f'<t:FieldURIOrConstant><t:Constant Value="{value}"/></t:FieldURIOrConstant></t:{operator}>'
    )


@pytest.mark.parametrize(
    ("restriction", "found"),
    [
        pytest.param(compared("IsEqualTo", "item:Subject", "old"), ["old"], id="IsEqualTo"),
        pytest.param(compared("IsEqualTo", "message:IsRead", "true"), ["old"], id="IsEqualTo-boolean"),
        pytest.param(compared("IsEqualTo", "item:Importance", "High"), ["new"], id="IsEqualTo-enumeration"),
        pytest.param(compared("IsNotEqualTo", "item:Subject", "old"), ["middle", "new"], id="IsNotEqualTo"),
        pytest.param(
            compared("IsGreaterThan", "item:DateTimeReceived", "2012-06-01T00:00:00Z"), ["new"], id="IsGreaterThan"
        ),
        pytest.param(
            compared("IsGreaterThanOrEqualTo", "item:DateTimeReceived", "2012-06-01T00:00:00Z"),
            ["middle", "new"],
            id="IsGreaterThanOrEqualTo",
        ),
        pytest.param(
            compared("IsGreaterThanOrEqualTo", "item:DateTimeReceived", "2012-06-01T02:00:00+02:00"),
            ["middle", "new"],
            id="IsGreaterThanOrEqualTo-zone",
        ),
        pytest.param(compared("IsLessThan", "item:DateTimeReceived", "2012-06-01T00:00:00Z"), ["old"], id="IsLessThan"),
        pytest.param(
            compared("IsLessThanOrEqualTo", "item:DateTimeReceived", "2012-06-01T00:00:00Z"),
            ["middle", "old"],
            id="IsLessThanOrEqualTo",
        ),
        pytest.param(f"<t:Exists>{SOURCE}</t:Exists>", ["middle", "old"], id="Exists"),
        pytest.param(f"<t:Not><t:Exists>{SOURCE}</t:Exists></t:Not>", ["new"], id="Not-Exists"),
        pytest.param(f'<t:Excludes>{FLAGS}<t:Bitmask Value="1"/></t:Excludes>', ["middle", "new"], id="Excludes"),
        pytest.param(f'<t:Excludes>{FLAGS}<t:Bitmask Value="0x1"/></t:Excludes>', ["middle", "new"], id="Excludes-hex"),
        pytest.param(
            f'<t:IsEqualTo>{SOURCE}<t:FieldURIOrConstant><t:Constant Value="INBOX;1"/></t:FieldURIOrConstant>'
            "</t:IsEqualTo>",
            ["old"],
            id="extended",
        ),
        pytest.param(
            f"<t:IsEqualTo>{SOURCE}<t:FieldURIOrConstant>"
            '<t:FieldURI FieldURI="item:Subject"/></t:FieldURIOrConstant></t:IsEqualTo>',
            ["middle"],
            id="two-properties",
        ),
        pytest.param(
            f"<t:And>{compared('IsNotEqualTo', 'item:Subject', 'new')}"
            f"{compared('IsEqualTo', 'message:IsRead', 'false')}</t:And>",
            ["middle"],
            id="And",
        ),
        pytest.param(
            f"<t:Or>{compared('IsEqualTo', 'item:Subject', 'new')}"
            f"{compared('IsEqualTo', 'message:IsRead', 'true')}</t:Or>",
            ["new", "old"],
            id="Or",
        ),
        pytest.param(
            f"<t:Not><t:Or>{compared('IsEqualTo', 'item:Subject', 'new')}<t:And>"
            f"{compared('IsEqualTo', 'item:Subject', 'old')}{compared('IsEqualTo', 'message:IsRead', 'true')}"
            "</t:And></t:Or></t:Not>",
            ["middle"],
            id="nested",
        ),
    ],
)
def test_a_restriction_keeps_the_items_that_satisfy_it(mailbox: Mailbox, restriction: str, found: list[str]) -> None:
    """A restriction returns exactly the items that satisfy it, and counts them."""

    def message(name: str, when: str, flags: int, importance: str, source: str | None) -> str:
        mark = f"<t:ExtendedProperty>{SOURCE}<t:Value>{source}</t:Value></t:ExtendedProperty>" if source else ""
        return (
            f"{subject(name)}<t:Importance>{importance}</t:Importance>"
            f"<t:ExtendedProperty>{RECEIVED}<t:Value>{when}</t:Value></t:ExtendedProperty>"
            f"<t:ExtendedProperty>{FLAGS}<t:Value>{flags}</t:Value></t:ExtendedProperty>{mark}"
        )

    mailbox.messages(
        message("old", "2010-06-01T00:00:00Z", 1, "Normal", "INBOX;1"),
        message("middle", "2012-06-01T00:00:00Z", 0, "Low", "middle"),
        message("new", "2014-06-01T00:00:00Z", 0, "High", None),
        folder=INBOX,
    )

    answer = find(mailbox, f"<m:Restriction>{restriction}</m:Restriction>")

    assert sorted(answer.texts(".//t:Subject")) == found
    assert answer.one(".//m:RootFolder").get("TotalItemsInView") == str(len(found))


def test_recipients_of_items_found_have_a_name_and_no_address(mailbox: Mailbox) -> None:
    """FindItem returns the sender by name only, which GetItem returns with address."""
    item = mailbox.message(f"<t:MimeContent>{mime('Sent to me')}</t:MimeContent>", folder=INBOX)
    shape = (
        "<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        '<t:FieldURI FieldURI="message:From"/></t:AdditionalProperties>'
    )

    found = find(mailbox, shape=f"<m:ItemShape>{shape}</m:ItemShape>").one(".//t:From/t:Mailbox")

    assert names(found) == ["Name"]
    assert found.findtext("t:Name", namespaces=NS) == "Ann Sender"
    got = mailbox.item(item, shape=shape)
    assert got.findtext("t:From/t:Mailbox/t:EmailAddress", namespaces=NS) == "ann@example.com"


def test_long_binary_properties_are_cut_to_512_bytes(mailbox: Mailbox) -> None:
    """FindItem cuts a long binary property to 512 bytes, which GetItem returns whole."""
    path = (
        '<t:ExtendedFieldURI PropertySetId="9c4b3a1e-0f5d-4b9e-8d3f-7f4f1a2b3c4d" PropertyName="Blob" '
        'PropertyType="Binary"/>'
    )
    value = bytes(range(256)) * 3
    item = mailbox.message(
        f"{subject('Blob')}<t:ExtendedProperty>{path}<t:Value>{base64.b64encode(value).decode()}</t:Value>"
        "</t:ExtendedProperty>",
        folder=INBOX,
    )
    shape = f"<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{path}</t:AdditionalProperties>"

    found = find(mailbox, shape=f"<m:ItemShape>{shape}</m:ItemShape>")

    assert base64.b64decode(found.text(".//t:ExtendedProperty/t:Value")) == value[:512]
    got = mailbox.item(item, shape=shape)
    assert base64.b64decode(str(got.findtext("t:ExtendedProperty/t:Value", namespaces=NS))) == value
