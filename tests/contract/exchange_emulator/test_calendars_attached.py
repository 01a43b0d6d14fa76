"""A calendar that cannot be read is attached to its mail, whichever way its MIME has come."""

import base64

import pytest

from .attachments import names_of
from .calendars import shown
from .meetings import mail
from .soap import Mailbox, distinguished, reference


@pytest.mark.parametrize("kind", ["Message", "PostItem"])
def test_support_article_2643084_new_mime_brings_its_calendar_too(mailbox: Mailbox, kind: str) -> None:
    """HasAttachments is true of a message or post with such a calendar, created with it or changed to it."""
    odd = base64.b64encode(mail("REQUEST").replace(b"DTSTART:2024", b"DTSTART:never")).decode()
    content = f"<t:MimeContent>{odd}</t:MimeContent>"

    def saved(inside: str) -> str:
        return reference(
            mailbox.call(
                f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>{distinguished("inbox")}'
                f"</m:SavedItemFolderId><m:Items><t:{kind}>{inside}</t:{kind}></m:Items></m:CreateItem>"
            )
            .ok()
            .one(".//t:ItemId"),
            key=False,
        )

    made, changed = saved(content), saved("<t:Subject>Bare</t:Subject>")
    mailbox.call(
        '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>'
        f'{changed}<t:Updates><t:SetItemField><t:FieldURI FieldURI="item:MimeContent"/><t:{kind}>{content}</t:{kind}>'
        "</t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    ).ok()

    assert [len(names_of(mailbox, one)) for one in (made, changed)] == [1, 1]
    assert [shown(mailbox.item(one), "HasAttachments") for one in (made, changed)] == [["true"], ["true"]]
