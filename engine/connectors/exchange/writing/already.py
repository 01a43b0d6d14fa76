"""Meetings that a calendar has already: by the invitation that went there as well, or by a copy of somebody's own.

They have the global object id of the meeting and no tag of ours, so that nobody knows them by their tags. What is there
when the first appointments are about to be written is looked at, once; what arrives later is not.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from itertools import count

from lxml import etree

from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.reading.calendars import APPOINTMENTS
from engine.connectors.exchange.reading.folders import look_at
from engine.connectors.exchange.reading.listing import listing
from engine.connectors.exchange.reading.numbering import Numbering
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.tags import TAG_FIELD, tag_of
from engine.connectors.exchange.typed.fields import OBJECT_ID
from engine.connectors.exchange.typed.identity import key_of
from engine.connectors.exchange.typed.properties import value_of
from engine.errors import OmmError
from engine.items.known.census import key_number
from engine.items.known.keyset import KeySet
from engine.migration.content import Content

MOST = 5_000        # items that are looked at: ten pages of a synchronization
SHAPE = APPOINTMENTS.more + TAG_FIELD
TWICE = "the new calendar had this meeting already, by its invitation perhaps; it is there twice now"


class Already:
    """The meetings of one mailbox that are no copies of ours. Any thread may ask."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._lock = threading.Lock()
        self._keys: KeySet | None = None

    def has(self, key: bytes) -> bool:
        """True: one of that source key is there. A server that does not show its calendars is not asked again."""
        known = self._keys
        if known is None:
            with self._lock:
                known = self._keys = self._read() if self._keys is None else self._keys
        return bool(key) and key_number(key) in known

    def _read(self) -> KeySet:
        found, stop, seen = KeySet(), threading.Event(), count(1)

        def note(item: etree._Element) -> bytes:
            if not tag_of(item) and value_of(item, OBJECT_ID):
                found.add(key_number(key_of(item)))
            if next(seen) >= MOST:
                stop.set()
            return b""

        asking, sought = Asking(self._sessions, stop=stop), replace(APPOINTMENTS, more=SHAPE, key=note)
        with suppress(OmmError):        # what stands in the way is in the way of the writing as well, and told there
            for folder in look_at(asking, content=Content.CALENDARS).folders:
                for _ in listing(asking, Numbering(), folder, keys=False, sought=sought):
                    pass
        return found
