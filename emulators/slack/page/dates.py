"""Moments as Slack's client writes them (docs.slack.dev/messaging/formatting-message-text, "Date formatting").

On a 24-hour clock, in English. `{ago}` changes by itself while one looks at it, so it is left to the fallback.
"""

import datetime
import re

_PARTS = re.compile(r"\{(date_num|date_slash|(date(?:_short|_long)?)(_pretty)?|time|time_secs|ago)\}")
_HALF_A_YEAR = datetime.timedelta(days=183)
_NEAR = {-1: "yesterday", 0: "today", 1: "tomorrow"}


def _ordinal(day: int) -> str:
    ending = "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _day(when: datetime.datetime, now: datetime.datetime, form: str) -> str:
    """`form` is date, date_short or date_long; a year that is clear by itself is left out."""
    year = "" if abs(when - now) < _HALF_A_YEAR else f", {when.year}"
    if form == "date_short":
        return f"{when:%b} {when.day}{year}"
    return (f"{when:%A}, " if form == "date_long" else "") + f"{when:%B} {_ordinal(when.day)}{year}"


def _part(found: re.Match[str], when: datetime.datetime, now: datetime.datetime) -> str:
    simple = {"date_num": "%Y-%m-%d", "date_slash": "%d/%m/%Y", "time": "%H:%M", "time_secs": "%H:%M:%S"}
    if found[1] in simple:
        return when.strftime(simple[found[1]])
    if found[2] is None:
        return found[0]
    near = _NEAR.get((when.date() - now.date()).days) if found[3] else None
    return near or _day(when, now, found[2])


def written(when: datetime.datetime, now: datetime.datetime, form: str) -> str | None:
    """The moment in a form such as `{date_pretty} at {time}`, its first letter a capital; None if it cannot be."""
    held = _PARTS.sub(lambda found: _part(found, when, now), form)
    return None if "{" in held else held[:1].upper() + held[1:]
