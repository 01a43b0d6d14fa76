"""GetItem, MS-OXWSCORE section 3.1.4.4 and MS-OXWSMSG section 3.1.4.4."""

import base64
import email
import re
from xml.sax.saxutils import escape

import pytest

from .soap import NS, Mailbox, distinguished, identity, keyless, local, mime, names, reference

IDS_ONLY = "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
HTML = (
    "<t:Subject>Rich</t:Subject>"
    '<t:Body BodyType="HTML">&lt;html&gt;&lt;head&gt;&lt;script&gt;alert(1)&lt;/script&gt;'
    "&lt;/head&gt;&lt;body&gt;&lt;p&gt;Plain &amp;amp; simple&lt;/p&gt;&lt;/body&gt;&lt;/html&gt;</t:Body>"
)
TWO_RECIPIENTS = (
    "<t:Subject>To many</t:Subject><t:ToRecipients>"
    "<t:Mailbox><t:Name>Ann</t:Name><t:EmailAddress>ann@example.com</t:EmailAddress></t:Mailbox>"
    "<t:Mailbox><t:Name>Bob</t:Name><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox>"
    "</t:ToRecipients>"
    "<t:CcRecipients><t:Mailbox><t:Name>Cyd</t:Name>"
    "<t:EmailAddress>cyd@example.com</t:EmailAddress></t:Mailbox>"
    "<t:Mailbox><t:Name>Dan</t:Name><t:EmailAddress>dan@example.com</t:EmailAddress></t:Mailbox>"
    "</t:CcRecipients>"
)


def field(*uris: str) -> str:
    """A shape of the id and these properties."""
    inside = "".join(f'<t:FieldURI FieldURI="{uri}"/>' for uri in uris)
    return f"<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{inside}</t:AdditionalProperties>"


def test_MS_OXWSMSG_R134_an_item_found_is_answered_with_success(mailbox: Mailbox) -> None:
    """A GetItem that succeeds has the ResponseClass Success and one item a message."""
    item = mailbox.message()

    answer = mailbox.call(
        f"<m:GetItem>{IDS_ONLY}<m:ItemIds>{item}</m:ItemIds></m:GetItem>",
        header="<t:MailboxCulture>nl-NL</t:MailboxCulture>",
    )

    assert local(answer.body) == "GetItemResponse"
    assert answer.classes == ["Success"]
    assert names(answer.one(".//m:Items")) == ["Message"]


def test_MS_OXWSMSG_R135_an_item_found_is_answered_with_no_error(mailbox: Mailbox) -> None:
    """A GetItem that succeeds has the ResponseCode NoError, with and without a change key."""
    item = mailbox.message()

    answer = mailbox.call(f"<m:GetItem>{IDS_ONLY}<m:ItemIds>{item}{keyless(item)}</m:ItemIds></m:GetItem>")

    assert answer.codes == ["NoError", "NoError"]


def test_MS_OXWSMSG_R135001_an_item_that_is_gone_is_answered_with_error(mailbox: Mailbox) -> None:
    """A GetItem that fails has the ResponseClass Error and an empty list of items; the others are answered."""
    gone, there = mailbox.messages("<t:Subject>Gone</t:Subject>", "<t:Subject>There</t:Subject>")
    mailbox.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{gone}</m:ItemIds></m:DeleteItem>').ok()

    answer = mailbox.call(f"<m:GetItem>{IDS_ONLY}<m:ItemIds>{gone}{there}</m:ItemIds></m:GetItem>")

    assert answer.classes == ["Error", "Success"]
    assert answer.codes == ["ErrorItemNotFound", "NoError"]
    assert names(answer.messages[0]) == ["MessageText", "ResponseCode", "DescriptiveLinkKey", "Items"]


def test_MS_OXWSMSG_R127_id_only_returns_nothing_but_the_id(mailbox: Mailbox) -> None:
    """The shape IdOnly returns the item's id and change key and nothing else."""
    item = mailbox.message()

    answer = mailbox.call(f"<m:GetItem>{IDS_ONLY}<m:ItemIds>{item}</m:ItemIds></m:GetItem>").ok()

    assert names(answer.one(".//t:Message")) == ["ItemId"]
    assert reference(answer.one(".//t:ItemId")) == item


WITH_A_PICTURE = (
    b"From: ann@example.com\r\nSubject: Look\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/related; boundary="=b"\r\n\r\n'
    b'--=b\r\nContent-Type: text/html\r\n\r\n<img src="cid:dot">\r\n'
    b'--=b\r\nContent-Type: image/png\r\nContent-Disposition: inline; filename="dot.png"\r\nContent-ID: <dot>\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--=b--\r\n"
)


def test_MS_OXWSMSG_R198_all_properties_returns_the_message(mailbox: Mailbox) -> None:
    """The shape AllProperties returns what makes the message: recipients, body, dates, flags and rights."""
    item = mailbox.message(TWO_RECIPIENTS)

    found = names(mailbox.item(item))

    assert {
        "ItemId",
        "ParentFolderId",
        "ItemClass",
        "Subject",
        "Sensitivity",
        "Body",
        "DateTimeReceived",
        "Size",
        "Importance",
        "IsDraft",
        "DateTimeCreated",
        "DisplayTo",
        "HasAttachments",
        "EffectiveRights",
        "LastModifiedTime",
        "ToRecipients",
        "CcRecipients",
        "IsRead",
        "InternetMessageId",
    } <= set(found)


def test_MS_OXWSMSG_R198_all_properties_returns_the_attachments(mailbox: Mailbox) -> None:
    """What is attached makes the message too."""
    item = mailbox.message(f"<t:MimeContent>{base64.b64encode(WITH_A_PICTURE).decode()}</t:MimeContent>")

    found = mailbox.item(item)

    assert found.findtext("t:Attachments/t:FileAttachment/t:Name", namespaces=NS) == "dot.png"


def test_a_picture_in_the_text_is_an_inline_attachment_alone(mailbox: Mailbox) -> None:
    """It is listed as inline, and the item has no attachments for all that (recorded of Exchange 15.1)."""
    item = mailbox.message(f"<t:MimeContent>{base64.b64encode(WITH_A_PICTURE).decode()}</t:MimeContent>")

    found = mailbox.item(item, shape=field("item:Attachments", "item:HasAttachments"))

    assert found.findtext("t:HasAttachments", namespaces=NS) == "false"
    assert [one.text for one in found.findall("t:Attachments/t:FileAttachment/t:IsInline", NS)] == ["true"]


def test_the_attachments_of_an_attached_message_are_its_own(mailbox: Mailbox) -> None:
    """A message that came with a message with a picture has one attachment."""
    source = (
        b'Subject: Outer\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=o"\r\n\r\n'
        b"--=o\r\nContent-Type: text/plain\r\n\r\nSee below\r\n--=o\r\nContent-Type: message/rfc822\r\n"
        b"Content-Disposition: attachment\r\n\r\n" + WITH_A_PICTURE + b"--=o--\r\n"
    )
    item = mailbox.message(f"<t:MimeContent>{base64.b64encode(source).decode()}</t:MimeContent>")

    assert names(mailbox.item(item).find("t:Attachments", NS)) == ["ItemAttachment"]


def test_MS_OXWSCORE_R387_every_item_asked_for_is_answered_in_order(mailbox: Mailbox) -> None:
    """ItemIds is a collection: each item has its own answer in the order of the request, twice if asked twice."""
    one, two = mailbox.messages("<t:Subject>One</t:Subject>", "<t:Subject>Two</t:Subject>")

    answer = mailbox.call(
        f"<m:GetItem><m:ItemShape>{field('item:Subject')}</m:ItemShape><m:ItemIds>{two}{one}{two}"
        "</m:ItemIds></m:GetItem>"
    ).ok()

    assert answer.texts(".//t:Subject") == ["Two", "One", "Two"]


def test_MS_OXWSCORE_R386_the_shape_may_name_properties_of_every_kind(mailbox: Mailbox) -> None:
    """ItemShape adds to the id exactly the fields, MAPI properties and headers that it names."""
    path = '<t:ExtendedFieldURI PropertyTag="0x0037" PropertyType="String"/>'
    item = mailbox.message(f"<t:MimeContent>{mime('Shaped', header='X-Trace: 42')}</t:MimeContent>")

    found = mailbox.item(
        item,
        shape="<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        f'<t:FieldURI FieldURI="message:IsRead"/>{path}'
        '<t:IndexedFieldURI FieldURI="item:InternetMessageHeader" FieldIndex="X-Trace"/>'
        "</t:AdditionalProperties>",
    )

    assert names(found) == ["ItemId", "InternetMessageHeaders", "ExtendedProperty", "IsRead"]
    assert found.findtext("t:ExtendedProperty/t:Value", namespaces=NS) == "Shaped"
    assert [(one.get("HeaderName"), one.text) for one in found.findall("t:InternetMessageHeaders/*", NS)] == [
        ("X-Trace", "42")
    ]


def test_MS_OXWSCORE_R20301_internet_headers_can_be_retrieved(mailbox: Mailbox) -> None:
    """InternetMessageHeaders returns the headers of the message that was imported."""
    item = mailbox.message(f"<t:MimeContent>{mime('Headed', header='X-Mailer: Pine')}</t:MimeContent>")

    found = mailbox.item(item, shape=field("item:InternetMessageHeaders"))

    headers = {one.get("HeaderName"): one.text for one in found.findall("t:InternetMessageHeaders/*", NS)}
    assert headers["X-Mailer"] == "Pine"
    assert headers["Subject"] == "Headed"


@pytest.mark.parametrize(
    ("asked", "kind", "content"),
    [
        pytest.param("Best", "HTML", "<p>Plain &amp; simple</p>", id="R15"),
        pytest.param("HTML", "HTML", "<p>Plain &amp; simple</p>", id="R17"),
        pytest.param("Text", "Text", "Plain & simple", id="R18"),
    ],
)
def test_MS_OXWSCDATA_R15_R17_R18_the_body_has_the_type_asked_for(
    mailbox: Mailbox, asked: str, kind: str, content: str
) -> None:
    """BodyType Best, HTML and Text return the HTML body as HTML, HTML and plain text."""
    item = mailbox.message(HTML)

    body = mailbox.item(
        item,
        shape=field("item:Body").replace(
            "<t:AdditionalProperties>", f"<t:BodyType>{asked}</t:BodyType><t:AdditionalProperties>"
        ),
    ).find("t:Body", NS)

    assert body is not None
    assert body.get("BodyType") == kind
    assert content in str(body.text)
    assert ("<p>" in str(body.text)) == (kind == "HTML")


def test_MS_OXWSCDATA_R18_blocks_of_html_are_lines_of_text(mailbox: Mailbox) -> None:
    """No words run together that HTML shows apart."""
    html = "<b>Agenda</b><br><ul><li>Money &amp; more</li><li>plan</li></ul><div>End</div>"
    item = mailbox.message(f'<t:Subject>x</t:Subject><t:Body BodyType="HTML">{escape(html)}</t:Body>')

    shape = field("item:Body").replace("<t:Add", "<t:BodyType>Text</t:BodyType><t:Add")
    body = mailbox.item(item, shape=shape).findtext("t:Body", namespaces=NS)

    assert (body or "").split("\r\n") == ["Agenda", "", "Money & more", "plan", "End"]


def test_MS_OXWSCDATA_R17_a_text_body_is_returned_as_html_to_whoever_asks(mailbox: Mailbox) -> None:
    """BodyType HTML turns a text body into HTML, with the characters that HTML needs escaped."""
    item = mailbox.message('<t:Subject>Poor</t:Subject><t:Body BodyType="Text">1 &lt; 2 &amp; 3</t:Body>')

    body = mailbox.item(
        item,
        shape="<t:BaseShape>IdOnly</t:BaseShape><t:BodyType>HTML</t:BodyType><t:AdditionalProperties>"
        '<t:FieldURI FieldURI="item:Body"/></t:AdditionalProperties>',
    ).find("t:Body", NS)

    assert body is not None
    assert body.get("BodyType") == "HTML"
    assert "1 &lt; 2 &amp; 3" in str(body.text)


@pytest.mark.parametrize(
    ("wanted", "there"), [pytest.param("true", True, id="R21188"), pytest.param("false", False, id="R21189")]
)
def test_MS_OXWSCDATA_R21188_R21189_mime_content_comes_when_asked_for(
    mailbox: Mailbox, wanted: str, there: bool
) -> None:
    """IncludeMimeContent decides whether the MIME is returned; it is a message with the same headers and text."""
    item = mailbox.message(f"<t:MimeContent>{mime('Whole', text='Grüße')}</t:MimeContent>")

    found = mailbox.item(
        item, shape=f"<t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>{wanted}</t:IncludeMimeContent>"
    )

    assert names(found) == (["MimeContent", "ItemId"] if there else ["ItemId"])
    if there:
        parsed = email.message_from_bytes(base64.b64decode(str(found.findtext("t:MimeContent", namespaces=NS))))
        assert (parsed["Subject"], parsed["Message-ID"]) == ("Whole", "<one@example.com>")
        assert "Grüße" in parsed.get_payload(decode=True).decode(parsed.get_content_charset("utf-8"))  # type: ignore[union-attr]  # one part


@pytest.mark.parametrize(
    ("wanted", "there"), [pytest.param("true", False, id="R21193"), pytest.param("false", True, id="R21194")]
)
def test_MS_OXWSCDATA_R21193_R21194_html_is_filtered_when_asked_for(mailbox: Mailbox, wanted: str, there: bool) -> None:
    """FilterHtmlContent true removes scripts from the body, false leaves them."""
    item = mailbox.message(HTML)

    body = mailbox.item(
        item,
        shape="<t:BaseShape>IdOnly</t:BaseShape><t:BodyType>HTML</t:BodyType>"
        f"<t:FilterHtmlContent>{wanted}</t:FilterHtmlContent>"
        "<t:ConvertHtmlCodePageToUTF8>true</t:ConvertHtmlCodePageToUTF8>"
        '<t:AdditionalProperties><t:FieldURI FieldURI="item:Body"/></t:AdditionalProperties>',
    ).findtext("t:Body", namespaces=NS)

    assert ("<script>" in str(body)) == there
    assert "Plain" in str(body)


def test_MS_OXWSCORE_R97_R99_display_names_are_joined(mailbox: Mailbox) -> None:
    """DisplayTo and DisplayCc are the display names of all recipients, joined."""
    found = mailbox.item(mailbox.message(TWO_RECIPIENTS))

    assert found.findtext("t:DisplayTo", namespaces=NS) == "Ann; Bob"
    assert found.findtext("t:DisplayCc", namespaces=NS) == "Cyd; Dan"


@pytest.mark.parametrize(
    ("precision", "pattern"),
    [
        pytest.param("Seconds", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", id="R1670"),
        pytest.param("Milliseconds", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", id="R1671"),
    ],
)
def test_MS_OXWSCORE_R1670_R1671_dates_have_the_precision_asked_for(
    mailbox: Mailbox, precision: str, pattern: str
) -> None:
    """The header DateTimePrecision decides whether dates are returned to the second or the millisecond."""
    item = mailbox.message()

    answer = mailbox.call(
        f"<m:GetItem><m:ItemShape>{field('item:DateTimeCreated')}</m:ItemShape>"
        f"<m:ItemIds>{item}</m:ItemIds></m:GetItem>",
        header=f"<t:DateTimePrecision>{precision}</t:DateTimePrecision>",
    ).ok()

    assert re.fullmatch(pattern, answer.text(".//t:DateTimeCreated"))


def test_MS_OXWSCORE_R1617_R1619_R1621_a_plain_message_has_no_reminder_association_or_attachment(
    mailbox: Mailbox,
) -> None:
    """A plain message has no reminder set, is not associated with its folder and has no attachment."""
    found = mailbox.item(
        mailbox.message(), shape=field("item:ReminderIsSet", "item:IsAssociated", "item:HasAttachments")
    )

    assert {local(one): one.text for one in found[1:]} == {
        "ReminderIsSet": "false",
        "IsAssociated": "false",
        "HasAttachments": "false",
    }


def test_MS_OXWSCORE_R2281_attachments_are_listed_without_their_content(mailbox: Mailbox) -> None:
    """Attachments of an imported message are listed with name, type and id, and without content."""
    source = (
        b"From: ann@example.com\r\nSubject: With a file\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="=b"\r\n\r\n--=b\r\nContent-Type: '
        b"text/plain\r\n\r\nHello\r\n"
        b'--=b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename="dot.png"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--=b--\r\n"
    )
    item = mailbox.message(f"<t:MimeContent>{base64.b64encode(source).decode()}</t:MimeContent>")

    found = mailbox.item(item, shape=field("item:Attachments", "item:HasAttachments"))

    attachment = found.find("t:Attachments/t:FileAttachment", NS)
    assert attachment is not None
    assert found.findtext("t:HasAttachments", namespaces=NS) == "true"
    assert attachment.findtext("t:Name", namespaces=NS) == "dot.png"
    assert attachment.findtext("t:ContentType", namespaces=NS) == "image/png"
    assert attachment.find("t:AttachmentId", NS).get("Id")
    assert attachment.find("t:Content", NS) is None
    assert attachment.findtext("t:Size", namespaces=NS) == "8"
    assert attachment.findtext("t:IsInline", namespaces=NS) == "false"


def test_MS_OXWSCORE_R1354_a_preview_is_the_beginning_of_the_text(mailbox: Mailbox) -> None:
    """Preview is at most the first 256 characters of the body's text."""
    text = "The quick brown fox jumps over the lazy dog. " * 10
    item = mailbox.message(f'<t:Subject>Long</t:Subject><t:Body BodyType="Text">{text}</t:Body>')

    preview = mailbox.item(item, shape=field("item:Preview")).findtext("t:Preview", namespaces=NS)

    assert text.startswith(str(preview).strip())
    assert 200 < len(str(preview)) <= 256


def test_MS_OXWSCORE_R71_the_parent_folder_id_is_the_id_of_the_folder(mailbox: Mailbox) -> None:
    """ParentFolderId is the id of the folder that holds the item."""
    folder = mailbox.folder("Holder")

    found = mailbox.item(mailbox.message(folder=keyless(folder)), shape=field("item:ParentFolderId"))

    assert found.find("t:ParentFolderId", NS).get("Id") == identity(folder)


def test_MS_OXWSCORE_R156_an_id_of_one_mailbox_says_nothing_to_another(
    mailbox: Mailbox, open_mailbox, emulator
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    """An item id is that of one item of one mailbox: nobody else reads the item by it."""
    item = mailbox.message()
    stranger = open_mailbox(emulator)

    answer = stranger.call(f"<m:GetItem>{IDS_ONLY}<m:ItemIds>{item}</m:ItemIds></m:GetItem>")

    assert answer.classes == ["Error"]


def test_MS_OXWSCORE_R105_the_time_of_the_last_change_follows_a_change(mailbox: Mailbox) -> None:
    """LastModifiedTime is not before the creation, and neither changes by reading."""
    item = mailbox.message()
    shape = field("item:DateTimeCreated", "item:LastModifiedTime")

    first, second = mailbox.item(item, shape=shape), mailbox.item(item, shape=shape)

    created, changed = (first.findtext(f"t:{name}", namespaces=NS) for name in ("DateTimeCreated", "LastModifiedTime"))
    assert str(created) <= str(changed)
    assert [one.text for one in first] == [one.text for one in second]


def test_MS_OXWSCORE_R368_the_answer_carries_the_server_version(mailbox: Mailbox) -> None:
    """The SOAP header ServerVersionInfo identifies the server, also where the item is not found."""
    answer = mailbox.call(f"<m:GetItem>{IDS_ONLY}<m:ItemIds><t:ItemId Id='DUMMY'/></m:ItemIds></m:GetItem>")

    assert answer.codes == ["ErrorInvalidIdMalformed"]
    assert {"MajorVersion", "MinorVersion", "MajorBuildNumber", "MinorBuildNumber", "Version"} == set(answer.server)


def test_MS_OXWSMSG_R52_R58_topic_and_message_id_come_from_the_message(mailbox: Mailbox) -> None:
    """ConversationTopic and InternetMessageId are read from the imported message."""
    item = mailbox.message(f"<t:MimeContent>{mime('Re: The plan')}</t:MimeContent>", folder=distinguished("inbox"))

    found = mailbox.item(item, shape=field("message:ConversationTopic", "message:InternetMessageId"))

    assert found.findtext("t:ConversationTopic", namespaces=NS) == "The plan"
    assert found.findtext("t:InternetMessageId", namespaces=NS) == "<one@example.com>"


def test_MS_OXWSCDATA_R1633_R1634_files_and_messages_are_attached_in_elements_of_their_own(mailbox: Mailbox) -> None:
    """An attached message is an ItemAttachment, an attached file a FileAttachment, each with an id of its own."""
    source = (
        b'Subject: Both\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=b"\r\n\r\n'
        b"--=b\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
        b'--=b\r\nContent-Type: text/csv; name="a.csv"\r\nContent-Disposition: attachment\r\n\r\n1,2\r\n'
        b"--=b\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n"
        b"Subject: Inner\r\n\r\nInside\r\n--=b--\r\n"
    )
    item = mailbox.message(f"<t:MimeContent>{base64.b64encode(source).decode()}</t:MimeContent>")

    attachments = mailbox.item(item, shape=field("item:Attachments")).find("t:Attachments", NS)

    assert names(attachments) == ["FileAttachment", "ItemAttachment"]
    assert attachments is not None
    assert len({found.find("t:AttachmentId", NS).get("Id") for found in attachments}) == 2
    assert attachments.findtext("t:FileAttachment/t:Name", namespaces=NS) == "a.csv"
