"""UpdateItem, MS-OXWSCORE section 3.1.4.9 and MS-OXWSMSG section 3.1.4.7."""

import pytest

from emulators.exchange import ExchangeEmulator

from .soap import NS, Mailbox, change_key, distinguished, identity, keyless, local, mime, names, reference

PATH = (
    '<t:ExtendedFieldURI PropertySetId="9c4b3a1e-0f5d-4b9e-8d3f-7f4f1a2b3c4d" '
    'PropertyName="Note" PropertyType="String"/>'
)
SUBJECT = (
    '<t:SetItemField><t:FieldURI FieldURI="item:Subject"/>'
    "<t:Message><t:Subject>{}</t:Subject></t:Message></t:SetItemField>"
)


def update(*changes: tuple[str, str], resolution: str = "AutoResolve", attributes: str = "") -> str:
    """An UpdateItem of several items: the id of each and what to do with it."""
    inside = "".join(
        f"<t:ItemChange>{item}<t:Updates>{updates}</t:Updates></t:ItemChange>" for item, updates in changes
    )
    return (
        f'<m:UpdateItem ConflictResolution="{resolution}" MessageDisposition="SaveOnly"{attributes}>'
        f"<m:ItemChanges>{inside}</m:ItemChanges></m:UpdateItem>"
    )


def now(mailbox: Mailbox, item: str, path: str) -> str | None:
    """The text of one element of the item as it is now."""
    return mailbox.item(keyless(item)).findtext(path, namespaces=NS)


def test_MS_OXWSMSG_R144_a_change_is_answered_with_success(mailbox: Mailbox) -> None:
    """An UpdateItem that succeeds has the ResponseClass Success, the same id and a new change key."""
    item = mailbox.message()

    answer = mailbox.call(
        update((item, SUBJECT.format("Changed")), attributes=' SuppressReadReceipts="true"'),
        header="<t:MailboxCulture>pl-PL</t:MailboxCulture>",
    )

    assert local(answer.body) == "UpdateItemResponse"
    assert answer.classes == ["Success"]
    found = answer.one(".//m:Items/t:Message/t:ItemId")
    assert found.get("Id") == identity(item)
    assert found.get("ChangeKey") != change_key(item)


def test_MS_OXWSMSG_R145_a_change_is_answered_with_no_error(mailbox: Mailbox) -> None:
    """An UpdateItem that succeeds has the ResponseCode NoError, and the change is kept."""
    item = mailbox.message()

    answer = mailbox.call(update((item, SUBJECT.format("Changed"))))

    assert answer.codes == ["NoError"]
    assert now(mailbox, item, "t:Subject") == "Changed"


def test_MS_OXWSMSG_R145001_R145002_a_change_to_an_item_that_is_gone_is_answered_with_error(mailbox: Mailbox) -> None:
    """An UpdateItem that fails has the ResponseClass Error and a known code; the others are changed."""
    gone, there = mailbox.messages("<t:Subject>Gone</t:Subject>", "<t:Subject>There</t:Subject>")
    mailbox.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{gone}</m:ItemIds></m:DeleteItem>').ok()

    answer = mailbox.call(update((gone, SUBJECT.format("Changed")), (there, SUBJECT.format("Changed"))))

    assert answer.classes == ["Error", "Success"]
    assert answer.codes == ["ErrorItemNotFound", "NoError"]
    assert now(mailbox, there, "t:Subject") == "Changed"


def test_MS_OXWSCORE_R61_R65_the_answer_counts_conflicts(mailbox: Mailbox) -> None:
    """ConflictResults tells how many conflicts there were: none, where nobody else has changed the item."""
    item = mailbox.message()

    answer = mailbox.call(update((item, SUBJECT.format("Changed")))).ok()

    assert names(answer.messages[0]) == ["ResponseCode", "Items", "ConflictResults"]
    assert answer.text(".//m:ConflictResults/t:Count") == "0"


def test_MS_OXWSCORE_R555_text_is_appended_to_the_body(mailbox: Mailbox) -> None:
    """AppendToItemField adds to the body and keeps what was there."""
    item = mailbox.message('<t:Subject>Grows</t:Subject><t:Body BodyType="Text">First. </t:Body>')

    mailbox.call(
        update(
            (
                item,
                '<t:AppendToItemField><t:FieldURI FieldURI="item:Body"/><t:Message>'
                '<t:Body BodyType="Text">Second.</t:Body></t:Message></t:AppendToItemField>',
            )
        )
    ).ok()

    body = mailbox.item(
        keyless(item), shape="<t:BaseShape>AllProperties</t:BaseShape><t:BodyType>Text</t:BodyType>"
    ).findtext("t:Body", namespaces=NS)
    assert "".join(str(body).split()) == "First.Second."


def test_MS_OXWSCORE_R555_appending_to_a_single_value_is_refused(mailbox: Mailbox) -> None:
    """AppendToItemField to a property that cannot grow is ErrorInvalidPropertyAppend and changes nothing."""
    item = mailbox.message("<t:Subject>Fixed</t:Subject>")

    answer = mailbox.call(
        update(
            (
                item,
                '<t:AppendToItemField><t:FieldURI FieldURI="item:Subject"/><t:Message>'
                "<t:Subject> and more</t:Subject></t:Message></t:AppendToItemField>",
            )
        )
    )

    assert answer.codes == ["ErrorInvalidPropertyAppend"]
    assert now(mailbox, item, "t:Subject") == "Fixed"


@pytest.mark.parametrize(
    ("field", "element", "path", "value"),
    [
        pytest.param("item:Importance", "<t:Importance>Low</t:Importance>", "t:Importance", "Low", id="importance"),
        pytest.param(
            "item:Sensitivity", "<t:Sensitivity>Private</t:Sensitivity>", "t:Sensitivity", "Private", id="sensitivity"
        ),
        pytest.param(
            "item:Categories",
            "<t:Categories><t:String>Blue</t:String></t:Categories>",
            "t:Categories/t:String",
            "Blue",
            id="categories",
        ),
        pytest.param("message:IsRead", "<t:IsRead>true</t:IsRead>", "t:IsRead", "true", id="read"),
        pytest.param(
            "message:ToRecipients",
            "<t:ToRecipients><t:Mailbox><t:EmailAddress>eve@example.com</t:EmailAddress></t:Mailbox></t:ToRecipients>",
            "t:ToRecipients/t:Mailbox/t:EmailAddress",
            "eve@example.com",
            id="recipients",
        ),
    ],
)
def test_MS_OXWSCORE_R556_a_property_is_set(mailbox: Mailbox, field: str, element: str, path: str, value: str) -> None:
    """SetItemField sets one property of the item."""
    item = mailbox.message("<t:Subject>Settable</t:Subject>")

    mailbox.call(
        update(
            (item, f'<t:SetItemField><t:FieldURI FieldURI="{field}"/><t:Message>{element}</t:Message></t:SetItemField>')
        )
    ).ok()

    assert now(mailbox, item, path) == value


def test_MS_OXWSCORE_R556_an_extended_property_is_set(mailbox: Mailbox) -> None:
    """SetItemField sets an extended property, and the next time sets it anew."""
    item = mailbox.message()
    for value in ("first", "second"):
        mailbox.call(
            update(
                (
                    keyless(item),
                    f"<t:SetItemField>{PATH}<t:Message><t:ExtendedProperty>{PATH}<t:Value>{value}</t:Value>"
                    "</t:ExtendedProperty></t:Message></t:SetItemField>",
                ),
                resolution="AlwaysOverwrite",
            )
        ).ok()

    found = mailbox.item(
        keyless(item),
        shape=f"<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{PATH}</t:AdditionalProperties>",
    )
    assert [one.text for one in found.findall("t:ExtendedProperty/t:Value", NS)] == ["second"]


@pytest.mark.parametrize(
    ("path", "inside", "left"),
    [
        pytest.param(
            '<t:FieldURI FieldURI="item:Categories"/>',
            "<t:Categories><t:String>Red</t:String></t:Categories>",
            "t:Categories",
            id="categories",
        ),
        pytest.param(
            '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="Keywords"'
            ' PropertyType="StringArray"/>',
            "<t:Categories><t:String>Red</t:String></t:Categories>",
            "t:Categories",
            id="keywords",
        ),
        pytest.param(
            PATH,
            f"<t:ExtendedProperty>{PATH}<t:Value>kept</t:Value></t:ExtendedProperty>",
            "t:ExtendedProperty",
            id="extended",
        ),
    ],
)
def test_MS_OXWSCORE_R557_a_property_is_deleted(mailbox: Mailbox, path: str, inside: str, left: str) -> None:
    """DeleteItemField takes one property away and leaves the others."""
    item = mailbox.message(f"<t:Subject>Trimmed</t:Subject>{inside}")

    mailbox.call(update((item, f"<t:DeleteItemField>{path}</t:DeleteItemField>"))).ok()

    found = mailbox.item(
        keyless(item),
        shape=f"<t:BaseShape>AllProperties</t:BaseShape><t:AdditionalProperties>{PATH}</t:AdditionalProperties>",
    )
    assert found.find(left, NS) is None
    assert found.findtext("t:Subject", namespaces=NS) == "Trimmed"


def test_MS_OXWSCORE_R561_each_item_change_has_its_own_updates(mailbox: Mailbox) -> None:
    """ItemChange names one item and what to do with it: each item gets its own."""
    one, two = mailbox.messages(*["<t:Subject>x</t:Subject><t:IsRead>false</t:IsRead>"] * 2)

    answer = mailbox.call(
        update(
            (two, SUBJECT.format("Deux")),
            (
                one,
                SUBJECT.format("Un") + '<t:SetItemField><t:FieldURI FieldURI="message:IsRead"/>'
                "<t:Message><t:IsRead>true</t:IsRead></t:Message></t:SetItemField>",
            ),
        )
    ).ok()

    assert [found.get("Id") for found in answer.all(".//t:ItemId")] == [identity(two), identity(one)]
    assert (now(mailbox, one, "t:Subject"), now(mailbox, one, "t:IsRead")) == ("Un", "true")
    assert (now(mailbox, two, "t:Subject"), now(mailbox, two, "t:IsRead")) == ("Deux", "false")


def test_MS_OXWSCDATA_R335_a_change_sets_one_property_only(mailbox: Mailbox) -> None:
    """A change description with two properties is ErrorIncorrectUpdatePropertyCount and changes neither."""
    item = mailbox.message("<t:Subject>Before</t:Subject>")

    answer = mailbox.call(
        update(
            (
                item,
                '<t:SetItemField><t:FieldURI FieldURI="item:Subject"/><t:Message><t:Subject>After</t:Subject>'
                "<t:Importance>High</t:Importance></t:Message></t:SetItemField>",
            )
        )
    )

    assert answer.codes == ["ErrorIncorrectUpdatePropertyCount"]
    assert (now(mailbox, item, "t:Subject"), now(mailbox, item, "t:Importance")) == ("Before", "Normal")


@pytest.mark.parametrize(
    ("resolution", "code", "subject"),
    [
        ("AlwaysOverwrite", "NoError", "Third"),
        ("NeverOverwrite", "ErrorIrresolvableConflict", "Second"),
    ],
)
def test_MS_OXWSCORE_R158_an_old_change_key_tells_a_conflict(
    mailbox: Mailbox, resolution: str, code: str, subject: str
) -> None:
    """The change key tells which version a change was meant for; the resolution decides who wins."""
    old = mailbox.message("<t:Subject>First</t:Subject>")
    mailbox.call(update((old, SUBJECT.format("Second")))).ok()

    answer = mailbox.call(update((old, SUBJECT.format("Third")), resolution=resolution))

    assert answer.codes == [code]
    assert now(mailbox, old, "t:Subject") == subject


def test_MS_OXWSCORE_R158_the_change_key_of_the_last_answer_is_current(mailbox: Mailbox) -> None:
    """A change with the change key of the last answer is no conflict, even if nothing may be overwritten."""
    item = mailbox.message("<t:Subject>First</t:Subject>")
    answer = mailbox.call(update((item, SUBJECT.format("Second")), resolution="NeverOverwrite")).ok()
    current = reference(answer.one(".//t:ItemId"))

    mailbox.call(update((current, SUBJECT.format("Third")), resolution="NeverOverwrite")).ok()

    assert now(mailbox, item, "t:Subject") == "Third"


@pytest.mark.parametrize(
    ("flag", "code"),
    [
        pytest.param("<t:FlagStatus>Flagged</t:FlagStatus>", "NoError", id="plain"),
        pytest.param(
            "<t:FlagStatus>Complete</t:FlagStatus><t:CompleteDate>2020-01-01T00:00:00Z</t:CompleteDate>",
            "NoError",
            id="complete",
        ),
        pytest.param(
            "<t:FlagStatus>NotFlagged</t:FlagStatus><t:CompleteDate>2020-01-01T00:00:00Z</t:CompleteDate>",
            "ErrorInvalidArgument",
            id="R2005",
        ),
        pytest.param(
            "<t:FlagStatus>Flagged</t:FlagStatus><t:CompleteDate>2020-01-01T00:00:00Z</t:CompleteDate>",
            "ErrorInvalidArgument",
            id="R2002",
        ),
    ],
)
def test_MS_OXWSCORE_R2010_a_flag_with_the_wrong_dates_is_an_invalid_argument(
    mailbox: Mailbox, flag: str, code: str
) -> None:
    """A flag is set with the dates of its status; any other date is ErrorInvalidArgument."""
    item = mailbox.message()

    answer = mailbox.call(
        update(
            (
                item,
                f'<t:SetItemField><t:FieldURI FieldURI="item:Flag"/><t:Message><t:Flag>{flag}</t:Flag></t:Message>'
                "</t:SetItemField>",
            )
        )
    )

    assert answer.codes == [code]


def test_MS_OXWSMSG_R60_reading_is_written_without_touching_anything_else(mailbox: Mailbox) -> None:
    """IsRead is read and written: it goes to true and back, and the subject stays."""
    item = mailbox.message("<t:Subject>Read me</t:Subject>", folder=distinguished("inbox"))
    seen = []
    for value in ("true", "false"):
        mailbox.call(
            update(
                (
                    keyless(item),
                    f'<t:SetItemField><t:FieldURI FieldURI="message:IsRead"/><t:Message><t:IsRead>{value}</t:IsRead>'
                    "</t:Message></t:SetItemField>",
                ),
                resolution="AlwaysOverwrite",
            )
        ).ok()
        seen.append((now(mailbox, item, "t:IsRead"), now(mailbox, item, "t:Subject")))

    assert seen == [("true", "Read me"), ("false", "Read me")]


@pytest.mark.parametrize(("suppress", "sent"), [("true", 0), ("false", 1)])
def test_MS_OXWSCORE_R2315_read_receipts_are_suppressed_when_asked(
    mailbox: Mailbox, emulator: ExchangeEmulator, suppress: str, sent: int
) -> None:
    """Marking a message as read sends the receipt that its sender wanted, unless SuppressReadReceipts is true."""
    flags = '<t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/>'
    item = mailbox.message(
        "<t:MimeContent>"
        + mime("Receipt", header="Disposition-Notification-To: ann@example.com")
        + f"</t:MimeContent><t:ExtendedProperty>{flags}<t:Value>0</t:Value></t:ExtendedProperty>",
        folder=distinguished("inbox"),
    )

    mailbox.call(
        update(
            (
                item,
                '<t:SetItemField><t:FieldURI FieldURI="message:IsRead"/><t:Message><t:IsRead>true</t:IsRead>'
                "</t:Message></t:SetItemField>",
            ),
            attributes=f' SuppressReadReceipts="{suppress}"',
        )
    ).ok()

    told = [one for one in emulator.outgoing() if one.mailbox == mailbox.address]
    assert [(one.kind, tuple(one.recipients), one.subject) for one in told] == [
        ("read receipt", ("ann@example.com",), "Receipt")
    ] * sent


@pytest.mark.parametrize("field", ["item:ItemId", "item:ParentFolderId"])
def test_MS_OXWSCORE_R2014_R2016_ids_cannot_be_deleted(mailbox: Mailbox, field: str) -> None:
    """An item's id and that of its folder are read-only and cannot be deleted."""
    item = mailbox.message()

    answer = mailbox.call(update((item, f'<t:DeleteItemField><t:FieldURI FieldURI="{field}"/></t:DeleteItemField>')))

    assert answer.codes == ["ErrorInvalidPropertyDelete"]
