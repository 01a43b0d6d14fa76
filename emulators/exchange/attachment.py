"""Attachments as an item lists them: name, type, size and id, never their content.

What is not the body is attached, pictures shown in the text too: those are listed as inline and do not make
HasAttachments true (a recorded answer of Exchange 15.1 shows a message with such a picture alone).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from emulators.exchange import explicit, ids
from emulators.exchange.call import Call
from emulators.exchange.item import Item
from emulators.exchange.mime import Content, decode
from emulators.exchange.soap import flag, t, text


@dataclass(frozen=True, slots=True)
class _Attachment:
    name: str
    content_type: str
    size: int
    inline: bool
    is_item: bool = False


def listed(call: Call, stored: Item, content: Content) -> str:
    """The Attachments element, or nothing."""
    found = _set(stored) if "Attachments" in stored.extra else list(_parts(content)) if stored.mime is not None else []
    inner = "".join(_element(call, stored, number, one) for number, one in enumerate(found))
    return f"<t:Attachments>{inner}</t:Attachments>" if inner else ""


def _set(stored: Item) -> list[_Attachment]:
    """Attachments that came as elements."""
    root = explicit.parsed(stored.extra["Attachments"])
    return [_Attachment(one.findtext(t("Name"), ""), one.findtext(t("ContentType"), "application/octet-stream"),
                        len(one.findtext(t("Content"), "")) * 3 // 4, inline=False,
                        is_item=one.tag == t("ItemAttachment")) for one in root]


def _parts(content: Content) -> Iterator[_Attachment]:
    """Attachments that are parts of the MIME."""
    for part in _leaves(content.message):
        named = part.get_filename() or part.get_param("name")
        attached = part.get_content_disposition() == "attachment"
        if part is content.message or not (attached or named or part.get_content_maintype() != "text"):
            continue
        payload = part.get_payload(decode=True)
        yield _Attachment(
            decode(str(named or "attachment").encode("utf-8", "replace")), part.get_content_type(),
            len(payload) if isinstance(payload, bytes) else 0,
            inline=part["Content-ID"] is not None or part.get_content_disposition() == "inline",
            is_item=part.get_content_type() == "message/rfc822")


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold no others; an attached message is one, whatever is in it."""
    if message.get_content_maintype() != "multipart":
        yield message
        return
    held = message.get_payload()
    for part in held if isinstance(held, list) else ():
        if isinstance(part, Message):
            yield from _leaves(part)


def _element(call: Call, stored: Item, number: int, one: _Attachment) -> str:
    kind = "ItemAttachment" if one.is_item else "FileAttachment"
    identifier = ids.attachment_id(call.mailbox.guid, stored.folder, stored.entry, number)
    return (f'<t:{kind}><t:AttachmentId Id="{identifier}"/><t:Name>{text(one.name)}</t:Name>'
            f"<t:ContentType>{text(one.content_type)}</t:ContentType><t:Size>{one.size}</t:Size>"
            f"<t:IsInline>{flag(one.inline)}</t:IsInline></t:{kind}>")
