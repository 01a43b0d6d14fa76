"""The time zones of an appointment.

A zone travels as its whole definition, with periods and transitions as they were read ([MS-OXWSGTZ] 2.2.4.12): an id
alone may be unknown elsewhere, and a zone of the owner's own has none that means anything.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lxml import etree

_OF_WINDOWS = re.compile(r"UTC([+-]\d{2})?|[\w .()/+-]+ Time(?: \([\w ]+\))?")
_CUSTOM = "custom"


@lru_cache(maxsize=256)
def _is_of_windows(known: str) -> bool:
    return bool(_OF_WINDOWS.fullmatch(known)) and not known.startswith("Customized")


def zone_fact(zone: etree._Element | None) -> str:
    """What a StartTimeZone is, as every server says it: the id of one that Windows knows, else that it is none."""
    known = "" if zone is None else zone.get("Id") or ""
    if not known:
        return "UTC" if zone is None else _CUSTOM
    return known if _is_of_windows(known) else _CUSTOM
