"""Writing to Exchange: each request goes out once, and every item's answer is taken at its own place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.connectors.exchange.errors import (
    AnswerLostError,
    CodeError,
    is_no_folder,
    outcome_of,
    outcome_of_request,
)
from engine.connectors.exchange.message import EncodedFile, closing, fragment, opening
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import HEAD, TAIL, TYPES, attribute, envelope, messages, parse, single, text
from engine.connectors.exchange.tags import TAG_FIELD
from engine.errors import OmmError
from engine.ports.items import Outcome, SourceMessage, Tagged, Verdict

ITEM_ID, FOLDER_ID = f"{TYPES}ItemId", f"{TYPES}FolderId"
CREATE_END = b"</m:Items></m:CreateItem>"


def create(sessions: Sessions, folder_id: str, new: Sequence[Tagged[SourceMessage]]) -> list[Outcome]:
    """CreateItem with SaveOnly: nothing is sent to anybody. One Outcome a message, in order."""
    head = (
        '<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>'
        f"<t:FolderId Id={attribute(folder_id)}/></m:SavedItemFolderId><m:Items>"
    ).encode()
    body: bytes | EncodedFile
    if len(new) == 1 and not isinstance(new[0].item.mime, bytes):
        message = new[0].item
        body = EncodedFile(
            HEAD + head + opening(new[0]), message.mime, closing(new[0]) + CREATE_END + TAIL  # type: ignore[arg-type]  # not bytes: checked above
        )
    else:
        body = b"".join((HEAD, head, *(fragment(n) for n in new), CREATE_END, TAIL))
    return created(sessions, body, len(new))


def created(sessions: Sessions, body: bytes | EncodedFile, count: int) -> list[Outcome]:
    """Sends a CreateItem of so many items once. One Outcome an item, in order; GONE where there is no such folder."""
    return [_into_a_folder(outcome) for outcome in posted(sessions, body, count)]


def _into_a_folder(outcome: Outcome) -> Outcome:
    """GONE: the folder that an item was to be made in. Another server than the one that made it may not know it yet."""
    said = outcome.error
    absent = said is not None and (is_no_folder(said) or is_no_folder(said.__cause__))
    return replace(outcome, verdict=Verdict.GONE) if absent else outcome


def create_folder(sessions: Sessions, parent_id: str, name: str, tag: str, *, folder_class: str) -> str:
    """CreateFolder, with its tag in the same request. The new folder's id. Raises what its code means."""
    body = _new_folders(parent_id, [(name, tag)], folder_class)
    made = next(single(parse(sessions.post(body, len(body)), sessions.side), sessions.side).iter(FOLDER_ID), None)
    if made is None:
        raise AnswerLostError(f"The {sessions.side}'s answer cannot be read.")
    return made.get("Id", "")


def create_folders(
    sessions: Sessions, parent_id: str, new: Sequence[tuple[str, str]], *, folder_class: str
) -> list[Outcome]:
    """CreateFolder for several, by name and tag, in one request. One Outcome a folder, in order."""
    return posted(sessions, _new_folders(parent_id, new, folder_class), len(new), made=FOLDER_ID)


def _new_folders(parent_id: str, new: Sequence[tuple[str, str]], folder_class: str) -> bytes:
    folders = "".join(
        f"<t:Folder><t:FolderClass>{text(folder_class)}</t:FolderClass><t:DisplayName>{text(name)}</t:DisplayName>"
        f"<t:ExtendedProperty>{TAG_FIELD}<t:Value>{text(tag)}</t:Value></t:ExtendedProperty></t:Folder>"
        for name, tag in new
    )
    return envelope(
        f"<m:CreateFolder><m:ParentFolderId><t:FolderId Id={attribute(parent_id)}/></m:ParentFolderId>"
        f"<m:Folders>{folders}</m:Folders></m:CreateFolder>"
    )


def delete_folder(sessions: Sessions, folder_id: str, how: str) -> None:
    """DeleteFolder: `how` is HardDelete or MoveToDeletedItems. Raises what its code means."""
    _folder_request(
        sessions, f'<m:DeleteFolder DeleteType="{how}"><m:FolderIds>{_folder(folder_id)}</m:FolderIds></m:DeleteFolder>'
    )


def move_folder(sessions: Sessions, folder_id: str, parent_id: str) -> None:
    """MoveFolder. Raises what its code means."""
    _folder_request(
        sessions, f"<m:MoveFolder><m:ToFolderId>{_folder(parent_id)}</m:ToFolderId>"
        f"<m:FolderIds>{_folder(folder_id)}</m:FolderIds></m:MoveFolder>"
    )


def rename_folder(sessions: Sessions, folder_id: str, name: str) -> None:
    """UpdateFolder of the DisplayName. Raises what its code means."""
    _folder_request(
        sessions, f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{_folder(folder_id)}<t:Updates>"
        '<t:SetFolderField><t:FieldURI FieldURI="folder:DisplayName"/>'
        f"<t:Folder><t:DisplayName>{text(name)}</t:DisplayName></t:Folder></t:SetFolderField>"
        "</t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>"
    )


def _folder(folder_id: str) -> str:
    return f"<t:FolderId Id={attribute(folder_id)}/>"


def _folder_request(sessions: Sessions, request: str) -> None:
    body = envelope(request)
    single(parse(sessions.post(body, len(body)), sessions.side), sessions.side)


def delete(sessions: Sessions, ids: Sequence[str]) -> list[Outcome]:
    """DeleteItem with HardDelete and SuppressReadReceipts: gone, and nobody hears of it."""
    listed = "".join(f"<t:ItemId Id={attribute(i)}/>" for i in ids)
    body = envelope(
        '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"'
        ' AffectedTaskOccurrences="AllOccurrences" SuppressReadReceipts="true">'
        f"<m:ItemIds>{listed}</m:ItemIds></m:DeleteItem>"
    )
    return posted(sessions, body, len(ids))


def posted(sessions: Sessions, body: bytes | EncodedFile, count: int, *, made: str = ITEM_ID) -> list[Outcome]:
    """Sends a request about so many things once. One Outcome each, in order, with the id of what was made."""
    try:
        answer = parse(sessions.post(body, len(body)), sessions.side)
        return [_outcome(message, made) for message in messages(answer, count, sessions.side)]
    except OmmError as error:
        return [outcome_of_request(error, count)] * count


def _outcome(message: object, made: str) -> Outcome:
    if isinstance(message, CodeError):
        return outcome_of(message)
    found = next(message.iter(made), None)  # type: ignore[attr-defined]  # an element
    return Outcome(Verdict.DONE, id=None if found is None else found.get("Id"))
