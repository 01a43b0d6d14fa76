"""DeleteAttachment, MS-OXWSATT section 3.1.4.2."""

import base64

import pytest

from .attachments import attached, attached_item, detach, file, get, names_of, with_both
from .soap import Mailbox, identity, names


def test_MS_OXWSATT_R203_R204_an_attachment_deleted_is_answered_with_success(mailbox: Mailbox) -> None:
    """A DeleteAttachment that succeeds says NoError and names the root item."""
    answer = detach(mailbox, attached(mailbox, mailbox.message(), file()))

    assert (answer.classes, answer.codes) == (["Success"], ["NoError"])
    assert names(answer.messages[0]) == ["ResponseCode", "RootItemId"]


def test_MS_OXWSATT_R443_R446_the_answer_tells_the_item_s_new_change_key(mailbox: Mailbox) -> None:
    """RootItemId names the item, and RootItemChangeKey is the change key that it has since."""
    item = mailbox.message()

    found = detach(mailbox, attached(mailbox, item, file())).ok().one(".//m:RootItemId")

    now = mailbox.item(f'<t:ItemId Id="{identity(item)}"/>').find("{*}ItemId")
    assert now is not None
    assert (found.get("RootItemId"), found.get("RootItemChangeKey")) == (now.get("Id"), now.get("ChangeKey"))


def test_MS_OXWSATT_R533_files_and_items_are_deleted(mailbox: Mailbox) -> None:
    """What is deleted is listed no more, the others stay under their ids, and the space is given back."""
    item = mailbox.message()
    size = mailbox.item(item).findtext("{*}Size")
    kept = attached(mailbox, item, file("kept", b""))
    inner = attached_item(f"<t:Subject>x</t:Subject><t:Attachments>{file('deep')}</t:Attachments>")
    gone = [attached(mailbox, item, file("gone")), attached(mailbox, item, inner)]

    detach(mailbox, *gone).ok()

    assert names_of(mailbox, item) == ["kept"]
    assert get(mailbox, kept).ok().text(".//t:Name") == "kept"
    assert mailbox.item(f'<t:ItemId Id="{identity(item)}"/>').findtext("{*}Size") == size


def test_MS_OXWSATT_R465001_R465002_what_is_gone_cannot_be_deleted_again(mailbox: Mailbox) -> None:
    """A second DeleteAttachment of the same id, and a GetAttachment, are answered with an error."""
    one = attached(mailbox, mailbox.message(), file())
    detach(mailbox, one).ok()

    assert detach(mailbox, one).codes == ["ErrorInvalidAttachmentId"]
    assert get(mailbox, one).codes == ["ErrorInvalidAttachmentId"]


def test_MS_OXWSATT_R20001_an_attachment_of_an_attachment_is_deleted(mailbox: Mailbox) -> None:
    """A file that hangs on an attached message is deleted there, and the message stays."""
    inner = attached_item(f"<t:Subject>Inner</t:Subject><t:Attachments>{file('deep')}</t:Attachments>")
    item = mailbox.message()
    one = attached(mailbox, item, inner)
    deep = str(get(mailbox, one).ok().one(".//t:Message/t:Attachments/*/t:AttachmentId").get("Id"))

    detach(mailbox, deep).ok()

    assert names_of(mailbox, item) == ["inner"]
    assert not get(mailbox, one).ok().all(".//t:Message/t:Attachments")


def test_a_part_of_imported_mime_is_deleted(mailbox: Mailbox) -> None:
    """A part of the MIME that was deleted is neither listed nor in the MIME; a number is never given twice."""
    item = with_both(mailbox)
    found = mailbox.item(item).findall("{*}Attachments/*/{*}AttachmentId")
    ids = [str(one.get("Id")) for one in found]

    detach(mailbox, ids[0]).ok()

    assert names_of(mailbox, item) == ["inner"]
    shape = "<t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"
    content = mailbox.item(f'<t:ItemId Id="{identity(item)}"/>', shape=shape).findtext("{*}MimeContent")
    assert b"a.csv" not in base64.b64decode(str(content))
    assert attached(mailbox, item, file("new")) not in ids


CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Doe;Jane\r\nFN:Jane Doe\r\nEND:VCARD\r\n"
HELLO = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n--b\r\n'
END = b"\r\n--b--\r\n"
PARTS = {
    "a card alone": b"Content-Type: text/x-vcard; charset=utf-8\r\n\r\n" + CARD,
    "a card beside a text": HELLO + b"Content-Type: text/directory; profile=vCard\r\n\r\n" + CARD + END,
    "a picture": HELLO + b"Content-Type: image/gif\r\n\r\nGIF" + END,
    "a named text": HELLO + b"Content-Type: text/csv;\r\n name=a.csv\r\n\r\n1,2" + END,
}


@pytest.mark.parametrize("content", PARTS.values(), ids=PARTS.keys())
def test_a_part_of_imported_mime_that_does_not_call_itself_attached_is_deleted(
    mailbox: Mailbox, content: bytes
) -> None:
    """A card or a file without Content-Disposition makes HasAttachments true, and is gone from MIME once deleted."""
    raw = b"Subject: One\r\nMIME-Version: 1.0\r\n" + content
    item = mailbox.message(f"<t:MimeContent>{base64.b64encode(raw).decode()}</t:MimeContent>")
    before = mailbox.item(item)
    one = before.find("{*}Attachments/*/{*}AttachmentId")
    assert one is not None

    detach(mailbox, str(one.get("Id"))).ok()

    shape = "<t:BaseShape>AllProperties</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"
    after = mailbox.item(f'<t:ItemId Id="{identity(item)}"/>', shape=shape)
    assert [found.findtext("{*}HasAttachments") for found in (before, after)] == ["true", "false"]
    assert after.find("{*}Attachments") is None
    written = base64.b64decode(str(after.findtext("{*}MimeContent")))
    assert b"Subject: One" in written
    assert all(word not in written for word in (b"VCARD", b"GIF", b"1,2"))
