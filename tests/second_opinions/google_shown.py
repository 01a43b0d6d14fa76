"""What a program has to show of the events of a Google account that has moved to Exchange, by the seed alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.servers.google.account import Account
from tests.servers.google.arrived import folded, windows, words
from tests.servers.google.event_judge import LAST, MARKED_UP, OWNERS_ZONE, SECRECY, Due, due
from tests.servers.google.truth.draw_events import CALENDARS
from tests.servers.google.truth.events import DAY, OWNER, Seen, seen
from tests.servers.world import ADDRESS

HORIZON = LAST.replace(tzinfo=UTC) - 2 * DAY
Point = tuple[str, datetime]            # a title, and when it begins
OF_ANSWERS = {"accepted": "Busy", "declined": "Free", "tentative": "Tentative", "needsAction": "Tentative"}


@dataclass(frozen=True, slots=True, order=True)
class Shown:
    """One occurrence in a calendar. `busy` is a LegacyFreeBusyType of Exchange's."""

    start: datetime
    title: str
    end: datetime
    all_day: bool
    place: str
    busy: str
    private: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What an item says beside that: its text, the addresses of its guests, who organizes it."""

    text: str
    guests: frozenset[str]
    organizer: str


def calendars(account: Account) -> dict[str, Due]:
    """What each calendar has to show, by the name that it has at Exchange."""
    return {"Calendar" if one.calendar.primary else one.calendar.name: one
            for one in due(CALENDARS, account.events, account.years)}


def counted(some: Iterable[Shown], years: Sequence[int]) -> Counter[Shown]:
    """Those of the years that are looked at, up to the horizon."""
    spans = windows(*years)
    return Counter(one for one in some if one.start < HORIZON and any(
        one.start < end and (one.end > begin or one.start == one.end >= begin) for begin, end in spans))


def expected(of: Due) -> Counter[Shown]:
    """All that a calendar has to show."""
    return counted((shown(one) for event in of.events for one in seen(event, OWNERS_ZONE, LAST)), of.years)


def shown(one: Seen) -> Shown:
    """An occurrence, as it has to be shown."""
    event = one.event
    return Shown(one.start, folded(one.title), one.end, event.all_day, folded(str(one.told("place") or "")), busy(one),
                 event.visibility in SECRECY)


def busy(one: Seen) -> str:
    """How its time is marked."""
    if one.event.foreign is not None:
        return OF_ANSWERS[one.event.answer]
    if one.told("free"):
        return "Free"
    return {"outOfOffice": "OOF"}.get(one.event.kind, "Tentative" if one.event.status == "tentative" else "Busy")


def differing(due_: Counter[Shown], there: Counter[Shown]) -> list[str]:
    """What is missing, and what is too much, in words."""
    return [f"{sign} {many}x {one}" for sign, left in (("missing", due_ - there), ("too much", there - due_))
            for one, many in sorted(left.items())]


def items(of: Due) -> Iterator[Seen]:
    """Occurrences that have an item of their own, or say what their whole series says."""
    for event in of.events:
        for number, one in enumerate(seen(event, OWNERS_ZONE, LAST)):
            is_first = number == 0 and one.start == event.utc(event.start, OWNERS_ZONE)
            if one.change is not None or is_first:
                yield one


def unsaid(of: Due, there: Mapping[Point, Sequence[Said]]) -> list[str]:
    """Texts, guests and organizers that the items of a calendar do not have, in words."""
    found = []
    for one in items(of):
        here = [list(_unsaid(one, each)) for each in there.get((folded(one.title), one.start), ())]
        lines = min(here, key=len) if here else ["it has no item"]
        found += [f"{one.event.name} {one.start:%Y-%m-%d %H:%M}: {line}" for line in lines]
    return found


def _unsaid(one: Seen, there: Said) -> Iterator[str]:
    description, guests = str(one.told("description") or ""), one.told("guests")
    visible = words(description.replace("\n", "<br>")) if MARKED_UP.search(description) else folded(description)
    if visible not in there.text:
        yield f"its text is {there.text[:200]!r}"
    of_others = {OWNER, ADDRESS, one.event.foreign.address} if one.event.foreign else set()
    wanted = {each.address for each in guests} if isinstance(guests, tuple) else set()
    if there.guests - of_others != wanted - of_others:
        yield f"its guests are {sorted(there.guests)}"
    organizer = one.event.foreign.address if one.event.foreign else ADDRESS if wanted else there.organizer
    if there.organizer != organizer:
        yield f"{there.organizer!r} organizes it"


def grouped(pairs: Iterable[tuple[Point, Said]]) -> dict[Point, list[Said]]:
    """What items say, by their titles and begins."""
    found: dict[Point, list[Said]] = defaultdict(list)
    for point, one in pairs:
        found[point].append(one)
    return found
