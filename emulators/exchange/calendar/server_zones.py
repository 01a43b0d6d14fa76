"""GetServerTimeZones, and the definitions of the server's own zones, worked out from the tz database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from emulators.exchange.calendar import zones
from emulators.exchange.calendar.zone_table import ZONES
from emulators.exchange.call import Call
from emulators.exchange.recurrence import DAYS
from emulators.exchange.soap import children, is_true, response, success, text

_YEARS = range(2000, 2036)      # the last rule goes on, the first one holds before


def get_server_time_zones(call: Call) -> str:
    """Answer a GetServerTimeZones request.

    Without ReturnFullTimeZoneData each zone has its name and id alone (page of the operation). Ids that the server
    does not know are left out. Assumption: the page speaks of known ones only.
    """
    wanted = {one.text for one in children(call.request, "Ids")}
    found = [zone_id for zone_id in ZONES if not wanted or zone_id in wanted]
    inner = definition if is_true(call.request.get("ReturnFullTimeZoneData", "true")) else _short
    listed = "".join(inner(zones.known(zone_id), "TimeZoneDefinition") for zone_id in found)
    holder = f"<m:TimeZoneDefinitions>{listed}</m:TimeZoneDefinitions>" if listed else "<m:TimeZoneDefinitions/>"
    return response("GetServerTimeZones", [success("GetServerTimeZones", holder)])


def _short(zone: zones.ServerZone, name: str) -> str:
    return f'<t:{name} Name="{text(zone.name)}" Id="{text(zone.id)}"/>'


def definition(zone: zones.ServerZone, name: str) -> str:
    """The element `name` with the zone's whole definition."""
    return (f'<t:{name} Name="{text(zone.name)}" Id="{text(zone.id)}">{_inner(zone.id)}</t:{name}>')


@dataclass(frozen=True, slots=True)
class _Change:
    """One change of one year: where it stands in the month, and what holds after it."""

    wall: datetime
    bias: timedelta
    summer: bool

    @property
    def numbers(self) -> frozenset[int]:
        """Which weekday of the month it is: first to fourth, and -1 for the last."""
        number = (self.wall.day - 1) // 7 + 1
        last = (self.wall + timedelta(days=7)).month != self.wall.month
        return frozenset(({number} if number < 5 else set()) | ({-1} if last else set()))

    def kind(self) -> tuple[object, ...]:
        return (self.wall.month, self.wall.weekday(), self.wall.time(), self.bias)


def _bias(info: ZoneInfo, utc: datetime) -> tuple[timedelta, bool]:
    there = utc.replace(tzinfo=UTC).astimezone(info)
    return -(there.utcoffset() or timedelta()), bool(there.dst())


def _changes(info: ZoneInfo, year: int) -> Iterator[_Change]:
    """The changes of a year by local time, found by looking at each week."""
    day = datetime.combine(date(year, 1, 1), time())
    after = _bias(info, day)
    for _ in range(53):
        before, after = after, _bias(info, day + timedelta(days=7))
        if before[0] != after[0]:
            low, high = day, day + timedelta(days=7)
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) / 2
                low, high = (low, middle) if _bias(info, middle)[0] != before[0] else (middle, high)
            instant = (low + timedelta(seconds=59)).replace(second=0, microsecond=0)
            if (wall := instant - before[0]).year == year:
                yield _Change(wall, *after)
        day += timedelta(days=7)


@dataclass(slots=True)
class _Stretch:
    """Years with the same rules; `numbers` are the weekdays of the month that fit all of them."""

    year: int
    changes: list[_Change]
    numbers: list[frozenset[int]]
    start: tuple[timedelta, bool]

    def takes(self, other: "_Stretch") -> bool:
        """Whether another year goes on with these rules; if so its weekdays narrow them."""
        if [one.kind() for one in self.changes] != [one.kind() for one in other.changes] or self.start != other.start:
            return False
        narrowed = [mine & theirs for mine, theirs in zip(self.numbers, other.numbers, strict=True)]
        if not all(narrowed):
            return False
        self.numbers = narrowed
        return True


@lru_cache(maxsize=256)
def _inner(zone_id: str) -> str:
    info = zones.known(zone_id).info
    stretches: list[_Stretch] = []
    for year in _YEARS:
        changes = sorted(_changes(info, year), key=lambda one: one.wall)
        start = _bias(info, datetime.combine(date(year, 1, 1), time()) + timedelta(hours=14))
        one = _Stretch(year, changes, [change.numbers for change in changes], start)
        if not stretches or not stretches[-1].takes(one):
            stretches.append(one)
    return _Writer(zone_id).write(stretches)


class _Writer:
    """Writes a definition: periods, groups and when each begins."""

    def __init__(self, zone_id: str) -> None:
        self._id, self._periods = zone_id, dict[tuple[timedelta, bool], str]()
        self._groups: list[str] = []
        self._transitions: list[str] = []

    def write(self, stretches: list[_Stretch]) -> str:
        for one in stretches:
            regular = not one.changes or (len(one.changes) == 2 and one.changes[-1].bias == one.start[0])
            self._begin(one.year, self._rules(one) if regular else self._constant(one.start))
            for change in () if regular else one.changes:
                self._transitions.append(
                    f'<t:AbsoluteDateTransition><t:To Kind="Period">{self._period(change.bias, change.summer)}</t:To>'
                    f"<t:DateTime>{change.wall:%Y-%m-%dT%H:%M:%S}</t:DateTime></t:AbsoluteDateTransition>")
        periods = "".join(
            f'<t:Period Bias="{zones.written(bias)}" Name="{"Daylight" if summer else "Standard"}" '
            f'Id="{text(name)}"/>' for (bias, summer), name in self._periods.items())
        return (f"<t:Periods>{periods}</t:Periods><t:TransitionsGroups>{''.join(self._groups)}</t:TransitionsGroups>"
                f"<t:Transitions>{''.join(self._transitions)}</t:Transitions>")

    def _begin(self, year: int, inner: str) -> None:
        number = len(self._groups)
        self._groups.append(f'<t:TransitionsGroup Id="{number}">{inner}</t:TransitionsGroup>')
        to = f'<t:To Kind="Group">{number}</t:To>'
        self._transitions.append(f"<t:Transition>{to}</t:Transition>" if not number else
                                 f"<t:AbsoluteDateTransition>{to}<t:DateTime>{year}-01-01T00:00:00</t:DateTime>"
                                 "</t:AbsoluteDateTransition>")

    def _period(self, bias: timedelta, summer: bool) -> str:  # noqa: FBT001 - half of a key
        kind = "Daylight" if summer else "Standard"
        number = sum(1 for _, known in self._periods if known == summer) + 1
        return text(self._periods.setdefault((bias, summer), f"trule:Microsoft/Registry/{self._id}/{number}-{kind}"))

    def _constant(self, start: tuple[timedelta, bool]) -> str:
        return f'<t:Transition><t:To Kind="Period">{self._period(*start)}</t:To></t:Transition>'

    def _rules(self, one: _Stretch) -> str:
        if not one.changes:
            return self._constant(one.start)
        return "".join(
            f'<t:RecurringDayTransition><t:To Kind="Period">{self._period(change.bias, change.summer)}</t:To>'
            f"<t:TimeOffset>{_offset(change.wall)}</t:TimeOffset><t:Month>{change.wall.month}</t:Month>"
            f"<t:DayOfWeek>{DAYS[change.wall.weekday()]}</t:DayOfWeek>"
            f"<t:Occurrence>{min(numbers)}</t:Occurrence></t:RecurringDayTransition>"
            for change, numbers in zip(one.changes, one.numbers, strict=True))


def _offset(wall: datetime) -> str:
    return zones.written(timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second))
