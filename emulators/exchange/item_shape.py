"""How an item looks in an answer: which properties a shape asks for, in the order of the schema."""

import base64
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from urllib.parse import quote

from lxml import etree

from emulators.exchange import (
    attachment,
    body,
    computed,
    conversation,
    correspondents,
    explicit,
    extended,
    folder,
    ids,
    introduced,
    item,
    kinds,
    property_shape,
)
from emulators.exchange.calendar import meeting_facts, rendering
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.extended import PropertyPath
from emulators.exchange.fragments import written
from emulators.exchange.item import FROM_ME, RESEND, SUBMITTED, Item
from emulators.exchange.mime import Content, addresses
from emulators.exchange.mime_answer import mime_content
from emulators.exchange.people import contact
from emulators.exchange.soap import is_true, t, text

_TYPES = {"Item": "ItemType", "Message": "MessageType", "PostItem": "PostItemType",
          "CalendarItem": "CalendarItemType", "Contact": "ContactItemType",
          "DistributionList": "DistributionListType", "Task": "TaskType",
          "MeetingRequest": "MeetingRequestMessageType", "MeetingResponse": "MeetingResponseMessageType",
          "MeetingCancellation": "MeetingCancellationMessageType"}
_MAIL = frozenset({"Message", "PostItem", "Item"}) | meeting_facts.KINDS
# "Property sets and response shapes in EWS in Exchange", table 3.
_DEFAULT = frozenset({
    "ItemId", "Subject", "Sensitivity", "Body", "Size", "DateTimeSent", "DateTimeCreated", "ResponseObjects",
    "HasAttachments", "IsAssociated", "IsDeliveryReceiptRequested", "From"})
# What recorded AllProperties answers of messages hold, and "all of the properties used by the server to construct
# a message" (MS-OXWSMSG_R198): its attachments too. Explicitly set properties come on top.
_ALL = frozenset({
    "ItemId", "ParentFolderId", "ItemClass", "Subject", "Sensitivity", "Body", "Attachments", "DateTimeReceived",
    "Size", "Categories", "Importance", "InReplyTo", "IsSubmitted", "IsDraft", "IsFromMe", "IsResend", "IsUnmodified",
    "InternetMessageHeaders", "DateTimeSent", "DateTimeCreated", "ResponseObjects", "ReminderIsSet",
    "ReminderMinutesBeforeStart", "DisplayCc", "DisplayTo", "HasAttachments", "Culture", "EffectiveRights",
    "LastModifiedName", "LastModifiedTime", "IsAssociated", "WebClientReadFormQueryString", "ConversationId",
    "Flag", "Sender", "ToRecipients", "CcRecipients", "BccRecipients", "IsReadReceiptRequested",
    "IsDeliveryReceiptRequested", "ConversationIndex", "ConversationTopic", "From", "InternetMessageId",
    "IsRead", "References", "ReplyTo", "PostedTime"})
# Rule R11: what a search never returns.
NOT_IN_SEARCH = frozenset({
    "MimeContent", "Body", "ResponseObjects", "InternetMessageHeaders", "ToRecipients", "CcRecipients",
    "BccRecipients", "ReplyTo", "Attachments", "UniqueBody", "NormalizedBody", "TextBody", "MimeContentUTF8"})
_NOT_IN_SEARCH = NOT_IN_SEARCH | rendering.NOT_IN_SEARCH
_SINCE_2013 = frozenset({"Flag", "InstanceKey", "TextBody", "Preview", "IconIndex", "DisplayBcc"})


@dataclass(frozen=True, slots=True)
class Shape:
    """What an ItemShape asks for.

    `search` marks a FindItem answer: some properties missing, long ones cut (rule R11).
    """

    names: frozenset[str]
    base: str
    extended: tuple[PropertyPath, ...]
    body_type: str
    mime: bool
    filtered: bool
    headers: tuple[str, ...]
    search: bool = False
    asked: frozenset[str] = frozenset()
    paths: tuple[str, ...] = ()     # what is asked for, with the prefix
    entries: frozenset[str] = frozenset()       # entries of a contact's dictionaries, asked for one by one


def read_shape(call: Call, element: etree._Element, *, search: bool = False, sync: bool = False) -> Shape:
    """Read an ItemShape.

    Raises ItemError: ErrorInvalidPropertyForOperation when a search or a synchronization sets
    IncludeMimeContent (MS-OXWSSYNC_R3787; Assumption: a search answers alike), ErrorInvalidPropertyRequest
    when a search names a property that only GetItem returns. A synchronization may name them, as exchangelib
    does against real servers; Assumption: it never returns them.
    """
    additional = element.find(t("AdditionalProperties"))
    base = element.findtext(t("BaseShape"), "IdOnly")
    paths = tuple(uri.get("FieldURI", "") for uri in (
        additional.iterchildren(t("FieldURI"), t("IndexedFieldURI")) if additional is not None else ()))
    uris = {uri.get("FieldURI", "").partition(":")[2]
            for uri in (additional.iterchildren(t("FieldURI")) if additional is not None else ())}
    headers = tuple(uri.get("FieldIndex", "")
                    for uri in (additional.iterchildren(t("IndexedFieldURI")) if additional is not None else ())
                    if uri.get("FieldURI") == "item:InternetMessageHeader")
    entries = frozenset(f"{uri.get('FieldURI', '').partition(':')[2]}:{uri.get('FieldIndex')}" for uri in (
        additional.iterchildren(t("IndexedFieldURI")) if additional is not None else ()))
    mime = is_true(element.findtext(t("IncludeMimeContent")))
    if mime and (search or sync):
        raise ItemError("ErrorInvalidPropertyForOperation")
    if search and (uris & (NOT_IN_SEARCH | rendering.NOT_IN_SEARCH) or headers):
        raise ItemError("ErrorInvalidPropertyRequest")
    mime = mime or "MimeContent" in uris
    if sync:
        uris, mime = uris - NOT_IN_SEARCH - rendering.NOT_IN_SEARCH, False
    computed.check_shape(base)
    names = {"IdOnly": frozenset({"ItemId"}), "Default": _DEFAULT, "AllProperties": _ALL}[base]
    if search or sync:
        names -= NOT_IN_SEARCH
    if not call.targets("Exchange2013"):
        names -= _SINCE_2013
    holders = {contact.holder_of(path) for path in entries} - {""}
    return Shape(names | uris | holders | {"ItemId"}, base, tuple(extended.paths(additional)),
                 element.findtext(t("BodyType"), "Best"), mime,
                 is_true(element.findtext(t("FilterHtmlContent"))), headers, search, frozenset(uris),
                 paths, entries)


def attachment_shape(call: Call, element: etree._Element | None) -> Shape:
    """Read an AttachmentShape: all properties of an attached item, and what the shape adds.

    "Equivalent to using the AllProperties base shape" (page of the element GetAttachment). An attached item is no
    store item (MS-OXWSATT_R141). Assumption: so it tells neither ItemId nor ParentFolderId.
    """
    given = etree.Element(t("AttachmentShape")) if element is None else element
    base = etree.SubElement(copy.copy(given), t("BaseShape"))
    base.text = "AllProperties"
    shape = read_shape(call, base.getparent())  # type: ignore[arg-type]  # it has just been given one
    return replace(shape, names=shape.names - {"ItemId", "ParentFolderId", "WebClientReadFormQueryString",
                                               "ConversationId", "EffectiveRights"})


def render_attached(call: Call, stored: Item, shape: Shape, content: Content, path: tuple[int, ...]) -> str:
    """The element of an item that is attached at `path`, which the store does not hold as an item."""
    view = _View(call, stored, shape, path=path)
    view.content = content
    return f"<t:{stored.kind}>{''.join(view.elements())}</t:{stored.kind}>"


def render(call: Call, stored: Item, shape: Shape) -> str:
    """The element of one item."""
    if shape.base == "IdOnly" and len(shape.names) == 1 and not shape.mime and not shape.headers:
        inner = item.id_element(call, stored) + property_shape.elements(
            call, stored, shape.extended, search=shape.search)
    else:
        inner = "".join(_View(call, stored, shape).elements())
    return f"<t:{stored.kind}>{inner}</t:{stored.kind}>"


@lru_cache(maxsize=256)
def _told(order: tuple[str, ...], wanted: frozenset[str], *, is_mime: bool, has_headers: bool) -> tuple[str, ...]:
    """The names of what is told of an item, in the order of the schema."""
    also = {"ExtendedProperty", "MimeContent" if is_mime else "", "InternetMessageHeaders" if has_headers else ""}
    return tuple(name for name in order if name in wanted or name in also)


@dataclass(slots=False)
class _View:
    """One item being written."""

    call: Call
    stored: Item
    shape: Shape
    path: tuple[int, ...] = ()      # where it is attached, when it is

    @cached_property
    def content(self) -> Content:
        return Content(item.received_bytes(self.call.db, self.stored) or b"")

    def elements(self) -> Iterator[str]:
        order, shape = self.call.schema.order(_TYPES[self.stored.kind]), self.shape
        for name in _told(order, self.names(), is_mime=shape.mime, has_headers=bool(shape.headers)):
            if name == "ExtendedProperty":
                yield property_shape.elements(self.call, self.stored, self.shape.extended, search=self.shape.search)
            elif name == "MimeContent" and self.shape.mime:
                yield mime_content(self.call, self.stored, self.content, self.path)
            else:
                found = self.element(name)
                yield property_shape.searched(self.stored, name, found) if self.shape.search else found

    def names(self) -> frozenset[str]:
        """What the shape asks of an item of this kind; what was set comes on top of all but the least."""
        kind, base = kinds.KINDS.get(self.stored.kind), self.shape.base
        if base == "IdOnly":
            return self.shape.names
        hidden = _NOT_IN_SEARCH if self.shape.search else frozenset()
        if self.stored.kind == "CalendarItem":
            names = rendering.ALL if base == "AllProperties" else rendering.DEFAULT
            # An attached item tells less than one of the store: what its shape leaves out of all that there is.
            less = _ALL - self.shape.names if self.path else frozenset()
            names = (names - less | set(self.stored.extra)) - introduced.later(self.call.rank)
            return frozenset(names - hidden | self.shape.asked)
        found = self.shape.names | set(self.stored.extra)
        if kind is not None:
            found = kind.default if base == "Default" else found - kind.withheld | kind.returned
            found -= introduced.later(self.call.rank)
        return frozenset((found - hidden) | self.shape.asked)

    def element(self, name: str) -> str:
        """One property, or nothing where the item has none."""
        if self.stored.kind == "CalendarItem":
            found = rendering.element(self.call, self.stored, name, search=self.shape.search)
            if found is not None:
                return found
        kind = kinds.KINDS.get(self.stored.kind)
        if kind is not None:
            special = kind.element(self.call, self.stored, name, self.shape.search)
            if special is None and name in self.stored.extra and self.shape.entries:
                special = self.stored.extra[name]
            if special is not None:
                return self.whole_or_part(name, special)
        if name in _RENDERERS:
            return _RENDERERS[name](self)
        kept = self.stored.extra.get(name, "")
        if name in ("From", "Sender") and self.shape.search:
            return _name_only(kept) if kept else self.mailbox(name)
        return kept or self.from_mime(name)

    def whole_or_part(self, name: str, found: str) -> str:
        """An element, or of a dictionary whose entries are asked for one by one only those."""
        partly = self.shape.base == "IdOnly" and name in contact.HOLDERS.values() and name not in self.shape.asked
        return contact.chosen(found, self.shape.entries) if partly else found

    def from_mime(self, name: str) -> str:
        """What only the headers know."""
        if self.stored.mime is None or self.stored.kind not in _MAIL:
            return ""
        if name in ("From", "Sender"):
            return self.mailbox(name)
        if name in ("ToRecipients", "CcRecipients", "BccRecipients", "ReplyTo"):
            return correspondents.recipients(self.stored, self.content, name)
        header = {"InReplyTo": "in-reply-to", "References": "references"}.get(name)
        value = self.content.headers.get(header) if header else ""
        return f"<t:{name}>{text(self.cut(value))}</t:{name}>" if value else ""

    def cut(self, value: str) -> str:
        """Rule R11 for ordinary properties."""
        return value[:property_shape.SEARCH_CHARACTERS] if self.shape.search else value

    def body(self) -> str:
        kind, words = body.shaped(self.stored, self.content, self.shape.body_type, filtered=self.shape.filtered)
        return f'<t:Body BodyType="{kind}">{text(words)}</t:Body>' if words else f'<t:Body BodyType="{kind}"/>'

    def time(self, name: str, moment: str) -> str:
        """A date, to the second or, when asked, the millisecond (MS-OXWSCORE_R1670, R1671)."""
        return f"<t:{name}>{moment[:-1]}{'.000Z' if self.call.precise else 'Z'}</t:{name}>"

    def mailbox(self, name: str) -> str:
        """From and Sender; a search returns the name alone (rule R11)."""
        head = self.content.headers
        found = addresses(head.get("sender") or head.get("from") if name == "Sender" else head.get("from"))
        if not found:
            return ""
        inner = f"<t:Name>{text(self.cut(found[0][0] or found[0][1]))}</t:Name>" if self.shape.search \
            else correspondents.mailbox(*found[0])
        return f"<t:{name}><t:Mailbox>{inner}</t:Mailbox></t:{name}>"

    def display(self, name: str) -> str:
        """DisplayTo, DisplayCc and DisplayBcc."""
        words = self.cut(correspondents.displayed(self.stored, self.content, name))
        return f"<t:{name}>{text(words)}</t:{name}>" if words else f"<t:{name}/>"

    def parent(self) -> str:
        if not self.stored.folder:      # what is attached is no store item (MS-OXWSATT_R141)
            return ""
        guid = self.call.mailbox.guid
        place = folder.by_id(self.call.db, self.stored.folder)
        return f'<t:ParentFolderId Id="{ids.folder_id(guid, place.entry)}" ChangeKey="AQAAAA=="/>'

    def internet_headers(self) -> str:
        found = self.content.all_headers() if self.stored.mime is not None else []
        if "InternetMessageHeaders" not in self.shape.names:
            named = {one.lower() for one in self.shape.headers}
            found = [(name, value) for name, value in found if name.lower() in named]
        inner = "".join(f'<t:InternetMessageHeader HeaderName="{text(name)}">{text(value)}'
                        "</t:InternetMessageHeader>" for name, value in found)
        return f"<t:InternetMessageHeaders>{inner}</t:InternetMessageHeaders>" if inner else ""

    def index(self) -> str:
        """The conversation index in base64."""
        return base64.b64encode(conversation.index(self.stored, self.content)).decode()

    def topic(self) -> str:
        """Thread-Topic, else the subject without its prefix ([MS-OXCMAIL] 2.1.3.2.11, [MS-OXOMSG] 2.2.1.5)."""
        words = conversation.topic(self.stored, self.content)
        return f"<t:ConversationTopic>{text(self.cut(words))}</t:ConversationTopic>" if words else ""

    def conversation(self) -> str:
        raw = conversation.index(self.stored, self.content)[6:22]
        return f'<t:ConversationId Id="{ids.conversation_id(self.call.mailbox.guid, raw)}"/>'

    def web_query(self) -> str:
        query = f"?ItemID={quote(item.item_id(self.call, self.stored), safe='')}&exvsurl=1"
        return ("<t:WebClientReadFormQueryString>https://mail.invalid/owa/"
                f"{text(query)}&amp;viewmodel=ReadMessageItem</t:WebClientReadFormQueryString>")


def _name_only(fragment: str) -> str:
    """A mailbox element cut down to its name."""
    name = fragment.partition("<t:Name>")[2].partition("</t:Name>")[0]
    opening = fragment[:fragment.index(">") + 1]
    return f"{opening}<t:Mailbox><t:Name>{name}</t:Name></t:Mailbox></{opening[1:]}" if name else ""


def _plain(name: str, read: Callable[[Item], str]) -> Callable[[_View], str]:
    return lambda view: f"<t:{name}>{text(view.cut(read(view.stored)))}</t:{name}>"


def _time(name: str, read: Callable[[Item], str]) -> Callable[[_View], str]:
    return lambda view: view.time(name, read(view.stored))


def _bool(name: str, read: Callable[[Item], object]) -> Callable[[_View], str]:
    return lambda view: explicit.boolean(name, read(view.stored))


def _categories(view: _View) -> str:
    inner = "".join(f"<t:String>{text(one)}</t:String>" for one in view.stored.categories)
    return f"<t:Categories>{inner}</t:Categories>" if inner else ""


def _optional(name: str, read: Callable[[Item], str | None]) -> Callable[[_View], str]:
    return lambda view: f"<t:{name}>{text(view.cut(read(view.stored) or ''))}</t:{name}>" \
        if read(view.stored) else ""


def _extra_or(name: str, default: str) -> Callable[[_View], str]:
    return lambda view: view.stored.extra.get(name) or default


_RIGHTS = ("<t:EffectiveRights><t:CreateAssociated>false</t:CreateAssociated>"
           "<t:CreateContents>false</t:CreateContents><t:CreateHierarchy>false</t:CreateHierarchy>"
           "<t:Delete>true</t:Delete><t:Modify>true</t:Modify><t:Read>true</t:Read></t:EffectiveRights>")
_REPLIES = "<t:ResponseObjects><t:ReplyToItem/><t:ReplyAllToItem/><t:ForwardItem/></t:ResponseObjects>"
_FORWARD = "<t:ResponseObjects><t:ForwardItem/></t:ResponseObjects>"

_RENDERERS: dict[str, Callable[[_View], str]] = {
    "ItemId": lambda view: item.id_element(view.call, view.stored),
    "ParentFolderId": lambda view: view.parent(),
    "ItemClass": _plain("ItemClass", lambda i: i.item_class),
    "Subject": _optional("Subject", lambda i: i.subject),
    "Sensitivity": _plain("Sensitivity", lambda i: i.sensitivity),
    "DateTimeReceived": _time("DateTimeReceived", lambda i: i.received),
    "Size": _plain("Size", lambda i: str(i.size)),
    "Categories": _categories,
    "Importance": _plain("Importance", lambda i: i.importance),
    "IsSubmitted": _bool("IsSubmitted", lambda i: i.flags & SUBMITTED),
    "IsDraft": _bool("IsDraft", lambda i: i.is_draft and i.kind in _MAIL),
    "IsFromMe": _bool("IsFromMe", lambda i: i.flags & FROM_ME),
    "IsResend": _bool("IsResend", lambda i: i.flags & RESEND),
    "IsUnmodified": _bool("IsUnmodified", lambda _i: False),
    "InternetMessageHeaders": lambda view: view.internet_headers(),
    "DateTimeSent": _time("DateTimeSent", lambda i: i.sent),
    "DateTimeCreated": _time("DateTimeCreated", lambda i: i.created),
    "ResponseObjects": lambda view: _FORWARD if view.stored.is_draft else _REPLIES,
    "ReminderIsSet": _extra_or("ReminderIsSet", "<t:ReminderIsSet>false</t:ReminderIsSet>"),
    "ReminderMinutesBeforeStart": _extra_or(
        "ReminderMinutesBeforeStart", "<t:ReminderMinutesBeforeStart>0</t:ReminderMinutesBeforeStart>"),
    "DisplayTo": lambda view: view.display("DisplayTo"),
    "DisplayCc": lambda view: view.display("DisplayCc"),
    "DisplayBcc": lambda view: view.display("DisplayBcc"),
    "HasAttachments": _bool("HasAttachments", lambda i: i.attachments),
    "Culture": _extra_or("Culture", "<t:Culture>en-US</t:Culture>"),
    "EffectiveRights": lambda _view: _RIGHTS,
    "LastModifiedName": lambda view: written("LastModifiedName", view.stored.extra.get(item.CHANGED_BY)
                                             or view.call.mailbox.name),
    "LastModifiedTime": _time("LastModifiedTime", lambda i: i.modified),
    "IsAssociated": _bool("IsAssociated", lambda i: i.associated),
    "WebClientReadFormQueryString": lambda view: view.web_query(),
    "ConversationId": lambda view: view.conversation(),
    "Flag": lambda view: explicit.flag_element(view.stored),
    "IsReadReceiptRequested": _bool("IsReadReceiptRequested", lambda i: i.read_receipt),
    "IsDeliveryReceiptRequested": _bool("IsDeliveryReceiptRequested", lambda i: i.delivery_receipt),
    "ConversationIndex": lambda view: f"<t:ConversationIndex>{view.index()}</t:ConversationIndex>",
    "ConversationTopic": lambda view: view.topic(),
    "InternetMessageId": _optional("InternetMessageId", lambda i: i.message_id),
    "Body": lambda view: view.body(),
    "TextBody": lambda view:
        f'<t:TextBody BodyType="Text">{text(body.as_text(view.stored, view.content))}</t:TextBody>',
    "Preview": lambda view: f"<t:Preview>{text(body.preview(view.stored, view.content))}</t:Preview>",
    "Attachments": lambda view: attachment.listed(view.call, view.stored, view.content, view.path),
    "IsRead": _bool("IsRead", lambda i: i.is_read),
    # Assumption: a post was posted when its author submitted it, as DateTimeSent says.
    "PostedTime": _time("PostedTime", lambda i: i.sent),
}
