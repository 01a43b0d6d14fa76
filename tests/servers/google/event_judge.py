"""Whether a calendar shows what a Google calendar showed: each occurrence at its time, and what is said of it.

What is due comes of the seed alone; what is there is the raw XML of the Exchange emulator.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.servers.google.arrived import Reader, Shown, attendees, body, folded, is_unfinished, text, windows, words
from tests.servers.google.planting_events import JOINED
from tests.servers.google.truth.events import DAY, OWNER, Calendar, Event, Guest, Seen, seen

YEARS = (1999, *range(2022, 2032))
OWNERS_ZONE = "Europe/Berlin"       # by which whole days go
LAST = datetime(2031, 11, 1)  # noqa: DTZ001 - by the clocks of whoever looks
FAR = LAST.replace(year=2100)    # behind the last occurrence of whatever has an end
LEFT_KINDS = ("focusTime", "workingLocation")
ANSWERS = {"accepted": {"Accept"}, "declined": {"Decline"}, "tentative": {"Tentative"},
           "needsAction": {"NoResponseReceived", "Unknown", ""}}
# "The event is private. This value is provided for compatibility reasons": calendar.v3, Event, visibility.
SECRECY = {"private": "Private", "confidential": "Private"}
MARKED_UP = re.compile(r"</?[a-z]+[ >]")
Key = tuple[str, datetime, datetime]


@dataclass
class Due:
    """What one folder has to show. `events` are those of its calendar that move."""

    calendar: Calendar
    events: Sequence[Event]
    years: Sequence[int] = YEARS

    def occurrences(self) -> dict[Key, list[Seen]]:
        """All occurrences within the years that are looked at, by title, begin and end."""
        found: dict[Key, list[Seen]] = defaultdict(list)
        spans = windows(*self.years)
        for event in self.events:
            for one in seen(event, OWNERS_ZONE, LAST):
                if any(one.start < end and (one.end > begin or one.start == one.end >= begin) for begin, end in spans):
                    found[folded(one.title), one.start, one.end].append(one)
        return found


def due(calendars: Sequence[Calendar], events: Sequence[Event], years: Sequence[int] = YEARS) -> list[Due]:
    """What each calendar that moves has to show."""
    moved = [one for one in events if one.kind not in LEFT_KINDS]
    return [Due(calendar, [one for one in moved if one.calendar == calendar.name], years)
            for calendar in calendars if calendar.moves]


def shown(reader: Reader, folder: str, years: Sequence[int] = YEARS) -> dict[Key, list[Shown]]:
    """What is there, in the same way; what begins behind the last day that is looked at is left out."""
    found: dict[Key, list[Shown]] = defaultdict(list)
    for one in reader.view(folder, windows(*years)):
        found[folded(one.subject), one.start, one.end].append(one)
    return found


def misplaced(wanted: Mapping[Key, Sequence[Seen]], there: Mapping[Key, Sequence[Shown]],
              own: Counter[Key] | None = None) -> list[str]:
    """What is missing or too much up to the horizon, in words; `own` is what the mailbox had before."""
    horizon = LAST.replace(tzinfo=UTC) - 2 * DAY
    due_ = Counter({key: len(found) for key, found in wanted.items() if key[1] < horizon}) + (own or Counter())
    here = Counter({key: len(found) for key, found in there.items() if key[1] < horizon})
    return [f"{sign} {key[0]!r} {key[1]:%Y-%m-%d %H:%M} {key[2]:%Y-%m-%d %H:%M} x{many}"
            for sign, left in (("missing", due_ - here), ("too much", here - due_))
            for key, many in sorted(left.items())]


def looked_at(wanted: Mapping[Key, Sequence[Seen]]) -> Iterator[tuple[Key, Seen]]:
    """Occurrences whose fields are compared: the first and the last plain one of each event, and all that differ."""
    plain: dict[str, list[tuple[Key, Seen]]] = defaultdict(list)
    for key, found in wanted.items():
        for one in found:
            if one.change is not None:
                yield key, one
            else:
                plain[one.event.name].append((key, one))
    for each in plain.values():
        yield each[0]
        if len(each) > 1:
            yield each[-1]


@dataclass
class FieldJudge:
    """Compares what is said of occurrences. `now` is when it was moved; `me` is the owner's address here.

    `uids` are the iCalUIDs of events, by which an update of theirs has to meet them.
    """

    calendar: Calendar
    now: datetime
    me: str
    uids: Mapping[str, str]

    def wrong(self, one: Seen, item: Any) -> list[str]:
        """What is otherwise, in words; () for nothing."""
        name = f"{one.event.name} {one.start:%Y-%m-%d %H:%M}"
        found = [*self._plain(one, item), *self._text(one, item), *self._people(one, item), *self._reminder(one, item)]
        return [f"{name}: {field} is {was!r}, not {due_!r}" for field, was, due_ in found if was != due_]

    def _plain(self, one: Seen, item: Any) -> Iterator[tuple[str, object, object]]:
        event = one.event
        if text(item, "CalendarItemType") != "Exception":      # which has the tag that its series had meanwhile
            yield "unfinished", is_unfinished(item), False
        if not event.more and "," not in event.rule and one.change is None and text(item, "Recurrence") == "":
            yield "UID", text(item, "UID"), self.uids[event.name]
        yield "IsAllDayEvent", text(item, "IsAllDayEvent") == "true", event.all_day
        yield "Location", folded(text(item, "Location")), folded(str(one.told("place") or ""))
        yield "Sensitivity", text(item, "Sensitivity") or "Normal", SECRECY.get(event.visibility, "Normal")
        if event.foreign is None:
            yield "LegacyFreeBusyStatus", text(item, "LegacyFreeBusyStatus"), self._busy(one)

    @staticmethod
    def _busy(one: Seen) -> str:
        if one.told("free"):
            return "Free"
        if one.event.kind == "outOfOffice":
            return "OOF"
        return "Tentative" if one.event.status == "tentative" else "Busy"

    @staticmethod
    def _text(one: Seen, item: Any) -> Iterator[tuple[str, object, object]]:
        there, description = body(item), str(one.told("description") or "")
        visible = words(description.replace("\n", "<br>")) if MARKED_UP.search(description) else folded(description)
        yield "Body", visible in there, True
        event, guests = one.event, one.told("guests")
        comments = [guest.comment for guest in guests] if isinstance(guests, tuple) else []
        files = [part for file in event.files for part in file]
        for part in (*JOINED[event.conference], *files, *event.source, *comments):
            yield f"Body with {part}", part in there, True
        if not (description or event.conference or files or event.source[1] or guests or event.foreign):
            yield "Body", there, ""

    def _people(self, one: Seen, item: Any) -> Iterator[tuple[str, object, object]]:
        event, guests = one.event, one.told("guests")
        told = list(guests) if isinstance(guests, tuple) else []
        for holder, some in (
            ("RequiredAttendees", [each for each in told if not each.optional and not each.resource]),
            ("OptionalAttendees", [each for each in told if each.optional]),
            ("Resources", [each for each in told if each.resource]),
        ):
            there = attendees(item, holder)
            if event.foreign is not None:
                for address in (OWNER, self.me, event.foreign.address):
                    there.pop(address, None)
            yield holder, sorted(there), sorted(each.address for each in some)
            for each in some:
                yield from self._guest(each, there.get(each.address, ("", "")))
        if event.foreign is not None:
            yield "Organizer", text(item, "Organizer/Mailbox/EmailAddress"), event.foreign.address
            yield "MyResponseType", text(item, "MyResponseType") in ANSWERS[event.answer], True
        elif self.calendar.role == "owner":
            yield "Organizer", text(item, "Organizer/Mailbox/EmailAddress"), self.me

    @staticmethod
    def _guest(guest: Guest, there: tuple[str, str]) -> Iterator[tuple[str, object, object]]:
        if guest.name:
            yield f"name of {guest.address}", there[0], guest.name
        yield f"answer of {guest.address}: {there[1]}", there[1] in ANSWERS[guest.answer], True

    def _reminder(self, one: Seen, item: Any) -> Iterator[tuple[str, object, object]]:
        """The earliest pop-up, an e-mail where there is none; nothing of what is over (docs/fidelity.md)."""
        event = one.event
        reminders = self.calendar.reminders if event.reminders is None else event.reminders
        if event.kind != "default" or event.foreign is not None:
            return
        popups = [each.minutes for each in reminders if each.method == "popup"]
        minutes = max(popups or [each.minutes for each in reminders] or [-1])
        endless = bool(event.rule) and event.until is None and "COUNT" not in event.rule
        goes_on = endless or event.utc(event.walls(FAR)[-1], self.calendar.zone) > self.now
        alone = one.change is not None or text(item, "CalendarItemType") == "Single"
        rings = one.start > self.now if alone else goes_on
        if one.change is None or not reminders:
            yield "ReminderIsSet", text(item, "ReminderIsSet") == "true", bool(rings and reminders)
        if rings and reminders:
            yield "ReminderMinutesBeforeStart", int(text(item, "ReminderMinutesBeforeStart")), minutes


def fields_wrong(reader: Reader, judge: FieldJudge, wanted: Mapping[Key, Sequence[Seen]],
                 there: Mapping[Key, Sequence[Shown]]) -> list[str]:
    """What is otherwise of the occurrences that are looked at; those that are missing are not."""
    pairs = [(one, there[key]) for key, one in looked_at(wanted) if there.get(key)]
    items = reader.whole(list(dict.fromkeys(each.item for _, some in pairs for each in some)))
    found = []
    for one, some in pairs:
        each = [judge.wrong(one, items[candidate.item]) for candidate in some]
        found += min(each, key=len)
    return found
