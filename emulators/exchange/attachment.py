"""Attachments of an item and of what is attached to it: read from requests, found again, listed.

What is not the body is attached, pictures shown in the text too: those are listed as inline and do not make
HasAttachments true (a recorded answer of Exchange 15.1 shows a message with such a picture alone).
"""

import binascii
from collections.abc import Iterable, Iterator
from dataclasses import replace
from email.message import Message

from lxml import etree

from emulators.exchange import attached, computed, draft, ids, mime
from emulators.exchange.attached import Attached
from emulators.exchange.calendar import attached_appointment, meeting_message
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError, SoapFault
from emulators.exchange.fragments import fragment, parsed, written
from emulators.exchange.item import READ, UNSENT, Item, item_id
from emulators.exchange.mime import Content, decode, headers, is_vcard
from emulators.exchange.people import vcard
from emulators.exchange.soap import flag, is_true, local, t, text

_MEETINGS = frozenset({"MeetingMessage", "MeetingRequest", "MeetingResponse", "MeetingCancellation"})
_COMMON = frozenset({"AttachmentId", "Name", "ContentType", "ContentId", "ContentLocation", "AttachmentOriginalUrl",
                     "Size", "LastModifiedTime", "IsInline", "IsContactPhoto", "Content"})
_ODD_CALENDAR = "not supported calendar message.ics"      # support article 2643084
_DEEPEST = 10       # "more than 10 nested attachments" (page of ResponseCode)
# Assumption: what the server alone knows is refused here as it is on items (rule R1).
_READ_ONLY = ("AttachmentId", "Size", "LastModifiedTime")


def read(call: Call, element: etree._Element, first: int, above: tuple[int, ...] = ()) -> list[Attached]:
    """The attachments in an item's element, numbered from `first`, and those of attached items; raises ItemError."""
    holder = element.find(draft.ATTACHMENTS)
    found: list[Attached] = []
    for number, one in enumerate([] if holder is None else holder, first):
        found += read_one(call, one, (*above, number), parent=local(element))
    return found


def read_one(call: Call, element: etree._Element, path: tuple[int, ...], *, parent: str) -> list[Attached]:
    """One attachment of a `parent` and, behind it, what is attached to that; raises ItemError."""
    if len(path) > _DEEPEST:
        raise ItemError("ErrorAttachmentNestLevelLimitExceeded")
    for name in _READ_ONLY:
        if element.find(t(name)) is not None:
            raise ItemError("ErrorInvalidPropertySet")
    photo = is_true(element.findtext(t("IsContactPhoto")))
    if photo and parent != "Contact":       # Assumption: only a contact has a picture
        raise ItemError("ErrorInvalidPropertySet")
    if local(element) == "FileAttachment":
        described = _described(call, element, path, "file", _bytes(element.findtext(t("Content"), "")))
        return [replace(described, photo=photo)]
    computed.check_attachment(local(element))
    inner = next((child for child in element if local(child) not in _COMMON), None)
    if inner is None:
        raise ItemError("ErrorMissingItemForCreateItemAttachment")      # MS-OXWSATT_R78002
    return _read_item(call, element, inner, path)


def _read_item(call: Call, element: etree._Element, inner: etree._Element, path: tuple[int, ...]) -> list[Attached]:
    kind = local(inner)
    if kind in _MEETINGS:
        raise ItemError("ErrorInvalidItemForOperationCreateItemAttachment")     # MS-OXWSATT_R318001
    computed.check_kind(kind)
    made, raw = draft.draft(call, "Message" if kind == "Item" else kind, inner)     # refuses what CreateItem refuses
    below = read(call, inner, count(call, raw), path)
    kept = attached_appointment.inside(made, inner) if kind == "CalendarItem" else \
        "".join(fragment(child) for child in inner if child.tag != draft.ATTACHMENTS)
    name = "Message" if kind == "Item" else kind        # MS-OXWSATT_R318014
    return [_described(call, element, path, "element", f"<t:{name}>{kept}</t:{name}>".encode()), *below]


def _bytes(content: str) -> bytes:
    """The content of a file.

    Raises SoapFault ErrorSchemaValidation: it is an xs:base64Binary (MS-OXWSATT_R347), which libxml2 takes too easily.
    """
    try:
        return binascii.a2b_base64("".join(content.split()), strict_mode=True)
    except (ValueError, binascii.Error) as error:
        raise SoapFault("ErrorSchemaValidation", violation=(1, 1, "The 'Content' element is invalid.")) from error


def _described(call: Call, element: etree._Element, path: tuple[int, ...], form: str, content: bytes) -> Attached:
    if len(content) > call.settings.max_message_bytes:
        raise ItemError("ErrorMessageSizeExceeded")
    return Attached(
        path, False, form, element.findtext(t("Name"), ""),  # noqa: FBT003 - a column
        element.findtext(t("ContentType"), "application/octet-stream" if form == "file" else ""),
        element.findtext(t("ContentId"), ""), element.findtext(t("ContentLocation"), ""), call.now,
        is_true(element.findtext(t("IsInline"))), content)


def count(call: Call, raw: bytes | None) -> int:
    """How many attachments there are in MIME."""
    return sum(1 for _ in parts(call, Content(raw).message)) if raw else 0


def parts(call: Call, whole: Message) -> Iterator[Message]:
    """The parts of MIME that are attachments; the last is a calendar that cannot be read."""
    yield from mime.parts(whole)
    odd = meeting_message.unsupported(call, whole)
    if odd is not None:
        yield odd


def reckon(new: Item, held: Iterable[Attached]) -> None:
    """Account for attachments: HasAttachments, HasPicture and the size."""
    for one in held:
        reckon_picture(new, [one])
        new.size += len(one.content)
        new.attachments = new.attachments or (len(one.path) == 1 and not one.inline)


def reckon_picture(item: Item, held: Iterable[Attached]) -> None:
    """HasPicture of a contact: whether a photo is attached."""
    if any(one.photo for one in held):
        item.extra["HasPicture"] = written("HasPicture", "true")


def _form(call: Call, part: Message) -> str:
    """What becomes of a part: "mime", an attached message; "vcard", an attached contact; else "file"."""
    if part.get_content_type() == "message/rfc822":
        return "mime"
    is_contact = call.settings.vcards_become_contacts and is_vcard(part) and vcard.contact(_payload(part)) is not None
    return "vcard" if is_contact else "file"


def _from_part(call: Call, part: Message, path: tuple[int, ...], modified: str) -> Attached:
    named, form = part.get_filename() or part.get_param("name"), _form(call, part)
    if part.get_content_type() == "text/calendar":
        named = named or _ODD_CALENDAR
    return Attached(
        path, False, form, decode(str(named or "attachment").encode("utf-8", "replace")),  # noqa: FBT003 - a column
        part.get_content_type(), str(part["Content-ID"] or "").strip("<> "), str(part["Content-Location"] or ""),
        modified, mime.is_inline(part), _payload(part))


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    if isinstance(payload, bytes):
        return payload
    held = part.get_payload()
    return held[0].as_bytes() if isinstance(held, list) and held and isinstance(held[0], Message) else b""


def below(call: Call, stored: Item, content: Content | None, above: tuple[int, ...] = ()) -> list[Attached]:
    """What is attached to an item (`above` empty) or to an attached one; `content` is that one's MIME."""
    kept = [one for one in attached.of(call.db, stored.row) if one.path[:-1] == above]
    gone = {one.path for one in kept if one.gone}
    made = [_from_part(call, part, (*above, number), stored.created)
            for number, part in enumerate(() if content is None else parts(call, content.message))]
    return [one for one in made if one.path not in gone] + [one for one in kept if not one.gone]


def next_number(call: Call, stored: Item, content: Content | None) -> int:
    """The number of the next attachment of an item: none is given twice."""
    used = [one.path[0] for one in attached.of(call.db, stored.row)]
    return max([-1 if content is None else sum(1 for _ in parts(call, content.message)) - 1, *used]) + 1


def find(call: Call, stored: Item, content: Content | None, path: tuple[int, ...]) -> Attached:
    """The attachment at a path; raises ItemError ErrorInvalidAttachmentId."""
    for depth in range(1, len(path) + 1):
        here = next((one for one in below(call, stored, content, path[:depth - 1]) if one.path == path[:depth]), None)
        if here is None or (here.form == "file" and depth < len(path)):
            raise ItemError("ErrorInvalidAttachmentId")
        if depth < len(path):
            raw = embedded(call, stored, here)[1]
            content = None if raw is None else Content(raw)
    assert here is not None
    return here


def embedded(call: Call, stored: Item, one: Attached) -> tuple[Item, bytes | None]:
    """The item that is attached, which is no store item (MS-OXWSATT_R141), and its MIME."""
    if one.form == "mime":
        made = draft.from_headers(call, "Message", headers(one.content), one.content)
        made.flags, made.size, raw = (made.flags | READ) & ~UNSENT, len(one.content), one.content
        made.mime = 0
        meeting_message.classify(call, made, raw)
    else:
        contact = vcard.contact(one.content) if one.form == "vcard" else None
        element = parsed(one.content.decode()) if contact is None else contact
        made, found = draft.draft(attached_appointment.reading(call), local(element), element)
        made.mime = None if found is None else 0
        raw = found if found is not None else b""
    held = below(call, stored, Content(raw) if made.mime is not None else None, one.path)
    reckon(made, [replace(each, path=each.path[-1:]) for each in held])
    made.row, made.created, made.modified, made.received = stored.row, one.modified, one.modified, one.modified
    made.root = stored.root or item_id(call, stored)
    return made, raw if made.mime is not None else None


def listed(call: Call, stored: Item, content: Content, above: tuple[int, ...] = ()) -> str:
    """The Attachments element, or nothing; the content of none is in it."""
    found = below(call, stored, content if stored.mime is not None else None, above)
    inner = "".join(f"<t:{one.kind}>{described(call, stored, one)}{_photo(one)}</t:{one.kind}>" for one in found)
    return f"<t:Attachments>{inner}</t:Attachments>" if inner else ""


def _photo(one: Attached) -> str:
    return "<t:IsContactPhoto>true</t:IsContactPhoto>" if one.photo else ""


def described(call: Call, stored: Item, one: Attached, root: str = "") -> str:
    """What every attachment says of itself; `root` are the attributes that CreateAttachment adds to its id."""
    identifier = ids.attachment_id(stored.root or item_id(call, stored), one.path)
    optional = "".join(f"<t:{name}>{text(value)}</t:{name}>" for name, value in (
        ("ContentType", one.content_type), ("ContentId", one.content_id), ("ContentLocation", one.location)) if value)
    return (f'<t:AttachmentId Id="{identifier}"{root}/><t:Name>{text(one.name)}</t:Name>{optional}'
            f"<t:Size>{len(one.content)}</t:Size><t:IsInline>{flag(one.inline)}</t:IsInline>")
