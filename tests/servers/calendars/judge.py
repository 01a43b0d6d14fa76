"""What two calendars say of themselves in raw XML, and what their views show; none of it goes through the engine."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from lxml import etree

from emulators.exchange import introduced
from emulators.exchange.schema import find_schema, load_schema
from emulators.exchange.settings import RANK
from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.connectors.exchange.tags import TAG_FIELD
from tests.servers.calendars.seeds import FIRST, LAST, Seed
from tests.servers.exchange.pair import Mailbox

# What a mailbox numbers, dates and sums by itself, so that no client can write it: read-only in [MS-OXWSCORE] 2.2.4.24
# (ItemId, ParentFolderId, Size, DateTimeReceived, DateTimeSent, DateTimeCreated, LastModifiedName, LastModifiedTime,
# ConversationId, WebClientReadFormQueryString, and the AttachmentId of its attachments); DateTimeStamp "indicates the
# date and time that an instance of an iCalendar object was created" ([MS-OXWSMTGS] 2.2.4.7). What else is in the
# calendar at that time (ConflictingMeetings, AdjacentMeetings, their counts) is read-only, too ([MS-OXWSMTGS] 2.2.4.6).
COMPUTED = frozenset({
    "ItemId", "ParentFolderId", "Size", "DateTimeReceived", "DateTimeSent", "DateTimeCreated", "LastModifiedName",
    "LastModifiedTime", "ConversationId", "WebClientReadFormQueryString", "AttachmentId", "DateTimeStamp",
    "ConflictingMeetingCount", "AdjacentMeetingCount", "ConflictingMeetings", "AdjacentMeetings"})
# Of a series: when it begins the next time (as recorded), which its recurrence says together with the hour at which it
# is read; between two readings of a test, that hour may pass.
OF_THE_HOUR = frozenset({"ReminderDueBy"})
# Of an attached message: its header as the server renders it anew, and what follows from that.
RENDERED = frozenset({"InternetMessageHeaders", "ConversationIndex"})
# PidLidGlobalObjectId, PidLidCleanGlobalObjectId; PidLidAppointmentSequence, PidLidBusyStatus,
# PidLidAppointmentStateFlags, PidLidResponseStatus, PidLidFInvited; PidLidReminderDelta, PidLidReminderSet
# ([MS-OXPROPS]).
_PROPERTIES = (
    ("Meeting", 0x03, "Binary"), ("Meeting", 0x23, "Binary"), ("Appointment", 0x8201, "Integer"),
    ("Appointment", 0x8205, "Integer"), ("Appointment", 0x8217, "Integer"),
    ("Appointment", 0x8218, "Integer"), ("Appointment", 0x8229, "Boolean"),
    ("Common", 0x8501, "Integer"), ("Common", 0x8503, "Boolean"),
    ("Common", 0x8540, "Binary"))       # PidLidPropertyDefinitionStream: fields that the owner has defined
_XS = "{http://www.w3.org/2001/XMLSchema}"
_RENDERED = "MimeContent"       # says all of it again as iCalendar, dated by the server that renders it


def asked(version: str = "Exchange2010_SP1") -> list[str]:
    """The path of each field that the schema has of an appointment, that version knows, and no mailbox computes."""
    folder = find_schema(None)
    types = etree.fromstring((folder / "types.xsd").read_bytes())
    known = {one.get("value") for one in types.iterfind(
        f"{_XS}simpleType[@name='UnindexedFieldURIType']//{_XS}enumeration")}
    left = {*introduced.later(RANK[version]), *COMPUTED, _RENDERED}
    names = [name for name in load_schema(folder).order("CalendarItemType") if name not in left]
    return [path for name in names for path in (f"item:{name}", f"calendar:{name}") if path in known]


@cache
def _shape() -> str:
    return (
        "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        + "".join(f'<t:FieldURI FieldURI="{name}"/>' for name in asked())
        + "".join(
            f'<t:ExtendedFieldURI DistinguishedPropertySetId="{where}" PropertyId="{number}" PropertyType="{kind}"/>'
            for where, number, kind in _PROPERTIES)
        + '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="Client" PropertyType="String"/>'
        + "</t:AdditionalProperties></m:ItemShape>")


_OF_ONE = frozenset({      # what an occurrence may have otherwise than its series, but for its times
    "Subject", "Sensitivity", "Body", "Categories", "Importance", "ReminderIsSet", "ReminderMinutesBeforeStart",
    "IsAllDayEvent", "LegacyFreeBusyStatus", "Location", "Duration", "RequiredAttendees", "OptionalAttendees",
    "Resources", "Attachments", "StartTimeZone"})
_AT_ONCE = 100
_LAST_INDEX = 999       # no server has to know one behind it
_NAMESPACES = re.compile(r' xmlns:\w+="[^"]*"')
Facts = dict[str, list[str]]


class Judge:
    """A calendar, looked at by raw requests; `names` are put in the place of others, of the owner's old address."""

    def __init__(self, mailbox: Mailbox, names: dict[str, str] | None = None, folder: str = "calendar") -> None:
        """Judge the calendar of a mailbox."""
        self._mailbox, self._names = mailbox, names or {}
        self._folder = f'<m:ParentFolderIds><t:DistinguishedFolderId Id="{folder}"/></m:ParentFolderIds>'

    def ids(self) -> dict[str, list[str]]:
        """The ids of appointments and series, by their subjects."""
        found: dict[str, list[str]] = {}
        answer = self._mailbox.asked(
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
            f'<t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties></m:ItemShape>{self._folder}</m:FindItem>')
        for one in answer.iterfind(f".//{TYPES}Items/*"):
            found.setdefault(one.findtext(f"{TYPES}Subject") or "", []).append(one.find(f"{TYPES}ItemId").get("Id"))
        return found

    def tags(self) -> dict[str, list[str]]:
        """What each item of ours has in our own property, by their subjects."""
        found: dict[str, list[str]] = {}
        answer = self._mailbox.asked(
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
            f'<t:FieldURI FieldURI="item:Subject"/>{TAG_FIELD}</t:AdditionalProperties></m:ItemShape>{self._folder}'
            "</m:FindItem>")
        for one in answer.iterfind(f".//{TYPES}Items/*"):
            for tag in one.iterfind(f"{TYPES}ExtendedProperty/{TYPES}Value"):
                found.setdefault(one.findtext(f"{TYPES}Subject") or "", []).append(tag.text or "")
        return found

    def all(self, seeds: list[Seed]) -> dict[str, list[Facts]]:
        """Of each seed what its item says of itself, one occurrence that is as its series, and each that is not."""
        ids, targets = self.ids(), []
        for seed in seeds:
            times = len(ids.get(seed.subject, ()))
            assert times == 1, f"{seed.subject} is there {times} times"
            [one] = ids[seed.subject]
            targets.append((seed.subject, _item(one)))
            if seed.series is not None:
                targets += [(seed.subject, each) for each in self._occurrences(seed, one)]
        found: dict[str, list[Facts]] = {}
        for start in range(0, len(targets), _AT_ONCE):
            part = targets[start : start + _AT_ONCE]
            items = self._items([target for _, target in part])
            files = self._files([one.get("Id") for item in items for one in item.iter(f"{TYPES}AttachmentId")])
            for (subject, _), item in zip(part, items, strict=True):
                found.setdefault(subject, []).append(self._facts(item, files))
        return found

    def _occurrences(self, seed: Seed, series: str) -> Iterator[str]:
        """The first occurrence that nobody changed, and all others; what has no index by what its series calls it."""
        plain = next(index for index in itertools.count(1) if index not in {*seed.own, *seed.deleted})
        for index in sorted({*seed.own, *({plain} if seed.has(plain) else ())}):
            if index <= _LAST_INDEX:
                yield f'<t:OccurrenceItemId RecurringMasterId="{series}" InstanceIndex="{index}"/>'
            else:
                yield _item(self._changed(series)[seed.utc(seed.wall(index))])

    def _changed(self, series: str) -> dict[datetime, str]:
        """The ids of the changed occurrences of a series, by when its pattern has them."""
        [item] = self._items([_item(series)])
        return {_moment(one.findtext(f"{TYPES}OriginalStart")): one.find(f"{TYPES}ItemId").get("Id")
                for one in item.iterfind(f"{TYPES}ModifiedOccurrences/*")}

    def whole(self) -> list[list[Facts]]:
        """Of each item of the calendar what it says of itself, and each of its occurrences that is changed; sorted.

        An occurrence that is called changed, and is as its series has it, counts as none.
        """
        found = []
        for item in (one for ids in self.ids().values() for each in ids for one in self._items([_item(each)])):
            named = list(item.iterfind(f"{TYPES}ModifiedOccurrences/*"))
            changed = self._items([_item(one.find(f"{TYPES}ItemId").get("Id")) for one in named])
            alike = [self._is_alike(one, item) for one in changed]
            for one in itertools.compress(named, alike):
                one.getparent().remove(one)
            items = [item, *(one for one, same in zip(changed, alike, strict=True) if not same)]
            files = self._files([file.get("Id") for one in items for file in one.iter(f"{TYPES}AttachmentId")])
            found.append([self._facts(one, files) for one in items])
        return sorted(found, key=lambda each: [each[0].get(name, []) for name in ("UID", "Subject", "Start", "Body")])

    def _is_alike(self, occurrence: Any, series: Any) -> bool:
        """True: it is when its series has it, as long, and says the same."""
        told = [{one.tag: self._raw(one) for one in each if etree.QName(one).localname in _OF_ONE}
                for each in (occurrence, series)]
        start, original = (occurrence.findtext(f"{TYPES}{name}") for name in ("Start", "RecurrenceId"))
        return told[0] == told[1] and start == original

    def _items(self, targets: list[str]) -> list[Any]:
        if not targets:
            return []
        answer = self._mailbox.asked(f"<m:GetItem>{_shape()}<m:ItemIds>{''.join(targets)}</m:ItemIds></m:GetItem>")
        assert {one.text for one in answer.iter(f"{MESSAGES}ResponseCode")} == {"NoError"}, etree.tostring(answer)
        return list(answer.iterfind(f".//{MESSAGES}Items/*"))

    def _facts(self, item: Any, files: dict[str, str]) -> Facts:
        found: Facts = {"files": sorted(files[one.get("Id")] for one in item.iter(f"{TYPES}AttachmentId"))}
        left = COMPUTED | OF_THE_HOUR if item.find(f"{TYPES}Recurrence") is not None else COMPUTED
        for one in [each for each in item.iter() if etree.QName(each).localname in left]:
            one.getparent().remove(one)
        for one in item:
            name = etree.QName(one).localname
            if name == "ExtendedProperty":
                name = one[0].get("PropertyId") or one[0].get("PropertyName")
            found.setdefault(name, []).append(self._raw(one))
        return found

    def _files(self, ids: list[str]) -> dict[str, str]:
        """What is attached, each by its id."""
        wanted = "".join(f'<t:AttachmentId Id="{one}"/>' for one in ids)
        if not wanted:
            return {}
        answer = self._mailbox.asked(
            f"<m:GetAttachment><m:AttachmentIds>{wanted}</m:AttachmentIds></m:GetAttachment>")
        found = list(answer.iterfind(f".//{MESSAGES}Attachments/*"))
        left = COMPUTED | RENDERED
        for each in [each for one in found for each in one.iter() if etree.QName(each).localname in left]:
            each.getparent().remove(each)
        return dict(zip(ids, map(self._raw, found), strict=True))

    def _raw(self, one: Any) -> str:
        raw = _NAMESPACES.sub("", etree.tostring(one, method="c14n").decode())
        for old, new in self._names.items():
            raw = raw.replace(old, new)
        return raw

    def shown(self) -> Counter[tuple[str, datetime, datetime]]:
        """(subject, start, end) of whatever the calendar shows in the two years."""
        found: Counter[tuple[str, datetime, datetime]] = Counter()
        begin = FIRST
        while begin < LAST:
            end = min(begin + timedelta(days=120), LAST)
            answer = self._mailbox.asked(
                '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
                '<t:FieldURI FieldURI="item:Subject"/><t:FieldURI FieldURI="calendar:Start"/>'
                '<t:FieldURI FieldURI="calendar:End"/></t:AdditionalProperties></m:ItemShape>'
                f'<m:CalendarView StartDate="{begin:%Y-%m-%dT%H:%M:%SZ}" EndDate="{end:%Y-%m-%dT%H:%M:%SZ}"/>'
                f"{self._folder}</m:FindItem>")
            for one in answer.iterfind(f".//{MESSAGES}RootFolder/{TYPES}Items/*"):
                start, stop = (_moment(one.findtext(f"{TYPES}{name}")) for name in ("Start", "End"))
                if start >= begin or begin == FIRST:        # else the view before has shown it
                    found[one.findtext(f"{TYPES}Subject"), start, stop] += 1
            begin = end
        return found


def _item(item_id: str) -> str:
    return f'<t:ItemId Id="{item_id}"/>'


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)


def expected(seeds: list[Seed]) -> Counter[tuple[str, datetime, datetime]]:
    """What dateutil makes of the seeds."""
    return Counter(one for seed in seeds for one in seed.shown())


def differences(there: dict[str, list[Facts]], here: dict[str, list[Facts]]) -> list[str]:
    """What is otherwise, in words."""
    found = []
    for subject, each in there.items():
        for number, (old, new) in enumerate(zip(each, here[subject], strict=True)):
            found += [f"{subject} {number}: {name}: {old.get(name)} -> {new.get(name)}"
                      for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    return found
