"""FindItem and FindFolder."""

from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from emulators.exchange import (
    associated,
    body,
    conversation,
    correspondents,
    folder,
    folder_shape,
    item,
    item_shape,
    kinds,
    paging,
    property_shape,
    restriction,
)
from emulators.exchange.calendar import rendering, view
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError, SoapFault
from emulators.exchange.extended import PropertyPath
from emulators.exchange.folder import Folder
from emulators.exchange.fragments import parsed
from emulators.exchange.item import Item
from emulators.exchange.mime import Content
from emulators.exchange.people import contact, contacts_view
from emulators.exchange.restriction import Value
from emulators.exchange.soap import children, failure, local, response, success

_UNSUPPORTED = ("GroupBy", "DistinguishedGroupBy", "QueryString", "SeekToConditionPageItemView")


@dataclass(frozen=True, slots=True)
class _ItemRow:
    call: Call
    stored: Item

    def named(self, name: str) -> Value:
        if self.stored.kind == "CalendarItem" and \
                (found := rendering.searched(self.call, self.stored, name)) is not None:
            return found
        if name in _COMPUTED:
            return _COMPUTED[name](self.stored, Content(item.received_bytes(self.call.db, self.stored) or b"")) or None
        kind = kinds.KINDS.get(self.stored.kind)
        if kind is not None and name not in _COLUMNS:
            return kind.value(self.stored, name)
        if name in _COLUMNS:
            return _COLUMNS[name](self.stored)
        if name in self.stored.extra:
            return _plain(self.stored.extra[name])
        return None

    def extended(self, path: PropertyPath) -> str | list[str] | None:
        """Texts as GetItem tells them, also those that the store computes; of the rest what is stored."""
        told = property_shape.told(self.call, self.stored, path) if path.kind == "String" else None
        return told if told is not None else property_shape.property_of(self.stored, path)

    @property
    def equality_ignores_case(self) -> bool:
        return self.call.settings.equality_ignores_case


_COLUMNS: dict[str, Callable[[Item], Value]] = {
    "Subject": lambda i: i.subject,
    "ItemClass": lambda i: i.item_class,
    "DateTimeReceived": lambda i: i.received,
    "DateTimeSent": lambda i: i.sent,
    "DateTimeCreated": lambda i: i.created,
    "LastModifiedTime": lambda i: i.modified,
    "Importance": lambda i: i.importance,
    "Sensitivity": lambda i: i.sensitivity,
    "InternetMessageId": lambda i: i.message_id,
    "Size": lambda i: i.size,
    "HasAttachments": lambda i: bool(i.attachments),
    "IsRead": lambda i: i.is_read,
    "Categories": lambda i: i.categories or None,
}
_COMPUTED: dict[str, Callable[[Item, Content], Value]] = {
    "ConversationTopic": conversation.topic,
    "Sender": lambda stored, content: correspondents.author(stored, content, "Sender"),
    "From": lambda stored, content: correspondents.author(stored, content, "From"),
    "DisplayTo": lambda stored, content: correspondents.displayed(stored, content, "DisplayTo"),
    "DisplayCc": lambda stored, content: correspondents.displayed(stored, content, "DisplayCc"),
    "Body": body.as_text,
}
# Properties that may be searched, whether an item has them or not.
_SEARCHABLE = (
    "Start", "End", "Location", "UID", "IsAllDayEvent", "InReplyTo", "References",
    "DisplayName", "GivenName", "MiddleName", "Surname", "Initials", "Nickname", "Generation", "CompanyName", "FileAs",
    "FileAsMapping", "AssistantName", "Birthday", "BusinessHomePage", "Children", "Companies", "Department", "JobTitle",
    "Manager", "Mileage", "OfficeLocation", "PostalAddressIndex", "Profession", "SpouseName", "WeddingAnniversary",
    *contact.HOLDERS,
    "ActualWork", "BillingInformation", "ChangeCount", "CompleteDate", "Contacts", "DueDate", "IsComplete",
    "IsRecurring", "PercentComplete", "ReminderDueBy", "ReminderIsSet", "StartDate", "Status", "StatusDescription",
    "TotalWork",
    "HasBeenProcessed", "ResponseType", "IntendedFreeBusyStatus")


def _plain(fragment: str) -> str:
    return "".join(str(words) for words in parsed(fragment).itertext())


def find_item(call: Call) -> str:
    """Answer a FindItem request: one response message a folder."""
    request = call.request
    if any(local(one) in _UNSUPPORTED for one in request):
        raise SoapFault("ErrorInvalidOperation", "This server does not group, seek or search by query string.")
    answers = []
    for position, element in enumerate(children(request, "ParentFolderIds")):
        try:
            call.injected(position)
            shape = item_shape.read_shape(call, request[0], search=True)
            place = folder.find(call, element)
            found, page = _search(call, place, with_properties=bool(shape.extended))
            inner = "".join(item_shape.render(call, one, shape) for one in found)
            items = f"<t:Items>{inner}</t:Items>" if inner else "<t:Items/>"
            answers.append(success("FindItem", f"<m:RootFolder {page.attributes()}>{items}</m:RootFolder>"))
        except ItemError as error:
            answers.append(failure("FindItem", error.code, error.text, values=error.values))
    return response("FindItem", answers)


def _search(call: Call, place: Folder, *, with_properties: bool) -> tuple[list[Item], paging.Page]:
    """The items of one page.

    Assumption: without a SortOrder the newest come first. The soft-deleted traversal finds
    nothing: it is not supported since 2010.
    """
    restriction.check(call.request, {*_COLUMNS, *_SEARCHABLE, *_COMPUTED} - {"Body"}, {"Body"})
    wanted, order = restriction.expression(call.request), call.request.find("{*}SortOrder")
    if call.request.get("Traversal") == "SoftDeleted":
        return [], paging.page(call, 0)
    if call.request.get("Traversal") == "Associated":
        return _chosen(call, associated.items(call, place), wanted, order)
    if (shown := view.found(call, place, with_properties=with_properties)) is not None:
        page = paging.page(call, len(shown))
        return shown[page.start:page.stop], page
    if wanted is None and order is None and call.request.find("{*}ContactsView") is None:
        count = call.db.execute("SELECT count(*) FROM item WHERE folder=? AND gone=0", (place.id,)).fetchone()
        page = paging.page(call, int(count[0]))
        found = item.in_folder(call.db, place.id, "1 ORDER BY born DESC LIMIT ? OFFSET ?",
                               page.stop - page.start, page.start)
        if with_properties:
            item.read_properties(call.db, found)
        return found, page
    everything = item.in_folder(call.db, place.id, "1 ORDER BY born DESC")
    item.read_properties(call.db, everything)
    return _chosen(call, contacts_view.shown(call.request, everything), wanted, order)


def _chosen(call: Call, everything: list[Item], wanted: etree._Element | None,
            order: etree._Element | None) -> tuple[list[Item], paging.Page]:
    """The page of those that fit the restriction, in their order."""
    rows = [_ItemRow(call, one) for one in everything]
    rows = [row for row in rows if wanted is None or restriction.fits(row, wanted)]
    rows = restriction.ordered(rows, order)
    page = paging.page(call, len(rows))
    return [row.stored for row in rows[page.start:page.stop]], page


@dataclass(frozen=True, slots=True)
class _FolderRow:
    call: Call
    place: Folder

    def named(self, name: str) -> Value:
        match name:
            case "DisplayName":
                return self.place.name
            case "FolderClass":
                return self.place.folder_class
            case "ChildFolderCount":
                return len(folder.children(self.call.db, self.place.id))
            case "TotalCount":
                return folder_shape.count(self.call, self.place)
        return None

    def extended(self, path: PropertyPath) -> str | list[str] | None:
        return folder_shape.property_value(self.call, self.place, path)

    @property
    def equality_ignores_case(self) -> bool:
        return self.call.settings.equality_ignores_case


def find_folder(call: Call) -> str:
    """Answer a FindFolder request: one response message a parent."""
    request = call.request
    answers = []
    for position, element in enumerate(children(request, "ParentFolderIds")):
        try:
            call.injected(position)
            shape = folder_shape.read_shape(call, request[0], search=True)
            found = _folders(call, folder.find(call, element))
            page = paging.page(call, len(found))
            inner = "".join(folder_shape.render(call, one, shape) for one in found[page.start:page.stop])
            folders = f"<t:Folders>{inner}</t:Folders>" if inner else "<t:Folders/>"
            answers.append(success("FindFolder", f"<m:RootFolder {page.attributes()}>{folders}</m:RootFolder>"))
        except ItemError as error:
            answers.append(failure("FindFolder", error.code, error.text, values=error.values))
    return response("FindFolder", answers)


def _folders(call: Call, parent: Folder) -> list[Folder]:
    restriction.check(call.request, {"DisplayName", "FolderClass", "ChildFolderCount", "TotalCount"})
    wanted = restriction.expression(call.request)
    traversal = call.request.get("Traversal")
    if traversal == "SoftDeleted":
        return []
    found = list(folder.below(call.db, parent.id)) if traversal == "Deep" \
        else folder.children(call.db, parent.id)
    return [one for one in found if wanted is None or restriction.fits(_FolderRow(call, one), wanted)]
