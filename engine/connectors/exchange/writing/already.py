"""Meetings that a calendar has already: by the invitation that went there as well, or by a copy of somebody's own.

They have the global object id of the meeting and no tag of ours, so that nobody knows them by their tags. What is there
when the first appointments are about to be written is looked at, once; what arrives later is not.
"""

from __future__ import annotations

import threading
from dataclasses import replace

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
from engine.items.census import key_number
from engine.items.keyset import KeySet
from engine.migration.content import Content

TWICE = "the new calendar had this meeting already, by its invitation perhaps; it is there twice now"


def _key(item: etree._Element) -> bytes:
    """The key of what is no copy of ours, and has a global object id."""
    return b"" if tag_of(item) or not value_of(item, OBJECT_ID) else key_of(item)


SOUGHT = replace(APPOINTMENTS, more=APPOINTMENTS.more + TAG_FIELD, key=_key)


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
        asking, found = Asking(self._sessions, stop=threading.Event()), KeySet()
        try:
            asking.sign_in()        # so that the server is asked as what it is
            for folder in look_at(asking, content=Content.CALENDARS).folders:
                for one in listing(asking, Numbering(), folder, keys=True, sought=SOUGHT):
                    if one.key:
                        found.add(key_number(one.key))
        except OmmError:
            pass        # what stands in the way is in the way of the writing as well, and told there
        return found
