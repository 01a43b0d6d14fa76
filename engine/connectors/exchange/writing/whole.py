"""Items that one request writes whole: created under their tags, with what is attached to them."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from engine.connectors.exchange import elements
from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.typed.digests import digests_of
from engine.connectors.exchange.typed.tagged import tagged
from engine.connectors.exchange.writing.fields import holding
from engine.ports.destination import Before
from engine.ports.items import DONE, Outcome, Tagged
from engine.ports.typed import TypedItem

LARGEST = 64 * 1024 * 1024 - 65_536     # bytes: "Configure client-specific message size limits", less the envelope


class WholeWriter:
    """Writes the items of one content, whose elements have that name."""

    largest = LARGEST

    def __init__(self, sessions: Sessions, element: str) -> None:
        self._sessions = sessions
        self._element = element

    def create(self, folder_id: str, items: Sequence[Tagged[TypedItem]]) -> list[Outcome]:
        """CreateItem, once."""
        wanted = (piece for new in items for piece in holding(tagged(new.item.element, new.tag), new.item.attachments))
        return elements.create_of(self._sessions, folder_id, wanted, len(items))

    def finish(self, item_id: str, item: Tagged[TypedItem], before: Before) -> Outcome:
        """Nothing is left to be sent: such an item is written whole."""
        return DONE

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        """The digests of those items as they are now."""
        return self._digests(ids, {})

    def _digests(self, ids: Sequence[str], begun: Mapping[str, Sequence[str]]) -> dict[str, str]:
        """The digests of those items, but for what its owner has changed while it was half written."""
        asking = Asking(self._sessions, stop=threading.Event())
        asking.sign_in()        # so that the server is asked as what it is
        return digests_of(asking, self._element, ids, begun=begun)
