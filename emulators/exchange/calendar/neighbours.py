"""What else there is at the time of an appointment or a meeting request, and right beside it.

An item conflicts with another "if it occurs, at least in part, at the same time as another calendar item in the same
calendar folder"; items elsewhere, and meeting requests, are compared with the default calendar (page of the element
ConflictingMeetingCount). Assumption: an item is adjacent that ends when this one begins, or begins when it ends; those
that are shown as free count, too; and the time of a series is that of its first occurrence.
"""

from collections.abc import Iterator

from emulators.exchange import folder, item
from emulators.exchange.calendar import meeting_facts, occurrence
from emulators.exchange.call import Call
from emulators.exchange.item import Item, id_element
from emulators.exchange.soap import text

_CONFLICTING = ("ConflictingMeetingCount", "ConflictingMeetings")
LISTS = ("ConflictingMeetings", "AdjacentMeetings")
NAMES = frozenset({"AdjacentMeetingCount", "ConflictingMeetingCount", *LISTS})
# A series without an end reaches to "9", and one with exceptions may begin before its start.
_TOUCHES = ("kind='CalendarItem' AND (json_extract(appointment, '$.start') <= ?"
            " OR json_extract(appointment, '$.modified') IS NOT NULL)"
            " AND coalesce(json_extract(appointment, '$.finish'), '9') >= ? ORDER BY row")


def element(call: Call, one: Item, name: str) -> str:
    """ConflictingMeetingCount, AdjacentMeetingCount, or one of the lists; an empty list is left out."""
    found = list(_found(call, one, conflicting=name in _CONFLICTING))
    if name not in LISTS:
        return f"<t:{name}>{len(found)}</t:{name}>"
    inner = "".join(_shown(call, other) for other in found)
    return f"<t:{name}>{inner}</t:{name}>" if inner else ""


def _found(call: Call, one: Item, *, conflicting: bool) -> Iterator[Item]:
    start, end, same = one.appointment["start"], one.appointment["end"], _same(call, one)
    for other in item.in_folder(call.db, _place(call, one), _TOUCHES, end, start):
        if other.row not in same:
            for each in _occurrences(call, other, end):
                first, last = each.appointment["start"], each.appointment["end"]
                overlaps = first < end and last > start
                if overlaps if conflicting else start == last or end == first:
                    yield each


def _place(call: Call, one: Item) -> int:
    """The calendar that an item is compared with."""
    if one.kind == "CalendarItem" and one.folder and folder.by_id(call.db, one.folder).element == "CalendarFolder":
        return one.folder
    return folder.distinguished(call, "calendar").id


def _same(call: Call, one: Item) -> set[int]:
    """The rows that are this very appointment: its own, that of its series, and the one that a request has met."""
    met = meeting_facts.met(call, one) if one.kind in meeting_facts.KINDS else None
    return {one.row, one.appointment.get("of", 0)} | ({met.row} if met is not None else set())


def _occurrences(call: Call, other: Item, until: str) -> Iterator[Item]:
    """The item, or each occurrence of a series up to a time."""
    if "recurrence" not in other.appointment:
        yield other
        return
    moved = max((start for _, start, _ in other.appointment.get("modified", {}).values()), default="")
    for day in occurrence.days(other):
        start, _ = occurrence.when(other, day)
        if start > until and start > moved:
            return
        yield occurrence.made(call, other, day)


def _shown(call: Call, other: Item) -> str:
    """An item as a list has it: what the example in "GetItem operation" shows."""
    location = other.extra.get("Location", "<t:Location/>")
    return (f"<t:CalendarItem>{id_element(call, other)}<t:Subject>{text(other.subject)}</t:Subject>"
            f"<t:Start>{other.appointment['start']}</t:Start><t:End>{other.appointment['end']}</t:End>"
            f"<t:LegacyFreeBusyStatus>{other.appointment['busy']}</t:LegacyFreeBusyStatus>{location}</t:CalendarItem>")
