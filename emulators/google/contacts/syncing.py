"""Listings of contacts and groups: whole, or what has changed since a sync token was given out."""

from collections.abc import Sequence
from typing import Any

from emulators.google.contacts.book import Book, Contact, Group
from emulators.google.errors import ApiError
from emulators.google.rest.paging import UnknownTokenError
from emulators.google.rest.refusals import invalid, limited
from emulators.google.rest.room import Request

_FREE = ("pageToken", "syncToken", "requestSyncToken")

Pair = tuple[Contact | Group, dict[str, Any]]


def listed(request: Request, book: Book, entries: Sequence[Pair], prefix: str, *,
           always: bool = False) -> tuple[list[dict[str, Any]], dict[str, str], int]:
    """One page of resources, the tokens of the answer, and how many there are in all.

    With a sync token only what was changed since is there, and what was deleted: with `metadata.deleted`. A token for
    the next sync is on the last page, if it was asked for or (`always`) without that; what changes while the pages are
    read comes again with it. It lives seven days from the full listing on (people.v1, connections.list).
    Raises ApiError.
    """
    token, after, full_at = request.parameters.get("syncToken"), 0, request.now
    answers = {one.resource: (one.revision, answer) for one, answer in entries}
    if token is not None:
        after, full_at = _since(request, token)
        gone = {name: (revision, _deleted(name, revision)) for name, revision in book.gone.items()
                if name.startswith(prefix) and name not in answers}
        answers = {name: one for name, one in {**answers, **gone}.items() if one[0] > after}
    page_token = request.parameters.get("pageToken")
    if token is None and page_token is None and not always:
        _count_full(request, book)
    names, following = request.page(list(answers), str)
    begun = book.revision if page_token is None else book.begun.get(page_token, book.revision)
    about = {}
    if following is not None:
        about["nextPageToken"] = following
        book.begun[following] = begun
    elif always or token is not None or request.parameters.get("requestSyncToken"):
        seconds = full_at + request.room.state.settings.sync_token_seconds - request.now
        about["nextSyncToken"] = request.room.tokens.issue(request.bound(*_FREE), (begun, full_at), seconds)
    return [answers[name][1] for name in names], about, len(answers)


def _count_full(request: Request, book: Book) -> None:
    """The first page of a full listing of people has a quota of its own, of which nobody knows the number: 429 over it.

    The descriptions of connections.list and otherContacts.list say so.
    """
    most = request.room.state.settings.full_listings_a_minute
    book.full = [one for one in book.full if one > request.now - 60]
    if most is not None and len(book.full) >= most:
        raise limited("people", status=429, reason="rateLimitExceeded", message="Quota exceeded", limit={})
    book.full.append(request.now)


def _since(request: Request, token: str) -> tuple[int, float]:
    try:
        revision, full_at = request.room.tokens.redeem(token, request.bound(*_FREE))
    except UnknownTokenError as error:
        raise _expired() if error.expired else invalid("Invalid sync token", parameter="syncToken") from error
    return revision, full_at


def _expired() -> ApiError:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "EXPIRED_SYNC_TOKEN",
            "domain": "people.googleapis.com"}
    return ApiError(400, "FAILED_PRECONDITION", "failedPrecondition", "Sync token is expired.",
                    more={"details": [info]})


def _deleted(name: str, revision: int) -> dict[str, Any]:
    return {"resourceName": name, "etag": f"%gone{revision}", "metadata": {"deleted": True}}
