"""Recurrences: their lines checked, expanded by python-dateutil, and cut in two.

The lines are RRULE, EXRULE, RDATE and EXDATE of RFC 5545 without DTSTART and DTEND, which are the event's start and end
(developers.google.com/workspace/calendar/api/v3/reference/events, `recurrence`). What RFC 5545 forbids or leaves open
is refused: whether Google takes it, no page says.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from dateutil.rrule import rrule, rruleset, rrulestr

from emulators.google.calendar.moments import Moment, from_local, zone_of
from emulators.google.calendar.refusals import CalendarError, wrong

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_NUMBERS = re.compile(r"-?\d+(,-?\d+)*")
_PARTS = {"FREQ": re.compile("|".join(FREQUENCIES)), "INTERVAL": re.compile(r"[1-9]\d*"),
          "COUNT": re.compile(r"[1-9]\d*"), "UNTIL": re.compile(r"\d{8}(T\d{6}Z)?"),
          "WKST": re.compile(r"SU|MO|TU|WE|TH|FR|SA"),
          "BYDAY": re.compile(r"([+-]?\d{1,2})?(SU|MO|TU|WE|TH|FR|SA)(,([+-]?\d{1,2})?(SU|MO|TU|WE|TH|FR|SA))*"),
          "BYMONTH": re.compile(r"\d+(,\d+)*"),
          **dict.fromkeys(("BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"), _NUMBERS)}
_MOST = {"BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53, "BYMONTH": 12, "BYSETPOS": 366}
_ONLY = {"BYWEEKNO": ("YEARLY",), "BYYEARDAY": ("YEARLY",), "BYMONTHDAY": ("DAILY", "MONTHLY", "YEARLY")}
_LINE = re.compile(r"(RRULE|EXRULE|RDATE|EXDATE)((?:;[A-Z]+=[^:;]+)*):(.+)")


def invalid() -> CalendarError:
    """400, for lines that are not taken."""
    return wrong("Invalid recurrence rule.")


class Recurrence:
    """The starts of a recurring event, which begin with its own unless a line excludes that."""

    def __init__(self, lines: Sequence[str], start: Moment) -> None:
        """Raises CalendarError for a line that is not taken, or when nothing is left."""
        self.lines, self._start = tuple(lines), start
        self._all_day = start.day is not None
        self._set = rruleset()  # type: ignore[no-untyped-call]  # its types are incomplete
        self._rules: dict[str, rrule] = {}
        try:
            self._read(lines)
        except (ValueError, OverflowError):
            raise invalid() from None
        if next(iter(self._set), None) is None:
            raise invalid()

    def starts(self) -> Iterator[Moment]:
        """All of them in order; there may be no end."""
        for wall in self._set:
            yield from_local(wall, self._start.zone, all_day=self._all_day)

    def until(self, end: datetime) -> Iterator[Moment]:
        """Those before an instant; a day counts as its midnight in UTC."""
        return takewhile(lambda one: one.at() < end, self.starts())

    def finds(self, key: str) -> Moment | None:
        """The start whose instance has that key in its id; None when there is none."""
        try:
            wanted = datetime.strptime(key, "%Y%m%d" if self._all_day else "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            return None
        return next((one for one in self.until(wanted + timedelta(seconds=1)) if one.key == key), None)

    def cut(self, at: Moment) -> tuple[list[str], list[str]]:
        """The lines of the series that ends before `at`, and of the one that begins there.

        developers.google.com/workspace/calendar/api/guides/recurringevents, "Modify all following instances": the old
        rule gets an UNTIL before the target. Google's own pages set it to the second before the target's day. Raises
        CalendarError for an added date that a rule does not have: how Google cuts there, no page says.
        """
        if any("RRULE" in line and at.local() not in rule for line, rule in self._rules.items()):
            raise invalid()
        cut = [self._cut_rule(line, at) if "RULE" in line else self._cut_dates(line, at) for line in self.lines]
        return [old for old, _ in cut if old], [new for _, new in cut if new]

    def _cut_rule(self, line: str, at: Moment) -> tuple[str, str]:
        name, _, value = _split(line)
        before = sum(1 for _ in takewhile(lambda wall: wall < at.local(), self._rules[line]))
        return f"{name}:{_joined(_ending(_parts(value), at))}", f"{name}:{_joined(_shortened(_parts(value), before))}"

    def _cut_dates(self, line: str, at: Moment) -> tuple[str, str]:
        _, parameters, value = _split(line)
        head = line.removesuffix(value)
        early = [one for one in value.split(",") if self._wall(one, parameters) < at.local()]
        late = [one for one in value.split(",") if one not in early]
        return head + ",".join(early) if early else "", head + ",".join(late) if late else ""

    def _read(self, lines: Sequence[str]) -> None:
        names = {_split(line)[0] for line in lines}
        if not names & {"RRULE", "RDATE"}:
            raise invalid()
        if "RRULE" not in names:
            self._set.rdate(self._start.local())
        for line in lines:
            name, parameters, value = _split(line)
            if "RULE" in name:
                self._rules[line] = self._rule(name, parameters, value)
                getattr(self._set, name.lower())(self._rules[line])
                continue
            for one in value.split(","):
                getattr(self._set, name.lower())(self._wall(one, parameters))

    def _rule(self, name: str, parameters: dict[str, str], value: str) -> rrule:
        parts = _checked(value, parameters, all_day=self._all_day)
        if "UNTIL" in parts and not self._all_day:
            parts["UNTIL"] = f"{self._wall(parts['UNTIL'], {}):%Y%m%dT%H%M%S}"
        rule: rrule = rrulestr(_joined(parts), dtstart=self._start.local())
        if name == "RRULE" and next(iter(rule), None) != self._start.local():
            raise invalid()     # RFC 5545, 3.8.5.3: undefined unless the start is of the rule
        return rule

    def _wall(self, value: str, parameters: dict[str, str]) -> datetime:
        if self._all_day:
            if parameters.get("VALUE", "DATE") != "DATE" or "TZID" in parameters:
                raise invalid()
            return datetime.strptime(value, "%Y%m%d")  # noqa: DTZ007 - a day has no zone
        zone = parameters.get("TZID", "")
        if parameters.get("VALUE", "DATE-TIME") != "DATE-TIME" or bool(zone) == value.endswith("Z"):
            raise invalid()
        there = zone_of(zone or "UTC")
        if there is None:
            raise invalid()
        read = datetime.strptime(value.removesuffix("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=there)
        return Moment(instant=read.astimezone(UTC), zone=self._start.zone).local()


def _split(line: str) -> tuple[str, dict[str, str], str]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise invalid()
    parameters = dict(one.split("=", 1) for one in found[2].split(";") if one)
    if set(parameters) - {"VALUE", "TZID"}:
        raise invalid()
    return found[1], parameters, found[3]


def _parts(value: str) -> dict[str, str]:
    return dict(one.split("=", 1) for one in value.split(";"))


def _joined(parts: dict[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _checked(value: str, parameters: dict[str, str], *, all_day: bool) -> dict[str, str]:
    """The parts of a rule (RFC 5545, 3.3.10); raises CalendarError."""
    parts = _parts(value)
    known = all(name in _PARTS and _PARTS[name].fullmatch(one) for name, one in parts.items())
    if parameters or not known or "FREQ" not in parts or len(parts) != value.count(";") + 1:
        raise invalid()
    if ("COUNT" in parts and "UNTIL" in parts) or not _fits(parts):
        raise invalid()
    if "UNTIL" in parts and ("T" in parts["UNTIL"]) == all_day:
        raise invalid()
    return parts


def _fits(parts: dict[str, str]) -> bool:
    """True: the parts are in their ranges and of a frequency that has them (RFC 5545, 3.3.10, the table and above)."""
    frequency, by = parts["FREQ"], {name for name in parts if name.startswith("BY")}
    if any(name in by and frequency not in some for name, some in _ONLY.items()):
        return False
    if any(char.isdigit() for char in parts.get("BYDAY", "")) and (
            frequency not in ("MONTHLY", "YEARLY") or "BYWEEKNO" in by):
        return False
    numbers = [(abs(int(one)), most) for name, most in _MOST.items() for one in parts.get(name, "1").split(",")]
    return all(1 <= one <= most for one, most in numbers) and by != {"BYSETPOS"}


def _ending(parts: dict[str, str], at: Moment) -> dict[str, str]:
    kept = {name: value for name, value in parts.items() if name not in ("COUNT", "UNTIL")}
    day = at.local().replace(hour=0, minute=0, second=0)
    if at.day is not None:
        return kept | {"UNTIL": f"{day - timedelta(days=1):%Y%m%d}"}
    last = from_local(day - timedelta(seconds=1), at.zone, all_day=False)
    return kept | {"UNTIL": last.key}


def _shortened(parts: dict[str, str], before: int) -> dict[str, str]:
    return parts | ({"COUNT": str(int(parts["COUNT"]) - before)} if "COUNT" in parts else {})
