"""One item of the source that became several: its parts, each with a tag of its own, made and finished together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.connectors.exchange.elements import tag_property
from engine.connectors.exchange.errors import AnswerLostError, CodeError
from engine.connectors.exchange.soap import MESSAGES, TYPES, attribute
from engine.connectors.exchange.tags import BEGUN_FIELD, TAG_FIELD
from engine.connectors.exchange.writing.further import Further, NotDoneError, put_off, refused
from engine.items.tags import part_of
from engine.ports.items import Outcome, Verdict

FIRST = 2       # of the parts that are made by further requests: the item itself is the first one
CREATE = (
    '<m:CreateItem MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone"><m:SavedItemFolderId>'
    "<t:FolderId Id={}/></m:SavedItemFolderId><m:Items>",
    "</m:Items></m:CreateItem>",
)
DELETE = (
    '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"'
    ' AffectedTaskOccurrences="SpecifiedOccurrenceOnly" SuppressReadReceipts="true"><m:ItemIds>',
    "</m:ItemIds></m:DeleteItem>",
)
UPDATE = (
    '<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"'
    ' SendMeetingInvitationsOrCancellations="SendToNone" SuppressReadReceipts="true"><m:ItemChanges>',
    "</m:ItemChanges></m:UpdateItem>",
)
_FOLDER = (
    "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="item:ParentFolderId"/></t:AdditionalProperties></m:ItemShape>'
    "<m:ItemIds><t:ItemId Id={}/></m:ItemIds></m:GetItem>"
)


@dataclass(frozen=True, slots=True)
class Part:
    """An item that came of one of the source: its id, its tag once it is finished, and the number in it; 0: none.

    `begun` are the pieces that may be there of it until then, which were created with it (typed/begun.py).
    """

    id: str
    tag: str
    number: int = 0
    begun: Sequence[str] = ()

    def digested(self, ours: str) -> Part:
        """The same with another digest in its tag."""
        return replace(self, tag=part_of(self.tag, self.number, ours=ours))


def folder_of(further: Further, item_id: str) -> str:
    """The folder that an item lies in. Raises NotDoneError."""
    [answer] = further.read(_FOLDER.format(attribute(item_id)), 1)
    if isinstance(answer, CodeError):
        raise refused(answer)
    folder = answer.find(f"{MESSAGES}Items/*/{TYPES}ParentFolderId")
    if folder is None:
        raise put_off(AnswerLostError("The destination's answer lacks what was asked for."))
    return folder.get("Id") or ""


def retags(element: str, parts: Sequence[Part]) -> list[bytes]:
    """The ItemChanges that give items of that element those tags, and take away what they have while half written."""
    noted = f"<t:DeleteItemField>{BEGUN_FIELD}</t:DeleteItemField>"
    return [
        f"<t:ItemChange><t:ItemId Id={attribute(part.id)}/><t:Updates><t:SetItemField>{TAG_FIELD}"
        f"<t:{element}>{tag_property(part.tag)}</t:{element}></t:SetItemField>{noted if part.begun else ''}"
        "</t:Updates></t:ItemChange>".encode()
        for part in parts
    ]


def unmark(further: Further, element: str, parts: Sequence[Part], own: Part) -> Outcome:
    """Takes the mark from the tags, from that of the item itself last: where it has none, all of its parts are there.

    Raises NotDoneError.
    """
    _unmark_parts(further, element, parts)
    ended = further.send(UPDATE[0], retags(element, [own]), UPDATE[1])[-1]
    if ended.verdict is not Verdict.DONE:
        raise NotDoneError(ended)
    return ended


def _unmark_parts(further: Further, element: str, parts: Sequence[Part]) -> None:
    """Raises NotDoneError; BUSY where nobody knows: the item has its mark still, so all of it can be taken back."""
    try:
        outcomes = further.write(UPDATE[0], retags(element, parts), UPDATE[1])
    except NotDoneError as error:
        unsure = error.outcome.verdict is Verdict.UNKNOWN
        raise NotDoneError(replace(error.outcome, verdict=Verdict.BUSY) if unsure else error.outcome) from error
    for outcome in outcomes:
        if outcome.verdict is not Verdict.DONE:
            raise NotDoneError(outcome)


def is_removed(further: Further, parts: Sequence[Part]) -> bool:
    """Removes parts again. True: nothing of them is there."""
    try:
        gone = further.write(
            DELETE[0], [f"<t:ItemId Id={attribute(part.id)}/>".encode() for part in parts], DELETE[1]
        )
    except NotDoneError:
        return False
    return all(outcome.verdict is Verdict.DONE for outcome in gone)

