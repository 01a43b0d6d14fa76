"""An RRULE of iCalendar as a Recurrence element (MS-OXCICAL 2.1.3.2.2)."""

import re
from collections.abc import Callable
from datetime import date

from emulators.exchange.errors import ItemError
from emulators.exchange.recurrence import DAYS, MONTHS

CODES = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
_PLACES = {"1": "First", "2": "Second", "3": "Third", "4": "Fourth", "-1": "Last"}
_SETS = {frozenset(CODES): "Day", frozenset(list(CODES)[:5]): "Weekday", frozenset(("SA", "SU")): "WeekendDay"}
# The templates of MS-OXCICAL 2.1.3.2.2.1 to 2.1.3.2.2.6: what a rule may have beside the parts that all may have.
_COMMON = frozenset({"FREQ", "INTERVAL", "BYHOUR", "BYMINUTE", "UNTIL", "COUNT", "WKST"})
_NOTHING: set[str] = set()
_DAY = re.compile(r"-1|\d{1,2}")       # "SHOULD be set to 0x1F" of -1; Assumption: no other day from the end
_TEMPLATES = {"DAILY": (_NOTHING,), "WEEKLY": ({"BYDAY"},), "MONTHLY": ({"BYMONTHDAY"}, {"BYDAY", "BYSETPOS"}),
              "YEARLY": ({"BYMONTHDAY", "BYMONTH"}, {"BYDAY", "BYSETPOS", "BYMONTH"})}


def recurrence(rule: str, start: str, last_day: Callable[[str], str]) -> str:
    """The Recurrence of a rule that begins on the date `start`; `last_day` makes a date of an UNTIL.

    Raises ItemError ErrorCalendarInvalidRecurrence for one that has no pattern here, as it fits no template; KeyError,
    ValueError for one that is none.
    """
    given = dict(part.partition("=")[::2] for part in rule.upper().split(";") if part)
    if not any(set(given) - _COMMON <= template for template in _TEMPLATES.get(given["FREQ"], ())):
        raise ItemError("ErrorCalendarInvalidRecurrence")
    days = [one for one in given.get("BYDAY", "").split(",") if one]
    name, inner = _pattern(_in_months(given, start), days, start)
    span = f"<t:StartDate>{start}</t:StartDate>"
    if "COUNT" in given:
        end, more = "NumberedRecurrence", f"<t:NumberOfOccurrences>{int(given['COUNT'])}</t:NumberOfOccurrences>"
    elif "UNTIL" in given:
        end, more = "EndDateRecurrence", f"<t:EndDate>{last_day(given['UNTIL'])}</t:EndDate>"
    else:
        end, more = "NoEndRecurrence", ""
    return f"<t:Recurrence><t:{name}>{inner}</t:{name}><t:{end}>{span}{more}</t:{end}></t:Recurrence>"


def _pattern(given: dict[str, str], days: list[str], start: str) -> tuple[str, str]:
    interval = f"<t:Interval>{int(given.get('INTERVAL', '1'))}</t:Interval>"
    said = given.get("BYMONTHDAY", start[8:])
    if _DAY.fullmatch(said) is None:
        raise ItemError("ErrorCalendarInvalidRecurrence")
    day = f"<t:DayOfMonth>{31 if said == '-1' else int(said)}</t:DayOfMonth>"
    month = f"<t:Month>{MONTHS[int(given.get('BYMONTH', start[5:7])) - 1]}</t:Month>"
    match given["FREQ"]:
        case "DAILY":
            return "DailyRecurrence", interval
        case "WEEKLY":
            names = " ".join(DAYS[CODES[one]] for one in days) or DAYS[_weekday(start)]
            first = f"<t:FirstDayOfWeek>{DAYS[CODES[given.get('WKST', 'MO')]]}</t:FirstDayOfWeek>"
            return "WeeklyRecurrence", f"{interval}<t:DaysOfWeek>{names}</t:DaysOfWeek>{first}"
        case "MONTHLY" if days:
            return "RelativeMonthlyRecurrence", interval + _place(given, days)
        case "MONTHLY":
            return "AbsoluteMonthlyRecurrence", interval + day
        case "YEARLY" if days:
            return "RelativeYearlyRecurrence", _place(given, days) + month
        case "YEARLY":
            return "AbsoluteYearlyRecurrence", day + month
    raise ItemError("ErrorCalendarInvalidRecurrence")


def _in_months(given: dict[str, str], start: str) -> dict[str, str]:
    """A year's rule with an INTERVAL as a month's: "RecurFrequency SHOULD be set to 0x200C", Period to 12 * INTERVAL.

    Raises ItemError where the series does not begin in the month that it names: months are counted from there.
    """
    if given["FREQ"] != "YEARLY" or int(given.get("INTERVAL", "1")) == 1:
        return given
    if int(given.get("BYMONTH", start[5:7])) != int(start[5:7]):
        raise ItemError("ErrorCalendarInvalidRecurrence")
    return given | {"FREQ": "MONTHLY", "INTERVAL": str(12 * int(given["INTERVAL"]))}


def _weekday(start: str) -> int:
    return date.fromisoformat(start).weekday()


def _place(given: dict[str, str], days: list[str]) -> str:
    place = given.get("BYSETPOS") or days[0][:-2]
    names = frozenset(one[-2:] for one in days)
    name = _SETS.get(names) or (DAYS[CODES[days[0][-2:]]] if len(days) == 1 else None)
    if name is None or place.lstrip("+") not in _PLACES:
        raise ItemError("ErrorCalendarInvalidRecurrence")
    return (f"<t:DaysOfWeek>{name}</t:DaysOfWeek><t:DayOfWeekIndex>{_PLACES[place.lstrip('+')]}</t:DayOfWeekIndex>")
