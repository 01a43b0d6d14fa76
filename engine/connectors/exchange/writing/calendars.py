"""Appointments: created under their tags, and finished occurrence by occurrence. Nobody is told of any of it.

[MS-OXWSMTGS]: every request that writes an appointment says to whom the server sends something; here, to nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from engine.connectors.exchange import elements
from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import attribute
from engine.connectors.exchange.tags import TAG_FIELD
from engine.connectors.exchange.typed.digests import digests_of
from engine.connectors.exchange.typed.fields import CALENDAR_ITEM
from engine.connectors.exchange.typed.tagged import tagged
from engine.connectors.exchange.writing.further import Further, NotDoneError
from engine.connectors.exchange.writing.series import UPDATE, attach, settle
from engine.items.tags import UNFINISHED
from engine.ports.destination import Before
from engine.ports.items import Outcome, Tagged, Verdict
from engine.ports.typed import TypedItem

LARGEST = 64 * 1024 * 1024 - 65_536     # bytes: "Configure client-specific message size limits", less the envelope


class CalendarWriter:
    """Writes appointments."""

    largest = LARGEST

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def create(self, folder_id: str, items: Sequence[Tagged[TypedItem]]) -> list[Outcome]:
        """CreateItem, once."""
        return elements.create(self._sessions, folder_id, [_element(new) for new in items])

    def finish(self, item_id: str, item: Tagged[TypedItem], before: Before) -> Outcome:
        """Attaches what is attached, deletes and changes occurrences, and takes the mark from the tag."""
        further = Further(self._sessions, before)
        try:
            attach(further, item_id, item.item.attachments)
            for refusal in settle(further, item_id, item.item):
                return Outcome(Verdict.REFUSED, error=refusal.error)
            return _retag(further, item_id, item.tag)
        except NotDoneError as error:
            return error.outcome

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        """The digests of those appointments as they are now."""
        asking = Asking(self._sessions, stop=threading.Event())
        asking.sign_in()        # so that the server is asked as what it is
        return digests_of(asking, CALENDAR_ITEM.element, ids)


def _element(new: Tagged[TypedItem]) -> str:
    return tagged(new.item.element, new.tag if new.item.is_whole else new.tag + UNFINISHED).decode()


def _retag(further: Further, item_id: str, tag: str) -> Outcome:
    change = (
        f"<t:ItemChange><t:ItemId Id={attribute(item_id)}/><t:Updates><t:SetItemField>{TAG_FIELD}"
        f"<t:CalendarItem>{elements.tag_property(tag)}</t:CalendarItem></t:SetItemField></t:Updates></t:ItemChange>"
    )
    return further.write(UPDATE[0], [change], UPDATE[1])[0]
