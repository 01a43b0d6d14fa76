"""MAPI properties that an appointment computes (MS-OXOCAL 2.2.1, MS-OXPROPS)."""

import base64
from collections.abc import Callable
from datetime import timedelta

from emulators.exchange.calendar import appointment, counter, identity, zones
from emulators.exchange.extended import PropertyPath
from emulators.exchange.fragments import plain
from emulators.exchange.item import Item
from emulators.exchange.soap import flag

_APPOINTMENT = "{00062002-0000-0000-c000-000000000046}/id:"
_COMMON = "{00062008-0000-0000-c000-000000000046}/id:"
_MEETING = "{6ed8da90-450b-101b-98da-00aa003f1305}/id:"
_BUSY = ("Free", "Tentative", "Busy", "OOF", "WorkingElsewhere")
_RESPONSES = ("Unknown", "Organizer", "Tentative", "Accept", "Decline", "NoResponseReceived")


def _object_id(item: Item) -> str | None:
    """That of an occurrence has its date, be its series there or not (MS-OXOCAL 2.2.1.27); None of an item without."""
    raw, kept = bytes.fromhex(item.appointment["object_id"]), item.appointment
    if not raw:
        return None
    if "original_start" not in kept:
        day = bytes.fromhex(kept.get("instance") or "00000000")
        return base64.b64encode(raw[:16] + day + raw[20:]).decode()
    original = zones.of(kept["zone"]).to_local(appointment.moment(kept["original_start"])).date()
    return base64.b64encode(identity.dated(raw, original)).decode()


def _clean(item: Item) -> str | None:
    raw = bytes.fromhex(item.appointment["object_id"])
    return base64.b64encode(identity.clean(raw)).decode() if raw else None


def _minutes(item: Item) -> str:
    span = appointment.moment(item.appointment["end"]) - appointment.moment(item.appointment["start"])
    return str(span // timedelta(minutes=1))


def _plain(item: Item, name: str, default: str) -> str:
    return plain(item.extra[name]) if name in item.extra else default


def _signal(item: Item) -> str | None:
    """PidLidReminderSignalTime: when the reminder is due; None before all times."""
    minutes = int(_plain(item, "ReminderMinutesBeforeStart", "15") or 0)
    try:
        return appointment.utc(appointment.moment(item.appointment["start"]) - timedelta(minutes=minutes))
    except OverflowError:
        return None


_READERS: dict[str, tuple[str, Callable[[Item], str | None]]] = {
    f"{_MEETING}{0x03}": ("Binary", _object_id),
    f"{_MEETING}{0x23}": ("Binary", _clean),
    f"{_MEETING}{0x05}": ("Boolean", lambda i: flag("original" in i.appointment or "recurrence" in i.appointment)),
    f"{_MEETING}{0x1A}": ("SystemTime", lambda i: i.appointment["stamp"]),
    f"{_APPOINTMENT}{0x8201}": ("Integer", lambda i: str(i.appointment["sequence"])),
    f"{_APPOINTMENT}{0x8205}": ("Integer", lambda i: str(_BUSY.index(i.appointment["busy"]))
                                if i.appointment["busy"] in _BUSY else None),
    f"{_APPOINTMENT}{0x8208}": ("String", lambda i: _plain(i, "Location", "") or None),
    f"{_APPOINTMENT}{0x820D}": ("SystemTime", lambda i: i.appointment["start"]),
    f"{_APPOINTMENT}{0x820E}": ("SystemTime", lambda i: i.appointment["end"]),
    f"{_APPOINTMENT}{0x8213}": ("Integer", _minutes),
    f"{_APPOINTMENT}{0x8215}": ("Boolean", lambda i: flag(i.appointment["all_day"])),
    f"{_APPOINTMENT}{0x8217}": ("Integer", lambda i: str(i.appointment["state"])),
    f"{_APPOINTMENT}{0x8218}": ("Integer", lambda i: str(_RESPONSES.index(i.appointment["response"]))),
    f"{_APPOINTMENT}{0x8223}": ("Boolean", lambda i: flag("recurrence" in i.appointment)),
    f"{_APPOINTMENT}{0x8235}": ("SystemTime", lambda i: i.appointment["start"]),
    f"{_APPOINTMENT}{0x8236}": ("SystemTime", lambda i: i.appointment["finish"]),
    f"{_COMMON}{0x8501}": ("Integer", lambda i: _plain(i, "ReminderMinutesBeforeStart", "15")),
    f"{_COMMON}{0x8502}": ("SystemTime", lambda i: i.appointment["start"]),
    f"{_COMMON}{0x8503}": ("Boolean", lambda i: _plain(i, "ReminderIsSet", "true")),
    f"{_COMMON}{0x8516}": ("SystemTime", lambda i: i.appointment["start"]),
    f"{_COMMON}{0x8517}": ("SystemTime", lambda i: i.appointment["end"]),
}
_SENT = f"{_APPOINTMENT}{0x8229}"       # PidLidFInvited: there only when something was sent, or a client set it
_REMINDED = f"{_COMMON}{0x8560}"


def is_computed(path: PropertyPath) -> bool:
    """Whether appointments compute this property."""
    return path.path in _READERS


def value(item: Item, path: PropertyPath) -> str | None:
    """The value of a computed property, or None."""
    kind, read = _READERS[path.path]
    return read(item) if kind == path.kind else None


def default(item: Item, path: PropertyPath) -> str | None:
    """The value of a property that a client may set, where none has."""
    if path.path == _SENT and path.kind == "Boolean" and item.appointment["sent"]:
        return "true"
    if path.path == counter.NUMBER and path.kind == "Integer":
        return str(counter.proposals(item) or "") or None
    return _signal(item) if path.path == _REMINDED and path.kind == "SystemTime" else None
