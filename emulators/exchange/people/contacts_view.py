"""ContactsView: contacts by display name, from one name to another (page of the element ContactsView)."""

from lxml import etree

from emulators.exchange.item import Item
from emulators.exchange.people import names

_KINDS = ("Contact", "DistributionList")


def shown(request: etree._Element, everything: list[Item]) -> list[Item]:
    """The contacts and groups that a ContactsView shows, in its order; everything when the request has none.

    It begins with InitialName and ends with FinalName; a name that is not there gives way to the next one inside. "In
    the specified sort order": when that falls by display name, InitialName is the upper end. Assumption: case decides
    last and small letters come first, as in the cultures of Windows, so that NAME lies behind Name.
    """
    view = request.find("{*}ContactsView")
    if view is None:
        return everything
    low, high = view.get("InitialName"), view.get("FinalName")
    if _falls(request):
        low, high = high, low
    found = [(_key(names.display_name(one.extra)), one) for one in everything if one.kind in _KINDS]
    inside = [(key, one) for key, one in found
              if (low is None or _key(low) <= key) and (high is None or key <= _key(high))]
    return [one for _, one in sorted(inside, key=lambda pair: pair[0])]


def _falls(request: etree._Element) -> bool:
    first = request.find("{*}SortOrder/{*}FieldOrder")
    return first is not None and first.get("Order") == "Descending" \
        and first[0].get("FieldURI") == "contacts:DisplayName"


def _key(name: str) -> tuple[str, str]:
    return name.casefold(), name.swapcase()
