"""Requests about attachments, and what they hold."""

import base64

from .soap import Answer, Mailbox, identity


def file(name: str = "plan.txt", content: bytes = b"the plan", more: str = "") -> str:
    """A FileAttachment; `more` stands between its type and its content."""
    encoded = base64.b64encode(content).decode()
    return (
        f"<t:FileAttachment><t:Name>{name}</t:Name><t:ContentType>text/plain</t:ContentType>{more}"
        f"<t:Content>{encoded}</t:Content></t:FileAttachment>"
    )


def attached_item(inside: str, kind: str = "Message", name: str = "inner") -> str:
    """An ItemAttachment."""
    return f"<t:ItemAttachment><t:Name>{name}</t:Name><t:{kind}>{inside}</t:{kind}></t:ItemAttachment>"


def attach(mailbox: Mailbox, item: str, *attachments: str) -> Answer:
    """Sends a CreateAttachment; the parent is named by the id alone."""
    return mailbox.call(
        f'<m:CreateAttachment><m:ParentItemId Id="{identity(item)}"/>'
        f"<m:Attachments>{''.join(attachments)}</m:Attachments></m:CreateAttachment>"
    )


def attached(mailbox: Mailbox, item: str, attachment: str) -> str:
    """Attaches, and returns the attachment's id."""
    return str(attach(mailbox, item, attachment).ok().one(".//t:AttachmentId").get("Id"))


def get(mailbox: Mailbox, *ids: str, shape: str = "") -> Answer:
    """Sends a GetAttachment."""
    wanted = "".join(f'<t:AttachmentId Id="{one}"/>' for one in ids)
    return mailbox.call(
        f"<m:GetAttachment>{f'<m:AttachmentShape>{shape}</m:AttachmentShape>' if shape else ''}"
        f"<m:AttachmentIds>{wanted}</m:AttachmentIds></m:GetAttachment>"
    )


def detach(mailbox: Mailbox, *ids: str) -> Answer:
    """Sends a DeleteAttachment."""
    wanted = "".join(f'<t:AttachmentId Id="{one}"/>' for one in ids)
    return mailbox.call(f"<m:DeleteAttachment><m:AttachmentIds>{wanted}</m:AttachmentIds></m:DeleteAttachment>")


def names_of(mailbox: Mailbox, item: str) -> list[str]:
    """The names of an item's attachments, in order."""
    return [one.text or "" for one in mailbox.item(f'<t:ItemId Id="{identity(item)}"/>').iterfind(
        "{*}Attachments/*/{*}Name")]


BOTH = (
    b'Subject: Both\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=b"\r\n\r\n'
    b"--=b\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
    b'--=b\r\nContent-Type: text/csv; name="a.csv"\r\nContent-Disposition: attachment\r\n\r\n1,2\r\n'
    b"--=b\r\nContent-Type: message/rfc822; name=inner\r\nContent-Disposition: attachment\r\n\r\n"
    b"Subject: Inner\r\n\r\nInside\r\n--=b--\r\n"
)


def with_both(mailbox: Mailbox) -> str:
    """A message imported with a file and a message in its MIME; its id."""
    return mailbox.message(f"<t:MimeContent>{base64.b64encode(BOTH).decode()}</t:MimeContent>")
