"""Pages of searches: the cap of 1000 rows, and servers that give less than asked (notes on throttling).

EWSFindCountLimit ("EWS throttling in Exchange"): with paging a page may be shorter than asked, and says so
with IncludesLastItemInRange; without paging too many rows are an error.
"""

import random
from dataclasses import dataclass

from lxml import etree

from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.soap import flag, local

_VIEWS = ("IndexedPageItemView", "IndexedPageFolderView", "FractionalPageItemView",
          "FractionalPageFolderView", "CalendarView", "ContactsView")


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows to give, and what to say about them."""

    start: int
    stop: int
    total: int
    kind: str = ""

    def attributes(self) -> str:
        """The attributes of RootFolder, in the order servers write them."""
        last = flag(self.stop >= self.total)
        if self.kind == "Indexed":
            place = f'IndexedPagingOffset="{self.stop}" '
        elif self.kind == "Fractional":
            place = f'NumeratorOffset="{self.stop}" AbsoluteDenominator="{max(self.total, 1)}" '
        else:
            place = ""
        return f'{place}TotalItemsInView="{self.total}" IncludesLastItemInRange="{last}"'


def page(call: Call, total: int) -> Page:
    """The page that a request asks for.

    Raises ItemError: ErrorInvalidPagingMaxRows, ErrorInvalidIndexedPagingParameters,
    ErrorInvalidFractionalPagingParameters, ErrorExceededFindCountLimit.
    """
    view = next((one for one in call.request if local(one) in _VIEWS), None)
    if view is None:
        if total > call.settings.max_find_rows:
            raise ItemError("ErrorExceededFindCountLimit")
        return Page(0, total, total)
    rows = _rows(call, view)
    if local(view).startswith("Indexed"):
        return _indexed(call, view, total, rows)
    if local(view).startswith("Fractional"):
        return _fractional(view, total, rows)
    return Page(0, min(total, rows), total)


def _rows(call: Call, view: etree._Element) -> int:
    asked = view.get("MaxEntriesReturned")
    if asked is not None and int(asked) <= 0:
        raise ItemError("ErrorInvalidPagingMaxRows")
    cap = call.settings.max_find_rows
    return cap if asked is None else min(int(asked), cap)


def _indexed(call: Call, view: etree._Element, total: int, rows: int) -> Page:
    offset = int(view.get("Offset", "0"))
    if offset < 0:
        raise ItemError("ErrorInvalidIndexedPagingParameters")
    if view.get("BasePoint") == "End":
        stop = max(total - offset, 0)
        return Page(max(stop - rows, 0), stop, total, "Indexed")
    if call.settings.short_pages and rows > 1:
        # A seeded draw for each place: the same run gives the same pages.
        rows = random.Random(f"{call.settings.seed}:{offset}:{rows}").randint(1, rows)  # noqa: S311 - no secret
    start = min(offset, total)
    return Page(start, min(start + rows, total), total, "Indexed")


def _fractional(view: etree._Element, total: int, rows: int) -> Page:
    numerator, denominator = int(view.get("Numerator", "0")), int(view.get("Denominator", "1"))
    if denominator <= 0 or not 0 <= numerator <= denominator:
        raise ItemError("ErrorInvalidFractionalPagingParameters", "The fractional paging parameters are invalid.")
    start = total * numerator // denominator
    return Page(start, min(start + rows, total), total, "Fractional")
