"""CreateAttachment, GetAttachment and DeleteAttachment."""

import binascii

from lxml import etree

from emulators.exchange import attached, attachment, ids, item, item_shape, spoiled
from emulators.exchange.attached import Attached
from emulators.exchange.calendar import occurrence
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.item import Item
from emulators.exchange.mime import Content
from emulators.exchange.soap import children, failure, flag, response, success, t

_NONE = "<m:Attachments/>"


def create_attachment(call: Call) -> str:
    """Answer a CreateAttachment request, each attachment by itself (rule R15)."""
    answers = []
    for position, element in enumerate(children(call.request, "Attachments")):
        try:
            with call.undone_on_error():
                call.injected(position)
                inner = _create(call, element)
            answers.append(success("CreateAttachment", f"<m:Attachments>{inner}</m:Attachments>"))
        except ItemError as error:
            answers.append(failure("CreateAttachment", error.code, error.text, values=error.values, inner=_NONE))
    return response("CreateAttachment", answers)


def _create(call: Call, element: etree._Element) -> str:
    stored = occurrence.find(call, call.request[0])
    _separate(call, stored)
    held = attachment.read_one(call, element, (attachment.next_number(call, stored, _content(call, stored)),),
                               parent=stored.kind)
    added = sum(len(one.content) for one in held)
    _check_limits(call, stored, added)
    attached.insert(call.db, [(stored.row, one) for one in held])
    _changed(call, stored, added)
    identifier = attachment.described(call, stored, held[0], _root(call, stored)).partition("/>")[0]
    return f"<t:{held[0].kind}>{identifier}/></t:{held[0].kind}>"


def _separate(call: Call, stored: Item) -> None:
    """Make an exception of an occurrence, with attachments of its own (MS-OXOCAL 2.2.10). Raises ItemError."""
    if "original" in stored.appointment:
        item.read_properties(call.db, [stored])
        occurrence.save(call, stored, {"Attachments"})


def _check_limits(call: Call, stored: Item, added: int) -> None:
    quota = call.settings.quota_bytes
    if quota is not None and call.mailbox.used + added > quota:
        raise ItemError("ErrorQuotaExceeded")
    if stored.size + added > call.settings.max_message_bytes:
        raise ItemError("ErrorMessageSizeExceeded")


def _changed(call: Call, stored: Item, added: int) -> None:
    """The item gets a new change key (page of the element AttachmentId), its size and HasAttachments."""
    item.read_properties(call.db, [stored])
    held = attachment.below(call, stored, _content(call, stored))
    stored.attachments = any(not one.inline for one in held)
    stored.extra.pop("HasPicture", None)
    attachment.reckon_picture(stored, held)
    stored.size += added
    if "original" not in stored.appointment:        # an exception is counted when it is stored
        call.mailbox.used += added
    occurrence.store(call, stored, {"Attachments"})
    occurrence.share_attachments(call, stored)


def _root(call: Call, stored: Item) -> str:
    """RootItemId and RootItemChangeKey, MS-OXWSATT_R43 and R45."""
    element = item.id_element(call, stored)
    return element.removeprefix("<t:ItemId").removesuffix("/>") \
        .replace(" Id=", " RootItemId=").replace(" ChangeKey=", " RootItemChangeKey=")


def _content(call: Call, stored: Item) -> Content | None:
    raw = item.received_bytes(call.db, stored)
    return None if raw is None else Content(raw)


def get_attachment(call: Call) -> str:
    """Answer a GetAttachment request: a file with its content, an item with all its properties."""
    answers = []
    for position, element in enumerate(children(call.request, "AttachmentIds")):
        try:
            call.injected(position)
            stored, one = _find(call, element)
            if one.form == "file":
                spoiled.check_file(stored)
            inner = _file(call, stored, one) if one.form == "file" else _item(call, stored, one)
            answers.append(success("GetAttachment", f"<m:Attachments>{inner}</m:Attachments>"))
        except ItemError as error:
            answers.append(failure("GetAttachment", error.code, error.text, values=error.values, inner=_NONE))
    return response("GetAttachment", answers)


def _find(call: Call, element: etree._Element) -> tuple[Item, Attached]:
    """The root item and the attachment; raises ItemError."""
    root, path = ids.parse_attachment_id(element.get("Id", ""))
    holder = etree.Element(t("ItemId"), Id=root)
    stored = occurrence.find(call, holder)
    return stored, attachment.find(call, stored, _content(call, stored), path)


def _file(call: Call, stored: Item, one: Attached) -> str:
    encoded = binascii.b2a_base64(one.content, newline=False).decode()
    return (f"<t:FileAttachment>{attachment.described(call, stored, one)}"
            f"<t:IsContactPhoto>{flag(one.photo)}</t:IsContactPhoto><t:Content>{encoded}</t:Content></t:FileAttachment>")


def _item(call: Call, stored: Item, one: Attached) -> str:
    inner, raw = attachment.embedded(call, stored, one)
    shape = item_shape.attachment_shape(call, call.request.find("{*}AttachmentShape"))
    written = item_shape.render_attached(call, inner, shape, Content(raw or b""), one.path)
    return f"<t:ItemAttachment>{attachment.described(call, stored, one)}{written}</t:ItemAttachment>"


def delete_attachment(call: Call) -> str:
    """Answer a DeleteAttachment request; each message tells the item's new change key (MS-OXWSATT_R446)."""
    answers = []
    for position, element in enumerate(children(call.request, "AttachmentIds")):
        try:
            call.injected(position)
            with call.undone_on_error():
                stored = _delete(call, element)
            answers.append(success("DeleteAttachment", f"<m:RootItemId{_root(call, stored)}/>"))
        except ItemError as error:
            answers.append(failure("DeleteAttachment", error.code, error.text, values=error.values))
    return response("DeleteAttachment", answers)


def _delete(call: Call, element: etree._Element) -> Item:
    """Delete one attachment, of an occurrence from it alone; returns the root item. Raises ItemError."""
    stored, one = _find(call, element)
    _separate(call, stored)
    before = attached.size(call.db, stored.row)
    attached.detach(call.db, stored.row, one)
    _changed(call, stored, attached.size(call.db, stored.row) - before)
    return stored
