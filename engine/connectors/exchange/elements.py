"""Typed items: the elements of Exchange's own vocabulary, created under our tag and finished by further requests.

An element is what stands in `m:Items` of a CreateItem ([MS-OXWSCORE] 3.1.4.2.3.2), in the schema's order. Nothing here
is sent to anybody: a calendar item is created and updated with SendToNone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import HEAD, TAIL, attribute, envelope, text
from engine.connectors.exchange.tags import TAG_FIELD
from engine.connectors.exchange.write import CREATE_END, created, posted
from engine.ports.items import Outcome, Verdict


def tag_property(tag: str) -> str:
    """The property that carries a tag, as an element has it: before all that its own type adds."""
    return f"<t:ExtendedProperty>{TAG_FIELD}<t:Value>{text(tag)}</t:Value></t:ExtendedProperty>"


def create(sessions: Sessions, folder_id: str, elements: Sequence[str]) -> list[Outcome]:
    """CreateItem with SaveOnly, once. One Outcome an element, in order; each carries its tag already."""
    return create_of(sessions, folder_id, [one.encode() for one in elements], len(elements))


def create_of(sessions: Sessions, folder_id: str, pieces: Iterable[bytes], count: int) -> list[Outcome]:
    """The same with so many elements in pieces, which are put together once."""
    head = (
        '<m:CreateItem MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone">'
        f"<m:SavedItemFolderId><t:FolderId Id={attribute(folder_id)}/></m:SavedItemFolderId><m:Items>"
    )
    return created(sessions, b"".join((HEAD, head.encode(), *pieces, CREATE_END, TAIL)), count)


def attach(sessions: Sessions, item_id: str, attachments: Sequence[str]) -> Outcome:
    """CreateAttachment, once. DONE: all of them are there; else the first that is not says why."""
    body = envelope(
        f"<m:CreateAttachment><m:ParentItemId Id={attribute(item_id)}/>"
        f"<m:Attachments>{''.join(attachments)}</m:Attachments></m:CreateAttachment>"
    )
    outcomes = posted(sessions, body, len(attachments))
    return next((outcome for outcome in outcomes if outcome.verdict is not Verdict.DONE), outcomes[0])


def retag(sessions: Sessions, item_id: str, kind: str, tag: str) -> Outcome:
    """UpdateItem of the tag alone, once. `kind` is the item's element: PostItem, Contact, CalendarItem…"""
    body = envelope(
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"'
        ' SendMeetingInvitationsOrCancellations="SendToNone" SuppressReadReceipts="true"><m:ItemChanges><t:ItemChange>'
        f"<t:ItemId Id={attribute(item_id)}/><t:Updates><t:SetItemField>{TAG_FIELD}"
        f"<t:{kind}>{tag_property(tag)}</t:{kind}></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges>"
        "</m:UpdateItem>"
    )
    return posted(sessions, body, 1)[0]
