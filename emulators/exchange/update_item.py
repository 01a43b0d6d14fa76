"""UpdateItem."""

from lxml import etree

from emulators.exchange import (
    appending,
    attached,
    explicit,
    extended,
    field_uri,
    folder,
    ids,
    indexed,
    item,
    kinds,
    mime,
    outgoing,
)
from emulators.exchange.calendar import (
    appointment,
    attendees,
    exceptions,
    icalendar_in,
    meeting_facts,
    meeting_message,
    occurrence,
    sending,
)
from emulators.exchange.call import Call
from emulators.exchange.draft import read_mime
from emulators.exchange.errors import ItemError
from emulators.exchange.item import Item
from emulators.exchange.people import group, members
from emulators.exchange.soap import children, failure, is_true, local, response, success
from emulators.exchange.tasks import series, task

_MAIL = frozenset({"Message", "Item"}) | meeting_facts.KINDS
_BEFORE_SENDING = frozenset({"message:IsReadReceiptRequested", "message:IsDeliveryReceiptRequested"})
_NO_CONFLICTS = "<m:ConflictResults><t:Count>0</t:Count></m:ConflictResults>"


def update_item(call: Call) -> str:
    """Answer an UpdateItem request; each item changes completely or not at all (rule R15)."""
    answers = []
    for position, change in enumerate(children(call.request, "ItemChanges")):
        try:
            stored = occurrence.find(call, change[0])
            call.injected(position, item.received_bytes(call.db, stored) if call.item_faults else None)
            _check(call, stored, change[0].get("ChangeKey"))
            told = _whole(call, stored, change[1])
            answers.append(success("UpdateItem", item.items_element(call, told) + _NO_CONFLICTS))
        except ItemError as error:
            answers.append(failure("UpdateItem", error.code, error.text, values=error.values, inner="<m:Items/>"))
    return response("UpdateItem", answers)


def _check(call: Call, stored: Item, change_key: str | None) -> None:
    """Rules R4 and R10.

    The pages disagree on who must send a change key: that of ResponseCode says every UpdateItem, those of ItemId and
    ConversationId one with AutoResolve; the schema has the attribute as optional (MS-OXWSCORE_R154). AlwaysOverwrite
    compares it with nothing (MS-OXWSCORE 3.1.4.9.4.1), and clients in use send none with it.
    """
    if stored.kind in _MAIL and call.request.get("MessageDisposition") is None:
        raise ItemError("ErrorMessageDispositionRequired")
    if stored.kind == "CalendarItem":
        _check_sending(call, stored)
    if call.request.get("MessageDisposition") in ("SendOnly", "SendAndSaveCopy"):
        raise ItemError("ErrorInvalidOperation")        # nothing here sends a stored message
    if call.request.get("ConflictResolution") == "AlwaysOverwrite":
        return
    if not change_key:
        raise ItemError("ErrorChangeKeyRequiredForWriteOperations", "A change key is required for this operation.")
    if ids.parse_change_key(change_key) != stored.change:
        raise ItemError("ErrorIrresolvableConflict")


def _check_sending(call: Call, stored: Item) -> None:
    """Of an item in Deleted Items nothing is sent: "allowed only when the value is SendToNone" (page of ResponseCode).

    Raises ItemError: ErrorCalendarCannotUpdateDeletedItem, and that of rule R4.
    """
    wanted = call.request.get("SendMeetingInvitationsOrCancellations")
    if wanted is None:
        raise ItemError("ErrorSendMeetingInvitationsOrCancellationsRequired")
    if wanted != "SendToNone" and stored.folder == folder.distinguished(call, "deleteditems").id:
        raise ItemError("ErrorCalendarCannotUpdateDeletedItem")


def _whole(call: Call, stored: Item, updates: etree._Element) -> Item:
    """Change an item, or leave it as it is; returns the one to tell of. Raises ItemError."""
    used = call.mailbox.used
    try:
        with call.undone_on_error():
            return _update(call, stored, updates)
    except ItemError:
        call.mailbox.used = used
        raise


def _update(call: Call, stored: Item, updates: etree._Element) -> Item:
    """Change an item; returns the one to tell of, which is another where an occurrence of a series became its own."""
    item.read_properties(call.db, [stored])
    series_before = dict(stored.extra) if stored.kind == "Task" else {}
    is_part = "original" in stored.appointment      # of a series: what it takes is counted when it is stored
    before = 0 if is_part and "own" not in stored.appointment else stored.size
    was_read, invited = stored.is_read, attendees.addresses(stored)
    raw: bytes | None = None
    for update in updates:
        field_uri.check(call, stored.kind, (update[0].get("FieldURI", ""),))
        if stored.kind in _MAIL and not stored.is_draft and update[0].get("FieldURI") in _BEFORE_SENDING:
            raise ItemError("ErrorInvalidPropertyUpdateSentMessage")        # page of ResponseCode
        if local(update) == "DeleteItemField":
            _delete_field(stored, update[0])
        elif (new := _set_field(call, stored, update)) is not None:
            raw = new
    if raw is not None and stored.kind != "CalendarItem":
        head = mime.headers(raw)
        stored.subject = head.get("subject")[:255]
        stored.attachments = mime.has_attachments(raw, head) or meeting_message.attaches_calendar(call, raw)
        attached.forget(call.db, stored.row)       # Assumption: new MIME brings all of its attachments anew
        stored.mime = call.db.execute("INSERT INTO mime (bytes) VALUES (?)", (raw,)).lastrowid
    if stored.kind in kinds.KINDS:
        kinds.KINDS[stored.kind].finish(call, stored)
    if stored.kind == "CalendarItem":
        _computed(call, stored, invited, raw)
    stored.size = explicit.sized(stored, len(item.received_bytes(call.db, stored) or b"")) \
        + attached.size(call.db, stored.row)
    quota = call.settings.quota_bytes
    if quota is not None and stored.size > before and call.mailbox.used + stored.size - before > quota:
        raise ItemError("ErrorQuotaExceeded")
    call.mailbox.used += 0 if is_part else stored.size - before
    single = series.continued(call, stored, series_before) if stored.kind == "Task" else None
    occurrence.store(call, stored, _names_of(updates), content=not _only_read(updates))
    if stored.is_read and not was_read and not is_true(call.request.get("SuppressReadReceipts")):
        outgoing.receipt(call, stored, "read receipt")
    if raw is not None and "recurrence" in stored.appointment and stored.kind == "CalendarItem":
        return exceptions.apply(call, stored, icalendar_in.parsed(raw))
    return stored if single is None else single


def _computed(call: Call, stored: Item, invited: list[str], raw: bytes | None) -> None:
    """What follows from a change of an appointment, and what is sent of it; `invited` was before.

    iCalendar (`raw`) says all of a series, its exceptions too. Assumption: those of before are gone.
    """
    moved = appointment.complete(call, stored)
    if (moved or raw is not None) and "original" not in stored.appointment:
        occurrence.reset(call, stored)
    if raw is not None:
        appointment.leave_out(stored, icalendar_in.exception_dates(raw))
    sending.updated(call, stored, invited, moved=moved)


def _names_of(updates: etree._Element) -> set[str]:
    """The names of the properties that change; not those that new MIME brings."""
    return {update[0].get("FieldURI", "").partition(":")[2] for update in updates} - {"", "MimeContent"}


def _only_read(updates: etree._Element) -> bool:
    """Whether nothing but the read state changes: SyncFolderItems then says ReadFlagChange."""
    return all(update[0].get("FieldURI") == "message:IsRead" for update in updates)


def _set_field(call: Call, stored: Item, update: etree._Element) -> bytes | None:
    """Set or append one property; new MIME is returned for the caller to store."""
    uri, holder = update[0], update[1]
    if len(holder) != 1:        # MS-OXWSCDATA_R335
        raise ItemError("ErrorIncorrectUpdatePropertyCount")
    value = holder[0]
    if not _is_of(stored.kind, holder) or not _names(uri, value):
        raise ItemError("ErrorUpdatePropertyMismatch")
    if local(update) == "AppendToItemField":
        if stored.kind == "DistributionList" and group.append(call, stored, value):
            return None
        appending.append(call, stored, value)
    elif local(value) == "MimeContent" and stored.kind == "CalendarItem":
        return _set_calendar(call, stored, read_mime(call, stored.kind, value) or b"")
    elif local(value) == "MimeContent":
        return read_mime(call, stored.kind, value)
    elif local(uri) == "IndexedFieldURI":
        indexed.replace(stored, uri, value)
    else:
        if stored.kind == "CalendarItem":
            if value.tag in appointment.zones_of_others(call):
                raise ItemError("ErrorInvalidPropertySet")
            appointment.check_organizer(stored, local(value), "ErrorInvalidPropertySet")
        explicit.apply(call, stored, value, creating=False)
    return None


def _is_of(kind: str, holder: etree._Element) -> bool:
    """Whether an element may hold a change of an item of this kind: its own, or one that it extends.

    ErrorUpdatePropertyMismatch is handled by a change description that "matches the type of item" (page "EWS
    property-related errors").
    """
    bases = {"Item", "Message", "MeetingMessage"} if kind in meeting_facts.KINDS else {"Item"}
    return local(holder) in {kind, *bases} or (kind == "Item" and local(holder) == "Message")


def _set_calendar(call: Call, stored: Item, raw: bytes) -> bytes:
    """Set what iCalendar says of an appointment. Assumption: without an RRULE it is a series no more."""
    if "original" in stored.appointment:
        exceptions.set_one(call, stored, icalendar_in.parsed(raw))
        return raw
    found = icalendar_in.elements(raw)
    if not any(local(one) == "Recurrence" for one in found):
        stored.appointment.pop("recurrence", None)
    for element in found:
        explicit.apply(call, stored, element, creating=False)
    return raw


def _names(uri: etree._Element, value: etree._Element) -> bool:
    """Whether the path and the value speak of the same property."""
    if local(uri) == "ExtendedFieldURI":
        return local(value) == "ExtendedProperty" and \
            extended.read_path(uri).path == extended.read_path(value[0]).path
    if local(uri) == "FieldURI":
        return uri.get("FieldURI", "").partition(":")[2] == local(value)
    return True


def _delete_field(stored: Item, uri: etree._Element) -> None:
    if local(uri) == "ExtendedFieldURI":
        extended.remove(stored, extended.read_path(uri))
    elif stored.kind == "Task" and task.remove(stored, uri.get("FieldURI", "").partition(":")[2]):
        return
    elif local(uri) == "FieldURI":
        explicit.remove(stored, uri.get("FieldURI", "").partition(":")[2])
    elif uri.get("FieldURI") == "distributionlist:Members:Member":
        members.without(stored.extra, uri.get("FieldIndex", ""))
    else:
        indexed.remove(stored, uri)
