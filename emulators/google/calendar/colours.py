"""The two palettes of colors.get (developers.google.com/workspace/calendar/api/v3/reference/colors/get)."""

from typing import Any

CALENDAR = ("ac725e", "d06b64", "f83a22", "fa573c", "ff7537", "ffad46", "42d692", "16a765", "7bd148", "b3dc6c",
            "fbe983", "fad165", "92e1c0", "9fe1e7", "9fc6e7", "4986e7", "9a9cff", "b99aff", "c2c2c2", "cabdbf",
            "cca6ac", "f691b2", "cd74e6", "a47ae2")
EVENT = ("a4bdfc", "7ae7bf", "dbadff", "ff887c", "fbd75b", "ffb878", "46d6db", "e1e1e1", "5484ed", "51b749", "dc2127")


def of_events() -> frozenset[str]:
    """The ids that an event's colorId may have."""
    return frozenset(str(number + 1) for number in range(len(EVENT)))


def background(number: str) -> str:
    """The colour of a calendar's colorId; raises LookupError without one."""
    return f"#{CALENDAR[int(number) - 1]}"


def palettes() -> dict[str, Any]:
    """The answer of colors.get."""
    return {"kind": "calendar#colors", "updated": "2012-02-14T00:00:00.000Z",
            "calendar": _palette(CALENDAR), "event": _palette(EVENT)}


def _palette(shades: tuple[str, ...]) -> dict[str, Any]:
    return {str(number): {"background": f"#{shade}", "foreground": "#1d1d1d"}
            for number, shade in enumerate(shades, 1)}
