"""CreateItem, MS-OXWSCORE section 3.1.4.2 and MS-OXWSMSG section 3.1.4.2."""

import base64
from collections.abc import Callable

import pytest

from emulators.exchange import ExchangeEmulator

from .soap import NS, Mailbox, distinguished, keyless, local, mime, names

INBOX = distinguished("inbox")


def create(inside: str, *, disposition: str = "SaveOnly", folder: str = INBOX, kind: str = "Message") -> str:
    """A CreateItem of one item."""
    place = f"<m:SavedItemFolderId>{folder}</m:SavedItemFolderId>" if folder else ""
    return (
        f'<m:CreateItem MessageDisposition="{disposition}">{place}'
        f"<m:Items><t:{kind}>{inside}</t:{kind}></m:Items></m:CreateItem>"
    )


def created(mailbox: Mailbox, inside: str, **options: str) -> str:
    """The id of an item created by create()."""
    answer = mailbox.call(create(inside, **options)).ok()
    return f'<t:ItemId Id="{answer.one(".//t:ItemId").get("Id")}"/>'


def text_of(mailbox: Mailbox, item: str, path: str) -> str | None:
    """The text of one element of an item as GetItem returns it with every property."""
    return mailbox.item(item).findtext(path, namespaces=NS)


def test_MS_OXWSCORE_R2169_an_item_created_is_answered_with_success(mailbox: Mailbox) -> None:
    """A CreateItem that succeeds has the ResponseClass Success and the id and change key of the item."""
    answer = mailbox.call(
        create("<t:Subject>New</t:Subject>"),
        header="<t:MailboxCulture>sv-SE</t:MailboxCulture>"
        '<t:TimeZoneContext><t:TimeZoneDefinition Id="Tokyo Standard Time"/></t:TimeZoneContext>',
    )

    assert local(answer.body) == "CreateItemResponse"
    assert answer.classes == ["Success"]
    assert set(answer.one(".//m:Items/t:Message/t:ItemId").attrib) == {"Id", "ChangeKey"}


def test_MS_OXWSCORE_R2170_an_item_created_is_answered_with_no_error(mailbox: Mailbox) -> None:
    """A CreateItem that succeeds has the ResponseCode NoError and returns nothing of the item but its id."""
    answer = mailbox.call(create("<t:Subject>New</t:Subject><t:Importance>High</t:Importance>"))

    assert answer.codes == ["NoError"]
    assert names(answer.messages[0]) == ["ResponseCode", "Items"]
    assert names(answer.one(".//t:Message")) == ["ItemId"]


def test_MS_OXWSCORE_R2171_R2172_an_item_refused_is_answered_with_error(mailbox: Mailbox) -> None:
    """A CreateItem that fails has the ResponseClass Error, a known code, and an empty list of items."""
    answer = mailbox.call(create("<t:MimeContent>!!!</t:MimeContent>"))

    assert answer.classes == ["Error"]
    assert answer.codes == ["ErrorMimeContentInvalidBase64String"]
    assert names(answer.messages[0]) == ["MessageText", "ResponseCode", "DescriptiveLinkKey", "Items"]
    assert names(answer.one(".//m:Items")) == []


def test_MS_OXWSCORE_R298_the_item_is_saved_in_the_folder_named(mailbox: Mailbox) -> None:
    """SavedItemFolderId is the folder that holds the new item."""
    folder = keyless(mailbox.folder("Here"))

    created(mailbox, "<t:Subject>Placed</t:Subject>", folder=folder)

    assert mailbox.subjects(folder) == ["Placed"]
    assert mailbox.subjects(distinguished("drafts")) == []


def test_MS_OXWSCORE_R299_every_item_of_the_collection_is_created(mailbox: Mailbox) -> None:
    """Items is a collection: each item has its own answer in order, and one refusal leaves the others."""
    folder = keyless(mailbox.folder("Here"))

    answer = mailbox.call(
        f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>{folder}'
        "</m:SavedItemFolderId><m:Items>"
        "<t:Message><t:Subject>One</t:Subject></t:Message>"
        "<t:Message><t:Subject>Two</t:Subject><t:Size>7</t:Size></t:Message>"
        "<t:Message><t:Subject>Three</t:Subject></t:Message></m:Items></m:CreateItem>"
    )

    assert answer.codes == ["NoError", "ErrorInvalidPropertySet", "NoError"]
    assert mailbox.subjects(folder) == ["One", "Three"]


def test_MS_OXWSMSG_R80_R82_save_only_saves_and_returns_an_id(mailbox: Mailbox, emulator: ExchangeEmulator) -> None:
    """SaveOnly keeps the message in Drafts when no folder is named, returns its id, and sends nothing."""
    to = "<t:ToRecipients><t:Mailbox><t:EmailAddress>ann@example.com</t:EmailAddress></t:Mailbox></t:ToRecipients>"

    answer = mailbox.call(create(f"<t:Subject>Kept</t:Subject>{to}", folder="")).ok()

    assert len(answer.all(".//t:ItemId")) == 1
    assert mailbox.subjects(distinguished("drafts")) == ["Kept"]
    assert [one for one in emulator.outgoing() if one.mailbox == mailbox.address] == []


def test_MS_OXWSMSG_R203_R84_send_only_sends_and_keeps_nothing(mailbox: Mailbox, emulator: ExchangeEmulator) -> None:
    """SendOnly sends the message, saves no copy and returns no id."""
    to = "<t:ToRecipients><t:Mailbox><t:EmailAddress>ann@example.com</t:EmailAddress></t:Mailbox></t:ToRecipients>"

    answer = mailbox.call(create(f"<t:Subject>Sent away</t:Subject>{to}", disposition="SendOnly", folder="")).ok()

    assert answer.all(".//t:ItemId") == []
    (sent,) = [one for one in emulator.outgoing() if one.mailbox == mailbox.address]
    assert (sent.kind, tuple(sent.recipients)) == ("mail", ("ann@example.com",))
    assert mailbox.subjects(distinguished("sentitems")) == []
    assert mailbox.subjects(distinguished("drafts")) == []


def test_MS_OXWSMSG_R204_R86_send_and_save_copy_sends_and_keeps_a_copy(
    mailbox: Mailbox, emulator: ExchangeEmulator
) -> None:
    """SendAndSaveCopy sends the message, saves a copy in the folder named, and returns no id."""
    to = "<t:ToRecipients><t:Mailbox><t:EmailAddress>ann@example.com</t:EmailAddress></t:Mailbox></t:ToRecipients>"

    answer = mailbox.call(
        create(
            f"<t:Subject>Sent and kept</t:Subject>{to}",
            disposition="SendAndSaveCopy",
            folder=distinguished("sentitems"),
        )
    ).ok()

    assert answer.all(".//t:ItemId") == []
    (sent,) = [one for one in emulator.outgoing() if one.mailbox == mailbox.address]
    assert (sent.kind, tuple(sent.recipients)) == ("mail", ("ann@example.com",))
    assert mailbox.subjects(distinguished("sentitems")) == ["Sent and kept"]


@pytest.mark.parametrize(
    "item_class",
    [
        pytest.param("IPM.Contact", id="R2018"),
        pytest.param("IPM.Appointment", id="R2019"),
        pytest.param("IPM.Task", id="R2021"),
        pytest.param("IPM.DistList", id="R2022"),
        pytest.param("ipm.contact.custom", id="any-case"),
    ],
)
def test_MS_OXWSCORE_R2023_an_item_class_of_another_kind_is_refused(mailbox: Mailbox, item_class: str) -> None:
    """An item class that belongs to another kind of item is ErrorObjectTypeChanged."""
    answer = mailbox.call(create(f"<t:ItemClass>{item_class}</t:ItemClass><t:Subject>Odd</t:Subject>"))

    assert answer.codes == ["ErrorObjectTypeChanged"]


@pytest.mark.parametrize(
    "item_class", ["IPM.Note", "IPM.Note.SMIME.MultipartSigned", "REPORT.IPM.Note.NDR", "IPM.Custom"]
)
def test_MS_OXWSCORE_R72_a_message_may_have_a_class_of_its_own(mailbox: Mailbox, item_class: str) -> None:
    """A message keeps the class that it is created with, where that is no other kind's."""
    item = created(mailbox, f"<t:ItemClass>{item_class}</t:ItemClass><t:Subject>Classed</t:Subject>")

    assert text_of(mailbox, item, "t:ItemClass") == item_class


def test_MS_OXWSCORE_R74_a_subject_has_at_most_255_characters(mailbox: Mailbox) -> None:
    """A subject of 255 characters is kept whole; a longer one is not taken."""
    item = created(mailbox, f"<t:Subject>{'é' * 255}</t:Subject>")

    assert text_of(mailbox, item, "t:Subject") == "é" * 255
    assert mailbox.call(create(f"<t:Subject>{'é' * 256}</t:Subject>")).classes == ["Error"]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        pytest.param("Normal", "R1651", id="R1651"),
        pytest.param("Personal", "R1652", id="R1652"),
        pytest.param("Private", "R1653", id="R1653"),
        pytest.param("Confidential", "R1650", id="R1650"),
    ],
)
def test_MS_OXWSCORE_R1650_R1651_R1652_R1653_every_sensitivity_is_kept(
    mailbox: Mailbox, value: str, number: str
) -> None:
    """Each of the four sensitivities is stored and returned."""
    item = created(mailbox, f"<t:Subject>{number}</t:Subject><t:Sensitivity>{value}</t:Sensitivity>")

    assert text_of(mailbox, item, "t:Sensitivity") == value


@pytest.mark.parametrize(
    "value", [pytest.param("High", id="R198"), pytest.param("Low", id="R199"), pytest.param("Normal", id="R200")]
)
def test_MS_OXWSCORE_R198_R199_R200_every_importance_is_kept(mailbox: Mailbox, value: str) -> None:
    """Each of the three importances is stored and returned."""
    item = created(mailbox, f"<t:Subject>Weighed</t:Subject><t:Importance>{value}</t:Importance>")

    assert text_of(mailbox, item, "t:Importance") == value


def test_MS_OXWSCORE_R80_categories_are_kept_in_order(mailbox: Mailbox) -> None:
    """Categories are stored and returned, in any script."""
    item = created(
        mailbox,
        "<t:Subject>Sorted</t:Subject><t:Categories><t:String>Red</t:String><t:String>работа</t:String>"
        "<t:String>a, b</t:String></t:Categories>",
    )

    assert [one.text for one in mailbox.item(item).findall("t:Categories/t:String", NS)] == ["Red", "работа", "a, b"]


KEYWORDS = '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="Keywords" PropertyType="{}"/>'
WORDS = "<t:{0}><t:{1}>Red</t:{1}><t:{1}>a, b</t:{1}></t:{0}>"


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param(WORDS.format("Categories", "String"), id="categories"),
        pytest.param(
            f"<t:ExtendedProperty>{KEYWORDS.format('StringArray')}{WORDS.format('Values', 'Value')}"
            "</t:ExtendedProperty>",
            id="keywords",
        ),
    ],
)
def test_the_property_keywords_holds_the_categories(mailbox: Mailbox, inside: str) -> None:
    """PidNameKeywords and the categories are the same words, whichever was set (MS-OXCMSG 2.2.1.17)."""
    item = created(mailbox, f"<t:Subject>Sorted</t:Subject>{inside}")

    found = mailbox.item(item, shape=(
        "<t:BaseShape>AllProperties</t:BaseShape><t:AdditionalProperties>"
        f"{KEYWORDS.format('StringArray')}</t:AdditionalProperties>"
    ))
    assert [one.text for one in found.findall("t:Categories/t:String", NS)] == ["Red", "a, b"]
    assert [one.text for one in found.findall("t:ExtendedProperty/t:Values/t:Value", NS)] == ["Red", "a, b"]


def test_the_property_keywords_is_a_list(mailbox: Mailbox) -> None:
    """PidNameKeywords is of several strings: as one string it is refused."""
    answer = mailbox.call(
        '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:ExtendedProperty>'
        f"{KEYWORDS.format('String')}<t:Value>Red</t:Value></t:ExtendedProperty></t:Message></m:Items></m:CreateItem>"
    )

    assert answer.codes == ["ErrorInvalidExtendedProperty"]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        pytest.param("HTML", "<html><body><p>Hello <b>you</b></p></body></html>", id="R1679"),
        pytest.param("Text", "Hello\nyou", id="R1680"),
    ],
)
def test_MS_OXWSCORE_R1679_R1680_a_body_keeps_its_kind(mailbox: Mailbox, kind: str, content: str) -> None:
    """A body created as HTML or as text is returned as what it is to whoever asks for the best."""
    escaped = content.replace("<", "&lt;").replace(">", "&gt;")
    item = created(mailbox, f'<t:Subject>Bodied</t:Subject><t:Body BodyType="{kind}">{escaped}</t:Body>')

    body = mailbox.item(item, shape="<t:BaseShape>AllProperties</t:BaseShape><t:BodyType>Best</t:BodyType>").find(
        "t:Body", NS
    )

    assert body is not None
    assert body.get("BodyType") == kind
    assert "Hello" in str(body.text)


@pytest.mark.parametrize(
    ("kind", "number"),
    [pytest.param("Message", "R2012", id="Message"), pytest.param("PostItem", "R2012", id="PostItem")],
)
def test_MS_OXWSCORE_R2012_mime_content_is_for_messages_and_posts(mailbox: Mailbox, kind: str, number: str) -> None:
    """A message and a post may be created from MIME; subject, sender and text come from it."""
    item = created(mailbox, f"<t:MimeContent>{mime(f'By MIME {number}')}</t:MimeContent>", kind=kind)

    found = mailbox.item(item, shape="<t:BaseShape>AllProperties</t:BaseShape><t:BodyType>Text</t:BodyType>")
    assert local(found) == kind
    assert found.findtext("t:Subject", namespaces=NS) == "By MIME R2012"
    assert str(found.findtext("t:Body", namespaces=NS)).strip() == "Hello"
    assert found.findtext("t:From/t:Mailbox/t:EmailAddress", namespaces=NS) == "ann@example.com"


def test_MS_OXWSCORE_R114_mime_content_may_name_its_character_set(mailbox: Mailbox) -> None:
    """CharacterSet names the character set of the MIME; the message is read all the same."""
    item = created(mailbox, f'<t:MimeContent CharacterSet="UTF-8">{mime("Grüße")}</t:MimeContent>')

    got = mailbox.item(item, shape="<t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>")
    content = got.find("t:MimeContent", NS)
    assert content is not None
    assert content.get("CharacterSet") == "UTF-8"
    assert b"Message-ID: <one@example.com>".lower() in base64.b64decode(str(content.text)).lower()


def test_MS_OXWSCORE_R1608_a_saved_message_is_a_draft(mailbox: Mailbox) -> None:
    """A message that is saved and not sent is a draft."""
    item = created(mailbox, "<t:Subject>Unsent</t:Subject>")

    assert text_of(mailbox, item, "t:IsDraft") == "true"


def test_MS_OXWSCORE_R1609_a_message_with_its_own_flags_is_no_draft(mailbox: Mailbox) -> None:
    """A message created with the message flags 1 has been sent and read, as a migrated message has."""
    flags = '<t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/>'
    item = created(
        mailbox,
        f"<t:Subject>Sent</t:Subject><t:ExtendedProperty>{flags}<t:Value>1</t:Value></t:ExtendedProperty>",
    )

    assert text_of(mailbox, item, "t:IsDraft") == "false"
    assert text_of(mailbox, item, "t:IsRead") == "true"


def test_MS_OXWSCDATA_R102000000_a_plain_item_becomes_a_message(mailbox: Mailbox) -> None:
    """An element Item creates a message, and is returned as one."""
    answer = mailbox.call(create("<t:Subject>Plain</t:Subject>", kind="Item")).ok()

    assert names(answer.one(".//m:Items")) == ["Message"]
    item = f'<t:ItemId Id="{answer.one(".//t:ItemId").get("Id")}"/>'
    assert local(mailbox.item(item)) == "Message"


@pytest.mark.parametrize(
    ("element", "value"),
    [
        pytest.param("IsReadReceiptRequested", "true", id="R42"),
        pytest.param("IsReadReceiptRequested", "false", id="R4200"),
        pytest.param("IsDeliveryReceiptRequested", "true", id="R46"),
        pytest.param("IsDeliveryReceiptRequested", "false", id="R4600"),
        pytest.param("IsRead", "true", id="R61"),
        pytest.param("IsRead", "false", id="R6100"),
        pytest.param("IsResponseRequested", "true", id="R65"),
    ],
)
def test_MS_OXWSMSG_R42_R4200_R46_R4600_R61_R6100_R65_flags_of_a_message_are_kept(
    mailbox: Mailbox, element: str, value: str
) -> None:
    """A message keeps the flags that it is created with."""
    item = created(mailbox, f"<t:Subject>Flagged</t:Subject><t:{element}>{value}</t:{element}>")

    assert text_of(mailbox, item, f"t:{element}") == value


def test_MS_OXWSMSG_R55_R68_R71_sender_references_and_reply_to_can_be_written(mailbox: Mailbox) -> None:
    """From, References and ReplyTo are written by the client and returned."""
    item = created(
        mailbox,
        "<t:Subject>Written</t:Subject>"
        "<t:From><t:Mailbox><t:Name>Bea</t:Name><t:EmailAddress>bea@example.com</t:EmailAddress></t:Mailbox></t:From>"
        "<t:References>&lt;a@example.com&gt; &lt;b@example.com&gt;</t:References>"
        "<t:ReplyTo><t:Mailbox><t:EmailAddress>desk@example.com</t:EmailAddress></t:Mailbox></t:ReplyTo>",
    )

    found = mailbox.item(item)
    assert found.findtext("t:From/t:Mailbox/t:EmailAddress", namespaces=NS) == "bea@example.com"
    assert found.findtext("t:References", namespaces=NS) == "<a@example.com> <b@example.com>"
    assert found.findtext("t:ReplyTo/t:Mailbox/t:EmailAddress", namespaces=NS) == "desk@example.com"


@pytest.mark.parametrize(
    "flag",
    [
        pytest.param(
            "<t:FlagStatus>Flagged</t:FlagStatus><t:CompleteDate>2020-01-01T00:00:00Z</t:CompleteDate>", id="R2002"
        ),
        pytest.param(
            "<t:FlagStatus>Flagged</t:FlagStatus><t:StartDate>2020-01-01T00:00:00Z</t:StartDate>", id="R2002-unpaired"
        ),
        pytest.param("<t:FlagStatus>NotFlagged</t:FlagStatus><t:DueDate>2020-01-01T00:00:00Z</t:DueDate>", id="R2005"),
        pytest.param(
            "<t:FlagStatus>Complete</t:FlagStatus><t:StartDate>2020-01-01T00:00:00Z</t:StartDate>"
            "<t:DueDate>2020-01-02T00:00:00Z</t:DueDate>",
            id="R2008",
        ),
    ],
)
def test_MS_OXWSCORE_R2002_R2005_R2008_a_flag_has_only_the_dates_of_its_status(mailbox: Mailbox, flag: str) -> None:
    """A flag with dates that its status does not allow is refused."""
    answer = mailbox.call(create(f"<t:Subject>Flagged</t:Subject><t:Flag>{flag}</t:Flag>"))

    assert answer.classes == ["Error"]
    assert answer.codes == ["ErrorInvalidArgument"]


def test_MS_OXWSCORE_R1042_R1043_R1044_a_flag_is_kept_with_its_dates(mailbox: Mailbox) -> None:
    """A flag with status, start and due date is stored and returned."""
    item = created(
        mailbox,
        "<t:Subject>Flagged</t:Subject><t:Flag><t:FlagStatus>Flagged</t:FlagStatus>"
        "<t:StartDate>2020-01-01T00:00:00Z</t:StartDate><t:DueDate>2020-01-02T00:00:00Z</t:DueDate></t:Flag>",
    )

    flag = mailbox.item(
        item,
        shape="<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        '<t:FieldURI FieldURI="item:Flag"/></t:AdditionalProperties>',
    ).find("t:Flag", NS)
    assert flag is not None
    assert [flag.findtext(f"t:{name}", namespaces=NS) for name in ("FlagStatus", "StartDate", "DueDate")] == [
        "Flagged",
        "2020-01-01T00:00:00Z",
        "2020-01-02T00:00:00Z",
    ]


def test_MS_OXWSCORE_R1620_an_attachment_comes_with_the_item(mailbox: Mailbox) -> None:
    """An item created with a file has attachments, and the file keeps its name and size."""
    content = base64.b64encode(b"%PDF-1.4 not really").decode()
    item = created(
        mailbox,
        "<t:Subject>With a file</t:Subject><t:Attachments><t:FileAttachment><t:Name>plan.pdf</t:Name>"
        f"<t:ContentType>application/pdf</t:ContentType><t:Content>{content}</t:Content></t:FileAttachment>"
        "</t:Attachments>",
    )

    found = mailbox.item(item)
    assert found.findtext("t:HasAttachments", namespaces=NS) == "true"
    assert found.findtext("t:Attachments/t:FileAttachment/t:Name", namespaces=NS) == "plan.pdf"


def test_MS_OXWSCORE_R20452_a_store_entry_id_is_ignored(mailbox: Mailbox) -> None:
    """StoreEntryId in a request is neither an error nor kept (Exchange 2013 and later)."""
    answer = mailbox.call(create("<t:Subject>Strange</t:Subject><t:StoreEntryId>AAAA</t:StoreEntryId>")).ok()

    item = f'<t:ItemId Id="{answer.one(".//t:ItemId").get("Id")}"/>'
    assert text_of(mailbox, item, "t:StoreEntryId") != "AAAA"


def test_MS_OXWSCORE_R280_the_answer_carries_the_server_version(
    emulator: ExchangeEmulator, open_mailbox: Callable[..., Mailbox]
) -> None:
    """The SOAP header ServerVersionInfo identifies the server, also where the item is refused."""
    mailbox = open_mailbox(emulator)

    answer = mailbox.call(create("<t:ItemClass>IPM.Task</t:ItemClass>"))

    assert answer.classes == ["Error"]
    assert answer.server["MajorVersion"] == "15"
