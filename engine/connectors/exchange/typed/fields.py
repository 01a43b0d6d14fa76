"""What is read of an item other than mail, and what of it is written again: an allow-list an element.

An element's fields stand in the order of the schema ([MS-OXWSCORE] 2.2.4.24, [MS-OXWSMTGS] 2.2.4.6). What is not
listed stays behind: what a server computes or alone may set (read-only by MS-OXWSCORE_R2014 to R2062, R2043 and by
[MS-OXWSMTGS] 2.2.4.6), what only some versions take (IsOnlineMeeting, MS-OXWSMTGS_R2301; ConferenceType, R2184), and
whatever somebody's program has written beside it, an earlier tag of ours among it. MAPI properties: [MS-OXPROPS].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.tags import TAG_FIELD

MEETING, APPOINTMENT, COMMON = "Meeting", "Appointment", "Common"
OBJECT_ID, CLEAN_OBJECT_ID = "0x0003", "0x0023"     # PidLidGlobalObjectId, -CleanGlobalObjectId [MS-OXOCAL] 2.2.1.27
STATE, RESPONSE = "0x8217", "0x8218"                # PidLidAppointmentStateFlags, PidLidResponseStatus
BUSY = "0x8205"                                     # PidLidBusyStatus
SEQUENCE = "0x8201"                                 # PidLidAppointmentSequence
SEARCH_KEY = "0x300b"                               # PidTagSearchKey
SENDER = "0x5d02"                                   # PidTagSentRepresentingSmtpAddress


@dataclass(frozen=True, slots=True)
class Property:
    """A MAPI property that is asked for: its number in small letters, its type, and its set; "" is a tag.

    The set is named as [MS-OXWSXPROP] 2.1.7 names it, or by its GUID. `carried`: it is written again as it was read.
    """

    number: str
    kind: str
    where: str = ""
    carried: bool = True

    @property
    def attributes(self) -> Mapping[str, str]:
        """Those of the ExtendedFieldURI that names it, in order."""
        if not self.where:
            return {"PropertyTag": self.number, "PropertyType": self.kind}
        named = "PropertySetId" if "-" in self.where else "DistinguishedPropertySetId"
        return {named: self.where, "PropertyId": str(int(self.number, 16)), "PropertyType": self.kind}

    @property
    def uri(self) -> str:
        """The ExtendedFieldURI that names it."""
        named = " ".join(f'{name}="{value}"' for name, value in self.attributes.items())
        return f"<t:ExtendedFieldURI {named}/>"


DEFINITIONS = Property("0x8540", "Binary", COMMON)     # PidLidPropertyDefinitionStream


@dataclass(frozen=True)
class Fields:
    """An element: which of its fields are written, in the order of the schema, and what else is asked for.

    `of_items` stand before the extended properties, `between` behind these and before the element's `own`. `asked` is
    read and not written. `recurs`: an occurrence may have the field for itself. `since_2013` are those that an older
    server does not know. `added` are properties that are written, and not asked for. What an item's owner has
    defined of it is read and written as well (typed/user_fields.py).
    """

    element: str
    prefix: str
    of_items: Sequence[str]
    between: Sequence[str]
    own: Sequence[str]
    recurs: Sequence[str]
    asked: Sequence[str] = ()
    since_2013: frozenset[str] = frozenset()
    properties: Sequence[Property] = ()
    added: Sequence[Property] = ()

    @cached_property
    def carried(self) -> frozenset[str]:
        """The numbers of the properties that are written."""
        return frozenset(each.number for each in (*self.properties, *self.added, DEFINITIONS) if each.carried)

    @cached_property
    def order(self) -> Mapping[str, int]:
        """The place of each element in the schema's order; what is not in it is not written."""
        named = (*self.of_items, "ExtendedProperty", *self.between, *self.own)
        return MappingProxyType({f"{TYPES}{name}": place for place, name in enumerate(named)})

    def shape(self, *, since_2013: bool, without: str = "") -> str:
        """The ItemShape that asks for all of it but one field."""
        named = (
            *(f"item:{name}" for name in (*self.of_items, *self.between)),
            *(f"{self.prefix}:{name}" for name in self.own), *self.asked,
        )
        fields = (
            name for name in named
            if name != without and (since_2013 or name.partition(":")[2] not in self.since_2013)
        )
        return (
            "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
            + "".join(f'<t:FieldURI FieldURI="{name}"/>' for name in fields)
            + "".join(each.uri for each in (*self.properties, DEFINITIONS)) + TAG_FIELD
            + "</t:AdditionalProperties></m:ItemShape>"
        )


ANSWER = Property(RESPONSE, "Integer", APPOINTMENT)
STATES = Property(STATE, "Integer", APPOINTMENT)
REPLIED = Property("0x8220", "SystemTime", APPOINTMENT)     # PidLidAppointmentReplyTime
REMINDS = Property("0x8503", "Boolean", COMMON)       # PidLidReminderSet [MS-OXORMDR] 2.2.1.1
SIGNAL = Property("0x8560", "SystemTime", COMMON)      # PidLidReminderSignalTime
# PidTagSentRepresenting… and PidTagSender…: name, type of address, address, address of mail ([MS-OXOMSG] 2.2.1).
NAMES_OF_SENDER = (Property("0x0042", "String"), Property("0x0c1a", "String"))
TYPES_OF_SENDER = (Property("0x0064", "String"), Property("0x0c1e", "String"))
ADDRESSES_OF_SENDER = (
    Property("0x0065", "String"), Property("0x0c1f", "String"), Property(SENDER, "String"),
    Property("0x5d01", "String"),
)
_OF_ITEMS = (
    "ItemClass", "Subject", "Sensitivity", "Body", "Categories", "Importance", "ReminderIsSet",
    "ReminderMinutesBeforeStart",
)
PEOPLE = ("RequiredAttendees", "OptionalAttendees", "Resources")
ZONES = ("StartTimeZone", "EndTimeZone")
CALENDAR_ITEM = Fields(
    "CalendarItem",
    "calendar",
    of_items=_OF_ITEMS,
    between=("Culture",),
    own=(
        "UID", "Start", "End", "IsAllDayEvent", "LegacyFreeBusyStatus", "Location", "When", "IsResponseRequested",
        *PEOPLE, "Recurrence", *ZONES, "AllowNewTimeProposal", "MeetingWorkspaceUrl", "NetShowUrl", "EnhancedLocation",
    ),
    recurs=(
        "Subject", "Sensitivity", "Body", "Categories", "Importance", "ReminderIsSet", "ReminderMinutesBeforeStart",
        "Start", "End", "IsAllDayEvent", "LegacyFreeBusyStatus", "Location", "When", "IsResponseRequested", *PEOPLE,
        *ZONES, "MeetingWorkspaceUrl", "NetShowUrl", "EnhancedLocation",
    ),
    asked=(
        "item:Attachments", "item:ReminderDueBy", "calendar:MyResponseType", "calendar:Organizer",
        "calendar:LastOccurrence", "calendar:ModifiedOccurrences", "calendar:DeletedOccurrences",
    ),
    since_2013=frozenset({"EnhancedLocation"}),
    properties=(
        Property(OBJECT_ID, "Binary", MEETING),
        Property(CLEAN_OBJECT_ID, "Binary", MEETING),
        Property("0x001a", "SystemTime", MEETING),          # PidLidOwnerCriticalChange
        Property(SEQUENCE, "Integer", APPOINTMENT),
        Property(BUSY, "Integer", APPOINTMENT, carried=False),
        STATES,
        ANSWER,
        REPLIED,
        Property("0x8224", "Integer", APPOINTMENT),         # PidLidIntendedBusyStatus
        Property("0x8228", "SystemTime", APPOINTMENT),      # PidLidExceptionReplaceTime
        Property("0x8229", "Boolean", APPOINTMENT),         # PidLidFInvited
        Property("0x825e", "Binary", APPOINTMENT),          # PidLidAppointmentTimeZoneDefinitionStartDisplay
        Property("0x825f", "Binary", APPOINTMENT),          # …EndDisplay
        Property("0x8260", "Binary", APPOINTMENT),          # …Recur
        SIGNAL,
        Property(SEARCH_KEY, "Binary", carried=False),
        Property(SENDER, "String", carried=False),
    ),
    added=(*NAMES_OF_SENDER, *TYPES_OF_SENDER, *ADDRESSES_OF_SENDER),
)
