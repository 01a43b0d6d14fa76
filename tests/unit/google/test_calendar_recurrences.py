"""Whatever recurs in a Google calendar recurs at the same moments as an appointment, or as several.

Google's dates are worked out by python-dateutil, those of the appointments by the Exchange emulator.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from random import Random
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.connectors.exchange.soap import TYPES
from engine.connectors.google.calendars.planning import MOST
from tests.servers.google.events import (
    LAST,
    NOW,
    PARIS,
    cancelled,
    element,
    event,
    exception,
    item_of,
    shown,
    wall,
)

START = wall(2024, 1, 31, 9, 30)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ZONES = (PARIS, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo", "UTC")


def google(rule: str, start: datetime, zone: str, last: datetime = LAST) -> Counter[datetime]:
    """When an event with that RRULE is, UTC: its start is always the first of them, and is counted."""
    parts = dict(one.split("=") for one in rule.split(";"))
    number, until = int(parts.pop("COUNT", 0)), parts.pop("UNTIL", "")
    bare = rrulestr("RRULE:" + ";".join("=".join(one) for one in parts.items()), dtstart=start)
    end = min(last, _end(until, zone)) if until else last
    final = end.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    found = sorted({start, *takewhile(lambda one: one <= final, bare)})
    moments = [one.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for one in islice(found, number or None)]
    return Counter(one for one in moments if one <= end or one == moments[0])


def _end(until: str, zone: str) -> datetime:
    """A moment, or the end of a day."""
    if "T" in until:
        return datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return datetime.strptime(until, "%Y%m%d").replace(hour=23, minute=59, tzinfo=ZoneInfo(zone)).astimezone(UTC)


RULES = (
    "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3;COUNT=40", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "FREQ=DAILY;INTERVAL=2;BYDAY=MO",
    "FREQ=WEEKLY;UNTIL=20250301T083000Z", "FREQ=WEEKLY;UNTIL=20240228", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO", "FREQ=WEEKLY;BYDAY=WE,FR;COUNT=7", "FREQ=WEEKLY;BYMONTH=6,7;BYDAY=TU",
    "FREQ=MONTHLY", "FREQ=MONTHLY;COUNT=10", "FREQ=MONTHLY;BYMONTHDAY=15", "FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=9",
    "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=MONTHLY;BYMONTHDAY=29,30,31", "FREQ=MONTHLY;BYMONTHDAY=-2;COUNT=20",
    "FREQ=MONTHLY;BYDAY=1MO,3MO", "FREQ=MONTHLY;BYDAY=-1FR;INTERVAL=2", "FREQ=MONTHLY;BYDAY=5WE",
    "FREQ=MONTHLY;BYDAY=WE", "FREQ=DAILY;INTERVAL=2;BYDAY=MO,TU,WE,TH",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1,3",
    "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
    "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=2", "FREQ=MONTHLY;BYMONTH=1,7;BYMONTHDAY=31", "FREQ=MONTHLY;INTERVAL=5",
    "FREQ=YEARLY", "FREQ=YEARLY;INTERVAL=2", "FREQ=YEARLY;INTERVAL=9", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", "FREQ=YEARLY;BYMONTH=3,9;BYDAY=2TU", "FREQ=YEARLY;BYDAY=20MO",
    "FREQ=YEARLY;BYMONTHDAY=5", "FREQ=YEARLY;BYYEARDAY=100,-1", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
    "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO,FR", "FREQ=YEARLY;BYWEEKNO=-1,53;BYDAY=SU,TH",
    "FREQ=YEARLY;BYWEEKNO=52;BYDAY=SU;WKST=SU",
    "FREQ=YEARLY;BYMONTH=11;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1", "FREQ=YEARLY;INTERVAL=2;BYMONTH=4;BYDAY=-1SU",
    "FREQ=DAILY;BYHOUR=9,14;BYMINUTE=30", "FREQ=HOURLY;INTERVAL=36;COUNT=30", "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=12",
    "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=3",
)


@pytest.mark.parametrize("rule", RULES)
def test_every_kind_of_rule_keeps_googles_dates(rule: str) -> None:
    """In a zone with summer time; months that are too short are left out, as Google leaves them out."""
    item = item_of(event(START, f"RRULE:{rule}"))

    assert shown(item) == google(rule, START, PARIS)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """An RRULE of those that Google's own form makes, and of others."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}"]
    if (interval := draw(st.sampled_from([1, 1, 1, 2, 3, 4]))) > 1:
        parts.append(f"INTERVAL={interval}")
    weekdays = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=5, unique=True)
    ordinal = draw(st.sampled_from(["", "1", "2", "3", "4", "5", "-1"])) if frequency in ("MONTHLY", "YEARLY") else ""
    if frequency == "YEARLY" and draw(st.booleans()):
        parts.append(f"BYMONTH={draw(st.sampled_from(['1', '2', '4,10', '12']))}")
    match draw(st.sampled_from(["", "days", "month days", "both"])):
        case "days":
            parts.append("BYDAY=" + ",".join(f"{ordinal}{one}" for one in draw(weekdays)))
            if not ordinal and frequency in ("MONTHLY", "YEARLY") and draw(st.booleans()):
                parts.append(f"BYSETPOS={draw(st.sampled_from(['1', '-1', '2', '1,3']))}")
        case "month days" if frequency in ("MONTHLY", "YEARLY"):
            some = st.lists(st.sampled_from([1, 15, 28, 29, 30, 31, -1, -3]), min_size=1, max_size=3, unique=True)
            parts.append("BYMONTHDAY=" + ",".join(map(str, draw(some))))
        case "both" if frequency == "MONTHLY":
            parts += ["BYMONTHDAY=8,9,10,11,12,13,14", f"BYDAY={draw(weekdays)[0]}"]
    if frequency == "WEEKLY" and draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(['SU', 'MO', 'WE']))}")
    end = draw(st.sampled_from(["", "COUNT", "UNTIL"]))
    if end == "COUNT":
        parts.append(f"COUNT={draw(st.integers(1, 60))}")
    elif end == "UNTIL":
        parts.append(f"UNTIL={draw(st.dates(wall(2024, 6, 1).date(), wall(2033, 1, 1).date())):%Y%m%d}T235959Z")
    return ";".join(parts)


SERIES = (rules(), st.datetimes(wall(2022, 1, 1), wall(2026, 1, 1)), st.sampled_from(ZONES))


@example("FREQ=MONTHLY;INTERVAL=2;BYDAY=MO,TU,WE,TH", wall(2022, 1, 1), PARIS)
@settings(max_examples=30, deadline=None)
@given(*SERIES)
def test_any_rule_keeps_googles_dates(rule: str, start: datetime, zone: str) -> None:
    """From any day, in any zone, over all changes of the clocks; tests/load/test_recurrences.py tries more of them."""
    keeps_googles_dates(rule, start, zone)


def keeps_googles_dates(rule: str, start: datetime, zone: str) -> None:
    """Asserts that."""
    start = start.replace(hour=7 + start.hour % 12, minute=start.minute // 15 * 15, second=0, microsecond=0)
    item = item_of(event(start, f"RRULE:{rule}", zone=zone))
    there, due = shown(item), google(rule, start, zone)

    if "nearest to today are carried" in item.untold:       # more than any one event may become
        assert (there - due, there.total() >= MOST) == (Counter(), True)
    else:
        assert there == due


CHANGED_SERIES = (
    rules(), st.datetimes(wall(2023, 1, 1), wall(2025, 1, 1)), st.randoms(use_true_random=False),
)


@settings(max_examples=15, deadline=None)
@given(*CHANGED_SERIES)
def test_what_was_changed_of_single_occurrences_leaves_all_others_alone(
    rule: str, start: datetime, chance: Random
) -> None:
    """Taken out, cancelled, moved, added: each once, wherever it falls; tests/load/test_recurrences.py as above."""
    leaves_all_others_alone(rule, start, chance)


def leaves_all_others_alone(rule: str, start: datetime, chance: Random) -> None:
    """Asserts that."""
    start = start.replace(hour=9, minute=0, second=0, microsecond=0)
    due = google(rule, start, PARIS)
    local = [one.astimezone(ZoneInfo(PARIS)).replace(tzinfo=None) for one in sorted(due)]
    some = chance.sample(local, min(len(local), chance.randrange(7)))
    out, gone, moved = some[0::3], some[1::3], some[2::3]
    added = [start + timedelta(days=one, hours=3) for one in chance.sample(range(500), 2)]
    lines = [f"RRULE:{rule}", f"RDATE;TZID={PARIS}:{','.join(f'{one:%Y%m%dT%H%M%S}' for one in added)}"]
    lines += [f"EXDATE;TZID={PARIS}:{one:%Y%m%dT%H%M%S}" for one in out]
    series = event(start, *lines)
    exceptions = [exception(series, one, one + timedelta(minutes=30)) for one in moved]
    item = item_of(series, *(cancelled(series, one) for one in gone), *exceptions)

    left = Counter(local) - Counter(some)
    left.update([*added, *(one + timedelta(minutes=30) for one in moved)])
    expected = Counter(one.replace(tzinfo=ZoneInfo(PARIS)).astimezone(UTC) for one in left.elements())
    assert shown(item) == expected or ("nearest to today are carried" in item.untold and shown(item) <= expected)


@pytest.mark.parametrize("excluded", [
    "EXDATE:20260329T013000Z", f"EXDATE;TZID={PARIS}:20260329T023000", f"EXDATE;TZID={PARIS}:20260329T033000",
    "EXDATE;TZID=America/New_York:20260328T213000",
])
def test_what_is_excluded_in_an_hour_that_clocks_skip_is_not_there(excluded: str) -> None:
    """However the line tells the moment."""
    item = item_of(event(wall(2026, 3, 28, 2, 30), "RRULE:FREQ=DAILY;COUNT=3", excluded))

    assert sorted(f"{one:%d %H:%M}" for one in shown(item)) == ["28 01:30", "30 00:30"]


@pytest.mark.parametrize("rule", [
    "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=200", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=60",
    "FREQ=YEARLY;BYYEARDAY=100;UNTIL=20790101T000000Z", "FREQ=MONTHLY;BYMONTHDAY=30;UNTIL=20790101T000000Z",
])
def test_what_ends_is_whole_however_far_away_its_end_is(rule: str) -> None:
    """The horizon is for what has no end."""
    far = datetime(2100, 1, 1, tzinfo=UTC)
    item = item_of(event(START, f"RRULE:{rule}"))

    assert shown(item, far) == google(rule, START, PARIS, far)


def test_a_date_that_comes_long_after_the_first_comes() -> None:
    """Behind the horizon, too: 29 February, of an event that began in the year after one."""
    far, rule = datetime(2045, 1, 1, tzinfo=UTC), "FREQ=YEARLY;BYMONTH=2,3;BYMONTHDAY=29"
    item = item_of(event(wall(2029, 3, 1, 9), f"RRULE:{rule}"))

    assert shown(item, far) == google(rule, wall(2029, 3, 1, 9), PARIS, far)


def test_a_rule_that_takes_out_others_is_obeyed() -> None:
    """As older programs wrote it (RFC 2445 4.8.5.2); up to the horizon, and the report says so."""
    item = item_of(event(wall(2024, 1, 1, 9), "RRULE:FREQ=DAILY", "EXRULE:FREQ=WEEKLY;BYDAY=SA,SU"))

    assert shown(item) == google("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", wall(2024, 1, 1, 9), PARIS)
    assert "2032-01-01" in item.untold


def test_dates_alone_are_as_many_appointments() -> None:
    """Without any rule."""
    item = item_of(event(wall(2024, 1, 1, 9), "RDATE;TZID=America/New_York:20240201T090000,20240105T090000"))

    assert sorted(shown(item)) == [datetime(2024, 1, 1, 8, tzinfo=UTC), datetime(2024, 1, 5, 14, tzinfo=UTC),
                                   datetime(2024, 2, 1, 14, tzinfo=UTC)]


@pytest.mark.parametrize(("rule", "span"), [
    ("FREQ=DAILY;COUNT=5", timedelta(days=2)), ("FREQ=WEEKLY;BYDAY=MO,TU;COUNT=6", timedelta(hours=30)),
])
def test_occurrences_that_overlap_stand_alone(rule: str, span: timedelta) -> None:
    """No series of Exchange has such (ErrorOccurrenceTimeSpanTooBig, page "ResponseCode")."""
    item = item_of(event(START, f"RRULE:{rule}", length=span))

    assert shown(item) == google(rule, START, PARIS)
    assert all(element(one).find(f"{TYPES}Recurrence") is None for one in (item, *item.further))


@pytest.mark.parametrize(("rule", "series", "single"), [
    ("FREQ=MONTHLY;BYMONTHDAY=1,15", 2, 1), ("FREQ=YEARLY;INTERVAL=2", 1, 0), ("FREQ=MONTHLY;BYMONTHDAY=31", 1, 0),
    ("FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=1", 2, 1), ("FREQ=MONTHLY;COUNT=10", 1, 0), ("FREQ=WEEKLY;BYDAY=MO", 1, 1),
    ("FREQ=DAILY;UNTIL=99991231T235959Z", 1, 0),
])
def test_as_few_appointments_as_there_can_be(rule: str, series: int, single: int) -> None:
    """A series wherever Exchange has one for it; what is more than one is in the report."""
    item = item_of(event(START, f"RRULE:{rule}"))
    kinds = Counter(element(one).find(f"{TYPES}Recurrence") is not None for one in (item, *item.further))

    assert (kinds[True], kinds[False]) == (series, single)
    assert ("Exchange cannot hold how it recurs in one series" in item.untold) is (series + single > 1)


def test_what_recurs_all_too_often_is_cut_and_the_report_says_so() -> None:
    """Those nearest to now are there."""
    item = item_of(event(START, "RRULE:FREQ=HOURLY;INTERVAL=5"))

    assert len(item.further) + 1 == 1000
    assert "1000 nearest to today" in item.untold
    assert min(abs(one - NOW) for one in shown(item)) < timedelta(hours=5)
