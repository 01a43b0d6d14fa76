"""Another time for a meeting, proposed by an answer ("Propose a new meeting time by using EWS in Exchange")."""

import copy

from lxml import etree

from emulators.exchange.calendar import appointment, zones
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.item import Item
from emulators.exchange.soap import t


def proposal(call: Call, stored: Item, response: etree._Element) -> Item | None:
    """The meeting at the times that a response proposes, its own as `planned`; None when the response proposes none.

    Raises ItemError ErrorCalendarEndDateIsEarlierThanStartDate.
    """
    given = [response.findtext(t(name)) for name in ("ProposedStart", "ProposedEnd")]
    if None in given:
        return None
    zone: zones.Zone = zones.known("UTC") if call.zone_context is None else zones.read(call.zone_context)[0]
    start, end = (appointment.utc(appointment.read_time(one or "", zone)) for one in given)
    if end <= start:
        raise ItemError("ErrorCalendarEndDateIsEarlierThanStartDate")
    kept = stored.appointment
    made = copy.copy(stored)
    made.appointment = {**kept, "start": start, "end": end, "planned": [kept["start"], kept["end"]]}
    return made
