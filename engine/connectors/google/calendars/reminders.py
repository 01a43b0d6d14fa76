"""Reminders: Google has up to five an event, by pop-up and by e-mail; an appointment has one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree

from engine.connectors.exchange.typed import xml
from engine.connectors.google.rest.asking import Json

OTHERS = "of its reminders the one of {} before is carried, and not: {}"
BY_MAIL = "its reminder by e-mail, {} before, comes by a pop-up"
USUAL = "its usual reminders are several; each event has the earliest pop-up of them, and not: {}"
USUAL_BY_MAIL = "its usual reminder comes by e-mail, {} before; each event has a pop-up instead"
USUAL_ALL_BY_MAIL = "its usual reminders come by e-mail; each event has a pop-up {} before, and not: {}"
UNSET = 15      # minutes that a server tells of an appointment that does not remind; it would fill them in
POPUP, MAIL = "popup", "email"
_UNITS = ((10_080, "week"), (1440, "day"), (60, "hour"), (1, "minute"))


def remind(item: etree._Element, event: Json, usual: Sequence[Json]) -> list[str]:
    """Gives an appointment its reminder; returns words on its others, where it does not have those of its calendar."""
    told = event.get("reminders") or {}
    is_usual = bool(told.get("useDefault"))
    wanted = usual if is_usual else told.get("overrides") or ()
    chosen = _chosen(wanted)
    xml.add(item, "ReminderIsSet", "true" if chosen else "false")
    xml.add(item, "ReminderMinutesBeforeStart", str(chosen["minutes"] if chosen else UNSET))
    return [] if is_usual or chosen is None else list(_words(chosen, wanted))


def usual_words(usual: Sequence[Json]) -> str:
    """What of a calendar's usual reminders its events do not have; "" where they have all."""
    chosen = _chosen(usual)
    others = ", ".join(_others(chosen, usual))
    if chosen is not None and chosen.get("method") == MAIL:
        before = _span(chosen["minutes"])
        return USUAL_ALL_BY_MAIL.format(before, others) if others else USUAL_BY_MAIL.format(before)
    return USUAL.format(others) if others else ""


def _chosen(wanted: Sequence[Json]) -> Json | None:
    """The earliest by pop-up, else the earliest."""
    known = [one for one in wanted if isinstance(one.get("minutes"), int)]
    popups = [one for one in known if one.get("method") == POPUP]
    return max(popups or known, key=lambda one: int(one["minutes"]), default=None)


def _words(chosen: Json, wanted: Sequence[Json]) -> Iterator[str]:
    if chosen.get("method") == MAIL:
        yield BY_MAIL.format(_span(chosen["minutes"]))
    others = _others(chosen, wanted)
    if others:
        yield OTHERS.format(_span(chosen["minutes"]), ", ".join(others))


def _others(chosen: Json | None, wanted: Sequence[Json]) -> list[str]:
    return [
        f"{_span(one['minutes'])} before{' by e-mail' if one.get('method') == MAIL else ''}"
        for one in wanted if one is not chosen and isinstance(one.get("minutes"), int)
    ]


def _span(minutes: int) -> str:
    """So many minutes, in the largest unit that divides them."""
    size, unit = next((size, unit) for size, unit in _UNITS if minutes % size == 0 and (minutes or size == 1))
    number = minutes // size
    return f"{number} {unit}{'' if number == 1 else 's'}"
