"""CreateAttachment, MS-OXWSATT section 3.1.4.1."""

import base64
from email import message_from_bytes

import pytest

from emulators.exchange import ExchangeEmulator

from .attachments import attach, attached, attached_item, file, get, names_of, with_both
from .soap import Mailbox, change_key, identity, names

MIME = "<t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"


def test_MS_OXWSATT_R144_R145_an_attachment_is_answered_with_success(mailbox: Mailbox) -> None:
    """A CreateAttachment that succeeds says NoError and returns nothing but the id of the attachment."""
    answer = attach(mailbox, mailbox.message(), file())

    assert (answer.classes, answer.codes) == (["Success"], ["NoError"])
    assert names(answer.one(".//t:FileAttachment")) == ["AttachmentId"]


def test_MS_OXWSATT_R43_R45_the_id_names_the_item_and_its_new_change_key(mailbox: Mailbox) -> None:
    """RootItemId is the item, and RootItemChangeKey the change key that it has since."""
    item = mailbox.message()

    found = attach(mailbox, item, file()).ok().one(".//t:AttachmentId")

    assert found.get("RootItemId") == identity(item)
    assert found.get("RootItemChangeKey") != change_key(item)
    now = mailbox.item(f'<t:ItemId Id="{identity(item)}"/>').find("{*}ItemId")
    assert now is not None
    assert found.get("RootItemChangeKey") == now.get("ChangeKey")


def test_MS_OXWSATT_R53201_a_file_is_attached(mailbox: Mailbox) -> None:
    """An item to which a file was attached lists it, has attachments, and has grown."""
    item = mailbox.message()
    before = int(mailbox.item(item).findtext("{*}Size") or "")

    attach(mailbox, item, file("plan.txt", b"x" * 1000)).ok()

    found = mailbox.item(f'<t:ItemId Id="{identity(item)}"/>')
    assert names_of(mailbox, item) == ["plan.txt"]
    assert found.findtext("{*}HasAttachments") == "true"
    assert int(found.findtext("{*}Size") or "") == before + 1000


def test_MS_OXWSATT_R532_an_item_is_attached_and_is_no_store_item(mailbox: Mailbox) -> None:
    """An attached message stands in no folder."""
    item = mailbox.message()

    attach(mailbox, item, attached_item("<t:Subject>Inner</t:Subject>")).ok()

    assert names_of(mailbox, item) == ["inner"]
    assert mailbox.subjects('<t:DistinguishedFolderId Id="drafts"/>') == ["A message"]


def test_MS_OXWSATT_R145001_R145002_what_is_refused_leaves_the_others(mailbox: Mailbox) -> None:
    """Each attachment has its own answer in order; one that is refused changes nothing."""
    item = mailbox.message()

    answer = attach(mailbox, item, file("a"), "<t:ItemAttachment><t:Name>none</t:Name></t:ItemAttachment>", file("b"))

    assert answer.classes == ["Success", "Error", "Success"]
    assert names_of(mailbox, item) == ["a", "b"]


def test_MS_OXWSATT_R78002_an_item_attachment_holds_an_item(mailbox: Mailbox) -> None:
    """An ItemAttachment without an item is refused with ErrorMissingItemForCreateItemAttachment."""
    answer = attach(mailbox, mailbox.message(), "<t:ItemAttachment><t:Name>none</t:Name></t:ItemAttachment>")

    assert answer.codes == ["ErrorMissingItemForCreateItemAttachment"]


@pytest.mark.parametrize("kind", ["MeetingMessage", "MeetingRequest", "MeetingResponse", "MeetingCancellation"])
def test_MS_OXWSATT_R318001_meeting_messages_cannot_be_attached(mailbox: Mailbox, kind: str) -> None:
    """A meeting message as an attachment is refused with ErrorInvalidItemForOperationCreateItemAttachment."""
    answer = attach(mailbox, mailbox.message(), attached_item("<t:Subject>x</t:Subject>", kind))

    assert answer.codes == ["ErrorInvalidItemForOperationCreateItemAttachment"]


@pytest.mark.parametrize("content", ["!!!", "QUJD!"])
def test_MS_OXWSATT_R347_content_that_is_no_base64_is_refused(mailbox: Mailbox, content: str) -> None:
    """A file whose content is no base64Binary fails the schema, though libxml2 lets it pass; nothing is kept."""
    item = mailbox.message()
    bad = f"<t:FileAttachment><t:Name>x</t:Name><t:Content>{content}</t:Content></t:FileAttachment>"

    answer = attach(mailbox, item, file("good"), bad)

    assert answer.fault == "ErrorSchemaValidation"
    assert names_of(mailbox, item) == []


def test_MS_OXWSATT_R318003_an_inline_picture_is_not_counted_as_an_attachment(mailbox: Mailbox) -> None:
    """An inline attachment is listed with its content id and does not make HasAttachments true."""
    item = mailbox.message()

    attach(mailbox, item, file(more="<t:ContentId>one</t:ContentId><t:IsInline>true</t:IsInline>")).ok()

    found = mailbox.item(f'<t:ItemId Id="{identity(item)}"/>')
    assert found.findtext("{*}Attachments/*/{*}ContentId") == "one"
    assert found.findtext("{*}Attachments/*/{*}IsInline") == "true"
    assert found.findtext("{*}HasAttachments") == "false"


@pytest.mark.parametrize(
    "element", ["<t:Size>3</t:Size>", "<t:LastModifiedTime>2020-01-01T00:00:00Z</t:LastModifiedTime>"]
)
def test_what_the_server_alone_knows_is_refused(mailbox: Mailbox, element: str) -> None:
    """A client sets neither the size of an attachment nor when it changed."""
    assert attach(mailbox, mailbox.message(), file(more=element)).codes == ["ErrorInvalidPropertySet"]


def test_the_mime_of_an_item_holds_what_was_attached(mailbox: Mailbox) -> None:
    """IncludeMimeContent returns the parts that were imported and those attached since, in order."""
    item = with_both(mailbox)
    attach(mailbox, item, file("late.txt", b"late"), attached_item("<t:Subject>Late</t:Subject>")).ok()

    content = mailbox.item(f'<t:ItemId Id="{identity(item)}"/>', shape=MIME).findtext("{*}MimeContent")

    parts = message_from_bytes(base64.b64decode(str(content))).get_payload()
    assert [part.get_filename() or part.get_content_type() for part in parts] == [  # type: ignore[union-attr]  # it is a multipart
        "text/plain", "a.csv", "inner", "late.txt", "inner"]
    assert parts[3].get_payload(decode=True) == b"late"  # type: ignore[union-attr,index]  # as above


def test_the_mime_of_an_item_without_mime_becomes_a_multipart(mailbox: Mailbox) -> None:
    """IncludeMimeContent of a message made of elements holds its text and the file attached to it."""
    item = mailbox.message('<t:Subject>Made</t:Subject><t:Body BodyType="Text">Words</t:Body>')
    attach(mailbox, item, file("late.txt", b"late")).ok()

    content = mailbox.item(f'<t:ItemId Id="{identity(item)}"/>', shape=MIME).findtext("{*}MimeContent")

    whole = message_from_bytes(base64.b64decode(str(content)))
    assert (whole["Subject"], whole.get_content_type()) == ("Made", "multipart/mixed")
    assert [part.get_payload(decode=True).strip() for part in whole.get_payload()] == [b"Words", b"late"]  # type: ignore[union-attr]  # it is a multipart


def test_an_inline_picture_that_comes_with_an_item_is_not_counted(mailbox: Mailbox) -> None:
    """An item created with nothing but an inline attachment has no attachments."""
    inline = file(more="<t:IsInline>true</t:IsInline>")

    item = mailbox.message(f"<t:Subject>Picture</t:Subject><t:Attachments>{inline}</t:Attachments>")

    assert mailbox.item(item).findtext("{*}HasAttachments") == "false"


def test_an_attachment_counts_against_the_quota(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A file that the mailbox has no room for is refused, and nothing of it is kept."""
    item = mailbox.message()
    emulator.configure(quota_bytes=10_000)

    answer = attach(mailbox, item, file(content=b"x" * 20_000))

    assert answer.codes == ["ErrorQuotaExceeded"]
    assert names_of(mailbox, item) == []


def test_items_cannot_be_given_attachments_by_update(mailbox: Mailbox) -> None:
    """UpdateItem refuses item:Attachments: CreateAttachment and DeleteAttachment change them."""
    item = mailbox.message()

    answer = mailbox.call(
        '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges>'
        f'<t:ItemChange>{item}<t:Updates><t:SetItemField><t:FieldURI FieldURI="item:Attachments"/>'
        f"<t:Message><t:Attachments>{file()}</t:Attachments></t:Message></t:SetItemField></t:Updates>"
        "</t:ItemChange></m:ItemChanges></m:UpdateItem>"
    )

    assert answer.codes == ["ErrorInvalidPropertySet"]


def test_attachments_that_come_with_an_item_are_kept(mailbox: Mailbox) -> None:
    """CreateItem takes attachments, and what is attached to them, as CreateAttachment does."""
    inner = attached_item(f"<t:Subject>Inner</t:Subject><t:Attachments>{file('deep.txt', b'deep')}</t:Attachments>")

    item = mailbox.message(f"<t:Subject>Outer</t:Subject><t:Attachments>{file()}{inner}</t:Attachments>")

    assert names_of(mailbox, item) == ["plan.txt", "inner"]
    later = attached(mailbox, item, file("later.txt"))
    assert get(mailbox, later).ok().text(".//t:Name") == "later.txt"
