"""An appointment that is attached to another item: it stays what it was when it came.

What a request decides is settled then: the zone that times without one are in (TimeZoneContext of the header), the id
and the stamp that a new appointment gets. Whoever reads the attachment, with whatever header, finds the same.
"""

import base64
import dataclasses

from lxml import etree

from emulators.exchange.call import Call
from emulators.exchange.fragments import fragment
from emulators.exchange.item import Item
from emulators.exchange.settings import RANK
from emulators.exchange.soap import local, t

_SETTLED = frozenset({"Start", "End", "StartTimeZone", "EndTimeZone", "MeetingTimeZone"})
_MEETING = "6ed8da90-450b-101b-98da-00aa003f1305"


def inside(made: Item, given: etree._Element) -> str:
    """What is kept of an appointment: what a client `given` has, behind it and over it what was made of that."""
    kept = made.appointment
    object_id = base64.b64encode(bytes.fromhex(kept["object_id"])).decode()
    plain = "".join(fragment(one) for one in given if local(one) not in _SETTLED and one.tag != t("Attachments"))
    zones = _zone("StartTimeZone", kept["zone"]) if kept["named"] else ""
    zones += _zone("EndTimeZone", kept["end_zone"]) if kept["end_zone"] else ""
    return (_property(0x03, "Binary", object_id) + _property(0x1A, "SystemTime", kept["stamp"]) + plain
            + f"<t:Start>{kept['start']}</t:Start><t:End>{kept['end']}</t:End>{zones}")


def _property(number: int, kind: str, value: str) -> str:
    uri = f'<t:ExtendedFieldURI PropertySetId="{_MEETING}" PropertyId="{number}" PropertyType="{kind}"/>'
    return f"<t:ExtendedProperty>{uri}<t:Value>{value}</t:Value></t:ExtendedProperty>"


def _zone(name: str, kept: str) -> str:
    if not kept.startswith("<"):
        return f'<t:{name} Id="{kept}"/>'
    whole = fragment(etree.fromstring(kept))
    return f"<t:{name}{whole[whole.index(' '):whole.rindex('</')]}</t:{name}>"


def reading(call: Call) -> Call:
    """The call without what its header would change of an attached item that is made again."""
    return dataclasses.replace(call, zone_context=None, rank=max(RANK.values()))
