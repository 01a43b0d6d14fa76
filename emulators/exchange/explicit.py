"""Properties a client sets by name: what may be set, and where it is kept.

The MIME is read first, then explicit properties override it.
Assumption: Microsoft documents both ways of setting a property, not their order; DavMail's requests, in use
for 15 years, only work with this one.
"""

import json
from collections.abc import Callable

from lxml import etree

from emulators.exchange import computed, extended, kinds, moments, retention, undescribed
from emulators.exchange.calendar import appointment, meeting_facts
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.fragments import fragment, written
from emulators.exchange.item import CLASSES, READ, Item
from emulators.exchange.soap import flag, is_true, local, text

# Rule R1. The first block has a requirement each (MS-OXWSCORE_R2043, R2272 to R2277, R2347 to R2358); the
# second is called read-only by MS-OXWSMSG_R49, R52, R58, R72001, R73001, R73008 to R73010 and MS-OXWSPOST;
# the third is computed by the server: Assumption, these are refused the same way.
READ_ONLY = frozenset({
    "ItemId", "ParentFolderId", "DateTimeReceived", "Size", "DateTimeSent", "DateTimeCreated", "DisplayTo",
    "EffectiveRights", "LastModifiedName", "WebClientReadFormQueryString", "InstanceKey", "NormalizedBody",
    "Preview", "RightsManagementLicenseData", "BlockStatus", "TextBody", "IconIndex",
    "ConversationIndex", "ConversationTopic", "InternetMessageId", "ReceivedBy", "ReceivedRepresenting",
    "ApprovalRequestData", "VotingInformation", "ReminderMessageData", "PostedTime",
    "DisplayCc", "DisplayBcc", "WebClientEditFormQueryString", "IsSubmitted", "IsDraft", "IsFromMe",
    "IsResend", "IsUnmodified", "InternetMessageHeaders", "ResponseObjects", "HasAttachments",
    "LastModifiedTime", "IsAssociated", "ConversationId", "UniqueBody", "ReminderNextTime",
    "HasBlockedImages", "SearchKey", "SortKey", "EntityExtractionResult", "SenderSMTPAddress",
    "MessageSafety", "CanDelete", "MentionedMe", "IsMeeting", "IsCancelled", "MeetingRequestWasSent",
    "CalendarItemType", "MyResponseType", "Organizer", "Duration", "AppointmentSequenceNumber",
    "AppointmentState", "IsComplete", "StatusDescription", "AssignedTime", "CompleteName",
    "RetentionDate",    # Item.RetentionDate of Microsoft's client can only be read
    "Attachments",      # CreateItem takes them itself; CreateAttachment and DeleteAttachment change them
})
# The same words mean different things in calendar items and tasks.
_READ_ONLY_BY_KIND = {
    "Task": frozenset({"IsRecurring", "Delegator", "Owner", "ChangeCount", "DelegationState", "IsTeamTask",
                       "IsAssignmentEditable"}),
    # MS-OXWSCONT_R81001; the others come from the directory or another service. Assumption: refused alike.
    "DistributionList": frozenset({"ContactSource"}),
    "Contact": frozenset({
        "HasPicture", "ContactSource", "PhoneticFullName", "PhoneticFirstName", "PhoneticLastName", "Alias", "Notes",
        "Photo", "UserSMIMECertificate", "MSExchangeCertificate", "DirectoryId", "ManagerMailbox", "DirectReports",
        "AccountName", "ObjectId", "SourceId", "PersonId"}),
}
_WRITABLE_BY_KIND = {
    # From 2013 SP1 on a Duration can be asked of a meeting suggestion, never of an item: it stays read-only.
    "Contact": frozenset({"DisplayName"}),
}
# What the classes of meeting messages begin with (MS-OXOCAL 2.2.5 to 2.2.9).
_MEETINGS = {"MeetingRequest": "IPM.Schedule.Meeting.Request", "MeetingResponse": "IPM.Schedule.Meeting.Resp",
             "MeetingCancellation": "IPM.Schedule.Meeting.Canceled"}
_BARE = 256             # what an item without MIME takes for the properties that every item has
# What is kept as an element and is true or false, a whole number, or a time.
_BOOLEANS = frozenset({
    "ReminderIsSet", "IsResponseRequested", "AllowNewTimeProposal", "IsOnlineMeeting", "DoNotForwardMeeting",
    "IsAutoUpdateDisabled"})
_NUMBERS = frozenset({"ReminderMinutesBeforeStart", "ConferenceType", "ActualWork", "TotalWork"})
_TIMES = frozenset({"ReminderDueBy"})
PEOPLE = frozenset({"ToRecipients", "CcRecipients", "BccRecipients", "ReplyTo"})
_SUBJECT_LIMIT = 255        # MS-OXWSCORE_R74


def apply(call: Call, item: Item, element: etree._Element, *, creating: bool) -> None:
    """Set one property element on an item; raises ItemError."""
    name = local(element)
    if name == "ExtendedProperty":      # the most frequent by far
        path, value = extended.read_property(element)
        if item.kind == "CalendarItem" and appointment.take_property(call, item, path, value):
            return
        setter = _BY_TAG.get(path.tag or 0) if path.kind == "String" else None
        if setter is not None:
            setter(item, str(value))
        else:
            extended.apply(item, path, value, creating=creating)
        return
    if name == "StoreEntryId":
        # MS-OXWSCORE_R20451: refused by 2010; R20452: ignored from 2013 on.
        if call.settings.version == "2010":
            raise ItemError("ErrorInvalidPropertySet")
        return
    if item.kind == "CalendarItem" and appointment.take(call, item, element):
        return
    if is_read_only(item.kind, name):
        raise ItemError("ErrorInvalidPropertySet")
    _check_value(call, element)
    kind = kinds.KINDS.get(item.kind)
    if kind is not None and kind.apply(call, item, element):
        return
    if name in _SETTERS:
        _SETTERS[name](item, element, call.now)
    else:
        item.extra[name] = _kept(name, element)


def _check_value(call: Call, element: etree._Element) -> None:
    """Refuse people without addresses and tags that the mailbox does not have. Raises ItemError."""
    if local(element) in PEOPLE:
        check_people(element)
    if local(element) in retention.ELEMENTS:
        retention.check(call, element)


def _kept(name: str, element: etree._Element) -> str:
    """The element as it will be told: booleans, numbers and times as servers write them, times in UTC.

    Raises ItemError.
    """
    if name in _BOOLEANS:
        return boolean(name, is_true(element.text))
    if name in _TIMES:
        return written(name, moments.utc_of(element.text or ""))
    return written(name, str(int(element.text or "0"))) if name in _NUMBERS else fragment(element)


def check_people(element: etree._Element) -> None:
    """Raise ItemError ErrorMissingInformationEmailAddress for somebody without an address (page of ResponseCode)."""
    for one in element:
        if not any(local(child) in ("EmailAddress", "ItemId") for child in one):
            raise ItemError("ErrorMissingInformationEmailAddress")


def is_read_only(kind: str, name: str) -> bool:
    """Whether the server alone sets this property (rule R1)."""
    if name in _WRITABLE_BY_KIND.get(kind, ()):
        return False
    return name in READ_ONLY or name in undescribed.NAMES or name in _READ_ONLY_BY_KIND.get(kind, ())


def _set_class(item: Item, element: etree._Element, _now: str) -> None:
    _set_class_to(item, element.text or "")


def _set_class_to(item: Item, wanted: str) -> None:
    """MS-OXWSCORE_R2023, MS-OXWSCDATA_R619: the class must fit the element, or what the MIME has made of it."""
    if not class_fits(item.kind, wanted):
        raise ItemError("ErrorObjectTypeChanged")
    if item.kind not in meeting_facts.KINDS:
        computed.check_class(wanted)
    item.item_class = wanted


def class_fits(kind: str, item_class: str) -> bool:
    """Whether an item of this element may have this class."""
    upper = item_class.upper()
    own = (CLASSES.get(kind) or _MEETINGS[kind]).upper()
    if kind in ("Message", "Item"):
        typed = {c.upper() for k, c in CLASSES.items() if k not in ("Message", "Item", "PostItem")}
        return not any(upper == c or upper.startswith(c + ".") for c in typed)
    return upper == own or upper.startswith(own + ".")


def _set_body_to(item: Item, words: str) -> None:
    item.extra["Body"] = f'<t:Body BodyType="Text">{text(words)}</t:Body>'


# Elements that are set by their MAPI properties as well: PidTagMessageClass ([MS-OXCMSG] 2.2.1.3) and PidTagBody
# ([MS-OXCMSG] 2.2.1.58.1). DavMail creates contacts with both.
_BY_TAG: dict[int, Callable[[Item, str], None]] = {0x001A: _set_class_to, 0x1000: _set_body_to}


def _set_subject(item: Item, element: etree._Element, _now: str) -> None:
    subject = element.text or ""
    if len(subject) > _SUBJECT_LIMIT:
        raise ItemError("ErrorInvalidValueForProperty")
    item.subject = subject


def _set_sensitivity(item: Item, element: etree._Element, _now: str) -> None:
    item.sensitivity = element.text or "Normal"


def _set_importance(item: Item, element: etree._Element, _now: str) -> None:
    item.importance = element.text or "Normal"


def _set_categories(item: Item, element: etree._Element, _now: str) -> None:
    item.categories = [child.text or "" for child in element]


def _set_read(item: Item, element: etree._Element, _now: str) -> None:
    item.flags = item.flags | READ if is_true(element.text) else item.flags & ~READ


def _set_read_receipt(item: Item, element: etree._Element, _now: str) -> None:
    item.read_receipt = is_true(element.text)


def _set_delivery_receipt(item: Item, element: etree._Element, _now: str) -> None:
    item.delivery_receipt = is_true(element.text)


def _set_flag(item: Item, element: etree._Element, now: str) -> None:
    """MS-OXWSCORE_R2002, R2005, R2008, R2010: which dates go with which status."""
    values = {local(child): child.text or "" for child in element}
    status, dates = values["FlagStatus"], set(values) - {"FlagStatus"}
    allowed: dict[str, tuple[set[str], ...]] = {
        "NotFlagged": (set(),),
        "Flagged": (set(), {"StartDate", "DueDate"}),
        "Complete": (set(), {"CompleteDate"}),
    }
    if dates not in allowed[status]:
        raise ItemError("ErrorInvalidArgument")
    item.flag = {} if status == "NotFlagged" else {
        name: value if name == "FlagStatus" else extended.checked("SystemTime", value)
        for name, value in values.items()}
    if status == "Complete":
        item.flag.setdefault("CompleteDate", now)


_SETTERS = {
    "ItemClass": _set_class,
    "Subject": _set_subject,
    "Sensitivity": _set_sensitivity,
    "Importance": _set_importance,
    "Categories": _set_categories,
    "IsRead": _set_read,
    "IsReadReceiptRequested": _set_read_receipt,
    "IsDeliveryReceiptRequested": _set_delivery_receipt,
    "Flag": _set_flag,
}


def remove(item: Item, name: str) -> None:
    """Delete a property by name; raises ItemError ErrorInvalidPropertyDelete for those an item must have."""
    if item.kind == "CalendarItem" and appointment.remove(item, name):
        return
    match name:
        case "Subject":
            item.subject = ""
        case "Categories":
            item.categories = []
        case "Flag":
            item.flag = {}
        case "Sensitivity":
            item.sensitivity = "Normal"
        case "Importance":
            item.importance = "Normal"
        case "IsReadReceiptRequested":
            item.read_receipt = False
        case "IsDeliveryReceiptRequested":
            item.delivery_receipt = False
        case "ItemClass" | "IsRead" | "MimeContent":
            raise ItemError("ErrorInvalidPropertyDelete")
        case _ if is_read_only(item.kind, name):
            raise ItemError("ErrorInvalidPropertyDelete")
        case _:
            item.extra.pop(name, None)


def flag_element(item: Item) -> str:
    """The Flag element: status, then dates in the order of the schema."""
    order = ("FlagStatus", "StartDate", "DueDate", "CompleteDate")
    values = item.flag or {"FlagStatus": "NotFlagged"}
    return "<t:Flag>" + "".join(f"<t:{n}>{values[n]}</t:{n}>" for n in order if n in values) + "</t:Flag>"


def sized(item: Item, mime_length: int) -> int:
    """The size of an item, which is never 0. Assumption: its MIME and what was set beside it; real sizes are close."""
    beside = len(json.dumps(item.extra)) - 2 if item.extra else 0
    beside += len(json.dumps(item.appointment)) if item.appointment else 0
    return (mime_length or _BARE) + beside + sum(len(str(value)) for _, value in item.properties.values())


def boolean(name: str, value: object) -> str:
    """A boolean element."""
    return f"<t:{name}>{flag(value)}</t:{name}>"
