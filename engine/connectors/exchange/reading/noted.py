"""Special folders by their entry ids, where no distinguished id tells them.

PidTagAdditionalRenEntryIds has those of Sync Issues ([MS-OXOSFLD] 2.2.4), PidTagAdditionalRenEntryIdsEx those of what
Outlook and other programs of Microsoft's have made since ([MS-OXOSFLD] 2.2.5, and Microsoft's page on that property).
"""

from __future__ import annotations

import struct
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

NOTED, NOTED_SINCE = "0x36d8", "0x36d9"
NOTED_THERE = ("conflicts", "syncissues", "localfailures", "serverfailures")      # in this order
SUGGESTED = "suggestedcontacts"         # no distinguished id of a server's: it has none
CALLED: Mapping[int, str] = MappingProxyType({      # by PersistID
    0x8008: SUGGESTED, 0x800A: "imcontactlist", 0x800B: "quickcontacts",
})
SENTINEL, ENTRY_ID = 0x0000, 0x0001     # PERSIST_SENTINEL, RSF_ELID_ENTRYID
URIS = (
    f'<t:ExtendedFieldURI PropertyTag="{NOTED}" PropertyType="BinaryArray"/>'
    f'<t:ExtendedFieldURI PropertyTag="{NOTED_SINCE}" PropertyType="Binary"/>'
)


def noted_in(properties: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What folders are called, by their entry ids in base64, as the properties of a folder note it."""
    old = zip(properties.get(NOTED, ()), NOTED_THERE, strict=False)
    return {entry: called for entry, called in (*old, *_since(properties.get(NOTED_SINCE, ()))) if entry}


def _since(values: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Entry ids and names out of the stream, as far as it can be read."""
    try:
        stream = b64decode("".join(values))
        yield from _blocks(stream)
    except (ValueError, struct.error):
        return


def _blocks(stream: bytes) -> Iterator[tuple[str, str]]:
    """Of each PersistData that is known its entry id and name."""
    at = 0
    while at + 4 <= len(stream):
        known, size = struct.unpack_from("<HH", stream, at)
        if known == SENTINEL:
            return
        if known in CALLED:
            for entry in _entry_ids(stream[at + 4 : at + 4 + size]):
                yield entry, CALLED[known]
        at += 4 + size


def _entry_ids(elements: bytes) -> Iterator[str]:
    at = 0
    while at + 4 <= len(elements):
        known, size = struct.unpack_from("<HH", elements, at)
        if known == ENTRY_ID:
            yield b64encode(elements[at + 4 : at + 4 + size]).decode()
        at += 4 + size
