"""CreateItem.

Items are created one by one, each with its own answer (rule R15). An item is checked completely before
anything of it is stored.
"""

from collections.abc import Callable

from lxml import etree

from emulators.exchange import attachment, computed, draft, filing, folder, item, mime, outgoing
from emulators.exchange.attached import Attached
from emulators.exchange.calendar import (
    arriving,
    exceptions,
    meeting_facts,
    meeting_message,
    responding,
    sending,
)
from emulators.exchange.calendar.icalendar_in import Component
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.filing import Made
from emulators.exchange.folder import Folder
from emulators.exchange.item import CLASSES, READ, UNSENT, Item
from emulators.exchange.soap import children, failure, local, response, success

_HOMES = {"CalendarItem": "calendar", "Contact": "contacts", "DistributionList": "contacts", "Task": "tasks"}
# Rule R5: (class the folder must have, code when it has not).
_PLACES = {
    "CalendarItem": ("IPF.Appointment", "ErrorCannotCreateCalendarItemInNonCalendarFolder"),
    "Contact": ("IPF.Contact", "ErrorCannotCreateContactInNonContactFolder"),
    "DistributionList": ("IPF.Contact", "ErrorCannotCreateContactInNonContactFolder"),
    "Task": ("IPF.Task", "ErrorCannotCreateTaskInNonTaskFolder"),
}


# What a calendar in MIME makes of an item.
_CLASSIFIERS: dict[str, Callable[[Call, Item, bytes], object]] = {
    "Message": meeting_message.classify, "PostItem": meeting_message.note_attached}


def create_item(call: Call) -> str:
    """Answer a CreateItem request."""
    request = call.request
    target = _Target(call, request.find("{*}SavedItemFolderId"))
    answers = []
    made: list[Made] = []
    for position, element in enumerate(children(request, "Items")):
        try:
            stored = _create(call, target, position, element, made)
            inner = "<m:Items/>" if stored is None else item.items_element(call, stored)
            answers.append(success("CreateItem", inner))
        except ItemError as error:
            answers.append(failure("CreateItem", error.code, error.text, values=error.values, inner="<m:Items/>",
                                   warning=error.code == "ErrorBatchProcessingStopped"))
    filing.store(call, made)
    return response("CreateItem", answers)


class _Target:
    """Where the items go: the named folder, or the default one of each kind."""

    def __init__(self, call: Call, element: etree._Element | None) -> None:
        self._call = call
        self._folder: Folder | None = None
        self._error: ItemError | None = None
        try:
            if element is not None:
                self._folder = folder.find(call, element[0], missing="ErrorSavedItemFolderNotFound")
        except ItemError as error:
            self._error = error

    def folder(self, kind: str, disposition: str | None) -> Folder:
        """The folder for one item; raises ItemError."""
        if self._error is not None:
            raise self._error
        if self._folder is None:
            home = "sentitems" if disposition == "SendAndSaveCopy" else "drafts"
            return folder.distinguished(self._call, _HOMES.get(kind, home))
        return self._folder


def _create(
    call: Call, target: _Target, position: int, element: etree._Element, made: list[Made]
) -> Item | None:
    """Check one item and add it to what is `made`; None when no identifier is told. Raises ItemError."""
    # MS-OXWSCDATA_R102000000: a plain item becomes a message.
    kind = "Message" if local(element) == "Item" else local(element)
    if kind in responding.RESPONSES:
        responding.respond(call, element)
        return None
    if kind not in CLASSES:     # meeting messages "are not explicitly created" (page of ResponseCode)
        meeting = kind in meeting_facts.KINDS or kind == "MeetingMessage"
        raise ItemError("ErrorInvalidItemForOperationCreateItem" if meeting else "ErrorInvalidOperation")
    disposition = _check_disposition(call, kind)
    new, raw = draft.draft(call, kind, element, classify=_CLASSIFIERS.get(kind))
    held = _attachments(call, element, raw)
    attachment.reckon(new, held)
    place = target.folder(kind, disposition)
    check_place(kind, place)
    filing.check_limits(call, new)
    computed.check_kind(kind)
    call.injected(position, raw)
    if disposition in ("SendOnly", "SendAndSaveCopy"):
        outgoing.mail(call, new, mime.Content(raw or b""))
        new.flags = (new.flags | READ) & ~UNSENT
    if kind == "CalendarItem":
        calendar = draft.exceptions(call, element) if "recurrence" in new.appointment else None
        if calendar is not None or sending.keeps_copy(call):
            return _at_once(call, (new, raw, held), place, calendar)
    sending.created(call, new)
    _learn(call, new, raw, place)
    if disposition == "SendOnly":
        return None     # MS-OXWSMSG_R203, R84
    filing.number(call, new, place)
    made.append((new, raw, held))
    return None if disposition == "SendAndSaveCopy" else new    # MS-OXWSMSG_R86: no identifier


def _at_once(call: Call, one: Made, place: Folder, calendar: Component | None) -> Item:
    """Store an appointment, the exceptions in its calendar and the copy of its invitations, or nothing.

    Raises ItemError.
    """
    used = call.mailbox.used
    try:
        with call.undone_on_error():
            sending.created(call, one[0])
            filing.number(call, one[0], place)
            filing.store(call, [one])
            stored = one[0] if calendar is None else exceptions.apply(call, one[0], calendar)
            sending.kept(call, stored)
            return stored
    except ItemError:
        call.mailbox.used = used
        raise


def _learn(call: Call, new: Item, raw: bytes | None, place: Folder) -> None:
    """Let the calendar learn of a meeting message that a client has put into the Inbox, unless it is said to know.

    Assumption: who watches the Inbox does not ask how a message came there (MS-OXOCAL 3.1.4.7.2.1, PidTagProcessed).
    """
    if new.kind not in meeting_facts.KINDS or place.distinguished != "inbox":
        return
    calendar = meeting_message.calendar_of(raw or b"")
    wanted = call.settings.processes_created_meeting_messages and call.settings.processes_meeting_messages
    if wanted and calendar is not None and not new.appointment["meeting"]["processed"]:
        arriving.learn(call, new, calendar)


def _check_disposition(call: Call, kind: str) -> str | None:
    """Rule R4."""
    if kind in ("Message", "Item"):
        disposition = call.request.get("MessageDisposition")
        if disposition is None:
            raise ItemError("ErrorMessageDispositionRequired")
        return disposition
    if kind == "CalendarItem" and call.request.get("SendMeetingInvitations") is None:
        raise ItemError("ErrorSendMeetingInvitationsRequired")
    return None


def check_place(kind: str, place: Folder) -> None:
    """Rule R5."""
    if place.element == "SearchFolder":
        raise ItemError("ErrorInvalidFolderTypeForOperation")
    if kind in _PLACES and not place.holds(_PLACES[kind][0]):
        raise ItemError(_PLACES[kind][1])
    if kind == "PostItem" and not place.is_mail:
        raise ItemError("ErrorCannotCreatePostItemInNonMailFolder")


def _attachments(call: Call, element: etree._Element, raw: bytes | None) -> list[Attached]:
    """The attachments that come as elements; raises ItemError."""
    if element.find(draft.ATTACHMENTS) is None:     # nearly always
        return []
    return attachment.read(call, element, attachment.count(call, raw))
