"""Occurrences that a server gives no index: it is not documented how far indexes go.

They are found where the calendar shows them ([MS-OXWSSRCH] CalendarView), and told from those of other series by the
item that the server says their series is (RecurringMasterItemId).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from lxml import etree

from engine.connectors.exchange.errors import AnswerLostError, CodeError
from engine.connectors.exchange.soap import MESSAGES, TYPES, attribute
from engine.connectors.exchange.typed.xml import utc
from engine.connectors.exchange.writing.further import Further, put_off, refused
from engine.connectors.exchange.writing.occurrence import AT_ONCE, SHAPE, Occurrence, occurrence

WINDOW = timedelta(days=31)         # of one view: servers show 1,000 items at once
FOLDER = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="item:ParentFolderId"/></t:AdditionalProperties></m:ItemShape>'
)


def find_in_view(further: Further, series_id: str, wanted: Collection[datetime]) -> dict[datetime, Occurrence]:
    """The occurrences of a series that begin at those times. Raises NotDoneError."""
    folder = _folder(further, series_id)
    shown = [
        one for window in _windows(sorted(wanted)) for one in _shown(further, folder, window) if one.start in wanted
    ]
    return {one.start: one for one in _of_series(further, series_id, shown)}


def _folder(further: Further, series_id: str) -> str:
    request = f"<m:GetItem>{FOLDER}<m:ItemIds><t:ItemId Id={attribute(series_id)}/></m:ItemIds></m:GetItem>"
    (answer,) = further.read(request, 1)
    if isinstance(answer, CodeError):
        raise refused(answer)
    found = answer.find(f"{MESSAGES}Items/*/{TYPES}ParentFolderId")
    if found is None:
        raise put_off(AnswerLostError("The destination's answer lacks what was asked for."))
    return found.get("Id") or ""


def _windows(moments: Sequence[datetime]) -> Iterator[Sequence[datetime]]:
    """Those moments, which are in order, grouped so that no group spans more than WINDOW."""
    first = 0
    for at, each in enumerate(moments):
        if each - moments[first] > WINDOW:
            yield moments[first:at]
            first = at
    if moments:
        yield moments[first:]


def _shown(further: Further, folder: str, moments: Sequence[datetime]) -> Iterator[Occurrence]:
    """What a view from the first to the last of those moments shows; where it is cut short, views of either half.

    A view has no further pages. Of a moment at which more begins than one view shows, the rest is not found.
    """
    view = f'StartDate="{utc(moments[0])}" EndDate="{utc(moments[-1] + timedelta(minutes=1))}"'
    request = (
        f'<m:FindItem Traversal="Shallow">{SHAPE}<m:CalendarView {view}/>'
        f"<m:ParentFolderIds><t:FolderId Id={attribute(folder)}/></m:ParentFolderIds></m:FindItem>"
    )
    (answer,) = further.read(request, 1)
    if isinstance(answer, CodeError):
        raise refused(answer)
    if len(moments) > 1 and _is_cut_short(answer):
        half = len(moments) // 2
        yield from _shown(further, folder, moments[:half])
        yield from _shown(further, folder, moments[half:])
    else:
        yield from (occurrence(item) for item in answer.iterfind(f"{MESSAGES}RootFolder/{TYPES}Items/*"))


def _is_cut_short(answer: etree._Element) -> bool:
    """True: the server has more to show (IncludesLastItemInRange of RootFolder, messages.xsd)."""
    root = answer.find(f"{MESSAGES}RootFolder")
    return root is not None and root.get("IncludesLastItemInRange") in ("false", "0")


def _of_series(further: Further, series_id: str, shown: Sequence[Occurrence]) -> Iterator[Occurrence]:
    for at in range(0, len(shown), AT_ONCE):
        some = shown[at : at + AT_ONCE]
        ids = "".join(f"<t:RecurringMasterItemId OccurrenceId={attribute(one.id)}/>" for one in some)
        request = f"<m:GetItem>{SHAPE}<m:ItemIds>{ids}</m:ItemIds></m:GetItem>"
        for one, answer in zip(some, further.read(request, len(some)), strict=True):
            if isinstance(answer, CodeError):       # it is no occurrence
                continue
            if (item := answer.find(f"{MESSAGES}Items/*")) is not None and occurrence(item).id == series_id:
                yield one
