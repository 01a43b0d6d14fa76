"""Writing to Exchange: each request goes out once, and every item's answer is taken at its own place."""

from __future__ import annotations

from collections.abc import Sequence

from engine.connectors.exchange.errors import CodeError, outcome_of, outcome_of_request
from engine.connectors.exchange.message import EncodedFile, closing, fragment, opening
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import HEAD, TAIL, TYPES, attribute, envelope, messages, parse
from engine.errors import OmmError
from engine.ports import NewMessage, Outcome, Verdict

CREATE_END = b"</m:Items></m:CreateItem>"


def create(sessions: Sessions, folder_id: str, new: Sequence[NewMessage]) -> list[Outcome]:
    """CreateItem with SaveOnly: nothing is sent to anybody. One Outcome a message, in order."""
    head = (
        '<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>'
        f"<t:FolderId Id={attribute(folder_id)}/></m:SavedItemFolderId><m:Items>"
    ).encode()
    body: bytes | EncodedFile
    if len(new) == 1 and not isinstance(new[0].message.mime, bytes):
        message = new[0].message
        body = EncodedFile(
            HEAD + head + opening(new[0]), message.mime, closing(new[0]) + CREATE_END + TAIL  # type: ignore[arg-type]  # not bytes: checked above
        )
    else:
        body = b"".join((HEAD, head, *(fragment(n) for n in new), CREATE_END, TAIL))
    return _post(sessions, body, len(new))


def delete(sessions: Sessions, ids: Sequence[str]) -> list[Outcome]:
    """DeleteItem with HardDelete and SuppressReadReceipts: gone, and nobody hears of it."""
    listed = "".join(f"<t:ItemId Id={attribute(i)}/>" for i in ids)
    body = envelope(
        '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"'
        ' AffectedTaskOccurrences="AllOccurrences" SuppressReadReceipts="true">'
        f"<m:ItemIds>{listed}</m:ItemIds></m:DeleteItem>"
    )
    return _post(sessions, body, len(ids))


def _post(sessions: Sessions, body: bytes | EncodedFile, count: int) -> list[Outcome]:
    try:
        answer = parse(sessions.post(body, len(body)))
        return [_outcome(message) for message in messages(answer, count)]
    except OmmError as error:
        return [outcome_of_request(error, count)] * count


def _outcome(message: object) -> Outcome:
    if isinstance(message, CodeError):
        return outcome_of(message)
    item_id = next(message.iter(f"{TYPES}ItemId"), None)  # type: ignore[attr-defined]  # an element
    return Outcome(Verdict.DONE, id=None if item_id is None else item_id.get("Id"))
