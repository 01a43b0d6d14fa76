"""All pages of a listing, as Google gives them: each but the last names a token for the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.connectors.google.rest.answers import UNREADABLE
from engine.errors import Cause, RetryableError

MOST_BEGINNINGS = 5     # of one listing
MOST_PAGES = 20_000     # a hundred thousand entries, five to a page
ENDLESS = "Google's pages have no end."
NAMES = ("id", "resourceName")      # by which an entry is known: events, lists and tasks; people and groups

Page = Callable[[str | None], Mapping[str, Any] | None]     # that of a token, None for the first; None: too old


def every_page(ask: Page, items: str) -> Iterator[Mapping[str, Any]]:
    """Everything that stands under `items`, each entry once, though the listing begins again.

    A page may be empty with more behind it (calendar.v3, events.list). Raises RetryableError for a listing that has no
    end, and for what is none.
    """
    seen: set[int] = set()
    for _beginning in range(MOST_BEGINNINGS):
        tokens: set[str] = set()
        token: str | None = None
        while (page := ask(token)) is not None:
            yield from _new(page, items, seen)
            token = _next(page)
            if token is None:
                return
            if token in tokens or len(tokens) > MOST_PAGES:
                raise RetryableError(ENDLESS, cause=Cause.OTHER)
            tokens.add(token)
    raise RetryableError("Google forgets the pages of a listing before they are read.", cause=Cause.OTHER)


def _new(page: Mapping[str, Any], items: str, seen: set[int]) -> Iterator[Mapping[str, Any]]:
    """The entries of a page that have not come yet: one that is changed meanwhile may move to another page."""
    found = page.get(items, [])
    if not isinstance(found, list):
        raise RetryableError(UNREADABLE, cause=Cause.UNREACHABLE)
    for entry in found:
        if not isinstance(entry, Mapping):
            raise RetryableError(UNREADABLE, cause=Cause.UNREACHABLE)
        name = next((hash((key, entry[key])) for key in NAMES if isinstance(entry.get(key), str)), None)
        if name is None or name not in seen:
            yield entry
        if name is not None:
            seen.add(name)


def _next(page: Mapping[str, Any]) -> str | None:
    token = page.get("nextPageToken") or None
    if token is not None and not isinstance(token, str):
        raise RetryableError(UNREADABLE, cause=Cause.UNREACHABLE)
    return token
