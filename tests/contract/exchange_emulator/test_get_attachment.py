"""GetAttachment, MS-OXWSATT section 3.1.4.3."""

import base64

import pytest

from .attachments import attach, attached, attached_item, file, get, names_of, with_both
from .soap import Mailbox, identity, mime, names


def listed(mailbox: Mailbox, item: str) -> list[str]:
    """The ids of an item's attachments."""
    found = mailbox.item(f'<t:ItemId Id="{identity(item)}"/>').iterfind("{*}Attachments/*/{*}AttachmentId")
    return [str(one.get("Id")) for one in found]


def test_MS_OXWSATT_R259_R260_an_attachment_is_answered_with_success(mailbox: Mailbox) -> None:
    """A GetAttachment that succeeds says NoError for each attachment, in the order asked for."""
    item = mailbox.message()
    first, second = attached(mailbox, item, file("a")), attached(mailbox, item, file("b"))

    answer = get(mailbox, second, first).ok()

    assert answer.texts(".//t:Name") == ["b", "a"]


def test_MS_OXWSATT_R534_a_file_comes_with_its_content(mailbox: Mailbox) -> None:
    """A file is returned with all that was said of it, and its bytes."""
    content = bytes(range(256))
    more = "<t:ContentId>cid</t:ContentId><t:ContentLocation>http://example.org/</t:ContentLocation>"
    one = attached(mailbox, mailbox.message(), file("all.bin", content, more))

    found = get(mailbox, one).ok().one(".//t:FileAttachment")

    assert names(found) == ["AttachmentId", "Name", "ContentType", "ContentId", "ContentLocation", "Size", "IsInline",
                            "IsContactPhoto", "Content"]
    assert base64.b64decode(found.findtext("{*}Content") or "") == content
    assert found.findtext("{*}Size") == "256"
    assert found.findtext("{*}ContentLocation") == "http://example.org/"


def test_MS_OXWSATT_R83_an_attached_message_comes_with_its_properties(mailbox: Mailbox) -> None:
    """An attached message is returned as GetItem returns one with every property, without an id of its own."""
    inside = '<t:Subject>Inner</t:Subject><t:Body BodyType="Text">Words</t:Body><t:Importance>High</t:Importance>'
    one = attached(mailbox, mailbox.message(), attached_item(inside))

    found = get(mailbox, one).ok().one(".//t:ItemAttachment/t:Message")

    assert found.findtext("{*}Subject") == "Inner"
    assert found.findtext("{*}Body") == "Words"
    assert found.findtext("{*}Importance") == "High"
    assert found.findtext("{*}ItemClass") == "IPM.Note"
    assert "ItemId" not in names(found)


def test_MS_OXWSATT_R318014_an_attached_item_comes_back_as_a_message(mailbox: Mailbox) -> None:
    """A generic Item that was attached is returned as a Message."""
    one = attached(mailbox, mailbox.message(), attached_item("<t:Subject>Plain</t:Subject>", "Item"))

    assert get(mailbox, one).ok().text(".//t:ItemAttachment/t:Message/t:Subject") == "Plain"


def test_MS_OXWSATT_R99_an_attached_post_comes_back_as_a_post(mailbox: Mailbox) -> None:
    """A post that was attached is returned as a PostItem."""
    one = attached(mailbox, mailbox.message(), attached_item("<t:Subject>Post</t:Subject>", "PostItem"))

    assert get(mailbox, one).ok().text(".//t:PostItem/t:ItemClass") == "IPM.Post"


def test_MS_OXWSATT_R55001_the_mime_of_an_attached_message_is_returned(mailbox: Mailbox) -> None:
    """IncludeMimeContent returns the MIME of an attached message."""
    one = attached(mailbox, mailbox.message(), attached_item(f"<t:MimeContent>{mime('By MIME')}</t:MimeContent>"))

    answer = get(mailbox, one, shape="<t:IncludeMimeContent>true</t:IncludeMimeContent>").ok()

    assert b"Subject: By MIME" in base64.b64decode(answer.text(".//t:MimeContent"))
    assert not get(mailbox, one).ok().all(".//t:MimeContent")


def test_MS_OXWSATT_R479001_R479002_scripts_are_taken_out_when_asked(mailbox: Mailbox) -> None:
    """FilterHtmlContent takes scripts out of the body of an attached message, and only then."""
    html = '<t:Body BodyType="HTML">&lt;p&gt;a&lt;/p&gt;&lt;script&gt;b()&lt;/script&gt;</t:Body>'
    one = attached(mailbox, mailbox.message(), attached_item(html))

    safe = get(mailbox, one, shape="<t:FilterHtmlContent>true</t:FilterHtmlContent>").ok()
    whole = get(mailbox, one, shape="<t:FilterHtmlContent>false</t:FilterHtmlContent>").ok()

    assert "script" not in safe.text(".//t:Body")
    assert "script" in whole.text(".//t:Body")


@pytest.mark.parametrize("identifier", ["AAAA", "!!!", "QUJD"])
def test_MS_OXWSATT_R474001_R474002_an_id_that_is_none_is_an_error(mailbox: Mailbox, identifier: str) -> None:
    """An id that names no attachment is answered with ErrorInvalidAttachmentId."""
    answer = get(mailbox, identifier)

    assert (answer.classes, answer.codes) == (["Error"], ["ErrorInvalidAttachmentId"])


def test_parts_of_imported_mime_are_attachments(mailbox: Mailbox) -> None:
    """A file and a message in the MIME of an imported message are returned as what they are."""
    item = with_both(mailbox)

    answer = get(mailbox, *listed(mailbox, item)).ok()

    assert base64.b64decode(answer.text(".//t:FileAttachment/t:Content")).strip() == b"1,2"
    assert answer.text(".//t:ItemAttachment/t:Message/t:Subject") == "Inner"
    assert answer.text(".//t:ItemAttachment/t:Message/t:Body").strip() == "Inside"


def test_what_is_attached_to_an_attached_message_has_an_id_of_its_own(mailbox: Mailbox) -> None:
    """An attached message lists its own attachments, three levels down, and each can be got."""
    deepest = attached_item(f"<t:Subject>C</t:Subject><t:Attachments>{file('deep.txt', b'deep')}</t:Attachments>")
    middle = attached_item(f"<t:Subject>B</t:Subject><t:Attachments>{deepest}</t:Attachments>")
    one = attached(mailbox, mailbox.message(), middle)
    inside = ".//t:ItemAttachment/t:Message/t:Attachments/*/t:AttachmentId"

    two = str(get(mailbox, one).ok().one(inside).get("Id"))
    three = str(get(mailbox, two).ok().one(inside).get("Id"))

    assert get(mailbox, two).ok().text(".//t:Message/t:Subject") == "C"
    assert base64.b64decode(get(mailbox, three).ok().text(".//t:Content")) == b"deep"


def test_a_copy_has_attachments_of_its_own(mailbox: Mailbox) -> None:
    """A copied item has the same attachments, under ids that lead to the copy."""
    item = mailbox.message()
    attach(mailbox, item, file("a")).ok()

    copied = mailbox.call(
        f'<m:CopyItem><m:ToFolderId><t:DistinguishedFolderId Id="inbox"/></m:ToFolderId>'
        f'<m:ItemIds><t:ItemId Id="{identity(item)}"/></m:ItemIds></m:CopyItem>'
    ).ok().one(".//t:ItemId")

    copy = f'<t:ItemId Id="{copied.get("Id")}"/>'
    assert names_of(mailbox, copy) == ["a"]
    assert set(listed(mailbox, copy)).isdisjoint(listed(mailbox, item))
    assert get(mailbox, *listed(mailbox, copy)).ok().texts(".//t:Name") == ["a"]
