"""Pages of listings: how large they are by Google's documents, and the tokens that lead from one to the next."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emulators.google.rest.documents import Method, methods
from emulators.google.rest.refusals import invalid
from emulators.google.settings import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSize:
    """The parameter, its default and its maximum, with the sentence of the document that says so.

    `capped`: a larger number is taken as the maximum, where the document says that a page is never larger; where it
    calls larger numbers not valid or not allowed, they are refused. `zero`: 0 means the default. `sparse`: pages may
    be smaller or empty though more follow.
    """

    parameter: str
    default: int
    maximum: int
    sentence: str
    capped: bool = False
    zero: bool = False
    sparse: bool = False


_ENTRIES = PageSize(parameter="maxResults", default=100, maximum=250, capped=True, sentence=(
    "By default the value is 100 entries. The page size can never be larger than 250 entries."))
_HUNDRED = ("Valid values are between 1 and 1000, inclusive. Defaults to 100 if not set or set to 0.")

PAGES: Mapping[str, PageSize] = {
    "calendar.calendarList.list": _ENTRIES, "calendar.acl.list": _ENTRIES, "calendar.settings.list": _ENTRIES,
    "calendar.events.list": PageSize(
        parameter="maxResults", default=250, maximum=2500, capped=True, sparse=True, sentence=(
            "The number of events in the resulting page may be less than this value, or none at all, even if there are "
            "more events matching the query. Incomplete pages can be detected by a non-empty nextPageToken field in "
            "the response. By default the value is 250 events. The page size can never be larger than 2500 events.")),
    "calendar.events.instances": PageSize(parameter="maxResults", default=250, maximum=2500, capped=True, sentence=(
        "By default the value is 250 events. The page size can never be larger than 2500 events.")),
    "people.people.connections.list": PageSize(
        parameter="pageSize", default=100, maximum=1000, zero=True, sentence=_HUNDRED),
    "people.otherContacts.list": PageSize(
        parameter="pageSize", default=100, maximum=1000, zero=True, sentence=_HUNDRED),
    "people.contactGroups.list": PageSize(parameter="pageSize", default=30, maximum=1000, zero=True, sentence=(
        "Valid values are between 1 and 1000, inclusive. Defaults to 30 if not set or set to 0.")),
    "tasks.tasklists.list": PageSize(parameter="maxResults", default=1000, maximum=1000, sentence=(
        "The default is 1000 (max allowed: 1000).")),
    "tasks.tasks.list": PageSize(parameter="maxResults", default=20, maximum=100, sentence=(
        "The default is 20 (max allowed: 100).")),
}


def sentence(method_id: str) -> str:
    """What the document says today of the parameter that holds a page's size."""
    said: str = methods()[method_id].parameters[PAGES[method_id].parameter]["description"]
    return said


def page_size(method: Method, parameters: Mapping[str, Any]) -> int:
    """How many entries a page has; raises ApiError (400) for a number that the document does not allow."""
    stated = PAGES[method.id]
    asked = parameters.get(stated.parameter)
    if asked is None or (asked == 0 and stated.zero):
        return stated.default
    if asked < 1 or (asked > stated.maximum and not stated.capped):
        raise invalid(f"Invalid value for {stated.parameter}: {asked}", parameter=stated.parameter)
    return min(int(asked), stated.maximum)


class UnknownTokenError(Exception):
    """No such token was given out for this call, or it is too old: `expired` says which."""

    def __init__(self, *, expired: bool = False) -> None:
        """`expired` is True for one that was good."""
        super().__init__("expired" if expired else "unknown")
        self.expired = expired


@dataclass(slots=True, kw_only=True)
class _Given:
    bound: tuple[Any, ...]
    held: Any = field(repr=False)
    expires: float | None


class Tokens:
    """Opaque tokens: what each stands for, and the call to which it belongs."""

    def __init__(self, clock: Clock) -> None:
        """None is given out yet."""
        self._clock = clock
        self._given: dict[str, _Given] = {}

    def issue(self, bound: tuple[Any, ...], held: Any, seconds: float | None) -> str:
        """One more; `bound` is whatever has to be the same when it comes back."""
        token = "C" + secrets.token_urlsafe(24)
        expires = None if seconds is None else self._clock() + seconds
        self._given[token] = _Given(bound=bound, held=held, expires=expires)
        return token

    def redeem(self, token: str, bound: tuple[Any, ...]) -> Any:
        """What a token stands for, as often as it comes; raises UnknownTokenError."""
        given = self._given.get(token)
        if given is None or given.bound != bound:
            raise UnknownTokenError
        if given.expires is not None and given.expires <= self._clock():
            raise UnknownTokenError(expired=True)
        return given.held

    def expire(self) -> None:
        """Let all of them be too old."""
        for one in self._given.values():
            one.expires = self._clock()
