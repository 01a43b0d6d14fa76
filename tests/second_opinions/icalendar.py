"""What a program that shows calendars makes of iCalendar: occurrences at their moments.

Recurrences and time zones are dateutil's (RFC 5545 3.3.10 and 3.6.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from io import StringIO
from typing import NamedTuple, cast
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from dateutil.tz import tzical

from tests.servers.google.arrived import folded

_LINE = re.compile(r'([^;:]+)((?:;(?:"[^"]*"|[^":])*)?):(.*)')
_UNESCAPED = {"\\n": "\n", "\\N": "\n", "\\,": ",", "\\;": ";", "\\\\": "\\"}


class Line(NamedTuple):
    """A content line (RFC 5545 3.1)."""

    name: str
    parameters: str
    value: str


@dataclass(frozen=True, slots=True)
class Component:
    """The lines of a VEVENT, a VTODO or a card, without those of what is inside it."""

    lines: Sequence[Line]

    def all(self, name: str) -> list[Line]:
        """The lines of that name."""
        return [one for one in self.lines if one.name == name]

    def first(self, name: str) -> Line:
        """The first line of that name; an empty one where there is none."""
        return next(iter(self.all(name)), Line(name, "", ""))

    def text(self, name: str) -> str:
        """The text of the first line of that name, its spaces folded."""
        return unescaped(self.first(name).value)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence, in UTC, with the VEVENT that says what it is. `alone`: it has one of its own."""

    start: datetime
    end: datetime
    event: Component
    alone: bool


def unescaped(value: str) -> str:
    """A text as it was (RFC 5545 3.3.11, RFC 6350 3.4), its spaces folded."""
    return folded(re.sub(r"\\[nN,;\\]", lambda found: _UNESCAPED[found[0]], value))


def components(resource: str, kind: str) -> Iterator[Component]:
    """The components of a kind; the lines of a resource are unfolded already."""
    stack, found = list[str](), list[Line]()
    for line in filter(None, resource.split("\n")):
        match = _LINE.fullmatch(line)
        assert match, line
        one = Line(*match.groups())
        if one.name == "BEGIN":
            found = [] if one.value == kind else found
            stack.append(one.value)
        elif one.name == "END":
            stack.pop()
            if one.value == kind:
                yield Component(found)
        elif stack[-1:] == [kind]:
            found.append(one)


@lru_cache(maxsize=512)
def _zone(definition: str) -> tzinfo:
    """A VTIMEZONE. Its rules begin in 1601, of which dateutil would go through each year for each date."""
    return cast("tzinfo", tzical(StringIO(definition.replace("DTSTART:16010101T", "DTSTART:19700101T"))).get())


def zone_of(resource: str) -> tzinfo:
    """The zone of a resource, which has one or none. Whatever names a zone there means it.

    DavMail renames zones, and of several EXDATEs only the first one's (davmail.exchange.VCalendar, fixVCalendar).
    """
    found = re.findall(r"BEGIN:VTIMEZONE\n.*?END:VTIMEZONE\n", resource, re.DOTALL)
    assert len(found) <= 1
    return _zone(found[0]) if found else UTC


@dataclass(frozen=True, slots=True)
class Clocks:
    """By what times are read: `zone` is theirs, `days` that of whole days."""

    zone: tzinfo
    days: ZoneInfo

    def wall(self, line: Line) -> datetime:
        """What clocks of its own zone show."""
        form = "%Y%m%d" if "VALUE=DATE" in line.parameters else "%Y%m%dT%H%M%S"
        return datetime.strptime(line.value.removesuffix("Z"), form)  # noqa: DTZ007 - as clocks show it

    def of(self, line: Line) -> tzinfo:
        """The zone of a time."""
        if "VALUE=DATE" in line.parameters:
            return self.days
        return UTC if line.value.endswith("Z") else self.zone

    def utc(self, line: Line) -> datetime:
        """The moment of a time."""
        return self.wall(line).replace(tzinfo=self.of(line)).astimezone(UTC)


def occurrences(resource: str, clocks: Clocks, last: datetime) -> Iterator[Occurrence]:
    """All that a resource shows up to then, as its clocks show it."""
    events = list(components(resource, "VEVENT"))
    own = [one for one in events if one.all("RECURRENCE-ID")]
    replaced = {clocks.utc(one.first("RECURRENCE-ID")) for one in own}
    for event in events:
        begin, end = event.first("DTSTART"), event.first("DTEND")
        if event in own or not event.all("RRULE"):
            yield Occurrence(clocks.utc(begin), clocks.utc(end), event, alone=True)
            continue
        out = replaced | {clocks.utc(one) for one in event.all("EXDATE")}
        for wall in _by_rule(event, clocks, last):
            start = wall.replace(tzinfo=clocks.of(begin)).astimezone(UTC)
            if start not in out:
                yield Occurrence(start, _end(event, clocks, wall), event, alone=False)


def _end(event: Component, clocks: Clocks, wall: datetime) -> datetime:
    """When an occurrence ends: it lasts as long as the first one, whole days as many days."""
    begin, end = event.first("DTSTART"), event.first("DTEND")
    if "VALUE=DATE" in begin.parameters:
        return (wall + (clocks.wall(end) - clocks.wall(begin))).replace(tzinfo=clocks.days).astimezone(UTC)
    return wall.replace(tzinfo=clocks.of(begin)).astimezone(UTC) + (clocks.utc(end) - clocks.utc(begin))


def _by_rule(event: Component, clocks: Clocks, last: datetime) -> Iterator[datetime]:
    begin, rule = event.first("DTSTART"), event.first("RRULE").value
    until = re.search(r";UNTIL=([^;]*)", rule)
    for wall in rrulestr(rule.replace(until[0], "") if until else rule, dtstart=clocks.wall(begin)):
        if wall > last or (until and _is_behind(wall, begin, clocks, until[1])):
            return
        yield wall


def _is_behind(wall: datetime, begin: Line, clocks: Clocks, until: str) -> bool:
    """True: a rule has ended by then. UNTIL is a day, or a moment of UTC (RFC 5545 3.3.10)."""
    if not until.endswith("Z"):
        return wall > datetime.strptime(until, "%Y%m%d")  # noqa: DTZ007 - a day
    return wall.replace(tzinfo=clocks.of(begin)).astimezone(UTC) > clocks.utc(Line("UNTIL", "", until))
