"""Files of a series that one occurrence has not: they are taken away from it, and from no other.

A new occurrence has what is attached to its series. DeleteAttachment names an attachment by an id of its own
([MS-OXWSATT] 3.1.4.2), so the occurrence is asked for its attachments first. They are told apart by their names: nobody
has documented in which order they are listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lxml import etree

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.soap import MESSAGES, TYPES, attribute
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.writing.fields import parsed
from engine.connectors.exchange.writing.further import Further, refused
from engine.connectors.exchange.writing.occurrence import SHAPE, Occurrence, occurrence
from engine.ports.items import Verdict
from engine.ports.typed import Changed

ATTACHMENTS = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="item:Attachments"/></t:AdditionalProperties></m:ItemShape>'
)
BACK = "an attachment was missing in the whole series after it was taken from one occurrence; it is in all of them now"
STAYS = "its occurrence of {:%Y-%m-%d %H:%M} UTC has an attachment of its series that it had not: “{}”"


def detach(further: Further, there: Occurrence, one: Changed, of_series: Sequence[bytes]) -> tuple[str, list[str]]:
    """Takes away from that occurrence what `one` has not of what its series has.

    Returns the id that the occurrence has from now on, and words on what could not be taken away. Raises NotDoneError.
    """
    names = [xml.words(parsed(each), "Name") for each in of_series]
    unwanted = Counter(names[number] for number in one.without)
    found: dict[str, list[str]] = {}
    for name, attachment in _listed(further, there.id):
        found.setdefault(name, []).append(attachment)
    told = [name for name, count in unwanted.items() if not names.count(name) == count == len(found.get(name, ()))]
    ids = [(name, each) for name in unwanted if name not in told for each in found[name]]
    named = [f"<t:AttachmentId Id={attribute(each)}/>".encode() for _, each in ids]
    outcomes = further.write(
        "<m:DeleteAttachment><m:AttachmentIds>", named, "</m:AttachmentIds></m:DeleteAttachment>"
    )
    told += [name for (name, _), outcome in zip(ids, outcomes, strict=True) if outcome.verdict is not Verdict.DONE]
    now = _now(further, there) if ids and one.attachments else there.id
    return now, [STAYS.format(one.original, name) for name in dict.fromkeys(told)]


def lost(further: Further, series_id: str, of_series: Sequence[bytes]) -> list[bytes]:
    """What the series has no more of its attachments: it is not documented that one goes from an occurrence alone.

    Raises NotDoneError.
    """
    there = Counter(name for name, _ in _listed(further, series_id))
    missing = []
    for each in of_series:
        name = xml.words(parsed(each), "Name")
        if not there[name]:
            missing.append(each)
        there[name] -= 1 if there[name] else 0
    return missing


def _listed(further: Further, item_id: str) -> list[tuple[str, str]]:
    """The name and the id of each attachment of an item."""
    answer = _asked(further, ATTACHMENTS, f"<t:ItemId Id={attribute(item_id)}/>")
    listed = answer.iterfind(f"{MESSAGES}Items/*/{TYPES}Attachments/*")
    known = [(xml.words(each, "Name"), each.find(f"{TYPES}AttachmentId")) for each in listed]
    return [(name, found.get("Id") or "") for name, found in known if found is not None]


def _now(further: Further, there: Occurrence) -> str:
    """The id of an occurrence that has become an exception, perhaps."""
    return occurrence(_asked(further, SHAPE, there.name).find(f"{MESSAGES}Items/*")).id


def _asked(further: Further, shape: str, name: str) -> etree._Element:
    [answer] = further.read(f"<m:GetItem>{shape}<m:ItemIds>{name}</m:ItemIds></m:GetItem>", 1)
    if isinstance(answer, CodeError):
        raise refused(answer)
    return answer
