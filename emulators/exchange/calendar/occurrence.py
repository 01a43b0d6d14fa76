"""The occurrences of a series: found by id or index, changed into exceptions, deleted.

An exception is a row of the table `item` that no folder shows (`gone` is 2). It holds what was set on the occurrence;
what was not it has from the series. An occurrence that nothing was set on has the row of its series.
"""

import copy
from collections.abc import Iterator
from datetime import date

from lxml import etree

from emulators.exchange import attached, item
from emulators.exchange.calendar import appointment, identity
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.item import Item
from emulators.exchange.soap import local, t

# What an exception may have of its own, by the element that sets it: fields of the item, and of its appointment.
_FIELDS = {"Subject": "subject", "Sensitivity": "sensitivity", "Importance": "importance", "Categories": "categories",
           "Flag": "flag"}
_COMPUTED = {"LegacyFreeBusyStatus": "busy", "IsResponseRequested": "requested", "IsAllDayEvent": "all_day",
             "AppointmentState": "state", "AppointmentSequenceNumber": "sequence", "MyResponseType": "response",
             "AppointmentReplyTime": "replied", "MeetingRequestWasSent": "sent"}
_CLASS = "IPM.Appointment.Occurrence"       # as recorded
_EXCEPTION_CLASS = "IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}"       # MS-OXOCAL 2.2.10.1.1


def find(call: Call, element: etree._Element) -> Item:
    """The item, series or occurrence that an id element names.

    Raises ItemError as `item.find` does, and: ErrorCalendarCannotUseIdForRecurringMasterId,
    ErrorCalendarCannotUseIdForOccurrenceId, ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange,
    ErrorCalendarOccurrenceIsDeletedFromRecurrence.
    """
    name = local(element)
    if name == "OccurrenceItemId":
        return _by_index(call, element)
    value = element.get("OccurrenceId" if name == "RecurringMasterItemId" else "Id", "")
    named = identity.parse_occurrence_id(value)
    if name == "RecurringMasterItemId" and named is None:
        item.find(call, etree.Element(t("ItemId"), Id=value))
        raise ItemError("ErrorCalendarCannotUseIdForOccurrenceId")
    if named is None:
        return item.find(call, element)
    master = _series(call, named[0])
    if name == "RecurringMasterItemId":
        return master
    deleted = named[1].isoformat() in master.appointment.get("deleted", ())
    if deleted or appointment.series(master).index(named[1]) is None:
        raise ItemError("ErrorItemNotFound")
    return made(call, master, named[1])


def _series(call: Call, value: str) -> Item:
    master = item.find(call, etree.Element(t("ItemId"), Id=value))
    if "recurrence" not in master.appointment:
        raise ItemError("ErrorCalendarCannotUseIdForRecurringMasterId")
    return master


def _by_index(call: Call, element: etree._Element) -> Item:
    """The index counts from 1, deleted occurrences too."""
    master, index = _series(call, element.get("RecurringMasterId", "")), int(element.get("InstanceIndex", "0"))
    limit = call.settings.max_instance_index
    beyond = index < 1 or (limit is not None and index > limit)
    day = None if beyond else appointment.series(master).at(index)
    if day is None:
        raise ItemError("ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange")
    if day.isoformat() in master.appointment.get("deleted", ()):
        raise ItemError("ErrorCalendarOccurrenceIsDeletedFromRecurrence")
    return made(call, master, day)


def days(master: Item) -> Iterator[date]:
    """The dates of a series that are not deleted, by their original order."""
    deleted = set(master.appointment.get("deleted", ()))
    return (day for day in appointment.series(master).dates() if day.isoformat() not in deleted)


def when(master: Item, day: date) -> tuple[str, str]:
    """Start and end in UTC of one occurrence, wherever it was moved."""
    moved = master.appointment.get("modified", {}).get(day.isoformat())
    return (moved[1], moved[2]) if moved else appointment.slot(master, day)


def times(master: Item) -> Iterator[tuple[str, str]]:
    """Start and end of each occurrence."""
    return (when(master, day) for day in days(master))


def made(call: Call, master: Item, day: date) -> Item:
    """One occurrence as an item."""
    own = master.appointment.get("modified", {}).get(day.isoformat())
    one = copy.copy(master)
    one.extra, one.appointment = dict(master.extra), dict(master.appointment)
    for name in ("recurrence", "deleted", "modified"):
        one.appointment.pop(name, None)
    start, end = when(master, day)
    one.appointment |= {
        "of": master.row, "entry": master.entry, "original": day.isoformat(), "start": start, "end": end, "finish": end,
        "original_start": appointment.slot(master, day)[0]}
    one.item_class = _CLASS
    if own:
        _overlay(one, item.by_row(call.db, own[0]))
    return one


def _overlay(one: Item, exception: Item) -> None:
    """Put what an exception has of its own over what it has from its series."""
    own = exception.appointment["own"]
    one.item_class, one.row, one.entry, one.appointment["own"] = _EXCEPTION_CLASS, exception.row, exception.entry, own
    one.attachments, one.size, one.properties = exception.attachments, exception.size, exception.properties
    for name in own:
        if name in _FIELDS:
            setattr(one, _FIELDS[name], getattr(exception, _FIELDS[name]))
        elif name in _COMPUTED:
            one.appointment[_COMPUTED[name]] = exception.appointment[_COMPUTED[name]]
        elif name in exception.extra:
            one.extra[name] = exception.extra[name]
        else:
            one.extra.pop(name, None)
    if "StartTimeZone" in own:
        for name in ("zone", "end_zone", "named"):
            one.appointment[name] = exception.appointment[name]


def save(call: Call, one: Item, names: set[str]) -> None:
    """Store a changed occurrence as an exception; `names` are the elements that were set. Raises ItemError."""
    master = item.by_row(call.db, one.appointment["of"])
    item.read_properties(call.db, [master])
    day, known = one.appointment["original"], "own" in one.appointment
    _check_neighbours(call, master, date.fromisoformat(day), one.appointment["start"], one.appointment["end"])
    own = set(one.appointment.get("own", ())) | names | _differing(made(call, master, date.fromisoformat(day)), one)
    one.appointment["own"] = sorted(own)
    call.mailbox.used += one.size - (_room(call, [one.row]) if known else 0)
    if not known:
        one.row, one.entry = 0, call.mailbox.entry()
        item.insert(call.db, [one])
        call.db.execute("UPDATE item SET gone=2 WHERE row=?", (one.row,))
        attached.copy(call.db, master.row, one.row)
    else:
        item.update(call.db, one)
    modified = master.appointment.setdefault("modified", {})
    modified[day] = [one.row, one.appointment["start"], one.appointment["end"]]
    _changed(call, master)
    one.change, one.item_class = master.change, _EXCEPTION_CLASS


def _differing(before: Item, one: Item) -> set[str]:
    """What an occurrence has otherwise than before: set by whatever path, or computed from what was set.

    An exception overrides whatever differs from its series, its state as a meeting, too (MS-OXOCAL 2.2.1.44.2).
    """
    return {name for name, field in _FIELDS.items() if getattr(one, field) != getattr(before, field)} \
        | {name for name, key in _COMPUTED.items() if one.appointment.get(key) != before.appointment.get(key)} \
        | {name for name in {*one.extra, *before.extra} if one.extra.get(name) != before.extra.get(name)}


def store(call: Call, one: Item, names: set[str], *, content: bool = True) -> None:
    """Store a changed item: an occurrence becomes an exception. Raises ItemError."""
    if "original" in one.appointment:
        save(call, one, names)
        return
    item.changed(call, one, content=content)
    item.update(call.db, one)


def share_attachments(call: Call, master: Item) -> None:
    """Give what is now attached to a series to its exceptions that have no attachments of their own.

    Of an exception only what "has a value different from the recurring series" is its own (OverrideFlags, MS-OXOCAL
    2.2.1.44.2).
    """
    for row, _, _ in master.appointment.get("modified", {}).values():
        one = item.by_row(call.db, row)
        if "Attachments" not in one.appointment["own"]:
            more = attached.size(call.db, master.row) - attached.size(call.db, row)
            one.size += more
            call.mailbox.used += more
            one.attachments = master.attachments
            attached.forget(call.db, row)
            attached.copy(call.db, master.row, row)
            item.update(call.db, one)


def _changed(call: Call, master: Item) -> None:
    if master.appointment["finish"] is not None:
        last = appointment.series(master).last()
        ends = [end for _, _, end in master.appointment.get("modified", {}).values()]
        master.appointment["finish"] = max([*ends, appointment.slot(master, last)[1]]) if last else None
    item.changed(call, master)
    item.update(call.db, master)


def _check_neighbours(call: Call, master: Item, day: date, start: str, end: str) -> None:
    """An occurrence stays between its neighbours, on days of its own.

    Raises ItemError ErrorOccurrenceCrossingBoundary; ErrorOccurrenceTimeSpanTooBig when it would reach into the next.
    Assumption: which of the two codes is for what; the page of ResponseCode has a sentence on each.
    """
    before = after = None
    for one in days(master):
        if one < day:
            before = one
        elif one > day:
            after = one
            break
    here = _local_day(master, start)
    if before is not None:
        first, last = when(master, before)
        if _local_day(master, first) >= here or last > start:
            raise ItemError("ErrorOccurrenceCrossingBoundary")
    if after is not None:
        following = when(master, after)[0]
        if _local_day(master, following) <= here:
            raise ItemError("ErrorOccurrenceCrossingBoundary")
        if end > following:
            raise ItemError("ErrorOccurrenceTimeSpanTooBig")


def _local_day(master: Item, when_: str) -> date:
    shown = copy.copy(master)
    shown.appointment = {**master.appointment, "start": when_}
    return appointment.local_time(shown, "start").date()


def delete(call: Call, one: Item) -> None:
    """Take an occurrence out of its series."""
    master = item.by_row(call.db, one.appointment["of"])
    item.read_properties(call.db, [master])
    day = one.appointment["original"]
    kept = master.appointment.get("modified", {}).pop(day, None)
    if kept:
        _drop(call, [kept[0]])
    master.appointment["deleted"] = sorted({*master.appointment.get("deleted", ()), day})
    _changed(call, master)


def whole_size(call: Call, stored: Item) -> int:
    """What an item takes of the quota: of a series its exceptions too, which are kept in it (MS-OXOCAL 2.2.10)."""
    modified = stored.appointment.get("modified")
    return stored.size + (_room(call, [row for row, _, _ in modified.values()]) if modified else 0)


def _room(call: Call, rows: list[int]) -> int:
    return sum(item.by_row(call.db, row).size for row in rows)


def _drop(call: Call, rows: list[int]) -> None:
    call.mailbox.used -= _room(call, rows)
    for row in rows:
        call.db.execute("UPDATE item SET gone=1 WHERE row=?", (row,))
        attached.forget(call.db, row)


def reset(call: Call, master: Item) -> None:
    """Forget exceptions and deletions, as a new recurrence or new times of a series make it (MS-OXOCAL 3.1.4.3)."""
    _drop(call, [row for row, _, _ in master.appointment.pop("modified", {}).values()])
    master.appointment.pop("deleted", None)


def refuse(one: Item) -> None:
    """Raise ItemError ErrorCalendarCannotMoveOrCopyOccurrence for an occurrence (MS-OXWSMTGS_R1193, R1231)."""
    if "original" in one.appointment:
        raise ItemError("ErrorCalendarCannotMoveOrCopyOccurrence")


def copy_exceptions(call: Call, source: Item, made_: Item) -> None:
    """Give a copied series exceptions of its own."""
    modified = source.appointment.get("modified")
    if not modified:
        return
    copies = {}
    for day, (row, start, end) in modified.items():
        one = item.by_row(call.db, row)
        one.folder, one.entry = made_.folder, call.mailbox.entry()
        one.appointment |= {"of": made_.row, "entry": made_.entry}
        item.insert(call.db, [one])
        call.db.execute("UPDATE item SET gone=2 WHERE row=?", (one.row,))
        attached.copy(call.db, row, one.row)
        copies[day] = [one.row, start, end]
    made_.appointment = {**made_.appointment, "modified": copies}
    item.update(call.db, made_)
