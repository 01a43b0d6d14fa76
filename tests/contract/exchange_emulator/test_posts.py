"""Posts, MS-OXWSPOST section 2.2.4.1: created, read, changed, refused."""

import base64

import pytest

from .soap import Mailbox, distinguished, keyless, local, mime, reference

SENT = (
    '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x0039" PropertyType="SystemTime"/>'
    "<t:Value>2019-03-05T10:20:30Z</t:Value></t:ExtendedProperty>"
)


def create(inside: str, folder: str = "inbox") -> str:
    """A CreateItem of one post, with no MessageDisposition: that is for messages."""
    return (
        f"<m:CreateItem><m:SavedItemFolderId>{distinguished(folder)}</m:SavedItemFolderId>"
        f"<m:Items><t:PostItem>{inside}</t:PostItem></m:Items></m:CreateItem>"
    )


def posted(mailbox: Mailbox, inside: str) -> str:
    """Creates a post and returns its id."""
    return reference(mailbox.call(create(inside)).ok().one(".//t:PostItem/t:ItemId"))


def test_a_post_is_created_without_a_disposition(mailbox: Mailbox) -> None:
    """A post needs no MessageDisposition, and comes back as a PostItem of the class IPM.Post."""
    item = posted(mailbox, "<t:Subject>News</t:Subject>")

    found = mailbox.item(item)
    assert local(found) == "PostItem"
    assert found.findtext("{*}ItemClass") == "IPM.Post"
    assert found.findtext("{*}Subject") == "News"


def test_a_post_s_text_and_author_come_from_its_mime(mailbox: Mailbox) -> None:
    """A post created from MIME has the sender, the topic and the time of the message."""
    item = posted(mailbox, f"<t:MimeContent>{mime('RE: News')}</t:MimeContent>")

    found = mailbox.item(item)
    assert found.findtext("{*}From/{*}Mailbox/{*}EmailAddress") == "ann@example.com"
    assert found.findtext("{*}ConversationTopic") == "News"
    assert found.findtext("{*}PostedTime") == "2019-03-05T10:20:30Z"


def test_a_post_knows_when_it_was_posted(mailbox: Mailbox) -> None:
    """PostedTime follows PidTagClientSubmitTime, as DateTimeSent does."""
    found = mailbox.item(posted(mailbox, f"<t:Subject>News</t:Subject>{SENT}"))

    assert found.findtext("{*}PostedTime") == found.findtext("{*}DateTimeSent") == "2019-03-05T10:20:30Z"


@pytest.mark.parametrize(
    "element",
    [
        "<t:ConversationTopic>x</t:ConversationTopic>",
        "<t:InternetMessageId>&lt;a@b&gt;</t:InternetMessageId>",
        "<t:PostedTime>2020-01-01T00:00:00Z</t:PostedTime>",
    ],
)
def test_what_the_server_sets_on_a_post_is_refused(mailbox: Mailbox, element: str) -> None:
    """Topic, Message-ID and time of a post are set by the server alone."""
    assert mailbox.call(create(element)).codes == ["ErrorInvalidPropertySet"]


@pytest.mark.parametrize("folder", ["calendar", "contacts", "tasks"])
def test_a_post_belongs_into_a_mail_folder(mailbox: Mailbox, folder: str) -> None:
    """A post among appointments, contacts or tasks is refused."""
    answer = mailbox.call(create("<t:Subject>News</t:Subject>", folder))

    assert answer.codes == ["ErrorCannotCreatePostItemInNonMailFolder"]


def test_a_post_keeps_its_class(mailbox: Mailbox) -> None:
    """A post may have a class of its own below IPM.Post, and no message's class."""
    item = posted(mailbox, "<t:ItemClass>IPM.Post.RSS</t:ItemClass><t:Subject>Feed</t:Subject>")

    assert mailbox.item(item).findtext("{*}ItemClass") == "IPM.Post.RSS"
    assert mailbox.call(create("<t:ItemClass>IPM.Note</t:ItemClass>")).codes == ["ErrorObjectTypeChanged"]


def test_a_post_is_read_and_unread(mailbox: Mailbox) -> None:
    """IsRead of a post is set at creation and by update, without a MessageDisposition."""
    item = posted(mailbox, "<t:Subject>News</t:Subject><t:IsRead>true</t:IsRead>")

    mailbox.call(
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>'
        f'{item}<t:Updates><t:SetItemField><t:FieldURI FieldURI="message:IsRead"/><t:PostItem>'
        "<t:IsRead>false</t:IsRead></t:PostItem></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    ).ok()

    assert mailbox.item(keyless(item)).findtext("{*}IsRead") == "false"


def test_the_mime_of_a_post_is_a_message(mailbox: Mailbox) -> None:
    """IncludeMimeContent of a post created by elements returns its subject and text."""
    item = posted(mailbox, '<t:Subject>News</t:Subject><t:Body BodyType="Text">Hear, hear</t:Body>')
    shape = "<t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"

    content = base64.b64decode(mailbox.item(item, shape=shape).findtext("{*}MimeContent") or "")

    assert b"Subject: News" in content
    assert base64.b64encode(b"Hear, hear\n") in content
