"""What docs/fidelity.md says of appointments, beside Microsoft's schema and what the judge of calendars compares."""

from __future__ import annotations

from emulators.exchange import introduced
from emulators.exchange.calendar import appointment
from emulators.exchange.explicit import is_read_only
from emulators.exchange.schema import find_schema, load_schema
from emulators.exchange.settings import RANK
from engine.connectors.exchange.typed.fields import CALENDAR_ITEM, DEFINITIONS
from engine.connectors.exchange.typed.left_behind import LEFT
from tests.servers.calendars.judge import COMPUTED, asked
from tests.servers.outcomes import table
from tests.unit.engine.test_typed_fields import CARRIED

DOCUMENT, PROPERTIES = table("fidelity", "appointments"), table("fidelity", "properties")
AS_READ = "written as it was read"
LOOKED_AT = "read, and not written: it says what a field does not say, or whose item it is"
OF_THE_ORGANIZER = "written where the owner was a guest: it names the organizer"
DEFINED, OTHER = "fields that the owner has defined", "all others"
PROGRAMS = "not carried: programs have written it for themselves, and a migration before this one its tag"
SPECIAL = {
    "0x8229": "written as it was read, and as true wherever somebody is invited, so that nothing is sent by itself",
    "0x8560": "written of a series that goes on: when it reminds next",
}
# Fields of newer schemas than the one that comes with the tests (Exchange Server SE).
NEWER = {name for names in LEFT.values() for name in names}
NAMES = {       # [MS-OXPROPS]
    "0x0003": "PidLidGlobalObjectId", "0x0023": "PidLidCleanGlobalObjectId", "0x001a": "PidLidOwnerCriticalChange",
    "0x8201": "PidLidAppointmentSequence", "0x8205": "PidLidBusyStatus", "0x8217": "PidLidAppointmentStateFlags",
    "0x8218": "PidLidResponseStatus", "0x8220": "PidLidAppointmentReplyTime", "0x8224": "PidLidIntendedBusyStatus",
    "0x8228": "PidLidExceptionReplaceTime", "0x8229": "PidLidFInvited",
    "0x825e": "PidLidAppointmentTimeZoneDefinitionStartDisplay",
    "0x825f": "PidLidAppointmentTimeZoneDefinitionEndDisplay", "0x8260": "PidLidAppointmentTimeZoneDefinitionRecur",
    "0x8540": "PidLidPropertyDefinitionStream", "0x8560": "PidLidReminderSignalTime", "0x300b": "PidTagSearchKey",
    "0x0042": "PidTagSentRepresentingName", "0x0064": "PidTagSentRepresentingAddressType",
    "0x0065": "PidTagSentRepresentingEmailAddress", "0x5d02": "PidTagSentRepresentingSmtpAddress",
    "0x0c1a": "PidTagSenderName", "0x0c1e": "PidTagSenderAddressType", "0x0c1f": "PidTagSenderEmailAddress",
    "0x5d01": "PidTagSenderSmtpAddress",
}


def test_the_document_itself_names_each_field_of_the_schema_once() -> None:
    """What stands in the table, as a person reads it, is all that the schema has of an appointment, and no more."""
    order = load_schema(find_schema(None)).order("CalendarItemType")
    named = [name for fields in DOCUMENT.rows() for name in fields.split(", ")]

    assert sorted(named) == sorted(set(named))
    assert set(order) - set(named) == {"ExtendedProperty"}, "the table of properties says which of these are carried"
    assert set(named) <= {*order, *NEWER}


def test_the_document_says_which_properties_behind_the_fields_are_carried() -> None:
    """By the names that [MS-OXPROPS] has for them; whatever else is written beside an appointment stays behind."""
    rows: dict[str, str] = {}
    for each in (*CALENDAR_ITEM.properties, DEFINITIONS):
        rows[NAMES[each.number]] = SPECIAL.get(each.number, AS_READ) if each.carried else LOOKED_AT
    for each in CALENDAR_ITEM.added:
        rows[NAMES[each.number]] = OF_THE_ORGANIZER
    rows |= {DEFINED: AS_READ, OTHER: PROGRAMS}

    for name, outcome in rows.items():
        PROPERTIES.saw(name, outcome)
    PROPERTIES.holds_only(rows)


def test_the_judge_of_calendars_leaves_out_nothing_that_is_said_to_arrive() -> None:
    """What it does not compare is read-only for clients, stands in the document as not written, and is nothing else."""
    compared = {path.partition(":")[2] for path in asked()}
    carried = next(fields for fields, outcome in DOCUMENT.rows().items() if outcome == CARRIED).split(", ")
    left = COMPUTED - {"AttachmentId"}      # of attachments

    assert set(carried) - compared == {"EnhancedLocation"}, "of the rest Exchange 2010 knows all"
    assert not left & set(carried)
    assert {name for name in left if not is_read_only("CalendarItem", name)} <= appointment.READ_ONLY
    later = introduced.later(RANK["Exchange2010_SP1"])
    assert set(load_schema(find_schema(None)).order("CalendarItemType")) - compared - later == {
        *left, "MimeContent", "ExtendedProperty", "IntendedFreeBusyStatus"}
