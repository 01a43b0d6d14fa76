"""How the engine would move calendars, settings and Google accounts otherwise, and the test of seeds that notices.

A kind of exception that can be lost without a test failing is not judged.
"""

from __future__ import annotations

from tests.load.broken_engine import google, settings
from tests.load.broken_engine.row import Broken

_TYPED = "engine/connectors/exchange/typed"
_WRITING = "engine/connectors/exchange/writing"
_JUDGED = "tests/load/test_calendars_judged.py::test_a_group_of_seeds_is_moved_as_it_is"
_SEEDED = "tests/recovery/engine/test_calendars_seeded.py::test_"
EXCEPTIONS, LACKING, SINGLES = f"{_JUDGED}[exceptions]", f"{_JUDGED}[lacking]", f"{_JUDGED}[singles]"
CUSTOM, MEETINGS, UNKEPT = f"{_JUDGED}[custom zone]", f"{_JUDGED}[meetings]", f"{_JUDGED}[meetings, harshest]"
ATTACHMENTS = f"{_JUDGED}[attachments]"
MANY, BEYOND = f"{_JUDGED}[many]", f"{_JUDGED}[beyond]"
ODD = f"{_SEEDED}what_no_client_could_have_made_is_there_or_named[kindest]"
ORPHANS = f"{_SEEDED}meetings_go_on_where_they_were[kindest]"
_LOOKS = "    body, start, end, uid, place, recurrence = (placed.get(one) for one in _LOOKED_AT)\n"
PEOPLE = f"{_SEEDED}people_of_the_old_directory_have_their_addresses"


def _typed(rule: str, file: str, find: str, instead: str, test: str) -> Broken:
    return Broken(rule, f"{_TYPED}/{file}.py", ((find, instead),), test)


def _writing(rule: str, file: str, find: str, instead: str, test: str) -> Broken:
    return Broken(rule, f"{_WRITING}/{file}.py", ((find, instead),), test)


_RECURS = (
    '    recurs=(\n        "Subject", "Sensitivity", "Body", "Categories", "Importance", "ReminderIsSet", '
    '"ReminderMinutesBeforeStart",\n        "Start", "End", "IsAllDayEvent", "LegacyFreeBusyStatus", "Location", '
    '"When", "IsResponseRequested", *PEOPLE,\n        *ZONES,')


def _not_of_one(rule: str, name: str, test: str) -> Broken:
    """Of single occurrences that field is left out."""
    written = name if name.startswith("*") else f'"{name}"'
    for before, behind in (("", ", "), (" ", ","), ("", ",")):
        if (found := f"{before}{written}{behind}") in _RECURS:
            return _typed(rule, "fields", _RECURS, _RECURS.replace(found, "", 1), test)
    raise AssertionError(name)


_BOTH_MOVED = "each.start != each.original"
_SETTLED = (
    "    told += list(_deleted(further, there, sorted(item.deleted)))\n",
    "    while refused and (more is None or more):",
    "    return refusals + refused\n\n\ndef _invited",
)

ROWS = (
    _typed("An occurrence that moved to later", "digests", _BOTH_MOVED, "each.start < each.original", EXCEPTIONS),
    _typed("An occurrence that moved to earlier", "digests", _BOTH_MOVED, "each.start > each.original", EXCEPTIONS),
    _typed("An occurrence that lasts longer", "digests", "each.end - each.start != end - start", "False", LACKING),
    _not_of_one("The subject of an occurrence", "Subject", EXCEPTIONS),
    _not_of_one("The text of an occurrence", "Body", EXCEPTIONS),
    _not_of_one("The place of an occurrence", "Location", EXCEPTIONS),
    _not_of_one("The people of an occurrence", "*PEOPLE", EXCEPTIONS),
    _not_of_one("The categories of an occurrence", "Categories", EXCEPTIONS),
    _not_of_one("When an occurrence reminds", "ReminderMinutesBeforeStart", EXCEPTIONS),
    _not_of_one("Whether an occurrence reminds", "ReminderIsSet", LACKING),
    _not_of_one("An occurrence that is free or busy", "LegacyFreeBusyStatus", EXCEPTIONS),
    _not_of_one("An occurrence that is private", "Sensitivity", LACKING),
    _not_of_one("The importance of an occurrence", "Importance", LACKING),
    _not_of_one("An occurrence of the whole day", "IsAllDayEvent", LACKING),
    _not_of_one("The zone of an occurrence", "*ZONES", LACKING),
    _typed("The times of an occurrence in another zone", "made", "is_moved(each, series) or _is_elsewhere(own, series)",
           "is_moved(each, series)", LACKING),
    _typed("What an occurrence lacks", "made", "elif mine is None and shared is not None:", "elif False:", LACKING),
    _writing("What is taken away from an occurrence", "fields",
             'f"<t:DeleteItemField>{path}</t:DeleteItemField>" if name in _CAN_GO else ""', '""', LACKING),
    _writing("The attachments of an occurrence", "series", "attach(further, item_id, one.attachments)",
             "attach(further, item_id, one.attachments[1:])", EXCEPTIONS),
    _writing("An attachment of the series that an occurrence lacks", "series", "            if one.without:",
             "            if False:", LACKING),
    _typed("A picture in the text", "attached", '("ContentType", "ContentId", "ContentLocation")', '("ContentType",)',
           ATTACHMENTS),
    _typed("An item that is attached", "attached", "return None if inner is None else _item(found, inner)",
           "return None", ATTACHMENTS),
    _typed("The zone of an attached appointment", "attached", "mime=False, more=_ZONES)", "mime=False)", ATTACHMENTS),
    _typed("An attached message that was received", "attached", 'xml.add(flags, "Value", "1")',
           'xml.add(flags, "Value", "8")', ATTACHMENTS),
    _writing("An occurrence that was deleted", "series", "sorted(item.deleted))", "sorted(item.deleted)[1:])",
             EXCEPTIONS),
    _typed("Which occurrences were deleted", "whole", "deleted=tuple(_deleted(item))", "deleted=()", EXCEPTIONS),
    Broken("The neighbour of a deleted occurrence", f"{_WRITING}/series.py", (
        (_SETTLED[0], ""), (_SETTLED[1], "    while False:"),
        (_SETTLED[2], f"{_SETTLED[0]}{_SETTLED[2]}")), EXCEPTIONS),
    _writing("Occurrences that swapped their places", "apart",
             "if one.there is not None and outcome.verdict is Verdict.DONE", "if False", ODD),
    _writing("An occurrence without an index", "occurrences", "        if far:", "        if False:", BEYOND),
    _typed("More occurrences than one answer gives", "whole", "range(0, len(named), AT_ONCE)",
           "range(0, min(len(named), AT_ONCE), AT_ONCE)", MANY),
    _typed("A zone of the owner's own", "reduced", _LOOKS,
           '    for zone in made.iterfind(f"{TYPES}StartTimeZone"):\n        zone[:] = []\n' + _LOOKS, CUSTOM),
    _typed("The zone of a series", "fields", '*PEOPLE, "Recurrence", *ZONES,', '*PEOPLE, "Recurrence",', EXCEPTIONS),
    _typed("The zone in which an appointment ends", "reduced", "        return start.items() == end.items()",
           "        return True or start.items() == end.items()", SINGLES),
    _typed("A reminder of what is past", "reminders", '    if not _goes_on(shown, now):\n', "    if False:\n", SINGLES),
    _typed("A reminder of an occurrence of what is past", "made", "        silence_occurrence(each.item,",
           "        False and silence_occurrence(each.item,", EXCEPTIONS),
    _typed("An end that is none", "made", "end is not None and end <= start:", "end is not None and end < start:", ODD),
    _typed("The date in the global object id of an orphan", "fields",
           'Property(OBJECT_ID, "Binary", MEETING),\n        Property(CLEAN',
           'Property(OBJECT_ID, "Binary", MEETING, carried=False),\n        Property(CLEAN', ORPHANS),
    Broken("The global object id of a meeting", f"{_TYPED}/fields.py", tuple(
        (f'Property({name}, "Binary", MEETING),\n', f'Property({name}, "Binary", MEETING, carried=False),\n')
        for name in ("OBJECT_ID", "CLEAN_OBJECT_ID")), UNKEPT),
    _typed("The sequence of a meeting", "fields", 'Property(SEQUENCE, "Integer", APPOINTMENT)',
           'Property(SEQUENCE, "Integer", APPOINTMENT, carried=False)', MEETINGS),
    _typed("What a meeting is", "fields", "Property(STATE, \"Integer\", APPOINTMENT)",
           "Property(STATE, \"Integer\", APPOINTMENT, carried=False)", MEETINGS),
    _typed("What the owner has answered", "fields", "Property(RESPONSE, \"Integer\", APPOINTMENT)",
           "Property(RESPONSE, \"Integer\", APPOINTMENT, carried=False)", MEETINGS),
    _typed("Whether invitations were sent", "fields",
           'Property("0x8229", "Boolean", APPOINTMENT)', 'Property("0x8229", "Boolean", APPOINTMENT, carried=False)',
           MEETINGS),
    _typed("Who the organizer is", "made", "    untold += name_organizer(own, at.directory)\n", "", MEETINGS),
    _typed("The owner's new address", "addresses", "return self.becomes if address.lower() in owners else address",
           "return address", MEETINGS),
    _typed("An address that only the old directory knows", "addresses",
           'known = next(iter(self._resolved(address)), "")', 'known = ""', PEOPLE),
    _typed("People without an address", "addresses", "        for name, count in left.items()\n",
           "        for name, count in ()\n", ODD),
    _writing("A meeting that was never sent", "meetings", "    put_property(item, INVITED, \"true\")\n", "", UNKEPT),
    _writing("What is said of a meeting that was never sent", "meetings", "() if is_guests else (NOT_SENT,)", "()",
             MEETINGS),
    _typed("What the owner has defined of an appointment", "fields",
           "for each in (*self.properties, *self.added, DEFINITIONS)", "for each in (*self.properties, *self.added)",
           ATTACHMENTS),
    _writing("What a server does not keep of organizers", "meetings", "            yield ORGANIZER\n",
             "            yield from ()\n", UNKEPT),
    _writing("What a server does not keep of answers", "meetings", "            yield ANSWERS\n",
             "            yield from ()\n", UNKEPT),
    *settings.ROWS,
    *google.ROWS,
)
