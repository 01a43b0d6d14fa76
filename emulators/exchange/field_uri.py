"""Which kinds of items a property path speaks of.

"ErrorInvalidPropertyRequest: this error occurs when a property specified in the request is not available for the item
type" (page ResponseCode): GetItem of a message that asks for a property of calendar items, UpdateItem alike.

A witness disagrees about GetItem: exchangelib's `account.fetch(ids)` asks every item for the properties of all kinds,
and has read real servers so for years. The setting `refuses_foreign_properties` says which one is true there; by
default such properties are left out, as that client could not be used at all. UpdateItem always refuses them.
"""

from collections.abc import Iterable

from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError

_KINDS = {
    "calendar": ("CalendarItem",), "contacts": ("Contact", "DistributionList"),
    "distributionlist": ("DistributionList",), "message": ("Message", "PostItem", "Item"), "postitem": ("PostItem",),
    "task": ("Task",), "meeting": (), "meetingRequest": (),
}
# Of these only some properties are shared: the type's own elements say which.
_SHARING = {"DistributionList": "DistributionListType", "PostItem": "PostItemType"}
# What meeting messages have beside those of every item (MS-OXWSMTGS 2.2.4.15 and 2.2.4.17).
_OF_MEETINGS = ("calendar", "message", "meeting", "meetingRequest")
_PLAIN = ("Message", "PostItem", "Contact", "DistributionList", "Task", "CalendarItem")


def check(call: Call, kind: str, uris: Iterable[str]) -> None:
    """Raise ItemError ErrorInvalidPropertyRequest for a path that items of this kind do not have."""
    for uri in uris:
        prefix, _, name = uri.partition(":")
        known = prefix in _KINDS and (kind in _PLAIN or prefix not in _OF_MEETINGS)
        if known and not _has(call, kind, prefix, name):
            raise ItemError("ErrorInvalidPropertyRequest")


def _has(call: Call, kind: str, prefix: str, name: str) -> bool:
    if kind not in _KINDS[prefix]:
        return False
    shared = _SHARING.get(kind)
    return shared is None or name.partition(":")[0] in call.schema.order(shared)
